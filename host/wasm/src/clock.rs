//! What time it is for plugins: the system's clock, or one that a simulation sets.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// A clock on the wall: `time.now` and `wasi:clocks/wall-clock` show what it says.
pub trait Clock: Debug + Send + Sync {
    /// The time since the Unix epoch, UTC.
    fn now(&self) -> Duration;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        // A machine whose clock stands before 1970 has no time to tell.
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// A clock that stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedClock(
    /// What it shows: the time since the Unix epoch, UTC.
    pub Duration,
);

impl Clock for FixedClock {
    fn now(&self) -> Duration {
        self.0
    }
}
