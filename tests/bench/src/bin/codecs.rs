//! What a call sounds like after codecs, and what they cost. `codecs --help` tells how.

use std::path::Path;

use anyhow::{Context, bail};
use switchhook_bench::codecs::{Passage, cost, pass};
use switchhook_media::codec::{Decoder, Encoding, Resampler};

const HELP: &str = "\
Takes sound through codecs as the switch does, and measures what each costs.

usage: codecs pass IN OUT PATH [--loss PERCENT] [--seed N] [--silence] [--recovery] [--rate HZ]
       codecs cost IN

  IN           a mono WAV file of 16 bits, or raw G.722 (*.g722)
  OUT          a WAV file
  PATH         encodings, one after the other: PCMA,opus encodes to A-law, decodes, resamples, encodes to Opus, decodes
  --loss       loses so many packets of each stretch, at random (0)
  --seed       another pattern of losses (1)
  --silence    silence in the place of what was lost, instead of concealment
  --recovery   Opus sends what is needed to recover a lost packet from the next one
  --rate       of OUT (that of the last encoding)
  cost         prints the CPU time of 20 ms for each encoder, decoder, concealment and resampler
";

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["pass", input, output, path, options @ ..] => {
            let (rate, samples) = read(input)?;
            let encodings: Option<Vec<Encoding>> = path.split(',').map(Encoding::named).collect();
            let mut passage = Passage {
                encodings: encodings.context("no such encoding")?,
                ..Passage::default()
            };
            let out_rate = parse(options, &mut passage)?;
            let (heard_rate, heard) = pass(&passage, rate, &samples)?;
            let out_rate = out_rate.unwrap_or(heard_rate);
            let mut out = Vec::new();
            Resampler::new(heard_rate, out_rate).process(&heard, &mut out);
            write(output, out_rate, &out)
        }
        ["cost", input] => {
            let (rate, samples) = read(input)?;
            for line in cost(rate, &samples)? {
                println!("{line}");
            }
            Ok(())
        }
        _ => {
            print!("{HELP}");
            Ok(())
        }
    }
}

fn parse(options: &[&str], passage: &mut Passage) -> anyhow::Result<Option<u32>> {
    let (mut rate, mut options) = (None, options.iter());
    while let Some(option) = options.next() {
        let mut value = || {
            options
                .next()
                .with_context(|| format!("{option} needs a value"))
        };
        match *option {
            "--loss" => passage.loss = value()?.parse::<f64>()? / 100.0,
            "--seed" => passage.seed = value()?.parse()?,
            "--rate" => rate = Some(value()?.parse()?),
            "--silence" => passage.silence = true,
            "--recovery" => passage.recovery = true,
            other => bail!("{other} is no option"),
        }
    }
    Ok(rate)
}

fn read(path: &str) -> anyhow::Result<(u32, Vec<i16>)> {
    if Path::new(path).extension().is_some_and(|end| end == "g722") {
        let mut samples = Vec::new();
        let mut decoder = Decoder::new(Encoding::G722, 16_000)?;
        for payload in std::fs::read(path)?.chunks(160) {
            decoder.decode(payload, &mut samples)?;
        }
        return Ok((16_000, samples));
    }
    let mut reader = hound::WavReader::open(path)?;
    let spec = reader.spec();
    if spec.channels != 1 || spec.bits_per_sample != 16 {
        bail!("{path} is not mono of 16 bits");
    }
    let samples: Result<Vec<i16>, _> = reader.samples().collect();
    Ok((spec.sample_rate, samples?))
}

fn write(path: &str, rate: u32, samples: &[i16]) -> anyhow::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in samples {
        writer.write_sample(*sample)?;
    }
    Ok(writer.finalize()?)
}
