//! Both directions of a call on one clock; messages and their ends.

use super::*;
use crate::audio::tone::{Tone, amplitude};
use crate::codec::Encoding;
use crate::codec::g711::Law;
use crate::rtp::Packet;

const RATE: u32 = 8_000;
const FRAME: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3_600);

fn formats() -> [Formats; 2] {
    [(); 2].map(|()| Formats::new([(0, Encoding::Pcmu)]))
}

/// A side that sends tones of a changing height.
struct Side {
    channel: Channel,
    number: u16,
    tone: Tone,
}

impl Side {
    fn new(channel: Channel) -> Side {
        Side {
            channel,
            number: 0,
            tone: Tone::new(440.0, RATE, 8_000.0),
        }
    }

    fn changes_to(&mut self, hertz: f64, amplitude: f64) {
        self.tone = Tone::new(hertz, RATE, amplitude);
    }

    fn send(&mut self, take: &mut Take, at: Duration) {
        let mut samples = [0; 160];
        self.tone.fill(&mut samples);
        let payload: Vec<u8> = samples.iter().map(|s| Law::Mu.encode(*s)).collect();
        let packet = Packet {
            payload_type: 0,
            marker: false,
            sequence: self.number,
            timestamp: u32::from(self.number) * 160,
            ssrc: 9,
            payload: &payload,
        };
        self.number = self.number.wrapping_add(1);
        take.push(at, self.channel, &packet.write());
    }
}

fn channel(out: &[i16], number: usize) -> Vec<i16> {
    out.iter().skip(number).step_by(2).copied().collect()
}

#[test]
fn each_side_is_in_its_channel_and_both_on_one_clock() {
    let mut take = Take::new(Kind::Call, RATE, HOUR, formats());
    let (mut left, mut right) = (Side::new(Channel::Left), Side::new(Channel::Right));
    right.changes_to(600.0, 8_000.0);
    let mut out = Vec::new();
    let mut at = Duration::ZERO;
    for number in 0..500 {
        at = FRAME * number;
        match number {
            100 => left.changes_to(1_000.0, 8_000.0),
            200 => right.changes_to(1_400.0, 8_000.0),
            _ => {}
        }
        left.send(&mut take, at);
        // The right one begins later, and arrives 7 ms after the left one.
        if number >= 50 {
            right.send(&mut take, at + Duration::from_millis(7));
        }
        assert_eq!(take.advance(at, &mut out), None);
    }
    take.finish(at + FRAME, &mut out);
    let (left, right) = (channel(&out, 0), channel(&out, 1));
    assert_eq!(left.len(), 80_000);
    let is = |samples: &[i16], hertz| amplitude(samples, hertz, RATE) > 7_000.0;
    assert!(is(&left[..16_000], 440.0) && is(&left[16_000..79_000], 1_000.0));
    assert!(amplitude(&right[..8_000], 600.0, RATE) < 1.0);
    assert!(is(&right[8_056..32_056], 600.0) && is(&right[32_056..79_000], 1_400.0));
    assert!(amplitude(&left[..], 600.0, RATE) < 20.0);
}

#[test]
fn what_is_said_during_a_pause_is_left_out() {
    let mut take = Take::new(Kind::Call, RATE, HOUR, formats());
    let mut side = Side::new(Channel::Left);
    let mut out = Vec::new();
    for number in 0..300 {
        let at = FRAME * number;
        match number {
            100 => {
                take.pause(at, true, &mut out);
                side.changes_to(1_000.0, 8_000.0);
            }
            200 => {
                take.pause(at, false, &mut out);
                side.changes_to(1_600.0, 8_000.0);
            }
            _ => {}
        }
        side.send(&mut take, at);
        take.advance(at, &mut out);
    }
    take.finish(FRAME * 300, &mut out);
    let left = channel(&out, 0);
    assert_eq!(left.len(), 200 * 160);
    assert!(amplitude(&left[..16_000], 440.0, RATE) > 7_000.0);
    assert!(amplitude(&left, 1_000.0, RATE) < 20.0);
    assert!(amplitude(&left[16_000..], 1_600.0, RATE) > 7_000.0);
}

fn message(silence: u64, longest: u64) -> Take {
    let silence = Duration::from_secs(silence);
    let kind = Kind::Message { silence };
    Take::new(kind, RATE, Duration::from_secs(longest), formats())
}

#[test]
fn a_message_ends_with_silence_that_is_not_kept() {
    let mut take = message(2, 60);
    let mut side = Side::new(Channel::Left);
    let mut out = Vec::new();
    let mut over = None;
    for number in 0..1_000 {
        if number == 150 {
            side.changes_to(440.0, 20.0);
        }
        side.send(&mut take, FRAME * number);
        over = take.advance(FRAME * number, &mut out);
        if over.is_some() {
            assert!((265..285).contains(&number), "after {number} frames");
            break;
        }
    }
    assert_eq!(over, Some(Over::Silence));
    let kept = take.length(take.kept());
    let wanted = Duration::from_millis(3_300);
    assert!(
        kept.abs_diff(wanted) < Duration::from_millis(60),
        "{kept:?}"
    );
    assert!(take.kept() <= out.len() as u64);
}

#[test]
fn a_message_of_which_nothing_was_said_is_nothing() {
    let mut take = message(3, 60);
    let mut out = Vec::new();
    let mut number = 0;
    while take.advance(FRAME * number, &mut out).is_none() {
        number += 1;
        assert!(number < 200);
    }
    assert_eq!(take.kept(), 0);
}

#[test]
fn a_message_ends_when_it_is_as_long_as_it_may_be() {
    let mut take = message(10, 4);
    let mut side = Side::new(Channel::Left);
    let mut out = Vec::new();
    let mut number = 0;
    let over = loop {
        side.send(&mut take, FRAME * number);
        if let Some(over) = take.advance(FRAME * number, &mut out) {
            break over;
        }
        number += 1;
    };
    assert_eq!(over, Over::Longest);
    assert_eq!(out.len(), 32_000);
    take.finish(FRAME * number, &mut out);
    assert_eq!(out.len(), 32_000);
}

#[test]
fn a_narrow_and_a_wide_side_share_a_rate() {
    let narrow = Formats::new([(0, Encoding::Pcmu)]);
    let mut take = Take::new(Kind::Call, 16_000, HOUR, [narrow.clone(), narrow]);
    let (mut left, mut right) = (Side::new(Channel::Left), Side::new(Channel::Right));
    right.changes_to(1_000.0, 8_000.0);
    let mut out = Vec::new();
    for number in 0..100 {
        left.send(&mut take, FRAME * number);
        right.send(&mut take, FRAME * number);
        take.advance(FRAME * number, &mut out);
    }
    take.finish(FRAME * 100, &mut out);
    let (left, right) = (channel(&out, 0), channel(&out, 1));
    assert_eq!(left.len(), 32_000);
    assert!(amplitude(&left[1_000..31_000], 440.0, 16_000) > 6_500.0);
    assert!(amplitude(&right[1_000..31_000], 1_000.0, 16_000) > 6_500.0);
    assert_eq!(take.counts().map(|counts| counts.packets), [100, 100]);
}
