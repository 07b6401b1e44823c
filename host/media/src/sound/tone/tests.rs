//! What is heard of a tone: frequencies, how long, how loud.

use crate::audio::tone::amplitude;
use crate::sound::tone::{Kind, Voice, cadence, is_known};

const KINDS: [Kind; 7] = [
    Kind::Dial,
    Kind::Ringing,
    Kind::Busy,
    Kind::Congestion,
    Kind::Information,
    Kind::Beep,
    Kind::Silence,
];
const COUNTRIES: [&str; 25] = [
    "de", "at", "ch", "gb", "fr", "it", "es", "nl", "be", "pl", "se", "dk", "no", "fi", "pt", "us",
    "ca", "au", "nz", "jp", "in", "cn", "br", "ru", "za",
];

#[test]
fn every_tone_of_every_country_sounds_as_its_segments_say() {
    for country in COUNTRIES.iter().chain(&["mx", "nowhere"]) {
        for kind in KINDS {
            let cadence = cadence(kind, country);
            assert!(!cadence.segments().is_empty(), "{country} {kind:?}");
            let mut generator = cadence.generator(16_000);
            for segment in cadence.segments().iter().chain(cadence.segments()) {
                assert!(segment.milliseconds > 0, "{country} {kind:?}");
                let mut samples = vec![0; usize::from(segment.milliseconds) * 16];
                generator.fill(&mut samples);
                let heard = |hertz: u16| amplitude(&samples, f64::from(hertz), 16_000);
                let place = format!("{country} {kind:?} {segment:?}");
                match segment.voice {
                    Voice::Silence => assert!(samples.iter().all(|s| *s == 0), "{place}"),
                    Voice::One(hertz) => assert!(heard(hertz) > 6_500.0, "{place}"),
                    Voice::Two(first, second) => {
                        assert!(heard(first) > 4_000.0 && heard(second) > 4_000.0, "{place}");
                    }
                    Voice::Modulated(hertz, by) => {
                        let sides = [heard(hertz - by), heard(hertz + by)];
                        assert!(heard(hertz) > 3_000.0, "{place}");
                        assert!(
                            sides.iter().all(|side| *side > 1_200.0),
                            "{place} {sides:?}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn known_countries_are_found_in_either_case_and_others_have_the_recommended_tones() {
    for country in COUNTRIES {
        assert!(is_known(country), "{country}");
        assert!(is_known(&country.to_uppercase()), "{country}");
    }
    assert!(!is_known("xx") && !is_known("") && !is_known("deutschland"));
    assert_eq!(cadence(Kind::Busy, "xx"), cadence(Kind::Busy, "ch"));
    assert_ne!(cadence(Kind::Busy, "de"), cadence(Kind::Busy, "us"));
}

#[test]
fn german_busy_is_480_milliseconds_on_and_480_off() {
    let mut samples = vec![0; 8_000 * 2];
    cadence(Kind::Busy, "de")
        .generator(8_000)
        .fill(&mut samples);
    for (index, stretch) in samples.chunks(3_840).enumerate().take(4) {
        let heard = amplitude(stretch, 425.0, 8_000);
        assert_eq!(heard > 6_500.0, index % 2 == 0, "stretch {index}: {heard}");
    }
}

#[test]
fn frames_of_any_length_are_the_same_samples_and_a_continuous_tone_does_not_click() {
    let dial = cadence(Kind::Dial, "us");
    let mut whole = vec![0; 48_000 * 3];
    dial.generator(48_000).fill(&mut whole);
    let mut generator = dial.generator(48_000);
    let mut pieces = vec![0; whole.len()];
    for piece in pieces.chunks_mut(777) {
        generator.fill(piece);
    }
    assert_eq!(whole, pieces);
    // The steepest slope of both sines together.
    let steepest = whole
        .windows(2)
        .map(|pair| (i32::from(pair[0]) - i32::from(pair[1])).abs());
    assert!(steepest.max() < Some(600), "a jump between two rounds");
}

#[test]
fn one_can_go_to_any_place_of_a_tone() {
    let ringing = cadence(Kind::Ringing, "gb");
    let mut whole = vec![0; 8_000 * 7];
    ringing.generator(8_000).fill(&mut whole);
    for place in [0, 1, 3_199, 3_200, 8_111, 24_001, 40_000] {
        let mut generator = ringing.generator(8_000);
        generator.go_to(place);
        let mut frame = [0; 400];
        generator.fill(&mut frame);
        let place = place as usize;
        for (one, other) in frame.iter().zip(&whole[place..]) {
            assert!(one.abs_diff(*other) <= 1, "at {place}");
        }
    }
}
