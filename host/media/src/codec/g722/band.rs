//! One band of G.722: the adaptive predictor and the adaptive scale of the quantizer (ITU-T G.722 §3.3 to §3.6), which encoder and
//! decoder keep alike.

/// LOGSCL, LOGSCH: the 32 steps of an octave, 2^(i/32) in units of 1/2048.
const OCTAVE: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];

/// INVQAL: the lower band's output at four bits, and by how much each code moves the logarithm of the scale.
const FOUR_BITS: [(i32, i32); 16] = [
    (0, -60),
    (-20_456, 3_042),
    (-12_896, 1_198),
    (-8_968, 538),
    (-6_288, 334),
    (-4_240, 172),
    (-2_584, 58),
    (-1_200, -30),
    (20_456, 3_042),
    (12_896, 1_198),
    (8_968, 538),
    (6_288, 334),
    (4_240, 172),
    (2_584, 58),
    (1_200, -30),
    (0, -60),
];

/// INVQAH: the same of the higher band.
const TWO_BITS: [(i32, i32); 4] = [(-7_408, 798), (-1_616, -214), (7_408, 798), (1_616, -214)];

/// The state of a band.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// What is predicted: of poles and zeros together, and of zeros alone.
    estimate: i32,
    zeros_estimate: i32,
    scale_logarithm: i32,
    scale: i32,
    /// The last two reconstructed signals and partially reconstructed ones, the newest first.
    reconstructed: [i32; 2],
    partial: [i32; 2],
    poles: [i32; 2],
    /// The last six differences, the newest first, and the coefficients of the zeros.
    differences: [i32; 6],
    zeros: [i32; 6],
}

impl Band {
    pub(super) fn low() -> Band {
        Band::new(32)
    }

    pub(super) fn high() -> Band {
        Band::new(8)
    }

    fn new(scale: i32) -> Band {
        Band {
            estimate: 0,
            zeros_estimate: 0,
            scale_logarithm: 0,
            scale,
            reconstructed: [0; 2],
            partial: [0; 2],
            poles: [0; 2],
            differences: [0; 6],
            zeros: [0; 6],
        }
    }

    /// What the next sample is expected to be.
    pub(super) fn estimate(&self) -> i32 {
        self.estimate
    }

    /// The quantizer's scale.
    pub(super) fn scale(&self) -> i32 {
        self.scale
    }

    /// Goes on by a code of four bits of the lower band; gives the difference that it means.
    pub(super) fn adapt_low(&mut self, code: i32) -> i32 {
        self.adapt(&FOUR_BITS, code, 18_432, 8)
    }

    /// Goes on by a code of the higher band; gives the difference that it means.
    pub(super) fn adapt_high(&mut self, code: i32) -> i32 {
        self.adapt(&TWO_BITS, code, 22_528, 10)
    }

    fn adapt(&mut self, table: &[(i32, i32)], code: i32, most: i32, shift: i32) -> i32 {
        let index = usize::try_from(code).unwrap_or(0);
        let (step, change) = table.get(index).copied().unwrap_or_default();
        let difference = (self.scale * step) >> 15;
        self.scale_logarithm = (((self.scale_logarithm * 127) >> 7) + change).clamp(0, most);
        let within = usize::try_from((self.scale_logarithm >> 6) & 31).unwrap_or(0);
        let octave = shift - (self.scale_logarithm >> 11);
        let scale = OCTAVE.get(within).copied().unwrap_or(0);
        self.scale = if octave < 0 {
            scale << -octave
        } else {
            scale >> octave
        } << 2;
        self.predict(difference);
        difference
    }

    fn predict(&mut self, difference: i32) {
        let reconstructed = limited(self.estimate + difference);
        let partial = limited(self.zeros_estimate + difference);
        self.move_poles(partial);
        let step = if difference == 0 { 0 } else { 128 };
        for (zero, earlier) in self.zeros.iter_mut().zip(&self.differences) {
            // UPZERO
            let moved = if same_sign(*earlier, difference) {
                step
            } else {
                -step
            };
            *zero = limited(moved + ((*zero * 32_640) >> 15));
        }
        self.differences.copy_within(0..5, 1);
        self.differences[0] = difference;
        self.reconstructed = [reconstructed, self.reconstructed[0]];
        self.partial = [partial, self.partial[0]];
        // FILTEP, FILTEZ, PREDIC
        let filtered = |coefficients: &[i32], signal: &[i32]| {
            let terms = coefficients.iter().zip(signal);
            terms
                .map(|(coefficient, signal)| (coefficient * limited(signal * 2)) >> 15)
                .sum::<i32>()
        };
        let poles_estimate = limited(filtered(&self.poles, &self.reconstructed));
        self.zeros_estimate = limited(filtered(&self.zeros, &self.differences));
        self.estimate = limited(poles_estimate + self.zeros_estimate);
    }

    fn move_poles(&mut self, partial: i32) {
        let as_last = same_sign(partial, self.partial[0]);
        // UPPOL2
        let first = limited(self.poles[0] * 4);
        let first = if as_last { -first } else { first };
        let towards = if same_sign(partial, self.partial[1]) {
            128
        } else {
            -128
        };
        let second = (first.min(32_767) >> 7) + towards + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        // UPPOL1
        let towards = if as_last { 192 } else { -192 };
        let first = limited(towards + ((self.poles[0] * 32_640) >> 15));
        let most = limited(15_360 - second);
        self.poles = [first.clamp(-most, most), second];
    }
}

/// 16 bits.
pub(super) fn limited(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

fn same_sign(first: i32, second: i32) -> bool {
    (first < 0) == (second < 0)
}
