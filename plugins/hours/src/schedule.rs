//! Whether a schedule is open: a day that is different comes first, then holidays, then the hours of the weekday; calendars close what is
//! open.

use plugin_common::civil::Date;
use plugin_common::days::Days;
use plugin_common::local::{Local, local};
use plugin_common::node::{Node, setting};
use plugin_common::periods::{Period, Week};
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

use crate::calendar;

/// What a schedule says of a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Open.
    Open,
    /// Closed; if an event of a calendar is the reason, its name.
    Closed(Option<String>),
    /// Closed because of a holiday: its name, or the day as the settings have it.
    Holiday(String),
}

/// What a schedule says of the moment at which a call arrived.
///
/// # Errors
/// If the schedule is wrong; the text says where.
pub fn status(node: &Node<'_, '_>, zone: &str, call: &Call) -> Result<Status, Error> {
    node.object(&["zone", "week", "holidays", "exceptions", "calendars"])?;
    let zone = node.text_at("zone")?.unwrap_or(zone);
    let now = local(zone, call.received_at).map_err(|error| node.error(error))?;
    let today = Day::read(node, now.date)?;
    let yesterday = Day::read(node, now.date.plus(-1))?;
    if !is_open(&today, &yesterday, now) {
        return Ok(match today.holiday {
            Some(name) => Status::Holiday(name),
            None => Status::Closed(None),
        });
    }
    if let Some(calendars) = node.member("calendars") {
        for name in calendars.one_or_more() {
            let events = calendar::events(name.text()?, zone, call)?;
            if let Some(event) = events.into_iter().next() {
                return Ok(Status::Closed(Some(event.summary)));
            }
        }
    }
    Ok(Status::Open)
}

fn is_open(today: &Day, yesterday: &Day, now: Local) -> bool {
    let begun_today = today.periods.iter().any(|period| period.holds(now.minute));
    let mut before = yesterday.periods.iter();
    begun_today || before.any(|period| period.holds_next_day(now.minute))
}

/// One day of a schedule.
struct Day {
    periods: Vec<Period>,
    holiday: Option<String>,
}

impl Day {
    fn read(node: &Node<'_, '_>, date: Date) -> Result<Day, Error> {
        if let Some(exceptions) = node.member("exceptions") {
            for (name, periods) in exceptions.members()? {
                let days = Days::parse(name)
                    .ok_or_else(|| exceptions.error(format_args!("`{name}` {DAYS}")))?;
                if days.contain(date) {
                    let periods = Period::read_all(&periods)?;
                    let holiday = None;
                    return Ok(Day { periods, holiday });
                }
            }
        }
        if let Some(holidays) = node.member("holidays")
            && let Some((name, periods)) = holiday(&holidays, date)?
        {
            let holiday = Some(name);
            return Ok(Day { periods, holiday });
        }
        let periods = match node.member("week") {
            Some(week) => Week::read(&week)?.of(date).to_vec(),
            None => Vec::new(),
        };
        let holiday = None;
        Ok(Day { periods, holiday })
    }
}

const DAYS: &str = plugin_common::days::EXPECTED;

/// The name of the holiday that a date is, and the hours that are kept on it.
fn holiday(list: &Node<'_, '_>, date: Date) -> Result<Option<(String, Vec<Period>)>, Error> {
    for holiday in list.one_or_more() {
        let found = match holiday.value {
            Value::String(text) => match Days::parse(text) {
                Some(days) => days.contain(date).then(|| (text.clone(), Vec::new())),
                None => named_list(&holiday, text, date)?,
            },
            _ => one(&holiday, date)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A list of `holidays` at the top of the settings: each a day, or an object. Lists in lists are not followed.
fn named_list(
    at: &Node<'_, '_>,
    name: &str,
    date: Date,
) -> Result<Option<(String, Vec<Period>)>, Error> {
    let Some(value) = setting(&settings::child("/holidays", name))? else {
        return Err(at.error(format_args!(
            "`{name}` is no list of `holidays`, and no day: it {DAYS}"
        )));
    };
    let place = format!("holidays.{name}");
    let root = Node::root(&value, &place);
    for holiday in root.items()? {
        let found = match holiday.value {
            Value::String(text) => {
                let is_it = Days::read(&holiday)?.contain(date);
                is_it.then(|| (text.clone(), Vec::new()))
            }
            _ => one(&holiday, date)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A holiday with a name, or with hours.
fn one(node: &Node<'_, '_>, date: Date) -> Result<Option<(String, Vec<Period>)>, Error> {
    node.object(&["day", "name", "hours"])?;
    let day = node.required("day")?;
    if !Days::read(&day)?.contain(date) {
        return Ok(None);
    }
    let name = node.text_at("name")?.unwrap_or(day.text()?);
    let hours = node.member("hours");
    let periods = hours.map_or(Ok(Vec::new()), |hours| Period::read_all(&hours))?;
    Ok(Some((name.to_owned(), periods)))
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
