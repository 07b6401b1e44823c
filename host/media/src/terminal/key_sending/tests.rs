//! When keys begin and end.

use std::time::Duration;

use crate::limits;
use crate::terminal::key_sending::{KeySending, KeyStep};

/// The steps of 20 ms until all is sent: a digit for a key that is down, `u` for its end, `-` between.
fn sent(keys: &mut KeySending) -> String {
    let steps = std::iter::from_fn(|| keys.step());
    steps
        .take(10_000)
        .map(|step| match step {
            KeyStep::Down { number, .. } => char::from_digit(u32::from(number), 16).unwrap(),
            KeyStep::Up { .. } => 'u',
            KeyStep::Quiet => '-',
        })
        .collect()
}

#[test]
fn a_key_lasts_as_long_as_asked_and_its_end_is_told_three_times() {
    let mut keys = KeySending::default();
    assert_eq!(keys.send("1#", Duration::from_millis(100)), 0);
    assert_eq!(sent(&mut keys), "11111uuu--bbbbbuuu--");
    assert!(!keys.is_busy());
}

#[test]
fn a_comma_is_half_a_second_and_nonsense_is_nothing() {
    let mut keys = KeySending::default();
    keys.send("1,x2", Duration::from_millis(40));
    let expected = format!("11uuu--{}22uuu--", "-".repeat(25));
    assert_eq!(sent(&mut keys), expected);
}

#[test]
fn lengths_are_those_that_a_key_can_have() {
    for (asked, steps) in [(0, 2), (1_000_000, 400)] {
        let mut keys = KeySending::default();
        keys.send("7", Duration::from_millis(asked));
        assert_eq!(sent(&mut keys).matches('7').count(), steps);
    }
}

#[test]
fn a_key_that_is_held_ends_when_it_is_let_go() {
    let mut keys = KeySending::default();
    keys.press('5');
    for step in 1..=10 {
        let expected = KeyStep::Down {
            number: 5,
            lasted_ms: step * 20,
            first: step == 1,
        };
        assert_eq!(keys.step(), Some(expected));
    }
    keys.release();
    assert_eq!(sent(&mut keys), "5uuu--");
    keys.press('6');
    keys.release();
    assert_eq!(sent(&mut keys), "66uuu--");
}

#[test]
fn too_many_keys_are_left_out_and_said() {
    let mut keys = KeySending::default();
    let many = "1".repeat(limits::KEYS_WAITING + 3);
    assert_eq!(keys.send(&many, Duration::from_millis(100)), 3);
}
