//! The only place where the daemon reads the clock for the exchange.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A monotonic clock that knows what time it was when it was made.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
    epoch_milliseconds: u64,
}

impl Clock {
    /// Reads both clocks.
    pub fn start() -> Clock {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Clock {
            start: Instant::now(),
            epoch_milliseconds: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The monotonic time.
    pub fn now(&self) -> Instant {
        Instant::now()
    }

    /// When it was started.
    pub fn started_at(&self) -> Instant {
        self.start
    }

    /// When it was started, in milliseconds since the Unix epoch.
    pub fn epoch_milliseconds(&self) -> u64 {
        self.epoch_milliseconds
    }
}
