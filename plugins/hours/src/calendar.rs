//! The calendars of the settings: iCalendar text that stands there, or that a server has. Of a server's calendar the plugin's state keeps
//! what takes place in the near future, so that a call reads a few lines and not a calendar.

use plugin_common::list;
use plugin_common::local::{Zones, local};
use plugin_common::lookup::{Fetched, Policy};
use plugin_common::node::{Node, setting};
use plugin_common::server::Server;
use plugin_common::words::Words;
use switchhook_sdk::log::Level;
use switchhook_sdk::prelude::*;

use crate::event::{Occurrence, Span};
use crate::ical;

/// What is usual of a server of calendars if the settings say nothing.
const USUAL: Policy = Policy {
    budget_ms: 1_000,
    cache_seconds: 900,
    negative_cache_seconds: 900,
    stale_seconds: 604_800,
    pause_after_failures: 3,
    pause_seconds: 60,
};
/// What is kept of a calendar is cut here, the last events first: bytes.
const LONGEST_COPY: usize = 50 * 1_024;

/// What takes place in a calendar as a call arrives, the last that began first. A calendar that cannot be had is empty, and says so in
/// the log.
///
/// # Errors
/// If there is no such calendar in the settings, or they are wrong.
pub fn events(name: &str, zone: &str, call: &Call) -> Result<Vec<Occurrence>, Error> {
    let pointer = settings::child("/calendars", name);
    let Some(value) = setting(&pointer)? else {
        return Err(Error::new(format_args!("calendars.{name} is missing")));
    };
    let place = format!("calendars.{name}");
    let node = Node::root(&value, &place);
    let zone = node.text_at("zone")?.unwrap_or(zone);
    let now = call.received_at;
    // A wrong name would otherwise look like a calendar that is down.
    local(zone, now).map_err(|error| node.error(error))?;
    let mut events = match node.text_at("text")? {
        Some(text) => {
            node.object(&["text", "zone", "summary"])?;
            expand(text, &span(zone, now, now), Level::Debug).map_err(|error| node.error(error))?
        }
        None => fetched(&node, zone, call)?,
    };
    events.retain(|event| event.from <= now as i64 && now as i64 <= event.to - 1);
    if let Some(patterns) = node.member("summary") {
        let mut wanted = Vec::new();
        for event in events {
            if list::matches_any(&patterns, &event.summary)? {
                wanted.push(event);
            }
        }
        events = wanted;
    }
    events.sort();
    events.reverse();
    Ok(events)
}

fn fetched(node: &Node<'_, '_>, zone: &str, call: &Call) -> Result<Vec<Occurrence>, Error> {
    let server = Server::read(node, &["zone", "summary"], USUAL)?;
    let policy = Policy::read(node, USUAL)?;
    let seconds = u64::from(policy.cache_seconds) + u64::from(policy.stale_seconds);
    let now = time::now().min(call.received_at);
    let answer = server.ask("calendar", &Words::new(call), |response| {
        if response.status != 200 {
            return Err(Error::new(format_args!("status {}", response.status)));
        }
        let text = String::from_utf8_lossy(&response.body);
        let events = expand(&text, &span(zone, now, now + seconds * 1_000), Level::Warn)?;
        Ok(Fetched {
            text: written(events),
            negative: false,
        })
    });
    match answer {
        Ok(found) => Ok(found.text.lines().filter_map(read).collect()),
        Err(error) => {
            log::warn(format!("a calendar cannot be had: {error}"));
            metrics::count("calendar_failures_total", &[]);
            Ok(Vec::new())
        }
    }
}

fn span<'a>(zone: &'a str, from: u64, to: u64) -> Span<'a> {
    const ZONES: Zones<'static> = &local;
    Span {
        from,
        to,
        zone,
        zones: ZONES,
    }
}

/// All that takes place within a span. What cannot be followed is told at this level.
fn expand(text: &str, span: &Span<'_>, level: Level) -> Result<Vec<Occurrence>, Error> {
    let mut calendar = ical::parse(text).map_err(Error::new)?;
    let mut occurrences = Vec::new();
    for event in &calendar.events {
        match event.occurrences(span) {
            Ok(found) => occurrences.extend(found),
            Err(error) => calendar.ignored.push(error.text().to_owned()),
        }
    }
    if let Some(first) = calendar.ignored.first() {
        let count = calendar.ignored.len();
        let text = format!("{count} events of a calendar are not followed, such as {first}");
        log::write(level, text);
    }
    occurrences.sort();
    Ok(occurrences)
}

/// A line an occurrence: two moments and the summary.
fn written(events: Vec<Occurrence>) -> String {
    let mut text = String::new();
    for event in events {
        let line = format!("{} {} {}\n", event.from, event.to, event.summary);
        if text.len() + line.len() > LONGEST_COPY {
            log::warn("a calendar is too full to be kept whole");
            break;
        }
        text.push_str(&line);
    }
    text
}

fn read(line: &str) -> Option<Occurrence> {
    let mut parts = line.splitn(3, ' ');
    Some(Occurrence {
        from: parts.next()?.parse().ok()?,
        to: parts.next()?.parse().ok()?,
        summary: parts.next()?.to_owned(),
    })
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
