//! G.722 at 64 kbit/s (ITU-T G.722): two bands of ADPCM behind a quadrature mirror filter, 16,000 samples per second. Block names in
//! comments are those of the recommendation; its results are reproduced bit for bit.

mod band;

use band::{Band, limited};

/// The two bands' filter (§3.1): its even coefficients; the odd ones are the same backwards.
const MIRROR: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// QUANTL: the decision levels of the lower band.
const LEVELS: [i32; 29] = [
    35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023,
    1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];

/// INVQBL: the lower band's output at six bits.
const SIX_BITS: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// Encodes one stream.
#[derive(Debug, Clone)]
pub struct Encoder {
    low: Band,
    high: Band,
    filter: Mirror,
}

impl Default for Encoder {
    fn default() -> Encoder {
        Encoder {
            low: Band::low(),
            high: Band::high(),
            filter: Mirror::default(),
        }
    }
}

impl Encoder {
    /// Appends a byte for every two samples.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        let (pairs, _) = samples.as_chunks::<2>();
        out.extend(pairs.iter().map(|[first, second]| {
            let (odd, even) = self.filter.next(i32::from(*first), i32::from(*second));
            self.code((odd + even) >> 14, (odd - even) >> 14)
        }));
    }

    fn code(&mut self, low: i32, high: i32) -> u8 {
        let error = limited(low - self.low.estimate());
        let magnitude = if error < 0 { !error } else { error };
        let scale = self.low.scale();
        let level = LEVELS.partition_point(|level| magnitude >= (level * scale) >> 12);
        let level = i32::try_from(level).unwrap_or(0);
        // Table 17: the two innermost negative codes stand apart from the others.
        let low = match (error < 0, level) {
            (true, 0) => 63,
            (true, 1) => 62,
            (true, level) => 33 - level,
            (false, level) => 61 - level,
        };
        self.low.adapt_low(low >> 2);

        let error = limited(high - self.high.estimate());
        let magnitude = if error < 0 { !error } else { error };
        let outer = magnitude >= (564 * self.high.scale()) >> 12;
        let high = match (error < 0, outer) {
            (true, false) => 1,
            (true, true) => 0,
            (false, false) => 3,
            (false, true) => 2,
        };
        self.high.adapt_high(high);
        ((high << 6) | low).to_le_bytes()[0]
    }
}

/// Decodes one stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    low: Band,
    high: Band,
    filter: Mirror,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            low: Band::low(),
            high: Band::high(),
            filter: Mirror::default(),
        }
    }
}

impl Decoder {
    /// Appends two samples for every byte. Any bytes can be decoded.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        for byte in payload {
            let (low, high) = (i32::from(byte & 0x3f), i32::from(byte >> 6));
            let step = SIX_BITS.get(usize::from(byte & 0x3f)).copied().unwrap_or(0);
            let lower = self.low.estimate() + ((self.low.scale() * step) >> 15);
            self.low.adapt_low(low >> 2);
            let higher = self.high.estimate();
            let higher = higher + self.high.adapt_high(high);
            let (lower, higher) = (narrowed(lower), narrowed(higher));
            let (first, second) = self.filter.next(lower + higher, lower - higher);
            out.push(saturated(first >> 11));
            out.push(saturated(second >> 11));
        }
    }
}

/// LIMIT: 15 bits.
fn narrowed(value: i32) -> i32 {
    value.clamp(-16_384, 16_383)
}

fn saturated(value: i32) -> i16 {
    limited(value).try_into().unwrap_or(0)
}

/// The filter in front of the encoder and behind the decoder: the last 24 samples, each pair twice so that they always lie in a row.
#[derive(Debug, Clone, Default)]
struct Mirror {
    pairs: [(i32, i32); 24],
    at: usize,
}

impl Mirror {
    /// Takes two samples; gives the sums of odd and of even ones.
    fn next(&mut self, first: i32, second: i32) -> (i32, i32) {
        let (front, back) = self.pairs.split_at_mut(12);
        for half in [front, back] {
            if let Some(pair) = half.get_mut(self.at) {
                *pair = (first, second);
            }
        }
        self.at = (self.at + 1) % 12;
        let mut sums = (0, 0);
        let row = self.pairs.iter().skip(self.at);
        for (((first, second), even), odd) in row.zip(&MIRROR).zip(MIRROR.iter().rev()) {
            sums.0 += second * odd;
            sums.1 += first * even;
        }
        sums
    }
}

#[cfg(test)]
mod tests;
