//! Makes of checked settings what the exchange is configured with.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchhook_call::config::{
    Client, Config, Domain, Listener, RegistrationSeconds, RingGroup, Scanners, Timing,
};
use switchhook_call::dialplan::{Dialplan, Pattern, PluginStep, Route};
use switchhook_call::guard::Protection;
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::ListenerId;

use crate::config::settings::{self, Credential, Settings};

/// How much longer than its plugins may take a decision is waited for.
const DECISION_GRACE: Duration = Duration::from_secs(2);
/// How many plugins one entry of a dialplan may have that a gatekeeper hands out.
const ASSIGNED_PLUGINS: usize = 8;

/// The exchange's configuration. `bound`: the addresses that the listeners really have, in the order of the settings.
pub fn config(settings: &Settings, bound: &[SocketAddr]) -> Config {
    let mut limits = switchhook_call::limits::Limits::default();
    limits.calls = settings.limits.calls;
    limits.backlog = settings.limits.backlog;
    limits.registrations = settings.limits.registrations;
    Config {
        listeners: listeners(settings, bound),
        domains: settings
            .domains
            .iter()
            .map(|d| (d.name.clone(), domain(d)))
            .collect(),
        other_domains: 0,
        scanners: Scanners {
            names: settings.protection.scanners.clone(),
            spared: protection(settings).allow,
        },
        limits,
        timing: Timing {
            decision_guard: decision_guard(settings),
            failover: settings.dns.failover,
            keep_alive: settings.nat.keep_alive,
            avoid: settings.dns.avoid,
            ..Timing::default()
        },
        symmetric_responses: settings.nat.symmetric_responses,
        media_networks: settings.media.networks.clone(),
        recording_beep: settings.recording_beep,
        user_agent: concat!("switchhook/", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// How the guard protects the switch: trunks' sources are above suspicion.
pub fn protection(settings: &Settings) -> Protection {
    let mut protection = settings.protection.guard.clone();
    let trunks = settings.domains.iter().flat_map(|domain| &domain.trunks);
    protection
        .allow
        .extend(trunks.flat_map(|trunk| &trunk.sources));
    protection
}

/// The wall deadlines of the plugins end a decision; the exchange's guard only catches what they cannot.
fn decision_guard(settings: &Settings) -> Duration {
    // A plugin on probation may be asked twice: the new version, then the one before.
    let time = |plugin: &settings::Plugin| plugin.spec.budget.wall * 2;
    let of_step = |step: &settings::Step| {
        let mut plugins = settings.plugins.iter();
        let plugin = plugins.find(|plugin| plugin.spec.name == step.plugin);
        plugin.map_or(Duration::ZERO, time)
    };
    let dialplans = settings.domains.iter().flat_map(|domain| &domain.dialplans);
    let routes = dialplans.flat_map(|(_, routes)| routes);
    let chains = routes.map(|route| route.chain.iter().map(of_step).sum::<Duration>());
    let mut times: Vec<_> = settings.plugins.iter().map(time).collect();
    times.sort_unstable_by(|a, b| b.cmp(a));
    let clients = settings.domains.iter().flat_map(|domain| &domain.clients);
    let mut gated = clients.filter(|c| matches!(c.credential, Credential::Gatekeeper(_)));
    // Any plugin may be delegated to; a gatekeeper may hand out a chain of any of them.
    let others = if gated.next().is_some() {
        ASSIGNED_PLUGINS
    } else {
        1
    };
    let others = times.iter().take(others).sum::<Duration>();
    chains.max().unwrap_or_default() + others + DECISION_GRACE
}

fn listeners(settings: &Settings, bound: &[SocketAddr]) -> Vec<Listener> {
    let listeners = settings.listen.iter().zip(bound).enumerate();
    listeners
        .map(|(index, (listen, bound))| Listener {
            id: ListenerId(index as u16),
            transport: listen.transport,
            bound: *bound,
            advertised_host: (listen.advertised_host.clone())
                .unwrap_or_else(|| bound.ip().to_string()),
            advertised_port: listen.advertised_port.unwrap_or(bound.port()),
            networks: listen.networks.clone(),
        })
        .collect()
}

fn domain(domain: &settings::Domain) -> Domain {
    let seconds = |duration: Duration| duration.as_secs() as u32;
    Domain {
        name: domain.name.clone(),
        registrations: domain.registrations,
        client_limits: domain.client_limits.clone(),
        clients: (domain.clients.iter().filter(|client| !client.is_pattern()))
            .map(|client| (client.username.clone(), self::client(client, &domain.name)))
            .collect(),
        client_patterns: (domain.clients.iter().filter(|client| client.is_pattern()))
            // Every pattern was compiled when the file was read.
            .filter_map(|client| Some((Pattern::new(&client.username).ok()?, client)))
            .map(|(pattern, client)| (pattern, self::client(client, &domain.name)))
            .collect(),
        ring_groups: (domain.ring_groups.iter())
            .map(|(name, group)| (name.clone(), ring_group(group)))
            .collect(),
        trunks: domain.trunks.clone(),
        trunk_groups: domain.trunk_groups.clone(),
        dialplans: dialplans(domain),
        default_destination: Arc::new(domain.default_destination.clone()),
        registration_seconds: RegistrationSeconds {
            min: seconds(domain.registration_min),
            default: seconds(domain.registration_default),
            max: seconds(domain.registration_max),
        },
        ring_seconds: Some(seconds(domain.ring)),
        digest: domain.digest.clone(),
        codes: domain.codes.clone(),
        transfers_outside: domain.transfers_outside,
        redirects_outside: domain.redirects_outside,
        music_on_hold: domain.music_on_hold.clone(),
        parking: domain.parking.clone(),
        subscription_seconds: domain.subscription_seconds,
        dialogs: domain.dialogs.clone(),
        messages: domain.messages.clone(),
        conference: domain.conference.clone(),
        media: domain.media.clone(),
    }
}

fn client(client: &settings::Client, realm: &str) -> Client {
    let (ha1, gatekeeper) = match &client.credential {
        Credential::Password(password) => {
            let ha1 = Ha1::from_password(&client.username, realm, password);
            (Some(ha1), None)
        }
        Credential::Ha1(ha1) => (Some(*ha1), None),
        Credential::Gatekeeper(plugin) => (None, Some(plugin.clone())),
    };
    Client {
        username: client.username.clone(),
        ha1,
        gatekeeper,
        dialplan: client.dialplan.clone(),
        media: client.media.clone(),
        limits: client.limits.clone(),
        pickup_group: client.pickup_group.clone(),
        supervises: client.supervises.clone(),
        mailbox: client.mailbox.clone(),
        mwi: client.mwi,
        settings: client.settings.clone(),
    }
}

fn ring_group(group: &settings::RingGroup) -> RingGroup {
    RingGroup {
        members: group.members.clone(),
        strategy: group.strategy,
        ring_seconds: group.ring_seconds,
    }
}

fn dialplans(domain: &settings::Domain) -> HashMap<String, Dialplan> {
    let dialplans = domain.dialplans.iter().map(|(name, routes)| {
        let entries = routes
            .iter()
            .map(|route| (route.pattern.as_str(), self::route(route)));
        // Every pattern was compiled when the file was read.
        (name.clone(), Dialplan::new(entries).unwrap_or_default())
    });
    dialplans.collect()
}

fn route(route: &settings::Route) -> Route {
    let steps = route.chain.iter().map(|step| PluginStep {
        name: step.plugin.clone(),
        phase: step.phase,
        fail_open: step.fail_open,
    });
    Route {
        plugins: steps.collect(),
        fallback: route.fallback.clone(),
        variables: route.variables.clone(),
    }
}
