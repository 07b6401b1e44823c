//! Lists are played whole, in order, without gaps, at any rate.

use std::time::Duration;

use crate::audio::tone::{Tone, amplitude};
use crate::sound::playlist::{Item, Player, Playing, Times};
use crate::sound::recording::Sound;
use crate::sound::tone::{Kind, cadence};

fn counting(from: i16, to: i16) -> Item {
    Item::Sound(Sound::new(8_000, (from..to).collect::<Vec<i16>>()))
}

/// Everything that a player plays, in frames of `frame` samples.
fn played(player: &mut Player, rate: u32, frame: usize) -> Vec<i16> {
    let mut all = Vec::new();
    let mut samples = vec![-1; frame];
    loop {
        match player.next(rate, &mut samples) {
            Playing::More => all.extend_from_slice(&samples),
            Playing::Over(count) => {
                assert!(samples[count..].iter().all(|sample| *sample == 0));
                all.extend_from_slice(&samples[..count]);
                return all;
            }
        }
    }
}

#[test]
fn items_follow_each_other_without_a_gap_as_often_as_said() {
    for frame in [1, 7, 160, 480, 5_000] {
        let items = vec![counting(0, 500), counting(500, 501), counting(501, 1_000)];
        let mut player = Player::new(items, Times::Of(3));
        let once: Vec<i16> = (0..1_000).collect();
        assert_eq!(played(&mut player, 8_000, frame), once.repeat(3), "{frame}");
        assert_eq!(player.next(8_000, &mut [0; 160]), Playing::Over(0));
    }
}

#[test]
fn a_list_whose_end_is_the_end_of_a_frame_is_over_with_that_frame() {
    let mut player = Player::new(vec![counting(0, 320)], Times::Of(1));
    let mut frame = [0; 160];
    assert_eq!(player.next(8_000, &mut frame), Playing::More);
    assert_eq!(player.next(8_000, &mut frame), Playing::Over(160));
}

#[test]
fn lists_of_nothing_are_over_at_once_even_endless_ones() {
    let nothing = || Item::Sound(Sound::new(8_000, Vec::new()));
    for times in [Times::Of(0), Times::Of(7), Times::Endless] {
        for items in [vec![], vec![nothing()], vec![nothing(), nothing()]] {
            let mut player = Player::new(items, times);
            assert_eq!(player.next(8_000, &mut [9; 160]), Playing::Over(0));
        }
    }
    let mut player = Player::new(vec![counting(0, 10)], Times::Of(0));
    assert_eq!(player.next(8_000, &mut [9; 160]), Playing::Over(0));
    // One that is empty between others is passed over.
    let items = vec![counting(0, 3), nothing(), counting(3, 5)];
    let mut player = Player::new(items, Times::Of(2));
    assert_eq!(
        played(&mut player, 8_000, 4),
        [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]
    );
}

#[test]
fn callers_of_one_source_hear_the_same_place() {
    let items = vec![counting(0, 8_000), counting(8_000, 12_000)];
    let mut first = Player::since(items.clone(), Duration::ZERO);
    let mut frame = [0; 160];
    for _ in 0..260 {
        first.next(8_000, &mut frame);
    }
    // 5.2 seconds, of a list of 1.5.
    let mut second = Player::since(items, Duration::from_millis(5_200));
    let mut other = [0; 160];
    for _ in 0..200 {
        assert_eq!(first.next(8_000, &mut frame), Playing::More);
        assert_eq!(second.next(8_000, &mut other), Playing::More);
        assert_eq!(frame, other);
    }
}

#[test]
fn a_tone_is_as_long_as_said_and_begins_anew_in_each_round() {
    let tone = Item::Tone {
        cadence: cadence(Kind::Busy, "de"),
        milliseconds: 700,
    };
    let mut player = Player::new(vec![tone, counting(0, 10)], Times::Of(2));
    let all = played(&mut player, 16_000, 320);
    assert_eq!(all.len(), 2 * (700 * 16 + 20));
    let (first, second) = all.split_at(all.len() / 2);
    assert_eq!(first, second);
    assert!(amplitude(&first[..7_680], 425.0, 16_000) > 6_500.0);
    assert!(first[7_680..11_200].iter().all(|sample| *sample == 0));
}

#[test]
fn another_rate_in_the_middle_goes_on_at_the_same_place_and_pitch() {
    let mut samples = vec![0; 16_000];
    Tone::new(440.0, 8_000, 8_000.0).fill(&mut samples);
    let tone = Item::Tone {
        cadence: cadence(Kind::Dial, "fr"),
        milliseconds: 1_000,
    };
    let items = vec![Item::Sound(Sound::new(8_000, samples)), tone];
    let mut player = Player::new(items, Times::Of(1));
    let mut seconds = 0.0;
    for rate in [8_000, 48_000, 16_000, 8_000, 44_100, 48_000, 16_000].repeat(10) {
        let mut frame = vec![0; rate as usize / 50];
        if player.next(rate, &mut frame) != Playing::More {
            break;
        }
        seconds += 0.02;
        assert!(
            amplitude(&frame, 440.0, rate) > 6_000.0,
            "{rate} after {seconds} s"
        );
    }
    let mut rest = 0.0;
    while player.next(8_000, &mut [0; 8]) == Playing::More {
        rest += 0.001;
    }
    assert!(
        (seconds + rest - 3.0_f64).abs() < 0.01,
        "{seconds} + {rest}"
    );
}
