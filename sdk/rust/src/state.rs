//! Values that outlive a call: a space of keys per plugin, shared by its instances, lost when the switch stops.
//!
//! Limits unless the operator sets others: a key 1 to 256 bytes, a value 64 KiB, 10,000 keys and 16 MiB in all.

use std::fmt;
use std::time::Duration;

use crate::backend;

/// Why a value was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateError {
    /// The key is empty or too long.
    BadKey,
    /// The value is too long.
    TooLarge,
    /// The plugin's space is full.
    Quota,
    /// [`increment`] found something that it cannot add to.
    NotANumber,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StateError::BadKey => "the key is empty or too long",
            StateError::TooLarge => "the value is too long",
            StateError::Quota => "the plugin's space for state is full",
            StateError::NotANumber => "the value is not a number that can be added to",
        })
    }
}

impl std::error::Error for StateError {}

/// The value of a key; `None` if it was never set, was deleted or has expired.
pub fn get(key: &str) -> Option<Vec<u8>> {
    backend::state_get(key)
}

/// The value of a key as text; `None` also if it is not UTF-8.
pub fn get_text(key: &str) -> Option<String> {
    get(key).and_then(|value| String::from_utf8(value).ok())
}

/// Sets a key. It disappears after `time_to_live` (whole seconds, rounded up); `None`: it stays.
pub fn set(
    key: &str,
    value: impl AsRef<[u8]>,
    time_to_live: Option<Duration>,
) -> Result<(), StateError> {
    backend::state_set(key, value.as_ref(), time_to_live.map(whole_seconds))
}

/// Removes a key. True if it was there.
pub fn delete(key: &str) -> bool {
    backend::state_delete(key)
}

/// Adds to a number and returns the sum. A key that is not there counts as 0 and gets this time to live; one that is
/// there keeps its own.
pub fn increment(key: &str, by: i64, time_to_live: Option<Duration>) -> Result<i64, StateError> {
    backend::state_increment(key, by, time_to_live.map(whole_seconds))
}

/// Sets a key if its value is still the expected one (`None`: if it is not there), in one step that no other instance can come
/// between. True if it was set.
pub fn compare_and_set(
    key: &str,
    expected: Option<&[u8]>,
    value: impl AsRef<[u8]>,
    time_to_live: Option<Duration>,
) -> Result<bool, StateError> {
    let ttl_seconds = time_to_live.map(whole_seconds);
    backend::state_compare_and_set(key, expected, value.as_ref(), ttl_seconds)
}

fn whole_seconds(time: Duration) -> u32 {
    let rounded_up = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(rounded_up).unwrap_or(u32::MAX)
}
