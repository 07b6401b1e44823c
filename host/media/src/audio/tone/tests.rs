//! Tones made and found again.

use crate::audio::tone::{Tone, amplitude};

#[test]
fn a_tone_is_found_with_its_amplitude_and_others_are_not() {
    let mut samples = [0; 8_000];
    Tone::new(440.0, 8_000, 10_000.0).fill(&mut samples);
    assert!((amplitude(&samples, 440.0, 8_000) - 10_000.0).abs() < 50.0);
    assert!(amplitude(&samples, 1_000.0, 8_000) < 50.0);
    assert!(amplitude(&[], 440.0, 8_000) == 0.0);
}

#[test]
fn a_tone_goes_on_where_it_stopped() {
    let mut whole = [0; 320];
    Tone::new(440.0, 8_000, 10_000.0).fill(&mut whole);
    let mut tone = Tone::new(440.0, 8_000, 10_000.0);
    let mut parts = [0; 320];
    let (one, other) = parts.split_at_mut(160);
    tone.fill(one);
    tone.fill(other);
    assert_eq!(whole, parts);
}
