//! What settings say, and what becomes of it.

use super::*;

fn read(value: &Value, call: &Call) -> Result<Action, Error> {
    Action::read(&Node::root(value, "closed"), &Words::new(call))
}

fn decided(value: &Value, call: &Call) -> Decision {
    read(value, call)
        .expect("an action")
        .decide(call, vec![variable("hours", "closed")])
}

fn first() -> Call {
    testing::call("alice", "100")
}

#[test]
fn without_anything_to_do_the_next_plugin_gets_the_variables() {
    let value = json!({"variables": {"b": 2, "a": "{caller}"}});
    let expected = next()
        .with("hours", "closed")
        .with("a", "alice")
        .with("b", "2");
    assert_eq!(decided(&value, &first()), expected.into());
    assert_eq!(
        decided(&json!({}), &first()),
        next().with("hours", "closed").into()
    );
}

#[test]
fn the_variables_are_set_before_what_is_done() {
    let set = Verb::SetVariable(variable("hours", "closed"));
    for (value, verb) in [
        (json!({"redial": "2{callee}"}), redial("2100").into_script()),
        (json!({"delegate": "menu"}), delegate("menu").into_script()),
        (json!({"respond": 486}), respond(486).into_script()),
        (
            json!({"respond": {"status": 603, "reason": "No, {caller}"}}),
            respond(603).reason("No, alice").into_script(),
        ),
        (
            json!([{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}]}}]),
            ring(["100"]).into_script(),
        ),
    ] {
        let script = [vec![set.clone()], verb].concat();
        assert_eq!(
            decided(&value, &first()),
            Decision::Script(script),
            "{value}"
        );
    }
}

#[test]
fn a_variable_of_the_action_replaces_that_of_the_plugin() {
    let value = json!({"variables": {"hours": "night"}});
    assert_eq!(
        decided(&value, &first()),
        next().with("hours", "night").into()
    );
}

#[test]
fn a_redial_of_the_number_that_was_dialled_would_never_end() {
    let value = json!({"redial": "{callee}"});
    assert_eq!(
        decided(&value, &first()),
        next().with("hours", "closed").into()
    );
}

#[test]
fn a_script_that_connected_nobody_is_not_tried_again_but_a_response_stays() {
    let mut call = first();
    call.attempt = 1;
    let rings = json!([{"connect": {"targets": [{"endpoint": {"client": "bob"}}]}}]);
    assert_eq!(
        decided(&rings, &call),
        next().with("hours", "closed").into()
    );
    assert!(matches!(
        decided(&json!({"respond": 486}), &call),
        Decision::Script(_)
    ));
}

#[test]
fn mistakes_say_where_they_are() {
    let words = |value: &Value| read(value, &first()).unwrap_err().text().to_owned();
    assert_eq!(words(&json!("x")), "closed: must be an object");
    assert_eq!(
        words(&json!({"redail": "1"})),
        "closed: unknown key `redail` (known: variables, script, delegate, redial, respond)"
    );
    assert_eq!(
        words(&json!({"redial": "1", "respond": 486})),
        "closed: one of `script`, `delegate`, `redial` and `respond` at most"
    );
    assert_eq!(
        words(&json!({"script": []})),
        "closed.script: must hold 1 to 32 verbs"
    );
    assert!(words(&json!([{"conect": {}}])).starts_with("closed[0]: unknown variant `conect`"));
    assert_eq!(
        words(&json!({"respond": 200})),
        "closed.respond: the status must be from 300 to 699"
    );
    assert!(words(&json!({"respond": {"status": "no"}})).starts_with("closed.respond: "));
    assert_eq!(
        words(&json!({"variables": {"a": []}})),
        "closed.variables.a: must be a text, a number, true or false"
    );
}

#[test]
fn a_variable_is_cut_to_what_the_contract_allows() {
    let long = "ü".repeat(600);
    let cut = variable("name", &long).value;
    assert_eq!(cut.len(), 1_024);
    assert_eq!(
        variable("name", &"ü".repeat(513)).value.chars().count(),
        512
    );
}
