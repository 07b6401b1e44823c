//! What time it is, and what the clocks on the wall show. In tests and in `switchhook simulate` it is the time that they set.

use crate::backend;
use crate::error::Error;

/// Date and time of day in a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// The year.
    pub year: i16,
    /// The month: 1 to 12.
    pub month: u8,
    /// The day of the month: 1 to 31.
    pub day: u8,
    /// The day of the week: 1 (Monday) to 7 (Sunday).
    pub weekday: u8,
    /// The hour: 0 to 23.
    pub hour: u8,
    /// The minute: 0 to 59.
    pub minute: u8,
    /// The second: 0 to 59.
    pub second: u8,
    /// How far the zone is ahead of UTC then: minutes.
    pub offset_minutes: i16,
}

impl LocalTime {
    /// Minutes since midnight.
    pub fn minute_of_day(&self) -> u16 {
        u16::from(self.hour) * 60 + u16::from(self.minute)
    }

    /// Whether it is Monday to Friday.
    pub fn is_working_day(&self) -> bool {
        self.weekday <= 5
    }
}

/// Milliseconds since the Unix epoch, UTC.
pub fn now() -> u64 {
    backend::now()
}

/// What the clocks of a time zone (`Europe/Berlin`, `UTC`) show at a moment: milliseconds since the Unix epoch.
///
/// # Errors
/// If there is no zone of this name.
pub fn local(zone: &str, at: u64) -> Result<LocalTime, Error> {
    backend::local(zone, at).map_err(Error::new)
}
