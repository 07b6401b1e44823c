//! Lists of numbers.

use switchhook_sdk::serde_json::{Value, json};

use super::*;

fn is_in(list: Value, number: &str) -> Result<bool, Error> {
    let host = testing::Host::new().settings(json!({ "block": list }));
    host.run(|| contains("/block", number))
}

#[test]
fn arrays_and_objects_hold_numbers_and_beginnings() {
    let array = json!(["+15550100", "+1900*", "{anonymous,unknown}"]);
    let object = json!({"+15550100": true, "+1900*": "premium", "anonymous": true, "unknown": {}});
    for list in [array, object] {
        for number in ["+15550100", "+1900", "+19005550123", "anonymous", "unknown"] {
            assert_eq!(is_in(list.clone(), number), Ok(true), "{number}");
        }
        for number in ["+155501001", "+1555010", "+190", "", "*"] {
            assert_eq!(is_in(list.clone(), number), Ok(false), "{number}");
        }
    }
}

#[test]
fn a_member_of_an_object_can_be_switched_off() {
    let list = json!({"+1*": true, "+1555*": false, "+44": false});
    assert_eq!(is_in(list.clone(), "+1556"), Ok(true));
    assert_eq!(is_in(list.clone(), "+15550100"), Ok(false));
    assert_eq!(is_in(list, "+44"), Ok(false));
}

#[test]
fn everybody_is_in_a_list_of_a_star() {
    assert_eq!(is_in(json!({"*": true}), "x"), Ok(true));
    assert_eq!(is_in(json!("*"), "x"), Ok(true));
}

#[test]
fn an_absent_list_holds_nobody_and_a_wrong_one_says_so() {
    assert_eq!(is_in(Value::Null, "x"), Ok(false));
    let error = is_in(json!(["+1", 5]), "x").unwrap_err();
    assert_eq!(error.text(), "block[1]: must be a text");
}

#[test]
fn names_with_slashes_and_tildes_are_found() {
    assert_eq!(is_in(json!({"a/b~c": true}), "a/b~c"), Ok(true));
}

#[test]
fn the_longest_prefix_wins() {
    let settings = json!({"p": {"+49": 1, "+4930": 2, "": 0}});
    let host = testing::Host::new().settings(settings);
    let find = |number: &'static str| host.run(|| longest_prefix("/p", number, ""));
    assert_eq!(find("+4930123"), Some(("+4930", "2".to_owned())));
    assert_eq!(find("+4989"), Some(("+49", "1".to_owned())));
    assert_eq!(find("ü"), Some(("", "0".to_owned())));
}

#[test]
fn a_number_of_its_own_wins_then_the_longest_literal_beginning_then_the_first() {
    let settings = json!({"n": {"1*": 1, "1??": 2, "10*": 3, "100": 4}});
    let host = testing::Host::new().settings(settings);
    let find = |number| host.run(|| most_specific("/n", number));
    for (number, name) in [("100", "100"), ("109", "10*"), ("199", "1*")] {
        assert_eq!(find(number).as_deref(), Some(name), "{number}");
    }
    assert_eq!(find("2"), None);
    assert_eq!(find("1*").as_deref(), Some("1*"));
}
