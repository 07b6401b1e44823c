//! Hosts and ports, as URIs and Vias write them.

use std::net::{IpAddr, Ipv6Addr};

use crate::message::text::{number, trim_text};

/// The address that a host is, brackets of IPv6 removed; `None` for a name.
pub fn host_ip(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

/// Where `host[:port]` splits: the host, and the port if there is one. White space around the colon is allowed, as in a
/// Via. `None` if the host is malformed or the port above 65535.
pub(crate) fn split_host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, behind) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        (text.get(..end)?, text.get(end..)?)
    } else {
        let end = text.find(':').unwrap_or(text.len());
        (text.get(..end)?, text.get(end..)?)
    };
    let host = trim_text(host);
    let behind = trim_text(behind);
    if !is_host(host) {
        return None;
    }
    if behind.is_empty() {
        return Some((host, None));
    }
    let digits = trim_text(behind.strip_prefix(':')?);
    let port = number(digits.as_bytes())?;
    Some((host, Some(u16::try_from(port).ok()?)))
}

/// A host name, an IPv4 address, or an IPv6 address in brackets. Underscores occur in real names.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or("");
        return !address.is_empty()
            && address
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    }
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}
