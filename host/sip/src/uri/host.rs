//! Hosts and ports, as URIs and Vias write them.

use std::net::{IpAddr, Ipv6Addr};

use crate::message::text::{find, number, trim};

/// The address that a host is, brackets of IPv6 removed; `None` for a name.
pub fn host_ip(host: &str) -> Option<IpAddr> {
    match host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
    {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    }
}

/// Splits `host[:port]`; white space around the colon is allowed, as in a Via. `None` if the host is malformed or the
/// port above 65535.
pub(crate) fn split_host_port(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let end = match text.first()? {
        b'[' => {
            let end = find(text, b']')?;
            is_address(text.get(1..end)?).then_some(end + 1)?
        }
        _ => text
            .iter()
            .position(|byte| !is_name_byte(*byte))
            .unwrap_or(text.len()),
    };
    let (host, behind) = text.split_at_checked(end)?;
    if host.is_empty() {
        return None;
    }
    let behind = trim(behind);
    let port = match behind {
        [] => None,
        [b':', digits @ ..] => Some(u16::try_from(number(trim(digits))?).ok()?),
        _ => return None,
    };
    Some((host, port))
}

/// What may stand in brackets: the digits of an IPv6 address, whose sense is judged by [`host_ip`].
fn is_address(bytes: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    !bytes.is_empty() && bytes.iter().all(is_allowed)
}

/// Whether a byte may stand in a host name or an IPv4 address. Underscores occur in real names.
fn is_name_byte(byte: u8) -> bool {
    NAME.get(usize::from(byte)) == Some(&true)
}

#[allow(clippy::indexing_slicing)] // The compiler runs it: a slip is an error there, no panic.
const NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'.' | b'-' | b'_');
        byte += 1;
    }
    table
};
