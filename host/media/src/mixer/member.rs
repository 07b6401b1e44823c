//! A member of a room: what it says, how loud it is, and the stream that only it hears.

use crate::mixer::limiter::Limiter;
use crate::mixer::types::{Audience, MemberId, Standing};

/// The mean square of samples below which a frame is silence: an amplitude of 30, −61 dB of full scale.
const GATE: u32 = 30 * 30;
/// For how many frames somebody who has spoken keeps a stream of its own: 2 s. A stream that begins or ends in the middle of what
/// is said costs a stateful codec a moment of noise.
const KEEP: u32 = 100;
/// By how much louder another must be to take one's place: 6 dB.
const HYSTERESIS: u32 = 4;
/// Which part of a frame it takes to come in or to go out: 5 ms of 20.
const RAMP: usize = 4;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) rate: u32,
    pub(crate) standing: Standing,
    /// Whether it is to be in what all hear.
    pub(crate) chosen: bool,
    /// What it says in this frame; empty: nothing.
    said: Vec<i16>,
    /// The mean square of what it has said lately.
    level: u32,
    /// To whom it was audible in the frame before.
    before: Audience,
    now: Audience,
    /// For how many frames yet its stream is its own.
    keep: u32,
    own: Vec<i16>,
    own_is_silent: bool,
    limiter: Limiter,
}

impl Member {
    pub(crate) fn new(id: MemberId, rate: u32, standing: Standing) -> Member {
        Member {
            id,
            rate,
            standing,
            chosen: false,
            said: Vec::new(),
            level: 0,
            before: Audience::Nobody,
            now: Audience::Nobody,
            keep: 0,
            own: Vec::new(),
            own_is_silent: true,
            limiter: Limiter::default(),
        }
    }

    pub(crate) fn put(&mut self, samples: &[i16], frame: usize) {
        self.said.clear();
        self.said.extend(samples.iter().take(frame));
        self.said.resize(frame, 0);
    }

    /// A new frame: takes note of how loud it is. Loudness falls by 29 dB a second, so that nobody is silent between two words.
    pub(crate) fn measure(&mut self) {
        self.own.clear();
        let heard = mean_square(&self.said);
        self.level = heard.max(self.level - self.level.div_ceil(8));
    }

    pub(crate) fn speaks(&self) -> bool {
        self.level >= GATE
    }

    /// By what the loudest are chosen.
    pub(crate) fn loudness(&self) -> u32 {
        match self.before {
            Audience::Everybody => self.level.saturating_mul(HYSTERESIS),
            _ => self.level,
        }
    }

    /// Lets what it says come in, or go out, gently.
    pub(crate) fn ramp(&mut self) {
        self.now = match self.standing.audience {
            Audience::Everybody if self.chosen => Audience::Everybody,
            Audience::Only(whom) if self.speaks() => Audience::Only(whom),
            _ => Audience::Nobody,
        };
        let length = (self.said.len() / RAMP).max(1);
        let gain = |place: usize| (place as f32 / length as f32).min(1.0);
        if self.now != Audience::Nobody && self.before != self.now {
            for (place, sample) in self.said.iter_mut().enumerate().take(length) {
                *sample = (f32::from(*sample) * gain(place)) as i16;
            }
        }
        if self.now == Audience::Nobody && self.before != Audience::Nobody {
            for (place, sample) in self.said.iter_mut().enumerate() {
                *sample = (f32::from(*sample) * (1.0 - gain(place))) as i16;
            }
            // Whoever heard it hears it go.
            self.now = self.before;
            self.before = Audience::Nobody;
        } else {
            self.before = self.now;
        }
        if self.is_in_total() {
            self.keep = KEEP;
        }
    }

    pub(crate) fn is_in_total(&self) -> bool {
        self.now == Audience::Everybody && !self.said.is_empty()
    }

    pub(crate) fn whispers(&self) -> bool {
        matches!(self.now, Audience::Only(_)) && !self.said.is_empty()
    }

    pub(crate) fn whispers_to(&self, id: MemberId) -> bool {
        self.whispers() && self.now == Audience::Only(id)
    }

    pub(crate) fn said(&self) -> &[i16] {
        &self.said
    }

    pub(crate) fn keeps_own(&self) -> bool {
        self.keep > 0
    }

    /// What only it hears in this frame.
    pub(crate) fn hear_own(&mut self, sum: &[i32], is_silent: bool, is_whispered_to: bool) {
        self.limiter.apply(sum, &mut self.own);
        self.own_is_silent = is_silent;
        if is_whispered_to {
            self.keep = KEEP;
        }
    }

    /// What it has said is mixed.
    pub(crate) fn end_frame(&mut self) {
        self.said.clear();
        self.keep = self.keep.saturating_sub(1);
    }

    /// The stream that only it hears, if it has one.
    pub(crate) fn own(&self) -> Option<(&[i16], bool)> {
        (!self.own.is_empty()).then_some((self.own.as_slice(), self.own_is_silent))
    }
}

fn mean_square(samples: &[i16]) -> u32 {
    let sum: u64 = (samples.iter())
        .map(|sample| u64::from(i32::from(*sample).unsigned_abs().pow(2)))
        .sum();
    let count = u64::try_from(samples.len()).unwrap_or(u64::MAX).max(1);
    u32::try_from(sum / count).unwrap_or(u32::MAX)
}
