//! Question and answer over the test's web server.

use switchhook_sdk::serde_json::json;

use super::*;
use crate::Webhook;

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
    assert_eq!(
        id,
        signature::message_id(&testing::call("alice", "100"), &request.body)
    );
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
        "webhook answer: not an array of verbs"
    );
    let text = error(url.clone(), testing::response(200, "<html>"));
    assert!(
        text.starts_with("webhook: the answer is not JSON: "),
        "{text}"
    );
    let text = error(json!({}), testing::response(200, BUSY));
    assert!(text.starts_with("settings: missing field `url`"), "{text}");
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
