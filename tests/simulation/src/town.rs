//! The configuration that every world uses: one domain, its clients, one plugin for every number, and a desk that is
//! the default destination.

use std::net::SocketAddr;
use std::sync::Arc;

use switchhook_call::config::trunks::{Outbound, Trunk};
use switchhook_call::config::{Client, Config, Domain, Listener, RegistrationSeconds, RingGroup};
use switchhook_call::dialplan::{DEFAULT_DIALPLAN, Dialplan, Pattern, PluginStep, Route};
use switchhook_routing::decision::Phase;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Connect, Endpoint, Script, Strategy, Target, Verb};
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::{ListenerId, Transport};

use crate::handset::DOMAIN;

/// The client that every call reaches when nobody can say where it goes.
pub const DESK: &str = "desk";
/// The name of the plugin that the world's decider plays.
pub const PLUGIN: &str = "oracle";
/// The name of the plugin that lets clients in.
pub const PORTER: &str = "porter";
/// A ring group of everybody, in turn.
pub const TEAM: &str = "team";
/// A ring group of two, at once.
pub const PAIR: &str = "pair";
/// Numbers that begin so have a fallback of their own, which calls [`FALLBACK`].
pub const FALLBACK_PREFIX: &str = "7";
/// The client that the fallback of [`FALLBACK_PREFIX`] calls.
pub const FALLBACK: &str = "night";

/// A configuration with these clients, whose passwords are their names.
///
/// # Panics
/// If the built-in patterns do not compile.
#[must_use]
pub fn config(clients: &[&str]) -> Arc<Config> {
    let plugins: Arc<[PluginStep]> = Arc::from([PluginStep {
        name: PLUGIN.to_owned(),
        phase: Phase::Route,
        fail_open: false,
    }]);
    let fallback = Some(vec![connect(&[FALLBACK], Strategy::Simultaneous, 10)]);
    let dialplan = Dialplan::new([
        (
            "*",
            Route {
                plugins: plugins.clone(),
                fallback: None,
                variables: Vec::new(),
            },
        ),
        (
            format!("{FALLBACK_PREFIX}*").as_str(),
            Route {
                plugins,
                fallback,
                variables: Vec::new(),
            },
        ),
    ])
    .expect("the patterns are good");
    let domain = Domain {
        name: DOMAIN.to_owned(),
        clients: clients
            .iter()
            .map(|name| ((*name).to_owned(), client(name)))
            .collect(),
        dialplans: [(DEFAULT_DIALPLAN.to_owned(), dialplan)].into(),
        default_destination: Arc::new(default_destination()),
        ring_groups: [
            (
                TEAM.to_owned(),
                group(clients, Strategy::RoundRobin, Some(6)),
            ),
            (
                PAIR.to_owned(),
                group(
                    clients.get(..2).unwrap_or(clients),
                    Strategy::Simultaneous,
                    None,
                ),
            ),
        ]
        .into(),
        music_on_hold: vec![Prompt::File("music.wav".to_owned())],
        registration_seconds: RegistrationSeconds {
            min: 30,
            default: 300,
            max: 3600,
        },
        ..Domain::default()
    };
    Arc::new(Config {
        listeners: listeners(),
        domains: [(DOMAIN.to_owned(), domain)].into(),
        user_agent: "switchhook".to_owned(),
        ..Config::default()
    })
}

fn listeners() -> Vec<Listener> {
    let address = SocketAddr::from(([10, 0, 0, 1], 5060));
    [Transport::Udp, Transport::Tcp]
        .into_iter()
        .enumerate()
        .map(|(index, transport)| Listener {
            id: ListenerId(index as u16),
            transport,
            bound: address,
            advertised_host: "10.0.0.1".to_owned(),
            advertised_port: 5060,
            networks: Vec::new(),
        })
        .collect()
}

/// The same with some clients whom a plugin lets in; the last of them is known by a pattern only.
///
/// # Panics
/// If the pattern does not compile.
#[must_use]
pub fn guarded(clients: &[&str], guarded: &[&str]) -> Arc<Config> {
    let mut config = Config::clone(&config(clients));
    for domain in config.domains.values_mut() {
        for (name, client) in &mut domain.clients {
            if guarded.contains(&name.as_str()) {
                client.ha1 = None;
                client.gatekeeper = Some(PORTER.to_owned());
                client.media.codecs = vec!["PCMA".to_owned()];
            }
        }
        let last = guarded.last().copied().unwrap_or_default();
        if let Some(client) = domain.clients.remove(last) {
            let pattern = Pattern::new(&format!("{}*", &last[..1])).expect("the pattern is good");
            domain.client_patterns.push((pattern, client));
        }
    }
    Arc::new(config)
}

/// What is carried out when nobody can say where a call goes.
#[must_use]
pub fn default_destination() -> Script {
    vec![connect(&[DESK], Strategy::Simultaneous, 30)]
}

/// Calls clients for so many seconds.
#[must_use]
pub fn connect(clients: &[&str], strategy: Strategy, seconds: u32) -> Verb {
    let targets = clients
        .iter()
        .map(|client| Target {
            endpoint: Endpoint::Client((*client).to_owned()),
            ring_seconds: None,
        })
        .collect();
    Verb::Connect(Connect {
        targets,
        strategy,
        timeout_seconds: Some(seconds),
        ..Connect::default()
    })
}

fn group(clients: &[&str], strategy: Strategy, ring_seconds: Option<u32>) -> RingGroup {
    let members = clients.iter().map(|client| Target {
        endpoint: Endpoint::Client((*client).to_owned()),
        ring_seconds: None,
    });
    RingGroup {
        members: members.collect(),
        strategy,
        ring_seconds,
    }
}

fn client(name: &str) -> Client {
    Client {
        username: name.to_owned(),
        ha1: Some(Ha1::from_password(name, DOMAIN, name)),
        gatekeeper: None,
        dialplan: None,
        limits: Default::default(),
        pickup_group: None,
        ..Client::default()
    }
}

/// A trunk at `10.0.2.last`, for calls in both directions.
///
/// # Panics
/// Never: the address is good.
#[must_use]
pub fn trunk(name: &str, last: u8) -> Trunk {
    Trunk {
        name: name.to_owned(),
        sources: vec![format!("10.0.2.{last}/32").parse().expect("an address")],
        dialplan: "default".to_owned(),
        outbound: Some(Outbound {
            host: format!("10.0.2.{last}"),
            port: Some(5060),
            ..Outbound::default()
        }),
        ..Trunk::default()
    }
}
