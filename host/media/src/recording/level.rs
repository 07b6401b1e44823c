//! How loud it is, and whether somebody speaks: good enough to notice that a speaker has stopped. No speech recogniser, and
//! no voice activity detection for the purposes of a codec.

/// What is judged at once: 20 ms.
const FRAMES_PER_SECOND: u32 = 50;
/// What is quieter than this is silence whatever surrounds it: the root mean square of about -50 dB below full scale.
const QUIETEST: f64 = 104.0;
/// What is louder than this (-26 dB) is taken for a voice, however noisy it is around it.
const LOUDEST_NOISE: f64 = 1_640.0;
/// A voice is so much louder than the noise around it: 9 dB.
const ABOVE_NOISE: f64 = 2.8;
/// The noise is taken to be louder by so much a frame when it is louder than it was thought to be: it doubles in half a second.
const NOISE_RISE: f64 = 1.028;
/// A voice lasts for so many frames at least; a click or the key of a phone is none.
const SHORTEST_VOICE: u32 = 3;

/// Tells a voice from the noise around it.
#[derive(Debug, Clone)]
pub struct Listener {
    frame: usize,
    sum: f64,
    count: usize,
    noise: f64,
    loud_frames: u32,
    heard: u64,
    last_voice: Option<u64>,
}

impl Listener {
    /// A listener to samples at this rate.
    pub fn new(rate: u32) -> Listener {
        Listener {
            frame: usize::try_from(rate / FRAMES_PER_SECOND)
                .unwrap_or(160)
                .max(1),
            sum: 0.0,
            count: 0,
            noise: QUIETEST,
            loud_frames: 0,
            heard: 0,
            last_voice: None,
        }
    }

    /// Listens to what comes next.
    pub fn hear(&mut self, samples: &[i16]) {
        for sample in samples {
            self.sum += f64::from(*sample) * f64::from(*sample);
            self.count += 1;
            self.heard += 1;
            if self.count == self.frame {
                self.judge();
            }
        }
    }

    /// How many samples have been heard.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// After how many samples a voice was heard last; `None`: never.
    pub fn last_voice(&self) -> Option<u64> {
        self.last_voice
    }

    /// For how many samples nobody has spoken.
    pub fn silent(&self) -> u64 {
        self.heard.saturating_sub(self.last_voice.unwrap_or(0))
    }

    fn judge(&mut self) {
        let samples = u32::try_from(self.count).unwrap_or(u32::MAX);
        let level = (self.sum / f64::from(samples.max(1))).sqrt();
        self.sum = 0.0;
        self.count = 0;
        // The pauses between words bring it down at once, so that speech does not become the noise.
        self.noise = if level < self.noise {
            level.max(QUIETEST / ABOVE_NOISE)
        } else {
            (self.noise * NOISE_RISE).min(level)
        };
        let threshold = (self.noise * ABOVE_NOISE).clamp(QUIETEST, LOUDEST_NOISE);
        if level <= threshold {
            self.loud_frames = 0;
            return;
        }
        self.loud_frames += 1;
        if self.loud_frames >= SHORTEST_VOICE {
            self.last_voice = Some(self.heard);
        }
    }
}

#[cfg(test)]
mod tests;
