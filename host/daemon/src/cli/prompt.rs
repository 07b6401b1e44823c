//! `switchhook prompt`: what callers would be played, as a file: to listen to, and to see whether it can be played at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use hound::{SampleFormat, WavSpec, WavWriter};
use switchhook_media::sound::playlist::{Item, Player, Playing, Times};
use switchhook_media::sound::read::SoundLimits;
use switchhook_media::sound::recording::Sound;
use switchhook_routing::prompt::{Prompt, Speech, Tone};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::cli::runtime::block_on;
use crate::config;
use crate::prompts::settings::PromptSettings;
use crate::prompts::shelf::{PromptContext, Shelf};

/// Samples that are rendered at once.
const FRAME: usize = 960;

/// What is done with a prompt.
#[derive(Debug, Subcommand)]
pub enum PromptCommand {
    /// Fetch a file of the media folder or a URL as a caller would hear it
    Play {
        /// A path in the media folder, an http: or https: URL, or tone:KIND[:COUNTRY] (dial, ringing, busy, congestion, information, beep)
        prompt: String,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Speak words as a caller would hear them
    Say {
        /// The words
        text: String,
        /// The language: a tag such as de or en-GB [default: the domain's]
        #[arg(long)]
        language: Option<String>,
        /// A voice of the speech engine
        #[arg(long)]
        voice: Option<String>,
        /// How.
        #[command(flatten)]
        how: How,
    },
    /// Look whether a file can be played: its format is recognised, read whole, and measured
    Check {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// How a prompt is rendered.
#[derive(Debug, Args)]
pub struct How {
    /// The configuration file
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
    /// The domain whose language and country hold [default: the first]
    #[arg(long)]
    pub domain: Option<String>,
    /// Samples per second
    #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(8_000..=48_000))]
    pub rate: u32,
    /// The WAV file to write
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

/// Does it.
///
/// # Errors
/// The configuration is wrong, the prompt cannot be had, or the file cannot be written.
pub fn run(command: PromptCommand) -> anyhow::Result<()> {
    match command {
        PromptCommand::Play { prompt, how } => block_on(render(parsed(&prompt)?, how)),
        PromptCommand::Say {
            text,
            language,
            voice,
            how,
        } => {
            let speech = Speech {
                text,
                language,
                voice,
            };
            block_on(render(Prompt::Speech(speech), how))
        }
        PromptCommand::Check { files } => check(&files),
    }
}

/// A prompt as the command line says it.
fn parsed(text: &str) -> anyhow::Result<Prompt> {
    if text.starts_with("http:") || text.starts_with("https:") {
        return Ok(Prompt::Url(text.to_owned()));
    }
    let Some(tone) = text.strip_prefix("tone:") else {
        return Ok(Prompt::File(text.to_owned()));
    };
    let (kind, country) = match tone.split_once(':') {
        Some((kind, country)) => (kind, Some(country.to_owned())),
        None => (tone, None),
    };
    let kind = serde_json::from_value(kind.into());
    Ok(Prompt::Tone(Tone {
        kind: kind.with_context(|| format!("{text}: there is no such tone"))?,
        country,
        milliseconds: 10_000,
    }))
}

async fn render(prompt: Prompt, how: How) -> anyhow::Result<()> {
    let (settings, _) = config::load(&how.config).map_err(|report| anyhow!("{report}"))?;
    let first = settings.domains.first().map(|domain| domain.name.clone());
    let domain = how.domain.or(first).unwrap_or_default();
    if !settings.domains.iter().any(|known| known.name == domain) {
        bail!("there is no domain {domain}");
    }
    let item = fetch(settings.prompts(), &prompt, &domain, how.rate).await?;
    let samples = rendered(item, how.rate);
    let sound = Sound::new(how.rate, samples);
    println!("{}", measured(&sound));
    if let Some(output) = how.output {
        write(&output, &sound)?;
    }
    Ok(())
}

async fn fetch(
    settings: PromptSettings,
    prompt: &Prompt,
    domain: &str,
    rate: u32,
) -> anyhow::Result<Item> {
    let shelf = Shelf::new(settings, Handle::current());
    let context = PromptContext {
        domain: Arc::from(domain),
        rate,
    };
    let (tell, told) = oneshot::channel();
    shelf.load(prompt, &context, move |result| {
        // Whoever asked is gone if nobody hears it.
        let _ = tell.send(result);
    });
    Ok(told.await??)
}

fn rendered(item: Item, rate: u32) -> Vec<i16> {
    let mut player = Player::new(vec![item], Times::Of(1));
    let mut samples = Vec::new();
    let mut frame = [0; FRAME];
    loop {
        match player.next(rate, &mut frame) {
            Playing::More => samples.extend_from_slice(&frame),
            Playing::Over(count) => {
                samples.extend(frame.iter().take(count));
                return samples;
            }
        }
    }
}

fn check(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut bad = 0;
    for file in files {
        match checked(file) {
            Ok(line) => println!("{}: {line}", file.display()),
            Err(error) => {
                bad += 1;
                println!("{}: {error:#}", file.display());
            }
        }
    }
    if bad > 0 {
        bail!("{bad} of {} cannot be played", files.len());
    }
    Ok(())
}

fn checked(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file)?;
    let name = file.file_name().and_then(|name| name.to_str());
    let sound = Sound::read(&bytes, name, &SoundLimits::default())?;
    Ok(measured(&sound))
}

/// A sound in one line: how long, at which rate, how loud.
fn measured(sound: &Sound) -> String {
    let millis = Duration::from_millis(sound.duration().as_millis() as u64);
    let peak = f64::from(sound.peak()) / 32_768.0;
    let peak = match sound.peak() {
        0 => "silent".to_owned(),
        32_767.. => "peak 0.0 dB: clipped, or nearly".to_owned(),
        _ => format!("peak {:.1} dB", 20.0 * peak.log10()),
    };
    format!("{millis:?}, {} samples per second, {peak}", sound.rate())
}

fn write(path: &Path, sound: &Sound) -> anyhow::Result<()> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: sound.rate(),
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let write = || -> hound::Result<()> {
        let mut writer = WavWriter::create(path, spec)?;
        for sample in sound.samples() {
            writer.write_sample(*sample)?;
        }
        writer.finalize()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests;
