//! The sections `[[domains.NAME.ring_groups]]`.

use switchhook_routing::verb::{Endpoint, Strategy, Target};
use toml::de::DeValue;

use crate::config::script::{self, Known};
use crate::config::section::{Section, deserialise};
use crate::config::settings::RingGroup;

const STRATEGIES: [(&str, Strategy); 5] = [
    ("simultaneous", Strategy::Simultaneous),
    ("sequential", Strategy::Sequential),
    ("round-robin", Strategy::RoundRobin),
    ("random", Strategy::Random),
    ("longest-idle", Strategy::LongestIdle),
];
const MEMBERS: usize = 32;

/// The names of all groups, also of those with mistakes: one mistake is told once.
pub fn names(domain: &Section<'_>) -> Vec<String> {
    let Some(groups) = domain
        .value("ring_groups")
        .and_then(|value| value.get_ref().as_array())
    else {
        return Vec::new();
    };
    let name = |group: &toml::Spanned<DeValue<'_>>| {
        let table = group.get_ref().as_table()?;
        let (_, name) = table.iter().find(|(key, _)| key.get_ref() == "name")?;
        name.get_ref().as_str().map(str::to_owned)
    };
    groups.iter().filter_map(name).collect()
}

/// Reads every group of a domain.
pub fn ring_groups(domain: &Section<'_>, known: &Known<'_>) -> Vec<(String, RingGroup)> {
    let mut groups: Vec<(String, RingGroup)> = Vec::new();
    for section in domain.sections("ring_groups") {
        let name = section.required_string("name");
        let members = members(&section, known);
        let strategy = section.choice("strategy", &STRATEGIES).unwrap_or_default();
        let ring_seconds = section
            .integer("ring_seconds", 1..=600)
            .and_then(|seconds| u32::try_from(seconds).ok());
        if let Some(name) = name {
            if groups.iter().any(|(other, _)| *other == name.value) {
                let message = format!("the ring group \"{}\" stands here twice", name.value);
                section.problems().error(name.offset, message);
            }
            let group = RingGroup {
                members,
                strategy,
                ring_seconds,
            };
            groups.push((name.value, group));
        }
        section.finish();
    }
    groups
}

/// Destinations in short form, or tables with `endpoint` and `ring_seconds`.
fn members(section: &Section<'_>, known: &Known<'_>) -> Vec<Target> {
    let problems = section.problems();
    let Some(value) = section.value("members") else {
        section.error("[[ring_groups]] needs `members`");
        return Vec::new();
    };
    let Some(items) = value.get_ref().as_array() else {
        let message = "`members` must be an array of destinations such as \"client:1001\"";
        problems.error(value.span().start, message);
        return Vec::new();
    };
    if items.is_empty() || items.len() > MEMBERS {
        let message = format!("a ring group has 1 to {MEMBERS} members");
        problems.error(value.span().start, message);
    }
    let mut members = Vec::new();
    for item in items {
        let member = if item.get_ref().is_str() {
            script::target(item, problems)
        } else {
            deserialise::<Target>(item, problems)
        };
        let Some(member) = member else { continue };
        let at = item.span().start;
        if matches!(member.endpoint, Endpoint::RingGroup(_)) {
            problems.error(at, "a ring group cannot be a member of another");
        } else {
            script::check_endpoint(&member.endpoint, known, at, problems);
        }
        if member.ring_seconds.is_some_and(|s| !(1..=600).contains(&s)) {
            problems.error(at, "`ring_seconds` must be a whole number from 1 to 600");
        }
        members.push(member);
    }
    members
}
