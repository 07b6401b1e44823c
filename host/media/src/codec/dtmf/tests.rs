//! The limits of Q.24: levels, twist, deviations of frequency, durations, pauses, noise, and speech that is none of it.

use std::f64::consts::TAU;

use crate::codec::dtmf::{Dialler, HIGH, KEYS, LOW, Listener};
use crate::codec::test_signal::signal;

const RATES: [u32; 4] = [8_000, 16_000, 44_100, 48_000];

fn heard(rate: u32, samples: &[i16]) -> String {
    let (mut keys, mut listener) = (String::new(), Listener::new(rate));
    for frame in samples.chunks(rate as usize / 50) {
        listener.hear(frame, &mut |key| keys.push(key));
    }
    keys
}

fn silence(rate: u32, milliseconds: u32) -> Vec<i16> {
    vec![0; (rate * milliseconds / 1_000) as usize]
}

/// A pair of tones: frequencies in Hz and amplitudes of each.
fn pair(rate: u32, low: (f64, f64), high: (f64, f64), milliseconds: u32) -> Vec<i16> {
    let tone = |(hertz, amplitude): (f64, f64), at: u32| {
        (TAU * hertz * f64::from(at) / f64::from(rate) + 0.7).sin() * amplitude
    };
    (0..rate * milliseconds / 1_000)
        .map(|at| (tone(low, at) + tone(high, at)) as i16)
        .collect()
}

/// What is heard of a pair at every beginning relative to the blocks.
fn heard_at_every_offset(low: (f64, f64), high: (f64, f64), milliseconds: u32) -> Vec<String> {
    let sound = pair(8_000, low, high, milliseconds);
    let offsets = (0..102).step_by(6);
    let heard = offsets.map(|offset| {
        let mut samples = vec![0; 800 + offset];
        samples.extend(&sound);
        samples.extend(silence(8_000, 100));
        heard(8_000, &samples)
    });
    heard.collect()
}

#[test]
fn every_key_that_is_dialled_is_heard_once_at_every_rate() {
    for rate in RATES {
        let mut samples = silence(rate, 100);
        for key in KEYS.concat() {
            let mut sound = silence(rate, 50);
            Dialler::new(key.to_ascii_lowercase(), rate)
                .unwrap()
                .fill(&mut sound);
            samples.extend(sound);
            samples.extend(silence(rate, 50));
        }
        assert_eq!(
            heard(rate, &samples),
            KEYS.concat().iter().collect::<String>()
        );
    }
    assert!(Dialler::new('E', 8_000).is_none());
}

#[test]
fn the_same_key_pressed_twice_is_two_and_held_for_a_second_is_one() {
    let mut samples = silence(8_000, 40);
    for milliseconds in [40, 40, 1_000] {
        samples.extend(pair(
            8_000,
            (770.0, 5_000.0),
            (1_336.0, 5_000.0),
            milliseconds,
        ));
        samples.extend(silence(8_000, 40));
    }
    assert_eq!(heard(8_000, &samples), "555");
}

#[test]
fn forty_milliseconds_are_always_heard_and_twenty_never() {
    for low in LOW {
        for high in HIGH {
            let of =
                |milliseconds| heard_at_every_offset((low, 5_000.0), (high, 6_000.0), milliseconds);
            assert!(of(40).iter().all(|keys| keys.len() == 1), "{low} {high}");
            assert!(of(20).iter().all(String::is_empty), "{low} {high}");
        }
    }
}

#[test]
fn an_interruption_of_ten_milliseconds_does_not_make_two_of_a_key() {
    for offset in (0..102).step_by(6) {
        let mut samples = vec![0; 800 + offset];
        for pause in [10, 100] {
            samples.extend(pair(8_000, (852.0, 5_000.0), (1_477.0, 5_000.0), 60));
            samples.extend(silence(8_000, pause));
        }
        assert_eq!(heard(8_000, &samples), "9");
    }
}

#[test]
fn frequencies_may_be_one_and_a_half_per_cent_off() {
    for low in LOW {
        for high in HIGH {
            for (a, b) in [
                (1.015, 1.015),
                (0.985, 0.985),
                (1.015, 0.985),
                (0.985, 1.015),
            ] {
                let heard = heard_at_every_offset((low * a, 5_000.0), (high * b, 5_000.0), 45);
                assert!(
                    heard.iter().all(|keys| keys.len() == 1),
                    "{low} {high} {a} {b} {heard:?}"
                );
            }
        }
    }
    // Half way to the next tone is no tone.
    for off in [1.045, 0.955] {
        let heard = heard_at_every_offset((697.0 * off, 5_000.0), (1_209.0 * off, 5_000.0), 100);
        assert!(heard.iter().all(String::is_empty), "{off} {heard:?}");
    }
}

#[test]
fn levels_and_twist_within_the_limits_are_heard_and_others_are_not() {
    let decibels = |level: f64| 32_767.0 * 10_f64.powf((level - 314.0 / 100.0) / 20.0);
    let heard = |low: f64, high: f64| {
        let (low, high) = ((941.0, decibels(low)), (1_336.0, decibels(high)));
        heard_at_every_offset(low, high, 50)
    };
    for (low, high) in [(-3.0, -3.5), (-25.0, -25.0), (-10.0, -6.5), (-6.0, -13.5)] {
        assert!(
            heard(low, high).iter().all(|keys| keys == "0"),
            "{low} {high}"
        );
    }
    for (low, high) in [
        (-45.0, -45.0),
        (-20.0, -10.0),
        (-10.0, -22.0),
        (-10.0, -90.0),
    ] {
        assert!(
            heard(low, high).iter().all(String::is_empty),
            "{low} {high}"
        );
    }
}

#[test]
fn keys_are_heard_in_noise_of_15_db_less() {
    let mut chance: u32 = 3;
    let mut samples = Vec::new();
    for key in KEYS.concat() {
        samples.extend(silence(8_000, 60));
        let mut sound = silence(8_000, 60);
        Dialler::new(key, 8_000).unwrap().fill(&mut sound);
        samples.extend(sound);
    }
    samples.extend(silence(8_000, 60));
    for sample in &mut samples {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Uniform: its power is a third of its amplitude's square.
        *sample += ((chance >> 16) as u16 as i16) / 13;
    }
    assert_eq!(
        heard(8_000, &samples),
        KEYS.concat().iter().collect::<String>()
    );
}

#[test]
fn noise_music_of_single_tones_and_voices_press_no_keys() {
    assert_eq!(heard(8_000, &signal(400_000)), "");
    let mut tones = Vec::new();
    for hertz in (300..3_400).step_by(7) {
        tones.extend(pair(8_000, (f64::from(hertz), 12_000.0), (0.0, 0.0), 60));
    }
    assert_eq!(heard(8_000, &tones), "");
    // Voices: every harmonic of a gliding pitch, shaped by two formants.
    for formants in [
        (700.0, 1_200.0),
        (300.0, 2_300.0),
        (500.0, 1_500.0),
        (850.0, 1_610.0),
    ] {
        let mut phase = 0.0;
        let voice = (0..80_000).map(|at| {
            let pitch = 90.0 + 80.0 * (1.0 + (f64::from(at) / 9_000.0).sin());
            phase += TAU * pitch / 8_000.0;
            let harmonics = (1..24).map(|harmonic| {
                let hertz = pitch * f64::from(harmonic);
                let near = |formant: f64| 1.0 / (1.0 + ((hertz - formant) / 180.0).powi(2));
                (phase * f64::from(harmonic)).sin() * (near(formants.0) + 0.7 * near(formants.1))
            });
            (harmonics.sum::<f64>() * 7_000.0) as i16
        });
        assert_eq!(
            heard(8_000, &voice.collect::<Vec<i16>>()),
            "",
            "{formants:?}"
        );
    }
}
