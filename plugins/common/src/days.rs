//! Days that come round: `2026-05-14`, `12-25` every year, `easter+1`, and ranges of them (`2026-08-03..2026-08-14`, `12-24..01-01`).

use switchhook_sdk::prelude::*;

use crate::civil::{Date, digits, easter};
use crate::node::Node;

/// One day, or the days from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    first: Day,
    last: Day,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Once(Date),
    /// Month and day of every year. The 29th of February is there in leap years alone.
    Yearly(u32, u32),
    /// So many days after Easter Sunday of every year.
    Easter(i32),
}

impl Days {
    /// Reads a text; `None` if it is no day and no range.
    pub fn parse(text: &str) -> Option<Days> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (first, last) = (Day::parse(first.trim())?, Day::parse(last.trim())?);
        let same_kind = matches!(first, Day::Once(_)) == matches!(last, Day::Once(_));
        same_kind.then_some(Days { first, last })
    }

    /// Reads a text of the settings.
    ///
    /// # Errors
    /// If it is no day and no range.
    pub fn read(node: &Node<'_, '_>) -> Result<Days, Error> {
        Days::parse(node.text()?).ok_or_else(|| node.error(EXPECTED))
    }

    /// Whether it is one day, not a range.
    pub fn is_one(self) -> bool {
        self.first == self.last
    }

    /// Whether a date is among them.
    pub fn contain(self, date: Date) -> bool {
        if self.is_one() {
            return self.first.in_year(date.year()) == Some(date);
        }
        let year = date.year();
        // A yearly range that goes over New Year began the year before, or ends the year after.
        match (self.first, self.last) {
            (Day::Once(first), Day::Once(last)) => (first..=last).contains(&date),
            (first, last) => {
                let first = first.first_in_year(year);
                let last = last.last_in_year(year);
                if first <= last {
                    (first..=last).contains(&date)
                } else {
                    date >= first || date <= last
                }
            }
        }
    }
}

/// What a text must be.
pub const EXPECTED: &str =
    "must be a day such as 2026-12-24, 12-24 or easter+1, or a range such as 12-24..12-26";

impl Day {
    fn parse(text: &str) -> Option<Day> {
        if let Some(offset) = text.strip_prefix("easter") {
            let days = match offset.split_at_checked(1) {
                None => 0,
                Some(("+", days)) => digits(days, 3)? as i32,
                Some(("-", days)) => -(digits(days, 3)? as i32),
                Some(_) => return None,
            };
            return (days.abs() <= 180).then_some(Day::Easter(days));
        }
        if let Some(date) = Date::parse(text) {
            return Some(Day::Once(date));
        }
        let (month, day) = text.split_once('-')?;
        let (month, day) = (digits(month, 2)?, digits(day, 2)?);
        // 2000 was a leap year: the 29th of February is a day.
        Date::new(2000, month, day).map(|_| Day::Yearly(month, day))
    }

    fn in_year(self, year: i32) -> Option<Date> {
        match self {
            Day::Once(date) => Some(date),
            Day::Yearly(month, day) => Date::new(year, month, day),
            Day::Easter(days) => Some(easter(year).plus(days)),
        }
    }

    /// As the beginning of a range: the 29th of February is the 1st of March in other years.
    fn first_in_year(self, year: i32) -> Date {
        self.in_year(year)
            .or_else(|| Date::new(year, 3, 1))
            .unwrap_or(Date(0))
    }

    /// As the end of a range: the 29th of February is the 28th in other years.
    fn last_in_year(self, year: i32) -> Date {
        self.in_year(year)
            .or_else(|| Date::new(year, 2, 28))
            .unwrap_or(Date(0))
    }
}

#[cfg(test)]
#[path = "days_tests.rs"]
mod tests;
