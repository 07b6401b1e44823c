//! What the phone hears of a stream; how it is put in order is tested where that is done.

use crate::audio::receiver::Receiver;
use crate::audio::sender::{FRAME_SAMPLES, Sender, SenderConfig};
use crate::audio::tone::{Tone, amplitude};
use crate::codec::g711::Law;
use crate::sdp::Codec;

fn receiver() -> Receiver {
    let formats = [Codec::pcmu(), Codec::pcma(), Codec::telephone_event(101)];
    Receiver::new(&formats, 60)
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
    assert_eq!(played(&mut receiver, 6), [1, 2, 3, 4, 5, 6]);
    let received = receiver.received();
    assert_eq!((received.packets, received.late, received.lost), (6, 1, 0));
}

#[test]
fn digits_are_heard_and_sound_goes_on_after_them() {
    let mut sender = sender(1);
    let mut receiver = receiver();
    for digit in "42#".chars() {
        assert!(sender.send_digit(digit));
    }
    let mut sound = Vec::new();
    for _ in 0..40 {
        receiver.push(&sender.packet(&[700; FRAME_SAMPLES]));
        sound.extend(played(&mut receiver, 1));
    }
    let heard: String = std::iter::from_fn(|| receiver.poll_digit()).collect();
    assert_eq!(heard, "42#");
    assert_eq!(sound[32..], [7; 8], "{sound:?}");
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
