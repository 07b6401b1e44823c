//! Keys told apart, whatever happens to their packets.

use crate::audio::digit::Event;
use crate::rtp::Packet;
use crate::terminal::key_hearing::{KeyHearing, KeyNews};

fn hear(
    hearing: &mut KeyHearing,
    ssrc: u32,
    timestamp: u32,
    number: u8,
    end: bool,
) -> Option<KeyNews> {
    let payload = Event {
        number,
        end,
        duration: 160,
    }
    .write();
    hearing.receive(&Packet {
        payload_type: 101,
        marker: false,
        sequence: 0,
        timestamp,
        ssrc,
        payload: &payload,
    })
}

#[test]
fn a_key_is_told_once_and_its_end_once() {
    let mut hearing = KeyHearing::default();
    let mut news = Vec::new();
    for end in [false, false, false, true, true, true] {
        news.extend(hear(&mut hearing, 1, 800, 5, end));
    }
    assert_eq!(news, [KeyNews::Down('5'), KeyNews::Up]);
}

#[test]
fn the_same_key_twice_is_two_keys() {
    let mut hearing = KeyHearing::default();
    assert_eq!(hear(&mut hearing, 1, 1, 5, false), Some(KeyNews::Down('5')));
    assert_eq!(
        hear(&mut hearing, 1, 2_000, 5, false),
        Some(KeyNews::Down('5'))
    );
    assert_eq!(
        hear(&mut hearing, 2, 2_000, 5, false),
        Some(KeyNews::Down('5'))
    );
}

#[test]
fn a_key_of_which_only_the_end_arrives_is_a_key() {
    let mut hearing = KeyHearing::default();
    assert_eq!(
        hear(&mut hearing, 1, 1, 11, true),
        Some(KeyNews::Stroke('#'))
    );
    assert_eq!(hear(&mut hearing, 1, 1, 11, true), None);
}

#[test]
fn ends_that_are_overtaken_by_the_next_key_are_no_keys() {
    let mut hearing = KeyHearing::default();
    hear(&mut hearing, 1, 100, 1, false);
    hear(&mut hearing, 1, 900, 2, false);
    assert_eq!(hear(&mut hearing, 1, 100, 1, true), None);
    assert_eq!(hear(&mut hearing, 1, 900, 2, true), Some(KeyNews::Up));
}

#[test]
fn a_long_key_in_several_events_is_one_key() {
    let mut hearing = KeyHearing::default();
    assert!(hear(&mut hearing, 1, 100, 1, false).is_some());
    assert_eq!(hear(&mut hearing, 1, 100 + 0xffff, 1, false), None);
    assert_eq!(
        hear(&mut hearing, 1, 100 + 0xffff, 1, true),
        Some(KeyNews::Up)
    );
}

#[test]
fn other_events_and_nonsense_are_no_keys() {
    let mut hearing = KeyHearing::default();
    assert_eq!(hear(&mut hearing, 1, 1, 16, false), None);
    let short = Packet {
        payload_type: 101,
        marker: false,
        sequence: 0,
        timestamp: 0,
        ssrc: 1,
        payload: &[5, 0],
    };
    assert_eq!(hearing.receive(&short), None);
}
