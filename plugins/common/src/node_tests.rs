//! Where mistakes are reported.

use switchhook_sdk::serde_json::json;

use super::*;

#[test]
fn an_error_names_the_way_to_its_place() {
    let value = json!([{"when": {"caller": 5}}]);
    let root = Node::root(&value, "rules");
    let rule = root.items().unwrap().next().unwrap();
    let when = rule.member("when").unwrap();
    let error = when.member("caller").unwrap().text().unwrap_err();
    assert_eq!(error.text(), "rules[0].when.caller: must be a text");
}

#[test]
fn a_member_that_nobody_reads_is_an_error_that_says_what_is_known() {
    let value = json!({"zone": "UTC", "zon": 1});
    let error = Node::root(&value, "office")
        .object(&["zone", "week"])
        .unwrap_err();
    assert_eq!(
        error.text(),
        "office: unknown key `zon` (known: zone, week)"
    );
}

#[test]
fn null_is_as_good_as_absent() {
    let value = json!({"a": null});
    assert!(Node::root(&value, "x").member("a").is_none());
}

#[test]
fn numbers_have_bounds() {
    let value = json!({"a": 0, "b": 1.5, "c": 7, "d": -1, "e": "7"});
    let root = Node::root(&value, "x");
    for name in ["a", "b", "d", "e"] {
        assert!(root.integer_at(name, 1, 10, 3).is_err(), "{name}");
    }
    assert_eq!(root.integer_at("c", 1, 10, 3), Ok(7));
    assert_eq!(root.integer_at("z", 1, 10, 3), Ok(3));
}

#[test]
fn one_value_is_as_good_as_a_list_of_one() {
    for value in [json!("a"), json!(["a"])] {
        let root = Node::root(&value, "x");
        let nodes = root.one_or_more();
        assert_eq!(nodes.len(), 1);
        assert_eq!(nodes[0].text(), Ok("a"));
    }
}
