//! How the switch is seen from where: `advertised` of listeners and `external_address` of the relay, each for all or for each network;
//! and `[nat]`, what is done for those that are seen as what they are not.

use std::net::IpAddr;
use std::time::Duration;

use switchhook_call::cidr::Cidr;
use switchhook_call::config::Network;

use crate::config::section::{Located, Section};
use crate::config::settings::Nat;

/// The key of what holds where no network does.
const DEFAULT: &str = "default";

/// A host, and a port if it is not the one that is bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advertised {
    /// The host that Via and Contact name; `None`: the bound address.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// Networks that know another one.
    pub networks: Vec<Network>,
}

/// Reads `[nat]`.
pub fn nat(root: &Section<'_>) -> Nat {
    let mut nat = Nat {
        keep_alive: Some(Duration::from_secs(25)),
        symmetric_responses: false,
    };
    let Some(section) = root.section("nat") else {
        return nat;
    };
    if let Some(seconds) = section.integer("keep_alive_seconds", 0..=600) {
        nat.keep_alive = (seconds > 0).then(|| Duration::from_secs(seconds));
    }
    if let Some(symmetric) = section.boolean("symmetric_responses") {
        nat.symmetric_responses = symmetric;
    }
    section.finish();
    nat
}

/// Reads `advertised`: `"host"`, `"host:port"`, or a table of networks and `default`. `None`: it is wrong, which has been told.
pub fn advertised(section: &Section<'_>) -> Option<Advertised> {
    let mut advertised = Advertised::default();
    if !is_table(section, "advertised") {
        if let Some(text) = section.string("advertised") {
            let (host, port) = host_and_port(section, &text)?;
            (advertised.host, advertised.port) = (Some(host), port);
        }
        return Some(advertised);
    }
    for (key, text) in by_network(section, "advertised")? {
        let (host, port) = host_and_port(section, &text)?;
        match key {
            Some(range) => advertised.networks.push(Network { range, host, port }),
            None => (advertised.host, advertised.port) = (Some(host), port),
        }
    }
    Some(advertised)
}

/// Reads the networks of `external_address`, if it is a table of them; what holds elsewhere is added to `usual`.
pub fn external(section: &Section<'_>, usual: &mut Vec<IpAddr>) -> Vec<(Cidr, IpAddr)> {
    let mut networks = Vec::new();
    for (key, text) in by_network(section, "external_address").unwrap_or_default() {
        match (text.value.parse::<IpAddr>(), key) {
            (Ok(address), Some(range)) => networks.push((range, address)),
            (Ok(address), None) => usual.push(address),
            (Err(_), _) => section.problems().error(
                text.offset,
                format!(
                    "`external_address`: \"{}\" is not an IP address",
                    text.value
                ),
            ),
        }
    }
    networks
}

/// Whether a key holds a table.
pub fn is_table(section: &Section<'_>, key: &str) -> bool {
    let value = section.value(key);
    value.is_some_and(|value| value.get_ref().is_table())
}

type ByNetwork = Vec<(Option<Cidr>, Located<String>)>;

/// The texts of a table by network; `None` stands for all others.
fn by_network(section: &Section<'_>, key: &str) -> Option<ByNetwork> {
    let table = section.section(key)?;
    let mut all = Vec::new();
    for (name, _) in table.entries() {
        let range = match name.value.as_str() {
            DEFAULT => None,
            text => match text.parse::<Cidr>() {
                Ok(range) => Some(range),
                Err(error) => {
                    let message = format!(
                        "`{key}`: \"{text}\" is neither a network nor `{DEFAULT}`: {error}"
                    );
                    section.problems().error(name.offset, message);
                    continue;
                }
            },
        };
        for text in table.strings(&name.value) {
            all.push((range, text));
        }
    }
    Some(all)
}

fn host_and_port(section: &Section<'_>, text: &Located<String>) -> Option<(String, Option<u16>)> {
    let (host, port) = split_host_port(&text.value);
    let port = match port.map(str::parse::<u16>) {
        None => None,
        Some(Ok(port)) if port != 0 => Some(port),
        Some(_) => {
            let message = format!("`advertised`: \"{}\" has no valid port", text.value);
            section.problems().error(text.offset, message);
            return None;
        }
    };
    if host.is_empty() || host.contains(char::is_whitespace) {
        section
            .problems()
            .error(text.offset, "`advertised` must be a host, or host:port");
        return None;
    }
    Some((host.to_owned(), port))
}

/// Splits `host:port`, `[v6]:port`, `host`, `v6`; the brackets are left out.
fn split_host_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[')
        && let Some((host, after)) = rest.split_once(']')
    {
        return (host, after.strip_prefix(':'));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (text, None),
    }
}
