//! Periods of a day (`08:00-12:00`, over midnight `22:00-06:00`) and of a week.

use switchhook_sdk::prelude::*;

use crate::civil::{DAY, Date, minutes, weekdays};
use crate::node::Node;

/// A part of a day: minutes from its midnight. One that goes over midnight ends beyond [`DAY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first minute.
    pub from: u32,
    /// The minute after the last.
    pub to: u32,
}

impl Period {
    /// Reads `08:00-12:00`. An end that is not after the beginning is on the next day.
    pub fn parse(text: &str) -> Option<Period> {
        let (from, to) = text.split_once('-')?;
        let (from, to) = (minutes(from)?, minutes(to)?);
        let to = if to <= from { to + DAY } else { to };
        (from < DAY).then_some(Period { from, to })
    }

    /// Reads one period, or an array of them.
    ///
    /// # Errors
    /// If one is none.
    pub fn read_all(node: &Node<'_, '_>) -> Result<Vec<Period>, Error> {
        let read = |node: &Node<'_, '_>| {
            Period::parse(node.text()?)
                .ok_or_else(|| node.error("must be a period such as 08:00-12:00"))
        };
        node.one_or_more().iter().map(read).collect()
    }

    /// Whether a minute of the same day lies in it.
    pub fn holds(self, minute: u32) -> bool {
        (self.from..self.to).contains(&minute)
    }

    /// Whether a minute of the day after lies in it.
    pub fn holds_next_day(self, minute: u32) -> bool {
        self.holds(minute + DAY)
    }
}

/// The periods of each weekday, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Week([Vec<Period>; 7]);

impl Week {
    /// Reads an object of weekdays (`monday`, `mon-fri`) with one or more periods each.
    ///
    /// # Errors
    /// If a name is no weekday, or a value no period.
    pub fn read(node: &Node<'_, '_>) -> Result<Week, Error> {
        let mut week = Week::default();
        for (name, value) in node.members()? {
            let days = weekdays(name).ok_or_else(|| {
                value.error("must be named after a weekday, such as monday or mon-fri")
            })?;
            let periods = Period::read_all(&value)?;
            for (day, _) in days.iter().enumerate().filter(|(_, named)| **named) {
                week.0[day].extend(&periods);
            }
        }
        Ok(week)
    }

    /// The periods that begin on a date.
    pub fn of(&self, date: Date) -> &[Period] {
        &self.0[date.weekday()]
    }

    /// Whether a moment lies in one of them.
    pub fn holds(&self, date: Date, minute: u32) -> bool {
        let yesterday = self.of(date.plus(-1));
        self.of(date).iter().any(|period| period.holds(minute))
            || yesterday.iter().any(|period| period.holds_next_day(minute))
    }
}

#[cfg(test)]
#[path = "periods_tests.rs"]
mod tests;
