//! Losses in a periodic signal, where it is known what should have been heard.

use std::f64::consts::TAU;

use crate::codec::concealment::Concealment;
use crate::codec::test_signal::signal_to_noise;

/// A voice at 110 Hz with five harmonics.
fn voice(rate: u32, count: usize) -> Vec<i16> {
    let sample = |at: usize| {
        let phase = TAU * 110.0 * at as f64 / f64::from(rate);
        let sum: f64 = (1..6)
            .map(|harmonic| (phase * f64::from(harmonic)).sin() / f64::from(harmonic))
            .sum();
        (sum * 8_000.0) as i16
    };
    (0..count).map(sample).collect()
}

/// What is heard if `lost` milliseconds are lost after 200.
fn with_loss(rate: u32, lost: usize) -> (Vec<i16>, Vec<i16>) {
    let millisecond = rate as usize / 1_000;
    let sent = voice(rate, 500 * millisecond);
    let mut concealment = Concealment::new(rate);
    let mut heard = Vec::new();
    for (index, frame) in sent.chunks(20 * millisecond).enumerate() {
        if (10..10 + lost / 20).contains(&index) {
            concealment.conceal(frame.len(), &mut heard);
        } else {
            let mut frame = frame.to_vec();
            concealment.heard(&mut frame);
            heard.extend(frame);
        }
    }
    (sent, heard)
}

#[test]
fn a_lost_packet_of_a_voice_is_hardly_missed() {
    for rate in [8_000, 16_000, 48_000] {
        let (sent, heard) = with_loss(rate, 20);
        assert_eq!(sent.len(), heard.len());
        let lost = rate as usize / 5..rate as usize * 22 / 100;
        let ratio = signal_to_noise(&sent[lost.clone()], &heard[lost]);
        assert!(ratio > 12.0, "{ratio} dB at {rate}");
    }
}

#[test]
fn nothing_clicks_where_a_loss_begins_and_ends() {
    for rate in [8_000, 16_000] {
        for lost in [20, 40, 100] {
            let (sent, heard) = with_loss(rate, lost);
            let steepest = |samples: &[i16]| {
                let steps = samples.windows(2).map(|pair| pair[1].abs_diff(pair[0]));
                steps.max().unwrap()
            };
            let (before, after) = (steepest(&sent), steepest(&heard));
            assert!(after <= before + before / 4, "{before} {after} at {rate}");
        }
    }
}

#[test]
fn a_long_loss_fades_to_silence_within_60_ms_and_the_voice_comes_back() {
    let (sent, heard) = with_loss(8_000, 200);
    assert!(heard[2_080..3_200].iter().all(|sample| *sample == 0));
    assert!(heard[1_600..1_680].iter().any(|sample| *sample > 6_000));
    assert_eq!(sent[3_280..], heard[3_280..]);
    assert_eq!(sent[..1_600], heard[..1_600]);
}

#[test]
fn a_loss_before_anything_was_heard_is_silence() {
    let mut out = vec![7];
    Concealment::new(8_000).conceal(300, &mut out);
    assert_eq!(out.len(), 301);
    assert!(out[1..].iter().all(|sample| *sample == 0));
}

#[test]
fn the_loudest_signals_do_not_overflow() {
    for rate in [8_000, 16_000, 48_000] {
        let mut concealment = Concealment::new(rate);
        let mut frame: Vec<i16> = (0..rate / 50)
            .map(|at| if at % 2 == 0 { i16::MIN } else { i16::MAX })
            .collect();
        for _ in 0..5 {
            concealment.heard(&mut frame);
        }
        let mut out = Vec::new();
        concealment.conceal(5_000, &mut out);
        concealment.heard(&mut frame);
        assert_eq!(out.len(), 5_000);
    }
}
