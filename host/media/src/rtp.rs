//! The RTP fixed header (RFC 3550 §5.1): what the relay looks at, and reading and writing packets by the crate `rtp-rs`.

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// The length of the fixed header: bytes.
pub const HEADER_BYTES: usize = 12;

/// What the relay looks at in a packet that it passes on unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
}

/// Looks at the fixed header. None: not RTP version 2, or shorter than its header says.
pub fn glance(packet: &[u8]) -> Option<Glance> {
    let (header, rest) = packet.split_first_chunk::<HEADER_BYTES>()?;
    let [first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header;
    if first >> 6 != 2 || rest.len() < usize::from(first & 0x0f) * 4 {
        return None;
    }
    Some(Glance {
        payload_type: second & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
    })
}

/// A received packet, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// Whether the marker bit is set.
    pub marker: bool,
    /// The sequence number.
    pub sequence: u16,
    /// The timestamp, in units of the payload's clock rate.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// The payload, without padding.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a packet. None: it is not RTP version 2 or is cut off.
    pub fn read(bytes: &'a [u8]) -> Option<Packet<'a>> {
        let reader = RtpReader::new(bytes).ok()?;
        Some(Packet {
            payload_type: reader.payload_type(),
            marker: reader.mark(),
            sequence: reader.sequence_number().into(),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload: reader.payload(),
        })
    }

    /// The packet's bytes. The payload type must be below 128, else the result is empty.
    pub fn write(&self) -> Vec<u8> {
        RtpPacketBuilder::new()
            .payload_type(self.payload_type)
            .marked(self.marker)
            .sequence(Seq::from(self.sequence))
            .timestamp(self.timestamp)
            .ssrc(self.ssrc)
            .payload(self.payload)
            .build()
            .unwrap_or_default()
    }
}

/// What is changed in the header of a packet that is passed on in another stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrite {
    /// The payload type; `None`: as it is.
    pub payload_type: Option<u8>,
    /// Whether the marker bit is set in addition.
    pub marker: bool,
    /// The sequence number.
    pub sequence: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
}

/// Changes the header of a packet in place; what is shorter than a header stays as it is.
pub fn rewrite(packet: &mut [u8], change: &Rewrite) {
    let Some(header) = packet.first_chunk_mut::<HEADER_BYTES>() else {
        return;
    };
    let [_, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = header;
    if let Some(payload_type) = change.payload_type {
        *second = (*second & 0x80) | (payload_type & 0x7f);
    }
    if change.marker {
        *second |= 0x80;
    }
    [*s0, *s1] = change.sequence.to_be_bytes();
    [*t0, *t1, *t2, *t3] = change.timestamp.to_be_bytes();
    [*c0, *c1, *c2, *c3] = change.ssrc.to_be_bytes();
}

/// Gives a packet another payload type in place; what is shorter than a header stays as it is.
pub fn renumber(packet: &mut [u8], payload_type: u8) {
    if let Some(second) = packet.get_mut(1) {
        *second = (*second & 0x80) | (payload_type & 0x7f);
    }
}

/// Appends a fixed header, without contributing sources and extension.
pub fn write_header(out: &mut Vec<u8>, payload_type: u8, header: &Rewrite) {
    let start = out.len();
    out.extend_from_slice(&[0; HEADER_BYTES]);
    if let Some(bytes) = out.get_mut(start..) {
        if let Some(first) = bytes.first_mut() {
            *first = 0x80;
        }
        let payload_type = Some(payload_type);
        rewrite(
            bytes,
            &Rewrite {
                payload_type,
                ..*header
            },
        );
    }
}

/// How far `sequence` is ahead of `reference`, negative if it is behind, by the shorter way around (RFC 3550 §A.1).
pub fn distance(sequence: u16, reference: u16) -> i16 {
    sequence.wrapping_sub(reference).cast_signed()
}

#[cfg(test)]
mod tests;
