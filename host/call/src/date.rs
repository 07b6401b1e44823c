//! The value of the header field Date (RFC 3261 §20.17): RFC 1123's form, always GMT.

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: u64,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31.
    pub(crate) day: u8,
}

impl Day {
    /// The day of a time in milliseconds since the Unix epoch.
    pub(crate) fn of(epoch_ms: u64) -> Day {
        // A year that begins in March has its leap day at the end; 146,097 days are 400 years.
        let days = epoch_ms / 86_400_000 + 719_468;
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march + 2) / 5 + 1;
        let month = if march < 10 { march + 3 } else { march - 9 };
        Day {
            year: era * 400 + year + u64::from(month <= 2),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

/// The value of Date at a time in milliseconds since the Unix epoch.
pub(crate) fn date(epoch_ms: u64) -> String {
    let seconds = epoch_ms / 1000;
    let Day { year, month, day } = Day::of(epoch_ms);
    let week_day = DAYS.get((seconds / 86_400 % 7) as usize).unwrap_or(&"Thu");
    let month = MONTHS.get(usize::from(month) - 1).unwrap_or(&"Jan");
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{week_day}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn times_are_written_as_rfc_1123_has_them() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(951_782_400_000), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(1_289_699_999_999), "Sun, 14 Nov 2010 01:59:59 GMT");
        assert_eq!(date(1_800_000_000_000), "Fri, 15 Jan 2027 08:00:00 GMT");
        assert_eq!(date(4_107_542_399_000), "Sun, 28 Feb 2100 23:59:59 GMT");
        assert_eq!(date(4_107_542_400_000), "Mon, 01 Mar 2100 00:00:00 GMT");
    }
}
