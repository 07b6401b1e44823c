//! Receiving a G.711 stream: RTP packets in, samples out in order, through a small jitter buffer of fixed depth.

use std::collections::VecDeque;

use crate::audio::digit::Detector;
use crate::codec::g711::Law;
use crate::limits;
use crate::rtp::{Packet, distance};
use crate::sdp::codec::Codec;

/// The most digits that wait to be read.
const DIGITS_WAITING: usize = 64;

/// What a receiver has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Packets of sound that arrived in time.
    pub packets: u64,
    /// Packets that never came, or came too late, and were replaced by silence.
    pub lost: u64,
    /// Packets that came after their time, or twice.
    pub late: u64,
    /// Packets that were no RTP, or of a format that was not agreed on.
    pub refused: u64,
}

/// A G.711 stream that is received.
#[derive(Debug, Clone)]
pub struct Receiver {
    formats: Vec<(u8, Law)>,
    event_type: Option<u8>,
    depth: usize,
    source: Option<u32>,
    /// The sequence number that is played next, once playing has begun.
    next: Option<u16>,
    /// Packets that wait, ascending by distance.
    waiting: VecDeque<Waiting>,
    /// Samples of the packet being played.
    rest: VecDeque<i16>,
    frame: usize,
    detector: Detector,
    digits: VecDeque<char>,
    received: Received,
}

#[derive(Debug, Clone)]
struct Waiting {
    sequence: u16,
    /// Empty for an event packet, which takes a sequence number but has no sound.
    samples: Vec<i16>,
}

impl Receiver {
    /// A receiver of those of the agreed formats that are G.711 or `telephone-event`. Playing begins when `depth` packets
    /// wait (3 are 60 ms).
    pub fn new(formats: &[Codec], depth: usize) -> Receiver {
        let sound = formats
            .iter()
            .filter_map(|codec| Some((codec.payload_type, Law::of_name(&codec.name)?)))
            .collect();
        let event = formats.iter().find(|codec| codec.is_telephone_event());
        Receiver {
            formats: sound,
            event_type: event.map(|codec| codec.payload_type),
            depth: depth.clamp(1, limits::JITTER_PACKETS / 2),
            source: None,
            next: None,
            waiting: VecDeque::new(),
            rest: VecDeque::new(),
            frame: 0,
            detector: Detector::default(),
            digits: VecDeque::new(),
            received: Received::default(),
        }
    }

    /// Takes a packet from the network.
    pub fn push(&mut self, bytes: &[u8]) {
        let Some(packet) = Packet::read(bytes) else {
            self.received.refused += 1;
            return;
        };
        let samples = if Some(packet.payload_type) == self.event_type {
            if let Some(digit) = self.detector.receive(&packet)
                && self.digits.len() < DIGITS_WAITING
            {
                self.digits.push_back(digit);
            }
            Vec::new()
        } else if let Some(law) = self.law(packet.payload_type)
            && packet.payload.len() <= limits::PACKET_SAMPLES
        {
            packet
                .payload
                .iter()
                .map(|byte| law.decode(*byte))
                .collect()
        } else {
            self.received.refused += 1;
            return;
        };
        if self.source.replace(packet.ssrc) != Some(packet.ssrc) {
            // A new source counts anew (RFC 3550 §8.2).
            self.waiting.clear();
            self.next = None;
        }
        self.insert(Waiting {
            sequence: packet.sequence,
            samples,
        });
    }

    fn law(&self, payload_type: u8) -> Option<Law> {
        let found = self
            .formats
            .iter()
            .find(|(format, _)| *format == payload_type);
        found.map(|(_, law)| *law)
    }

    fn insert(&mut self, packet: Waiting) {
        if let Some(next) = self.next {
            let ahead = distance(packet.sequence, next);
            if usize::from(ahead.unsigned_abs()) > limits::JITTER_PACKETS {
                // The sender has jumped: begin anew with this packet.
                self.waiting.clear();
                self.next = None;
            } else if ahead < 0 {
                self.received.late += 1;
                return;
            }
        }
        // New packets mostly belong at the end.
        let mut position = self.waiting.len();
        for other in self.waiting.iter().rev() {
            match distance(packet.sequence, other.sequence) {
                0 => {
                    self.received.late += 1;
                    return;
                }
                ahead if ahead > 0 => break,
                _ => position -= 1,
            }
        }
        self.received.packets += 1;
        self.waiting.insert(position, packet);
        if self.waiting.len() > limits::JITTER_PACKETS {
            self.waiting.pop_front();
            self.next = None;
        }
    }

    /// Fills `samples` with what is played now: sound as far as it has arrived, else silence.
    pub fn pull(&mut self, samples: &mut [i16]) {
        for sample in samples {
            while self.rest.is_empty() && self.refill() {}
            *sample = self.rest.pop_front().unwrap_or(0);
        }
    }

    /// Goes on to the next packet. False: there is none to go on to now.
    fn refill(&mut self) -> bool {
        let Some(first) = self.waiting.front() else {
            // Nothing is left: gather `depth` packets before going on.
            self.next = None;
            return false;
        };
        let next = match self.next {
            Some(next) => next,
            None if self.waiting.len() < self.depth => return false,
            None => first.sequence,
        };
        self.next = Some(next.wrapping_add(1));
        if first.sequence == next {
            if let Some(packet) = self.waiting.pop_front() {
                if !packet.samples.is_empty() {
                    self.frame = packet.samples.len();
                }
                self.rest.extend(packet.samples);
            }
        } else {
            self.received.lost += 1;
            self.rest.extend(std::iter::repeat_n(0, self.frame));
        }
        true
    }

    /// The next digit that was heard as an event.
    pub fn poll_digit(&mut self) -> Option<char> {
        self.digits.pop_front()
    }

    /// What was counted so far.
    pub fn received(&self) -> Received {
        self.received
    }
}

#[cfg(test)]
mod tests;
