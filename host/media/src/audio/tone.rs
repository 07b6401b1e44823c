//! A sine tone, and how loud a tone is in what was heard: enough to tell whether sound came through.

use std::f64::consts::TAU;

/// A sine tone without end.
#[derive(Debug, Clone)]
pub struct Tone {
    phase: f64,
    step: f64,
    amplitude: f64,
}

impl Tone {
    /// A tone of `hertz` at `rate` samples per second. `amplitude` is 0 to 32,767 and is limited to that.
    pub fn new(hertz: f64, rate: u32, amplitude: f64) -> Tone {
        Tone {
            phase: 0.0,
            step: TAU * hertz / f64::from(rate.max(1)),
            amplitude: amplitude.clamp(0.0, f64::from(i16::MAX)),
        }
    }

    /// Fills `samples` with what comes next.
    pub fn fill(&mut self, samples: &mut [i16]) {
        for sample in samples {
            // A cast from float saturates.
            *sample = (self.phase.sin() * self.amplitude) as i16;
            self.phase = (self.phase + self.step) % TAU;
        }
    }
}

/// The amplitude (0 to 32,767) with which a tone of `hertz` is in `samples` (Goertzel's algorithm). 0 if there are none.
pub fn amplitude(samples: &[i16], hertz: f64, rate: u32) -> f64 {
    let count = u32::try_from(samples.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return 0.0;
    }
    let angle = TAU * hertz / f64::from(rate.max(1));
    let factor = 2.0 * angle.cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + factor * last - before;
        before = last;
        last = next;
    }
    let power = last * last + before * before - factor * last * before;
    power.max(0.0).sqrt() * 2.0 / f64::from(count)
}

#[cfg(test)]
mod tests;
