//! `[dns]`: who is asked for names, and how long an address that does not answer is waited for and avoided.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::config::section::Section;
use crate::config::settings::Dns;

/// The port of name servers (RFC 1035 §4.2).
const PORT: u16 = 53;
/// Name servers that are asked at most.
const SERVERS: usize = 8;

/// Reads `[dns]`.
pub fn dns(root: &Section<'_>) -> Dns {
    let mut dns = Dns {
        servers: Vec::new(),
        timeout: Duration::from_millis(1_500),
        avoid: Duration::from_secs(60),
        failover: Duration::from_secs(4),
    };
    let Some(section) = root.section("dns") else {
        return dns;
    };
    for text in section.strings("servers") {
        match server(&text.value) {
            Some(server) if dns.servers.len() < SERVERS => dns.servers.push(server),
            Some(_) => section
                .problems()
                .error(text.offset, format!("`servers`: more than {SERVERS}")),
            None => section.problems().error(
                text.offset,
                format!(
                    "`servers`: \"{}\" is not an address, or address:port, of a name server",
                    text.value
                ),
            ),
        }
    }
    if let Some(milliseconds) = section.integer("timeout_ms", 100..=10_000) {
        dns.timeout = Duration::from_millis(milliseconds);
    }
    if let Some(seconds) = section.integer("failover_seconds", 1..=32) {
        dns.failover = Duration::from_secs(seconds);
    }
    if let Some(seconds) = section.integer("avoid_seconds", 0..=3_600) {
        dns.avoid = Duration::from_secs(seconds);
    }
    section.finish();
    dns
}

fn server(text: &str) -> Option<SocketAddr> {
    let address = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT));
    address.or_else(|_| text.parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        let of = |text: &str| server(text).map(|server| server.to_string());
        assert_eq!(of("10.0.0.2").as_deref(), Some("10.0.0.2:53"));
        assert_eq!(of("10.0.0.2:5353").as_deref(), Some("10.0.0.2:5353"));
        assert_eq!(of("2001:db8::53").as_deref(), Some("[2001:db8::53]:53"));
        assert_eq!(of("[::1]:5353").as_deref(), Some("[::1]:5353"));
        assert_eq!(of("ns.example.org"), None);
    }
}
