//! A recording while it is made: of a call in two channels, or of a message in one. Samples come out late, because packets are
//! held until they are in order; nothing here writes them.

use std::time::Duration;

use crate::recording::Channel;
use crate::recording::level::Listener;
use crate::recording::sound::Formats;
use crate::recording::track::{Counts, Track};

/// How long the packets of a call are held.
const HOLD_CALL: Duration = Duration::from_secs(1);
/// How long those of a message are: it must end soon after the caller is silent.
const HOLD_MESSAGE: Duration = Duration::from_millis(200);
/// What is left of the silence at the end of a message.
const TAIL: Duration = Duration::from_millis(300);

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Both directions: what the side says on the left, what it hears on the right.
    Call,
    /// What the side says, until it has been silent for so long.
    Message {
        /// Ends it.
        silence: Duration,
    },
}

/// Why a recording is over by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The side was silent for too long.
    Silence,
    /// It is as long as it may be.
    Longest,
}

/// A recording while it is made. Times are since its beginning.
pub struct Take {
    rate: u32,
    hold: u64,
    left: Track,
    right: Option<Track>,
    silence: Option<u64>,
    longest: u64,
    listener: Listener,
    /// Since when nothing is recorded.
    paused: Option<Duration>,
    /// How long nothing was recorded before that.
    left_out: Duration,
    taken: u64,
    sides: [Vec<i16>; 2],
}

impl Take {
    /// A recording at `rate` samples per second.
    pub fn new(kind: Kind, rate: u32, longest: Duration, formats: [Formats; 2]) -> Take {
        let (hold, silence) = match kind {
            Kind::Call => (HOLD_CALL, None),
            Kind::Message { silence } => (HOLD_MESSAGE, Some(samples(silence, rate))),
        };
        let hold = samples(hold, rate);
        let [left, right] = formats.map(|formats| Track::new(rate, hold, formats));
        Take {
            rate,
            hold,
            left,
            right: silence.is_none().then_some(right),
            silence,
            longest: samples(longest, rate),
            listener: Listener::new(rate),
            paused: None,
            left_out: Duration::ZERO,
            taken: 0,
            sides: [Vec::new(), Vec::new()],
        }
    }

    /// The rate in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// How many channels come out.
    pub fn channels(&self) -> u16 {
        if self.right.is_some() { 2 } else { 1 }
    }

    /// Takes a packet of a channel.
    pub fn push(&mut self, at: Duration, channel: Channel, packet: &[u8]) {
        if self.paused.is_some() {
            return;
        }
        let place = self.place(at);
        match (channel, &mut self.right) {
            (Channel::Left, _) => self.left.push(place, packet),
            (Channel::Right, Some(right)) => right.push(place, packet),
            (Channel::Right, None) => {}
        }
    }

    /// Other formats hold for a channel.
    pub fn set_formats(&mut self, channel: Channel, formats: Formats) {
        match (channel, &mut self.right) {
            (Channel::Left, _) => self.left.set_formats(formats),
            (Channel::Right, Some(right)) => right.set_formats(formats),
            (Channel::Right, None) => {}
        }
    }

    /// Leaves out what follows, or goes on. What was said so far is appended to `out`.
    pub fn pause(&mut self, at: Duration, paused: bool, out: &mut Vec<i16>) {
        match (self.paused, paused) {
            (None, true) => {
                self.flush(at, out);
                self.paused = Some(at);
            }
            (Some(since), false) => {
                self.left_out += at.saturating_sub(since);
                self.paused = None;
            }
            _ => {}
        }
    }

    /// Appends what is certain by now to `out`, channels interleaved. `Some`: the recording is over.
    pub fn advance(&mut self, at: Duration, out: &mut Vec<i16>) -> Option<Over> {
        if self.paused.is_some() {
            return None;
        }
        let now = self.place(at);
        // A packet lies where it would have arrived at once, and may have been under way for as long as it is held here.
        let certain = now.saturating_sub(self.hold * 2);
        self.emit(now, certain, out);
        self.over()
    }

    /// Appends what is left to `out`: the recording ends.
    pub fn finish(&mut self, at: Duration, out: &mut Vec<i16>) -> Option<Over> {
        if self.paused.is_none() {
            self.flush(at, out);
        }
        self.over()
    }

    /// How many samples of each channel are to be kept: all, but of a message not the silence at its end.
    pub fn kept(&self) -> u64 {
        if self.silence.is_none() {
            return self.taken;
        }
        let voice = self.listener.last_voice();
        voice.map_or(0, |end| (end + samples(TAIL, self.rate)).min(self.taken))
    }

    /// So many samples of a channel as time.
    pub fn length(&self, samples: u64) -> Duration {
        Duration::from_micros(samples.saturating_mul(1_000_000) / u64::from(self.rate.max(1)))
    }

    /// What was counted of the left and of the right channel.
    pub fn counts(&self) -> [Counts; 2] {
        let right = self.right.as_ref();
        [
            self.left.counts(),
            right.map(Track::counts).unwrap_or_default(),
        ]
    }

    fn place(&self, at: Duration) -> u64 {
        samples(at.saturating_sub(self.left_out), self.rate)
    }

    fn over(&self) -> Option<Over> {
        let is_silent = |silence| self.listener.silent() >= silence;
        if self.silence.is_some_and(is_silent) {
            return Some(Over::Silence);
        }
        (self.taken >= self.longest).then_some(Over::Longest)
    }

    fn flush(&mut self, at: Duration, out: &mut Vec<i16>) {
        self.left.flush();
        if let Some(right) = &mut self.right {
            right.flush();
        }
        let end = self.place(at);
        self.emit(end, end, out);
    }

    fn emit(&mut self, now: u64, place: u64, out: &mut Vec<i16>) {
        let place = place.clamp(self.taken, self.longest.max(self.taken));
        let [left, right] = &mut self.sides;
        left.clear();
        self.left.take(now, place, left);
        self.taken = place;
        let Some(track) = &mut self.right else {
            self.listener.hear(left);
            out.extend_from_slice(left);
            return;
        };
        right.clear();
        track.take(now, place, right);
        out.extend(left.iter().zip(right.iter()).flat_map(|(l, r)| [*l, *r]));
    }
}

fn samples(time: Duration, rate: u32) -> u64 {
    let samples = time.as_micros() * u128::from(rate) / 1_000_000;
    u64::try_from(samples).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
