//! Sines through every pair of rates: how clean they stay, what is folded back, how many samples come out.

use std::f64::consts::TAU;

use crate::codec::resampler::Resampler;

const RATES: [u32; 6] = [8_000, 16_000, 24_000, 32_000, 44_100, 48_000];

fn sine(hertz: f64, rate: u32, seconds: f64) -> Vec<i16> {
    let sample = |at: u32| (TAU * hertz * f64::from(at) / f64::from(rate)).sin() * 20_000.0;
    let count = (f64::from(rate) * seconds) as u32;
    (0..count).map(|at| sample(at).round() as i16).collect()
}

fn pairs() -> impl Iterator<Item = (u32, u32)> {
    let all = RATES
        .into_iter()
        .flat_map(|from| RATES.map(|to| (from, to)));
    all.filter(|(from, to)| from != to)
}

/// The amplitude of a sine in samples, and how much there is beside it: in dB below it.
fn measure(samples: &[i16], hertz: f64, rate: u32) -> (f64, f64) {
    let (mut sines, mut cosines) = (0.0, 0.0);
    for (at, sample) in samples.iter().enumerate() {
        let phase = TAU * hertz * at as f64 / f64::from(rate);
        sines += f64::from(*sample) * phase.sin();
        cosines += f64::from(*sample) * phase.cos();
    }
    let count = samples.len() as f64;
    let (sines, cosines) = (sines * 2.0 / count, cosines * 2.0 / count);
    let rest = samples.iter().enumerate().map(|(at, sample)| {
        let phase = TAU * hertz * at as f64 / f64::from(rate);
        (f64::from(*sample) - sines * phase.sin() - cosines * phase.cos()).powi(2)
    });
    let power = (sines * sines + cosines * cosines) / 2.0;
    let rest = rest.sum::<f64>() / count;
    (power.sqrt() * 2_f64.sqrt(), 10.0 * (power / rest).log10())
}

fn resampled(from: u32, to: u32, hertz: f64) -> Vec<i16> {
    let mut out = Vec::new();
    let mut resampler = Resampler::new(from, to);
    for frame in sine(hertz, from, 0.5).chunks(from as usize / 50) {
        resampler.process(frame, &mut out);
    }
    // Without the beginning, where the filter fills.
    out.split_off(to as usize / 10)
}

#[test]
fn a_sine_of_speech_stays_as_loud_and_clean() {
    for (from, to) in pairs() {
        for hertz in [300.0, 1_000.0, 3_000.0, 3_400.0] {
            let (loud, clean) = measure(&resampled(from, to, hertz), hertz, to);
            assert!(
                (19_700.0..20_300.0).contains(&loud),
                "{from} {to} {hertz}: {loud}"
            );
            assert!(clean > 60.0, "{from} to {to}, {hertz} Hz: {clean} dB");
        }
    }
}

#[test]
fn what_the_new_rate_cannot_carry_is_not_heard_as_something_else() {
    for (from, to) in pairs().filter(|(from, to)| from > to) {
        let highest = f64::from(to) / 2.0;
        for hertz in [highest * 1.1, highest * 1.3, f64::from(from) / 2.0 - 100.0] {
            if hertz >= f64::from(from) / 2.0 || hertz < highest * 1.1 {
                continue;
            }
            let out = resampled(from, to, hertz);
            let power: f64 = out.iter().map(|sample| f64::from(*sample).powi(2)).sum();
            let loud = (power / out.len() as f64 * 2.0).sqrt();
            let below = 20.0 * (20_000.0 / loud.max(0.1)).log10();
            assert!(below > 55.0, "{from} to {to}, {hertz} Hz: {below} dB");
        }
    }
}

#[test]
fn as_many_samples_come_out_as_time_has_passed() {
    for (from, to) in pairs() {
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        let mut given = 0_u64;
        for length in [1, 7, 160, 441, 960, 3].into_iter().cycle().take(600) {
            resampler.process(&vec![1_000; length], &mut out);
            given += length as u64;
            let expected = (given * u64::from(to)).div_ceil(u64::from(from));
            assert_eq!(out.len() as u64, expected, "{from} to {to}");
        }
    }
}

#[test]
fn how_the_stream_is_cut_changes_nothing() {
    let input = sine(700.0, 44_100, 0.2);
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    Resampler::new(44_100, 8_000).process(&input, &mut whole);
    let mut resampler = Resampler::new(44_100, 8_000);
    for piece in input.chunks(37) {
        resampler.process(piece, &mut cut);
    }
    assert_eq!(whole, cut);
}

#[test]
fn the_same_rate_passes_as_it_is() {
    let mut out = Vec::new();
    let mut resampler = Resampler::new(16_000, 16_000);
    resampler.process(&[1, -2, 3], &mut out);
    assert_eq!(out, [1, -2, 3]);
    assert!(resampler.is_idle());
}

#[test]
fn the_loudest_signals_do_not_overflow() {
    for (from, to) in pairs() {
        for half in 1..5 {
            let mut out = Vec::new();
            let square: Vec<i16> = (0..2_000)
                .map(|at| {
                    if at / half % 2 == 0 {
                        i16::MAX
                    } else {
                        i16::MIN
                    }
                })
                .collect();
            Resampler::new(from, to).process(&square, &mut out);
            assert!(!out.is_empty());
        }
    }
}
