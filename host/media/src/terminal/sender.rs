//! Sending a stream of our own to a side: frames of samples in, RTP packets out; keys in between. One call is 20 ms.

use std::time::Instant;

use crate::audio::digit::Event;
use crate::codec::dtmf::Dialler;
use crate::codec::{Encoder, Encoding};
use crate::sdp::terms::{Clocked, Format, Terms};
use crate::terminal::key_sending::{KeySending, KeyStep};
use crate::terminal::outgoing::Outgoing;
use crate::terminal::receiver::best_rate;

/// How much sound there is in a packet unless the side says: milliseconds.
const PACKET_MS: u32 = 20;
/// The rate of samples where there is no encoding that says one.
const RATE: u32 = 8_000;

/// What is sent in 20 ms, unless keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// These samples, at the sender's rate.
    Samples(&'a [i16]),
    /// This payload of 20 ms in the sender's encoding ([`Sender::takes_payloads`]), made for several sides at once.
    Payload(&'a [u8]),
    /// Nothing.
    Nothing,
}

/// What turns samples into packets for a side.
pub struct Sender {
    /// What sound is encoded to; `None`: only keys can be sent.
    sound: Option<(Format, Encoder)>,
    events: Option<Clocked>,
    /// Samples of a packet, at the encoder's rate.
    packet_samples: usize,
    pending: Vec<i16>,
    keys: KeySending,
    tone: Option<Dialler>,
    /// When the key that is being sent began, in the stream's clock.
    key_began: u32,
    payload: Vec<u8>,
    packet: Vec<u8>,
}

impl Sender {
    /// A sender of what these terms like best of what can be encoded, and of keys. None: there is nothing of either kind.
    pub fn new(terms: &Terms) -> Option<Sender> {
        let sound = choose(terms).and_then(|format| {
            let encoding = format.encoding;
            let wanted = match terms.source_rate {
                0 => encoding.sample_rate(),
                source => source.min(encoding.sample_rate()),
            };
            let rate = best_rate(encoding, wanted);
            let encoder = Encoder::new(encoding, rate, &terms.parameters).ok()?;
            Some((format, encoder))
        });
        if sound.is_none() && terms.events.is_none() {
            return None;
        }
        let milliseconds = match u32::from(terms.packet_ms) {
            wanted @ (10 | 20 | 40 | 60) => wanted,
            _ => PACKET_MS,
        };
        let rate = sound.as_ref().map_or(RATE, |(_, encoder)| encoder.rate());
        Some(Sender {
            sound,
            events: terms.events,
            packet_samples: usize::try_from(rate / 1_000 * milliseconds).unwrap_or(160),
            pending: Vec::new(),
            keys: KeySending::default(),
            tone: None,
            key_began: 0,
            payload: Vec::new(),
            packet: Vec::new(),
        })
    }

    /// Whether it can send sound.
    pub fn has_sound(&self) -> bool {
        self.sound.is_some()
    }

    /// Takes over what another sender to the same side had not sent yet.
    pub fn inherit(&mut self, other: Sender) {
        self.keys = other.keys;
        self.key_began = other.key_began;
    }

    /// The rate of the samples that it takes.
    pub fn rate(&self) -> u32 {
        self.sound
            .as_ref()
            .map_or(RATE, |(_, encoder)| encoder.rate())
    }

    /// The samples of 20 ms at that rate.
    pub fn frame_samples(&self) -> usize {
        usize::try_from(self.rate() / 50).unwrap_or(160)
    }

    /// The clock rate of its timestamps.
    pub fn clock(&self) -> u32 {
        match (&self.sound, self.events) {
            (Some((format, _)), _) => format.encoding.clock_rate(),
            (None, events) => events.map_or(RATE, |events| events.clock_rate),
        }
    }

    /// The keys that are being sent.
    pub fn keys(&mut self) -> &mut KeySending {
        &mut self.keys
    }

    /// Whether keys are being sent.
    pub fn sends_keys(&self) -> bool {
        self.keys.is_busy()
    }

    /// The encoding of the payloads of 20 ms that it can be given instead of samples; `None`: its packets are of another length.
    pub fn takes_payloads(&self) -> Option<Encoding> {
        let (format, _) = self.sound.as_ref()?;
        (self.packet_samples == self.frame_samples()).then_some(format.encoding)
    }

    /// Sends 20 ms: of the keys that wait, else `frame`. `outgoing` must be in a stretch of our own. Packets are handed to
    /// `send`; while `muted` none are, and time passes all the same.
    pub fn frame(
        &mut self,
        now: Instant,
        outgoing: &mut Outgoing,
        frame: Frame<'_>,
        muted: bool,
        send: &mut impl FnMut(&[u8]),
    ) {
        let step = self.keys.step();
        match (step, self.events) {
            (Some(step), Some(events)) => {
                self.pending.clear();
                if let Some(event) = self.event(outgoing, step, events.clock_rate)
                    && !muted
                {
                    let is_first = matches!(step, KeyStep::Down { first: true, .. });
                    self.packet.clear();
                    outgoing.event_header(
                        events.payload_type,
                        self.key_began,
                        is_first,
                        event.len(),
                        &mut self.packet,
                    );
                    self.packet.extend_from_slice(&event);
                    send(&self.packet);
                }
                outgoing.advance(now, self.clock() / 50);
            }
            (Some(step), None) => {
                let mut samples = vec![0; self.frame_samples()];
                self.sound_key(step, &mut samples);
                self.sound(now, outgoing, &samples, muted, send);
            }
            (None, _) => match frame {
                Frame::Samples(samples) => self.sound(now, outgoing, samples, muted, send),
                Frame::Payload(payload) if !muted && !payload.is_empty() => {
                    self.payload.clear();
                    self.payload.extend_from_slice(payload);
                    if self.pack(outgoing) {
                        send(&self.packet);
                    }
                    outgoing.advance(now, self.clock() / 50);
                }
                Frame::Payload(_) | Frame::Nothing => {
                    self.pending.clear();
                    outgoing.pause();
                    outgoing.advance(now, self.clock() / 50);
                }
            },
        }
    }

    /// The event of a step, if something is sent in it.
    fn event(&mut self, outgoing: &Outgoing, step: KeyStep, clock: u32) -> Option<[u8; 4]> {
        let (number, lasted_ms, end) = match step {
            KeyStep::Down {
                number,
                lasted_ms,
                first,
            } => {
                if first {
                    self.key_began = outgoing.timestamp();
                }
                (number, lasted_ms, false)
            }
            KeyStep::Up { number, lasted_ms } => (number, lasted_ms, true),
            KeyStep::Quiet => return None,
        };
        let duration = u16::try_from(clock / 1_000 * lasted_ms).unwrap_or(u16::MAX);
        let event = Event {
            number,
            end,
            duration,
        };
        Some(event.write())
    }

    /// The same as a tone, for a side that takes no events.
    fn sound_key(&mut self, step: KeyStep, samples: &mut [i16]) {
        match step {
            KeyStep::Down { number, first, .. } => {
                if first || self.tone.is_none() {
                    self.tone = key_of(number).and_then(|key| Dialler::new(key, self.rate()));
                }
                if let Some(tone) = &mut self.tone {
                    tone.fill(samples);
                }
            }
            KeyStep::Up { .. } | KeyStep::Quiet => self.tone = None,
        }
    }

    fn sound(
        &mut self,
        now: Instant,
        outgoing: &mut Outgoing,
        samples: &[i16],
        muted: bool,
        send: &mut impl FnMut(&[u8]),
    ) {
        self.pending.extend_from_slice(samples);
        let ticks = self.ticks(self.packet_samples);
        while self.pending.len() >= self.packet_samples {
            let later = self.pending.split_off(self.packet_samples);
            let samples = std::mem::replace(&mut self.pending, later);
            if self.encode(outgoing, &samples) && !muted {
                send(&self.packet);
            } else {
                outgoing.pause();
            }
            outgoing.advance(now, ticks);
        }
    }

    /// Makes the packet of these samples. False: nothing is to be sent for them.
    fn encode(&mut self, outgoing: &mut Outgoing, samples: &[i16]) -> bool {
        let Some((_, encoder)) = &mut self.sound else {
            return false;
        };
        self.payload.clear();
        let encoded = encoder.encode(samples, &mut self.payload);
        encoded.is_ok() && !self.payload.is_empty() && self.pack(outgoing)
    }

    /// Makes the packet of the payload.
    fn pack(&mut self, outgoing: &mut Outgoing) -> bool {
        let Some((format, _)) = &self.sound else {
            return false;
        };
        self.packet.clear();
        outgoing.header(format.payload_type, self.payload.len(), &mut self.packet);
        self.packet.extend_from_slice(&self.payload);
        true
    }

    fn ticks(&self, samples: usize) -> u32 {
        let samples = u32::try_from(samples).unwrap_or(0);
        samples / (self.rate() / 1_000).max(1) * (self.clock() / 1_000)
    }
}

/// The key of a number.
fn key_of(number: u8) -> Option<char> {
    let event = Event {
        number,
        end: false,
        duration: 0,
    };
    event.digit()
}

/// What a side likes best of what can be encoded.
fn choose(terms: &Terms) -> Option<Format> {
    terms
        .formats()
        .find(|format| format.encoding.is_available())
}

#[cfg(test)]
mod tests;
