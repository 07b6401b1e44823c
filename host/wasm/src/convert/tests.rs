//! Conversions there and back, and decisions that break a rule.

use super::*;

fn client(name: &str) -> wit::Target {
    wit::Target {
        endpoint: wit::Endpoint::Client(name.into()),
        ring_seconds: None,
    }
}

fn connect_to(targets: Vec<wit::Target>) -> wit::Connect {
    wit::Connect {
        targets,
        strategy: wit::Strategy::Simultaneous,
        timeout_seconds: None,
        caller_id: None,
        headers: Vec::new(),
    }
}

fn busy() -> wit::Verb {
    wit::Verb::Respond(wit::Respond {
        status: 486,
        reason: None,
        headers: Vec::new(),
    })
}

fn header(name: &str, value: &str) -> wit::HeaderResult {
    wit::HeaderResult {
        name: name.into(),
        value: value.into(),
    }
}

fn broken(verbs: Vec<wit::Verb>) -> String {
    decision(wit::Decision::Script(verbs)).unwrap_err()
}

#[test]
fn a_script_that_keeps_the_rules_is_taken_over_whole() {
    let mut connect = connect_to(vec![client("1001"), client("1002")]);
    connect.targets.push(wit::Target {
        endpoint: wit::Endpoint::Trunk(wit::TrunkNumber {
            trunk: "out".into(),
            number: "+4930".into(),
        }),
        ring_seconds: Some(600),
    });
    connect.strategy = wit::Strategy::Sequential;
    connect.caller_id = Some("42".into());
    connect.headers.push(header("X-Reason", "late"));
    let verbs = vec![
        wit::Verb::Pause(wit::Pause {
            milliseconds: 60_000,
        }),
        wit::Verb::Connect(connect),
        busy(),
    ];
    let Decision::Script(script) = decision(wit::Decision::Script(verbs)).unwrap() else {
        panic!("no script");
    };
    assert_eq!(script.len(), 3);
    let Verb::Connect(connect) = &script[1] else {
        panic!("no connect")
    };
    assert_eq!(connect.targets.len(), 3);
    assert_eq!(connect.strategy, verb::Strategy::Sequential);
    assert_eq!(connect.targets[2].ring_seconds, Some(600));
    assert_eq!(connect.headers[0].value, "late");
}

#[test]
fn a_script_has_between_one_and_32_verbs() {
    assert_eq!(broken(Vec::new()), "the script has no verb");
    let pause = || wit::Verb::Pause(wit::Pause { milliseconds: 1 });
    let pauses: Vec<_> = (0..33).map(|_| pause()).collect();
    assert!(broken(pauses).contains("33 verbs"));
}

#[test]
fn nothing_follows_a_verb_that_ends_the_script() {
    assert_eq!(
        broken(vec![busy(), busy()]),
        "verb 1 ends the script, but 1 follow it"
    );
}

#[test]
fn a_connect_has_between_one_and_32_targets() {
    assert!(broken(vec![wit::Verb::Connect(connect_to(Vec::new()))]).contains("no target"));
    let many = (0..33).map(|_| client("1001")).collect();
    assert!(broken(vec![wit::Verb::Connect(connect_to(many))]).contains("33 targets"));
}

#[test]
fn texts_are_bounded_and_free_of_control_characters() {
    for bad in [String::new(), "x".repeat(257), "1001\r\nVia: evil".into()] {
        broken(vec![wit::Verb::Connect(connect_to(vec![client(&bad)]))]);
        broken(vec![wit::Verb::Redial(wit::Redial { callee: bad })]);
    }
}

#[test]
fn header_fields_of_the_switch_cannot_be_set() {
    for (name, value) in [
        ("Via", "x"),
        ("v", "x"),
        ("CONTACT", "x"),
        ("X Y", "x"),
        ("", "x"),
    ] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.headers.push(header(name, value));
        broken(vec![wit::Verb::Connect(connect)]);
    }
    for value in ["a\r\nb", "a\nb", "a\0b"] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.headers.push(header("X-A", value));
        broken(vec![wit::Verb::Connect(connect)]);
    }
}

#[test]
fn a_redirecting_response_may_name_a_contact() {
    let verb = wit::Verb::Respond(wit::Respond {
        status: 302,
        reason: None,
        headers: vec![header("Contact", "<sip:a@b>")],
    });
    assert!(decision(wit::Decision::Script(vec![verb])).is_ok());
}

#[test]
fn a_status_lies_between_300_and_699() {
    for status in [0, 100, 200, 299, 700, 65_535] {
        let verb = wit::Verb::Respond(wit::Respond {
            status,
            reason: None,
            headers: Vec::new(),
        });
        broken(vec![verb]);
    }
}

#[test]
fn a_uri_is_a_sip_uri() {
    for (uri, good) in [
        ("sip:a@b", true),
        ("SIPS:a@b", true),
        ("tel:+49", false),
        ("sip:a b", false),
        ("sip:a@b>", false),
        ("", false),
    ] {
        let target = wit::Target {
            endpoint: wit::Endpoint::Uri(uri.into()),
            ring_seconds: None,
        };
        let verbs = vec![wit::Verb::Connect(connect_to(vec![target]))];
        assert_eq!(
            decision(wit::Decision::Script(verbs)).is_ok(),
            good,
            "{uri}"
        );
    }
}

#[test]
fn times_are_bounded() {
    for seconds in [0, 601, u32::MAX] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.timeout_seconds = Some(seconds);
        broken(vec![wit::Verb::Connect(connect)]);
    }
    broken(vec![wit::Verb::Pause(wit::Pause { milliseconds: 0 })]);
    broken(vec![wit::Verb::Pause(wit::Pause {
        milliseconds: 60_001,
    })]);
}

#[test]
fn variables_are_bounded() {
    let variable = |name: &str, length: usize| wit::VariableResult {
        name: name.into(),
        value: "x".repeat(length),
    };
    assert!(decision(wit::Decision::Next(vec![variable("a", 1_024)])).is_ok());
    assert!(decision(wit::Decision::Next(vec![variable("a", 1_025)])).is_err());
    assert!(decision(wit::Decision::Next(vec![variable("", 1)])).is_err());
    let many = (0..65).map(|_| variable("a", 1)).collect();
    assert!(decision(wit::Decision::Next(many)).is_err());
}
