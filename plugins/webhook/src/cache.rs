//! The last answers of the application, for when it fails.

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Value};

use crate::settings::Cache;
use crate::signature::mark;

/// Where the answer for a call is kept.
pub struct Place {
    settings: Cache,
    key: String,
}

impl Place {
    /// By domain, dialled number and attempt, and by caller if the settings say so.
    pub fn new(settings: Cache, call: &Call, url: &str) -> Place {
        let caller = if settings.by_caller { &call.caller } else { "" };
        // None of them can hold a line break: they are of a SIP message.
        let of = [&call.domain, &call.callee, caller, url].join("\n");
        Place {
            settings,
            key: format!("answer/{}/{}", call.attempt, mark(of.as_bytes())),
        }
    }

    /// Keeps an answer that led to a script.
    pub fn keep(&self, answer: &Value) {
        let kept = state::set(
            &self.key,
            answer.to_string(),
            Some(self.settings.seconds.seconds()),
        );
        if let Err(error) = kept {
            log::warn(format!("the answer is not kept: {error}"));
        }
    }

    /// The last answer.
    pub fn last(&self) -> Option<Value> {
        serde_json::from_slice(&state::get(&self.key)?).ok()
    }
}
