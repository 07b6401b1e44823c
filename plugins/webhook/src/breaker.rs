//! The circuit breaker: an application that failed so often in a row is not asked for a while, so that its calls fall back at once
//! instead of waiting for it. Then one call tries, and the others wait for what becomes of that.
//!
//! It lives in the plugin's state, by URL: all calls share it.

use switchhook_sdk::prelude::*;

use crate::settings::Breaker;
use crate::signature::mark;

/// How long one call may try for all: seconds.
const TRIAL_SECONDS: u32 = 5;
/// Failures further apart than this are not in a row: seconds.
const MEMORY_SECONDS: u32 = 600;

/// What the breaker knows of one URL.
pub struct Circuit {
    settings: Breaker,
    failures: String,
    rest: String,
    trial: String,
}

impl Circuit {
    /// Of this URL.
    pub fn new(settings: Breaker, url: &str) -> Circuit {
        let mark = mark(url.as_bytes());
        Circuit {
            settings,
            failures: format!("breaker/{mark}/failures"),
            rest: format!("breaker/{mark}/rest"),
            trial: format!("breaker/{mark}/trial"),
        }
    }

    /// Whether to ask now.
    ///
    /// # Errors
    /// If the application is left in peace.
    pub fn enter(&self) -> Result<(), Error> {
        if self.settings.failures == 0 || self.count() < self.settings.failures.into() {
            return Ok(());
        }
        let resting = state::get(&self.rest).is_some();
        if !resting && self.is_first_to_try() {
            return Ok(());
        }
        Err(Error::new("it keeps failing and is left in peace"))
    }

    /// It answered.
    pub fn succeeded(&self) {
        if self.settings.failures > 0 && state::delete(&self.failures) {
            state::delete(&self.trial);
        }
    }

    /// It did not.
    pub fn failed(&self) {
        if self.settings.failures == 0 {
            return;
        }
        let count = state::increment(&self.failures, 1, Some(MEMORY_SECONDS.seconds()));
        if count.is_ok_and(|count| count >= self.settings.failures.into()) {
            let rest = self.settings.seconds.seconds();
            if let Err(error) = state::set(&self.rest, "1", Some(rest)) {
                log::warn(format!("circuit breaker: {error}"));
            }
            state::delete(&self.trial);
        }
    }

    fn count(&self) -> i64 {
        state::get_text(&self.failures)
            .and_then(|count| count.parse().ok())
            .unwrap_or(0)
    }

    fn is_first_to_try(&self) -> bool {
        let ttl = Some(TRIAL_SECONDS.seconds());
        // Without room in the state, everybody tries.
        state::compare_and_set(&self.trial, None, "1", ttl).unwrap_or(true)
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
