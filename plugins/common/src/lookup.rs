//! Asking a server for something that calls need, without letting them wait for it: a budget per question, a copy kept in the
//! plugin's state, the old copy when the server is slow or down, one call that renews it while the others use the old one, and a
//! pause after repeated failures.

use std::time::Duration;

use switchhook_sdk::prelude::*;

use crate::node::Node;

/// A copy longer than this is not kept: the limit of the switch is 64 KiB.
const LONGEST_COPY: usize = 60 * 1_024;
/// A longer subject (a caller chose it) is asked about each time.
const LONGEST_SUBJECT: usize = 128;

/// The members of settings that [`Policy::read`] reads.
pub const POLICY: [&str; 6] = [
    "budget_ms",
    "cache_seconds",
    "negative_cache_seconds",
    "stale_seconds",
    "pause_after_failures",
    "pause_seconds",
];

/// How long answers may take and are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long one answer may take: milliseconds.
    pub budget_ms: u32,
    /// How long an answer is good: seconds.
    pub cache_seconds: u32,
    /// How long the answer that there is nothing is good: seconds.
    pub negative_cache_seconds: u32,
    /// How much longer an answer serves when there is no newer one: seconds.
    pub stale_seconds: u32,
    /// After so many failures within `pause_seconds` the server is left alone; 0: never.
    pub pause_after_failures: u32,
    /// For so long: seconds.
    pub pause_seconds: u32,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The answer, as it is to be kept.
    pub text: String,
    /// Whether it says that there is nothing.
    pub negative: bool,
}

/// An answer, of the server or a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The text.
    pub text: String,
    /// Whether it is an old copy.
    pub stale: bool,
}

impl Policy {
    /// Reads it from the members of an object; what is absent is as in `usual`.
    ///
    /// # Errors
    /// If a member is no number within its limits.
    pub fn read(node: &Node<'_, '_>, usual: Policy) -> Result<Policy, Error> {
        const YEAR: u32 = 31_536_000;
        let number = |name, low, high, default| node.integer_at(name, low, high, default);
        Ok(Policy {
            budget_ms: number("budget_ms", 1, 60_000, usual.budget_ms)?,
            cache_seconds: number("cache_seconds", 0, YEAR, usual.cache_seconds)?,
            negative_cache_seconds: number(
                "negative_cache_seconds",
                0,
                YEAR,
                usual.negative_cache_seconds,
            )?,
            stale_seconds: number("stale_seconds", 0, YEAR, usual.stale_seconds)?,
            pause_after_failures: number(
                "pause_after_failures",
                0,
                1_000,
                usual.pause_after_failures,
            )?,
            pause_seconds: number("pause_seconds", 1, 3_600, usual.pause_seconds)?,
        })
    }

    /// The budget.
    pub fn budget(&self) -> Duration {
        Duration::from_millis(self.budget_ms.into())
    }
}

/// The answer about a subject: a fresh copy, what `fetch` brings, or an old copy.
///
/// # Errors
/// If there is no copy, and the server failed or is left alone.
pub fn lookup(
    server: &str,
    subject: &str,
    policy: &Policy,
    fetch: impl FnOnce() -> Result<Fetched, Error>,
) -> Result<Found, Error> {
    let key = (subject.len() <= LONGEST_SUBJECT).then(|| format!("{server}:{subject}"));
    let now = time::now();
    let copy = key.as_deref().and_then(Copy::load);
    if let Some(copy) = &copy
        && copy.is_fresh(now, policy)
    {
        return Ok(copy.found(false));
    }
    if is_paused(server, policy) {
        return copy
            .map(|copy| copy.found(true))
            .ok_or_else(|| Error::new("left alone after repeated failures"));
    }
    if let (Some(copy), Some(key)) = (&copy, &key)
        && !may_renew(key, policy)
    {
        return Ok(copy.found(true));
    }
    match fetch() {
        Ok(fetched) => {
            if let Some(key) = key {
                Copy::store(&key, &fetched, now, policy);
            }
            if policy.pause_after_failures > 0 {
                state::delete(&failures(server));
            }
            let text = fetched.text;
            let stale = false;
            Ok(Found { text, stale })
        }
        Err(error) => {
            count_failure(server, policy);
            match copy {
                Some(copy) => {
                    log::warn(format!("{server}: {error}; the old copy is used"));
                    Ok(copy.found(true))
                }
                None => Err(error),
            }
        }
    }
}

/// What is kept of an answer: when it came, whether it says that there is nothing, and the text.
struct Copy {
    at: u64,
    negative: bool,
    text: String,
}

impl Copy {
    fn load(key: &str) -> Option<Copy> {
        let kept = state::get_text(key)?;
        let (head, text) = kept.split_once('\n')?;
        let (at, negative) = head.split_once(' ')?;
        Some(Copy {
            at: at.parse().ok()?,
            negative: negative == "-",
            text: text.to_owned(),
        })
    }

    fn store(key: &str, fetched: &Fetched, now: u64, policy: &Policy) {
        let good = good_for(fetched.negative, policy);
        let seconds = good.saturating_add(policy.stale_seconds);
        if seconds == 0 || fetched.text.len() > LONGEST_COPY {
            return;
        }
        let sign = if fetched.negative { '-' } else { '+' };
        let kept = format!("{now} {sign}\n{}", fetched.text);
        if let Err(error) = state::set(key, kept, Some(Duration::from_secs(seconds.into()))) {
            log::warn(format!("an answer is not kept: {error}"));
        }
    }

    fn is_fresh(&self, now: u64, policy: &Policy) -> bool {
        let good = u64::from(good_for(self.negative, policy)) * 1_000;
        now < self.at.saturating_add(good)
    }

    fn found(&self, stale: bool) -> Found {
        let text = self.text.clone();
        Found { text, stale }
    }
}

fn good_for(negative: bool, policy: &Policy) -> u32 {
    if negative {
        policy.negative_cache_seconds
    } else {
        policy.cache_seconds
    }
}

fn failures(server: &str) -> String {
    format!("{server}!failures")
}

fn is_paused(server: &str, policy: &Policy) -> bool {
    if policy.pause_after_failures == 0 {
        return false;
    }
    let counted = state::get_text(&failures(server)).and_then(|text| text.parse::<u32>().ok());
    counted.is_some_and(|count| count >= policy.pause_after_failures)
}

fn count_failure(server: &str, policy: &Policy) {
    if policy.pause_after_failures > 0 {
        let pause = Duration::from_secs(policy.pause_seconds.into());
        // What cannot be counted does not lead to a pause; every question still has its budget.
        let _ = state::increment(&failures(server), 1, Some(pause));
    }
}

/// Whether this call is the one that asks, while the others use the old copy. Its claim ends by itself after the budget.
fn may_renew(key: &str, policy: &Policy) -> bool {
    let claim = policy.budget() + Duration::from_secs(1);
    state::increment(&format!("{key}!renewal"), 1, Some(claim)).map_or(true, |count| count == 1)
}

#[cfg(test)]
#[path = "lookup_tests.rs"]
mod tests;
