//! RegHook: the application says who may register, and what their calls lead to.

use std::collections::BTreeMap;

use switchhook_sdk::pattern::specificity;
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{Map, Value};

use crate::ask::{self, Failure, Question};
use crate::hooks::{CALL_HOOK, STATUS_HOOK};
use crate::json;
use crate::settings::{RegisterUrl, Settings};

/// The limit of the switch for the entries of a client's dialplan.
const MOST_ENTRIES: usize = 64;
/// The limit of the switch for the codecs of a client.
const MOST_CODECS: usize = 16;

/// Asks the application whether a client may register.
///
/// # Errors
/// 403 if it says no, in whatever way; 503 if it cannot be asked.
pub fn register(registration: &Registration) -> Result<Grant, Refusal> {
    let settings: Settings = settings::load()?;
    let Some(url) = url_for(registration, &settings) else {
        return Err(gate::refuse(403));
    };
    let body = ask::body(&Value::Object(question(registration)))?;
    let credentials = &registration.credentials;
    let question = Question {
        hook: "register",
        url,
        id: format!("{}_{}", credentials.username, credentials.nonce),
        body,
    };
    match ask::ask(&question, &settings) {
        Ok(answer) if answer.get("status").is_some_and(|status| status == "ok") => {
            Ok(grant(&answer)?)
        }
        Ok(_) => Err(gate::refuse(403)),
        Err(Failure::Refused(error)) => {
            log::info(format!("RegHook: {error}"));
            Err(gate::refuse(403))
        }
        Err(Failure::Down(error)) => Err(error.context("RegHook").into()),
    }
}

/// The URL of the most specific pattern; a pattern with `@` is one of username and domain.
fn url_for<'a>(registration: &Registration, settings: &'a Settings) -> Option<&'a str> {
    let patterns: &BTreeMap<String, String> = match settings.register_url.as_ref()? {
        RegisterUrl::One(url) => return Some(url),
        RegisterUrl::ByClient(patterns) => patterns,
    };
    let whole = format!("{}@{}", registration.username, registration.domain);
    let specific = |pattern: &str| {
        let with_domain = pattern.contains('@');
        let name = if with_domain {
            &whole
        } else {
            &registration.username
        };
        specificity(pattern, name).map(|length| (length, with_domain))
    };
    patterns
        .iter()
        .filter_map(|(pattern, url)| Some((specific(pattern)?, url)))
        .max_by_key(|(specific, _)| *specific)
        .map(|(_, url)| url.as_str())
}

/// What the application is told.
fn question(registration: &Registration) -> Map<String, Value> {
    let credentials = &registration.credentials;
    let (address, port) = json::address_and_port(&registration.source_address);
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| {
        told.insert(name.to_owned(), value);
    };
    tell("username", credentials.username.as_str().into());
    tell("realm", credentials.realm.as_str().into());
    tell("nonce", credentials.nonce.as_str().into());
    tell("uri", credentials.uri.as_str().into());
    tell("response", credentials.response.as_str().into());
    tell("method", credentials.method.as_str().into());
    tell("source_address", address.into());
    tell("source_port", port.into());
    tell("expires", registration.expires_seconds.into());
    let optional = [
        ("qop", &credentials.qop),
        ("nc", &credentials.nc),
        ("cnonce", &credentials.cnonce),
        ("algorithm", &credentials.algorithm),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            tell(name, value.as_str().into());
        }
    }
    told
}

fn grant(answer: &Value) -> Result<Grant, Error> {
    let mut admission = gate::checked();
    if let Some(seconds) = json::number(answer, "expires")? {
        // In range: it is not negative, and the cast saturates.
        admission = admission.expires((seconds as u32).seconds());
    }
    let entries = dialplan(answer.get("dialplan"))?;
    if !entries.is_empty() {
        admission = admission.entries(entries);
    }
    let codecs = answer.get("codecs").and_then(Value::as_array);
    let codecs = codecs.into_iter().flatten().filter_map(Value::as_str);
    Ok(admission.codecs(codecs.take(MOST_CODECS)).into())
}

/// Patterns with the URLs that their calls go to. The entries name no plugin: it is this one.
fn dialplan(dialplan: Option<&Value>) -> Result<Vec<gate::Entry>, Error> {
    let patterns = match dialplan {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(patterns)) => patterns,
        Some(_) => return Err(Error::new("RegHook: `dialplan` is not an object")),
    };
    if patterns.len() > MOST_ENTRIES {
        return Err(Error::new("RegHook: `dialplan` has more than 64 patterns"));
    }
    patterns
        .iter()
        .map(|(pattern, hooks)| entry(pattern, hooks))
        .collect()
}

fn entry(pattern: &str, hooks: &Value) -> Result<gate::Entry, Error> {
    let entry = gate::entry(pattern);
    if let Value::String(url) = hooks {
        return Ok(entry.with(CALL_HOOK, url));
    }
    let call_hook = json::text(hooks, "callHook")
        .ok_or_else(|| Error::new(format_args!("RegHook: `{pattern}` has no `callHook`")))?;
    let entry = entry.with(CALL_HOOK, call_hook);
    Ok(match json::text(hooks, "statusHook") {
        Some(url) => entry.with(STATUS_HOOK, url),
        None => entry,
    })
}

#[cfg(test)]
#[path = "reghook_tests.rs"]
mod tests;
