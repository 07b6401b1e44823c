//! Tables and what calls lead to.

use switchhook_sdk::serde_json::{Value, json};

use super::*;
use crate::Table;

fn to(client: &str) -> Value {
    json!([{"connect": {"targets": [{"endpoint": {"client": client}}]}}])
}

fn decided(settings: &Value, caller: &str, callee: &str) -> Result<Decision, Error> {
    testing::Host::new()
        .settings(settings.clone())
        .route::<Table>(&testing::call(caller, callee))
}

fn check(settings: &Value, calls: &[(&str, &str, &str)]) {
    for (caller, callee, client) in calls {
        let decision = decided(settings, caller, callee);
        assert_eq!(
            decision,
            Ok(ring([*client]).into()),
            "{caller} calls {callee}"
        );
    }
}

#[test]
fn the_most_specific_pattern_wins_and_among_equals_the_first() {
    let settings = json!({"routes": {
        "*": to("any"),
        "1*": to("one"),
        "1??": to("never: `1*` is as specific and comes first"),
        "12*": to("twelve"),
        "{123,456}*": to("braces"),
        "1234": to("itself"),
    }});
    check(
        &settings,
        &[
            ("a", "9", "any"),
            ("a", "199", "one"),
            ("a", "129", "twelve"),
            ("a", "1239", "braces"),
            ("a", "4569", "braces"),
            ("a", "1234", "itself"),
        ],
    );
}

#[test]
fn a_number_of_its_own_wins_over_a_pattern_with_the_same_prefix_before_it() {
    let settings =
        json!({"routes": {"100*": to("pattern"), "{100,200}": to("braces"), "100": to("own")}});
    check(
        &settings,
        &[
            ("a", "100", "own"),
            ("a", "1001", "pattern"),
            ("a", "200", "braces"),
        ],
    );
}

#[test]
fn an_entry_may_depend_on_the_caller() {
    let settings = json!({"routes": {
        "100": {"+49*": to("german"), "+4930*": to("berlin"), "anonymous": to("screen")},
        "1*": {"+1*": to("american")},
        "*": to("rest"),
    }});
    check(
        &settings,
        &[
            ("+4989", "100", "german"),
            ("+49301", "100", "berlin"),
            ("anonymous", "100", "screen"),
            ("+1555", "100", "american"),
            ("+33", "100", "rest"),
        ],
    );
}

#[test]
fn without_an_entry_the_default_decides_and_without_a_default_the_next_plugin() {
    let mut settings = json!({"routes": {"1": to("one")}});
    assert_eq!(decided(&settings, "a", "2"), Ok(next().into()));
    assert_eq!(decided(&json!({}), "a", "2"), Ok(next().into()));
    settings["default"] = to("{callee}");
    check(&settings, &[("a", "2", "2"), ("a", "1", "one")]);
}

#[test]
fn placeholders_are_filled_from_the_call_and_the_pattern() {
    let settings = json!({"routes": {
        "{0,+}*": [
            {"connect": {
                "targets": [{"endpoint": {"trunk": {"trunk": "carrier", "number": "00{rest}"}}}],
                "caller_id": "{caller}"}},
            {"redial": {"callee": "fallback-{callee}"}},
        ],
        "911": [{"respond": {"status": 302, "headers": [{"name": "X-Was", "value": "{callee}"}]}}],
    }});
    let expected = ring([trunk("carrier", "004930")])
        .showing("alice")
        .then(redial("fallback-+4930"));
    assert_eq!(decided(&settings, "alice", "+4930"), Ok(expected.into()));
    let expected = respond(302).header("X-Was", "911");
    assert_eq!(decided(&settings, "alice", "911"), Ok(expected.into()));
}

#[test]
fn numbers_with_odd_characters_reach_nothing_but_what_matches_them() {
    let settings = json!({"routes": {"1*": to("stars"), "a/b~": to("slash")}});
    check(
        &settings,
        &[
            ("a", "1*", "stars"),
            ("a", "1{2}", "stars"),
            ("a", "a/b~", "slash"),
        ],
    );
    assert_eq!(decided(&settings, "a", "*"), Ok(next().into()));
    assert_eq!(decided(&settings, "a", ""), Ok(next().into()));
}

#[test]
fn an_entry_that_is_no_script_is_an_error_that_names_it() {
    let settings = json!({"routes": {"1/2": [{"dial": {}}]}, "default": 7});
    let error = decided(&settings, "a", "1/2").unwrap_err();
    assert!(
        error
            .text()
            .starts_with("routes/1~12: unknown variant `dial`"),
        "{error}"
    );
    let error = decided(&settings, "a", "2").unwrap_err();
    assert!(error.text().starts_with("default: "), "{error}");
}

#[test]
fn it_decides_as_its_cases_say() {
    testing::Cases::new(include_str!("../cases.json"))
        .settings(include_str!("../settings.json"))
        .router::<Table>()
        .run();
}

#[test]
fn the_example_of_the_readme_is_what_the_cases_run_with() {
    let readme = include_str!("../README.md");
    let json = readme
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let example: Value = serde_json::from_str(json.unwrap()).unwrap();
    let settings: Value = serde_json::from_str(include_str!("../settings.json")).unwrap();
    assert_eq!(example, settings);
}

#[test]
fn a_call_that_nobody_took_is_tried_again_only_as_often_as_the_settings_say() {
    let script = json!([{"respond": {"status": 486}}]);
    let at = |settings: Value, attempt| {
        let mut call = testing::call("alice", "100");
        call.attempt = attempt;
        let host = testing::Host::new().settings(settings);
        matches!(host.route::<Table>(&call), Ok(Decision::Script(_)))
    };
    let once = json!({ "routes": { "100": script } });
    assert!(at(once.clone(), 0));
    assert!(!at(once, 1));
    let thrice = json!({ "routes": { "100": script }, "retries": 2 });
    assert!(at(thrice.clone(), 2));
    assert!(!at(thrice, 3));
}
