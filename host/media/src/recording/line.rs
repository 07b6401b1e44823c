//! Samples on a clock: they are put where they belong and taken from the beginning, and where nothing was put is silence.

use std::collections::VecDeque;

/// Samples from a place on, of which those before it have been taken.
#[derive(Debug, Clone, Default)]
pub struct Line {
    start: u64,
    samples: VecDeque<i16>,
}

impl Line {
    /// The place after the last sample that was put, or the one up to which all was taken.
    pub fn end(&self) -> u64 {
        self.start
            .saturating_add(u64::try_from(self.samples.len()).unwrap_or(u64::MAX))
    }

    /// Puts samples at a place. What lies before the end gives way to what is there already.
    pub fn put(&mut self, place: u64, samples: &[i16]) {
        self.silence_to(place);
        let there = usize::try_from(self.end().saturating_sub(place)).unwrap_or(usize::MAX);
        self.samples.extend(samples.iter().skip(there));
    }

    /// Puts samples after the last.
    pub fn append(&mut self, samples: &[i16]) {
        self.samples.extend(samples);
    }

    /// Puts silence up to a place.
    pub fn silence_to(&mut self, place: u64) {
        let missing = usize::try_from(place.saturating_sub(self.end())).unwrap_or(0);
        self.samples.extend(std::iter::repeat_n(0, missing));
    }

    /// Takes everything up to a place; appends it to `out`.
    pub fn take(&mut self, place: u64, out: &mut Vec<i16>) {
        self.silence_to(place);
        let count = usize::try_from(place.saturating_sub(self.start)).unwrap_or(0);
        out.extend(self.samples.drain(..count.min(self.samples.len())));
        self.start = self.start.max(place);
    }
}
