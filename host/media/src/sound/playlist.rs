//! Plays a list of recordings and tones, frame by frame, without gaps between them.

use std::time::Duration;

use crate::sound::recording::Sound;
use crate::sound::tone::{Cadence, Generator};

/// One entry of a list.
#[derive(Debug, Clone)]
pub enum Item {
    /// A recording. It is best at the rate that is played: at another one its samples are only interpolated.
    Sound(Sound),
    /// A tone.
    Tone {
        /// Which.
        cadence: Cadence,
        /// For how long.
        milliseconds: u32,
    },
}

/// How often a list is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// So many times; 0 plays nothing.
    Of(u32),
    /// Over and over, as music on hold is.
    Endless,
}

/// Whether more follows a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Playing {
    /// The frame is full, and there is more.
    More,
    /// The list has ended with this frame, or before it: so many samples at its beginning are the end of the list, the rest is silence.
    Over(usize),
}

/// A list that is being played.
#[derive(Debug, Clone)]
pub struct Player {
    items: Vec<Item>,
    /// Rounds to go, the one that is being played among them; `None`: endless.
    rounds: Option<u32>,
    index: usize,
    /// Samples of the item that were played already, at the rate of the last frame.
    at: u64,
    rate: u32,
    tone: Option<Generator>,
}

impl Item {
    /// How long it is.
    pub fn duration(&self) -> Duration {
        match self {
            Item::Sound(sound) => sound.duration(),
            Item::Tone { milliseconds, .. } => Duration::from_millis(u64::from(*milliseconds)),
        }
    }

    /// Its samples at a rate.
    fn length(&self, rate: u32) -> u64 {
        let rate = u64::from(rate);
        match self {
            Item::Sound(sound) => sound.samples().len() as u64 * rate / u64::from(sound.rate()),
            Item::Tone { milliseconds, .. } => u64::from(*milliseconds) * rate / 1_000,
        }
    }
}

impl Player {
    /// A list, to be played from its beginning.
    pub fn new(items: Vec<Item>, times: Times) -> Player {
        Player {
            items,
            rounds: match times {
                Times::Of(times) => Some(times),
                Times::Endless => None,
            },
            index: 0,
            at: 0,
            rate: 8_000,
            tone: None,
        }
    }

    /// An endless list, to be played from where it would be if it had begun so long ago: everybody who hears it hears the same place.
    pub fn since(items: Vec<Item>, begun: Duration) -> Player {
        let mut player = Player::new(items, Times::Endless);
        let round: u128 = player.items.iter().map(|i| i.duration().as_nanos()).sum();
        let mut left = begun.as_nanos().checked_rem(round).unwrap_or(0);
        for (index, item) in player.items.iter().enumerate() {
            let length = item.duration().as_nanos();
            if left < length {
                player.index = index;
                let samples = left * u128::from(player.rate) / 1_000_000_000;
                player.at = u64::try_from(samples).unwrap_or(0);
                break;
            }
            left -= length;
        }
        player
    }

    /// The next frame, at a rate of at least 1 sample per second; another rate than before goes on at the same place.
    pub fn next(&mut self, rate: u32, out: &mut [i16]) -> Playing {
        self.follow(rate.max(1));
        let whole = out.len();
        let mut rest = out;
        let mut idle = 0;
        loop {
            let Some(length) = self.current() else {
                let played = whole - rest.len();
                rest.fill(0);
                return Playing::Over(played);
            };
            if rest.is_empty() && self.at < length {
                return Playing::More;
            }
            let left = usize::try_from(length.saturating_sub(self.at)).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at_mut(left.min(rest.len()));
            // An endless list of nothing would never fill the frame.
            idle = if now.is_empty() { idle + 1 } else { 0 };
            if idle > self.items.len() {
                self.rounds = Some(0);
            }
            self.play(now);
            self.at += now.len() as u64;
            rest = later;
            if self.at >= length {
                self.step();
            }
        }
    }

    /// The item's length at the rate, unless the list is over.
    fn current(&self) -> Option<u64> {
        if self.rounds == Some(0) {
            return None;
        }
        Some(self.items.get(self.index)?.length(self.rate))
    }

    /// Keeps the place when the rate is another.
    fn follow(&mut self, rate: u32) {
        if rate != self.rate {
            self.at = self.at.saturating_mul(u64::from(rate)) / u64::from(self.rate);
            self.rate = rate;
            self.tone = None;
        }
    }

    fn step(&mut self) {
        self.at = 0;
        self.tone = None;
        self.index += 1;
        if self.index >= self.items.len() {
            self.index = 0;
            self.rounds = self.rounds.map(|rounds| rounds.saturating_sub(1));
        }
    }

    fn play(&mut self, out: &mut [i16]) {
        match self.items.get(self.index) {
            None => out.fill(0),
            Some(Item::Sound(sound)) if sound.rate() == self.rate => {
                let from = usize::try_from(self.at).unwrap_or(usize::MAX);
                let samples = sound.samples().get(from..).unwrap_or_default();
                for (sample, played) in out.iter_mut().zip(samples) {
                    *sample = *played;
                }
            }
            Some(Item::Sound(sound)) => interpolate(sound, self.rate, self.at, out),
            Some(Item::Tone { cadence, .. }) => {
                let (rate, at) = (self.rate, self.at);
                let tone = self.tone.get_or_insert_with(|| {
                    let mut tone = cadence.generator(rate);
                    tone.go_to(at);
                    tone
                });
                tone.fill(out);
            }
        }
    }
}

/// Samples between the samples, on the straight line from one to the next.
fn interpolate(sound: &Sound, rate: u32, at: u64, out: &mut [i16]) {
    let (from, to) = (u64::from(sound.rate()), u64::from(rate));
    let last = sound.samples().last().copied().unwrap_or(0);
    let sample = |index: u64| {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        i64::from(sound.samples().get(index).copied().unwrap_or(last))
    };
    for (index, out) in out.iter_mut().enumerate() {
        let place = (at + index as u64) * from;
        let (whole, part) = (place / to, (place % to).cast_signed());
        let (one, next) = (sample(whole), sample(whole + 1));
        *out = (one + (next - one) * part / to.cast_signed()) as i16;
    }
}

#[cfg(test)]
mod tests;
