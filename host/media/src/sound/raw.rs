//! Files without a header, which say by their name alone what they are.

use crate::codec::g711::Law;
use crate::sound::collect::Collected;
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

/// Samples per second of G.711, and of `.sln`.
const NARROW: u32 = 8_000;

#[derive(Debug, Clone, Copy)]
enum Coding {
    G711(Law),
    /// 16 bits, little endian, so many samples per second.
    Linear(u32),
}

/// Reads a headerless file by its name's ending.
pub(super) fn read(bytes: &[u8], name: &str, limits: &SoundLimits) -> Result<Sound, SoundError> {
    let coding = coding(name).ok_or(SoundError::Unknown)?;
    match coding {
        Coding::G711(law) => {
            let mut sound = Collected::new(NARROW, limits)?;
            for byte in bytes {
                sound.push(law.decode(*byte))?;
            }
            Ok(sound.finish())
        }
        Coding::Linear(rate) => {
            let mut sound = Collected::new(rate, limits)?;
            for pair in bytes.as_chunks::<2>().0 {
                sound.push(i16::from_le_bytes(*pair))?;
            }
            Ok(sound.finish())
        }
    }
}

fn coding(name: &str) -> Option<Coding> {
    let ending = name.rsplit('.').next()?.to_ascii_lowercase();
    match ending.as_str() {
        "ulaw" | "ul" | "pcmu" | "mulaw" => Some(Coding::G711(Law::Mu)),
        "alaw" | "al" | "pcma" => Some(Coding::G711(Law::A)),
        "sln" => Some(Coding::Linear(NARROW)),
        other => {
            let thousands = match other.strip_prefix("sln")? {
                "12" => 12_000,
                "16" => 16_000,
                "24" => 24_000,
                "32" => 32_000,
                "44" => 44_100,
                "48" => 48_000,
                "96" => 96_000,
                "192" => 192_000,
                _ => return None,
            };
            Some(Coding::Linear(thousands))
        }
    }
}
