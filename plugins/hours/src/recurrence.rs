//! Recurrence rules of iCalendar (RFC 5545 §3.3.10), as a question about one day: does an event that began then come round today?
//! Rules that choose among the days of a period (BYSETPOS), by week number or day of the year, or within a day, are refused.

use plugin_common::civil::{Date, days_in_month, digits};

/// A rule with COUNT is followed for so many days: about fifty years.
const FARTHEST: i32 = 18_300;

/// A recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    frequency: Frequency,
    interval: i32,
    by_day: Vec<(i32, usize)>,
    by_month_day: Vec<i32>,
    by_month: Vec<u32>,
    /// The day that a week begins with: 0 is Monday.
    week_start: usize,
    count: Option<u32>,
    /// The text of UNTIL: a date, or date and time.
    pub until: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Rule {
    /// Reads the value of RRULE; an error is the part that cannot be followed.
    pub fn parse(text: &str) -> Result<Rule, String> {
        let mut rule = Rule {
            frequency: Frequency::Daily,
            interval: 1,
            by_day: Vec::new(),
            by_month_day: Vec::new(),
            by_month: Vec::new(),
            week_start: 0,
            count: None,
            until: None,
        };
        let mut has_frequency = false;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| part.to_owned())?;
            has_frequency |= name == "FREQ";
            rule.set(name, value).ok_or_else(|| part.to_owned())?;
        }
        if has_frequency {
            Ok(rule)
        } else {
            Err("no FREQ".to_owned())
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "FREQ" => {
                self.frequency = match value {
                    "DAILY" => Frequency::Daily,
                    "WEEKLY" => Frequency::Weekly,
                    "MONTHLY" => Frequency::Monthly,
                    "YEARLY" => Frequency::Yearly,
                    _ => return None,
                }
            }
            "INTERVAL" => self.interval = digits(value, 4).filter(|number| *number > 0)? as i32,
            "COUNT" => self.count = Some(digits(value, 6)?),
            "UNTIL" => self.until = Some(value.to_owned()),
            "WKST" => self.week_start = weekday(value)?,
            "BYDAY" => self.by_day = all(value, ordinal_weekday)?,
            "BYMONTHDAY" => self.by_month_day = all(value, signed)?,
            "BYMONTH" => self.by_month = all(value, |month| digits(month, 2))?,
            _ => return None,
        }
        Some(())
    }

    /// Whether an event that began on `start` comes round on `day`. UNTIL is not looked at.
    pub fn falls_on(&self, start: Date, day: Date) -> bool {
        if day < start || !self.fits(start, day) {
            return false;
        }
        let Some(count) = self.count else {
            return true;
        };
        if day.0 - start.0 > FARTHEST {
            return false;
        }
        let before = (start.0..day.0).filter(|other| self.fits(start, Date(*other)));
        before.take(count as usize).count() < count as usize
    }

    fn fits(&self, start: Date, day: Date) -> bool {
        let (start_year, start_month, start_day) = start.civil();
        let (year, month, day_of_month) = day.civil();
        let in_period = match self.frequency {
            Frequency::Daily => (day.0 - start.0) % self.interval == 0,
            Frequency::Weekly => (self.week_of(day) - self.week_of(start)) % self.interval == 0,
            Frequency::Monthly => {
                let months = (year - start_year) * 12 + month as i32 - start_month as i32;
                months % self.interval == 0
            }
            Frequency::Yearly => (year - start_year) % self.interval == 0,
        };
        let in_month = self.by_month.is_empty() || self.by_month.contains(&month);
        if !in_period || !in_month {
            return false;
        }
        let chosen_days = !self.by_day.is_empty() || !self.by_month_day.is_empty();
        if chosen_days {
            return (self.by_day.is_empty() || self.is_by_day(day))
                && (self.by_month_day.is_empty() || self.is_by_month_day(day));
        }
        match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => day.weekday() == start.weekday(),
            Frequency::Monthly => day_of_month == start_day,
            Frequency::Yearly => {
                day_of_month == start_day && (!self.by_month.is_empty() || month == start_month)
            }
        }
    }

    /// The number of the week that a day lies in.
    fn week_of(&self, day: Date) -> i32 {
        // 1970-01-05 was a Monday.
        (day.0 - 4 - self.week_start as i32).div_euclid(7)
    }

    fn is_by_month_day(&self, day: Date) -> bool {
        let (year, month, day_of_month) = day.civil();
        let from_end = day_of_month as i32 - days_in_month(year, month) as i32 - 1;
        self.by_month_day.contains(&(day_of_month as i32)) || self.by_month_day.contains(&from_end)
    }

    /// `MO` any Monday, `2MO` the second of its month, `-1MO` the last. In a yearly rule without BYMONTH the numbers are those of the
    /// year.
    fn is_by_day(&self, day: Date) -> bool {
        let (year, month, day_of_month) = day.civil();
        let in_year = self.frequency == Frequency::Yearly && self.by_month.is_empty();
        let (place, length) = if in_year {
            let first = Date::new(year, 1, 1).map_or(0, |date| date.0);
            let next = Date::new(year + 1, 1, 1).map_or(0, |date| date.0);
            (day.0 - first, next - first)
        } else {
            (day_of_month as i32 - 1, days_in_month(year, month) as i32)
        };
        let ordinal = place / 7 + 1;
        let from_end = -((length - 1 - place) / 7 + 1);
        self.by_day.iter().any(|(number, weekday)| {
            *weekday == day.weekday() && [0, ordinal, from_end].contains(number)
        })
    }
}

fn all<T>(list: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    list.split(',').map(read).collect()
}

fn signed(text: &str) -> Option<i32> {
    match text.strip_prefix('-') {
        Some(number) => Some(-(digits(number, 3)? as i32)),
        None => Some(digits(text.strip_prefix('+').unwrap_or(text), 3)? as i32),
    }
}

fn ordinal_weekday(text: &str) -> Option<(i32, usize)> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let number = if number.is_empty() {
        0
    } else {
        signed(number)?
    };
    Some((number, weekday(name)?))
}

fn weekday(name: &str) -> Option<usize> {
    const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    NAMES.iter().position(|known| *known == name)
}

#[cfg(test)]
#[path = "recurrence_tests.rs"]
mod tests;
