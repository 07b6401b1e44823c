//! Moments as people write them.

use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::Mistake;

/// When a case happens that does not say: 2026-01-15T12:00:00Z, a Thursday.
pub const USUAL: Moment = Moment(1_768_478_400_000);

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Now, by the system's clock.
    pub fn now() -> Moment {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Moment(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Reads `2026-11-20T22:15:00+01:00`, `…Z`, `2026-11-20T22:15[Europe/Berlin]`, or, in UTC, `2026-11-20 22:15` and
    /// `2026-11-20`.
    ///
    /// # Errors
    /// It is none of them, or before 1970.
    pub fn parse(text: &str) -> Result<Moment, Mistake> {
        let instant = text
            .parse::<Timestamp>()
            .ok()
            .or_else(|| text.parse::<Zoned>().ok().map(|zoned| zoned.timestamp()))
            .or_else(|| {
                let local: DateTime = text.parse().ok()?;
                local
                    .to_zoned(TimeZone::UTC)
                    .ok()
                    .map(|zoned| zoned.timestamp())
            });
        let milliseconds = instant.map(Timestamp::as_millisecond);
        match milliseconds.map(u64::try_from) {
            Some(Ok(milliseconds)) => Ok(Moment(milliseconds)),
            Some(Err(_)) => Err(Mistake(format!("\"{text}\" is before 1970"))),
            None => Err(Mistake(format!(
                "\"{text}\" is no time; write it as 2026-11-20T22:15:00+01:00 or 2026-11-20T22:15[Europe/Berlin]"
            ))),
        }
    }

    /// The time since the Unix epoch.
    pub fn since_epoch(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Timestamp::from_millisecond(i64::try_from(self.0).unwrap_or(i64::MAX)) {
            Ok(instant) => write!(f, "{instant}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
#[path = "moment_tests.rs"]
mod tests;
