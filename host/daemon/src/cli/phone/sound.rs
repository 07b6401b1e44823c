//! What the phone plays and records: tones, and WAV files of any rate and width, as 8,000 samples a second.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, bail};
use switchhook_media::audio::tone::Tone;

/// Samples per second of G.711.
pub const RATE: u32 = 8_000;
/// How loud a tone is, of 32,767.
const TONE_AMPLITUDE: f64 = 8_000.0;
/// The longest file that is played: samples (ten minutes).
const MAX_SAMPLES: usize = 600 * RATE as usize;

/// What to play, as the command line says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Playback {
    /// Nothing is sent but silence.
    Silence,
    /// A tone of so many hertz.
    Tone(f64),
    /// A WAV file, from its beginning and over again.
    File(PathBuf),
}

impl FromStr for Playback {
    type Err = String;

    fn from_str(text: &str) -> Result<Playback, String> {
        match text.strip_prefix("tone:") {
            Some(hertz) => match hertz.parse::<f64>() {
                Ok(hertz) if (20.0..4_000.0).contains(&hertz) => Ok(Playback::Tone(hertz)),
                _ => Err(format!("{hertz}: a tone has 20 to 4,000 hertz")),
            },
            None if text == "silence" => Ok(Playback::Silence),
            None => Ok(Playback::File(PathBuf::from(text))),
        }
    }
}

/// A source of samples without end.
#[derive(Debug, Clone)]
pub enum Source {
    /// Silence.
    Silence,
    /// A tone.
    Tone(Tone),
    /// Samples, over and over.
    Loop {
        /// The samples; never empty.
        samples: Vec<i16>,
        /// Which comes next.
        next: usize,
    },
}

impl Source {
    /// Opens what is to be played.
    ///
    /// # Errors
    /// The file cannot be read, or is no WAV file.
    pub fn open(playback: &Playback) -> anyhow::Result<Source> {
        match playback {
            Playback::Silence => Ok(Source::Silence),
            Playback::Tone(hertz) => Ok(Source::Tone(Tone::new(*hertz, RATE, TONE_AMPLITUDE))),
            Playback::File(path) => Ok(Source::Loop {
                samples: read(path)?,
                next: 0,
            }),
        }
    }

    /// Fills `samples` with what comes next.
    pub fn fill(&mut self, samples: &mut [i16]) {
        match self {
            Source::Silence => samples.fill(0),
            Source::Tone(tone) => tone.fill(samples),
            Source::Loop { samples: all, next } => {
                for sample in samples {
                    *sample = all.get(*next).copied().unwrap_or(0);
                    *next = (*next + 1) % all.len().max(1);
                }
            }
        }
    }
}

/// Writes samples as a WAV file of 8,000 samples a second.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, samples: &[i16]) -> anyhow::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let write = || -> hound::Result<()> {
        let mut writer = hound::WavWriter::create(path, spec)?;
        for sample in samples {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a WAV file: its first channel, brought to 8,000 samples a second.
fn read(path: &Path) -> anyhow::Result<Vec<i16>> {
    let reader = hound::WavReader::open(path);
    let mut reader = reader.with_context(|| format!("cannot play {}", path.display()))?;
    let spec = reader.spec();
    let step = usize::from(spec.channels.max(1));
    let most = MAX_SAMPLES.saturating_mul(spec.sample_rate as usize / RATE as usize + 1);
    let samples: Result<Vec<i16>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Int => {
            let bits = u32::from(spec.bits_per_sample);
            let to_sixteen = move |sample: i32| {
                (if bits > 16 {
                    sample >> (bits - 16)
                } else {
                    sample << (16 - bits)
                }) as i16
            };
            let samples = reader.samples::<i32>().step_by(step).take(most);
            samples.map(|sample| sample.map(to_sixteen)).collect()
        }
        hound::SampleFormat::Float => {
            let samples = reader.samples::<f32>().step_by(step).take(most);
            samples
                .map(|sample| sample.map(|sample| (sample * 32_767.0) as i16))
                .collect()
        }
    };
    let samples = samples.with_context(|| format!("{} is damaged", path.display()))?;
    if samples.is_empty() || spec.sample_rate == 0 {
        bail!("{} holds no sound", path.display());
    }
    Ok(resample(&samples, spec.sample_rate))
}

/// To 8,000 samples a second, by the average of what falls into each or between two neighbours.
fn resample(samples: &[i16], rate: u32) -> Vec<i16> {
    if rate == RATE {
        return samples.to_vec();
    }
    let ratio = f64::from(rate) / f64::from(RATE);
    let count = (samples.len() as f64 / ratio) as usize;
    let at = |index: usize| f64::from(samples.get(index).or(samples.last()).copied().unwrap_or(0));
    (0..count.max(1))
        .map(|index| {
            let (from, to) = (index as f64 * ratio, (index + 1) as f64 * ratio);
            if ratio > 1.0 {
                let (first, last) = (from as usize, (to as usize).max(from as usize + 1));
                ((first..last).map(at).sum::<f64>() / (last - first) as f64) as i16
            } else {
                let whole = from as usize;
                let part = from - whole as f64;
                (at(whole) * (1.0 - part) + at(whole + 1) * part) as i16
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use switchhook_media::audio::tone::amplitude;

    #[test]
    fn a_recording_is_played_as_it_was_written() {
        let path =
            std::env::temp_dir().join(format!("switchhook-sound-{}.wav", std::process::id()));
        let mut tone = Source::open(&Playback::Tone(440.0)).unwrap();
        let mut samples = vec![0; 800];
        tone.fill(&mut samples);
        write(&path, &samples).unwrap();
        let mut played = vec![0; 1_600];
        Source::open(&Playback::File(path.clone()))
            .unwrap()
            .fill(&mut played);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(played[..800], samples);
        assert_eq!(played[800..], samples, "it begins anew at its end");
    }

    #[test]
    fn other_rates_keep_their_pitch() {
        for rate in [16_000, 44_100, 48_000, 4_000] {
            let mut samples = vec![0; rate as usize];
            Tone::new(440.0, rate, 8_000.0).fill(&mut samples);
            let heard = resample(&samples, rate);
            assert!(
                (7_990..=8_000).contains(&heard.len()),
                "{rate}: {}",
                heard.len()
            );
            assert!(amplitude(&heard, 440.0, RATE) > 7_000.0, "{rate}");
        }
    }

    #[test]
    fn what_is_no_sound_is_refused_in_words() {
        assert!("tone:9000".parse::<Playback>().is_err());
        let error = Source::open(&Playback::File("no-such.wav".into())).unwrap_err();
        assert!(format!("{error:#}").contains("no-such.wav"), "{error:#}");
    }
}
