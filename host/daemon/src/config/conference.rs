//! The section `[domains.NAME.conference]`: what holds for the conference rooms of a domain; and whose calls a client may
//! supervise.

use switchhook_call::config::{Conference, Supervises};
use switchhook_media::limits::ROOM_MEMBERS;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Announce, Verb};

use crate::config::section::{Section, deserialise};
use crate::config::verbs;

/// How many rooms a domain may have.
const ROOMS: u64 = 10_000;

/// Reads what holds for the rooms of a domain.
pub fn conference(domain: &Section<'_>) -> Conference {
    let mut conference = Conference::default();
    let Some(section) = domain.section("conference") else {
        return conference;
    };
    if let Some(announced) = announced(&section, "announce", &conference.entry) {
        if announced != conference.entry {
            conference.exit.clone_from(&announced);
        }
        conference.entry = announced;
    }
    if let Some(announced) = announced(&section, "announce_exit", &conference.exit) {
        conference.exit = announced;
    }
    if let Some(key) = section.string("leave_key") {
        let mut keys = key.value.chars();
        match (keys.next(), keys.next()) {
            (None, _) => conference.leave_key = None,
            (Some(leave), None) if "0123456789#".contains(leave) => {
                conference.leave_key = Some(leave);
            }
            _ => {
                let message = "`leave_key` must be a digit, \"#\", or \"\" for none";
                section.problems().error(key.offset, message);
            }
        }
    }
    let waits = section.boolean("wait_for_moderator");
    conference.wait_for_moderator = waits.unwrap_or(conference.wait_for_moderator);
    let members = section.integer("members", 2..=ROOM_MEMBERS as u64);
    conference.members = members.map_or(conference.members, |members| members as usize);
    let rooms = section.integer("rooms", 0..=ROOMS);
    conference.rooms = rooms.map_or(conference.rooms, |rooms| rooms as usize);
    section.finish();
    conference
}

/// Whose calls a client may supervise: usernames, pickup groups, or "*".
pub fn supervises(client: &Section<'_>) -> Supervises {
    let mut supervises = Supervises::default();
    for name in client.strings("supervises") {
        match name.value.as_str() {
            "*" => supervises.all = true,
            "" => {
                let message = "`supervises` names clients, pickup groups, or \"*\" for all";
                client.problems().error(name.offset, message);
            }
            _ => supervises.of.push(name.value),
        }
    }
    supervises
}

/// `"tone"`, `"none"`, or a prompt.
fn announced(section: &Section<'_>, key: &str, tone: &[Prompt]) -> Option<Vec<Prompt>> {
    let value = section.value(key)?;
    match value.get_ref().as_str() {
        Some("tone") => return Some(tone.to_vec()),
        Some("none") => return Some(Vec::new()),
        Some(_) => {
            let message =
                format!("`{key}` must be \"tone\", \"none\" or a prompt: {{ file = \"…\" }}");
            section.problems().error(value.span().start, message);
            return None;
        }
        None => {}
    }
    let prompt: Prompt = deserialise(value, section.problems())?;
    let announce = Verb::Announce(Announce {
        prompts: vec![prompt.clone()],
        times: 1,
        stop_keys: String::new(),
        tag: None,
    });
    for mistake in verbs::mistakes(&announce) {
        let message = format!("`{key}`: {mistake}");
        section.problems().error(value.span().start, message);
    }
    Some(vec![prompt])
}

#[cfg(test)]
#[path = "conference_tests.rs"]
mod tests;
