//! Whom a plugin may ask over the network: the name is checked, and the address it leads to. Pure; it neither resolves nor connects.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::PluginError;
use crate::imports::http_connect::Endpoint;
use crate::spec::Grants;

/// A host that a plugin may send HTTP requests to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostGrant {
    host: HostPattern,
    port: Option<u16>,
    networks: Vec<Network>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum HostPattern {
    Anywhere,
    Name(String),
    Below(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

impl HostGrant {
    /// A grant from its text: a host, perhaps a port, perhaps the networks that its name may lead to.
    ///
    /// - `api.example.com`: ports 80 and 443 of this name.
    /// - `api.example.com:8443`: this port alone. `*.example.com`: every name below.
    /// - `127.0.0.1:9000`, `[::1]:9000`: this address, and no name that leads to it.
    /// - `localhost:9000`: the name, which leads to loopback addresses.
    /// - `crm.corp:8080=10.1.0.0/16`: the name, if it leads into this network (several: separated by commas).
    ///
    /// Without `=`, a name that leads to a loopback, private, link-local, multicast or otherwise special address is refused: that
    /// keeps the services of the machine, of the network and of the cloud provider (metadata) out of reach.
    ///
    /// # Errors
    /// [`PluginError::Invalid`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<HostGrant, PluginError> {
        let invalid = |why: &str| PluginError::Invalid(format!("the granted host `{text}` {why}"));
        let (endpoint, networks) = match text.trim().split_once('=') {
            Some((endpoint, networks)) => (endpoint.trim(), Some(networks)),
            None => (text.trim(), None),
        };
        let (host, port) =
            split_port(endpoint).ok_or_else(|| invalid("has no valid port after its colon"))?;
        let networks = networks
            .map(|networks| {
                networks
                    .split(',')
                    .map(|n| Network::parse(n.trim()))
                    .collect()
            })
            .unwrap_or_else(|| Some(Vec::new()))
            .ok_or_else(|| invalid("has no valid network after its `=`"))?;
        let host =
            HostPattern::parse(host).ok_or_else(|| invalid("is no host name and no IP address"))?;
        Ok(HostGrant {
            host,
            port,
            networks,
        })
    }

    /// Every host of the public internet, at ports 80 and 443. It has no text of its own: a plugin is not granted it.
    pub fn anywhere() -> HostGrant {
        HostGrant {
            host: HostPattern::Anywhere,
            port: None,
            networks: Vec::new(),
        }
    }

    /// The host and port of an `http:` or `https:` URL, wherever they lead; `None` if it is no such URL.
    pub fn anywhere_of(url: &str) -> Option<HostGrant> {
        let endpoint = Endpoint::of(&url.parse().ok()?)?;
        Some(HostGrant {
            host: HostPattern::parse(&endpoint.host)?,
            port: Some(endpoint.port),
            networks: vec![
                Network {
                    address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                    prefix: 0,
                },
                Network {
                    address: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
                    prefix: 0,
                },
            ],
        })
    }

    fn allows(&self, tls: bool, host: &str, port: u16) -> bool {
        let port_matches = match self.port {
            Some(granted) => granted == port,
            None => port == if tls { 443 } else { 80 },
        };
        port_matches && self.host.matches(host)
    }

    /// Whether a connection for this grant may go to `address`.
    pub(crate) fn allows_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if let HostPattern::Address(granted) = self.host {
            return granted == address;
        }
        if !self.networks.is_empty() {
            return self
                .networks
                .iter()
                .any(|network| network.contains(address));
        }
        if self.host == HostPattern::Name("localhost".into()) {
            return address.is_loopback();
        }
        is_public(address)
    }
}

impl fmt::Display for HostGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            HostPattern::Anywhere => f.write_str("*")?,
            HostPattern::Name(name) => f.write_str(name)?,
            HostPattern::Below(name) => write!(f, "*.{name}")?,
            HostPattern::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            HostPattern::Address(address) => write!(f, "{address}")?,
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (index, network) in self.networks.iter().enumerate() {
            let sign = if index == 0 { '=' } else { ',' };
            write!(f, "{sign}{}/{}", network.address, network.prefix)?;
        }
        Ok(())
    }
}

impl Grants {
    /// The grant that covers a host and port, if one does. `host` as it stands in a URL, IPv6 addresses in brackets or not.
    pub(crate) fn find(&self, tls: bool, host: &str, port: u16) -> Option<&HostGrant> {
        let host = normal(host);
        self.hosts
            .iter()
            .find(|grant| grant.allows(tls, &host, port))
    }
}

impl HostPattern {
    fn parse(host: &str) -> Option<HostPattern> {
        let host = normal(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(HostPattern::Address(address.to_canonical()));
        }
        let (name, below) = match host.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (host.as_str(), false),
        };
        let label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if !name.split('.').all(label) {
            return None;
        }
        Some(if below {
            HostPattern::Below(name.into())
        } else {
            HostPattern::Name(name.into())
        })
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            HostPattern::Anywhere => true,
            HostPattern::Name(name) => name == host,
            HostPattern::Below(name) => host
                .strip_suffix(name.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty()),
            HostPattern::Address(address) => host
                .parse::<IpAddr>()
                .is_ok_and(|host| host.to_canonical() == *address),
        }
    }
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        (prefix <= bits).then_some(Network { address, prefix })
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                let head = |a: Ipv4Addr| u32::from(a).checked_shr(shift).unwrap_or(0);
                head(network) == head(address)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix);
                let head = |a: Ipv6Addr| u128::from(a).checked_shr(shift).unwrap_or(0);
                head(network) == head(address)
            }
            _ => false,
        }
    }
}

/// A host in the form that is compared: lower case, without brackets and without the root's dot.
fn normal(host: &str) -> String {
    let host = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn split_port(endpoint: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = endpoint.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((address, Some(port.parse().ok()?))),
            None => rest.is_empty().then_some((address, None)),
        };
    }
    match endpoint.split_once(':') {
        // More than one colon without brackets: an IPv6 address alone.
        Some((_, rest)) if rest.contains(':') => Some((endpoint, None)),
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((endpoint, None)),
    }
}

/// Whether an address belongs to the public internet (the IANA special-purpose registries, RFC 6890, decide what does not).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Addresses that carry an IPv4 address (RFC 4291 §2.5.5, RFC 6052, RFC 3056) are as public as that one.
    let embedded = |high: u16, low: u16| {
        is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => false,
        [0x2002, high, low, ..] => embedded(high, low),
        // Global unicast is 2000::/3; Teredo (RFC 4380) hides an IPv4 address as well.
        [0x2001, 0, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests;
