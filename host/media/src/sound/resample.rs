//! Another rate for a whole recording: a windowed-sinc filter over all of it. For streams there is the codecs' resampler; a recording
//! can be filtered around each sample, so that nothing is delayed.

use std::f64::consts::PI;

/// Zero crossings of the filter on each side.
const CROSSINGS: f64 = 16.0;
/// Where the pass band ends, of half the lower rate.
const PASS: f64 = 0.94;
/// The most filters that are made; between more places than that the nearest is taken.
const FILTERS: u64 = 1_024;

/// The samples at another rate; both rates are at least 1. As many samples come out as the duration holds, rounded up.
pub(super) fn resample(samples: &[i16], from: u32, to: u32) -> Vec<i16> {
    let divisor = gcd(from, to);
    let (from, to) = (u64::from(from / divisor), u64::from(to / divisor));
    let count = (samples.len() as u64).saturating_mul(to).div_ceil(from);
    let bank = Bank::new(from, to);
    (0..count)
        .map(|index| {
            let place = index * from;
            bank.apply(samples, place / to, (place % to) as f64 / to as f64)
        })
        .collect()
}

/// Filters for the places between two samples.
struct Bank {
    filters: Vec<Vec<f32>>,
    reach: usize,
}

impl Bank {
    fn new(from: u64, to: u64) -> Bank {
        // Below the lower of the two rates' halves everything passes; what is above would be heard as something else.
        let cutoff = PASS * (to as f64 / from as f64).min(1.0);
        let reach = (CROSSINGS / cutoff).ceil();
        let filters = to.min(FILTERS);
        let filter = |index: u64| {
            let place = index as f64 / filters as f64;
            filter(place, cutoff, reach)
        };
        Bank {
            filters: (0..filters).map(filter).collect(),
            reach: reach as usize,
        }
    }

    /// The sample at `whole` and a `part` of the way to the next.
    fn apply(&self, samples: &[i16], whole: u64, part: f64) -> i16 {
        let index = (part * self.filters.len() as f64).round() as usize;
        let (index, whole) = if index == self.filters.len() {
            (0, whole as usize + 1)
        } else {
            (index, whole as usize)
        };
        let taps = self.filters.get(index).map_or(&[][..], Vec::as_slice);
        // The filter's first tap is for the sample `reach - 1` before the whole one.
        let before = self.reach - 1;
        let (skip, first) = (before.saturating_sub(whole), whole.saturating_sub(before));
        let heard = samples.get(first..).unwrap_or_default();
        let taps = taps.get(skip..).unwrap_or_default();
        let products = heard.iter().zip(taps).map(|(s, t)| f32::from(*s) * t);
        products.sum::<f32>().round() as i16
    }
}

/// The taps for one place between two samples; they add up to 1.
fn filter(place: f64, cutoff: f64, reach: f64) -> Vec<f32> {
    let tap = |index: u32| {
        let distance = f64::from(index) - (reach - 1.0) - place;
        sinc(distance * cutoff) * window(distance / reach)
    };
    let taps: Vec<f64> = (0..reach as u32 * 2).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.iter().map(|tap| (tap / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// Blackman's window, from -1 to 1.
fn window(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
