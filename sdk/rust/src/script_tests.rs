//! What the builders write.

use super::*;
use crate::serde_json::json;

fn check(decision: impl Into<Decision>, expected: serde_json::Value) {
    assert_eq!(serde_json::to_value(decision.into()).unwrap(), expected);
}

#[test]
fn ring_within_then_respond_is_a_connect_and_a_response() {
    check(
        ring(["1001", "1002"])
            .within(20.seconds())
            .then(respond(480)),
        json!({"script": [
            {"connect": {
                "targets": [{"endpoint": {"client": "1001"}}, {"endpoint": {"client": "1002"}}],
                "strategy": "simultaneous", "timeout_seconds": 20}},
            {"respond": {"status": 480}},
        ]}),
    );
}

#[test]
fn targets_of_every_kind_ring_one_after_another_with_their_own_times() {
    check(
        sequential([
            client("1001").ringing(5.seconds()),
            trunk("carrier", "+4930123"),
            uri("sip:desk@example.net").ringing(Duration::from_millis(1_001)),
        ])
        .showing("+4930999")
        .header("X-Queue", "sales"),
        json!({"script": [{"connect": {
            "targets": [
                {"endpoint": {"client": "1001"}, "ring_seconds": 5},
                {"endpoint": {"trunk": {"trunk": "carrier", "number": "+4930123"}}},
                {"endpoint": {"uri": "sip:desk@example.net"}, "ring_seconds": 2},
            ],
            "strategy": "sequential",
            "caller_id": "+4930999",
            "headers": [{"name": "X-Queue", "value": "sales"}],
        }}]}),
    );
}

#[test]
fn verbs_follow_one_another_in_the_order_they_are_written() {
    check(
        pause(Duration::from_millis(250))
            .then(ring(["1001"]))
            .then(redial("200")),
        json!({"script": [
            {"pause": {"milliseconds": 250}},
            {"connect": {"targets": [{"endpoint": {"client": "1001"}}], "strategy": "simultaneous"}},
            {"redial": {"callee": "200"}},
        ]}),
    );
    check(
        delegate("night"),
        json!({"script": [{"delegate": {"plugin": "night"}}]}),
    );
}

#[test]
fn a_response_has_its_own_reason_and_headers() {
    check(
        respond(302)
            .reason("Try there")
            .header("Contact", "<sip:1@example.net>"),
        json!({"script": [{"respond": {"status": 302, "reason": "Try there",
            "headers": [{"name": "Contact", "value": "<sip:1@example.net>"}]}}]}),
    );
}

#[test]
fn next_hands_variables_on() {
    check(next(), json!({"next": []}));
    check(
        next().with("tier", "gold"),
        json!({"next": [{"name": "tier", "value": "gold"}]}),
    );
}

#[test]
fn owned_texts_and_ready_verbs_are_taken_too() {
    let names = vec!["1001".to_owned()];
    assert_eq!(ring(&names), ring(names.clone()));
    let ready = ring(["1002"]).into_script();
    assert_eq!(
        pause(1.seconds()).then(ready.clone()),
        pause(1.seconds()).then(ready[0].clone())
    );
}
