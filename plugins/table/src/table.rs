//! Finds the entry of the table that a call leads to. Reads of the settings what this call needs and no more: every call
//! starts with a fresh instance, and a table may have thousands of entries.

use switchhook_sdk::pattern::{is_literal, specificity};
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json;

use crate::fill::{self, Words};

/// Where the table lies in the settings.
const ROUTES: &str = "/routes";
/// Where the script for everything else lies.
const DEFAULT: &str = "/default";
/// How often a script that connected nobody is tried again; 0 if absent.
const RETRIES: &str = "/retries";

/// The script of the most specific entry for the dialled number and the caller; else the default; else the next plugin of
/// the chain is asked. So it is for a call whose script has been tried as often as the settings say: the table would only
/// say the same again.
///
/// # Errors
/// If the entry is not a script, or `retries` not a number.
pub fn route(call: &Call) -> Result<Decision, Error> {
    if call.attempt > 0 && call.attempt > settings::get::<u8>(RETRIES)?.unwrap_or(0) {
        return Ok(next().into());
    }
    let mut words = Words {
        callee: &call.callee,
        caller: &call.caller,
        rest: "",
    };
    for entry in Entries::new(ROUTES, &call.callee) {
        let script = match Value::new(entry.json) {
            Value::Script(json) => Some(json),
            Value::ByCaller => {
                let callers = settings::child(ROUTES, &entry.name);
                Entries::new(&callers, &call.caller)
                    .next()
                    .map(|entry| entry.json)
            }
        };
        if let Some(json) = script {
            words.rest = call.callee.get(entry.prefix..).unwrap_or_default();
            return decide(&json, &settings::child("routes", &entry.name), &words);
        }
    }
    match settings::json(DEFAULT) {
        Some(json) => decide(&json, "default", &words),
        None => Ok(next().into()),
    }
}

fn decide(json: &str, place: &str, words: &Words<'_>) -> Result<Decision, Error> {
    let mut script: Script =
        serde_json::from_str(json).map_err(|error| Error::from(error).context(place))?;
    fill::script(&mut script, words);
    Ok(Decision::Script(script))
}

/// What an entry of the table holds.
enum Value {
    Script(String),
    /// An object: patterns over the caller, each with its script.
    ByCaller,
}

impl Value {
    fn new(json: String) -> Value {
        if json.starts_with('{') {
            Value::ByCaller
        } else {
            Value::Script(json)
        }
    }
}

/// A member of an object of patterns that matches.
struct Entry {
    name: String,
    /// The length of the literal prefix that matched.
    prefix: usize,
    json: String,
}

/// The members of an object of patterns that match a number, the most specific first: the number itself, then by the
/// length of the literal prefix, then in the order of the document.
struct Entries<'a> {
    pointer: &'a str,
    number: &'a str,
    /// `None` until the patterns are needed, which for a number that stands in the table is never. The best is last.
    patterns: Option<Vec<(usize, String)>>,
    literal_done: bool,
}

impl<'a> Entries<'a> {
    fn new(pointer: &'a str, number: &'a str) -> Entries<'a> {
        Entries {
            pointer,
            number,
            patterns: None,
            literal_done: false,
        }
    }

    fn matching(&self) -> Vec<(usize, String)> {
        let Some(names) = settings::names(self.pointer) else {
            return Vec::new();
        };
        let matches = |name: &str| specificity(name, self.number).filter(|_| !is_literal(name));
        let mut found: Vec<(usize, String)> = names
            .iter()
            .filter_map(|name| Some((matches(&name)?, name.into_owned())))
            .collect();
        found.reverse();
        found.sort_by_key(|(prefix, _)| *prefix);
        found
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if !self.literal_done {
            self.literal_done = true;
            // A number that reads as a pattern could only be found as what it is not.
            if is_literal(self.number)
                && let Some(json) = settings::json(&settings::child(self.pointer, self.number))
            {
                return Some(Entry {
                    name: self.number.to_owned(),
                    prefix: self.number.len(),
                    json,
                });
            }
        }
        if self.patterns.is_none() {
            self.patterns = Some(self.matching());
        }
        let (prefix, name) = self.patterns.as_mut()?.pop()?;
        let json = settings::json(&settings::child(self.pointer, &name))?;
        Some(Entry { name, prefix, json })
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
