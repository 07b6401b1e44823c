//! Reads a recording of any format that is known, within limits.

use crate::limits;
use crate::sound::compressed;
use crate::sound::error::SoundError;
use crate::sound::raw;
use crate::sound::recording::Sound;
use crate::sound::wav;

/// What reading a recording may use up; beyond it the reading ends with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundLimits {
    /// The largest file: bytes.
    pub bytes: usize,
    /// The longest recording: seconds.
    pub seconds: u32,
    /// The most samples of one channel, whatever the rate.
    pub samples: usize,
}

impl Default for SoundLimits {
    fn default() -> SoundLimits {
        SoundLimits {
            bytes: limits::SOUND_BYTES,
            seconds: limits::SOUND_SECONDS,
            samples: limits::SOUND_SAMPLES,
        }
    }
}

/// How a file is read.
enum Container {
    Wav,
    Compressed(compressed::Format),
}

impl Container {
    fn of(bytes: &[u8]) -> Option<Container> {
        let begins = |with: &[u8]| bytes.starts_with(with);
        if begins(b"RIFF") || begins(b"RF64") {
            return Some(Container::Wav);
        }
        compressed::Format::of(bytes).map(Container::Compressed)
    }
}

impl Sound {
    /// Reads a recording: WAV (8, 16, 24, 32 bits, float, µ-law, A-law), FLAC, MP3, Ogg Vorbis, told apart by how they begin. Several
    /// channels are mixed to one. `name` is a file name or its ending; it only counts for headerless files, which are of 8,000 samples
    /// a second: `.ulaw`, `.ul`, `.pcmu`, `.alaw`, `.al`, `.pcma`, `.sln` (16 bits, little endian), and `.sln16` and the like (the
    /// thousands of samples a second follow).
    ///
    /// The work is bounded by the limits, but takes long beside a tick of 20 ms: a second of MP3 some milliseconds.
    ///
    /// # Errors
    /// [`SoundError`] says why it is no sound, or that it is beyond the limits.
    pub fn read(
        bytes: &[u8],
        name: Option<&str>,
        limits: &SoundLimits,
    ) -> Result<Sound, SoundError> {
        if bytes.len() > limits.bytes {
            return Err(SoundError::TooLarge {
                bytes: limits.bytes,
            });
        }
        let sound = match Container::of(bytes) {
            Some(Container::Wav) => wav::read(bytes, limits)?,
            Some(Container::Compressed(format)) => compressed::read(bytes, format, limits)?,
            None => raw::read(bytes, name.unwrap_or_default(), limits)?,
        };
        if sound.samples().is_empty() {
            return Err(SoundError::Empty);
        }
        Ok(sound)
    }
}

#[cfg(test)]
mod tests;
