//! A stream of samples at another rate: a polyphase filter whose length follows the lower rate, and a count of samples that is exact over
//! any time. Whole recordings are resampled by `sound`, which need not delay them.

use std::f64::consts::PI;

/// Zero crossings of the filter on each side: as many samples of the lower rate is the delay (2.5 ms at 8,000 Hz).
const CROSSINGS: usize = 20;
/// Where the filter is half way down, of half the lower rate. What telephones send ends at 0.85.
const CUTOFF: f64 = 0.94;
/// Kaiser's window: 70 dB.
const BETA: f64 = 6.8;
/// Bits behind the point of a coefficient: a filter's sum cannot exceed 31 bits.
const FRACTION: u32 = 14;

/// Turns a stream of one rate into one of another.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// The rates, without their common divisor.
    from: usize,
    to: usize,
    taps: usize,
    /// A filter for each of the `to` places between two samples, one after the other.
    filters: Vec<i16>,
    /// What the next filters are applied to.
    waiting: Vec<i16>,
    /// The place of the next sample, 0 to `to` - 1.
    place: usize,
}

impl Resampler {
    /// From `from` to `to` samples per second, each taken to be 1 at least. The usual ones are 8, 16, 24, 32, 44.1 and 48 kHz.
    pub fn new(from: u32, to: u32) -> Resampler {
        let (from, to) = (from.max(1), to.max(1));
        let divisor = common_divisor(from, to);
        let (from, to) = (as_usize(from / divisor), as_usize(to / divisor));
        if from == to {
            return Resampler {
                from,
                to,
                taps: 1,
                filters: Vec::new(),
                waiting: Vec::new(),
                place: 0,
            };
        }
        let half = CROSSINGS * from.div_ceil(to).max(1);
        let narrowed = CUTOFF * (to as f64 / from as f64).min(1.0);
        let filters = (0..to).flat_map(|place| filter(half, narrowed, place as f64 / to as f64));
        Resampler {
            from,
            to,
            taps: half * 2,
            filters: filters.collect(),
            waiting: vec![0; half * 2 - 1],
            place: 0,
        }
    }

    /// Whether nothing changes.
    pub fn is_idle(&self) -> bool {
        self.from == self.to
    }

    /// Takes samples and appends what they become. After n samples in all, n times the ratio of the rates came out, rounded up.
    pub fn process(&mut self, input: &[i16], out: &mut Vec<i16>) {
        if self.is_idle() {
            out.extend_from_slice(input);
            return;
        }
        self.waiting.extend_from_slice(input);
        let mut start = 0;
        while let Some(heard) = self.waiting.get(start..start + self.taps) {
            let first = self.place * self.taps;
            let filter = self.filters.get(first..first + self.taps);
            out.push(apply(heard, filter.unwrap_or(&[])));
            self.place += self.from;
            start += self.place / self.to;
            self.place %= self.to;
        }
        self.waiting.drain(..start.min(self.waiting.len()));
    }
}

fn apply(heard: &[i16], filter: &[i16]) -> i16 {
    let products = heard.iter().zip(filter);
    let sum: i32 = products
        .map(|(sample, tap)| i32::from(*sample) * i32::from(*tap))
        .sum();
    let rounded = (sum + (1 << (FRACTION - 1))) >> FRACTION;
    rounded
        .clamp(i32::from(i16::MIN), i32::from(i16::MAX))
        .try_into()
        .unwrap_or(0)
}

/// The taps for a place between two samples; they add up to 1.
fn filter(half: usize, cutoff: f64, place: f64) -> Vec<i16> {
    let tap = |index: usize| {
        let distance = index as f64 - (half as f64 - 1.0) - place;
        sinc(distance * cutoff) * kaiser(distance / half as f64)
    };
    let taps: Vec<f64> = (0..half * 2).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    let unit = f64::from(1_u32 << FRACTION);
    // What rounding takes from one tap goes to the next, so that the sum stays exact.
    let mut rest = 0.0;
    let rounded = taps.iter().map(|tap| {
        let exact = tap / sum * unit + rest;
        let rounded = exact.round();
        rest = exact - rounded;
        // A cast from float saturates.
        rounded as i16
    });
    rounded.collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Kaiser's window, from -1 to 1.
fn kaiser(x: f64) -> f64 {
    let inside = 1.0 - x * x;
    if inside <= 0.0 {
        return 0.0;
    }
    bessel(BETA * inside.sqrt()) / bessel(BETA)
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for order in 1..40 {
        term *= (x / 2.0 / f64::from(order)).powi(2);
        sum += term;
    }
    sum
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

fn as_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
