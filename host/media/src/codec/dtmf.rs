//! Keys as pairs of tones in the sound itself (ITU-T Q.23): heard within the limits of Q.24, and generated. Keys as RTP events are
//! [`crate::audio::digit`]'s.

use std::f64::consts::TAU;

use crate::audio::tone::Tone;

const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const KEYS: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];

/// What is looked at as one, in samples of 8,000 Hz. Another one begins half way through it: of any 40 ms, four are within.
const BLOCK: usize = 102;
/// So many in a row make a key, and so many without it end it: longer than 20 ms of a tone or 10 ms of a pause.
const ENOUGH: u8 = 4;
/// How loud each tone is at least: the square of its amplitude, about -33 dBm0.
const QUIETEST: f32 = 500.0 * 500.0;
/// How much louder the high tone may be than the low one (4 dB), and the low one than the high one (8 dB); with what noise adds.
const HIGH_LOUDER: f32 = 3.2;
const LOW_LOUDER: f32 = 7.9;
/// How much louder each tone is than any other of its group: 6.5 dB.
const ALONE: f32 = 4.5;
/// How much of the whole power the two tones are.
const SHARE: f32 = 0.72;

/// Hears keys.
#[derive(Debug, Clone)]
pub struct Listener {
    /// So many samples are taken as one: at 8,000 Hz or a little more the tones are told apart as well as at more.
    together: usize,
    gathered: i32,
    gathered_count: usize,
    coefficients: [f32; 8],
    /// The block that began first, and the one half a block later.
    older: Block,
    newer: Block,
    /// What was found last, and how many times in a row.
    found: Option<char>,
    times: u8,
    /// The key that is being pressed, and for how many blocks it has not been found.
    pressed: Option<char>,
    missed: u8,
}

/// The filters over one block (Goertzel's algorithm).
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    last: [f32; 8],
    before: [f32; 8],
    power: f32,
    count: usize,
}

impl Listener {
    /// For a stream of `rate` samples per second, 8,000 or more.
    pub fn new(rate: u32) -> Listener {
        let together = (rate / 8_000).max(1);
        let rate = f64::from(rate.max(1)) / f64::from(together);
        let mut coefficients = [0.0; 8];
        for (place, hertz) in coefficients.iter_mut().zip(LOW.into_iter().chain(HIGH)) {
            *place = (2.0 * (TAU * hertz / rate).cos()) as f32;
        }
        Listener {
            together: usize::try_from(together).unwrap_or(1),
            gathered: 0,
            gathered_count: 0,
            coefficients,
            older: Block {
                // Behind by half a block of silence.
                count: BLOCK / 2,
                ..Block::default()
            },
            newer: Block::default(),
            found: None,
            times: 0,
            pressed: None,
            missed: 0,
        }
    }

    /// Listens on. `key` is told of each key once, as soon as it is certain (some 35 ms after its beginning), however long it is pressed.
    pub fn hear(&mut self, samples: &[i16], key: &mut impl FnMut(char)) {
        for sample in samples {
            self.gathered += i32::from(*sample);
            self.gathered_count += 1;
            if self.gathered_count < self.together {
                continue;
            }
            let value = self.gathered as f32 / self.together as f32;
            (self.gathered, self.gathered_count) = (0, 0);
            self.older.filter(value, &self.coefficients);
            self.newer.filter(value, &self.coefficients);
            if self.older.count >= BLOCK
                && let Some(begun) = self.end_block()
            {
                key(begun);
            }
        }
    }

    /// The key that is being pressed now, if one is.
    pub fn pressed(&self) -> Option<char> {
        self.pressed
    }

    fn end_block(&mut self) -> Option<char> {
        let found = self.older.key(&self.coefficients);
        self.older = std::mem::take(&mut self.newer);
        self.times = if found == self.found {
            self.times.saturating_add(1)
        } else {
            1
        };
        self.found = found;
        if found.is_some() && found == self.pressed {
            self.missed = 0;
        } else {
            self.missed = self.missed.saturating_add(1);
            if self.missed >= ENOUGH {
                self.pressed = None;
            }
        }
        if found.is_none() || self.times < ENOUGH || found == self.pressed {
            return None;
        }
        self.missed = 0;
        self.pressed = found;
        found
    }
}

impl Block {
    fn filter(&mut self, value: f32, coefficients: &[f32; 8]) {
        for ((last, before), coefficient) in
            self.last.iter_mut().zip(&mut self.before).zip(coefficients)
        {
            let next = value + coefficient * *last - *before;
            *before = *last;
            *last = next;
        }
        self.power += value * value;
        self.count += 1;
    }

    /// The key that this block says.
    fn key(&self, coefficients: &[f32; 8]) -> Option<char> {
        let mut powers = [0.0_f32; 8];
        let states = self.last.iter().zip(&self.before).zip(coefficients);
        let half = (BLOCK / 2) as f32;
        for (place, ((last, before), coefficient)) in powers.iter_mut().zip(states) {
            // The square of the amplitude.
            let energy = last * last + before * before - coefficient * last * before;
            *place = energy / (half * half);
        }
        let (low, high) = powers.split_at(4);
        let ((row, low), (column, high)) = (alone(low)?, alone(high)?);
        let mean = self.power / BLOCK as f32;
        let certain = low.min(high) > QUIETEST
            && high < low * HIGH_LOUDER
            && low < high * LOW_LOUDER
            && (low + high) / 2.0 > mean * SHARE;
        let keys = KEYS.get(row).filter(|_| certain)?;
        keys.get(column).copied()
    }
}

/// The loudest tone of a group, if it is much louder than the others.
fn alone(powers: &[f32]) -> Option<(usize, f32)> {
    let loudest = powers.iter().copied().enumerate();
    let (index, loudest) = loudest.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let others = powers
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != index);
    others
        .into_iter()
        .all(|(_, other)| other * ALONE < loudest)
        .then_some((index, loudest))
}

/// The sound of a key, without end.
#[derive(Debug, Clone)]
pub struct Dialler {
    low: Tone,
    high: Tone,
}

/// -10 and -8 dBm0: the high one louder, since lines take more of it.
const LOW_AMPLITUDE: f64 = 7_200.0;
const HIGH_AMPLITUDE: f64 = 9_000.0;

impl Dialler {
    /// The sound of `0` to `9`, `*`, `#`, `A` to `D` (in either case) at `rate` samples per second. None: no such key.
    pub fn new(key: char, rate: u32) -> Option<Dialler> {
        let key = key.to_ascii_uppercase();
        for (low, row) in LOW.into_iter().zip(KEYS) {
            for (high, other) in HIGH.into_iter().zip(row) {
                if other == key {
                    return Some(Dialler {
                        low: Tone::new(low, rate, LOW_AMPLITUDE),
                        high: Tone::new(high, rate, HIGH_AMPLITUDE),
                    });
                }
            }
        }
        None
    }

    /// Fills `samples` with what comes next.
    pub fn fill(&mut self, samples: &mut [i16]) {
        let mut high = vec![0; samples.len()];
        self.low.fill(samples);
        self.high.fill(&mut high);
        for (sample, high) in samples.iter_mut().zip(high) {
            *sample = sample.saturating_add(high);
        }
    }
}

#[cfg(test)]
mod tests;
