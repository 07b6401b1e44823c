//! Other rates keep pitch, loudness and length, and what they cannot hold is gone.

use crate::audio::tone::{Tone, amplitude};
use crate::sound::recording::Sound;

fn tone(hertz: f64, rate: u32) -> Sound {
    let mut samples = vec![0; rate as usize];
    Tone::new(hertz, rate, 10_000.0).fill(&mut samples);
    Sound::new(rate, samples)
}

#[test]
fn another_rate_keeps_pitch_loudness_and_length() {
    for from in [
        8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 12_345,
    ] {
        for to in [8_000, 16_000, 48_000] {
            let heard = tone(1_000.0, from).at(to);
            assert_eq!(heard.rate(), to);
            assert_eq!(heard.samples().len(), to as usize, "{from} to {to}");
            let middle = &heard.samples()[to as usize / 10..to as usize * 9 / 10];
            let loudness = amplitude(middle, 1_000.0, to);
            assert!(
                (9_900.0..10_100.0).contains(&loudness),
                "{from} to {to}: {loudness}"
            );
            // Nothing else is heard beside it.
            let power: f64 = middle.iter().map(|s| f64::from(*s).powi(2)).sum();
            let all = (2.0 * power / middle.len() as f64).sqrt();
            assert!(
                (all - loudness).abs() < 20.0,
                "{from} to {to}: {loudness} of {all}"
            );
        }
    }
}

#[test]
fn what_a_lower_rate_cannot_hold_is_not_folded_into_it() {
    for hertz in [4_300.0, 5_000.0, 7_900.0, 13_000.0] {
        let heard = tone(hertz, 48_000).at(8_000);
        let samples = &heard.samples()[800..7_200];
        let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest < Some(40), "{hertz}: {loudest:?}");
    }
}

#[test]
fn the_beginning_is_neither_late_nor_lost() {
    let mut click = vec![0; 4_800];
    click[2_400] = 20_000;
    click[0] = 20_000;
    let heard = Sound::new(48_000, click).at(16_000);
    let peak = |range: std::ops::Range<usize>| {
        let samples = heard.samples()[range].iter().enumerate();
        samples
            .max_by_key(|(_, sample)| **sample)
            .map(|(index, _)| index)
    };
    assert_eq!(peak(0..400), Some(0));
    assert_eq!(peak(400..1_600), Some(400));
}

#[test]
fn silly_rates_and_lengths_are_harmless() {
    assert_eq!(Sound::new(0, vec![1]).rate(), 1);
    assert!(Sound::new(8_000, vec![]).at(48_000).samples().is_empty());
    assert_eq!(Sound::new(8_000, vec![5]).at(4_000).samples().len(), 1);
    assert_eq!(tone(100.0, 8_000).at(0).samples().len(), 1);
}
