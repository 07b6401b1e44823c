//! The RTP fixed header (RFC 3550 §5.1): what the relay looks at, and reading and writing packets by the crate `rtp-rs`.

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// The length of the fixed header: bytes.
pub const HEADER_BYTES: usize = 12;

/// What the relay looks at in a packet that it passes on unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// The sequence number.
    pub sequence: u16,
    /// The synchronisation source.
    pub ssrc: u32,
}

/// Looks at the fixed header. None: not RTP version 2, or shorter than its header says.
pub fn glance(packet: &[u8]) -> Option<Glance> {
    let (header, rest) = packet.split_first_chunk::<HEADER_BYTES>()?;
    let [first, _, s0, s1, _, _, _, _, c0, c1, c2, c3] = *header;
    if first >> 6 != 2 || rest.len() < usize::from(first & 0x0f) * 4 {
        return None;
    }
    Some(Glance {
        sequence: u16::from_be_bytes([s0, s1]),
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

/// How far `sequence` is ahead of `reference`, negative if it is behind, by the shorter way around (RFC 3550 §A.1).
pub fn distance(sequence: u16, reference: u16) -> i16 {
    sequence.wrapping_sub(reference).cast_signed()
}

#[cfg(test)]
mod tests;
