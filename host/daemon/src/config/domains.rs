//! The sections `[domains.NAME]`: clients, trunks, dialplans, the default destination.

use std::path::Path;
use std::time::Duration;

use switchhook_call::config::{MessageRules, SubscriptionSeconds};
use switchhook_call::dialplan::DEFAULT_DIALPLAN;
use switchhook_routing::verb::{Endpoint, TrunkNumber};
use switchhook_sip::digest::Hash;
use switchhook_wasm::status::Roles;

use crate::config::chains::check_role;
use crate::config::client_limits::client_limits;
use crate::config::client_settings;
use crate::config::clients;
use crate::config::codes;
use crate::config::components::KnownPlugin;
use crate::config::conference;
use crate::config::dialogs;
use crate::config::dialplans;
use crate::config::media_rules;
use crate::config::music;
use crate::config::parking;
use crate::config::prompts;
use crate::config::recording;
use crate::config::ring_groups;
use crate::config::script::{self, Known};
use crate::config::secret::Surroundings;
use crate::config::section::{Located, Section};
use crate::config::settings::{Client, Credential, Domain};
use crate::config::system;
use crate::config::trunks;
use crate::streams::tls::Files;

/// Reads every `[domains.NAME]`.
pub fn domains(
    root: &Section<'_>,
    plugins: &[KnownPlugin],
    media_folder: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Vec<Domain> {
    let everywhere = observers(root, plugins);
    let Some(section) = root.section("domains") else {
        root.error("there are no domains: add [domains.\"example.org\"]");
        return Vec::new();
    };
    let mut domains: Vec<Domain> = Vec::new();
    for (name, section) in section.named_sections() {
        if let Some(mut domain) = domain(&name, &section, plugins, media_folder, surroundings) {
            for observer in &everywhere {
                if !domain.observers.contains(observer) {
                    domain.observers.push(observer.clone());
                }
            }
            if domains.iter().any(|other| other.name == domain.name) {
                section.error(format!("the domain {} stands here twice", domain.name));
            }
            domains.push(domain);
        }
        section.finish();
    }
    domains
}

fn domain(
    name: &Located<String>,
    section: &Section<'_>,
    plugins: &[KnownPlugin],
    media_folder: Option<&Path>,
    surroundings: &Surroundings<'_>,
) -> Option<Domain> {
    check_name(&name.value, section);
    let mut wanted = Vec::new();
    let mut clients = Vec::new();
    let mut forwards = Vec::new();
    let mut dialogs = dialogs::dialogs(section);
    let media = media_rules::of_domain(section);
    for read in clients::clients(section, &media, plugins, surroundings) {
        dialogs.clients.extend(read.reliability);
        wanted.extend(read.dialplan);
        forwards.extend(read.forwards);
        clients.extend(read.client);
    }
    let name = name.value.to_lowercase();
    let read = trunks::trunks(section, &name, &media, &clients, surroundings);
    wanted.extend(read.dialplans);
    let registrations = section.integer("registrations", 0..=10_000_000);
    dialogs.trunks.extend(read.reliability);
    let mut domain = Domain {
        name,
        registrations: registrations.map(|registrations| registrations as usize),
        client_limits: client_limits(section, "client_limits"),
        clients,
        trunk_groups: trunks::groups(section, &read.trunks),
        trunks: read.trunks,
        dialplans: Vec::new(),
        ring_groups: Vec::new(),
        observers: observers(section, plugins),
        default_destination: Vec::new(),
        ring: Duration::from_secs(section.integer("ring_seconds", 1..=600).unwrap_or(60)),
        registration_min: Duration::from_secs(30),
        registration_default: Duration::from_secs(300),
        registration_max: Duration::from_secs(3600),
        digest: Vec::new(),
        tls: tls(section, surroundings),
        codes: codes::codes(section),
        transfers_outside: section.boolean("transfers_outside").unwrap_or(false),
        redirects_outside: section.boolean("redirects_outside").unwrap_or(false),
        music_on_hold: music::music(section),
        parking: parking::parking(section),
        locale: prompts::locale(section),
        subscription_seconds: subscriptions(section),
        dialogs,
        messages: MessageRules::default(),
        conference: conference::conference(section),
        mailboxes: recording::mailboxes(section),
        media,
    };
    registration(section, &mut domain);
    domain.digest = digest(section, &domain.clients);

    let names = domain.clients.iter();
    let clients: Vec<_> = names.map(|client| client.username.clone()).collect();
    let known = Known {
        domain: &domain.name,
        clients: &clients,
        trunks: &trunk_names(&domain),
        ring_groups: &ring_groups::names(section),
        plugins,
        media_folder,
    };
    domain.ring_groups = ring_groups::ring_groups(section, &known);
    domain.default_destination = default_destination(section, &known);
    domain.messages = messages(section, &known);
    check_forwards(section, &known, &forwards);
    domain.dialplans = dialplans::dialplans(section, &known);
    check_dialplans(section, &domain, &wanted);
    Some(domain)
}

fn check_name(name: &str, section: &Section<'_>) {
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '@') {
        section.error("a domain's name must be a host name or address");
    }
}

/// The certificate of a domain.
fn tls(domain: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<Files> {
    let section = domain.section("tls")?;
    let files = system::certificate(&section, surroundings);
    section.finish();
    files
}

/// The trunks and groups of them, and whether calls can go to each.
fn trunk_names(domain: &Domain) -> Vec<(String, bool)> {
    let trunks = (domain.trunks.iter()).map(|trunk| (trunk.name.clone(), trunk.outbound.is_some()));
    let groups = (domain.trunk_groups.iter()).map(|group| (group.name.clone(), true));
    trunks.chain(groups).collect()
}

/// The plugins that are told what happens: of a domain, or, at the top level, of all of them.
fn observers(section: &Section<'_>, plugins: &[KnownPlugin]) -> Vec<String> {
    let mut observers: Vec<String> = Vec::new();
    for name in section.strings("observers") {
        let is = |roles: &Roles| roles.observer;
        let cannot = "exports no `observer`: it cannot be told of events";
        let problems = section.problems();
        check_role(&name.value, plugins, &is, cannot, name.offset, problems);
        if !observers.contains(&name.value) {
            observers.push(name.value);
        }
    }
    observers
}

fn default_destination(
    section: &Section<'_>,
    known: &Known<'_>,
) -> switchhook_routing::verb::Script {
    let Some(value) = section.value("default_destination") else {
        section.error(format!(
            "{} has no `default_destination`: a call that no plugin can route must go somewhere",
            known.domain
        ));
        return Vec::new();
    };
    let Some(script) = script::script(value, section.problems()) else {
        return Vec::new();
    };
    script::check(&script, known, true, value.span().start, section.problems());
    script
}

fn registration(section: &Section<'_>, domain: &mut Domain) {
    let Some(table) = section.section("registration_seconds") else {
        return;
    };
    let seconds = |key| table.integer(key, 1..=604_800).map(Duration::from_secs);
    domain.registration_min = seconds("min").unwrap_or(domain.registration_min);
    domain.registration_max = seconds("max").unwrap_or(domain.registration_max);
    domain.registration_default = seconds("default").unwrap_or_else(|| {
        domain
            .registration_default
            .max(domain.registration_min)
            .min(domain.registration_max)
    });
    let ordered = domain.registration_min <= domain.registration_default
        && domain.registration_default <= domain.registration_max;
    if !ordered {
        table.error("`registration_seconds` must keep min ≤ default ≤ max");
    }
    table.finish();
}

/// Where calls of clients are forwarded to must be there.
fn check_forwards(section: &Section<'_>, known: &Known<'_>, forwards: &[client_settings::Wanted]) {
    for forward in forwards {
        let problems = section.problems();
        script::check_endpoint(&forward.endpoint, known, forward.offset, problems);
    }
}

/// Where messages of clients may go: `[domains.NAME.messages]`.
fn messages(section: &Section<'_>, known: &Known<'_>) -> MessageRules {
    let Some(table) = section.section("messages") else {
        return MessageRules::default();
    };
    let trunk = table.string("trunk");
    if let Some(trunk) = &trunk {
        let endpoint = Endpoint::Trunk(TrunkNumber {
            trunk: trunk.value.clone(),
            number: "0".to_owned(),
        });
        script::check_endpoint(&endpoint, known, trunk.offset, section.problems());
    }
    let rules = MessageRules {
        trunk: trunk.map(|trunk| trunk.value),
        uris: table.boolean("uris").unwrap_or_default(),
    };
    table.finish();
    rules
}

/// How long subscriptions and publications last: `subscription_seconds`.
fn subscriptions(section: &Section<'_>) -> SubscriptionSeconds {
    let mut seconds = SubscriptionSeconds::default();
    let Some(table) = section.section("subscription_seconds") else {
        return seconds;
    };
    let read = |key| {
        let value = table.integer(key, 1..=604_800)?;
        u32::try_from(value).ok()
    };
    seconds.min = read("min").unwrap_or(seconds.min);
    seconds.max = read("max").unwrap_or(seconds.max);
    let default = seconds.default.max(seconds.min).min(seconds.max);
    seconds.default = read("default").unwrap_or(default);
    if !(seconds.min <= seconds.default && seconds.default <= seconds.max) {
        table.error("`subscription_seconds` must keep min ≤ default ≤ max");
    }
    table.finish();
    seconds
}

/// The hash functions of `digest`. A client of whom only an MD5 hash is known cannot answer any other challenge.
fn digest(section: &Section<'_>, clients: &[Client]) -> Vec<Hash> {
    let mut hashes = Vec::new();
    for name in section.strings("digest") {
        match name.value.as_str() {
            "MD5" => hashes.push(Hash::Md5),
            "SHA-256" => hashes.push(Hash::Sha256),
            other => section.problems().error(
                name.offset,
                format!("`digest` is a list of \"SHA-256\" and \"MD5\", not \"{other}\""),
            ),
        }
    }
    let hashed = |client: &&Client| matches!(client.credential, Credential::Ha1(_));
    if hashes.contains(&Hash::Sha256)
        && let Some(client) = clients.iter().find(hashed)
    {
        section.error(format!(
            "`digest` offers SHA-256, but the `ha1` of the client \"{}\" is MD5: give the password",
            client.username
        ));
    }
    hashes
}

fn check_dialplans(section: &Section<'_>, domain: &Domain, wanted: &[Located<String>]) {
    let known: Vec<_> = domain
        .dialplans
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    for dialplan in wanted {
        if !known.contains(&dialplan.value) {
            let message = script::unknown("dialplan", &dialplan.value, "", known.iter());
            section.problems().error(dialplan.offset, message);
        }
    }
    let needs_default = domain.clients.iter().any(|client| {
        client.dialplan.is_none() && !matches!(client.credential, Credential::Gatekeeper(_))
    }) || (domain.trunks.iter())
        .any(|trunk| trunks::may_call(trunk) && trunk.dialplan == DEFAULT_DIALPLAN);
    if needs_default && !known.iter().any(|name| name == DEFAULT_DIALPLAN) {
        section.problems().warning(
            section.offset(),
            format!(
                "{} has callers without a `dialplan` and no dialplan \"{DEFAULT_DIALPLAN}\": their calls go to the default destination",
                domain.name
            ),
        );
    }
}
