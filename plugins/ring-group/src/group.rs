//! Makes a script of a group: its members, then its backup, then its mailbox.

use serde::Deserialize;
use switchhook_sdk::prelude::*;
use switchhook_sdk::script::Member;
use switchhook_sdk::serde;
use switchhook_sdk::verb::{Connect, Voicemail};

/// The variable of a dialplan entry that names the group.
const NAME: &str = "ring-group.name";
/// Where the groups lie in the settings.
const GROUPS: &str = "/groups";

/// A group, as the operator sets it. `settings.schema.json` says the same to `switchhook check`.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
struct Group {
    /// Absent: the domain's ring group of this name.
    #[serde(default)]
    members: Option<Vec<Member>>,
    #[serde(default)]
    strategy: Strategy,
    #[serde(default)]
    ring_seconds: Option<u32>,
    #[serde(default)]
    timeout_seconds: Option<u32>,
    #[serde(default)]
    skip_unregistered: bool,
    #[serde(default)]
    skip_busy: bool,
    #[serde(default)]
    caller_id: Option<String>,
    #[serde(default)]
    caller_name: Option<String>,
    #[serde(default)]
    ringback: Option<Prompt>,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    backup: Vec<Member>,
    #[serde(default = "usual_backup_time")]
    backup_seconds: u32,
    #[serde(default)]
    voicemail: Option<String>,
    #[serde(default)]
    greeting: Option<Prompt>,
}

/// The script of the group of the route, or of the dialled number; else the next plugin. So it is for a call that comes again because
/// nobody took it, and for a group in which nobody could.
///
/// # Errors
/// If the group is malformed or not there.
pub fn route(call: &Call) -> Result<Decision, Error> {
    if call.attempt > 0 {
        return Ok(next().into());
    }
    let Some(name) = name_for(call)? else {
        return Ok(next().into());
    };
    let group: Group = settings::get(&settings::child(GROUPS, &name))?
        .ok_or_else(|| Error::new(format_args!("there is no group `{name}`")))?;
    let script = script(&name, group, call);
    if script.is_empty() {
        log::info(format!("nobody in the group {name} can take a call"));
        return Ok(next().into());
    }
    Ok(Decision::Script(script))
}

fn name_for(call: &Call) -> Result<Option<String>, Error> {
    if let Some(name) = call.variable(NAME) {
        return Ok(Some(name.to_owned()));
    }
    match settings::find("/numbers", &call.callee) {
        Some(pointer) => settings::get(&pointer),
        None => Ok(None),
    }
}

fn script(name: &str, group: Group, call: &Call) -> Script {
    let mut script = Script::new();
    let shown = Connect {
        caller_id: group.caller_id.clone(),
        caller_name: group.caller_name.as_ref().map(|text| filled(text, call)),
        ringback: group.ringback.clone(),
        headers: group.headers.clone(),
        ..Connect::default()
    };
    let members = members(name, &group);
    if !members.is_empty() {
        script.push(Verb::Connect(Connect {
            timeout_seconds: group
                .timeout_seconds
                .or_else(|| time_for(&members, group.strategy)),
            targets: members,
            strategy: group.strategy,
            label: Some(name.to_owned()),
            ..shown.clone()
        }));
    }
    let backup: Vec<Target> = group
        .backup
        .into_iter()
        .map(|Member(target)| Target {
            ring_seconds: target.ring_seconds.or(Some(group.backup_seconds)),
            ..target
        })
        .collect();
    if !backup.is_empty() {
        script.push(Verb::Connect(Connect {
            timeout_seconds: time_for(&backup, Strategy::Simultaneous),
            targets: backup,
            label: Some(format!("{name} backup")),
            ..shown
        }));
    }
    if let Some(mailbox) = group.voicemail {
        script.push(Verb::Voicemail(Voicemail {
            mailbox,
            greeting: group.greeting,
            tag: None,
        }));
    }
    script
}

/// Who rings: the members that can, with their times; the domain's group keeps its own.
fn members(name: &str, group: &Group) -> Vec<Target> {
    let Some(members) = &group.members else {
        let own = ring_group(name);
        return vec![match group.ring_seconds {
            Some(seconds) => own.ringing(seconds.seconds()),
            None => own,
        }];
    };
    let can = |target: &Target| match &target.endpoint {
        Endpoint::Client(client) => {
            !(group.skip_unregistered && !directory::registered(client)
                || group.skip_busy && directory::active_calls(client) > 0)
        }
        Endpoint::Trunk(_) | Endpoint::Uri(_) | Endpoint::RingGroup(_) => true,
    };
    members
        .iter()
        .filter(|Member(target)| can(target))
        .map(|Member(target)| Target {
            endpoint: target.endpoint.clone(),
            ring_seconds: target.ring_seconds.or(group.ring_seconds),
        })
        .collect()
}

/// The limit of the switch for all of a connect: seconds.
const LONGEST_CONNECT: u32 = 600;

/// How long all of them take, if each has a time: without it the domain's ring time would cut them short.
fn time_for(targets: &[Target], strategy: Strategy) -> Option<u32> {
    let times = targets.iter().map(|target| target.ring_seconds);
    let times: Vec<u32> = times.collect::<Option<_>>()?;
    let all = match strategy {
        Strategy::Simultaneous => times.iter().copied().max()?,
        Strategy::Sequential | Strategy::RoundRobin | Strategy::Random | Strategy::LongestIdle => {
            times
                .iter()
                .fold(0_u32, |all, one| all.saturating_add(*one))
        }
    };
    Some(all.min(LONGEST_CONNECT))
}

/// The limit of the switch for a display name: bytes.
const LONGEST_NAME: usize = 128;

fn filled(text: &str, call: &Call) -> String {
    let filled = text
        .replace("{name}", &call.caller_name)
        .replace("{caller}", &call.caller);
    let filled = filled.trim();
    filled[..filled.floor_char_boundary(LONGEST_NAME)].to_owned()
}

fn usual_backup_time() -> u32 {
    20
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
