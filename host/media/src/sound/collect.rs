//! Collects the samples of a recording that is being read, up to its limit.

use crate::limits;
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

/// Samples that are being read, with their bound.
pub(super) struct Collected {
    pub(super) rate: u32,
    samples: Vec<i16>,
    most: usize,
    seconds: u32,
}

impl Collected {
    /// For samples of this rate.
    pub(super) fn new(rate: u32, limits: &SoundLimits) -> Result<Collected, SoundError> {
        if !limits::SOUND_RATES.contains(&rate) {
            let what = format!("a rate of {rate} samples per second");
            return Err(SoundError::Unsupported(what));
        }
        let most = limits.seconds as usize * rate as usize;
        Ok(Collected {
            rate,
            samples: Vec::new(),
            most: most.min(limits.samples),
            seconds: limits.seconds,
        })
    }

    pub(super) fn push(&mut self, sample: i16) -> Result<(), SoundError> {
        if self.samples.len() >= self.most {
            return Err(SoundError::TooLong {
                seconds: self.seconds.min(self.most as u32 / self.rate),
            });
        }
        self.samples.push(sample);
        Ok(())
    }

    pub(super) fn finish(self) -> Sound {
        Sound::new(self.rate, self.samples)
    }
}

/// A sample of -1 to 1 as 16 bits; what is beyond is clipped.
pub(super) fn sixteen_bits(sample: f32) -> i16 {
    // A cast from float saturates, and makes 0 of what is no number.
    (sample * 32_768.0).round() as i16
}
