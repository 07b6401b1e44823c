//! The stream that one side gets: one synchronisation source with sequence numbers and timestamps that go on whatever its sound
//! comes from. While it is only ever what the other side sends, packets pass as they are.

use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::rtp::{Glance, Rewrite, distance, rewrite, write_header};

/// How far sequence numbers of one source may jump before it counts as another one.
const JUMP: u16 = 3_000;

/// The stream to one side.
#[derive(Debug, Clone, Default)]
pub struct Outgoing {
    ssrc: u32,
    /// The sequence number of the next packet.
    sequence: u16,
    /// The timestamp that belongs to `at`.
    timestamp: u32,
    at: Option<Instant>,
    clock: u32,
    /// What maps the other side's stream into this one, while that is what is heard.
    mapping: Option<Mapping>,
    /// Whether anything has been sent that the other side has not sent so.
    altered: bool,
    marker: bool,
    sent: Sent,
}

/// What was sent in a stream of our own (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Packets.
    pub packets: u32,
    /// Bytes of payload.
    pub octets: u32,
}

#[derive(Debug, Clone, Copy)]
struct Mapping {
    source: u32,
    /// What is added to its sequence numbers and timestamps.
    sequence: u16,
    timestamp: u32,
    /// Its first packet that was passed on; those before it were replaced by something else. None: it is passed as it is.
    first: Option<u16>,
}

impl Outgoing {
    /// The synchronisation source; `None`: nothing was sent yet.
    pub fn ssrc(&self) -> Option<u32> {
        self.at.map(|_| self.ssrc)
    }

    /// The source of the other side that is passed on, and whether as another one.
    pub fn passes(&self) -> Option<u32> {
        self.mapping.map(|mapping| mapping.source)
    }

    /// Whether packets of the other side pass with changed headers, or not at all.
    pub fn is_altered(&self) -> bool {
        self.altered
    }

    /// What was sent of our own, or passed on with a changed header.
    pub fn sent(&self) -> Sent {
        self.sent
    }

    /// The timestamp that belongs to a moment.
    pub fn timestamp_at(&self, now: Instant) -> u32 {
        let elapsed = self
            .at
            .map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.timestamp.wrapping_add(ticks(elapsed, self.clock))
    }

    /// Fits a packet of the other side, as `glance` saw it, into the stream. `clock` is the clock rate of its payload, as far as
    /// that is known. False: it belongs to a time when something else was heard; it is not to be sent.
    pub fn relay(&mut self, now: Instant, packet: &mut [u8], glance: Glance, clock: u32) -> bool {
        let mapping = match self.mapping {
            Some(mapping) if mapping.source == glance.ssrc && !self.jumps(mapping, glance) => {
                mapping
            }
            _ => self.map(now, glance, clock),
        };
        let sequence = glance.sequence.wrapping_add(mapping.sequence);
        let timestamp = glance.timestamp.wrapping_add(mapping.timestamp);
        if let Some(first) = mapping.first {
            if distance(glance.sequence, first) < 0 {
                return false;
            }
            let change = Rewrite {
                payload_type: None,
                marker: std::mem::take(&mut self.marker),
                sequence,
                timestamp,
                ssrc: self.ssrc,
            };
            rewrite(packet, &change);
            self.count(packet.len().saturating_sub(crate::rtp::HEADER_BYTES));
        }
        if self.at.is_none() || distance(sequence, self.sequence) >= 0 {
            self.sequence = sequence.wrapping_add(1);
            self.timestamp = timestamp;
            self.at = Some(now);
        }
        true
    }

    fn jumps(&self, mapping: Mapping, glance: Glance) -> bool {
        let sequence = glance.sequence.wrapping_add(mapping.sequence);
        distance(sequence, self.sequence).unsigned_abs() > JUMP
    }

    fn map(&mut self, now: Instant, glance: Glance, clock: u32) -> Mapping {
        let mapping = if self.altered {
            let timestamp = self.follows(now);
            self.marker = true;
            Mapping {
                source: glance.ssrc,
                sequence: self.sequence.wrapping_sub(glance.sequence),
                timestamp: timestamp.wrapping_sub(glance.timestamp),
                first: Some(glance.sequence),
            }
        } else {
            self.ssrc = glance.ssrc;
            self.at = None;
            Mapping {
                source: glance.ssrc,
                sequence: 0,
                timestamp: 0,
                first: None,
            }
        };
        self.clock = clock;
        self.mapping = Some(mapping);
        mapping
    }

    /// The timestamp of something new that begins now: at least a packet's time after what was passed on last.
    fn follows(&self, now: Instant) -> u32 {
        let least = self.timestamp.wrapping_add(self.clock / 50);
        let timestamp = self.timestamp_at(now);
        if self.mapping.is_some() && timestamp.wrapping_sub(least).cast_signed() < 0 {
            least
        } else {
            timestamp
        }
    }

    /// From now on the stream is of our own, in a clock of this rate; nothing happens if it is so already.
    pub fn own(&mut self, now: Instant, clock: u32, chance: &mut Chance) {
        if self.altered && self.mapping.is_none() && self.clock == clock {
            return;
        }
        if self.at.is_none() {
            self.ssrc = chance.next_u32();
            self.sequence = chance.next_u32() as u16 >> 1;
            self.timestamp = chance.next_u32();
        } else {
            self.timestamp = self.follows(now);
        }
        self.at = Some(now);
        self.clock = clock;
        self.mapping = None;
        self.altered = true;
        self.marker = true;
    }

    /// The clock rate of its timestamps.
    pub fn clock(&self) -> u32 {
        self.clock
    }

    /// The timestamp of what our own stream sends next.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Appends the header of the next packet of our own stream, which has `octets` bytes of payload.
    pub fn header(&mut self, payload_type: u8, octets: usize, out: &mut Vec<u8>) {
        let marker = std::mem::take(&mut self.marker);
        self.write(payload_type, marker, self.timestamp, octets, out);
    }

    /// Appends the header of a packet of an event that began at `timestamp`; `first` if it is the first one of it.
    pub fn event_header(
        &mut self,
        payload_type: u8,
        timestamp: u32,
        first: bool,
        octets: usize,
        out: &mut Vec<u8>,
    ) {
        self.write(payload_type, first, timestamp, octets, out);
        self.marker = true;
    }

    /// Time passes in our own stream: this much from `now` on is dealt with.
    pub fn advance(&mut self, now: Instant, ticks: u32) {
        let time = u64::from(ticks) * 1_000_000 / u64::from(self.clock.max(1));
        self.timestamp = self.timestamp.wrapping_add(ticks);
        self.at = now.checked_add(Duration::from_micros(time));
    }

    /// What was to be sent is not: what follows begins a new talk spurt.
    pub fn pause(&mut self) {
        self.marker = true;
    }

    fn write(
        &mut self,
        payload_type: u8,
        marker: bool,
        timestamp: u32,
        octets: usize,
        out: &mut Vec<u8>,
    ) {
        let header = Rewrite {
            payload_type: None,
            marker,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        write_header(out, payload_type, &header);
        self.sequence = self.sequence.wrapping_add(1);
        self.count(octets);
    }

    fn count(&mut self, octets: usize) {
        let octets = u32::try_from(octets).unwrap_or(u32::MAX);
        self.sent.packets = self.sent.packets.wrapping_add(1);
        self.sent.octets = self.sent.octets.wrapping_add(octets);
    }
}

/// A length of time in ticks of a clock; it wraps as timestamps do.
fn ticks(time: Duration, clock: u32) -> u32 {
    (time.as_micros() * u128::from(clock) / 1_000_000) as u32
}

#[cfg(test)]
mod tests;
