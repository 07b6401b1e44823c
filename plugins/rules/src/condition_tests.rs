//! Each condition, with what fits it and what does not.

use switchhook_sdk::directory::{AgentStatus, Queue};
use switchhook_sdk::serde_json::{Value, json};

use super::*;

/// Friday 2026-11-20 22:15 in Berlin.
const FRIDAY_EVENING: u64 = 1_795_209_300_000;

fn call() -> Call {
    let mut call = testing::call("+4930901820", "100");
    call.received_at = FRIDAY_EVENING;
    call.origin = Origin::Trunk("carrier-1".to_owned());
    call.attestation = Attestation::Partial;
    call.caller_name = "ACME GmbH".to_owned();
    for (name, value) in [
        ("X-Tier", "gold"),
        ("Subject", "late delivery"),
        ("x-tier", "vip"),
    ] {
        call.headers.push(Header {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
    for (name, value) in [("tickets", "3"), ("tier", "gold")] {
        call.variables.push(Variable {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
    call
}

fn host() -> testing::Host {
    testing::Host::new()
        .settings(json!({"lists": {"vip": ["+4930*"], "big": {"+4930901820": true}}}))
        .registered("alice")
        .client("bob", &["sip:bob@192.0.2.8"], 1)
        .agent("anna", AgentStatus::Available, &["german"])
        .agent("ben", AgentStatus::Busy, &["english"])
        .queue(Queue {
            name: "support".to_owned(),
            waiting: 3,
            longest_wait_seconds: 60,
            agents_available: 1,
        })
}

fn asked(condition: &Value) -> Result<bool, Error> {
    let call = call();
    let context = Context::new(&call, "Europe/Berlin");
    host().run(|| holds(&Node::root(condition, "when"), &context))
}

fn check(fit: &[Value], miss: &[Value]) {
    for condition in fit {
        assert_eq!(asked(condition), Ok(true), "{condition}");
    }
    for condition in miss {
        assert_eq!(asked(condition), Ok(false), "{condition}");
    }
}

#[test]
fn conditions_are_put_together() {
    let (yes, no) = (json!({"callee": "100"}), json!({"callee": "1"}));
    check(
        &[
            json!({}),
            json!({"all": [yes, yes]}),
            json!({"all": []}),
            json!({"any": [no, yes]}),
            json!({"not": no}),
            json!({"callee": "100", "not": {"any": [no, no]}}),
            json!({"callee": null}),
        ],
        &[
            json!({"all": [yes, no]}),
            json!({"any": []}),
            json!({"not": yes}),
            json!({"callee": "100", "caller": "x"}),
        ],
    );
}

#[test]
fn the_clock_and_the_calendar_are_those_of_a_zone() {
    check(
        &[
            json!({"time": "22:00-06:00"}),
            json!({"time": ["08:00-12:00", "22:15-22:16"]}),
            json!({"time": "21:15-21:16", "zone": "UTC"}),
            json!({"weekday": "friday"}),
            json!({"weekday": ["mon", "thu-sat"]}),
            json!({"date": "2026-11-20"}),
            json!({"date": ["12-24..12-26", "11-01..11-30"]}),
            json!({"weekday": "saturday", "zone": "Asia/Tokyo"}),
        ],
        &[
            json!({"time": "08:00-22:15"}),
            json!({"weekday": "sat-thu"}),
            json!({"date": "11-21"}),
        ],
    );
    for bad in [
        json!({"weekday": "freitag"}),
        json!({"date": "20.11."}),
        json!({"time": "08:00-18:00", "zone": "Mars/Phobos"}),
    ] {
        assert!(asked(&bad).is_err(), "{bad}");
    }
}

#[test]
fn numbers_are_matched_by_patterns_and_lists() {
    check(
        &[
            json!({"caller": "+4930901820"}),
            json!({"caller": ["+1*", "+49??901820"]}),
            json!({"caller": {"list": "vip"}}),
            json!({"caller": {"list": "big"}}),
            json!({"caller_name": "ACME*"}),
            json!({"domain": "example.org"}),
            json!({"source_address": "192.0.2.*"}),
        ],
        &[
            json!({"caller": "+4930"}),
            json!({"callee": {"list": "vip"}}),
            json!({"caller": []}),
        ],
    );
    let error = asked(&json!({"caller": {"list": "vips"}})).unwrap_err();
    assert_eq!(
        error.text(),
        "when.caller.list: there is no list of this name in `lists`"
    );
}

#[test]
fn header_fields_and_variables_are_compared() {
    let header = |rest: Value| json!({ "header": rest });
    let variable = |rest: Value| json!({ "variable": rest });
    check(
        &[
            header(json!({"name": "x-tier", "equals": "vip"})),
            header(json!({"name": "subject", "contains": "late"})),
            header(json!({"name": "subject", "present": true})),
            header(json!({"name": "x-none", "present": false})),
            variable(json!({"name": "tier", "one_of": ["silver", "gold"]})),
            variable(json!({"name": "tickets", "at_least": 3, "at_most": 3})),
            variable(json!({"name": "tickets", "equals": 3})),
            variable(json!({"name": "tier", "matches": "g*"})),
        ],
        &[
            header(json!({"name": "subject", "contains": "early"})),
            header(json!({"name": "x-none", "equals": ""})),
            header(json!({"name": "subject", "present": false})),
            variable(json!({"name": "tickets", "at_least": 4})),
            variable(json!({"name": "tier", "at_least": 0})),
            variable(json!({"name": "none", "at_least": 0})),
        ],
    );
    for bad in [
        header(json!({"name": "x"})),
        header(json!({"equals": "x", "contains": "y"})),
        header(json!({"name": "subject", "equal": "x"})),
        variable(json!({"name": "tickets", "at_least": "3"})),
    ] {
        assert!(asked(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_call_is_known_by_where_it_came_from_and_who_vouches_for_it() {
    check(
        &[
            json!({"origin": "trunk"}),
            json!({"origin": ["api", "trunk"]}),
            json!({"origin": {"trunk": "carrier-?"}}),
            json!({"attestation": ["full", "partial"]}),
            json!({"codec": ["opus", "pcma"]}),
            json!({"attempt": 0, "transferred": false, "answered": false}),
        ],
        &[
            json!({"origin": "client"}),
            json!({"origin": {"trunk": "other"}}),
            json!({"origin": {"client": "*"}}),
            json!({"attestation": "full"}),
            json!({"codec": "opus"}),
            json!({"attempt": 1}),
            json!({"transferred": true}),
        ],
    );
    for bad in [
        json!({"origin": "phone"}),
        json!({"attestation": "A"}),
        json!({"attempt": 9}),
    ] {
        assert!(asked(&bad).is_err(), "{bad}");
    }
}

#[test]
fn nobody_is_taken_for_available_without_being_asked() {
    check(
        &[
            json!({"client": {"name": "alice"}}),
            json!({"client": {"name": "alice", "registered": true, "busy": false}}),
            json!({"client": {"name": "bob", "busy": true, "calls_below": 2}}),
            json!({"client": {"name": "{callee}", "registered": false}}),
            json!({"agent": {"name": "anna"}}),
            json!({"agent": {"name": "ben", "status": ["busy", "away"]}}),
            json!({"agent": {"name": "nobody", "status": "offline"}}),
            json!({"skill": "german"}),
            json!({"queue": {"name": "support", "waiting_below": 4, "agents_available": 1}}),
        ],
        &[
            json!({"client": {"name": "{callee}"}}),
            json!({"client": {"name": "bob", "calls_below": 1}}),
            json!({"client": {"name": "bob", "busy": false}}),
            json!({"agent": {"name": "ben"}}),
            json!({"skill": "english"}),
            json!({"skill": {"name": "german", "agents": 2}}),
            json!({"queue": {"name": "support", "wait_seconds_below": 60}}),
            json!({"queue": {"name": "nowhere"}}),
        ],
    );
    assert!(asked(&json!({"client": {"registered": true}})).is_err());
}

#[test]
fn shares_have_bounds() {
    check(
        &[json!({"percent": 100})],
        &[json!({"percent": 0, "by": "caller"})],
    );
    for bad in [
        json!({"percent": 101}),
        json!({"percent": 5, "by": "moon"}),
        json!({"percent": "5"}),
    ] {
        assert!(asked(&bad).is_err(), "{bad}");
    }
}

#[test]
fn conditions_nested_without_end_are_refused() {
    let mut condition = json!({"callee": "100"});
    for _ in 0..40 {
        condition = json!({ "not": condition });
    }
    assert!(
        asked(&condition)
            .unwrap_err()
            .text()
            .ends_with("nested too deep")
    );
}
