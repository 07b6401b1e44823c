//! That noise sounds as described, and is described as it sounds.

use crate::codec::cn::{Analyser, Generator};

fn noise(payload: &[u8], samples: usize) -> Vec<i16> {
    let mut generator = Generator::new(1);
    generator.describe(payload);
    let mut out = Vec::new();
    generator.generate(samples, &mut out);
    out
}

/// The level in -dBov.
fn level(samples: &[i16]) -> f64 {
    let squares = samples.iter().map(|sample| f64::from(*sample).powi(2));
    let mean = squares.sum::<f64>() / samples.len() as f64;
    -20.0 * (mean.sqrt() / 32_768.0).log10()
}

#[test]
fn the_level_is_the_one_described_whatever_the_spectrum_is() {
    for spectrum in [
        &[][..],
        &[60, 140, 120],
        &[200, 90],
        &[20, 200, 100, 127, 127, 127],
    ] {
        for told in [20, 40, 60] {
            let mut payload = vec![told];
            payload.extend(spectrum);
            let heard = level(&noise(&payload, 40_000));
            let apart = (heard - f64::from(told)).abs();
            assert!(apart < 1.5, "{spectrum:?} {told} {heard}");
        }
    }
}

#[test]
fn a_description_of_the_noise_is_the_description_it_was_made_from() {
    let described = [45, 40, 170, 110, 127, 140, 127, 127, 127, 127, 127];
    let mut analyser = Analyser::default();
    for frame in noise(&described, 160_000).chunks(1_600) {
        analyser.hear(frame);
    }
    let mut payload = Vec::new();
    analyser.describe(&mut payload);
    assert_eq!(payload.len(), described.len());
    for (told, made) in payload.iter().zip(described) {
        assert!(told.abs_diff(made) <= 6, "{payload:?} {described:?}");
    }
}

#[test]
fn negative_first_coefficients_are_low_noise_as_others_have_it() {
    let steps = |samples: &[i16]| -> f64 {
        let steps = samples
            .windows(2)
            .map(|pair| f64::from(pair[1]) - f64::from(pair[0]));
        steps.map(|step| step * step).sum()
    };
    assert!(steps(&noise(&[40, 40], 8_000)) * 4.0 < steps(&noise(&[40, 214], 8_000)));
}

#[test]
fn without_a_description_it_is_silent_and_any_description_is_bounded() {
    let mut generator = Generator::new(9);
    generator.describe(&[]);
    assert!(!generator.is_described());
    let mut out = Vec::new();
    generator.generate(160, &mut out);
    assert_eq!(out, [0; 160]);
    for byte in 0..=u8::MAX {
        generator.describe(&vec![byte; 300]);
        generator.generate(160, &mut out);
    }
    assert_eq!(out.len(), 257 * 160);
    let silent = noise(&[127], 8_000);
    assert!(silent.iter().all(|sample| *sample == 0));
}

#[test]
fn silence_and_loudness_can_be_described() {
    for (sample, told) in [(0, 127), (i16::MIN, 0)] {
        let (mut analyser, mut payload) = (Analyser::default(), Vec::new());
        analyser.hear(&vec![sample; 320]);
        analyser.describe(&mut payload);
        assert_eq!(payload[0], told);
        assert_eq!(payload.len(), 11);
    }
}
