//! From the number that was called to a schedule and a team, from those and the clock to what follows.

use plugin_common::action::{Action, variable};
use plugin_common::list::most_specific;
use plugin_common::node::{Node, setting};
use plugin_common::words::Words;
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

use crate::schedule::{self, Status};
use crate::team;

/// What `numbers` may say of a number.
const ENTRY: [&str; 6] = ["schedule", "team", "open", "closed", "holiday", "nobody"];

/// Decides about a call.
///
/// # Errors
/// If a setting that this call needs is wrong; the text says which. A calendar that cannot be had is no error.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let zone = settings::get::<String>("/zone")?.unwrap_or_else(|| "UTC".to_owned());
    let entry = Entry::of(call)?;
    let mut words = Words::new(call);
    let mut own = Vec::new();
    let status = match entry.named("schedule", "/schedules")? {
        Some((place, value)) => schedule::status(&Node::root(&value, &place), &zone, call)?,
        None => Status::Open,
    };
    tell(&status, &mut own, &mut words);
    let team = entry.named("team", "/teams")?;
    let on_call = match &team {
        Some((place, value)) => team::on_call(&Node::root(value, place), &zone, call)?,
        None => None,
    };
    if let Some(person) = &on_call {
        own.push(variable("hours.on_call", person));
        introduce(person, &mut words)?;
    }
    let mut follows = entry.action(&status)?;
    if team.is_some() && on_call.is_none() && names_who_is_on_call(follows.as_ref()) {
        log::warn("nobody is on call");
        follows = entry.member("nobody")?;
    }
    let action = match &follows {
        Some((place, value)) => Action::read(&Node::root(value, place), &words)?,
        None => Action::next(),
    };
    Ok(action.decide(call, own))
}

/// What the settings say of a number: the most specific of `numbers`, or what stands at the top.
struct Entry {
    pointer: String,
}

/// A value of the settings and its name for messages.
type Named = (String, Value);

impl Entry {
    fn of(call: &Call) -> Result<Entry, Error> {
        let Some(name) = most_specific("/numbers", &call.callee) else {
            let pointer = String::new();
            return Ok(Entry { pointer });
        };
        let pointer = settings::child("/numbers", &name);
        let Some(names) = settings::names(&pointer) else {
            return Err(Error::new(format_args!(
                "numbers.{name}: must be an object"
            )));
        };
        if let Some(other) = names.iter().find(|known| !ENTRY.contains(&known.as_ref())) {
            let known = ENTRY.join(", ");
            return Err(Error::new(format_args!(
                "numbers.{name}: unknown key `{other}` (known: {known})"
            )));
        }
        Ok(Entry { pointer })
    }

    fn member(&self, name: &str) -> Result<Option<Named>, Error> {
        let pointer = settings::child(&self.pointer, name);
        let place = pointer.trim_start_matches('/').replace('/', ".");
        Ok(setting(&pointer)?.map(|value| (place, value)))
    }

    /// A schedule or team: the object itself, or the one of this name at `shared`.
    fn named(&self, member: &str, shared: &str) -> Result<Option<Named>, Error> {
        let Some((place, value)) = self.member(member)? else {
            return Ok(None);
        };
        let Value::String(name) = &value else {
            return Ok(Some((place, value)));
        };
        let found = setting(&settings::child(shared, name))?;
        let found = found.ok_or_else(|| {
            let shared = shared.trim_start_matches('/');
            Error::new(format_args!("{place}: there is no `{name}` in `{shared}`"))
        })?;
        let shared = shared.trim_start_matches('/');
        Ok(Some((format!("{shared}.{name}"), found)))
    }

    fn action(&self, status: &Status) -> Result<Option<Named>, Error> {
        match status {
            Status::Open => self.member("open"),
            Status::Closed(_) => self.member("closed"),
            Status::Holiday(_) => match self.member("holiday")? {
                None => self.member("closed"),
                found => Ok(found),
            },
        }
    }
}

fn tell(status: &Status, own: &mut Vec<Variable>, words: &mut Words<'_>) {
    let (name, more) = match status {
        Status::Open => ("open", None),
        Status::Closed(event) => ("closed", event.as_ref().map(|event| ("event", event))),
        Status::Holiday(holiday) => ("holiday", Some(("holiday", holiday))),
    };
    own.push(variable("hours", name));
    words.add("hours", name);
    if let Some((kind, text)) = more {
        own.push(variable(&format!("hours.{kind}"), text));
        words.add(kind, text.as_str());
    }
}

/// Who is on call, with all that `people` says of that person, as words: `{on_call}`, `{on_call.mobile}`. Without a word about a client,
/// it is named like the person.
fn introduce(person: &str, words: &mut Words<'_>) -> Result<(), Error> {
    words.add("on_call", person);
    if let Some(details) = setting(&settings::child("/people", person))? {
        let place = format!("people.{person}");
        for (name, value) in Node::root(&details, &place).members()? {
            words.add(format!("on_call.{name}"), value.scalar()?);
        }
    }
    words.add("on_call.client", person);
    Ok(())
}

fn names_who_is_on_call(follows: Option<&Named>) -> bool {
    follows.is_some_and(|(_, value)| value.to_string().contains("{on_call"))
}

#[cfg(test)]
#[path = "hours_tests.rs"]
mod tests;
