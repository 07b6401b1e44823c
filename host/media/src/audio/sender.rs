//! Sending a G.711 stream: samples in, RTP packets out. The caller paces it: one call per packet time.

use std::time::Duration;

use crate::audio::digit::Event;
use crate::codec::g711::Law;
use crate::rtp::Packet;
use crate::terminal::key_sending::{KeySending, KeyStep};

/// The number of samples in 20 ms at 8,000 Hz.
pub const FRAME_SAMPLES: usize = 160;
/// How long a digit is.
const DIGIT: Duration = Duration::from_millis(100);

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
    keys: KeySending,
    /// When the digit that is being sent began.
    digit_began: u32,
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
            keys: KeySending::default(),
            digit_began: 0,
        }
    }

    /// Sends a digit as soon as those before it are sent. False: it is no digit, the other side takes none, or too many
    /// wait.
    pub fn send_digit(&mut self, digit: char) -> bool {
        let is_digit = self.event_type.is_some() && Event::number_of(digit).is_some();
        is_digit && self.keys.send(digit.encode_utf8(&mut [0; 4]), DIGIT) == 0
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
        let event_type = self.event_type?;
        let (number, lasted_ms, end, first) = match self.keys.step()? {
            KeyStep::Down {
                number,
                lasted_ms,
                first,
            } => (number, lasted_ms, false, first),
            KeyStep::Up { number, lasted_ms } => (number, lasted_ms, true, false),
            KeyStep::Quiet => return None,
        };
        if first {
            self.digit_began = self.timestamp;
        }
        let event = Event {
            number,
            end,
            duration: u16::try_from(lasted_ms * 8).unwrap_or(u16::MAX),
        };
        Some((event_type, event.write(), self.digit_began, first))
    }
}

#[cfg(test)]
mod tests;
