//! Digits numbered, written, told apart.

use crate::audio::digit::Event;

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
