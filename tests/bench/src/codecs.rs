//! Sound through a row of codecs with losses, and the CPU time of each codec.

use std::hint::black_box;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use switchhook_media::codec::cn::Generator;
use switchhook_media::codec::dtmf::Listener;
use switchhook_media::codec::{CodecError, Decoder, Encoder, Encoding, Parameters, Resampler};

use crate::cpu::thread_time;

/// What sound goes through.
#[derive(Debug, Clone, Default)]
pub struct Passage {
    /// Encoded and decoded by each of them in turn.
    pub encodings: Vec<Encoding>,
    /// Which part of the packets of each stretch is lost, 0 to 1.
    pub loss: f64,
    /// Which packets are lost follows from it.
    pub seed: u64,
    /// Silence is heard in place of lost packets instead of concealment.
    pub silence: bool,
    /// Opus adds what is needed to recover a lost packet from the next one.
    pub recovery: bool,
}

/// Takes sound of a rate through a passage; gives it at the rate of the last encoding.
///
/// # Errors
/// An encoding that is not part of this build.
pub fn pass(passage: &Passage, rate: u32, samples: &[i16]) -> Result<(u32, Vec<i16>), CodecError> {
    let mut chance = StdRng::seed_from_u64(passage.seed);
    let (mut rate, mut samples) = (rate, samples.to_vec());
    for encoding in &passage.encodings {
        let wanted = encoding.sample_rate();
        let mut resampled = Vec::new();
        Resampler::new(rate, wanted).process(&samples, &mut resampled);
        let payloads = encode(*encoding, passage, &resampled)?;
        let lost: Vec<bool> = payloads
            .iter()
            .map(|_| chance.random_bool(passage.loss))
            .collect();
        samples = decode(*encoding, passage, &payloads, &lost)?;
        rate = wanted;
    }
    Ok((rate, samples))
}

fn frame_samples(rate: u32) -> usize {
    usize::try_from(rate / 50).unwrap_or(usize::MAX)
}

fn encode(
    encoding: Encoding,
    passage: &Passage,
    samples: &[i16],
) -> Result<Vec<Vec<u8>>, CodecError> {
    let parameters = Parameters {
        recovery: passage.recovery,
        loss_percent: (passage.loss * 100.0) as u8,
        ..Parameters::default()
    };
    let rate = encoding.sample_rate();
    let mut encoder = Encoder::new(encoding, rate, &parameters)?;
    let frames = samples.chunks_exact(frame_samples(rate));
    frames
        .map(|frame| {
            let mut payload = Vec::new();
            encoder.encode(frame, &mut payload).map(|()| payload)
        })
        .collect()
}

fn decode(
    encoding: Encoding,
    passage: &Passage,
    payloads: &[Vec<u8>],
    lost: &[bool],
) -> Result<Vec<i16>, CodecError> {
    let rate = encoding.sample_rate();
    let (frame, mut heard) = (frame_samples(rate), Vec::new());
    let mut decoder = Decoder::new(encoding, rate)?;
    for (index, payload) in payloads.iter().enumerate() {
        let following = payloads.get(index + 1).filter(|_| !lost[index + 1]);
        match following {
            _ if !lost[index] => decoder.decode(payload, &mut heard)?,
            _ if passage.silence => heard.extend(std::iter::repeat_n(0, frame)),
            Some(following) => decoder.recover(following, frame, &mut heard),
            None => decoder.conceal(frame, &mut heard),
        }
    }
    Ok(heard)
}

/// Lines that say how many µs of CPU time 20 ms of `samples` take in each codec and resampler; of three rounds the least.
///
/// # Errors
/// None with the encodings of this build.
pub fn cost(rate: u32, samples: &[i16]) -> Result<Vec<String>, CodecError> {
    let mut lines =
        vec!["µs of CPU for 20 ms: encoding, decoding, concealing a lost packet".to_owned()];
    for encoding in Encoding::ALL {
        for wanted in encoding.rates().iter().filter(|_| encoding.is_available()) {
            let mut input = Vec::new();
            Resampler::new(rate, *wanted).process(samples, &mut input);
            lines.push(cost_of(encoding, *wanted, &input)?);
        }
    }
    lines.push("µs of CPU for 20 ms: others".to_owned());
    for (from, to) in [
        (8_000, 16_000),
        (8_000, 48_000),
        (16_000, 8_000),
        (48_000, 8_000),
        (44_100, 8_000),
        (44_100, 48_000),
    ] {
        let mut input = Vec::new();
        Resampler::new(rate, from).process(samples, &mut input);
        let mut out = Vec::new();
        let spent = least(
            &input,
            from,
            || Resampler::new(from, to),
            |resampler, frame| {
                out.clear();
                resampler.process(frame, &mut out);
                black_box(&out);
            },
        );
        lines.push(format!("resampling {from} to {to}: {spent:.1}"));
    }
    for wanted in [8_000, 48_000] {
        let mut input = Vec::new();
        Resampler::new(rate, wanted).process(samples, &mut input);
        let spent = least(
            &input,
            wanted,
            || Listener::new(wanted),
            |listener, frame| {
                listener.hear(frame, &mut |key| {
                    black_box(key);
                });
            },
        );
        lines.push(format!("listening for keys at {wanted}: {spent:.1}"));
    }
    let mut out = Vec::new();
    let generator = || {
        let mut generator = Generator::new(1);
        generator.describe(&[40, 100, 150]);
        generator
    };
    let spent = least(samples, rate, generator, |generator, _| {
        out.clear();
        generator.generate(160, &mut out);
        black_box(&out);
    });
    lines.push(format!("comfort noise at 8000: {spent:.1}"));
    Ok(lines)
}

fn cost_of(encoding: Encoding, rate: u32, input: &[i16]) -> Result<String, CodecError> {
    let parameters = Parameters::default();
    let frame = frame_samples(rate);
    let mut payloads = Vec::new();
    let mut encoder = Encoder::new(encoding, rate, &parameters)?;
    for frame in input.chunks_exact(frame) {
        let mut payload = Vec::new();
        encoder.encode(frame, &mut payload)?;
        payloads.push(payload);
    }
    let mut payload = Vec::new();
    let new = || Encoder::new(encoding, rate, &parameters);
    let encoding_cost = least(input, rate, new, |encoder, frame| {
        payload.clear();
        let encoded = encoder
            .as_mut()
            .map(|encoder| encoder.encode(frame, &mut payload));
        assert!(matches!(black_box(encoded), Ok(Ok(()))));
    });
    let mut out = Vec::new();
    let decoding = |every: usize| {
        let mut costs = Vec::new();
        for _ in 0..3 {
            let mut decoder = Decoder::new(encoding, rate)?;
            let began = thread_time();
            for (index, payload) in payloads.iter().enumerate() {
                out.clear();
                if index % every == 1 {
                    decoder.conceal(frame, &mut out);
                } else {
                    decoder.decode(payload, &mut out)?;
                }
                black_box(&out);
            }
            costs.push((thread_time() - began).as_secs_f64() * 1e6 / payloads.len() as f64);
        }
        Ok(costs.into_iter().fold(f64::INFINITY, f64::min))
    };
    let mut decoding = decoding;
    let whole: f64 = decoding(usize::MAX)?;
    // A loss every other packet: what is more than decoding is concealment and blending.
    let concealing = 2.0 * decoding(2)? - whole;
    let bytes: usize = payloads.iter().map(Vec::len).sum();
    let rate_sent = bytes as f64 * 8.0 / (payloads.len() as f64 * 0.02) / 1_000.0;
    Ok(format!(
        "{} at {rate} ({rate_sent:.0} kbit/s): {encoding_cost:.1}, {whole:.1}, {concealing:.1}",
        encoding.name(),
    ))
}

/// The least mean of three rounds: µs for 20 ms.
fn least<T>(
    input: &[i16],
    rate: u32,
    new: impl Fn() -> T,
    mut step: impl FnMut(&mut T, &[i16]),
) -> f64 {
    let rounds = (0..3).map(|_| {
        let mut state = new();
        let began = thread_time();
        let mut frames = 0;
        for frame in input.chunks_exact(frame_samples(rate)) {
            step(&mut state, frame);
            frames += 1;
        }
        (thread_time() - began).as_secs_f64() * 1e6 / f64::from(frames.max(1))
    });
    rounds.fold(f64::INFINITY, f64::min)
}
