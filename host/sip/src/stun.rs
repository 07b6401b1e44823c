//! STUN Binding on the sockets of SIP (RFC 8489, RFC 5626 §8): a client behind NAT asks where it is seen to be, and keeps its mapping open
//! by asking. Neither authentication nor anything of TURN and ICE.

use std::net::{IpAddr, SocketAddr};

/// The first bytes of every message after its type and length (RFC 8489 §5).
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const HEADER_BYTES: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_INDICATION: u16 = 0x0011;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const ERROR_CODE: u16 = 0x0009;
const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
/// Attributes below this must be understood, or the request is refused (RFC 8489 §14).
const OPTIONAL: u16 = 0x8000;
/// Attributes whose meaning is no reason to refuse: USERNAME, MESSAGE-INTEGRITY, REALM, NONCE of those who authenticate themselves unasked.
const PASSED_OVER: [u16; 5] = [0x0006, 0x0008, 0x0014, 0x0015, 0x001c];
/// How many unknown attributes a refusal names.
const UNKNOWN_NAMED: usize = 8;

/// Whether a datagram is STUN and no SIP: the two highest bits are zero, which no SIP message begins with (RFC 5626 §8), and the cookie is
/// in its place.
pub fn is_stun(datagram: &[u8]) -> bool {
    let is_type = datagram.first().is_some_and(|first| first & 0xc0 == 0);
    is_type && datagram.len() >= HEADER_BYTES && datagram.get(4..8) == Some(&MAGIC_COOKIE)
}

/// The answer to a Binding request: where it came from. `None`: it wants none, or is malformed.
pub fn answer(datagram: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    if !is_stun(datagram) {
        return None;
    }
    let kind = number(datagram, 0)?;
    let length = usize::from(number(datagram, 2)?);
    let attributes = datagram.get(HEADER_BYTES..)?;
    if kind == BINDING_INDICATION || kind != BINDING_REQUEST || length != attributes.len() {
        return None;
    }
    let id = datagram.get(8..HEADER_BYTES)?;
    let unknown = unknown_attributes(attributes)?;
    if unknown.is_empty() {
        let address = xor_mapped(source, id);
        return Some(message(
            BINDING_SUCCESS,
            id,
            &[(XOR_MAPPED_ADDRESS, address)],
        ));
    }
    // "420 (Unknown Attribute)", with the list of them (RFC 8489 §6.3.1).
    let mut error = vec![0, 0, 4, 20];
    error.extend(b"Unknown Attribute");
    let unknown = unknown.iter().flat_map(|kind| kind.to_be_bytes());
    let attributes = [(ERROR_CODE, error), (UNKNOWN_ATTRIBUTES, unknown.collect())];
    Some(message(BINDING_ERROR, id, &attributes))
}

/// The attributes that must be understood and are not. `None`: they are cut off.
fn unknown_attributes(mut attributes: &[u8]) -> Option<Vec<u16>> {
    let mut unknown = Vec::new();
    while !attributes.is_empty() {
        let kind = number(attributes, 0)?;
        let length = usize::from(number(attributes, 2)?).next_multiple_of(4);
        attributes = attributes.get(4 + length..)?;
        if kind < OPTIONAL && !PASSED_OVER.contains(&kind) && unknown.len() < UNKNOWN_NAMED {
            unknown.push(kind);
        }
    }
    Some(unknown)
}

/// The value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
fn xor_mapped(source: SocketAddr, id: &[u8]) -> Vec<u8> {
    let key = MAGIC_COOKIE.iter().chain(id);
    let port = source.port().to_be_bytes();
    let (family, address) = match source.ip().to_canonical() {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend(port.iter().zip(key.clone()).map(|(byte, key)| byte ^ key));
    value.extend(address.iter().zip(key).map(|(byte, key)| byte ^ key));
    value
}

fn message(kind: u16, id: &[u8], attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend(length_of(value).to_be_bytes());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut message = Vec::with_capacity(HEADER_BYTES + body.len());
    message.extend(kind.to_be_bytes());
    message.extend(length_of(&body).to_be_bytes());
    message.extend(MAGIC_COOKIE);
    message.extend(id);
    message.extend(body);
    message
}

/// What we write is far below 2¹⁶ bytes.
fn length_of(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn number(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(pair.try_into().ok()?))
}

#[cfg(test)]
mod tests;
