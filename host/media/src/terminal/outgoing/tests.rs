//! One stream, whatever its sound comes from.

use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::rtp::{Packet, glance};
use crate::terminal::outgoing::Outgoing;

struct Bench {
    began: Instant,
    outgoing: Outgoing,
    chance: Chance,
}

/// What a packet looks like after it went through: sequence number, timestamp, source, marker.
type Seen = (u16, u32, u32, bool);

impl Bench {
    fn new() -> Bench {
        Bench {
            began: Instant::now(),
            outgoing: Outgoing::default(),
            chance: Chance::new(7),
        }
    }

    fn at(&self, ms: u64) -> Instant {
        self.began + Duration::from_millis(ms)
    }

    fn relay(&mut self, ms: u64, sequence: u16, timestamp: u32, ssrc: u32) -> Option<Seen> {
        let packet = Packet {
            payload_type: 8,
            marker: false,
            sequence,
            timestamp,
            ssrc,
            payload: b"sound",
        };
        let mut bytes = packet.write();
        let seen = glance(&bytes).unwrap();
        let now = self.at(ms);
        let passed = self.outgoing.relay(now, &mut bytes, seen, 8_000);
        let after = Packet::read(&bytes).unwrap();
        assert_eq!((after.payload, after.payload_type), (&b"sound"[..], 8));
        passed.then_some((after.sequence, after.timestamp, after.ssrc, after.marker))
    }

    fn own(&mut self, ms: u64) -> Seen {
        let now = self.at(ms);
        self.outgoing.own(now, 8_000, &mut self.chance);
        let mut bytes = Vec::new();
        self.outgoing.header(0, 0, &mut bytes);
        self.outgoing.advance(now, 160);
        let packet = Packet::read(&bytes).unwrap();
        (
            packet.sequence,
            packet.timestamp,
            packet.ssrc,
            packet.marker,
        )
    }
}

#[test]
fn what_was_only_ever_relayed_is_not_changed_even_if_its_source_changes() {
    let mut bench = Bench::new();
    assert_eq!(bench.relay(0, 10, 1_000, 1), Some((10, 1_000, 1, false)));
    assert_eq!(bench.relay(20, 11, 1_160, 1), Some((11, 1_160, 1, false)));
    assert_eq!(bench.relay(40, 60_000, 5, 2), Some((60_000, 5, 2, false)));
    assert_eq!(bench.relay(60, 59_999, 5, 2), Some((59_999, 5, 2, false)));
    assert!(!bench.outgoing.is_altered());
}

#[test]
fn own_sound_goes_on_where_the_relayed_one_ended_and_the_other_way_around() {
    let mut bench = Bench::new();
    bench.relay(0, 65_534, 1_000, 9);
    bench.relay(20, 65_535, 1_160, 9);
    assert_eq!(bench.own(120), (0, 1_160 + 800, 9, true));
    assert_eq!(bench.own(140), (1, 1_160 + 960, 9, false));
    assert_eq!(
        bench.relay(160, 200, 77, 3),
        Some((2, 1_160 + 1_120, 9, true))
    );
    assert_eq!(
        bench.relay(180, 202, 397, 3),
        Some((4, 1_160 + 1_440, 9, false))
    );
    assert_eq!(
        bench.relay(181, 201, 237, 3),
        Some((3, 1_160 + 1_280, 9, false))
    );
    assert_eq!(
        bench.relay(182, 199, 0, 3),
        None,
        "it belongs to the time before"
    );
    assert_eq!(bench.relay(200, 5, 5, 4), Some((5, 1_160 + 1_600, 9, true)));
}

#[test]
fn time_never_goes_back_when_own_sound_follows_at_once() {
    let mut bench = Bench::new();
    bench.relay(0, 1, 1_000, 9);
    assert_eq!(bench.own(3), (2, 1_160, 9, true));
}

#[test]
fn a_stream_that_begins_with_own_sound_begins_at_random() {
    let mut bench = Bench::new();
    let (sequence, timestamp, ssrc, marker) = bench.own(0);
    assert!(marker && ssrc != 0);
    assert_eq!(
        bench.own(20),
        (
            sequence.wrapping_add(1),
            timestamp.wrapping_add(160),
            ssrc,
            false
        )
    );
    let mut other = Bench {
        chance: Chance::new(8),
        ..Bench::new()
    };
    assert_ne!(other.own(0).2, ssrc);
}
