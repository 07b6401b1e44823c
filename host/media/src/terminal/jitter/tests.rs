//! Packets in whatever order and time, and what is played of them.

use crate::codec::Encoding;
use crate::limits;
use crate::terminal::jitter::{Content, Held, JitterBuffer, Next};

const FRAME: u32 = 160;

fn packet(number: u16) -> Held {
    Held {
        sequence: number.wrapping_add(65_530),
        timestamp: u32::from(number) * FRAME,
        ticks: FRAME,
        content: Content::Sound(Encoding::Pcmu),
        payload: vec![0; 160],
    }
}

/// What is played in a frame: the number of a packet, `x` for one that is missing, `.` for nothing.
fn play(buffer: &mut JitterBuffer) -> String {
    match buffer.next(FRAME) {
        Next::Packet(held) => held.sequence.wrapping_sub(65_530).to_string(),
        Next::Gap { lost: true, .. } => "x".to_owned(),
        Next::Gap { lost: false, .. } => "-".to_owned(),
        Next::Empty => ".".to_owned(),
    }
}

fn played(buffer: &mut JitterBuffer, frames: usize) -> String {
    let frames: Vec<String> = (0..frames).map(|_| play(buffer)).collect();
    frames.join(" ")
}

/// A frame of time after another: the packets that come in it, then what is played.
fn run(buffer: &mut JitterBuffer, arrivals: &[&[u16]]) -> String {
    let mut frames = Vec::new();
    for arriving in arrivals {
        for number in *arriving {
            buffer.insert(packet(*number));
        }
        frames.push(play(buffer));
    }
    frames.join(" ")
}

#[test]
fn packets_are_played_in_order_and_once_whatever_order_they_come_in() {
    let mut buffer = JitterBuffer::new(8_000, 60);
    for number in [0, 2, 1, 1, 4, 3, 5] {
        buffer.insert(packet(number));
    }
    assert_eq!(played(&mut buffer, 7), "0 1 2 3 4 5 .");
    assert_eq!((buffer.played().packets, buffer.played().late), (6, 1));
}

#[test]
fn playing_begins_when_enough_waits_or_the_first_has_waited_long_enough() {
    let mut buffer = JitterBuffer::new(8_000, 60);
    let heard = run(&mut buffer, &[&[0], &[1], &[2], &[3], &[]]);
    assert_eq!(heard, ". . 0 1 2");
    let mut alone = JitterBuffer::new(8_000, 60);
    assert_eq!(run(&mut alone, &[&[7], &[], &[], &[]]), ". . . 7");
}

#[test]
fn a_packet_that_never_comes_is_a_gap_and_takes_no_time_from_the_others() {
    let mut buffer = JitterBuffer::new(8_000, 40);
    let heard = run(&mut buffer, &[&[0], &[1], &[], &[3], &[4], &[5], &[6]]);
    assert_eq!(heard, ". 0 1 x 3 4 5");
    assert_eq!(buffer.played().concealed, 1);
}

#[test]
fn what_comes_late_is_played_when_nothing_else_was_and_the_delay_stays_longer() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    let heard = run(
        &mut buffer,
        &[
            &[0],
            &[1],
            &[],
            &[],
            &[2, 3, 4],
            &[5],
            &[6],
            &[],
            &[7, 8],
            &[9],
        ],
    );
    assert_eq!(heard, "0 1 . . 2 3 4 5 6 7");
    assert_eq!(buffer.played().late, 0);
}

#[test]
fn a_burst_that_is_lost_does_not_make_the_delay_longer() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    let heard = run(&mut buffer, &[&[0], &[1], &[], &[], &[], &[5], &[6]]);
    assert_eq!(heard, "0 1 . . . 5 6");
}

#[test]
fn a_silence_that_the_sender_leaves_out_is_no_loss() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    buffer.insert(packet(0));
    let mut later = packet(1);
    later.timestamp += 3 * FRAME;
    buffer.insert(later);
    assert_eq!(played(&mut buffer, 5), "0 - - - 1");
    assert_eq!(buffer.played().concealed, 0);
}

#[test]
fn reordering_that_the_delay_does_not_cover_makes_it_longer_until_it_does() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    let mut arrivals: Vec<Vec<u16>> = vec![vec![0]];
    // Every second packet comes after the one that follows it.
    for pair in 0..20 {
        arrivals.push(vec![pair * 2 + 2]);
        arrivals.push(vec![pair * 2 + 1]);
    }
    let arrivals: Vec<&[u16]> = arrivals.iter().map(Vec::as_slice).collect();
    let heard = run(&mut buffer, &arrivals);
    let steady: Vec<&str> = heard.split(' ').skip(10).collect();
    assert!(!steady.contains(&"x") && !steady.contains(&"."), "{heard}");
}

#[test]
fn a_delay_that_is_no_longer_needed_is_given_up_again() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    let mut number = 0;
    let mut delay = 0;
    for frame in 0..3_000_u16 {
        // A stall of 200 ms, once.
        let arrives = !(100..110).contains(&frame);
        while arrives && number <= frame {
            buffer.insert(packet(number));
            number += 1;
        }
        match buffer.next(FRAME) {
            Next::Packet(held) => {
                delay = frame.wrapping_sub(held.sequence.wrapping_sub(65_530));
                if buffer.spare().is_some() {
                    delay -= 1;
                }
            }
            other => assert!((100..110).contains(&frame), "{frame}: {other:?}"),
        }
        if frame == 200 {
            assert_eq!(delay, 10, "all of the stall was kept");
        }
    }
    assert!(
        delay <= 2,
        "{delay} frames of delay are left after a minute"
    );
}

#[test]
fn a_sender_that_begins_anew_is_followed_at_once() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    assert_eq!(run(&mut buffer, &[&[0], &[1], &[2]]), "0 1 2");
    for (sequence, timestamp) in [
        (30_000, 1),
        (30_001, 161),
        (5, 4_000_000_000),
        (6, 4_000_000_160),
    ] {
        buffer.insert(Held {
            sequence,
            timestamp,
            ..packet(0)
        });
        assert!(matches!(buffer.next(FRAME), Next::Packet(held) if held.sequence == sequence));
    }
    // The numbers go on, the time does not.
    buffer.insert(Held {
        sequence: 7,
        timestamp: 99,
        ..packet(0)
    });
    assert!(matches!(buffer.next(FRAME), Next::Packet(held) if held.sequence == 7));
}

#[test]
fn keys_take_numbers_and_no_time() {
    let mut buffer = JitterBuffer::new(8_000, 20);
    buffer.insert(packet(0));
    buffer.insert(Held {
        timestamp: 160,
        ticks: 0,
        content: Content::Other,
        ..packet(1)
    });
    let mut after = packet(2);
    after.timestamp = 160;
    buffer.insert(after);
    assert_eq!(played(&mut buffer, 3), "0 1 2");
    assert_eq!((buffer.played().packets, buffer.played().concealed), (2, 0));
}

#[test]
fn what_waits_is_bounded_in_packets_and_in_time() {
    let mut buffer = JitterBuffer::new(8_000, 40);
    for number in 0..10_000 {
        buffer.insert(packet(number));
        assert!(buffer.held.len() <= limits::JITTER_PACKETS);
        assert!(buffer.depth() <= 8 * limits::JITTER_MILLISECONDS + FRAME);
    }
    assert!(buffer.played().skipped > 9_900);
}

#[test]
fn random_packets_never_panic_and_time_always_goes_on() {
    let mut chance = crate::chance::Chance::new(1);
    let mut buffer = JitterBuffer::new(48_000, 40);
    for round in 0..200_000_u32 {
        let number = chance.next_u64();
        let wild = number.is_multiple_of(7);
        buffer.insert(Held {
            sequence: if wild {
                number as u16
            } else {
                (round + (number % 4) as u32) as u16
            },
            timestamp: if number.is_multiple_of(11) {
                (number >> 16) as u32
            } else {
                round * 960
            },
            ticks: (number >> 48) as u32 % 9_600,
            content: match number % 13 {
                0 => Content::Other,
                1 => Content::ComfortNoise,
                _ => Content::Sound(Encoding::Opus),
            },
            payload: Vec::new(),
        });
        buffer.next(960);
        buffer.spare();
        assert!(buffer.held.len() <= limits::JITTER_PACKETS);
    }
}
