//! Comfort noise (RFC 3389): what is heard while the other side sends nothing, made from its description of its background, and the
//! description of a background.

/// The most reflection coefficients that are used: order 12. A payload may say more.
const ORDER: usize = 12;
/// The order of what we describe.
const DESCRIBED: usize = 10;
/// A filter nearer to instability than that would ring.
const STEEPEST: f32 = 0.98;

/// Makes noise after a description.
#[derive(Debug, Clone)]
pub struct Generator {
    chance: u32,
    reflection: [f32; ORDER],
    memory: [f32; ORDER],
    /// The amplitude of what the filter is fed with.
    amplitude: f32,
    /// Nothing has been described yet.
    unknown: bool,
}

impl Generator {
    /// A generator that is silent until it is told how the background sounds. `seed` makes its noise differ from others'.
    pub fn new(seed: u32) -> Generator {
        Generator {
            chance: seed,
            reflection: [0.0; ORDER],
            memory: [0.0; ORDER],
            amplitude: 0.0,
            unknown: true,
        }
    }

    /// Takes a payload: the level in -dBov (§3.1), then reflection coefficients (§3.2). An empty one says nothing. What is heard goes
    /// half way to what is described, so that no description is heard as a step.
    pub fn describe(&mut self, payload: &[u8]) {
        let Some((level, coefficients)) = payload.split_first() else {
            return;
        };
        let nearer = if self.unknown { 1.0 } else { 0.5 };
        self.unknown = false;
        let mut gain = 1.0;
        let told = coefficients.iter().map(|byte| f32::from(*byte));
        let told = told.map(|byte| ((byte - 127.0) * 258.0 / 32_768.0).clamp(-STEEPEST, STEEPEST));
        for (kept, told) in self
            .reflection
            .iter_mut()
            .zip(told.chain(std::iter::repeat(0.0)))
        {
            *kept += (told - *kept) * nearer;
            gain *= 1.0 - *kept * *kept;
        }
        let effective = 32_768.0 * 10_f32.powf(-f32::from(level & 0x7f) / 20.0);
        // What is fed is uniform: its amplitude is √3 of its effective value.
        let amplitude = effective * gain.sqrt() * 3_f32.sqrt();
        self.amplitude += (amplitude - self.amplitude) * nearer;
    }

    /// Whether a background has been described.
    pub fn is_described(&self) -> bool {
        !self.unknown
    }

    /// Appends `samples` samples of noise.
    pub fn generate(&mut self, samples: usize, out: &mut Vec<i16>) {
        for _ in 0..samples {
            self.chance = self
                .chance
                .wrapping_mul(1_664_525)
                .wrapping_add(1_013_904_223);
            let uniform = (self.chance >> 8) as f32 / 8_388_608.0 - 1.0;
            // A cast from float saturates.
            out.push(self.filter(uniform * self.amplitude) as i16);
        }
    }

    /// The all-pole lattice of the coefficients.
    fn filter(&mut self, value: f32) -> f32 {
        let mut straight = value;
        let mut next: Option<&mut f32> = None;
        for (kept, coefficient) in self.memory.iter_mut().zip(&self.reflection).rev() {
            straight -= coefficient * *kept;
            let left = *kept + coefficient * straight;
            if let Some(next) = next {
                *next = left;
            }
            next = Some(kept);
        }
        if let Some(first) = next {
            *first = straight;
        }
        straight
    }
}

/// Describes a background.
#[derive(Debug, Clone, Default)]
pub struct Analyser {
    correlation: [f64; DESCRIBED + 1],
    samples: f64,
}

impl Analyser {
    /// Takes samples of the background; what came earlier counts less and less.
    pub fn hear(&mut self, samples: &[i16]) {
        for (lag, sum) in self.correlation.iter_mut().enumerate() {
            let later = samples.iter().skip(lag).map(|sample| f64::from(*sample));
            let products = later.zip(samples).map(|(a, b)| a * f64::from(*b));
            *sum = *sum * 0.9 + products.sum::<f64>();
        }
        self.samples = self.samples * 0.9 + samples.len() as f64;
    }

    /// Appends the payload that describes what was heard: eleven bytes.
    pub fn describe(&self, out: &mut Vec<u8>) {
        let [energy, ..] = self.correlation;
        let effective = (energy / self.samples.max(1.0)).sqrt().max(1e-3);
        let level = (-20.0 * (effective / 32_768.0).log10()).round();
        // Casts from float saturate.
        out.push(level.clamp(0.0, 127.0) as u8);
        let quantized = self
            .reflection()
            .map(|value| (value * 32_768.0 / 258.0 + 127.0).round().clamp(0.0, 254.0) as u8);
        out.extend(quantized);
    }

    /// Schur's recursion; the sign is that of A(z) = 1 + Σ aᵢ z⁻ⁱ.
    fn reflection(&self) -> [f64; DESCRIBED] {
        let mut straight = self.correlation;
        // As if there were a little white noise: a pure tone cannot be described.
        straight[0] = straight[0] * 1.001 + 1.0;
        let mut delayed = straight;
        let mut coefficients = [0.0; DESCRIBED];
        for (order, coefficient) in coefficients.iter_mut().enumerate() {
            let [energy, next, ..] = straight;
            let value = (-next / energy).clamp(-0.99, 0.99);
            *coefficient = value;
            straight[0] += next * value;
            let before = straight;
            let rows = straight.iter_mut().zip(&mut delayed).skip(1);
            for ((above, below), next) in
                rows.zip(before.iter().skip(2)).take(DESCRIBED - 1 - order)
            {
                *above = next + *below * value;
                *below += next * value;
            }
        }
        coefficients
    }
}

#[cfg(test)]
mod tests;
