//! WAV files: RIFF chunks, the format, the samples. 8, 16, 24 and 32 bits, 32- and 64-bit float, µ-law and A-law.

use crate::codec::g711::Law;
use crate::limits::SOUND_CHANNELS;
use crate::sound::collect::{Collected, sixteen_bits};
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

/// The most chunks that are looked at.
const CHUNKS: usize = 1_024;

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;
const A_LAW: u16 = 0x0006;
const MU_LAW: u16 = 0x0007;
const EXTENSIBLE: u16 = 0xfffe;

#[derive(Debug, Clone, Copy)]
enum Coding {
    /// Unsigned, with 128 as silence.
    Eight,
    /// Signed, little endian, so many bytes; what counts are the uppermost bits.
    Integer(usize),
    Float32,
    Float64,
    G711(Law),
}

#[derive(Debug, Clone, Copy)]
struct Format {
    coding: Coding,
    channels: usize,
    rate: u32,
}

/// Reads a whole WAV file.
pub(super) fn read(bytes: &[u8], limits: &SoundLimits) -> Result<Sound, SoundError> {
    let damaged = |what: &str| SoundError::Damaged(what.to_owned());
    if bytes.get(8..12) != Some(b"WAVE") {
        return Err(damaged("it begins as RIFF and not as WAVE"));
    }
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut format = None;
    for _ in 0..CHUNKS {
        let Some((name, length, body)) = chunk(rest) else {
            break;
        };
        match name {
            b"fmt " => {
                let content = body.get(..length).unwrap_or(body);
                format = Some(Format::read(content)?);
            }
            b"data" => {
                let format = format.ok_or_else(|| damaged("no format before its samples"))?;
                // Who writes to a pipe cannot go back to put the length in; then the samples go on to the end.
                return samples(body.get(..length).unwrap_or(body), format, limits);
            }
            _ => {}
        }
        // Chunks begin at even places.
        let next = length.saturating_add(length & 1);
        rest = body.get(next..).unwrap_or_default();
    }
    Err(damaged("it has no samples"))
}

/// The chunk that `bytes` begin with: its name, its length, and everything after its head.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], usize, &[u8])> {
    let (name, rest) = bytes.split_first_chunk::<4>()?;
    let (length, body) = rest.split_first_chunk::<4>()?;
    Some((name, u32::from_le_bytes(*length) as usize, body))
}

impl Format {
    fn read(bytes: &[u8]) -> Result<Format, SoundError> {
        let short = || SoundError::Damaged("its format is too short".to_owned());
        let number = |at: usize| {
            let pair = bytes.get(at..at + 2)?;
            Some(u16::from_le_bytes(pair.try_into().ok()?))
        };
        let (tag, channels, bits) = (number(0), number(2), number(14));
        let (Some(mut tag), Some(channels), Some(bits)) = (tag, channels, bits) else {
            return Err(short());
        };
        let rate = bytes.get(4..8).and_then(|four| four.try_into().ok());
        let rate = u32::from_le_bytes(rate.ok_or_else(short)?);
        if tag == EXTENSIBLE {
            // The identifier of the real coding begins with its number; what follows is the same for all of them.
            tag = number(24).ok_or_else(short)?;
        }
        let unsupported = |what: String| Err(SoundError::Unsupported(what));
        let coding = match (tag, bits) {
            (PCM, 1..=8) => Coding::Eight,
            (PCM, 9..=32) => Coding::Integer(usize::from(bits).div_ceil(8)),
            (FLOAT, 32) => Coding::Float32,
            (FLOAT, 64) => Coding::Float64,
            (MU_LAW, 8) => Coding::G711(Law::Mu),
            (A_LAW, 8) => Coding::G711(Law::A),
            (tag, bits) => {
                return unsupported(format!("WAV of format {tag:#06x} with {bits} bits"));
            }
        };
        let channels = usize::from(channels);
        if !(1..=SOUND_CHANNELS).contains(&channels) {
            return unsupported(format!("WAV with {channels} channels"));
        }
        Ok(Format {
            coding,
            channels,
            rate,
        })
    }
}

fn samples(bytes: &[u8], format: Format, limits: &SoundLimits) -> Result<Sound, SoundError> {
    let mut sound = Collected::new(format.rate, limits)?;
    let width = format.coding.width();
    if format.channels == 1 && matches!(format.coding, Coding::Integer(2)) {
        for pair in bytes.as_chunks::<2>().0 {
            sound.push(i16::from_le_bytes(*pair))?;
        }
        return Ok(sound.finish());
    }
    let share = 1.0 / format.channels as f32;
    for frame in bytes.chunks_exact(width * format.channels) {
        let channels = frame.chunks_exact(width);
        let sum: f32 = channels.map(|sample| format.coding.decode(sample)).sum();
        sound.push(sixteen_bits(sum * share))?;
    }
    Ok(sound.finish())
}

impl Coding {
    /// Bytes of one sample.
    fn width(self) -> usize {
        match self {
            Coding::Eight | Coding::G711(_) => 1,
            Coding::Integer(width) => width,
            Coding::Float32 => 4,
            Coding::Float64 => 8,
        }
    }

    /// One sample of exactly as many bytes as its width, as -1 to 1.
    fn decode(self, bytes: &[u8]) -> f32 {
        let first = bytes.first().copied().unwrap_or(0);
        match self {
            Coding::Eight => (f32::from(first) - 128.0) / 128.0,
            Coding::G711(law) => f32::from(law.decode(first)) / 32_768.0,
            Coding::Integer(_) => {
                // The last byte is the uppermost: it ends up where the sign of 32 bits is.
                let whole = bytes
                    .iter()
                    .fold(0_u32, |whole, byte| (whole >> 8) | (u32::from(*byte) << 24));
                whole.cast_signed() as f32 / 2_147_483_648.0
            }
            Coding::Float32 => bytes.try_into().map_or(0.0, f32::from_le_bytes),
            Coding::Float64 => bytes
                .try_into()
                .map_or(0.0, |eight| f64::from_le_bytes(eight) as f32),
        }
    }
}

#[cfg(test)]
mod tests;
