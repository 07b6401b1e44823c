//! The CallHook payloads: what the application is told of a call, and its array of verbs as a script.

mod verbs;

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Map, Value};

pub use verbs::{SILENT, script};

use crate::json;
use crate::settings::Settings;

/// What the application is told.
pub fn question(call: &Call, settings: &Settings) -> Value {
    let source = match &call.origin {
        Origin::Client(_) => serde_json::json!("client"),
        Origin::Trunk(name) => trunk_source(name, settings),
        Origin::Api => serde_json::json!("api"),
    };
    serde_json::json!({
        "domain": call.domain,
        "from": call.caller,
        "to": call.callee,
        "callId": call.sip_call_id,
        "sourceAddress": json::address_and_port(&call.source_address).0,
        "headers": headers(call),
        "source": source,
        "refer": call.transferred,
        "count": call.attempt,
    })
}

/// The trunk by its name, and by its identifier where the settings give it one. Nothing else is known here of a trunk,
/// its credentials least of all.
fn trunk_source(name: &str, settings: &Settings) -> Value {
    let id = settings
        .trunk_ids
        .iter()
        .find(|(_, mapped)| *mapped == name)
        .map(|(id, _)| id);
    match id {
        Some(id) => serde_json::json!({"type": "trunk", "name": name, "id": id}),
        None => serde_json::json!({"type": "trunk", "name": name}),
    }
}

/// An object of the header fields; values of a name that stands more than once are joined by a comma (RFC 3261 §7.3.1).
fn headers(call: &Call) -> Map<String, Value> {
    let mut headers: Map<String, Value> = Map::new();
    for header in &call.headers {
        match headers.get_mut(&header.name) {
            Some(Value::String(before)) => {
                before.push_str(", ");
                before.push_str(&header.value);
            }
            _ => {
                headers.insert(header.name.clone(), Value::String(header.value.clone()));
            }
        }
    }
    headers
}

#[cfg(test)]
mod tests;
