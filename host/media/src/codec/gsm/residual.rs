//! The residual of a part: which grid of its samples is kept, and how these are quantized (GSM 06.10 §4.2.15 to §4.2.17, §5.3.1).

use super::PART_SAMPLES;
use super::arithmetic::{magnitude, product, saturated, truncated};
use super::frame::Part;

/// Table 4.4: the weighting filter.
const WEIGHTS: [i32; 11] = [
    -134, -374, 0, 2_054, 5_741, 8_192, 5_741, 2_054, 0, -374, -134,
];
/// Table 4.5: the inverse mantissas; table 4.6: the mantissas.
const INVERSE_MANTISSAS: [i16; 8] = [
    29_128, 26_215, 23_832, 21_846, 20_165, 18_725, 17_476, 16_384,
];
const MANTISSAS: [i16; 8] = [
    18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767,
];

/// Quantizes a residual into `part` (§4.2.13 to §4.2.15).
pub(super) fn quantize(residual: &[i16; PART_SAMPLES], part: &mut Part) {
    let weighted = weigh(residual);
    let (grid, kept) = choose_grid(&weighted);
    part.grid = grid;
    let largest = kept.iter().copied().map(magnitude).max().unwrap_or(0);
    let exponent = 6_u32.min(i16::BITS - (largest >> 9).leading_zeros());
    let coarse = largest >> (exponent + 5);
    part.maximum = coarse + i16::try_from(exponent).unwrap_or(0) * 8;
    let (exponent, mantissa) = split(part.maximum);
    let inverse = at(&INVERSE_MANTISSAS, mantissa);
    for (pulse, sample) in part.pulses.iter_mut().zip(kept) {
        let scaled = saturated(i32::from(sample) << (6 - exponent).clamp(0, 15));
        *pulse = (truncated(scaled, inverse) >> 12) + 4;
    }
}

/// The residual that a part says (§4.2.16, §4.2.17).
pub(super) fn restore(part: &Part) -> [i16; PART_SAMPLES] {
    let (exponent, mantissa) = split(part.maximum);
    let factor = at(&MANTISSAS, mantissa);
    let shift = 6 - exponent;
    let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
    let mut residual = [0; PART_SAMPLES];
    let offset = usize::try_from(part.grid).unwrap_or(0);
    let places = residual.iter_mut().skip(offset).step_by(3);
    for (place, pulse) in places.zip(part.pulses) {
        let step = (pulse * 2 - 7) << 12;
        *place = product(factor, step).saturating_add(half) >> shift;
    }
    residual
}

/// §4.2.13
fn weigh(residual: &[i16; PART_SAMPLES]) -> [i16; PART_SAMPLES] {
    let mut padded = [0; PART_SAMPLES + 10];
    for (place, sample) in padded.iter_mut().skip(5).zip(residual) {
        *place = i32::from(*sample);
    }
    let mut weighted = [0; PART_SAMPLES];
    for (place, window) in weighted.iter_mut().zip(padded.windows(WEIGHTS.len())) {
        let terms = window.iter().zip(WEIGHTS);
        let sum: i32 = terms.map(|(sample, weight)| sample * weight).sum();
        *place = saturated((sum + 4_096) >> 13);
    }
    weighted
}

/// §4.2.14: the grid with the most energy, the first one of equals.
fn choose_grid(weighted: &[i16; PART_SAMPLES]) -> (i16, [i16; 13]) {
    let grid = |offset: i16| {
        let mut kept = [0; 13];
        let offset = usize::try_from(offset).unwrap_or(0);
        for (place, sample) in kept.iter_mut().zip(weighted.iter().skip(offset).step_by(3)) {
            *place = *sample;
        }
        kept
    };
    let energy = |kept: &[i16; 13]| {
        let quarters = kept.iter().map(|sample| i64::from(sample >> 2));
        quarters.map(|quarter| quarter * quarter).sum::<i64>()
    };
    let mut best = (0, grid(0));
    for offset in 1..4 {
        let kept = grid(offset);
        if energy(&kept) > energy(&best.1) {
            best = (offset, kept);
        }
    }
    best
}

/// §4.2.15: exponent (-4 to 6) and mantissa (0 to 7) of the quantized maximum.
fn split(maximum: i16) -> (i16, i16) {
    let mut exponent = if maximum > 15 { (maximum >> 3) - 1 } else { 0 };
    let mut mantissa = maximum - exponent * 8;
    if mantissa == 0 {
        return (-4, 7);
    }
    while mantissa <= 7 {
        mantissa = mantissa * 2 + 1;
        exponent -= 1;
    }
    (exponent, mantissa - 8)
}

fn at(table: &[i16; 8], index: i16) -> i16 {
    let index = usize::try_from(index).unwrap_or(0);
    table.get(index).copied().unwrap_or(0)
}
