//! The sections `[[domains.NAME.trunks]]` and `[[domains.NAME.trunk_groups]]`. How numbers and callers are written there is
//! `trunk_numbers`.

use std::ops::RangeInclusive;
use std::time::Duration;

use switchhook_call::cidr::Cidr;
use switchhook_call::config::media_rules::MediaRules;
use switchhook_call::config::trunks::{
    Health, InboundLogin, Outbound, Place, Registration, Trunk, TrunkGroup, TrunkLimits,
    TrunkMember,
};
use switchhook_call::dialog_rules::Reliability;
use switchhook_call::dialplan::DEFAULT_DIALPLAN;
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::Transport;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::clients::password;
use crate::config::media_rules::media_rules;
use crate::config::script::unknown;
use crate::config::secret::Surroundings;
use crate::config::section::{Located, Section};
use crate::config::settings::Client;
use crate::config::{dialogs, trunk_identity, trunk_numbers};

const HOSTS: usize = 8;
const MEMBERS: usize = 32;

/// The trunks of a domain, and the dialplans that they name.
#[derive(Default)]
pub struct Read {
    /// The trunks.
    pub trunks: Vec<Trunk>,
    /// The dialplans, to be looked up when all are known.
    pub dialplans: Vec<Located<String>>,
    /// Whether provisional responses are reliable with them, of those that say.
    pub reliability: Vec<(String, Reliability)>,
}

/// Whether calls may come from it.
pub fn may_call(trunk: &Trunk) -> bool {
    !trunk.sources.is_empty()
        || !trunk.certificate_names.is_empty()
        || trunk.inbound.is_some()
        || trunk.registration.is_some()
}

/// Reads every trunk of a domain.
pub fn trunks(
    domain: &Section<'_>,
    realm: &str,
    general: &MediaRules,
    clients: &[Client],
    surroundings: &Surroundings<'_>,
) -> Read {
    let mut read = Read::default();
    for section in domain.sections("trunks") {
        let name = section.required_string("name");
        let dialplan = section.string("dialplan");
        let trunk = Trunk {
            name: String::new(),
            sources: sources(&section),
            certificate_names: certificate_names(&section),
            inbound: inbound(&section, realm, clients, surroundings),
            dialplan: dialplan.as_ref().map_or_else(
                || DEFAULT_DIALPLAN.to_owned(),
                |dialplan| dialplan.value.clone(),
            ),
            outbound: outbound(&section, surroundings),
            registration: registration(&section),
            health: health(&section),
            limits: limits(&section),
            numbers: trunk_numbers::numbers(&section),
            identity: trunk_identity::identity(&section),
            transfers: section.boolean("transfers").unwrap_or(false),
            media: media_rules(&section, general),
        };
        let reliability = dialogs::reliability(&section);
        if let Some(name) = name {
            let named = reliability.map(|reliability| (name.value.clone(), reliability));
            read.reliability.extend(named);
            check(&section, &trunk, &name, &read.trunks);
            let mut trunk = Trunk {
                name: name.value,
                ..trunk
            };
            if let (Some(registration), Some(outbound)) = (&mut trunk.registration, &trunk.outbound)
            {
                let (username, password) = (&outbound.username, &outbound.password);
                registration.token = Registration::token_of(realm, &trunk.name, username, password);
            }
            read.trunks.push(trunk);
        }
        read.dialplans.extend(dialplan);
        section.finish();
    }
    read
}

/// Reads every group of trunks of a domain.
pub fn groups(domain: &Section<'_>, trunks: &[Trunk]) -> Vec<TrunkGroup> {
    let mut groups: Vec<TrunkGroup> = Vec::new();
    for section in domain.sections("trunk_groups") {
        let name = section.required_string("name");
        let members = members(&section, trunks);
        let fail_over = fail_over(&section);
        if let Some(name) = name {
            let problems = section.problems();
            if groups.iter().any(|other| other.name == name.value) {
                let message = format!("the trunk group \"{}\" stands here twice", name.value);
                problems.error(name.offset, message);
            }
            if trunks.iter().any(|trunk| trunk.name == name.value) {
                let message = format!("\"{}\" is the name of a trunk too", name.value);
                problems.error(name.offset, message);
            }
            groups.push(TrunkGroup {
                name: name.value,
                members,
                fail_over,
            });
        }
        section.finish();
    }
    groups
}

fn check(section: &Section<'_>, trunk: &Trunk, name: &Located<String>, others: &[Trunk]) {
    let problems = section.problems();
    if others.iter().any(|other| other.name == name.value) {
        let message = format!("the trunk \"{}\" stands here twice", name.value);
        problems.error(name.offset, message);
    }
    if name.value.contains('/') {
        problems.error(name.offset, "a trunk's name must not contain /");
    }
    if trunk.outbound.is_none() && !may_call(trunk) {
        section.error("a trunk needs `sources`, `outbound` or both");
    }
    let outbound = trunk.outbound.as_ref();
    if let Some(registration) = &trunk.registration {
        if outbound.is_none() {
            section.error("`register` needs `outbound`: where to");
        }
        let has_user = !registration.user.is_empty();
        if !has_user && outbound.is_some_and(|outbound| outbound.username.is_empty()) {
            section.error("`register` needs a `user`, or a `username` in `outbound`: as whom");
        }
    }
    if trunk.health.is_some() && outbound.is_none() {
        section.error("`health` needs `outbound`: whom to watch");
    }
}

fn sources(section: &Section<'_>) -> Vec<Cidr> {
    let mut sources = Vec::new();
    for text in section.strings("sources") {
        match text.value.parse::<Cidr>() {
            Ok(cidr) => sources.push(cidr),
            Err(error) => {
                let message = format!("`sources`: \"{}\": {error}", text.value);
                section.problems().error(text.offset, message);
            }
        }
    }
    sources
}

fn certificate_names(section: &Section<'_>) -> Vec<String> {
    let names = section.strings("certificate_names").into_iter();
    names.map(|name| name.value.to_lowercase()).collect()
}

fn inbound(
    section: &Section<'_>,
    realm: &str,
    clients: &[Client],
    surroundings: &Surroundings<'_>,
) -> Option<InboundLogin> {
    let section = section.section("inbound")?;
    let username = section.required_string("username");
    let password = password(&section, surroundings);
    if matches!(password, Ok(None)) {
        section.error("`inbound` needs a password");
    }
    if let Some(username) = &username
        && clients
            .iter()
            .any(|client| client.username == username.value)
    {
        let message = format!("\"{}\" is the username of a client too", username.value);
        section.problems().error(username.offset, message);
    }
    section.finish();
    let (username, password) = (username?.value, password.ok()??.value);
    Some(InboundLogin {
        ha1: Ha1::from_password(&username, realm, &password),
        username,
    })
}

fn outbound(section: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<Outbound> {
    let section = section.section("outbound")?;
    let mut places = places(&section);
    let port = section.integer("port", 1..=65_535).map(|port| port as u16);
    let host = match places.is_empty() {
        true => section.required_string("host").map(|host| host.value),
        false => section.string("host").map(|host| host.value),
    };
    let first = match host {
        Some(host) => Place { host, port },
        None if places.is_empty() => Place::default(),
        None => places.remove(0),
    };
    let choices = [
        ("udp", Transport::Udp),
        ("tcp", Transport::Tcp),
        ("tls", Transport::Tls),
    ];
    let transport = section.choice("transport", &choices);
    let username = section.string("username").map(|username| username.value);
    let password = password(&section, surroundings);
    let given = !matches!(password, Ok(None));
    let password = password.ok().flatten().map(|password| password.value);
    if username.is_some() != given {
        section.error("`username` and a password belong together");
    }
    let seconds = |key| section.integer(key, 1..=120).map(Duration::from_secs);
    let (first_response, progress) = (
        seconds("first_response_seconds"),
        seconds("progress_seconds"),
    );
    let fail_over = fail_over(&section);
    section.finish();
    Some(Outbound {
        host: first.host,
        port: first.port,
        others: places,
        transport,
        username: username.unwrap_or_default(),
        password: password.unwrap_or_default(),
        first_response,
        progress,
        fail_over,
    })
}

/// `hosts = ["one.example", "two.example:5070", "[2001:db8::1]:5060"]`.
fn places(section: &Section<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for text in section.strings("hosts") {
        match place(&text.value) {
            Some(place) if places.len() < HOSTS => places.push(place),
            Some(_) => {
                let message = format!("`hosts` has more than {HOSTS}");
                section.problems().error(text.offset, message);
                break;
            }
            None => {
                let message = format!("`hosts`: \"{}\" is not HOST or HOST:PORT", text.value);
                section.problems().error(text.offset, message);
            }
        }
    }
    places
}

fn place(text: &str) -> Option<Place> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse().ok().filter(|port| *port != 0)?))
        }
        _ => (text, None),
    };
    let host = host.trim_matches(['[', ']']);
    let usable =
        !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/@;<>".contains(c));
    usable.then(|| Place {
        host: host.to_owned(),
        port,
    })
}

/// `fail_over = [408, "5xx", "500-503"]`.
fn fail_over(section: &Section<'_>) -> Vec<RangeInclusive<u16>> {
    let Some(value) = section.value("fail_over") else {
        return Vec::new();
    };
    let problems = section.problems();
    let Some(items) = value.get_ref().as_array() else {
        let message = "`fail_over` must be an array of statuses such as [408, \"5xx\"]";
        problems.error(value.span().start, message);
        return Vec::new();
    };
    let mut ranges = Vec::new();
    for item in items {
        match statuses(item) {
            Some(range) => ranges.push(range),
            None => problems.error(
                item.span().start,
                "`fail_over`: a status from 400 to 699, a class such as \"5xx\" or a range such as \"500-503\"",
            ),
        }
    }
    ranges
}

fn statuses(item: &Spanned<DeValue<'_>>) -> Option<RangeInclusive<u16>> {
    let text = match item.get_ref() {
        DeValue::Integer(number) => number.as_str(),
        DeValue::String(text) => text.as_ref(),
        _ => return None,
    };
    let range = match (text.strip_suffix("xx"), text.split_once('-')) {
        (Some(class), _) => {
            let first = class.parse::<u16>().ok()?.checked_mul(100)?;
            first..=first.checked_add(99)?
        }
        (None, Some((first, last))) => first.trim().parse().ok()?..=last.trim().parse().ok()?,
        (None, None) => {
            let status = text.parse().ok()?;
            status..=status
        }
    };
    let all = 400..=699;
    (all.contains(range.start()) && all.contains(range.end()) && !range.is_empty()).then_some(range)
}

/// `register = true`, or a table.
fn registration(section: &Section<'_>) -> Option<Registration> {
    let value = section.value("register")?;
    if let Some(wanted) = value.get_ref().as_bool() {
        return wanted.then(Registration::default);
    }
    let section = section.section("register")?;
    let text = |key| {
        section
            .string(key)
            .map(|found| found.value)
            .unwrap_or_default()
    };
    let registration = Registration {
        domain: text("domain"),
        user: text("user"),
        auth_username: text("auth_username"),
        expires_seconds: (section.integer("expires_seconds", 30..=604_800))
            .map_or(3600, |seconds| seconds as u32),
        contact_user: text("contact_user"),
        ..Registration::default()
    };
    section.finish();
    Some(registration)
}

/// `health = true`, or a table.
fn health(section: &Section<'_>) -> Option<Health> {
    let value = section.value("health")?;
    if let Some(wanted) = value.get_ref().as_bool() {
        return wanted.then(Health::default);
    }
    let section = section.section("health")?;
    let standard = Health::default();
    let seconds = |key| section.integer(key, 1..=3600).map(Duration::from_secs);
    let times = |key| section.integer(key, 1..=100).map(|times| times as u32);
    let health = Health {
        interval: seconds("interval_seconds").unwrap_or(standard.interval),
        timeout: seconds("timeout_seconds").unwrap_or(standard.timeout),
        down_after: times("down_after").unwrap_or(standard.down_after),
        up_after: times("up_after").unwrap_or(standard.up_after),
    };
    section.finish();
    Some(health)
}

fn limits(section: &Section<'_>) -> TrunkLimits {
    let standard = TrunkLimits::default();
    let Some(section) = section.section("limits") else {
        return standard;
    };
    let number = |key| {
        section
            .integer(key, 1..=1_000_000)
            .map(|number| number as u32)
    };
    let per_second = number("calls_per_second");
    let limits = TrunkLimits {
        calls: number("calls"),
        calls_in: number("calls_in"),
        calls_out: number("calls_out"),
        calls_per_second_in: number("calls_per_second_in").or(per_second),
        calls_per_second_out: number("calls_per_second_out").or(per_second),
        refusal_status: (section.integer("refusal_status", 400..=699))
            .map_or(standard.refusal_status, |status| status as u16),
        refusal_reason: (section.string("refusal_reason"))
            .map_or(standard.refusal_reason, |reason| reason.value),
    };
    section.finish();
    limits
}

/// Names of trunks, or tables with `trunk`, `priority` and `weight`.
fn members(section: &Section<'_>, trunks: &[Trunk]) -> Vec<TrunkMember> {
    let problems = section.problems();
    let Some(value) = section.value("members") else {
        section.error("[[trunk_groups]] needs `members`");
        return Vec::new();
    };
    let at = value.span().start;
    let Some(items) = value.get_ref().as_array() else {
        let message = "`members` must be an array of trunks such as \"carrier\" or { trunk = \"carrier\", priority = 1 }";
        problems.error(at, message);
        return Vec::new();
    };
    if items.is_empty() || items.len() > MEMBERS {
        problems.error(at, format!("a trunk group has 1 to {MEMBERS} members"));
    }
    let mut members = Vec::new();
    for item in items {
        let Some((name, member)) = member(section, item) else {
            continue;
        };
        match trunks.iter().find(|trunk| trunk.name == member.trunk) {
            None => {
                let known = trunks.iter().map(|trunk| &trunk.name);
                problems.error(name, unknown("trunk", &member.trunk, "", known));
            }
            Some(trunk) if trunk.outbound.is_none() => problems.error(
                name,
                format!(
                    "trunk \"{}\" has no `outbound`: nothing can be called through it",
                    trunk.name
                ),
            ),
            Some(_) => {}
        }
        members.push(member);
    }
    members
}

fn member(section: &Section<'_>, item: &Spanned<DeValue<'_>>) -> Option<(usize, TrunkMember)> {
    let at = item.span().start;
    if let Some(name) = item.get_ref().as_str() {
        let member = TrunkMember {
            trunk: name.to_owned(),
            priority: 0,
            weight: 1,
        };
        return Some((at, member));
    }
    let Some(table) = item.get_ref().as_table() else {
        section
            .problems()
            .error(at, "a member is a trunk's name or a table");
        return None;
    };
    let table = Section::new(table, at, "a member", section.problems());
    let name = table.required_string("trunk");
    let number = |key, otherwise| {
        table
            .integer(key, 0..=65_535)
            .map_or(otherwise, |number| number as u16)
    };
    let (priority, weight) = (number("priority", 0), number("weight", 1));
    table.finish();
    let name = name?;
    let member = TrunkMember {
        trunk: name.value,
        priority,
        weight,
    };
    Some((name.offset, member))
}
