//! A recording as samples in memory.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::sound::resample::resample;

/// A recording in memory: one channel of 16-bit samples. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Sound {
    rate: u32,
    samples: Arc<[i16]>,
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound")
            .field("rate", &self.rate)
            .field("samples", &self.samples.len())
            .finish()
    }
}

impl Sound {
    /// A sound of samples that are there already. A `rate` of 0 counts as 1.
    pub fn new(rate: u32, samples: impl Into<Arc<[i16]>>) -> Sound {
        Sound {
            rate: rate.max(1),
            samples: samples.into(),
        }
    }

    /// Samples per second; at least 1.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The samples.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// How long it is.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate))
    }

    /// How much memory its samples take: bytes.
    pub fn bytes(&self) -> usize {
        self.samples.len() * size_of::<i16>()
    }

    /// The loudest sample: 0 to 32,768.
    pub fn peak(&self) -> u16 {
        let loudness = self.samples.iter().map(|sample| sample.unsigned_abs());
        loudness.max().unwrap_or(0)
    }

    /// The same at another rate. Not for the tick: a minute of sound takes some milliseconds to convert.
    pub fn at(&self, rate: u32) -> Sound {
        if rate == self.rate {
            return self.clone();
        }
        let rate = rate.max(1);
        Sound::new(rate, resample(&self.samples, self.rate, rate))
    }
}

#[cfg(test)]
mod tests;
