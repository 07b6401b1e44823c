//! Numbers there and here.

use super::*;

fn rule(pattern: &str, edit: Edit) -> Rule {
    Rule {
        pattern: Pattern::new(pattern).unwrap(),
        which: None,
        edit,
    }
}

fn cut(pattern: &str, strip: usize, add: &str) -> Rule {
    let edit = Edit::Cut {
        strip,
        strip_end: 0,
        add: add.to_owned(),
        append: String::new(),
    };
    rule(pattern, edit)
}

fn outward(rules: Vec<Rule>) -> impl Fn(&str) -> String {
    let numbers = Numbers {
        outward: rules,
        ..Numbers::default()
    };
    move |number| numbers.outward(Which::Callee, number)
}

fn germany(form: Form) -> Numbers {
    let e164 = E164 {
        country: "49".to_owned(),
        area: "30".to_owned(),
        international_prefix: "00".to_owned(),
        national_prefix: "0".to_owned(),
        local_digits: 5,
        form,
    };
    Numbers {
        e164: Some(e164),
        ..Numbers::default()
    }
}

#[test]
fn the_first_rule_that_matches_cuts_and_adds_and_no_other() {
    let write = outward(vec![
        cut("+49*", 3, "0"),
        cut("+*", 1, "00"),
        cut("0*", 9, "x"),
    ]);
    assert_eq!(write("+4930123"), "030123");
    assert_eq!(write("+43123"), "0043123");
    assert_eq!(write("0123"), "x", "more than there is cannot be cut off");
    assert_eq!(write("112"), "112");
}

#[test]
fn the_end_of_a_number_is_cut_and_added_to_as_well() {
    let edit = Edit::Cut {
        strip: 1,
        strip_end: 1,
        add: "<".to_owned(),
        append: ">".to_owned(),
    };
    let write = outward(vec![rule("*#", edit)]);
    assert_eq!(write("123#"), "<23>");
    assert_eq!(write("#"), "<>");
}

#[test]
fn a_star_in_a_replacement_is_what_the_pattern_left_open() {
    let replace = |text: &str| Edit::Replace(text.to_owned());
    let write = outward(vec![
        rule("0?5*", replace("+4*#")),
        rule("{9,97}*", replace("+*")),
        rule("100", replace("+49301230")),
    ]);
    assert_eq!(write("0751"), "+41#");
    assert_eq!(write("9712"), "+12", "the longest alternative counts");
    assert_eq!(write("912"), "+12");
    assert_eq!(write("100"), "+49301230");
}

#[test]
fn a_rule_may_be_about_one_of_the_two_numbers_only() {
    let mut only_callers = cut("*", 0, "+");
    only_callers.which = Some(Which::Caller);
    let numbers = Numbers {
        inward: vec![only_callers],
        ..Numbers::default()
    };
    assert_eq!(numbers.inward(Which::Caller, "49"), "+49");
    assert_eq!(numbers.inward(Which::Callee, "49"), "49");
}

#[test]
fn national_and_local_numbers_become_international_ones() {
    let numbers = germany(Form::AsIs);
    let inward = |number| numbers.inward(Which::Caller, number);
    assert_eq!(inward("004312345"), "+4312345");
    assert_eq!(inward("08912345"), "+498912345");
    assert_eq!(inward("123456"), "+4930123456");
    for same in ["+1555", "112", "anonymous", "", "0", "00", "*21"] {
        assert_eq!(inward(same), same);
    }
}

#[test]
fn international_numbers_are_written_as_the_trunk_wants_them() {
    let write = |form, number| germany(form).outward(Which::Callee, number);
    assert_eq!(write(Form::Plus, "030123"), "+4930123");
    assert_eq!(write(Form::Digits, "+4930123"), "4930123");
    assert_eq!(write(Form::International, "+4930123"), "004930123");
    assert_eq!(write(Form::National, "+4930123"), "030123");
    assert_eq!(write(Form::National, "+43123"), "0043123");
    assert_eq!(write(Form::AsIs, "030123"), "030123");
    for form in [
        Form::Plus,
        Form::Digits,
        Form::International,
        Form::National,
    ] {
        assert_eq!(write(form, "112"), "112");
        assert_eq!(write(form, "alice"), "alice");
    }
}

#[test]
fn a_country_without_a_national_prefix_has_its_code_put_before_long_numbers() {
    let mut numbers = germany(Form::AsIs);
    let e164 = numbers.e164.as_mut().unwrap();
    e164.national_prefix = String::new();
    e164.area = String::new();
    e164.country = "34".to_owned();
    assert_eq!(numbers.inward(Which::Callee, "912345678"), "+34912345678");
    assert_eq!(numbers.inward(Which::Callee, "112"), "112");
}

#[test]
fn rules_come_before_what_a_country_does() {
    let mut numbers = germany(Form::Plus);
    numbers.outward = vec![cut("116117", 0, "")];
    assert_eq!(numbers.outward(Which::Callee, "116117"), "116117");
    assert_eq!(numbers.outward(Which::Callee, "116118"), "+4930116118");
}
