//! Dates and clocks of the test double, from the bundled time zones.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::time::LocalTime;

/// Milliseconds since the Unix epoch of an RFC 3339 text.
pub(super) fn milliseconds(time: &str) -> Result<u64, String> {
    let time: Timestamp = time
        .parse()
        .map_err(|error| format!("`{time}` is no RFC 3339 time: {error}"))?;
    u64::try_from(time.as_millisecond()).map_err(|_| format!("{time} is before 1970"))
}

pub(crate) fn local(zone: &str, at: u64) -> Result<LocalTime, String> {
    let tz = TimeZone::get(zone).map_err(|_| format!("there is no time zone `{zone}`"))?;
    let at = i64::try_from(at).map_err(|error| error.to_string())?;
    let time = Timestamp::from_millisecond(at).map_err(|error| error.to_string())?;
    let local = time.to_zoned(tz);
    let unsigned = |number: i8| u8::try_from(number).unwrap_or_default();
    Ok(LocalTime {
        year: local.year(),
        month: unsigned(local.month()),
        day: unsigned(local.day()),
        weekday: unsigned(local.weekday().to_monday_one_offset()),
        hour: unsigned(local.hour()),
        minute: unsigned(local.minute()),
        second: unsigned(local.second()),
        offset_minutes: i16::try_from(local.offset().seconds() / 60).unwrap_or_default(),
    })
}
