//! A leaky bucket as one instant: when it will be empty again.

use std::time::{Duration, Instant};

/// Fills by what is added, drains with time. Its content is time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket {
    empty_at: Option<Instant>,
}

impl Bucket {
    /// Adds, unless it would hold more than its capacity then.
    pub(super) fn add(&mut self, now: Instant, amount: Duration, capacity: Duration) -> bool {
        let empty_at = self.empty_at.map_or(now, |at| at.max(now)) + amount;
        if empty_at.saturating_duration_since(now) > capacity {
            return false;
        }
        self.empty_at = Some(empty_at);
        true
    }
}
