//! GSM 06.10 encoding (§4.2).

use crate::codec::error::CodecError;

use super::arithmetic::{headroom, magnitude, product, quotient, saturated, truncated};
use super::decoder::{GAINS, remember};
use super::filter::{Filter, RATIOS};
use super::frame::{Frame, Part};
use super::residual::{quantize, restore};
use super::{FRAME_SAMPLES, PART_SAMPLES};

/// Table 4.3a: where a gain of the long-term predictor ends.
const GAIN_ENDS: [i16; 3] = [6_554, 16_384, 26_214];

/// Encodes one stream.
#[derive(Debug, Clone)]
pub struct Encoder {
    /// The last sample, and the remainder of the filter that takes a constant offset out.
    last: i16,
    offset: i32,
    preemphasis: i16,
    filter: Filter,
    /// The excitation of the last 120 samples, as the decoder has it.
    past: [i16; 120],
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder {
            last: 0,
            offset: 0,
            preemphasis: 0,
            filter: Filter::default(),
            past: [0; 120],
        }
    }
}

impl Encoder {
    /// Appends 33 bytes for every 160 samples.
    ///
    /// # Errors
    /// [`CodecError::Frame`]: not whole frames. Nothing was appended.
    pub fn encode_all(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let (frames, rest) = samples.as_chunks::<FRAME_SAMPLES>();
        if !rest.is_empty() {
            return Err(CodecError::Frame);
        }
        for frame in frames {
            self.encode(frame, out);
        }
        Ok(())
    }

    fn encode(&mut self, samples: &[i16; FRAME_SAMPLES], out: &mut Vec<u8>) {
        let mut signal = samples.map(|sample| self.prepare(sample));
        let reflection = area_ratios(&reflection_coefficients(autocorrelation(&mut signal)));
        let mut frame = Frame {
            reflection,
            ..Frame::default()
        };
        self.filter.analyse(&reflection, &mut signal);
        let (parts, _) = signal.as_chunks::<PART_SAMPLES>();
        for (samples, part) in parts.iter().zip(&mut frame.parts) {
            self.encode_part(samples, part);
        }
        frame.write(out);
    }

    /// §4.2.1 to §4.2.3: 13 bits, no constant offset, high frequencies raised.
    fn prepare(&mut self, sample: i16) -> i16 {
        let sample = (sample >> 3) << 2;
        let change = sample - self.last;
        self.last = sample;
        let high = saturated(self.offset >> 15);
        let low = saturated(self.offset - (i32::from(high) << 15));
        let fed = (i32::from(change) << 15) + i32::from(product(low, 32_735));
        self.offset = (i32::from(high) * 32_735).saturating_add(fed);
        let level = saturated(self.offset.saturating_add(16_384) >> 15);
        let raised = level.saturating_add(product(self.preemphasis, -28_180));
        self.preemphasis = level;
        raised
    }

    /// §4.2.11 to §4.2.18
    fn encode_part(&mut self, samples: &[i16; PART_SAMPLES], part: &mut Part) {
        let (lag, index) = self.predict(samples);
        (part.lag, part.gain) = (lag, index);
        let gain = usize::try_from(index).unwrap_or(0);
        let gain = GAINS.get(gain).copied().unwrap_or(0);
        let start = 120 - usize::try_from(lag).unwrap_or(40);
        let mut predicted = [0; PART_SAMPLES];
        for (place, old) in predicted.iter_mut().zip(self.past.iter().skip(start)) {
            *place = product(gain, *old);
        }
        let mut residual = *samples;
        for (sample, predicted) in residual.iter_mut().zip(&predicted) {
            *sample = sample.saturating_sub(*predicted);
        }
        quantize(&residual, part);
        for (predicted, restored) in predicted.iter_mut().zip(restore(part)) {
            *predicted = predicted.saturating_add(restored);
        }
        remember(&mut self.past, &predicted);
    }

    /// §4.2.11: how many samples ago the excitation was most alike, and the quantized gain.
    fn predict(&self, samples: &[i16; PART_SAMPLES]) -> (i16, i16) {
        let largest = samples.iter().copied().map(magnitude).max().unwrap_or(0);
        let scale = match largest {
            0 => 6,
            _ => 6 - headroom(i32::from(largest) << 16).min(6),
        };
        let scaled = samples.map(|sample| i32::from(sample >> scale));
        let (mut lag, mut most) = (40, 0);
        // The window at 80 lies 40 samples ago, that at 0 lies 120.
        for (window, candidate) in self.past.windows(PART_SAMPLES).rev().zip(40_i16..) {
            let terms = window.iter().zip(&scaled);
            let alike: i32 = terms.map(|(old, new)| i32::from(*old) * new).sum();
            if alike > most {
                (lag, most) = (candidate, alike);
            }
        }
        let start = 120 - usize::try_from(lag).unwrap_or(40);
        let window = self.past.iter().skip(start).take(PART_SAMPLES);
        let eighths = window.map(|old| i32::from(old >> 3));
        let power = eighths.map(|eighth| eighth * eighth).sum::<i32>() << 1;
        let alike = (most << 1) >> (6 - scale);
        if alike <= 0 {
            return (lag, 0);
        }
        if alike >= power {
            return (lag, 3);
        }
        let shift = headroom(power);
        let (alike, power) = (
            saturated((alike << shift) >> 16),
            saturated((power << shift) >> 16),
        );
        let ends = GAIN_ENDS.iter();
        let above = ends.filter(|end| alike > truncated(power, **end)).count();
        (lag, i16::try_from(above).unwrap_or(0))
    }
}

/// §4.2.4. The signal loses the bits that scaling takes.
fn autocorrelation(signal: &mut [i16; FRAME_SAMPLES]) -> [i32; 9] {
    let largest = signal.iter().copied().map(magnitude).max().unwrap_or(0);
    let scale = match largest {
        0 => 0,
        _ => 4_u32.saturating_sub(headroom(i32::from(largest) << 16)),
    };
    if scale > 0 {
        *signal = signal.map(|sample| product(sample, 16_384 >> (scale - 1)));
    }
    let mut sums = [0; 9];
    for (lag, sum) in sums.iter_mut().enumerate() {
        let terms = signal.iter().zip(signal.iter().skip(lag));
        *sum = terms
            .map(|(a, b)| i32::from(*a) * i32::from(*b))
            .sum::<i32>()
            << 1;
    }
    if scale > 0 {
        *signal = signal.map(|sample| sample << scale);
    }
    sums
}

/// §4.2.5: Schur's recursion.
fn reflection_coefficients(correlation: [i32; 9]) -> [i16; 8] {
    let mut coefficients = [0; 8];
    let [power, ..] = correlation;
    if power == 0 {
        return coefficients;
    }
    let shift = headroom(power);
    let mut straight = correlation.map(|sum| saturated((sum << shift) >> 16));
    let mut delayed = straight;
    for (order, coefficient) in coefficients.iter_mut().enumerate() {
        let [energy, next, ..] = straight;
        if energy < magnitude(next) {
            break;
        }
        let size = quotient(magnitude(next), energy);
        let value = if next > 0 { -size } else { size };
        *coefficient = value;
        straight[0] = energy.saturating_add(product(next, value));
        // Both rows get one shorter with each order.
        let before = straight;
        let rows = straight.iter_mut().zip(&mut delayed).skip(1);
        for ((above, below), next) in rows.zip(before.iter().skip(2)).take(7 - order) {
            *above = next.saturating_add(product(*below, value));
            *below = below.saturating_add(product(*next, value));
        }
    }
    coefficients
}

/// §4.2.6 and §4.2.7
fn area_ratios(coefficients: &[i16; 8]) -> [i16; 8] {
    let mut quantized = [0; 8];
    for ((place, coefficient), (factor, offset, least, most, _)) in
        quantized.iter_mut().zip(coefficients).zip(RATIOS)
    {
        let ratio = match magnitude(*coefficient) {
            size @ ..22_118 => size >> 1,
            size @ 22_118..31_130 => size - 11_059,
            size => (size - 26_112) << 2,
        };
        let ratio = if *coefficient < 0 { -ratio } else { ratio };
        let scaled = truncated(factor, ratio)
            .saturating_add(offset)
            .saturating_add(256)
            >> 9;
        *place = scaled.clamp(least, most) - least;
    }
    quantized
}
