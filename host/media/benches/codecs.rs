//! 20 ms of sound through every encoder and decoder, and through the resamplers that calls need.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use switchhook_media::codec::{Decoder, Encoder, Encoding, Parameters, Resampler};

/// A voice of 130 Hz that swells, with some noise.
fn voice(rate: u32) -> Vec<i16> {
    let mut chance: u32 = 1;
    (0..rate)
        .map(|at| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let time = f64::from(at) / f64::from(rate);
            let cycle = (time * 130.0).fract() - 0.5;
            let swell = (time * 4.0 * std::f64::consts::TAU).sin().abs();
            (cycle * swell * 12_000.0) as i16 + ((chance >> 24) as i16 - 128)
        })
        .collect()
}

fn codecs(criterion: &mut Criterion) {
    let available = Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_available());
    for encoding in available {
        let rate = encoding.sample_rate();
        let voice = voice(rate);
        let frames: Vec<&[i16]> = voice.chunks_exact(rate as usize / 50).collect();
        let make = || Encoder::new(encoding, rate, &Parameters::default());
        let (Ok(mut encoder), Ok(mut decoder)) = (make(), Decoder::new(encoding, rate)) else {
            continue;
        };
        let mut payloads = Vec::new();
        for frame in &frames {
            let mut payload = Vec::new();
            let encoded = encoder.encode(frame, &mut payload);
            assert_eq!(encoded, Ok(()));
            payloads.push(payload);
        }
        let mut group = criterion.benchmark_group(encoding.name());
        let (mut at, mut payload) = (0, Vec::new());
        group.bench_function("encode", |bencher| {
            bencher.iter(|| {
                payload.clear();
                at = (at + 1) % frames.len();
                black_box(encoder.encode(frames[at], &mut payload))
            });
        });
        let (mut at, mut heard) = (0, Vec::new());
        group.bench_function("decode", |bencher| {
            bencher.iter(|| {
                heard.clear();
                at = (at + 1) % payloads.len();
                black_box(decoder.decode(&payloads[at], &mut heard))
            });
        });
        group.finish();
    }
}

fn resamplers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("resample");
    for (from, to) in [
        (8_000, 48_000),
        (48_000, 8_000),
        (16_000, 8_000),
        (44_100, 48_000),
    ] {
        let voice = voice(from);
        let frame = voice.get(..from as usize / 50).unwrap_or(&[]);
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        group.bench_function(format!("{from} to {to}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                resampler.process(frame, &mut out);
                black_box(out.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, codecs, resamplers);
criterion_main!(benches);
