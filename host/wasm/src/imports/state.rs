//! Values of a plugin that outlive a call: one space of keys a plugin, shared by its instances and versions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::contract::v0_2::state as wit;
use crate::limits;
use crate::recording::{shown, shown_bytes};
use crate::spec::Budget;
use crate::store::Host;

use wit::StateError;

const INTERFACE: &str = "state";

/// At most so often a full space is searched for keys that have expired.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// The keys of one plugin.
#[derive(Debug, Default)]
pub(crate) struct StateSpace(Mutex<Keys>);

#[derive(Debug, Default)]
struct Keys {
    entries: HashMap<String, Entry>,
    bytes: usize,
    swept_at: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    value: Vec<u8>,
    expires_at: Option<Instant>,
}

/// How much a space may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) keys: usize,
    pub(crate) bytes: usize,
}

impl Quota {
    fn of(budget: &Budget) -> Quota {
        Quota {
            keys: budget.state_keys,
            bytes: budget.state_bytes,
        }
    }
}

/// What `compare_and_set` puts in place.
struct Change {
    key: String,
    value: Vec<u8>,
    ttl_seconds: Option<u32>,
}

impl StateSpace {
    /// A space that holds this already; no quota applies to it.
    pub(crate) fn of(entries: BTreeMap<String, Vec<u8>>) -> StateSpace {
        let mut keys = Keys::default();
        for (key, value) in entries {
            keys.bytes += key.len() + value.len();
            let entry = Entry {
                value,
                expires_at: None,
            };
            keys.entries.insert(key, entry);
        }
        StateSpace(Mutex::new(keys))
    }

    /// Everything that is there and has not expired.
    pub(crate) fn entries(&self) -> BTreeMap<String, Vec<u8>> {
        let now = Instant::now();
        let keys = self.keys();
        let fresh = keys.entries.iter().filter(|(_, entry)| !entry.is_over(now));
        fresh
            .map(|(key, entry)| (key.clone(), entry.value.clone()))
            .collect()
    }

    fn get(&self, now: Instant, key: &str) -> Option<Vec<u8>> {
        self.keys().fresh(now, key).map(|entry| entry.value.clone())
    }

    fn set(
        &self,
        now: Instant,
        quota: Quota,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), StateError> {
        if value.len() > limits::STATE_VALUE_BYTES {
            return Err(StateError::TooLarge);
        }
        self.keys()
            .put(now, quota, key, value, expiry(now, ttl_seconds))
    }

    fn delete(&self, now: Instant, key: &str) -> bool {
        let mut keys = self.keys();
        let was_there = keys.fresh(now, key).is_some();
        keys.remove(key);
        was_there
    }

    fn increment(
        &self,
        now: Instant,
        quota: Quota,
        key: String,
        by: i64,
        ttl_seconds: Option<u32>,
    ) -> Result<i64, StateError> {
        let mut keys = self.keys();
        let (number, expires_at) = match keys.fresh(now, &key) {
            None => (0, expiry(now, ttl_seconds)),
            Some(entry) => {
                let text = std::str::from_utf8(&entry.value).ok();
                let number = text.and_then(|text| text.parse::<i64>().ok());
                (number.ok_or(StateError::NotANumber)?, entry.expires_at)
            }
        };
        let sum = number.checked_add(by).ok_or(StateError::NotANumber)?;
        keys.put(now, quota, key, sum.to_string().into_bytes(), expires_at)?;
        Ok(sum)
    }

    fn compare_and_set(
        &self,
        now: Instant,
        quota: Quota,
        expected: Option<&[u8]>,
        change: Change,
    ) -> Result<bool, StateError> {
        if change.value.len() > limits::STATE_VALUE_BYTES {
            return Err(StateError::TooLarge);
        }
        let mut keys = self.keys();
        let current = keys.fresh(now, &change.key);
        if current.map(|entry| entry.value.as_slice()) != expected {
            return Ok(false);
        }
        let expires_at = expiry(now, change.ttl_seconds);
        keys.put(now, quota, change.key, change.value, expires_at)?;
        Ok(true)
    }

    /// Number of keys, and bytes of keys and values together.
    pub(crate) fn size(&self) -> (usize, usize) {
        let keys = self.keys();
        (keys.entries.len(), keys.bytes)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        // Every change below leaves the map and its size in step before anything that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys {
    /// The entry of a key, unless it has expired; then it is gone.
    fn fresh(&mut self, now: Instant, key: &str) -> Option<&Entry> {
        if self
            .entries
            .get(key)
            .is_some_and(|entry| entry.is_over(now))
        {
            self.remove(key);
        }
        self.entries.get(key)
    }

    fn put(
        &mut self,
        now: Instant,
        quota: Quota,
        key: String,
        value: Vec<u8>,
        expires_at: Option<Instant>,
    ) -> Result<(), StateError> {
        if key.is_empty() || key.len() > limits::STATE_KEY_BYTES {
            return Err(StateError::BadKey);
        }
        if !self.has_room(quota, &key, &value) {
            self.sweep(now);
            if !self.has_room(quota, &key, &value) {
                return Err(StateError::Quota);
            }
        }
        self.remove(&key);
        self.bytes += key.len() + value.len();
        self.entries.insert(key, Entry { value, expires_at });
        Ok(())
    }

    fn has_room(&self, quota: Quota, key: &str, value: &[u8]) -> bool {
        let replaced = self.entries.get(key);
        let freed = replaced.map_or(0, |entry| key.len() + entry.value.len());
        let keys = self.entries.len() + usize::from(replaced.is_none());
        keys <= quota.keys && self.bytes - freed + key.len() + value.len() <= quota.bytes
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= key.len() + entry.value.len();
        }
    }

    fn sweep(&mut self, now: Instant) {
        if self
            .swept_at
            .is_some_and(|swept_at| now < swept_at + SWEEP_INTERVAL)
        {
            return;
        }
        self.swept_at = Some(now);
        self.entries.retain(|_, entry| !entry.is_over(now));
        self.bytes = self
            .entries
            .iter()
            .map(|(key, entry)| key.len() + entry.value.len())
            .sum();
    }
}

impl Entry {
    fn is_over(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|expires_at| now >= expires_at)
    }
}

fn expiry(now: Instant, ttl_seconds: Option<u32>) -> Option<Instant> {
    ttl_seconds.map(|seconds| now + Duration::from_secs(seconds.into()))
}

impl wit::Host for Host {
    fn get(&mut self, key: String) -> Option<Vec<u8>> {
        let noting = self.note(INTERFACE, "get", || shown(&key));
        let value = self.core.shared.state.get(Instant::now(), &key);
        self.noted(noting, || shown_value(value.as_deref()));
        value
    }

    fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), StateError> {
        let noting = self.note(INTERFACE, "set", || {
            format!(
                "{} = {}{}",
                shown(&key),
                shown_bytes(&value),
                for_how_long(ttl_seconds)
            )
        });
        let quota = Quota::of(&self.core.spec.budget);
        let state = &self.core.shared.state;
        let set = state.set(Instant::now(), quota, key, value, ttl_seconds);
        self.noted(noting, || shown_result(&set.map(|()| "stored")));
        set
    }

    fn delete(&mut self, key: String) -> bool {
        let noting = self.note(INTERFACE, "delete", || shown(&key));
        let was_there = self.core.shared.state.delete(Instant::now(), &key);
        self.noted(noting, || was_there.to_string());
        was_there
    }

    fn increment(
        &mut self,
        key: String,
        by: i64,
        ttl_seconds: Option<u32>,
    ) -> Result<i64, StateError> {
        let noting = self.note(INTERFACE, "increment", || {
            format!("{} by {by}{}", shown(&key), for_how_long(ttl_seconds))
        });
        let quota = Quota::of(&self.core.spec.budget);
        let state = &self.core.shared.state;
        let sum = state.increment(Instant::now(), quota, key, by, ttl_seconds);
        self.noted(noting, || shown_result(&sum));
        sum
    }

    fn compare_and_set(
        &mut self,
        key: String,
        expected: Option<Vec<u8>>,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<bool, StateError> {
        let noting = self.note(INTERFACE, "compare-and-set", || {
            format!(
                "{} from {} to {}{}",
                shown(&key),
                shown_value(expected.as_deref()),
                shown_bytes(&value),
                for_how_long(ttl_seconds)
            )
        });
        let quota = Quota::of(&self.core.spec.budget);
        let change = Change {
            key,
            value,
            ttl_seconds,
        };
        let state = &self.core.shared.state;
        let set = state.compare_and_set(Instant::now(), quota, expected.as_deref(), change);
        self.noted(noting, || shown_result(&set));
        set
    }
}

fn shown_value(value: Option<&[u8]>) -> String {
    value.map_or_else(|| "none".to_owned(), shown_bytes)
}

fn shown_result<T: std::fmt::Display>(result: &Result<T, StateError>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("{error:?}"),
    }
}

fn for_how_long(ttl_seconds: Option<u32>) -> String {
    ttl_seconds.map_or_else(String::new, |seconds| format!(", for {seconds} s"))
}

#[cfg(test)]
mod tests;
