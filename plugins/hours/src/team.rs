//! Who of a team is on call: who was put in by an override, who the calendar names, who has the shift, whose turn it is in the rotation,
//! and whoever is left for all other times, in this order.

use plugin_common::civil::{Date, minutes};
use plugin_common::local::{Local, local};
use plugin_common::node::{Node, setting};
use plugin_common::periods::Week;
use switchhook_sdk::prelude::*;

use crate::calendar;

/// Who is on call as a call arrives; `None` if nobody is. With `registered_only` it is the first in the order, and then in the rotation,
/// whose client is registered.
///
/// # Errors
/// If the team is wrong; the text says where.
pub fn on_call(node: &Node<'_, '_>, zone: &str, call: &Call) -> Result<Option<String>, Error> {
    node.object(&[
        "zone",
        "overrides",
        "calendar",
        "shifts",
        "rotation",
        "default",
        "registered_only",
    ])?;
    let zone = node.text_at("zone")?.unwrap_or(zone);
    let now = local(zone, call.received_at).map_err(|error| node.error(error))?;
    let registered_only = match node.member("registered_only") {
        Some(node) => node.boolean()?,
        None => false,
    };
    for source in SOURCES {
        let Some(source_node) = node.member(source) else {
            continue;
        };
        let people = match source {
            "overrides" => overrides(&source_node, now)?,
            "calendar" => {
                let events = calendar::events(source_node.text()?, zone, call)?;
                events.into_iter().map(|event| event.summary).collect()
            }
            "shifts" => shifts(&source_node, now)?,
            "rotation" => rotation(&source_node, now)?,
            _ => names(&source_node)?,
        };
        for person in people {
            if !registered_only || directory::registered(&client(&person)?) {
                return Ok(Some(person));
            }
        }
    }
    Ok(None)
}

const SOURCES: [&str; 5] = ["overrides", "calendar", "shifts", "rotation", "default"];

/// The client of a person: what `people` says, or the name itself.
fn client(person: &str) -> Result<String, Error> {
    let pointer = settings::child(&settings::child("/people", person), "client");
    let client = setting(&pointer)?;
    let client = client.as_ref().and_then(|value| value.as_str());
    Ok(client.unwrap_or(person).to_owned())
}

fn names(node: &Node<'_, '_>) -> Result<Vec<String>, Error> {
    let names = node.one_or_more();
    let names = names.iter().map(|name| name.text().map(str::to_owned));
    names.collect()
}

fn overrides(node: &Node<'_, '_>, now: Local) -> Result<Vec<String>, Error> {
    for item in node.items()? {
        item.object(&["from", "to", "who"])?;
        let (from, to) = (moment(&item, "from")?, moment(&item, "to")?);
        let who = item.required("who")?;
        if from <= now && now < to {
            return names(&who);
        }
    }
    Ok(Vec::new())
}

/// A member such as `2026-12-24T09:00`, by the clocks of the team.
fn moment(node: &Node<'_, '_>, name: &str) -> Result<Local, Error> {
    let text = node.required(name)?;
    let read = |text: &str| {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00"));
        Some(Local {
            date: Date::parse(date)?,
            minute: minutes(time)?,
        })
    };
    read(text.text()?).ok_or_else(|| text.error("must be such as 2026-12-24T09:00"))
}

fn shifts(node: &Node<'_, '_>, now: Local) -> Result<Vec<String>, Error> {
    for shift in node.items()? {
        shift.object(&["name", "week", "who"])?;
        let who = shift.required("who")?;
        if Week::read(&shift.required("week")?)?.holds(now.date, now.minute) {
            return names(&who);
        }
    }
    Ok(Vec::new())
}

/// The people of a rotation, beginning with the one whose turn it is; nobody before its start.
fn rotation(node: &Node<'_, '_>, now: Local) -> Result<Vec<String>, Error> {
    node.object(&["people", "days", "weeks", "start", "hand_over"])?;
    let mut people = names(&node.required("people")?)?;
    let days = match (node.member("days"), node.member("weeks")) {
        (Some(days), None) => days.integer(1, 3_660)?,
        (None, weeks) => weeks.map_or(Ok(1), |weeks| weeks.integer(1, 520))? * 7,
        (Some(_), Some(_)) => return Err(node.error("either `days` or `weeks`")),
    };
    let start_text = node.required("start")?;
    let start = Date::parse(start_text.text()?)
        .ok_or_else(|| start_text.error("must be a date such as 2026-01-05"))?;
    let hand_over = match node.member("hand_over") {
        Some(time) => {
            minutes(time.text()?).ok_or_else(|| time.error("must be a time such as 09:00"))?
        }
        None => 0,
    };
    // Until the hand-over it is still the day before.
    let date = now.date.plus(-i32::from(now.minute < hand_over));
    if people.is_empty() || date < start {
        return Ok(Vec::new());
    }
    let turn = (date.0 - start.0) as usize / days as usize;
    let first = turn % people.len();
    people.rotate_left(first);
    Ok(people)
}

#[cfg(test)]
#[path = "team_tests.rs"]
mod tests;
