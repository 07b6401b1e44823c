//! Keeps a sum of voices within 16 bits without the distortion of cutting it off: it turns the sum down, fast, and up again,
//! slowly. What fits is left as it is, to the bit.

/// Up to here samples pass; beyond, they are turned down to this.
const CEILING: i32 = 32_000;
/// How much is turned up again in a frame of 20 ms: 0.5 dB.
const RELEASE: f32 = 1.059;
/// Which part of a frame turning down takes: 1 ms of 20.
const ATTACK: usize = 20;

/// The limiter of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter { gain: 1.0 }
    }
}

impl Limiter {
    /// Brings a frame into range.
    pub(crate) fn apply(&mut self, sum: &[i32], out: &mut Vec<i16>) {
        out.clear();
        let peak = sum.iter().map(|sample| sample.saturating_abs()).max();
        let peak = peak.unwrap_or(0);
        if peak <= CEILING && self.gain >= 1.0 {
            // It fits, so that the cast loses nothing.
            out.extend(sum.iter().map(|sample| *sample as i16));
            return;
        }
        let needed = if peak > CEILING {
            CEILING as f32 / peak as f32
        } else {
            1.0
        };
        let next = needed.min(self.gain * RELEASE).min(1.0);
        let falls = next < self.gain;
        let length = if falls {
            (sum.len() / ATTACK).max(1)
        } else {
            sum.len().max(1)
        };
        let step = (next - self.gain) / length as f32;
        let mut gain = self.gain;
        for (place, sample) in sum.iter().enumerate() {
            if place < length {
                gain += step;
            }
            out.push(soften(*sample as f32 * gain));
        }
        self.gain = next;
    }
}

/// What is above the ceiling while the gain still falls is bent towards the end of the range, which it never reaches.
fn soften(sample: f32) -> i16 {
    let ceiling = CEILING as f32;
    let room = f32::from(i16::MAX) - ceiling;
    let above = sample.abs() - ceiling;
    if above <= 0.0 {
        return sample as i16;
    }
    let bent = ceiling + room * above / (above + room);
    bent.copysign(sample) as i16
}
