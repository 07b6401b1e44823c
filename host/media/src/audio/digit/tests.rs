//! Digits numbered, written, told apart.

use crate::audio::digit::{Detector, Event};
use crate::rtp::Packet;

#[test]
fn digits_have_the_numbers_of_the_rfc() {
    for (number, digit) in "0123456789*#ABCD".chars().enumerate() {
        let number = u8::try_from(number).unwrap();
        assert_eq!(Event::number_of(digit), Some(number));
        assert_eq!(Event::number_of(digit.to_ascii_lowercase()), Some(number));
        let event = Event {
            number,
            end: digit == '#',
            duration: 800,
        };
        assert_eq!(Event::read(&event.write()), Some(event));
        assert_eq!(event.digit(), Some(digit));
    }
    assert_eq!(Event::number_of('E'), None);
    assert_eq!(Event::read(&[1, 2, 3]), None);
}

#[test]
fn a_digit_is_told_once_however_often_it_is_repeated() {
    let mut detector = Detector::default();
    let mut heard = String::new();
    for (timestamp, number) in [(1, 5), (1, 5), (1, 5), (2, 5), (2, 5), (3, 16), (4, 11)] {
        let payload = Event {
            number,
            end: false,
            duration: 160,
        }
        .write();
        let packet = Packet {
            payload_type: 101,
            marker: false,
            sequence: 0,
            timestamp,
            ssrc: 1,
            payload: &payload,
        };
        heard.extend(detector.receive(&packet));
    }
    assert_eq!(heard, "55#");
}
