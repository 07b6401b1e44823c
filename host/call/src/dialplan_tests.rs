//! Tests of dialplan patterns.

use super::*;

fn route(plugin: &str) -> Route {
    let step = PluginStep {
        name: plugin.to_owned(),
        phase: Phase::Route,
        fail_open: false,
    };
    Route {
        plugins: Arc::from([step]),
        fallback: None,
        variables: Vec::new(),
    }
}

#[track_caller]
fn check(entries: &[&str], number: &str, expected: Option<&str>) {
    let plan = Dialplan::new(entries.iter().map(|e| (*e, route(e)))).unwrap();
    let found = plan
        .route(number)
        .map(|route| route.plugins[0].name.as_str());
    assert_eq!(found, expected, "{number} in {entries:?}");
}

#[test]
fn a_question_mark_is_exactly_one_character() {
    check(&["1??"], "123", Some("1??"));
    check(&["1??"], "12", None);
    check(&["1??"], "1234", None);
}

#[test]
fn a_star_is_any_number_of_characters_none_included() {
    check(&["+49*"], "+49", Some("+49*"));
    check(&["+49*"], "+4930123", Some("+49*"));
    check(&["*7"], "1777", Some("*7"));
    check(&["*7*9"], "17879", Some("*7*9"));
    check(&["*7"], "178", None);
}

#[test]
fn braces_are_alternatives() {
    check(&["{110,112}"], "112", Some("{110,112}"));
    check(&["0{30,40}*"], "0401234", Some("0{30,40}*"));
    check(&["{a,b}{1,2}"], "b2", Some("{a,b}{1,2}"));
    check(&["{110,112}"], "111", None);
}

#[test]
fn the_longest_literal_prefix_wins_whatever_the_order() {
    check(&["*", "1*", "10?", "100"], "100", Some("100"));
    check(&["100", "10?", "1*", "*"], "105", Some("10?"));
    check(&["*", "1*"], "2", Some("*"));
}

#[test]
fn among_equals_the_one_written_first_wins() {
    check(&["1*", "1??"], "123", Some("1*"));
    check(&["1??", "1*"], "123", Some("1??"));
}

#[test]
fn the_number_itself_wins_over_a_pattern_of_the_same_prefix() {
    check(&["100*", "100"], "100", Some("100"));
    check(&["{100,200}", "100"], "100", Some("100"));
}

#[test]
fn many_stars_do_not_take_exponential_time() {
    let pattern = Pattern::new("*a*a*a*a*a*a*a*a*a*a*a*a*b").unwrap();
    assert_eq!(pattern.matches(&"a".repeat(2000)), None);
}

#[test]
fn bad_patterns_are_refused_with_their_index() {
    let bad = |text: &str| Dialplan::new([("1", route("x")), (text, route("y"))]).unwrap_err();
    assert_eq!(bad(""), (1, PatternError::Empty));
    assert_eq!(bad("{1"), (1, PatternError::Braces));
    assert_eq!(bad("1}"), (1, PatternError::Braces));
    assert_eq!(bad("{{1}}"), (1, PatternError::Braces));
    assert_eq!(bad(&"1".repeat(1000)), (1, PatternError::TooLong));
    assert_eq!(bad(&"{1,2}".repeat(20)), (1, PatternError::TooLong));
}
