//! Random bytes, fit for secrets.

use crate::backend;

/// As many bytes as asked for.
pub fn bytes(length: u32) -> Vec<u8> {
    backend::random(length)
}
