//! Questions to a server.

use switchhook_sdk::serde_json::{Value, json};

use super::*;

const POLICY: Policy = Policy {
    budget_ms: 250,
    cache_seconds: 60,
    negative_cache_seconds: 10,
    stale_seconds: 0,
    pause_after_failures: 0,
    pause_seconds: 1,
};

fn ask(host: &testing::Host, settings: &Value, caller: &str) -> Result<Found, Error> {
    host.run(|| {
        let server = Server::read(&Node::root(settings, "lookup"), &["fields"], POLICY)?;
        let call = testing::call(caller, "100");
        server.ask("crm", &Words::new(&call), |response| {
            Ok(Fetched {
                text: response.status.to_string(),
                negative: false,
            })
        })
    })
}

fn host() -> testing::Host {
    testing::Host::new().server(|_| Ok(testing::response(200, "")))
}

#[test]
fn the_url_is_filled_and_header_fields_are_sent_within_the_budget() {
    let host = host();
    let settings = json!({
        "url": "https://crm/{caller}?to={callee}", "headers": {"authorization": "Bearer 1"}
    });
    ask(&host, &settings, "+49/1").unwrap();
    let request = &host.requests()[0];
    assert_eq!(request.url, "https://crm/%2B49%2F1?to=100");
    assert_eq!(request.headers[0].value, "Bearer 1");
    assert_eq!(request.timeout_milliseconds, Some(250));
}

#[test]
fn each_question_has_its_own_copy_and_other_settings_have_none_of_it() {
    let host = host();
    let mut settings = json!({"url": "https://crm/{caller}"});
    for (caller, requests) in [("a", 1), ("b", 2), ("a", 2), ("b", 2)] {
        ask(&host, &settings, caller).unwrap();
        assert_eq!(host.requests().len(), requests, "{caller}");
    }
    settings["fields"] = json!({});
    ask(&host, &settings, "a").unwrap();
    assert_eq!(host.requests().len(), 3);
}

#[test]
fn mistakes_say_where_they_are() {
    let error = |settings: Value| ask(&host(), &settings, "a").unwrap_err().text().to_owned();
    assert_eq!(error(json!({})), "lookup: `url` is missing");
    assert_eq!(
        error(json!({"url": "crm"})),
        "lookup: `url` must begin with https:// or http://"
    );
    assert!(error(json!({"url": "http://x", "budget": 1})).starts_with("lookup: unknown key"));
    assert!(error(json!({"url": "http://x", "budget_ms": 0})).starts_with("lookup.budget_ms: "));
}
