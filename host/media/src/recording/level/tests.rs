//! Voices, silence and noise: when a speaker has stopped.

use super::*;
use crate::audio::tone::Tone;

const RATE: u32 = 8_000;

/// White noise of about this root mean square.
fn noise(seconds: f64, level: f64, seed: &mut u64) -> Vec<i16> {
    let count = (seconds * f64::from(RATE)) as usize;
    (0..count)
        .map(|_| {
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            let unit = (*seed >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0;
            (unit * level * 3f64.sqrt()) as i16
        })
        .collect()
}

/// Syllables: a tone that is there for 180 ms and away for 80, upon noise.
fn speech(seconds: f64, amplitude: f64, around: f64, seed: &mut u64) -> Vec<i16> {
    let mut samples = noise(seconds, around, seed);
    let mut tone = Tone::new(220.0, RATE, amplitude);
    for (number, chunk) in samples.chunks_mut(80).enumerate() {
        let mut voice = vec![0; chunk.len()];
        tone.fill(&mut voice);
        if number % 26 < 18 {
            for (sample, voice) in chunk.iter_mut().zip(voice) {
                *sample = sample.saturating_add(voice);
            }
        }
    }
    samples
}

fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(RATE)
}

#[test]
fn silence_after_speech_is_as_long_as_it_is() {
    for around in [0.0, 5.0, 60.0, 300.0, 600.0] {
        let mut seed = 7;
        let mut listener = Listener::new(RATE);
        listener.hear(&noise(1.0, around, &mut seed));
        listener.hear(&speech(6.0, 6_000.0, around, &mut seed));
        let said = listener.silent();
        assert!(seconds(said) < 0.3, "noise of {around}: {}", seconds(said));
        listener.hear(&noise(4.0, around, &mut seed));
        let silent = seconds(listener.silent());
        assert!(
            (3.7..4.4).contains(&silent),
            "noise of {around}: silent for {silent} s"
        );
    }
}

#[test]
fn noise_alone_is_no_voice_for_long() {
    for around in [0.0, 30.0, 200.0, 800.0] {
        let mut seed = 9;
        let mut listener = Listener::new(RATE);
        listener.hear(&noise(5.0, around, &mut seed));
        let silent = seconds(listener.silent());
        assert!(silent > 3.0, "noise of {around}: silent for {silent} s");
    }
}

#[test]
fn speech_from_the_first_sample_on_is_a_voice_all_the_time() {
    let mut seed = 3;
    let mut listener = Listener::new(RATE);
    for _ in 0..20 {
        listener.hear(&speech(1.0, 2_000.0, 40.0, &mut seed));
        assert!(seconds(listener.silent()) < 0.5);
    }
}

#[test]
fn a_click_is_no_voice() {
    let mut listener = Listener::new(RATE);
    listener.hear(&[0; 8_000]);
    listener.hear(&[20_000; 160]);
    listener.hear(&[0; 8_000]);
    assert_eq!(listener.last_voice(), None);
    assert_eq!(listener.silent(), listener.heard());
}
