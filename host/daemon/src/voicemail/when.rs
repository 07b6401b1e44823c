//! When a message was left, in words that can be spoken.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// The words for a time in milliseconds since the Unix epoch: in German, or else in English. A zone that nobody knows is UTC.
pub(crate) fn words(epoch_ms: u64, zone: &str, language: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let timestamp = i64::try_from(epoch_ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let Some(at) = timestamp.map(|timestamp| timestamp.to_zoned(zone)) else {
        return String::new();
    };
    let (day, hour, minute) = (at.day(), at.hour(), at.minute());
    let month = usize::try_from(at.month() - 1).unwrap_or(0) % 12;
    if language.starts_with("de") {
        let month = GERMAN[month];
        let minutes = if minute == 0 {
            String::new()
        } else {
            format!(" {minute}")
        };
        format!("am {day}. {month} um {hour} Uhr{minutes}")
    } else {
        let month = ENGLISH[month];
        format!("on {month} {day} at {hour}:{minute:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_zone_and_the_language_of_the_mailbox() {
        let at = 1_795_190_400_000;
        assert_eq!(words(at, "UTC", "en"), "on November 20 at 16:00");
        assert_eq!(
            words(at, "Europe/Berlin", "de-DE"),
            "am 20. November um 17 Uhr"
        );
        assert_eq!(
            words(at + 300_000, "Nowhere", "en"),
            "on November 20 at 16:05"
        );
    }
}
