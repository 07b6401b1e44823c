//! A stream played from packets that come in order, late, twice or never.

use crate::audio::receiver::Receiver;
use crate::audio::sender::{FRAME_SAMPLES, Sender, SenderConfig};
use crate::audio::tone::{Tone, amplitude};
use crate::codec::g711::Law;
use crate::rtp::Packet;
use crate::sdp::Codec;

fn receiver() -> Receiver {
    let formats = [Codec::pcmu(), Codec::pcma(), Codec::telephone_event(101)];
    Receiver::new(&formats, 3)
}

fn sender(ssrc: u32) -> Sender {
    Sender::new(SenderConfig {
        law: Law::Mu,
        payload_type: 0,
        event_type: Some(101),
        ssrc,
        sequence: 65_500,
        timestamp: 0,
    })
}

/// Packets whose samples all have the same value, 100, 200, 300 …
fn steps(count: i16) -> Vec<Vec<u8>> {
    let mut sender = sender(1);
    (1..=count)
        .map(|step| sender.packet(&[step * 100; FRAME_SAMPLES]))
        .collect()
}

/// What is played in this many frames, a value per frame in hundreds.
fn played(receiver: &mut Receiver, frames: usize) -> Vec<i32> {
    let play = |_| {
        let mut samples = [0; FRAME_SAMPLES];
        receiver.pull(&mut samples);
        (i32::from(samples[80]) + 50) / 100
    };
    (0..frames).map(play).collect()
}

#[test]
fn packets_are_played_in_order_whatever_order_they_come_in() {
    let packets = steps(6);
    let mut receiver = receiver();
    for at in [0, 2, 1, 1, 4, 3, 5] {
        receiver.push(&packets[at]);
    }
    assert_eq!(played(&mut receiver, 7), [1, 2, 3, 4, 5, 6, 0]);
    assert_eq!(receiver.received().packets, 6);
    assert_eq!(receiver.received().late, 1);
}

#[test]
fn playing_waits_until_enough_packets_have_come() {
    let packets = steps(3);
    let mut receiver = receiver();
    receiver.push(&packets[0]);
    receiver.push(&packets[1]);
    assert_eq!(played(&mut receiver, 1), [0]);
    receiver.push(&packets[2]);
    assert_eq!(played(&mut receiver, 3), [1, 2, 3]);
}

#[test]
fn a_lost_packet_is_a_silence_of_its_length_and_a_late_one_is_dropped() {
    let packets = steps(5);
    let mut receiver = receiver();
    for at in [0, 1, 3, 4] {
        receiver.push(&packets[at]);
    }
    assert_eq!(played(&mut receiver, 4), [1, 2, 0, 4]);
    receiver.push(&packets[2]);
    assert_eq!(played(&mut receiver, 1), [5]);
    assert_eq!((receiver.received().lost, receiver.received().late), (1, 1));
}

#[test]
fn a_new_source_is_played_anew() {
    let mut receiver = receiver();
    for packet in steps(3) {
        receiver.push(&packet);
    }
    assert_eq!(played(&mut receiver, 1), [1]);
    let mut other = sender(2);
    for _ in 0..3 {
        receiver.push(&other.packet(&[900; FRAME_SAMPLES]));
    }
    assert_eq!(played(&mut receiver, 3), [9, 9, 9]);
}

#[test]
fn a_jump_of_the_sequence_begins_anew() {
    let mut receiver = receiver();
    let packet = |sequence, payload| Packet {
        payload_type: 0,
        marker: false,
        sequence,
        timestamp: 0,
        ssrc: 1,
        payload,
    };
    let loud = [Law::Mu.encode(500); FRAME_SAMPLES];
    for sequence in [10, 11, 12, 30_000, 30_001, 30_002] {
        receiver.push(&packet(sequence, &loud).write());
    }
    assert_eq!(played(&mut receiver, 3).len(), 3);
    for sequence in [1_000, 1_001, 1_002] {
        receiver.push(&packet(sequence, &loud).write());
    }
    assert_eq!(played(&mut receiver, 3), [5, 5, 5]);
}

#[test]
fn digits_are_heard_and_sound_goes_on_after_them() {
    let mut sender = sender(1);
    let mut receiver = receiver();
    for digit in "42#".chars() {
        assert!(sender.send_digit(digit));
    }
    for _ in 0..40 {
        receiver.push(&sender.packet(&[700; FRAME_SAMPLES]));
    }
    let heard: String = std::iter::from_fn(|| receiver.poll_digit()).collect();
    assert_eq!(heard, "42#");
    let sound = played(&mut receiver, 10);
    assert!(sound.iter().all(|value| *value == 7), "{sound:?}");
}

#[test]
fn what_was_not_agreed_on_is_refused() {
    let mut receiver = receiver();
    receiver.push(b"no rtp at all");
    let mut packet = steps(1).remove(0);
    packet[1] = 18;
    receiver.push(&packet);
    assert_eq!(receiver.received().refused, 2);
}

#[test]
fn what_waits_is_bounded() {
    let mut receiver = receiver();
    let mut sender = sender(1);
    for _ in 0..10_000 {
        receiver.push(&sender.packet(&[100; FRAME_SAMPLES]));
    }
    assert!(receiver.waiting.len() <= crate::limits::JITTER_PACKETS);
}

#[test]
fn a_tone_comes_through_both_laws() {
    for (law, payload_type) in [(Law::Mu, 0), (Law::A, 8)] {
        let mut sender = Sender::new(SenderConfig {
            law,
            payload_type,
            event_type: None,
            ssrc: 1,
            sequence: 1,
            timestamp: 1,
        });
        let mut tone = Tone::new(440.0, 8_000, 8_000.0);
        let mut receiver = receiver();
        let mut heard = Vec::new();
        for _ in 0..50 {
            let mut samples = [0; FRAME_SAMPLES];
            tone.fill(&mut samples);
            receiver.push(&sender.packet(&samples));
            receiver.pull(&mut samples);
            heard.extend(samples);
        }
        assert!(amplitude(&heard[800..], 440.0, 8_000) > 7_500.0);
    }
}

#[test]
fn random_packets_never_panic() {
    let mut receiver = receiver();
    let mut state = 3_u64;
    for round in 0..50_000_usize {
        let mut bytes = [0u8; 48];
        for byte in &mut bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        bytes[0] = 0x80;
        bytes[1] &= 9;
        bytes[8..12].fill(u8::from(round % 1_000 == 0));
        receiver.push(&bytes);
        let mut samples = [0; 36];
        receiver.pull(&mut samples);
    }
}
