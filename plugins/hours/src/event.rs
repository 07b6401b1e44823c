//! An event of a calendar, and when it takes place within a span of time.

use plugin_common::civil::{DAY, Date};
use plugin_common::local::{Local, MINUTE, Zones};
use switchhook_sdk::prelude::*;

use crate::ical;
use crate::recurrence::Rule;

/// A recurring event that takes place so often within one span is followed no further.
const MOST: usize = 1_000;

/// A longer event is taken for one that lasts so many days.
const LONGEST_DAYS: i64 = 366;

/// An event that makes someone busy.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What the calendar calls it.
    pub uid: String,
    /// What it is about, or who is on call.
    pub summary: String,
    /// When it begins the first time.
    pub start: Stamp,
    /// When it ends the first time; `None`: it lasts `minutes`.
    pub end: Option<Stamp>,
    /// How long it lasts, if there is no `end`.
    pub minutes: i64,
    /// How it comes round.
    pub rule: Option<Rule>,
    /// When it does not, although the rule says so.
    pub excluded: Vec<Excluded>,
}

/// What the clocks show somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// What they show.
    pub local: Local,
    /// Where.
    pub zone: Zone,
}

/// Where clocks are.
#[derive(Debug, Clone, PartialEq)]
pub enum Zone {
    /// In UTC.
    Utc,
    /// In a zone that the calendar names.
    Named(String),
    /// Wherever the calendar is.
    Floating,
}

/// A time at which a recurring event does not take place.
#[derive(Debug, Clone, PartialEq)]
pub enum Excluded {
    /// The whole day.
    Day(Date),
    /// The one that begins then.
    At(Stamp),
}

/// One time that an event takes place: milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// When it begins.
    pub from: i64,
    /// When it is over.
    pub to: i64,
    /// What it is about.
    pub summary: String,
}

/// A span of time, and how its moments are told.
pub struct Span<'a> {
    /// The first moment: milliseconds since the Unix epoch.
    pub from: u64,
    /// The last.
    pub to: u64,
    /// The zone of the calendar.
    pub zone: &'a str,
    /// The switch's knowledge of zones.
    pub zones: Zones<'a>,
}

impl Span<'_> {
    /// The name of a zone as the switch knows it: one that it does not know (`W. Europe Standard Time`) is taken for the calendar's.
    fn zone_of<'z>(&'z self, stamp: &'z Stamp) -> &'z str {
        match &stamp.zone {
            Zone::Utc => "UTC",
            Zone::Named(zone) if (self.zones)(zone, self.from).is_ok() => zone,
            Zone::Named(_) | Zone::Floating => self.zone,
        }
    }

    fn moment(&self, stamp: &Stamp) -> Result<i64, Error> {
        stamp.local.in_zone(self.zone_of(stamp), self.zones)
    }
}

impl Event {
    /// When it takes place within a span.
    ///
    /// # Errors
    /// If it lies where the switch knows no time, such as after the year 9999.
    pub fn occurrences(&self, span: &Span<'_>) -> Result<Vec<Occurrence>, Error> {
        if self.is_out_of_sight(span) {
            return Ok(Vec::new());
        }
        let zone = span.zone_of(&self.start);
        let first_shown = (span.zones)(zone, span.from)?;
        let last_shown = (span.zones)(zone, span.to)?;
        let minutes = self.lasts(span)?;
        let mut found = Vec::new();
        if minutes <= 0 {
            return Ok(found);
        }
        // An event that began so many days before may still take place.
        let days = (minutes / i64::from(DAY) + 1).min(LONGEST_DAYS) as i32;
        let earliest = first_shown.date.plus(-days).max(self.start.local.date);
        let until = self.until(zone, span)?;
        for day in earliest.0..=last_shown.date.0 {
            let shown = Local {
                date: Date(day),
                minute: self.start.local.minute,
            };
            let comes_round = match &self.rule {
                Some(rule) => rule.falls_on(self.start.local.date, shown.date),
                None => shown.date == self.start.local.date,
            };
            if !comes_round || until.is_some_and(|until| shown > until) {
                continue;
            }
            let from = shown.in_zone(zone, span.zones)?;
            if self.is_excluded(shown, from, zone, span)? {
                continue;
            }
            let end = Local::from_minutes(shown.as_minutes() + minutes);
            let to = end.in_zone(zone, span.zones)?;
            if to > span.from as i64 && from <= span.to as i64 {
                let summary = self.summary.clone();
                found.push(Occurrence { from, to, summary });
            }
            if found.len() == MOST {
                break;
            }
        }
        Ok(found)
    }

    /// Whether a glance at the dates tells that it is over, or not yet to come: most events of a calendar end here.
    fn is_out_of_sight(&self, span: &Span<'_>) -> bool {
        let minute_of = |at: u64| at as i64 / MINUTE;
        let begins = self.start.local.as_minutes();
        // No zone is farther from UTC than a day.
        if begins - i64::from(DAY) > minute_of(span.to) {
            return true;
        }
        let ends = match &self.end {
            Some(end) => end.local.as_minutes(),
            None => begins + self.minutes,
        };
        self.rule.is_none() && ends + i64::from(DAY) < minute_of(span.from)
    }

    /// How long it lasts, by the clocks where it begins: minutes.
    fn lasts(&self, span: &Span<'_>) -> Result<i64, Error> {
        let Some(end) = &self.end else {
            return Ok(self.minutes);
        };
        if end.zone == self.start.zone {
            return Ok(end.local.as_minutes() - self.start.local.as_minutes());
        }
        Ok((span.moment(end)? - span.moment(&self.start)?) / MINUTE)
    }

    /// The last time that the rule may fall on, by the clocks where the event begins.
    fn until(&self, zone: &str, span: &Span<'_>) -> Result<Option<Local>, Error> {
        let Some(text) = self.rule.as_ref().and_then(|rule| rule.until.as_deref()) else {
            return Ok(None);
        };
        let Some((stamp, is_day)) = ical::stamp(text, None) else {
            return Ok(None);
        };
        if is_day {
            let minute = DAY;
            return Ok(Some(Local {
                date: stamp.local.date,
                minute,
            }));
        }
        if stamp.zone != Zone::Utc {
            return Ok(Some(stamp.local));
        }
        let at = u64::try_from(span.moment(&stamp)?).unwrap_or(0);
        (span.zones)(zone, at).map(Some)
    }

    fn is_excluded(
        &self,
        shown: Local,
        from: i64,
        zone: &str,
        span: &Span<'_>,
    ) -> Result<bool, Error> {
        for excluded in &self.excluded {
            let is_it = match excluded {
                Excluded::Day(day) => *day == shown.date,
                Excluded::At(stamp) if span.zone_of(stamp) == zone => stamp.local == shown,
                Excluded::At(stamp) => span.moment(stamp)? == from,
            };
            if is_it {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
