//! MP3, FLAC and Ogg Vorbis: a library demultiplexes and decodes, what comes out is counted and mixed to one channel here.

use std::io::Cursor;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{FlacReader, MpaReader, OggReader};
use symphonia::default::get_codecs;

use crate::limits::SOUND_CHANNELS;
use crate::sound::collect::{Collected, sixteen_bits};
use crate::sound::error::SoundError;
use crate::sound::read::SoundLimits;
use crate::sound::recording::Sound;

/// The formats that a library decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Flac,
    Mp3,
    Ogg,
}

impl Format {
    /// What a file is by its first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Format> {
        match without_tag(bytes) {
            [b'f', b'L', b'a', b'C', ..] => Some(Format::Flac),
            [b'O', b'g', b'g', b'S', ..] => Some(Format::Ogg),
            // An MPEG frame's header: eleven bits of synchronisation, layer III, no reserved version.
            [0xff, second, third, ..]
                if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 && third & 0xf0 != 0xf0 =>
            {
                Some(Format::Mp3)
            }
            _ if bytes.starts_with(b"ID3") => Some(Format::Mp3),
            _ => None,
        }
    }
}

/// What follows an ID3v2 tag, which may be long and holds nothing that is heard (pictures, mostly).
fn without_tag(bytes: &[u8]) -> &[u8] {
    const HEADER: usize = 10;
    const FOOTER_FLAG: u8 = 0x10;
    let mut rest = bytes;
    // Some writers put one tag before another.
    while let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = rest {
        // Seven bits count of each byte.
        let length = [a, b, c, d]
            .iter()
            .fold(0, |length, byte| (length << 7) | usize::from(**byte & 0x7f));
        let footer = if flags & FOOTER_FLAG == 0 { 0 } else { HEADER };
        rest = rest.get(HEADER + length + footer..).unwrap_or_default();
    }
    rest
}

/// Decodes a whole file.
pub(super) fn read(
    bytes: &[u8],
    format: Format,
    limits: &SoundLimits,
) -> Result<Sound, SoundError> {
    let source = Cursor::new(without_tag(bytes));
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    let options = FormatOptions::default();
    let mut reader: Box<dyn FormatReader + '_> = match format {
        Format::Flac => Box::new(FlacReader::try_new(stream, options).map_err(why)?),
        Format::Mp3 => Box::new(MpaReader::try_new(stream, options).map_err(why)?),
        Format::Ogg => Box::new(OggReader::try_new(stream, options).map_err(why)?),
    };
    let track = reader.default_track(TrackType::Audio);
    let track = track.ok_or_else(|| SoundError::Unsupported("an Ogg file without audio".into()))?;
    let id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
    let parameters = parameters.ok_or_else(|| SoundError::Unsupported("its codec".into()))?;
    let options = AudioDecoderOptions::default();
    let decoder = get_codecs().make_audio_decoder(parameters, &options);
    let mut decoder = decoder.map_err(why)?;

    let mut sound: Option<Collected> = None;
    let mut damage = None;
    let mut interleaved: Vec<f32> = Vec::new();
    // A file that ends in the middle is played as far as it goes.
    while let Ok(Some(packet)) = reader.next_packet() {
        if packet.track_id != id {
            continue;
        }
        let decoded = match decoder.decode(&packet) {
            Ok(decoded) => decoded,
            Err(error @ (Error::DecodeError(_) | Error::IoError(_))) => {
                damage = Some(why(error));
                continue;
            }
            Err(error) => return Err(why(error)),
        };
        let (rate, channels) = (decoded.spec().rate(), decoded.num_planes());
        if !(1..=SOUND_CHANNELS).contains(&channels) {
            let what = format!("a recording with {channels} channels");
            return Err(SoundError::Unsupported(what));
        }
        if sound.as_ref().is_some_and(|sound| sound.rate != rate) {
            let what = "a rate that changes in the middle".to_owned();
            return Err(SoundError::Unsupported(what));
        }
        let sound = match &mut sound {
            Some(sound) => sound,
            none => none.insert(Collected::new(rate, limits)?),
        };
        decoded.copy_to_vec_interleaved(&mut interleaved);
        let share = 1.0 / channels as f32;
        for frame in interleaved.chunks_exact(channels) {
            sound.push(sixteen_bits(frame.iter().sum::<f32>() * share))?;
        }
    }
    match (sound, damage) {
        (Some(sound), _) => Ok(sound.finish()),
        (None, Some(damage)) => Err(damage),
        (None, None) => Err(SoundError::Empty),
    }
}

fn why(error: Error) -> SoundError {
    match error {
        Error::Unsupported(what) => SoundError::Unsupported(what.to_owned()),
        Error::DecodeError(what) | Error::LimitError(what) => SoundError::Damaged(what.to_owned()),
        other => SoundError::Damaged(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
