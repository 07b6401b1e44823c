//! Reads iCalendar text (RFC 5545): the events of a calendar, as far as it matters whether one takes place at a moment. Time zones that
//! the text defines itself (VTIMEZONE) are not read: the names are those of the switch.

use plugin_common::civil::{DAY, Date, digits};
use plugin_common::local::Local;

use crate::event::{Event, Excluded, Stamp, Zone};
use crate::recurrence::Rule;

/// What was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Calendar {
    /// The events that make someone busy.
    pub events: Vec<Event>,
    /// What could not be followed, one text each.
    pub ignored: Vec<String>,
}

/// Reads a calendar; an error if the text is none.
pub fn parse(text: &str) -> Result<Calendar, String> {
    let mut calendar = Calendar::default();
    let mut draft: Option<Draft> = None;
    // Components within an event, such as VALARM, have a DURATION of their own.
    let mut inner = 0_u32;
    let mut is_calendar = false;
    let mut overrides = Vec::new();
    for line in unfolded(text) {
        let Some(line) = Line::parse(&line) else {
            continue;
        };
        match (line.name.as_str(), line.value) {
            ("BEGIN", "VCALENDAR") => is_calendar = true,
            ("BEGIN", "VEVENT") => {
                draft = Some(Draft::default());
                inner = 0;
            }
            ("BEGIN", _) => inner += 1,
            ("END", "VEVENT") => {
                if let Some(draft) = draft.take() {
                    draft.finish(&mut calendar, &mut overrides);
                }
            }
            ("END", _) => inner = inner.saturating_sub(1),
            _ if inner == 0 || draft.is_none() => {
                if let Some(draft) = &mut draft {
                    draft.take(&line);
                }
            }
            _ => {}
        }
    }
    if !is_calendar {
        return Err("this is no iCalendar text".to_owned());
    }
    for (uid, excluded) in overrides {
        for event in &mut calendar.events {
            if event.uid == uid && event.rule.is_some() {
                event.excluded.push(excluded.clone());
            }
        }
    }
    Ok(calendar)
}

/// Lines as they were before they were folded (§3.1).
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// A content line: name, parameters, value.
struct Line<'l> {
    name: String,
    parameters: Vec<&'l str>,
    value: &'l str,
}

impl<'l> Line<'l> {
    fn parse(line: &'l str) -> Option<Line<'l>> {
        // A parameter in quotes may hold what else ends it.
        let mut quoted = false;
        let mut parts = Vec::new();
        let mut begin = 0;
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b';' | b':' if !quoted => {
                    parts.push(line.get(begin..at)?);
                    begin = at + 1;
                    if byte == b':' {
                        break;
                    }
                }
                _ => {}
            }
        }
        let (name, parameters) = parts.split_first()?;
        Some(Line {
            name: name.to_ascii_uppercase(),
            parameters: parameters.to_vec(),
            value: line.get(begin..)?.trim(),
        })
    }

    fn parameter(&self, wanted: &str) -> Option<&'l str> {
        let mut pairs = self
            .parameters
            .iter()
            .filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(value.trim_matches('"'))
    }

    fn stamps(&self) -> Option<Vec<(Stamp, bool)>> {
        let zone = self.parameter("TZID");
        let one = |text: &str| stamp(text, zone);
        self.value.split(',').map(one).collect()
    }
}

/// Reads `20261224` (true: a day) or `20261224T090000`, `…Z`.
pub fn stamp(text: &str, zone: Option<&str>) -> Option<(Stamp, bool)> {
    let (date, time) = text.trim().split_once('T').unwrap_or((text.trim(), ""));
    let number = |from: usize, to: usize| digits(date.get(from..to)?, 4);
    let date_of = Date::new(number(0, 4)? as i32, number(4, 6)?, number(6, 8)?)?;
    if date.len() != 8 {
        return None;
    }
    let named = || zone.map_or(Zone::Floating, |zone| Zone::Named(zone.to_owned()));
    if time.is_empty() {
        let local = Local {
            date: date_of,
            minute: 0,
        };
        return Some((
            Stamp {
                local,
                zone: named(),
            },
            true,
        ));
    }
    let zone = if time.ends_with('Z') {
        Zone::Utc
    } else {
        named()
    };
    let hour = digits(time.get(0..2)?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(time.get(2..4)?, 2).filter(|minute| *minute < 60)?;
    let local = Local {
        date: date_of,
        minute: hour * 60 + minute,
    };
    Some((Stamp { local, zone }, false))
}

/// Reads a duration (§3.3.6) as minutes: `P1D`, `PT1H30M`, `P2W`.
fn duration(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let mut minutes = 0_i64;
    let mut number = String::new();
    for character in rest.chars() {
        match character {
            '0'..='9' => number.push(character),
            'T' => {}
            unit => {
                let count = i64::from(digits(&number, 6)?);
                number.clear();
                minutes += match unit {
                    'W' => count * 7 * i64::from(DAY),
                    'D' => count * i64::from(DAY),
                    'H' => count * 60,
                    'M' => count,
                    'S' => count / 60,
                    _ => return None,
                };
            }
        }
    }
    number.is_empty().then_some(minutes)
}

/// An event as far as it has been read.
#[derive(Default)]
struct Draft {
    uid: String,
    summary: String,
    start: Option<(Stamp, bool)>,
    end: Option<Stamp>,
    minutes: Option<i64>,
    rule: Option<Rule>,
    excluded: Vec<Excluded>,
    recurrence_id: Option<Excluded>,
    busy: Option<bool>,
    mistake: Option<String>,
}

impl Draft {
    fn take(&mut self, line: &Line<'_>) {
        let understood = match line.name.as_str() {
            "UID" => {
                self.uid = line.value.to_owned();
                true
            }
            "SUMMARY" => {
                self.summary = unescaped(line.value);
                true
            }
            "DTSTART" => {
                self.start = stamp(line.value, line.parameter("TZID"));
                self.start.is_some()
            }
            "DTEND" => {
                self.end = stamp(line.value, line.parameter("TZID")).map(|(stamp, _)| stamp);
                self.end.is_some()
            }
            "DURATION" => {
                self.minutes = duration(line.value);
                self.minutes.is_some()
            }
            "RRULE" if self.rule.is_some() => false,
            "RRULE" => {
                self.rule = Rule::parse(line.value).ok();
                self.rule.is_some()
            }
            "RDATE" | "EXRULE" => false,
            "EXDATE" => {
                let excluded = line.stamps().unwrap_or_default();
                let any = !excluded.is_empty();
                self.excluded.extend(excluded.into_iter().map(excluded_of));
                any
            }
            "RECURRENCE-ID" => {
                let replaced = stamp(line.value, line.parameter("TZID"));
                self.recurrence_id = replaced.map(excluded_of);
                self.recurrence_id.is_some()
            }
            "TRANSP" => {
                self.busy = self.busy.or(Some(line.value != "TRANSPARENT"));
                true
            }
            "STATUS" => {
                if line.value == "CANCELLED" {
                    self.busy = Some(false);
                }
                true
            }
            _ => true,
        };
        if !understood {
            self.mistake = Some(format!("{}:{}", line.name, line.value));
        }
    }

    fn finish(self, calendar: &mut Calendar, overrides: &mut Vec<(String, Excluded)>) {
        if let Some(replaced) = self.recurrence_id {
            overrides.push((self.uid.clone(), replaced));
        }
        if self.busy == Some(false) {
            return;
        }
        if let Some(mistake) = self.mistake {
            calendar.ignored.push(mistake);
            return;
        }
        let Some((start, is_day)) = self.start else {
            calendar.ignored.push("an event without DTSTART".to_owned());
            return;
        };
        let usual = if is_day { i64::from(DAY) } else { 0 };
        calendar.events.push(Event {
            uid: self.uid,
            summary: self.summary,
            start,
            end: self.end,
            minutes: self.minutes.unwrap_or(usual),
            rule: self.rule,
            excluded: self.excluded,
        });
    }
}

fn excluded_of((stamp, is_day): (Stamp, bool)) -> Excluded {
    if is_day {
        Excluded::Day(stamp.local.date)
    } else {
        Excluded::At(stamp)
    }
}

/// Text without its backslashes (§3.3.11).
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n' | 'N') => plain.push(' '),
                Some(other) => plain.push(other),
                None => {}
            },
            other => plain.push(other),
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
#[path = "ical_tests.rs"]
mod tests;
