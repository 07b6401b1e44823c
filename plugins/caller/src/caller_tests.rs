//! Callers, known and unknown, and a CRM that is slow.

use switchhook_sdk::http::{HttpError, Request, Response};
use switchhook_sdk::serde_json::{Value, json};

use super::*;
use crate::Caller;

const START: u64 = 1_776_781_920_000;

fn settings_of_a_shop() -> Value {
    json!({
        "dialling": {"country_code": "49", "national_prefix": "0", "international_prefix": "00"},
        "allow": ["+4930999*"],
        "block": {"+1900*": true, "+4930666": true},
        "lookup": {
            "url": "https://crm.example.com/contacts?phone={number}&to={callee}",
            "headers": {"authorization": "Bearer 1"},
            "fields": {"tier": "/contact/tier", "name": "/contact/name", "tickets": "/tickets"}
        },
        "tiers": {
            "gold": {"redial": "700"},
            "*": {"variables": {"greeting": "Hello {caller.name}"}}
        },
        "unknown": {"variables": {"lead": true}}
    })
}

fn crm(request: &Request) -> Result<Response, HttpError> {
    let known = |tier: &str| {
        let body = json!({"contact": {"tier": tier, "name": "Ada"}, "tickets": ["a", "b"]});
        Ok(testing::response(200, body.to_string()))
    };
    let number = request
        .url
        .split("phone=")
        .nth(1)
        .and_then(|rest| rest.split('&').next());
    match number {
        Some("%2B49301") => known("gold"),
        Some("%2B49302") => known("silver"),
        Some("%2B49303") => Ok(testing::response(200, "[]")),
        Some("%2B49304") => Ok(testing::response(500, "")),
        Some("%2B49305") => Err(HttpError::Timeout),
        Some("%2B49306") => Ok(testing::response(200, "<html>")),
        _ => Ok(testing::response(404, "")),
    }
}

fn host() -> testing::Host {
    testing::Host::new()
        .settings(settings_of_a_shop())
        .server(crm)
}

fn route(host: &testing::Host, caller: &str) -> Result<Decision, Error> {
    host.route::<Caller>(&testing::call(caller, "100"))
}

#[test]
fn a_tier_decides_and_its_facts_are_variables() {
    let Ok(Decision::Script(script)) = route(&host(), "030 1") else {
        panic!("no script");
    };
    assert_eq!(script.last(), redial("700").into_script().last());
    let set: Vec<_> = script[..script.len() - 1].to_vec();
    let expected = [
        ("caller.lookup", "found"),
        ("caller.name", "Ada"),
        ("caller.tickets", "2"),
        ("caller.tier", "gold"),
    ];
    let expected = expected.map(|(name, value)| Verb::SetVariable(variable(name, value)));
    assert_eq!(set, expected);
}

#[test]
fn a_tier_without_a_word_of_its_own_is_one_of_the_others() {
    assert_eq!(
        route(&host(), "+49302"),
        Ok(next()
            .with("caller.lookup", "found")
            .with("caller.name", "Ada")
            .with("caller.tickets", "2")
            .with("caller.tier", "silver")
            .with("greeting", "Hello Ada")
            .into())
    );
}

#[test]
fn who_is_not_known_is_a_lead() {
    for caller in ["+49303", "+49309"] {
        assert_eq!(
            route(&host(), caller),
            Ok(next()
                .with("caller.lookup", "unknown")
                .with("lead", "true")
                .into())
        );
    }
    let host = host();
    assert_eq!(
        route(&host, "anonymous"),
        Ok(next()
            .with("caller.lookup", "anonymous")
            .with("lead", "true")
            .into())
    );
    assert!(host.requests().is_empty());
}

#[test]
fn a_crm_that_fails_stops_no_call() {
    for caller in ["+49304", "+49305", "+49306"] {
        assert_eq!(
            route(&host(), caller),
            Ok(next().with("caller.lookup", "failed").into()),
            "{caller}"
        );
    }
    let ungranted = testing::Host::new().settings(settings_of_a_shop());
    assert_eq!(
        route(&ungranted, "+49301"),
        Ok(next().with("caller.lookup", "failed").into())
    );
}

#[test]
fn a_copy_is_used_while_fresh_and_while_the_crm_is_down() {
    let host = host();
    assert!(route(&host, "+49302").is_ok());
    let down = host.clone().server(|_| Err(HttpError::Timeout));
    let lookup = |host: &testing::Host| match route(host, "+49302") {
        Ok(Decision::Next(variables)) => variables[0].value.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(lookup(&down.clone().at(START + 299_000)), "found");
    assert_eq!(lookup(&down.clone().at(START + 300_000)), "stale");
    assert_eq!(lookup(&down.at(START + 90_000_000)), "failed");
}

#[test]
fn lists_come_before_the_crm() {
    let host = host();
    assert!(matches!(
        route(&host, "+19005550100"),
        Ok(Decision::Script(script)) if script.last() == respond(603).into_script().last()
    ));
    assert!(matches!(route(&host, "030666"), Ok(Decision::Script(_))));
    assert!(host.requests().is_empty());
    assert_eq!(
        route(&host, "+49309990"),
        Ok(next()
            .with("caller.list", "allowed")
            .with("caller.lookup", "unknown")
            .with("lead", "true")
            .into())
    );
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |settings: Value| {
        let host = testing::Host::new().settings(settings);
        route(&host, "+49301").unwrap_err().text().to_owned()
    };
    assert_eq!(error(json!({"lookup": {}})), "lookup: `url` is missing");
    assert_eq!(
        error(json!({"lookup": {"url": "https://x", "fields": {"tier": "tier"}}})),
        "lookup.fields.tier: must be a JSON pointer such as /contact/tier"
    );
    assert_eq!(error(json!({"block": [7]})), "block[0]: must be a text");
}
