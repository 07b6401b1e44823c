//! Shares.

use switchhook_sdk::serde_json::json;

use super::*;

fn share(percent: f64, calls: u32) -> u32 {
    let value = json!({ "percent": percent });
    let node = Node::root(&value, "when");
    let mut count = 0;
    for number in 0..calls {
        let mut call = testing::call("a", "b");
        call.id = format!("call-{number}");
        let percent = node.member("percent").unwrap();
        count += u32::from(holds(&percent, None, &node, &call).unwrap());
    }
    count
}

#[test]
fn about_as_many_calls_are_chosen_as_were_asked_for() {
    assert_eq!(share(0.0, 1_000), 0);
    assert_eq!(share(100.0, 1_000), 1_000);
    assert!((2_300..2_700).contains(&share(25.0, 10_000)));
    assert!((30..170).contains(&share(1.0, 10_000)));
}

#[test]
fn a_caller_is_always_on_the_same_side() {
    let value = json!({"percent": 50});
    let node = Node::root(&value, "when");
    let percent = node.member("percent").unwrap();
    let of = |caller: &str, id: &str| {
        let mut call = testing::call(caller, "b");
        call.id = id.to_owned();
        holds(&percent, Some("caller"), &node, &call).unwrap()
    };
    let first: Vec<bool> = (0..50).map(|n| of(&format!("+4930{n}"), "1")).collect();
    let second: Vec<bool> = (0..50).map(|n| of(&format!("+4930{n}"), "2")).collect();
    assert_eq!(first, second);
    assert!(first.contains(&true) && first.contains(&false));
}
