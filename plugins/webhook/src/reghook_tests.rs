//! Registrations.

use switchhook_sdk::http::HttpError;
use switchhook_sdk::serde_json::{self, json};

use super::*;
use crate::Webhook;

fn asked(status: u16, answer: Value) -> (testing::Host, Result<Grant, Refusal>) {
    let host = testing::Host::new()
        .settings(json!({"register_url": "http://app/register"}))
        .server(move |_| Ok(testing::response(status, answer.to_string())));
    let answer = host.register::<Webhook>(&testing::registration("1001"));
    (host, answer)
}

#[test]
fn the_application_is_told_of_the_credentials_and_lets_the_client_in() {
    let (host, answer) = asked(200, json!({"status": "ok"}));
    assert_eq!(answer, Ok(gate::checked().into()));
    let told: Value = serde_json::from_slice(&host.requests()[0].body).unwrap();
    assert_eq!(
        told,
        json!({
            "username": "1001", "realm": "example.org", "nonce": "nonce-1", "uri": "sip:example.org",
            "response": "0123456789abcdef0123456789abcdef", "method": "REGISTER",
            "source_address": "192.0.2.7", "source_port": 5060, "expires": 3600,
            "qop": "auth", "nc": "00000001", "cnonce": "cnonce-1", "algorithm": "MD5",
        })
    );
}

#[test]
fn what_the_client_did_not_send_is_not_told() {
    let mut registration = testing::registration("1001");
    registration.credentials.qop = None;
    registration.credentials.algorithm = None;
    let told = question(&registration);
    assert!(!told.contains_key("qop") && !told.contains_key("algorithm"));
}

#[test]
fn a_dialplan_becomes_entries_that_carry_its_urls() {
    let (_, answer) = asked(
        200,
        json!({"status": "ok", "expires": 120.7, "codecs": ["G722", "DIRECT"], "dialplan": {
            "1???": "http://app/one",
            "*": {"callHook": "http://app/call", "statusHook": "http://app/status"},
        }}),
    );
    let expected = gate::checked()
        .expires(120.seconds())
        .codecs(["G722", "DIRECT"])
        .entries([
            gate::entry("1???").with("webhook.call-hook", "http://app/one"),
            gate::entry("*")
                .with("webhook.call-hook", "http://app/call")
                .with("webhook.status-hook", "http://app/status"),
        ]);
    assert_eq!(answer, Ok(expected.into()));
}

#[test]
fn any_other_status_keeps_the_client_out() {
    let refused = |status: u16, answer: Value| asked(status, answer).1.unwrap_err().status;
    assert_eq!(refused(200, json!({"status": "wrong password"})), 403);
    assert_eq!(refused(200, json!({})), 403);
    assert_eq!(refused(200, json!([])), 403);
    assert_eq!(refused(403, json!({"status": "ok"})), 403);
    assert_eq!(refused(204, json!(null)), 403);
}

#[test]
fn an_application_that_fails_or_speaks_nonsense_is_tried_again_later() {
    let refused = |status: u16, answer: Value| asked(status, answer).1.unwrap_err().status;
    assert_eq!(refused(500, json!({"status": "ok"})), 503);
    let many: Map<String, Value> = (0..65).map(|n| (n.to_string(), json!("u"))).collect();
    for dialplan in [json!([]), json!({"*": {}}), json!({"*": 7}), json!(many)] {
        assert_eq!(
            refused(200, json!({"status": "ok", "dialplan": dialplan})),
            503
        );
    }
    let silent = testing::Host::new()
        .settings(json!({"register_url": "http://app/"}))
        .server(|_| Err(HttpError::Timeout));
    let refusal = silent.register::<Webhook>(&testing::registration("1001"));
    assert_eq!(refusal, Err(gate::refuse(503)));
    assert_eq!(silent.log()[0].1, "RegHook: no response in time");
}

#[test]
fn clients_can_have_urls_of_their_own_and_the_most_specific_pattern_wins() {
    let settings = json!({"register_url": {
        "*": "http://any/", "1???": "http://one/", "1001@example.org": "http://whole/", "*@example.net": "http://net/",
    }});
    let host = testing::Host::new()
        .settings(settings)
        .server(|_| Ok(testing::response(200, r#"{"status": "ok"}"#)));
    for username in ["1001", "1002", "2"] {
        assert!(
            host.register::<Webhook>(&testing::registration(username))
                .is_ok()
        );
    }
    let mut elsewhere = testing::registration("2");
    elsewhere.domain = "example.net".to_owned();
    assert!(host.register::<Webhook>(&elsewhere).is_ok());
    let urls: Vec<String> = host.requests().into_iter().map(|r| r.url).collect();
    assert_eq!(
        urls,
        ["http://whole/", "http://one/", "http://any/", "http://net/"]
    );
}

#[test]
fn without_a_url_nobody_registers() {
    for settings in [json!({}), json!({"register_url": {"9*": "http://nine/"}})] {
        let host = testing::Host::new().settings(settings);
        let refusal = host.register::<Webhook>(&testing::registration("1001"));
        assert_eq!(refusal, Err(gate::refuse(403)));
        assert!(host.requests().is_empty());
    }
}
