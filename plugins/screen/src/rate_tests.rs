//! Counting.

use switchhook_sdk::serde_json::{Value, json};

use super::*;

const START: u64 = 1_776_781_920_000;

fn verdicts(rates: Value, calls: &[(&str, &str, u64)]) -> Vec<bool> {
    let host = testing::Host::new().settings(json!({ "rates": rates }));
    let ask = |(caller, source, second): &(&str, &str, u64)| {
        let mut call = testing::call(caller, "100");
        call.source_address = (*source).to_owned();
        let host = host.clone().at(START + second * 1_000);
        host.run(|| check(&call)).unwrap().is_some()
    };
    calls.iter().map(ask).collect()
}

#[test]
fn a_caller_may_call_so_often_in_a_window() {
    let rates = json!([{"by": "caller", "calls": 2, "seconds": 60}]);
    let calls = [
        ("a", "", 0),
        ("a", "", 59),
        ("b", "", 59),
        ("a", "", 59),
        ("a", "", 60),
    ];
    assert_eq!(verdicts(rates, &calls), [false, false, false, true, false]);
}

#[test]
fn an_address_counts_without_its_port_and_as_a_network() {
    let rates = json!([{"by": "source", "calls": 1, "seconds": 60}]);
    let calls = [
        ("a", "192.0.2.1:5060", 0),
        ("b", "192.0.2.1:5061", 0),
        ("c", "192.0.2.2:5060", 0),
        ("d", "[2001:db8::1]:5060", 0),
        ("e", "[2001:db8:0:0:ff::2]:5060", 0),
        ("f", "[2001:db8:0:1::1]:5060", 0),
    ];
    assert_eq!(
        verdicts(rates, &calls),
        [false, true, false, false, true, false]
    );
}

#[test]
fn each_limit_counts_by_itself() {
    let rates = json!([
        {"by": "caller", "calls": 5, "seconds": 60},
        {"by": "callee", "calls": 2, "seconds": 60},
        {"by": "trunk", "calls": 1, "seconds": 60}
    ]);
    let calls = [("a", "", 0), ("b", "", 0), ("c", "", 0)];
    assert_eq!(verdicts(rates, &calls), [false, false, true]);
}

#[test]
fn a_caller_of_any_length_is_counted() {
    let long = "ü".repeat(500);
    let rates = json!([{"by": "caller", "calls": 1, "seconds": 60}]);
    let calls = [(long.as_str(), "", 0), (long.as_str(), "", 0)];
    assert_eq!(verdicts(rates, &calls), [false, true]);
}

#[test]
fn what_cannot_be_counted_passes() {
    let host = testing::Host::new()
        .settings(json!({"rates": [{"by": "caller", "calls": 1, "seconds": 60}]}))
        .state("rate:0:a", "no number");
    assert_eq!(host.run(|| check(&testing::call("a", "b"))), Ok(None));
    assert_eq!(host.log().len(), 1);
}

#[test]
fn mistakes_say_where_they_are() {
    for (rates, text) in [
        (json!({}), "rates: must be an array"),
        (
            json!([{"by": "caller", "calls": 1}]),
            "rates[0]: `seconds` is missing",
        ),
        (
            json!([{"by": "moon", "calls": 1, "seconds": 1}]),
            "rates[0].by: must be `caller`, `callee`, `source`, `client` or `trunk`",
        ),
    ] {
        let host = testing::Host::new().settings(json!({ "rates": rates }));
        let error = host.run(|| check(&testing::call("a", "b"))).unwrap_err();
        assert_eq!(error.text(), text);
    }
}
