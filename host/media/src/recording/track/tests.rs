//! Packets that come late, twice, not at all, or by another clock: where their sound lies.

use super::*;
use crate::audio::tone::{Tone, amplitude};
use crate::codec::Encoding;
use crate::codec::g711::Law;

const RATE: u32 = 8_000;
const SECOND: u64 = 8_000;

/// A sender of a tone in packets of 20 ms, whose clock is off by some parts in a million.
struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    tone: Tone,
}

impl Sender {
    fn new(ssrc: u32, hertz: f64) -> Sender {
        Sender {
            ssrc,
            sequence: 65_530,
            timestamp: u32::MAX - 1_000,
            tone: Tone::new(hertz, RATE, 8_000.0),
        }
    }

    fn packet(&mut self) -> Vec<u8> {
        let mut samples = [0; 160];
        self.tone.fill(&mut samples);
        let payload: Vec<u8> = samples.iter().map(|s| Law::A.encode(*s)).collect();
        let packet = Packet {
            payload_type: 8,
            marker: false,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload: &payload,
        }
        .write();
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        packet
    }
}

fn track() -> Track {
    Track::new(RATE, SECOND, Formats::new([(8, Encoding::Pcma)]))
}

fn all(track: &mut Track, end: u64) -> Vec<i16> {
    let mut out = Vec::new();
    track.flush();
    track.take(end, end, &mut out);
    out
}

/// From where on and up to where there is sound.
fn sound(samples: &[i16]) -> (usize, usize) {
    let loud = |sample: &i16| sample.unsigned_abs() > 500;
    let first = samples.iter().position(loud).unwrap();
    let last = samples.iter().rposition(loud).unwrap();
    (first, last)
}

/// Samples of silence that are longer than a period of the tone.
fn holes(samples: &[i16]) -> usize {
    let mut holes = 0;
    let mut quiet = 0;
    for sample in samples {
        quiet = if sample.unsigned_abs() < 200 {
            quiet + 1
        } else {
            0
        };
        if quiet > 10 {
            holes += 1;
        }
    }
    holes
}

#[test]
fn sound_lies_where_its_first_packet_arrived() {
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    for number in 0..100 {
        track.push(4_000 + number * 160, &sender.packet());
    }
    let out = all(&mut track, 3 * SECOND);
    let (first, last) = sound(&out);
    assert!(first.abs_diff(4_000) < 4, "{first}");
    assert!(last.abs_diff(4_000 + 16_000) < 20, "{last}");
    assert_eq!(holes(&out[first..last]), 0);
}

#[test]
fn jitter_and_another_order_change_nothing() {
    let mut seed = 5u64;
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    let mut arrivals: Vec<(u64, Vec<u8>)> = (0..500)
        .map(|number| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (8_000 + number * 160 + seed % 640, sender.packet())
        })
        .collect();
    arrivals.sort_by_key(|(at, _)| *at);
    let mut out = Vec::new();
    for (at, packet) in &arrivals {
        track.push(*at, packet);
        track.take(*at, at.saturating_sub(2 * SECOND), &mut out);
    }
    track.flush();
    track.take(12 * SECOND, 12 * SECOND, &mut out);
    let (first, last) = sound(&out);
    assert!(first.abs_diff(8_000) < 40, "{first}");
    // 8 ms, where packets are up to 80 ms late.
    assert!((last - first).abs_diff(80_000) < 64, "{first} {last}");
    assert_eq!(holes(&out[first..last]), 0);
    assert_eq!(track.counts().packets, 500);
    for part in out[first..last - 800].chunks_exact(800) {
        assert!(amplitude(part, 440.0, RATE) > 6_500.0);
    }
}

#[test]
fn a_clock_that_is_off_does_not_lead_away() {
    for parts in [-400i64, 400] {
        let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
        let mut out = Vec::new();
        let mut at = 0;
        // Ten minutes: 400 parts in a million are 240 ms.
        for number in 0..30_000i64 {
            let sent = number * 160;
            at = u64::try_from(8_000 + sent + sent * parts / 1_000_000).unwrap();
            track.push(at, &sender.packet());
            track.take(at, at.saturating_sub(2 * SECOND), &mut out);
        }
        let end = at + 160;
        track.flush();
        track.take(end + SECOND, end + SECOND, &mut out);
        let (first, last) = sound(&out);
        let off = (last as i64 - end as i64).abs();
        assert!(off < 40, "{parts}: off by {off} samples");
        assert_eq!(holes(&out[first..last]), 0, "{parts}");
    }
}

#[test]
fn a_stall_and_the_burst_after_it_change_nothing() {
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    let mut out = Vec::new();
    for number in 0..300u64 {
        let sent = number * 160;
        let at = if (16_000..20_000).contains(&sent) {
            20_000
        } else {
            sent
        };
        track.push(at, &sender.packet());
        track.take(at, at.saturating_sub(2 * SECOND), &mut out);
    }
    track.flush();
    track.take(60_000, 60_000, &mut out);
    let (first, last) = sound(&out);
    assert!(last.abs_diff(48_000) < 20);
    assert_eq!(holes(&out[first..last]), 0);
}

#[test]
fn a_sender_whose_clock_stood_still_while_it_was_silent_is_where_it_speaks() {
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    for number in 0..50u64 {
        track.push(number * 160, &sender.packet());
    }
    // Two seconds of nothing, and the timestamps go on as if there had been none.
    let mut out = Vec::new();
    for number in 0..50u64 {
        let at = 24_000 + number * 160;
        track.take(at, at.saturating_sub(2 * SECOND), &mut out);
        track.push(at, &sender.packet());
    }
    track.flush();
    track.take(40_000, 40_000, &mut out);
    assert!(holes(&out[7_900..8_100]) > 50);
    let (again, _) = sound(&out[8_100..]);
    assert!((again + 8_100).abs_diff(24_000) < 20, "{again}");
    assert_eq!(holes(&out[24_020..31_980]), 0);
}

#[test]
fn a_lost_packet_leaves_the_rest_in_its_place() {
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    for number in 0..100u64 {
        let packet = sender.packet();
        if number != 40 && number < 60 || number >= 80 {
            track.push(number * 160, &packet);
        }
    }
    let out = all(&mut track, 20_000);
    let (_, last) = sound(&out);
    assert!(last.abs_diff(16_000) < 20);
    assert!(holes(&out[60 * 160 + 20..80 * 160]) > 3_000);
    assert_eq!(holes(&out[80 * 160 + 10..16_000 - 10]), 0);
}

#[test]
fn another_stream_lies_where_it_arrives() {
    let mut track = track();
    let (mut one, mut other) = (Sender::new(1, 440.0), Sender::new(2, 1_000.0));
    for number in 0..50u64 {
        track.push(number * 160, &one.packet());
    }
    for number in 0..50u64 {
        track.push(12_000 + number * 160, &other.packet());
    }
    let out = all(&mut track, 20_000);
    assert!(amplitude(&out[..8_000], 440.0, RATE) > 7_000.0);
    assert!(amplitude(&out[12_000..20_000], 1_000.0, RATE) > 7_000.0);
    assert!(amplitude(&out[8_100..11_900], 1_000.0, RATE) < 10.0);
}

#[test]
fn doubled_and_late_packets_are_counted_and_not_heard() {
    let (mut track, mut sender) = (track(), Sender::new(1, 440.0));
    let mut out = Vec::new();
    let first = sender.packet();
    track.push(0, &first);
    track.push(0, &first);
    for number in 1..100u64 {
        let at = number * 160;
        track.push(at, &sender.packet());
        track.take(at, at.saturating_sub(2 * SECOND), &mut out);
    }
    track.push(16_000, &first);
    assert_eq!(track.counts().late, 2);
}

#[test]
fn nothing_that_arrives_is_held_for_ever_nor_brings_it_down() {
    let mut seed = 11u64;
    let mut track = track();
    let mut out = Vec::new();
    for number in 0..20_000u64 {
        let mut bytes = [0u8; 60];
        for byte in &mut bytes {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            *byte = seed.to_le_bytes()[3];
        }
        bytes[0] = 0x80;
        bytes[1] = 8;
        if number % 3 > 0 {
            // The same stream, its numbers anywhere.
            bytes[8..12].copy_from_slice(&[1, 2, 3, 4]);
        }
        track.push(number * 16, &bytes[..(seed % 60) as usize]);
        track.take(number * 16, (number * 16).saturating_sub(SECOND), &mut out);
        assert!(track.held.len() <= limits::RECORDED_HELD);
        assert!(track.line.end() < number * 16 + 2 * SECOND);
    }
    assert_eq!(out.len(), 20_000 * 16 - 16 - 8_000);
}
