//! Decides about a call: one question to the application, one answer. Whatever goes wrong is an error, so that the fallback of the
//! route takes over, unless a kept answer helps.

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

use crate::ask::{self, Failure, Question};
use crate::cache::Place;
use crate::settings::{Format, Settings};
use crate::{callhook, hooks, incoming_call};

/// Asks the application and makes a decision of its answer.
///
/// # Errors
/// If the settings are wrong, the application cannot be reached, does not answer in time or with a status other than
/// 200, or its answer holds nothing that the switch can carry out.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let settings: Settings = settings::load()?;
    let url = hooks::of_call(call, &settings)?;
    let mut script = match file_name(url) {
        Some(name) => of_file(name, call, &settings)?,
        None => of_application(url, call, &settings)?,
    };
    if let Some(variable) = hooks::status_of_call(call, &settings) {
        script.insert(0, variable);
    }
    Ok(Decision::Script(script))
}

/// What follows `file:`, without the slashes before it.
fn file_name(url: &str) -> Option<&str> {
    let (scheme, path) = url.split_once(':')?;
    scheme
        .eq_ignore_ascii_case("file")
        .then(|| path.trim_start_matches('/'))
}

/// The file-based source of routing: the verbs stand in the settings.
fn of_file(name: &str, call: &Call, settings: &Settings) -> Result<Script, Error> {
    let find = |name: &str| settings::get::<Value>(&settings::child("/files", name));
    let verbs = match find(name)? {
        Some(verbs) => verbs,
        None => find(&format!("/{name}"))?
            .ok_or_else(|| Error::new(format_args!("`files` has no `{name}`")))?,
    };
    script(&verbs, call, settings).map_err(|error| error.context(format_args!("file {name}")))
}

fn of_application(url: &str, call: &Call, settings: &Settings) -> Result<Script, Error> {
    let told = match settings.format {
        Format::Callhook => callhook::question(call, settings),
        Format::IncomingCall => incoming_call::question(call),
    };
    let question = Question {
        hook: "call",
        url,
        id: format!("{}_{}", call.id, call.attempt),
        body: ask::body(&told)?,
    };
    let place = settings.cache.map(|cache| Place::new(cache, call, url));
    let usable = ask::ask(&question, settings).and_then(|answer| {
        let script = script(&answer, call, settings)
            .map_err(|error| Failure::Refused(error.context("the answer")))?;
        Ok((script, answer))
    });
    match (usable, place) {
        (Ok((script, _)), None) => Ok(script),
        (Ok((script, answer)), Some(place)) => {
            place.keep(&answer);
            Ok(script)
        }
        (Err(failure), None) => Err(failure.into_error().context("webhook")),
        (Err(failure), Some(place)) => {
            let error = failure.into_error().context("webhook");
            let answer = place.last().ok_or(error)?;
            log::warn("the application failed: its last answer for this number is used");
            metrics::count("requests_total", &[("hook", "call"), ("result", "kept")]);
            script(&answer, call, settings)
        }
    }
}

fn script(answer: &Value, call: &Call, settings: &Settings) -> Result<Script, Error> {
    match settings.format {
        Format::Callhook => callhook::script(answer, settings),
        Format::IncomingCall => incoming_call::script(answer, call, settings),
    }
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
