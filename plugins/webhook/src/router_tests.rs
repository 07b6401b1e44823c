//! Question and answer over the test's web server.

use std::cell::Cell;
use std::rc::Rc;

use switchhook_sdk::serde_json::{self, json};

use super::*;
use crate::{Webhook, signature};

fn asked(settings: Value, answer: http::Response) -> (testing::Host, Result<Decision, Error>) {
    let host = testing::Host::new()
        .settings(settings)
        .server(move |_| Ok(answer.clone()));
    let decision = host.route::<Webhook>(&testing::call("alice", "100"));
    (host, decision)
}

fn error(settings: Value, answer: http::Response) -> String {
    asked(settings, answer).1.unwrap_err().text().to_owned()
}

const BUSY: &str = r#"[{"verb": "response", "code": 486}]"#;

#[test]
fn the_application_is_asked_once_and_its_answer_is_the_decision() {
    let settings = json!({"url": "http://app:1/hook", "headers": {"authorization": "Bearer x"}});
    let (host, decision) = asked(settings, testing::response(200, BUSY));
    assert_eq!(decision, Ok(respond(486).into()));
    let requests = host.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        (request.method.as_str(), request.url.as_str()),
        ("POST", "http://app:1/hook")
    );
    assert_eq!(request.timeout_milliseconds, Some(3_000));
    let headers: Vec<(&str, &str)> = request
        .headers
        .iter()
        .map(|h| (h.name.as_str(), h.value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("authorization", "Bearer x"),
            ("content-type", "application/json")
        ]
    );
    let told: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        (&told["from"], &told["to"]),
        (&json!("alice"), &json!("100"))
    );
}

#[test]
fn the_other_payloads_are_chosen_by_the_settings() {
    let settings = json!({"url": "http://app/", "format": "incoming_call", "timeout_ms": 250});
    let (host, decision) = asked(settings, testing::response(200, "\"1001\""));
    assert_eq!(decision, Ok(ring(["1001"]).into()));
    assert_eq!(host.requests()[0].timeout_milliseconds, Some(250));
    let told: Value = serde_json::from_slice(&host.requests()[0].body).unwrap();
    assert_eq!(told["event"], "incoming_call");
}

#[test]
fn a_secret_signs_the_very_body_that_is_sent() {
    let settings = json!({"url": "http://app/", "secret": "whsec_c2VjcmV0"});
    let (host, _) = asked(settings, testing::response(200, BUSY));
    let request = &host.requests()[0];
    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|h| h.name == name)
            .map(|h| h.value.clone())
            .unwrap_or_default()
    };
    assert_eq!(header("webhook-timestamp"), "1776781920");
    let id = header("webhook-id");
    assert_eq!(id, signature::message_id("call-1_0", &request.body));
    let expected = signature::sign("secret", &id, 1_776_781_920, &request.body);
    assert_eq!(Ok(header("webhook-signature")), expected);
}

#[test]
fn every_failure_is_an_error_that_says_what_happened() {
    let url = json!({"url": "http://app/"});
    assert_eq!(
        error(url.clone(), testing::response(500, BUSY)),
        "webhook: status 500"
    );
    assert_eq!(
        error(url.clone(), testing::response(204, "")),
        "webhook: status 204"
    );
    assert_eq!(
        error(url.clone(), testing::response(200, "{}")),
        "webhook: the answer: not an array of verbs"
    );
    let text = error(url.clone(), testing::response(200, "<html>"));
    assert!(
        text.starts_with("webhook: the answer is not JSON: "),
        "{text}"
    );
    let text = error(json!({}), testing::response(200, BUSY));
    assert!(text.starts_with("no URL: "), "{text}");
    let text = error(
        json!({"url": "http://app/", "uri": 1}),
        testing::response(200, BUSY),
    );
    assert!(text.starts_with("settings: unknown field `uri`"), "{text}");

    let silent = testing::Host::new()
        .settings(url)
        .server(|_| Err(http::HttpError::Timeout));
    let text = silent
        .route::<Webhook>(&testing::call("alice", "100"))
        .unwrap_err();
    assert_eq!(text.text(), "webhook: no response in time");
}

#[test]
fn an_error_never_holds_the_secret() {
    let settings = json!({"url": "http://app/", "secret": "whsec_not base64!"});
    let text = error(settings, testing::response(200, BUSY));
    assert_eq!(text, "webhook: the secret is not Base64 after `whsec_`");
}

#[test]
fn the_route_s_url_goes_before_that_of_the_settings() {
    let host = testing::Host::new()
        .settings(json!({"url": "http://app/"}))
        .server(|_| Ok(testing::response(200, BUSY)));
    let mut call = testing::call("alice", "100");
    call.variables.push(Variable {
        name: hooks::CALL_HOOK.to_owned(),
        value: "http://other/hook".to_owned(),
    });
    assert!(host.route::<Webhook>(&call).is_ok());
    assert_eq!(host.requests()[0].url, "http://other/hook");
}

#[test]
fn the_events_of_a_call_know_where_they_go() {
    let settings = json!({"url": "http://app/", "status_url": "http://app/status"});
    let (host, decision) = asked(settings, testing::response(200, BUSY));
    let expected = set_variable(hooks::STATUS_HOOK, "http://app/status").then(respond(486));
    assert_eq!(decision, Ok(expected.into()));
    // The dialplan of a client said so already: its own stays.
    let mut call = testing::call("alice", "100");
    call.variables.push(Variable {
        name: hooks::STATUS_HOOK.to_owned(),
        value: "http://other/".to_owned(),
    });
    assert_eq!(host.route::<Webhook>(&call), Ok(respond(486).into()));
}

#[test]
fn a_file_url_names_a_script_of_the_settings() {
    let settings =
        json!({"files": {"desk.json": [{"verb": "response", "code": 486}], "/night/a": []}});
    let with = |url: &str| {
        let mut settings = settings.clone();
        settings["url"] = json!(url);
        let host = testing::Host::new().settings(settings);
        host.route::<Webhook>(&testing::call("alice", "100"))
    };
    for url in ["file:desk.json", "file:/desk.json", "file:///desk.json"] {
        assert_eq!(with(url), Ok(respond(486).into()), "{url}");
    }
    let error = |url| with(url).unwrap_err().text().to_owned();
    assert_eq!(error("file:/other"), "`files` has no `other`");
    assert_eq!(
        error("file:/night/a"),
        "file night/a: no verb that the switch can carry out"
    );
}

/// A web server that can be switched off.
fn server(settings: Value) -> (testing::Host, Rc<Cell<bool>>) {
    let up = Rc::new(Cell::new(true));
    let is_up = Rc::clone(&up);
    let host = testing::Host::new().settings(settings).server(move |_| {
        if is_up.get() {
            Ok(testing::response(200, BUSY))
        } else {
            Err(http::HttpError::Connection("refused".to_owned()))
        }
    });
    (host, up)
}

#[test]
fn the_last_answer_is_used_while_the_application_fails_and_it_is_young_enough() {
    let (host, up) = server(json!({"url": "http://app/", "cache": {"seconds": 60}}));
    let host = host.at(0);
    let ask = |host: &testing::Host, caller: &str, callee: &str| {
        host.route::<Webhook>(&testing::call(caller, callee))
    };
    assert!(ask(&host, "alice", "100").is_ok());
    up.set(false);
    assert_eq!(ask(&host, "bob", "100"), Ok(respond(486).into()));
    assert_eq!(
        ask(&host, "alice", "101").unwrap_err().text(),
        "webhook: connection: refused"
    );
    let host = host.at(60_000);
    assert!(ask(&host, "alice", "100").is_err());
}

#[test]
fn a_kept_answer_can_be_one_caller_s_own() {
    let settings = json!({"url": "http://app/", "cache": {"seconds": 60, "by_caller": true}});
    let (host, up) = server(settings);
    let ask = |caller: &str| host.route::<Webhook>(&testing::call(caller, "100")).is_ok();
    assert!(ask("alice"));
    up.set(false);
    assert!(ask("alice"));
    assert!(!ask("bob"));
}

#[test]
fn the_example_of_the_readme_is_a_set_of_settings() {
    let readme = include_str!("../README.md");
    let json = readme
        .split("```json\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let settings: Settings = serde_json::from_str(json.unwrap()).unwrap();
    assert!(settings.url.is_some());
}
