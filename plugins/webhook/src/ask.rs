//! One question to the application: signed, asked again where the settings say so, within the time for all of it.
//!
//! A plugin waits for one request at a time and cannot sleep. So a second try follows the first at once, and a hedged request takes the
//! place of the first one instead of racing it.

use std::time::Duration;

use switchhook_sdk::http::{HttpError, Response};
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Value};

use crate::breaker::Circuit;
use crate::settings::Settings;
use crate::signature;

/// What became of a question that got no usable answer.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// The application did not answer, or said that it cannot (429, 5xx): it may later.
    Down(Error),
    /// It answered, and this is no answer to the question; or it may not be asked.
    Refused(Error),
}

impl Failure {
    /// The error.
    pub fn into_error(self) -> Error {
        match self {
            Failure::Down(error) | Failure::Refused(error) => error,
        }
    }
}

/// A question.
pub struct Question<'a> {
    /// Which hook, for the numbers of the monitoring.
    pub hook: &'static str,
    /// Where it goes.
    pub url: &'a str,
    /// What makes it different from other questions; part of `webhook-id`.
    pub id: String,
    /// The question.
    pub body: Vec<u8>,
}

/// Asks, with every precaution of the settings: JSON of a response of 200.
///
/// # Errors
/// Whatever goes wrong.
pub fn ask(question: &Question<'_>, settings: &Settings) -> Result<Value, Failure> {
    let tries = tries(question.url, settings);
    let answered = within(question, &tries, settings.timeout_ms, settings);
    count(question.hook, &answered);
    answered.and_then(|response| {
        if response.status != 200 {
            let error = Error::new(format_args!("status {}", response.status));
            return Err(Failure::Refused(error));
        }
        response
            .json()
            .map_err(|error| Failure::Refused(Error::from(error).context("the answer is not JSON")))
    })
}

/// Tells, once: nobody waits for an answer.
///
/// # Errors
/// Whatever goes wrong.
pub fn tell(question: &Question<'_>, settings: &Settings) -> Result<(), Failure> {
    let once = [Try {
        url: question.url,
        limit: None,
    }];
    let answered = within(question, &once, settings.status_timeout_ms, settings);
    count(question.hook, &answered);
    answered.map(|_| ())
}

/// One request.
struct Try<'a> {
    url: &'a str,
    /// How long it may take: milliseconds.
    limit: Option<u32>,
}

fn tries<'a>(url: &'a str, settings: &'a Settings) -> Vec<Try<'a>> {
    let again = || Try {
        url,
        limit: settings.retry.each_ms,
    };
    let mut tries = vec![again()];
    if let Some(hedge) = &settings.hedge {
        tries[0].limit = Some(hedge.after_ms);
        tries.push(Try {
            url: hedge.url.as_deref().unwrap_or(url),
            limit: settings.retry.each_ms,
        });
    }
    tries.extend((0..settings.retry.count).map(|_| again()));
    tries
}

fn within(
    question: &Question<'_>,
    tries: &[Try<'_>],
    milliseconds: u32,
    settings: &Settings,
) -> Result<Response, Failure> {
    let circuit = Circuit::new(settings.breaker, question.url);
    circuit.enter().map_err(Failure::Down)?;
    let deadline = time::now() + u64::from(milliseconds);
    let mut last = Failure::Down(Error::new("no time for a request"));
    for one in tries {
        let left = deadline.saturating_sub(time::now());
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        if left == 0 {
            break;
        }
        let limit = one.limit.map_or(left, |limit| limit.min(left));
        match post(question, one.url, limit, settings) {
            Err(failure @ Failure::Down(_)) => last = failure,
            done => {
                circuit.succeeded();
                return done;
            }
        }
    }
    circuit.failed();
    Err(last)
}

fn post(
    question: &Question<'_>,
    url: &str,
    milliseconds: u32,
    settings: &Settings,
) -> Result<Response, Failure> {
    let mut request = http::post(url).within(Duration::from_millis(milliseconds.into()));
    for (name, value) in &settings.headers {
        request = request.header(name, value);
    }
    if let Some(secret) = &settings.secret {
        let id = signature::message_id(&question.id, &question.body);
        let seconds = time::now() / 1_000;
        let signed = signature::sign(secret, &id, seconds, &question.body);
        request = request
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signed.map_err(Failure::Refused)?);
    }
    let request = request.body("application/json", question.body.as_slice());
    let response = request.send().map_err(|error| match error {
        HttpError::Connection(_) | HttpError::Timeout => Failure::Down(error.into()),
        HttpError::Denied(_) | HttpError::InvalidRequest(_) | HttpError::TooLarge => {
            Failure::Refused(error.into())
        }
    })?;
    let status = || Error::new(format_args!("status {}", response.status));
    match response.status {
        200..=299 => Ok(response),
        429 | 500..=599 => Err(Failure::Down(status())),
        _ => Err(Failure::Refused(status())),
    }
}

fn count(hook: &'static str, answered: &Result<Response, Failure>) {
    let result = match answered {
        Ok(_) => "ok",
        Err(Failure::Down(_)) => "down",
        Err(Failure::Refused(_)) => "refused",
    };
    metrics::count("requests_total", &[("hook", hook), ("result", result)]);
}

/// The body of a question.
///
/// # Errors
/// None that a value of JSON can cause.
pub fn body(question: &Value) -> Result<Vec<u8>, Error> {
    Ok(serde_json::to_vec(question)?)
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
