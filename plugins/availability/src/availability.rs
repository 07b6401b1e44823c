//! Calls only those who can take the call: registered, not busy, and, for an agent, ready. It looks once, before anything rings.

use serde::Deserialize;
use switchhook_sdk::directory::AgentStatus;
use switchhook_sdk::prelude::*;
use switchhook_sdk::script::Member;
use switchhook_sdk::serde;
use switchhook_sdk::verb::{Connect, Voicemail};

/// What is checked for a number, as the operator sets it. `settings.schema.json` says the same to `switchhook check`.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
struct Rule {
    /// Absent: the client of the dialled number's name.
    #[serde(default)]
    client: Option<String>,
    #[serde(default)]
    agent: Option<String>,
    #[serde(default = "one")]
    max_calls: u32,
    #[serde(default = "usual_ring_time")]
    ring_seconds: u32,
    #[serde(default)]
    backup: Vec<Member>,
    #[serde(default)]
    voicemail: Option<String>,
    #[serde(default)]
    greeting: Option<Prompt>,
}

/// Why somebody cannot take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unable {
    NotRegistered,
    Busy,
    Away,
}

impl Unable {
    /// For variables and the monitoring.
    fn word(self) -> &'static str {
        match self {
            Unable::NotRegistered => "not-registered",
            Unable::Busy => "busy",
            Unable::Away => "away",
        }
    }

    /// What a caller gets whom nobody can take.
    fn status(self) -> u16 {
        match self {
            Unable::Busy => 486,
            Unable::NotRegistered | Unable::Away => 480,
        }
    }
}

/// The script of the rule for the dialled number: the client if it can take the call, those of the backup that can, one after another,
/// then the mailbox; with none of these a response. A number without a rule goes to the next plugin, and so does a call that comes again.
///
/// # Errors
/// If the rule is malformed.
pub fn route(call: &Call) -> Result<Decision, Error> {
    if call.attempt > 0 {
        return Ok(next().into());
    }
    let Some(pointer) = settings::find("/numbers", &call.callee) else {
        return Ok(next().into());
    };
    let rule: Rule = settings::get(&pointer)?.ok_or_else(|| Error::new("the rule is gone"))?;
    let name = rule.client.as_deref().unwrap_or(&call.callee);
    let unable = unable(name, rule.agent.as_deref(), rule.max_calls);
    let word = unable.map_or("available", Unable::word);
    metrics::count("looked_total", &[("result", word)]);
    let mut script = set_variable("availability", word).into_script();
    if unable.is_none() {
        script.push(connect(client(name), rule.ring_seconds));
    }
    for Member(target) in rule.backup {
        if can(&target, rule.max_calls) {
            script.push(connect(target, rule.ring_seconds));
        }
    }
    let nobody_rings = script.len() == 1;
    match (rule.voicemail, unable) {
        (Some(mailbox), _) => script.push(Verb::Voicemail(Voicemail {
            mailbox,
            greeting: rule.greeting,
            tag: None,
        })),
        (None, Some(why)) if nobody_rings => script.extend(respond(why.status()).into_script()),
        (None, _) => {}
    }
    Ok(Decision::Script(script))
}

/// Why a client cannot take a call; `None`: it can. The state of an agent goes before what the switch sees of its client.
fn unable(client: &str, agent: Option<&str>, max_calls: u32) -> Option<Unable> {
    if let Some(name) = agent {
        match directory::agent(name).map(|agent| agent.status) {
            Some(AgentStatus::Available) => {}
            Some(AgentStatus::Busy) => return Some(Unable::Busy),
            Some(AgentStatus::Away | AgentStatus::Offline) => return Some(Unable::Away),
            // A plugin cannot say that a call is lost because a name is misspelt: what the switch sees counts.
            None => log::warn(format!("there is no agent `{name}`")),
        }
    }
    if !directory::registered(client) {
        return Some(Unable::NotRegistered);
    }
    (directory::active_calls(client) >= max_calls).then_some(Unable::Busy)
}

/// Whether a destination of the backup can take the call; of one outside nobody knows.
fn can(target: &Target, max_calls: u32) -> bool {
    match &target.endpoint {
        Endpoint::Client(name) => unable(name, None, max_calls).is_none(),
        Endpoint::Trunk(_) | Endpoint::Uri(_) | Endpoint::RingGroup(_) => true,
    }
}

fn connect(target: Target, ring_seconds: u32) -> Verb {
    let seconds = target.ring_seconds.unwrap_or(ring_seconds);
    Verb::Connect(Connect {
        targets: vec![target],
        timeout_seconds: Some(seconds),
        ..Connect::default()
    })
}

fn one() -> u32 {
    1
}

fn usual_ring_time() -> u32 {
    20
}

#[cfg(test)]
#[path = "availability_tests.rs"]
mod tests;
