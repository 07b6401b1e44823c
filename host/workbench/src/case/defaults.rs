//! What a case leaves out: a call, a registration and an event are whole before a plugin sees them.

use serde_json::{Map, Value, json};
use switchhook_routing::call::Call;
use switchhook_routing::event::Event;
use switchhook_routing::registration::Registration;

use crate::error::{Mistake, suggestion};
use crate::moment::Moment;

pub(super) fn ok() -> u16 {
    200
}

/// A call; `whole`: it is to be routed, so who is called must be there.
pub(super) fn call(
    number: usize,
    mut members: Map<String, Value>,
    (at, domain): (Moment, &str),
    whole: bool,
) -> Result<Call, Mistake> {
    const KEYS: [&str; 17] = [
        "id",
        "sip_call_id",
        "domain",
        "caller",
        "caller_name",
        "callee",
        "origin",
        "source_address",
        "received_at",
        "attempt",
        "transferred",
        "answered",
        "headers",
        "codecs",
        "attestation",
        "variables",
        "proposed",
    ];
    only(&members, &KEYS)?;
    if whole && !members.contains_key("callee") {
        return Err(Mistake::new(
            "`callee` is missing: the number that is called",
        ));
    }
    let id = format!("case-{number}");
    usual(&mut members, "id", || json!(id));
    usual(&mut members, "sip_call_id", || {
        json!(format!("{id}@192.0.2.7"))
    });
    usual(&mut members, "domain", || json!(domain));
    usual(&mut members, "caller", || json!("1001"));
    usual(&mut members, "callee", || json!("100"));
    usual(&mut members, "source_address", || json!("192.0.2.7:5060"));
    usual(&mut members, "received_at", || json!(at.0));
    let caller = members.get("caller").cloned().unwrap_or_default();
    usual(&mut members, "origin", || json!({ "client": caller }));
    whole_value(members)
}

/// A registration; its credentials may be left out too.
pub(super) fn registration(
    mut members: Map<String, Value>,
    (at, domain): (Moment, &str),
) -> Result<Registration, Mistake> {
    const KEYS: [&str; 8] = [
        "domain",
        "username",
        "contacts",
        "expires_seconds",
        "source_address",
        "received_at",
        "headers",
        "credentials",
    ];
    const CREDENTIALS: [&str; 10] = [
        "username",
        "realm",
        "nonce",
        "uri",
        "response",
        "method",
        "algorithm",
        "qop",
        "nc",
        "cnonce",
    ];
    only(&members, &KEYS)?;
    let Some(username) = members.get("username").cloned() else {
        return Err(Mistake::new("`username` is missing"));
    };
    usual(&mut members, "domain", || json!(domain));
    let realm = members.get("domain").cloned().unwrap_or_default();
    let host = realm.as_str().unwrap_or(domain).to_owned();
    usual(&mut members, "expires_seconds", || json!(3600));
    usual(&mut members, "source_address", || json!("192.0.2.7:5060"));
    usual(&mut members, "received_at", || json!(at.0));
    let contact = format!("sip:{}@192.0.2.7:5060", username.as_str().unwrap_or("user"));
    usual(&mut members, "contacts", || json!([contact]));
    usual(&mut members, "credentials", || json!({}));
    let Some(credentials) = members
        .get_mut("credentials")
        .and_then(Value::as_object_mut)
    else {
        return Err(Mistake::new("`credentials` is an object"));
    };
    only(credentials, &CREDENTIALS).map_err(|mistake| mistake.at("credentials"))?;
    usual(credentials, "username", || username);
    usual(credentials, "realm", || realm);
    usual(credentials, "nonce", || json!("5f2b7c1e"));
    usual(credentials, "uri", || json!(format!("sip:{host}")));
    usual(credentials, "response", || {
        json!("00000000000000000000000000000000")
    });
    usual(credentials, "method", || json!("REGISTER"));
    whole_value(members)
}

/// An event: `type` and what belongs to it are enough.
pub(super) fn event(
    number: usize,
    mut members: Map<String, Value>,
    (at, domain): (Moment, &str),
) -> Result<Event, Mistake> {
    if !members.contains_key("type") {
        return Err(Mistake::new(
            "`type` is missing: what happened, such as \"call.initiated\" or \"call.completed\"",
        ));
    }
    let id = format!("case-{number}");
    usual(&mut members, "call_id", || json!(id));
    usual(&mut members, "sip_call_id", || {
        json!(format!("{id}@192.0.2.7"))
    });
    usual(&mut members, "domain", || json!(domain));
    usual(&mut members, "caller", || json!("1001"));
    usual(&mut members, "callee", || json!("100"));
    let caller = members.get("caller").cloned().unwrap_or_default();
    usual(&mut members, "origin", || json!({ "client": caller }));
    usual(&mut members, "sequence", || json!(0));
    usual(&mut members, "at", || json!(at.0));
    whole_value(members)
}

fn whole_value<T: serde::de::DeserializeOwned>(members: Map<String, Value>) -> Result<T, Mistake> {
    serde_json::from_value(Value::Object(members)).map_err(|error| Mistake(error.to_string()))
}

fn usual(members: &mut Map<String, Value>, key: &str, value: impl FnOnce() -> Value) {
    if !members.contains_key(key) {
        members.insert(key.to_owned(), value());
    }
}

fn only(members: &Map<String, Value>, known: &[&str]) -> Result<(), Mistake> {
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => {
            let near = suggestion(key, known.iter().copied());
            Err(Mistake(format!("`{key}` means nothing here{near}")))
        }
        None => Ok(()),
    }
}
