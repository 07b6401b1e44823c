//! Random bits for a phone, which guards no secrets.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

/// Sixty-four bits that differ from call to call and from process to process: the standard library seeds its hash maps
/// from the operating system.
pub(super) fn chance() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
