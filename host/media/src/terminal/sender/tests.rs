//! What a sender puts into its packets.

use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::codec::Encoding;
use crate::rtp::Packet;
use crate::sdp::terms::{Clocked, Format, Terms};
use crate::terminal::outgoing::Outgoing;
use crate::terminal::sender::{Frame, Sender};

fn terms(encoding: Encoding, packet_ms: u8) -> Terms {
    let mut terms = Terms::default();
    terms.push(Format {
        payload_type: 77,
        encoding,
    });
    terms.packet_ms = packet_ms;
    terms
}

/// The packets of so many frames: their timestamps since the first, and how long their payloads are.
fn sent(terms: &Terms, frames: &[Frame<'_>], muted: bool) -> Vec<(u32, usize, bool)> {
    let mut sender = Sender::new(terms).unwrap();
    let mut outgoing = Outgoing::default();
    let mut now = Instant::now();
    let mut packets = Vec::new();
    outgoing.own(now, sender.clock(), &mut Chance::new(1));
    let first = outgoing.timestamp();
    for frame in frames {
        sender.frame(now, &mut outgoing, *frame, muted, &mut |bytes| {
            let packet = Packet::read(bytes).unwrap();
            assert_eq!(packet.payload_type, 77);
            let since = packet.timestamp.wrapping_sub(first);
            packets.push((since, packet.payload.len(), packet.marker));
        });
        now += Duration::from_millis(20);
    }
    packets
}

#[test]
fn packets_are_as_long_as_the_side_wants_them_and_follow_one_another() {
    let frames = [Frame::Samples(&[0; 160]); 6];
    for (packet_ms, step) in [
        (0, 160),
        (10, 80),
        (20, 160),
        (40, 320),
        (60, 480),
        (33, 160),
    ] {
        let packets = sent(&terms(Encoding::Pcmu, packet_ms), &frames, false);
        assert_eq!(packets.len(), 960 / step);
        for (number, (since, length, marker)) in packets.into_iter().enumerate() {
            assert_eq!(
                (since as usize, length, marker),
                (number * step, step, number == 0)
            );
        }
    }
}

#[test]
fn timestamps_run_in_the_clock_of_the_encoding() {
    let wide = [0; 320];
    let packets = sent(
        &terms(Encoding::G722, 20),
        &[Frame::Samples(&wide); 3],
        false,
    );
    assert_eq!(
        packets,
        [(0, 160, true), (160, 160, false), (320, 160, false)]
    );
}

#[test]
fn what_is_left_out_takes_its_time_and_a_talk_spurt_is_marked() {
    let payload = Frame::Payload(&[1; 33]);
    let frames = [
        payload,
        Frame::Nothing,
        Frame::Nothing,
        payload,
        Frame::Payload(&[]),
        payload,
    ];
    let packets = sent(&terms(Encoding::Gsm, 20), &frames, false);
    assert_eq!(packets, [(0, 33, true), (480, 33, true), (800, 33, true)]);
    assert_eq!(sent(&terms(Encoding::Gsm, 20), &frames, true), []);
}

#[test]
fn a_side_that_takes_keys_alone_has_no_sound_and_one_that_takes_nothing_has_no_sender() {
    assert!(Sender::new(&Terms::default()).is_none());
    let mut keys = Terms::default();
    keys.events = Some(Clocked {
        payload_type: 77,
        clock_rate: 8_000,
    });
    assert!(!Sender::new(&keys).unwrap().has_sound());
    assert_eq!(sent(&keys, &[Frame::Samples(&[0; 160]); 3], false), []);
}

#[test]
fn payloads_are_taken_only_where_packets_are_as_long_as_frames() {
    let takes = |packet_ms| {
        Sender::new(&terms(Encoding::Pcma, packet_ms))
            .unwrap()
            .takes_payloads()
    };
    assert_eq!(
        (takes(20), takes(0), takes(40)),
        (Some(Encoding::Pcma), Some(Encoding::Pcma), None)
    );
}

#[test]
fn opus_is_made_of_no_more_than_there_is_to_be_heard() {
    let mut terms = terms(Encoding::Opus, 0);
    assert_eq!(Sender::new(&terms).unwrap().rate(), 48_000);
    terms.source_rate = 8_000;
    let sender = Sender::new(&terms).unwrap();
    assert_eq!((sender.rate(), sender.clock()), (8_000, 48_000));
}
