//! The CallHook payloads: what the application is told of a call, and its array of verbs as a script.

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{Map, Value, json};
use switchhook_sdk::verb::{Connect, Pause, Respond, TrunkNumber};

use crate::settings::Settings;

/// The limit of the switch: a longer pause is cut to it.
const LONGEST_PAUSE_MILLISECONDS: f64 = 60_000.0;
/// The limit of the switch: a longer ring time is cut to it.
const LONGEST_RING_SECONDS: f64 = 600.0;

/// What the application is told.
pub fn question(call: &Call, settings: &Settings) -> Value {
    let source = match &call.origin {
        Origin::Client(_) => json!("client"),
        Origin::Trunk(name) => trunk_source(name, settings),
        Origin::Api => json!("api"),
    };
    json!({
        "domain": call.domain,
        "from": call.caller,
        "to": call.callee,
        "callId": call.sip_call_id,
        "sourceAddress": address_without_port(&call.source_address),
        "headers": headers(call),
        "source": source,
        "refer": call.transferred,
        "count": call.attempt,
    })
}

/// A script of the application's verbs. What the switch cannot do yet is left out with a line in the log.
///
/// # Errors
/// If the answer is not an array of verbs, a verb is malformed or unknown, or nothing is left to carry out.
pub fn script(answer: &Value, settings: &Settings) -> Result<Script, Error> {
    let verbs = answer
        .as_array()
        .ok_or_else(|| Error::new("not an array of verbs"))?;
    let mut script = Script::new();
    for verb in verbs {
        match verb.get("verb").and_then(Value::as_str) {
            Some("announce") => log::warn("`announce` is not available yet and was left out"),
            Some("pause") => script.extend(pause_of(verb)?),
            Some("connect") => script.push(connect_of(verb, settings)?),
            Some("response") => {
                script.push(response_of(verb)?);
                // The hook's script ends there, and the switch refuses one that goes on.
                break;
            }
            Some(other) => return Err(Error::new(format_args!("unknown verb `{other}`"))),
            None => return Err(Error::new("a verb without its name")),
        }
    }
    if script.is_empty() {
        return Err(Error::new("no verb that the switch can carry out"));
    }
    Ok(script)
}

/// The one verb; none for a pause of no length.
fn pause_of(verb: &Value) -> Result<Option<Verb>, Error> {
    let seconds =
        number(verb, "duration")?.ok_or_else(|| Error::new("pause without `duration`"))?;
    let milliseconds = (seconds * 1_000.0).round().min(LONGEST_PAUSE_MILLISECONDS);
    // In range by the line above and the check that a number is not negative.
    let milliseconds = milliseconds as u32;
    Ok((milliseconds > 0).then_some(Verb::Pause(Pause { milliseconds, tag: None })))
}

fn connect_of(verb: &Value, settings: &Settings) -> Result<Verb, Error> {
    let destinations = verb
        .get("dest")
        .and_then(Value::as_array)
        .ok_or_else(|| Error::new("connect without `dest`"))?;
    let mut connect = Connect::default();
    for destination in destinations {
        if destination
            .get("proxy")
            .is_some_and(|proxy| !proxy.is_null() && proxy != "")
        {
            log::warn("a destination with `proxy` is not available yet and was left out");
            continue;
        }
        connect.targets.push(target_of(destination, settings)?);
    }
    // Without a limit of its own, the domain's ring time would cut short a destination that may ring longer.
    connect.timeout_seconds = connect
        .targets
        .iter()
        .map(|target| target.ring_seconds)
        .collect::<Option<Vec<u32>>>()
        .and_then(|seconds| seconds.into_iter().max());
    if connect.targets.is_empty() {
        return Err(Error::new(
            "connect without a destination that the switch can call",
        ));
    }
    Ok(Verb::Connect(connect))
}

fn target_of(destination: &Value, settings: &Settings) -> Result<Target, Error> {
    let address = text(destination, "address")
        .ok_or_else(|| Error::new("a destination without `address`"))?;
    let endpoint = match destination.get("type").and_then(Value::as_str) {
        Some("client") => Endpoint::Client(address),
        Some("trunk") => Endpoint::Trunk(TrunkNumber {
            trunk: trunk_of(destination, settings)?,
            number: address,
        }),
        Some("sip") if has_sip_scheme(&address) => Endpoint::Uri(address),
        Some("sip") => Endpoint::Uri(format!("sip:{address}")),
        Some(other) => {
            return Err(Error::new(format_args!(
                "unknown type of destination `{other}`"
            )));
        }
        None => return Err(Error::new("a destination without `type`")),
    };
    let ring_seconds = number(destination, "timeout")?
        .filter(|seconds| *seconds > 0.0)
        .map(|seconds| seconds.ceil().min(LONGEST_RING_SECONDS) as u32);
    Ok(Target {
        endpoint,
        ring_seconds,
    })
}

/// `trunk_id` goes before `trunk_name`, as it does there. An identifier that the settings do not map is taken for a name
/// only if there is no other.
fn trunk_of(destination: &Value, settings: &Settings) -> Result<String, Error> {
    let id = text(destination, "trunk_id");
    let mapped = id
        .as_ref()
        .and_then(|id| settings.trunk_ids.get(id))
        .cloned();
    mapped
        .or_else(|| text(destination, "trunk_name"))
        .or(id)
        .ok_or_else(|| Error::new("a trunk without `trunk_id` and `trunk_name`"))
}

fn response_of(verb: &Value) -> Result<Verb, Error> {
    let code = number(verb, "code")?.ok_or_else(|| Error::new("response without `code`"))?;
    if !(300.0..700.0).contains(&code) {
        return Err(Error::new(format_args!(
            "response with `code` {code}, not 300 to 699"
        )));
    }
    let mut headers = Vec::new();
    for (name, value) in verb
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        headers.push(Header {
            name: name.clone(),
            value,
        });
    }
    Ok(Verb::Respond(Respond {
        status: code as u16,
        reason: None,
        headers,
    }))
}

/// A member that is a number, or a text that reads as one; `None` if it is absent or null.
fn number(object: &Value, name: &str) -> Result<Option<f64>, Error> {
    let number = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number {
        Some(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
        _ => Err(Error::new(format_args!(
            "`{name}` is not a number of at least 0"
        ))),
    }
}

/// A member that is a text that is not empty, or a number as text.
fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn has_sip_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
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
        Some(id) => json!({"type": "trunk", "name": name, "id": id}),
        None => json!({"type": "trunk", "name": name}),
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

/// `192.0.2.7` of `192.0.2.7:5060`, `2001:db8::7` of `[2001:db8::7]:5060`.
fn address_without_port(address: &str) -> &str {
    match address
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((inside, _)) => inside,
        None => address.rsplit_once(':').map_or(address, |(host, _)| host),
    }
}

#[cfg(test)]
#[path = "callhook_tests.rs"]
mod tests;
