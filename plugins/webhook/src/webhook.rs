//! One request to the application, one answer. Whatever goes wrong is an error, so that the fallback of the route takes over.

use std::time::Duration;

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Value};

use crate::settings::{Format, Settings};
use crate::{callhook, incoming_call, signature};

/// Asks the application and makes a decision of its answer.
///
/// # Errors
/// If the settings are wrong, the application cannot be reached, does not answer in time or with a status other than
/// 200, or its answer holds nothing that the switch can carry out.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let settings: Settings = settings::load()?;
    let question = match settings.format {
        Format::Callhook => callhook::question(call, &settings),
        Format::IncomingCall => incoming_call::question(call),
    };
    let answer = ask(call, &settings, &question).map_err(|error| error.context("webhook"))?;
    let script = match settings.format {
        Format::Callhook => callhook::script(&answer, &settings),
        Format::IncomingCall => incoming_call::script(&answer, &settings),
    };
    script
        .map(Decision::Script)
        .map_err(|error| error.context("webhook answer"))
}

fn ask(call: &Call, settings: &Settings, question: &Value) -> Result<Value, Error> {
    let body = serde_json::to_vec(question)?;
    let mut request =
        http::post(&settings.url).within(Duration::from_millis(settings.timeout_ms.into()));
    for (name, value) in &settings.headers {
        request = request.header(name, value);
    }
    if let Some(secret) = &settings.secret {
        let id = signature::message_id(call, &body);
        let seconds = time::now() / 1_000;
        request = request
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds.to_string())
            .header(
                "webhook-signature",
                signature::sign(secret, &id, seconds, &body)?,
            );
    }
    let response = request.body("application/json", body).send()?;
    if response.status != 200 {
        return Err(Error::new(format_args!("status {}", response.status)));
    }
    response
        .json()
        .map_err(|error| Error::from(error).context("the answer is not JSON"))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
