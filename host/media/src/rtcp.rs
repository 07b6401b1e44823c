//! RTCP (RFC 3550 §6): telling it from anything else, reports read and written, what they say of the quality of a stream.

pub mod quality;
pub mod reception;
pub mod report;

/// Whether these bytes begin like an RTCP packet: version 2, a packet type of RTCP (RFC 5761 §4), at least one header.
pub fn is_rtcp(packet: &[u8]) -> bool {
    match packet {
        [first, kind, _, _, _, _, _, _, ..] => first >> 6 == 2 && (192..=223).contains(kind),
        _ => false,
    }
}
