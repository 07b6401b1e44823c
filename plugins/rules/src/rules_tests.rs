//! Documents of rules and what calls lead to.

use switchhook_sdk::serde_json::{Value, json};

use super::*;
use crate::Rules;

fn decided(settings: &Value, call: &Call) -> Result<Decision, Error> {
    testing::Host::new()
        .settings(settings.clone())
        .route::<Rules>(call)
}

fn next_rule(name: &str) -> Result<Decision, Error> {
    Ok(next().with("rule", name).into())
}

#[test]
fn the_first_rule_that_fits_decides() {
    let settings = json!({"rules": [
        {"name": "vip", "when": {"caller": "+4930*"}, "then": {"variables": {"tier": "gold"}}},
        {"when": {"callee": "100"}, "then": {"redial": "200"}},
        {"name": "all", "then": {"respond": 486}}
    ]});
    let call = |caller: &str, callee: &str| testing::call(caller, callee);
    assert_eq!(
        decided(&settings, &call("+49301", "100")),
        Ok(next().with("rule", "vip").with("tier", "gold").into())
    );
    let set = |name: &str| Verb::SetVariable(variable("rule", name)).into_script();
    assert_eq!(
        decided(&settings, &call("alice", "100")),
        Ok(Decision::Script(
            [set("2"), redial("200").into_script()].concat()
        ))
    );
    assert_eq!(
        decided(&settings, &call("alice", "101")),
        Ok(Decision::Script(
            [set("all"), respond(486).into_script()].concat()
        ))
    );
}

#[test]
fn a_rule_can_be_switched_off_and_its_name_is_logged() {
    let settings = json!({"rules": [
        {"name": "off", "enabled": false, "then": {}},
        {"name": "on", "then": {}}
    ]});
    let host = testing::Host::new().settings(settings);
    assert_eq!(
        host.route::<Rules>(&testing::call("a", "b")),
        next_rule("on")
    );
    assert_eq!(host.log()[0].1, "rule `on`");
}

#[test]
fn what_no_rule_fits_is_decided_otherwise_or_by_the_next_plugin() {
    let mut settings = json!({"rules": [{"when": {"callee": "1"}, "then": {}}]});
    let call = testing::call("a", "b");
    assert_eq!(decided(&settings, &call), Ok(next().into()));
    settings["otherwise"] = json!({"variables": {"x": "{rule}"}});
    assert_eq!(
        decided(&settings, &call),
        Ok(next()
            .with("rule", "otherwise")
            .with("x", "otherwise")
            .into())
    );
}

#[test]
fn mistakes_name_their_place_and_calls_decided_before_do_not_meet_them() {
    let settings = |rule: Value| json!({"rules": [{"when": {"callee": "1"}, "then": {}}, rule]});
    let error = |rule: Value| {
        let error = decided(&settings(rule), &testing::call("a", "b")).unwrap_err();
        error.text().to_owned()
    };
    let bad = json!({"when": {"any": [{"calller": "x"}]}, "then": {}});
    assert!(
        error(bad.clone()).starts_with("rules[1].when.any[0]: unknown key `calller` (known: all,")
    );
    assert!(decided(&settings(bad), &testing::call("a", "1")).is_ok());
    assert_eq!(error(json!({"when": {}})), "rules[1]: `then` is missing");
    assert!(error(json!({"than": {}, "then": {}})).starts_with("rules[1]: unknown key `than`"));
    assert!(error(json!({"then": {"conect": 1}})).starts_with("rules[1].then: unknown key"));
    assert_eq!(error(json!("x")), "rules[1]: must be an object");
    assert_eq!(
        error(json!({"when": {"time": "8-9"}, "then": {}})),
        "rules[1].when.time: must be a period such as 08:00-12:00"
    );
}

#[test]
fn settings_without_rules_are_an_error_but_an_empty_list_is_none() {
    let call = testing::call("a", "b");
    for settings in [json!({}), json!({"rules": {}}), json!({"rules": "x"})] {
        let error = decided(&settings, &call).unwrap_err();
        assert_eq!(error.text(), "rules: must be an array of rules");
    }
    assert_eq!(decided(&json!({"rules": []}), &call), Ok(next().into()));
}
