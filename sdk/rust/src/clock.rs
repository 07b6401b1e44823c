//! What time it is.

use crate::backend;

/// Milliseconds since the Unix epoch, UTC.
pub fn now() -> u64 {
    backend::now()
}
