//! Dates of the Gregorian calendar as numbers of days, and times of day as minutes. No time zones: those are the switch's.

/// A date: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// Minutes of a day.
pub const DAY: u32 = 24 * 60;

impl Date {
    /// A date by year, month (1 to 12) and day; `None` if there is none.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Date> {
        let valid = (1..=9_999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        valid.then(|| Date(days_from_civil(year, month, day)))
    }

    /// Reads `2026-12-24`.
    pub fn parse(text: &str) -> Option<Date> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        Date::new(digits(year, 4)? as i32, digits(month, 2)?, digits(day, 2)?)
    }

    /// Year, month and day. The days of a year begin in March here, so that the leap day is the last
    /// (the usual arithmetic over eras of 400 years).
    pub fn civil(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.civil().0
    }

    /// The day of the week: 0 (Monday) to 6 (Sunday). 1970-01-01 was a Thursday.
    pub fn weekday(self) -> usize {
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// So many days later.
    #[must_use]
    pub fn plus(self, days: i32) -> Date {
        Date(self.0.saturating_add(days))
    }
}

/// How many days a month has.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Easter Sunday of the western churches (the computus of Meeus, Jones and Butcher).
pub fn easter(year: i32) -> Date {
    let golden = year % 19;
    let century = year / 100;
    let in_century = year % 100;
    let epact = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15)
        .rem_euclid(30);
    let to_sunday =
        (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4).rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * to_sunday) / 451;
    let count = epact + to_sunday - 7 * correction + 114;
    Date(days_from_civil(
        year,
        (count / 31) as u32,
        (count % 31 + 1) as u32,
    ))
}

/// Reads a time of day, `08:30` or `24:00`, as minutes.
pub fn minutes(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    (hour < 24 && minute < 60 || hour == 24 && minute == 0).then_some(hour * 60 + minute)
}

/// The number of a weekday, 0 (Monday) to 6: its English name or the first three letters of it.
pub fn weekday(name: &str) -> Option<usize> {
    const NAMES: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let is_it = |full: &&str| {
        full.eq_ignore_ascii_case(name) || name.len() == 3 && full[..3].eq_ignore_ascii_case(name)
    };
    NAMES.iter().position(is_it)
}

/// The weekdays of `monday`, `mon-fri` or `saturday-monday`, by number.
pub fn weekdays(text: &str) -> Option<[bool; 7]> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (weekday(first.trim())?, weekday(last.trim())?);
    let mut days = [false; 7];
    let mut day = first;
    loop {
        days[day] = true;
        if day == last {
            return Some(days);
        }
        day = (day + 1) % 7;
    }
}

/// A decimal number of at most so many digits and nothing else.
pub fn digits(text: &str, most: usize) -> Option<u32> {
    let plain =
        !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
#[path = "civil_tests.rs"]
mod tests;
