//! The configuration that every world uses: one domain, its clients, one plugin for every number, and a desk that is
//! the default destination.

use std::net::SocketAddr;
use std::sync::Arc;

use switchhook_call::config::{
    Client, Config, Domain, Listener, Outbound, RegistrationSeconds, Trunk,
};
use switchhook_call::dialplan::{DEFAULT_DIALPLAN, Dialplan, PluginStep, Route};
use switchhook_routing::verb::{Connect, Endpoint, Script, Strategy, Target, Verb};
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::{ListenerId, Transport};

use crate::handset::DOMAIN;

/// The client that every call reaches when nobody can say where it goes.
pub const DESK: &str = "desk";
/// The name of the plugin that the world's decider plays.
pub const PLUGIN: &str = "oracle";
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
    let address = SocketAddr::from(([10, 0, 0, 1], 5060));
    let listeners = [Transport::Udp, Transport::Tcp]
        .into_iter()
        .enumerate()
        .map(|(index, transport)| Listener {
            id: ListenerId(index as u16),
            transport,
            bound: address,
            advertised_host: "10.0.0.1".to_owned(),
            advertised_port: 5060,
        })
        .collect();
    let plugins: Arc<[PluginStep]> = Arc::from([PluginStep {
        name: PLUGIN.to_owned(),
        fail_open: false,
    }]);
    let fallback = Some(vec![connect(&[FALLBACK], Strategy::Simultaneous, 10)]);
    let dialplan = Dialplan::new([
        (
            "*",
            Route {
                plugins: plugins.clone(),
                fallback: None,
            },
        ),
        (
            format!("{FALLBACK_PREFIX}*").as_str(),
            Route { plugins, fallback },
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
        registration_seconds: RegistrationSeconds {
            min: 30,
            default: 300,
            max: 3600,
        },
        ..Domain::default()
    };
    Arc::new(Config {
        listeners,
        domains: [(DOMAIN.to_owned(), domain)].into(),
        user_agent: "switchhook".to_owned(),
        ..Config::default()
    })
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

fn client(name: &str) -> Client {
    Client {
        username: name.to_owned(),
        ha1: Ha1::from_password(name, DOMAIN, name),
        dialplan: None,
        codecs: Vec::new(),
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
            transport: None,
            username: String::new(),
            password: String::new(),
        }),
    }
}
