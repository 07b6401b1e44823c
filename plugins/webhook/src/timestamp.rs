//! Times as ISO 8601 text.

/// `2026-04-21T14:32:00Z` for milliseconds since the Unix epoch.
pub fn iso8601(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date of a day since 1970-01-01. Years are counted from March here, so that the leap day is the last of its year
/// and each month's offset follows from its number.
fn date(day: u64) -> (u64, u64, u64) {
    const DAYS_PER_400_YEARS: u64 = 146_097;
    const DAYS_FROM_0000_03_01: u64 = 719_468;
    let day = day + DAYS_FROM_0000_03_01;
    let (era, day) = (day / DAYS_PER_400_YEARS, day % DAYS_PER_400_YEARS);
    // Without the leap days that fell before it in its 400 years, a day lies in the year it divides to.
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day + 2) / 153;
    let day = day - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
#[path = "timestamp_tests.rs"]
mod tests;
