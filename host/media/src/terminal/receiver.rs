//! Receiving a stream: RTP packets in, samples out at the rate that is wanted, through the jitter buffer and the decoder.

use std::collections::VecDeque;

use crate::codec::cn::Generator;
use crate::codec::{Decoder, Encoding, Resampler};
use crate::limits;
use crate::rtp::Packet;
use crate::terminal::jitter::{Content, Held, JitterBuffer, Next, Played};

/// How much sound waits before it is played: milliseconds. It adapts from there.
pub const START_MS: u32 = 40;
/// The rate of comfort noise: it has no clock of its own (RFC 3389 §4), and narrow-band noise is what senders measure.
const NOISE_RATE: u32 = 8_000;

/// A stream that is received.
pub struct Receiver {
    rate: u32,
    buffer: JitterBuffer,
    source: Option<u32>,
    decoder: Option<Decoder>,
    /// From the decoder's rate, or that of noise, to what is wanted.
    resampler: Option<(u32, Resampler)>,
    /// The background that the other side describes while it sends no sound.
    noise: Option<Generator>,
    /// Samples at the rate that were not pulled yet.
    rest: VecDeque<i16>,
    decoded: Vec<i16>,
    resampled: Vec<i16>,
    /// How much was pulled since there was a packet: samples at the rate.
    idle: u32,
    refused: u64,
}

impl Receiver {
    /// A receiver that gives samples at `rate`, and begins to play when `start_ms` of sound wait (see [`START_MS`]).
    pub fn new(rate: u32, start_ms: u32) -> Receiver {
        Receiver {
            rate: rate.max(1_000),
            buffer: JitterBuffer::new(8_000, start_ms),
            source: None,
            decoder: None,
            resampler: None,
            noise: None,
            rest: VecDeque::new(),
            decoded: Vec::new(),
            resampled: Vec::new(),
            idle: u32::MAX,
            refused: 0,
        }
    }

    /// From now on gives samples at this rate.
    pub fn set_rate(&mut self, rate: u32) {
        let rate = rate.max(1_000);
        if rate != self.rate {
            self.rate = rate;
            self.rest.clear();
            self.decoder = None;
            self.resampler = None;
        }
    }

    /// Forgets what waits; what comes next is played anew.
    pub fn restart(&mut self) {
        self.buffer.restart(self.buffer.clock());
        self.rest.clear();
    }

    /// The rate of the samples that it gives.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// What was played so far.
    pub fn played(&self) -> Played {
        self.buffer.played()
    }

    /// Payloads that were none of their encoding.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes a packet from the network. `content` is what its payload type stands for.
    pub fn push(&mut self, packet: &Packet<'_>, content: Content) {
        let ticks = match content {
            Content::Sound(encoding) => {
                let most = encoding.clock_rate() / 1_000 * limits::PAYLOAD_MILLISECONDS;
                match encoding.ticks(packet.payload) {
                    Some(ticks) if ticks <= most => ticks,
                    _ => {
                        self.refused += 1;
                        return;
                    }
                }
            }
            Content::ComfortNoise | Content::Other => 0,
        };
        let clock = match content {
            Content::Sound(encoding) => encoding.clock_rate(),
            Content::ComfortNoise | Content::Other => self.buffer.clock(),
        };
        // A new source counts anew (RFC 3550 §8.2), and timestamps of another clock cannot be compared.
        if self.source.replace(packet.ssrc) != Some(packet.ssrc) || clock != self.buffer.clock() {
            self.buffer.restart(clock);
        }
        self.buffer.insert(Held {
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            ticks,
            content,
            payload: packet.payload.to_vec(),
        });
    }

    /// Fills `samples` with what is played now. False: nothing is said, and nothing was for a second; they are silence then.
    pub fn pull(&mut self, samples: &mut [i16]) -> bool {
        let wanted = samples.len();
        let mut rounds = 0;
        while self.rest.len() < wanted && rounds < limits::JITTER_PACKETS {
            self.refill();
            rounds += 1;
        }
        let there = self.rest.len().min(wanted);
        for (sample, heard) in samples.iter_mut().zip(self.rest.drain(..there)) {
            *sample = heard;
        }
        if let Some(silent) = samples.get_mut(there..) {
            silent.fill(0);
        }
        let heard = self.idle < self.rate;
        let pulled = u32::try_from(wanted).unwrap_or(u32::MAX);
        self.idle = self.idle.saturating_add(pulled);
        heard
    }

    /// Goes on to the next packet, or to what stands for it.
    fn refill(&mut self) {
        let clock = self.buffer.clock();
        match self.buffer.next(clock / 50) {
            Next::Packet(packet) => self.play(&packet),
            Next::Gap { ticks, lost } => self.fill(ticks, lost),
            Next::Empty => self.fill(clock / 50, true),
        }
    }

    fn play(&mut self, packet: &Held) {
        match packet.content {
            Content::Other => {}
            Content::ComfortNoise => {
                self.idle = 0;
                let source = self.source.unwrap_or(0);
                let noise = self.noise.get_or_insert_with(|| Generator::new(source));
                noise.describe(&packet.payload);
            }
            Content::Sound(encoding) => {
                self.idle = 0;
                self.noise = None;
                if !self.prepare(encoding) {
                    return;
                }
                self.decode(&packet.payload, packet.ticks);
                if let Some(spare) = self.buffer.spare() {
                    let first = std::mem::take(&mut self.decoded);
                    self.decode(&spare.payload, spare.ticks);
                    crossfade(&first, &mut self.decoded);
                }
                let rate = self.decoder.as_ref().map_or(self.rate, Decoder::rate);
                self.deliver(rate);
            }
        }
    }

    /// Fills a stretch without packets: with the background that was described, with concealment if something is missing, else with
    /// silence.
    fn fill(&mut self, ticks: u32, lost: bool) {
        let clock = self.buffer.clock();
        if let Some(noise) = &mut self.noise {
            self.decoded.clear();
            noise.generate(scaled(ticks, NOISE_RATE, clock), &mut self.decoded);
            self.idle = self.idle.min(self.rate / 2);
            self.deliver(NOISE_RATE);
            return;
        }
        let Some(decoder) = &mut self.decoder else {
            let samples = scaled(ticks, self.rate, clock);
            self.rest.extend(std::iter::repeat_n(0, samples));
            return;
        };
        let samples = scaled(ticks, decoder.rate(), clock);
        self.decoded.clear();
        match self.buffer.following() {
            _ if !lost => self.decoded.resize(samples, 0),
            Some(following) if following.content == Content::Sound(decoder.encoding()) => {
                decoder.recover(&following.payload, samples, &mut self.decoded);
            }
            _ => decoder.conceal(samples, &mut self.decoded),
        }
        let rate = decoder.rate();
        self.deliver(rate);
    }

    /// Makes the decoder of an encoding, unless it is there. False: it cannot be had.
    fn prepare(&mut self, encoding: Encoding) -> bool {
        let fits = self
            .decoder
            .as_ref()
            .is_some_and(|decoder| decoder.encoding() == encoding);
        if !fits {
            self.decoder = Decoder::new(encoding, best_rate(encoding, self.rate)).ok();
        }
        self.decoder.is_some()
    }

    fn decode(&mut self, payload: &[u8], ticks: u32) {
        self.decoded.clear();
        let clock = self.buffer.clock();
        if let Some(decoder) = &mut self.decoder
            && decoder.decode(payload, &mut self.decoded).is_err()
        {
            self.refused += 1;
            self.decoded.clear();
            decoder.conceal(scaled(ticks, decoder.rate(), clock), &mut self.decoded);
        }
    }

    /// Hands over what was decoded, of which a second has `from` samples.
    fn deliver(&mut self, from: u32) {
        if from == self.rate {
            self.rest.extend(self.decoded.drain(..));
            return;
        }
        if !matches!(self.resampler, Some((rate, _)) if rate == from) {
            self.resampler = Some((from, Resampler::new(from, self.rate)));
        }
        if let Some((_, resampler)) = &mut self.resampler {
            self.resampled.clear();
            resampler.process(&self.decoded, &mut self.resampled);
            self.rest.extend(self.resampled.drain(..));
        }
    }
}

/// The rate to code an encoding at, where samples of `rate` are wanted: that rate, else the next higher, else the best.
pub(crate) fn best_rate(encoding: Encoding, rate: u32) -> u32 {
    let mut rates = encoding.rates().iter().copied();
    rates
        .find(|own| *own >= rate)
        .unwrap_or_else(|| encoding.sample_rate())
}

/// Two stretches over one another, from the first into the second; the result stands in the second.
fn crossfade(first: &[i16], second: &mut [i16]) {
    let length = i32::try_from(second.len().max(1)).unwrap_or(i32::MAX);
    for ((place, into), from) in (0..).zip(second.iter_mut()).zip(first) {
        let mixed = (i32::from(*from) * (length - place) + i32::from(*into) * place) / length;
        *into = i16::try_from(mixed).unwrap_or(*into);
    }
}

/// Ticks of a clock as samples at a rate.
fn scaled(ticks: u32, rate: u32, clock: u32) -> usize {
    let samples = u64::from(ticks) * u64::from(rate) / u64::from(clock.max(1));
    usize::try_from(samples).unwrap_or(0)
}

#[cfg(test)]
mod tests;
