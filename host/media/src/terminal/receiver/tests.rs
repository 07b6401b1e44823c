//! A stream that is heard, whatever happens to its packets. What is played when is tested with the jitter buffer.

use crate::audio::tone::{Tone, amplitude};
use crate::chance::Chance;
use crate::codec::{Encoder, Encoding, Parameters};
use crate::rtp::Packet;
use crate::terminal::jitter::Content;
use crate::terminal::receiver::{Receiver, START_MS};

/// Hears a tone of 440 Hz in an encoding at `rate`; the packets for which `arrives` says no are lost.
fn hear(encoding: Encoding, rate: u32, arrives: impl Fn(u16) -> bool) -> (Receiver, Vec<i16>) {
    let own = encoding.sample_rate();
    let mut encoder = Encoder::new(encoding, own, &Parameters::default()).unwrap();
    let mut tone = Tone::new(440.0, own, 8_000.0);
    let mut receiver = Receiver::new(rate, START_MS);
    let mut heard = Vec::new();
    for sequence in 0..200 {
        let mut samples = vec![0; own as usize / 50];
        tone.fill(&mut samples);
        let mut payload = Vec::new();
        encoder.encode(&samples, &mut payload).unwrap();
        if arrives(sequence) {
            receiver.push(
                &packet(sequence, 1, &payload, encoding),
                Content::Sound(encoding),
            );
        }
        let mut samples = vec![0; rate as usize / 50];
        receiver.pull(&mut samples);
        heard.extend(samples);
    }
    (receiver, heard)
}

fn packet(sequence: u16, ssrc: u32, payload: &[u8], encoding: Encoding) -> Packet<'_> {
    Packet {
        payload_type: 0,
        marker: false,
        sequence,
        timestamp: u32::from(sequence) * encoding.clock_rate() / 50,
        ssrc,
        payload,
    }
}

#[test]
fn a_tone_is_heard_at_any_rate_in_any_encoding() {
    for encoding in Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_available())
    {
        for rate in [8_000, 16_000, 48_000] {
            let (_, heard) = hear(encoding, rate, |_| true);
            let level = amplitude(&heard[rate as usize..], 440.0, rate);
            assert!(
                (6_500.0..9_500.0).contains(&level),
                "{encoding:?} {rate} {level}"
            );
        }
    }
}

#[test]
fn what_is_lost_is_concealed_and_not_silent() {
    let (receiver, heard) = hear(Encoding::Pcmu, 8_000, |sequence| sequence % 10 != 7);
    assert_eq!(receiver.played().concealed, 20);
    let loudest = |samples: &[i16]| samples.iter().map(|sample| sample.unsigned_abs()).max();
    let quietest = heard[8_000..].chunks(160).filter_map(loudest).min();
    assert!(quietest > Some(2_000), "{quietest:?}");
}

#[test]
fn a_second_without_packets_is_the_end_of_a_stream_and_a_new_one_is_heard() {
    let (mut receiver, _) = hear(Encoding::Pcmu, 8_000, |_| true);
    let mut samples = [0; 160];
    let said: Vec<bool> = (0..100).map(|_| receiver.pull(&mut samples)).collect();
    assert!(said[..40].iter().all(|said| *said) && !said[60..].contains(&true));
    assert_eq!(samples, [0; 160]);
    let loud = [0x80; 160];
    for sequence in 30_000..30_010 {
        receiver.push(
            &packet(sequence, 2, &loud, Encoding::Pcmu),
            Content::Sound(Encoding::Pcmu),
        );
        receiver.pull(&mut samples);
    }
    assert!(samples.iter().all(|sample| *sample > 30_000));
}

#[test]
fn the_background_that_a_side_describes_is_heard_while_it_is_silent() {
    let (mut receiver, _) = hear(Encoding::Pcmu, 8_000, |_| true);
    let mut samples = [0; 160];
    for sequence in 200..206 {
        receiver.push(
            &packet(sequence, 1, &[40], Encoding::Pcmu),
            Content::ComfortNoise,
        );
        receiver.pull(&mut samples);
    }
    let mut heard = Vec::new();
    for _ in 0..200 {
        assert!(receiver.pull(&mut samples));
        heard.extend(samples);
    }
    let power: f64 = heard.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let level = (power / heard.len() as f64).sqrt();
    // -40 dBov.
    assert!((150.0..800.0).contains(&level), "{level}");
}

#[test]
fn payloads_that_are_none_are_counted_and_never_panic() {
    let mut receiver = Receiver::new(16_000, START_MS);
    let mut chance = Chance::new(4);
    let available: Vec<Encoding> = Encoding::ALL
        .into_iter()
        .filter(|encoding| encoding.is_available())
        .collect();
    for round in 0..5_000_u16 {
        let length = chance.next_u64() % 100;
        let payload: Vec<u8> = (0..length).map(|_| chance.next_u64() as u8).collect();
        let encoding = available[usize::from(round / 500) % available.len()];
        let content = match chance.next_u64() % 9 {
            0 => Content::ComfortNoise,
            1 => Content::Other,
            _ => Content::Sound(encoding),
        };
        receiver.push(&packet(round, 1, &payload, encoding), content);
        receiver.pull(&mut [0; 320]);
        assert!(receiver.rest.len() < 16_000);
    }
    assert!(receiver.refused() > 0);
}
