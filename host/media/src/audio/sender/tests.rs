//! What a sender puts into its packets.

use crate::audio::digit::Event;
use crate::audio::sender::{FRAME_SAMPLES, Sender, SenderConfig};
use crate::codec::g711::Law;
use crate::rtp::Packet;

fn sender(event_type: Option<u8>) -> Sender {
    Sender::new(SenderConfig {
        law: Law::A,
        payload_type: 8,
        event_type,
        ssrc: 7,
        sequence: 65_534,
        timestamp: u32::MAX - 100,
    })
}

#[test]
fn packets_follow_one_another_over_the_wrap_and_mark_talk_spurts() {
    let mut sender = sender(None);
    let mut seen = Vec::new();
    for round in 0..4 {
        if round == 3 {
            sender.skip(1_600);
        }
        let bytes = sender.packet(&[0; FRAME_SAMPLES]);
        let packet = Packet::read(&bytes).unwrap();
        assert_eq!(
            (packet.payload_type, packet.ssrc, packet.payload.len()),
            (8, 7, 160)
        );
        seen.push((packet.sequence, packet.timestamp, packet.marker));
    }
    let expected = [
        (65_534, u32::MAX - 100, true),
        (65_535, 59, false),
        (0, 219, false),
        (1, 1_979, true),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_digit_is_five_packets_and_three_ends_with_one_timestamp() {
    let mut sender = sender(Some(101));
    assert!(sender.send_digit('7'));
    assert!(!sender.send_digit('x'));
    let mut said = Vec::new();
    for _ in 0..10 {
        let bytes = sender.packet(&[0; FRAME_SAMPLES]);
        let packet = Packet::read(&bytes).unwrap();
        if packet.payload_type == 101 {
            let event = Event::read(packet.payload).unwrap();
            assert_eq!(packet.timestamp, u32::MAX - 100);
            said.push((event.duration, event.end, packet.marker));
        }
    }
    let expected = [
        (160, false, true),
        (320, false, false),
        (480, false, false),
        (640, false, false),
        (800, false, false),
        (800, true, false),
        (800, true, false),
        (800, true, false),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_side_that_takes_no_events_gets_none() {
    assert!(!sender(None).send_digit('1'));
}
