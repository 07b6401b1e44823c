//! The `incoming_call` payloads: what the application is told of a call, and its one action as a script.

use switchhook_sdk::prelude::*;
use switchhook_sdk::script;
use switchhook_sdk::serde_json::{self, Value};

use crate::json;
use crate::settings::Settings;
use crate::timestamp::iso8601;

/// The limit of the switch for all of a connect.
const LONGEST_CONNECT_SECONDS: u32 = 600;
/// The limit of the switch for spoken words: bytes.
const LONGEST_TEXT: usize = 4_096;

/// What the application is told.
pub fn question(call: &Call) -> Value {
    serde_json::json!({
        "event": "incoming_call",
        "from": call.caller,
        "to": call.callee,
        "timestamp": iso8601(call.received_at),
        "call_id": call.id,
    })
}

/// A script of the application's action.
///
/// # Errors
/// If the answer is not an action.
pub fn script(answer: &Value, call: &Call, settings: &Settings) -> Result<Script, Error> {
    if let Value::String(number) = answer {
        return Ok(ring([number_target(number, settings)?]).into_script());
    }
    match answer.get("action").and_then(Value::as_str) {
        Some("forward") => {
            let destination = answer
                .get("destination")
                .ok_or_else(|| Error::new("forward without `destination`"))?;
            forward(destination, settings)
        }
        Some("voicemail") => Ok(message(answer, call, settings)),
        Some("say") => spoken(answer),
        Some(other) => Err(Error::new(format_args!("unknown action `{other}`"))),
        None => Err(Error::new("neither an action nor a number")),
    }
}

/// The mailbox takes the call; a `message` is the name of what is played first.
fn message(answer: &Value, call: &Call, settings: &Settings) -> Script {
    let mailbox = settings.mailbox.as_ref().unwrap_or(&call.callee);
    let mailbox = voicemail(mailbox);
    let Some(name) = json::text(answer, "message") else {
        return mailbox.into_script();
    };
    let path = settings.messages.get(&name).cloned();
    mailbox
        .greeting(path.unwrap_or_else(|| format!("{name}.wav")))
        .into_script()
}

/// The caller hears the words, and that is the call.
fn spoken(answer: &Value) -> Result<Script, Error> {
    let text = json::text(answer, "text").ok_or_else(|| Error::new("say without `text`"))?;
    let words = say(json::cut(&text, LONGEST_TEXT));
    let script = script::answer().then(announce(words));
    Ok(script.then(respond(480)).into_script())
}

fn forward(destination: &Value, settings: &Settings) -> Result<Script, Error> {
    match destination {
        Value::String(number) => return Ok(ring([number_target(number, settings)?]).into_script()),
        Value::Object(_) => {}
        _ => {
            return Err(Error::new(
                "`destination` is neither an object nor a number",
            ));
        }
    }
    match destination.get("type").and_then(Value::as_str) {
        Some("number") => {
            let number = destination
                .get("number")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Ok(ring([number_target(number, settings)?]).into_script())
        }
        Some("ring_group") => ring_group(destination, settings),
        Some(other) => Err(Error::new(format_args!(
            "unknown type of destination `{other}`"
        ))),
        None => Err(Error::new("a destination without `type`")),
    }
}

fn ring_group(destination: &Value, settings: &Settings) -> Result<Script, Error> {
    let members = destination
        .get("members")
        .and_then(Value::as_array)
        .ok_or_else(|| Error::new("ring_group without `members`"))?;
    let targets = members
        .iter()
        .map(|member| number_target(member.as_str().unwrap_or_default(), settings))
        .collect::<Result<Vec<Target>, Error>>()?;
    if targets.is_empty() {
        return Err(Error::new("ring_group without members"));
    }
    match destination.get("strategy").and_then(Value::as_str) {
        None | Some("simultaneous") => Ok(ring(targets).into_script()),
        Some("sequential") => Ok(one_after_another(targets, settings.ring_seconds)),
        Some(other) => Err(Error::new(format_args!("unknown strategy `{other}`"))),
    }
}

/// The payload has no times, and the first member would ring until the domain's ring time is over.
fn one_after_another(targets: Vec<Target>, ring_seconds: u32) -> Script {
    let all = ring_seconds
        .saturating_mul(targets.len() as u32)
        .min(LONGEST_CONNECT_SECONDS);
    let targets = targets
        .into_iter()
        .map(|target| target.ringing(ring_seconds.seconds()));
    sequential(targets).within(all.seconds()).into_script()
}

/// A client of this name, if there is a trunk for other numbers only while it is registered; else the number behind the trunk.
fn number_target(number: &str, settings: &Settings) -> Result<Target, Error> {
    if number.is_empty() {
        return Err(Error::new("a number that is empty or no text"));
    }
    match &settings.trunk {
        Some(name) if !directory::registered(number) => Ok(trunk(name, number)),
        _ => Ok(client(number)),
    }
}

#[cfg(test)]
#[path = "incoming_call_tests.rs"]
mod tests;
