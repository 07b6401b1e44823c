//! The short-term filters of GSM 06.10: from quantized area ratios to reflection coefficients (§4.2.8, §4.2.9), the lattice of the
//! encoder (§4.2.10) and that of the decoder (§4.3.4).

use super::FRAME_SAMPLES;
use super::arithmetic::{magnitude, product};

/// Tables 4.1 and 4.2 for each coefficient: the factor A, the offset B, the smallest quantized value, the largest, 1/A.
pub(super) const RATIOS: [(i16, i16, i16, i16, i16); 8] = [
    (20_480, 0, -32, 31, 13_107),
    (20_480, 0, -32, 31, 13_107),
    (20_480, 2_048, -16, 15, 13_107),
    (20_480, -2_560, -16, 15, 13_107),
    (13_964, 94, -8, 7, 19_223),
    (15_360, -1_792, -8, 7, 17_476),
    (8_534, -341, -4, 3, 31_454),
    (9_036, -1_144, -4, 3, 29_708),
];

/// The stretches of a frame over which its coefficients come near, in samples.
const STRETCHES: [usize; 4] = [13, 14, 13, 120];

/// One of the two filters, and what it remembers.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    memory: [i16; 8],
    /// The area ratios of the frame before.
    before: [i16; 8],
}

impl Filter {
    /// Samples to residual, in place.
    pub(super) fn analyse(&mut self, quantized: &[i16; 8], samples: &mut [i16; FRAME_SAMPLES]) {
        self.run(quantized, samples, |memory, coefficients, sample| {
            let (mut straight, mut delayed) = (sample, sample);
            for (kept, coefficient) in memory.iter_mut().zip(coefficients) {
                let old = std::mem::replace(kept, delayed);
                delayed = old.saturating_add(product(*coefficient, straight));
                straight = straight.saturating_add(product(*coefficient, old));
            }
            straight
        });
    }

    /// Residual to samples, in place.
    pub(super) fn synthesise(&mut self, quantized: &[i16; 8], samples: &mut [i16; FRAME_SAMPLES]) {
        self.run(quantized, samples, |memory, coefficients, sample| {
            let mut straight = sample;
            // What each stage leaves belongs to the next one; the last one's is dropped.
            let mut next: Option<&mut i16> = None;
            for (kept, coefficient) in memory.iter_mut().zip(coefficients).rev() {
                straight = straight.saturating_sub(product(*coefficient, *kept));
                let left = kept.saturating_add(product(*coefficient, straight));
                if let Some(next) = next {
                    *next = left;
                }
                next = Some(kept);
            }
            if let Some(first) = next {
                *first = straight;
            }
            straight
        });
    }

    fn run(
        &mut self,
        quantized: &[i16; 8],
        samples: &mut [i16; FRAME_SAMPLES],
        mut step: impl FnMut(&mut [i16; 8], &[i16; 8], i16) -> i16,
    ) {
        let ratios = decoded(quantized);
        let mut rest = samples.as_mut_slice();
        for (index, stretch) in STRETCHES.into_iter().enumerate() {
            let coefficients = between(index, &self.before, &ratios).map(reflection);
            let (now, later) = rest.split_at_mut(stretch.min(rest.len()));
            for sample in now {
                *sample = step(&mut self.memory, &coefficients, *sample);
            }
            rest = later;
        }
        self.before = ratios;
    }
}

/// §4.2.8
fn decoded(quantized: &[i16; 8]) -> [i16; 8] {
    let mut ratios = [0; 8];
    for ((ratio, value), (_, offset, least, _, inverse)) in
        ratios.iter_mut().zip(quantized).zip(RATIOS)
    {
        let scaled = ((value + least) << 10).saturating_sub(offset * 2);
        let half = product(inverse, scaled);
        *ratio = half.saturating_add(half);
    }
    ratios
}

/// §4.2.9.1: nearer to the new ratios in each stretch.
fn between(stretch: usize, before: &[i16; 8], now: &[i16; 8]) -> [i16; 8] {
    let mut mixed = *now;
    for (value, old) in mixed.iter_mut().zip(before) {
        let new = *value;
        *value = match stretch {
            0 => (old >> 2).saturating_add(new >> 2).saturating_add(old >> 1),
            1 => (old >> 1).saturating_add(new >> 1),
            2 => (old >> 2).saturating_add(new >> 2).saturating_add(new >> 1),
            _ => new,
        };
    }
    mixed
}

/// §4.2.9.2
fn reflection(ratio: i16) -> i16 {
    let size = match magnitude(ratio) {
        size @ ..11_059 => size << 1,
        size @ 11_059..20_070 => size + 11_059,
        size => (size >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -size } else { size }
}
