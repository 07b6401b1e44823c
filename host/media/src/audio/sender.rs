//! Sending a G.711 stream: samples in, RTP packets out. The caller paces it: one call per packet time.

use std::collections::VecDeque;

use crate::audio::digit::Event;
use crate::codec::g711::Law;
use crate::rtp::Packet;

/// The number of samples in 20 ms at 8,000 Hz.
pub const FRAME_SAMPLES: usize = 160;
/// How often the end of a digit is repeated (RFC 4733 §2.5.1.4).
const END_REPEATS: u8 = 3;
/// The most digits that wait to be sent.
const DIGITS_WAITING: usize = 64;

/// A G.711 stream that is sent.
#[derive(Debug, Clone)]
pub struct Sender {
    law: Law,
    payload_type: u8,
    event_type: Option<u8>,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    digits: VecDeque<u8>,
    digit: Option<Sending>,
}

/// A digit that is being sent.
#[derive(Debug, Clone, Copy)]
struct Sending {
    number: u8,
    started: u32,
    frames: u8,
    sent: u8,
}

/// What a stream is sent as.
#[derive(Debug, Clone, Copy)]
pub struct SenderConfig {
    /// The encoding.
    pub law: Law,
    /// Its payload type.
    pub payload_type: u8,
    /// The payload type of `telephone-event`, if the other side takes it.
    pub event_type: Option<u8>,
    /// The synchronisation source: random (RFC 3550 §8).
    pub ssrc: u32,
    /// The first sequence number: random (RFC 3550 §5.1).
    pub sequence: u16,
    /// The first timestamp: random.
    pub timestamp: u32,
}

impl Sender {
    /// A stream that has sent nothing yet.
    pub fn new(config: SenderConfig) -> Sender {
        Sender {
            law: config.law,
            payload_type: config.payload_type,
            event_type: config.event_type,
            ssrc: config.ssrc,
            sequence: config.sequence,
            timestamp: config.timestamp,
            marker: true,
            digits: VecDeque::new(),
            digit: None,
        }
    }

    /// Sends a digit as soon as those before it are sent. False: it is no digit, the other side takes none, or too many
    /// wait.
    pub fn send_digit(&mut self, digit: char) -> bool {
        match (self.event_type, Event::number_of(digit)) {
            (Some(_), Some(number)) if self.digits.len() < DIGITS_WAITING => {
                self.digits.push_back(number);
                true
            }
            _ => false,
        }
    }

    /// The packet for these samples, or a packet of the digit that is being sent in their place.
    pub fn packet(&mut self, samples: &[i16]) -> Vec<u8> {
        let length = u32::try_from(samples.len()).unwrap_or(0);
        if let Some((event_type, payload, started, marker)) = self.event() {
            let bytes = self.write(event_type, marker, started, &payload);
            self.advance(length);
            self.marker = true;
            return bytes;
        }
        let payload: Vec<u8> = samples
            .iter()
            .map(|sample| self.law.encode(*sample))
            .collect();
        let marker = std::mem::take(&mut self.marker);
        let bytes = self.write(self.payload_type, marker, self.timestamp, &payload);
        self.advance(length);
        bytes
    }

    /// Sends nothing for this many samples (on hold): time goes on, and the next packet begins a new talk spurt.
    pub fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.marker = true;
    }

    fn write(&self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8]) -> Vec<u8> {
        Packet {
            payload_type,
            marker,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
            payload,
        }
        .write()
    }

    fn advance(&mut self, samples: u32) {
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    fn event(&mut self) -> Option<(u8, [u8; 4], u32, bool)> {
        /// 100 ms of the digit, then its end.
        const FRAMES: u8 = 5;
        /// 40 ms without a packet that could be taken for the next digit.
        const PAUSE: u8 = 2;
        let event_type = self.event_type?;
        if self.digit.is_none() {
            let number = self.digits.pop_front()?;
            self.digit = Some(Sending {
                number,
                started: self.timestamp,
                frames: FRAMES,
                sent: 0,
            });
        }
        let digit = self.digit.as_mut()?;
        digit.sent = digit.sent.saturating_add(1);
        let Sending {
            number,
            started,
            frames,
            sent,
        } = *digit;
        if sent > frames + END_REPEATS {
            if sent >= frames + END_REPEATS + PAUSE {
                self.digit = None;
            }
            return None;
        }
        let duration = u16::from(sent.min(frames)) * 160;
        let payload = Event {
            number,
            end: sent > frames,
            duration,
        }
        .write();
        Some((event_type, payload, started, sent == 1))
    }
}

#[cfg(test)]
mod tests;
