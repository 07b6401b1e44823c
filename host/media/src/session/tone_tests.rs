//! Keys that are heard in the sound of a side.

use crate::audio::digit::Event;
use crate::codec::dtmf::Dialler;
use crate::codec::g711::Law;
use crate::relay::Side;
use crate::session::SessionEvent;
use crate::session::tests::{A, Call, MU, terms};

/// The tone of a key for 100 ms, then as much silence, in packets.
fn key_as_sound(key: char) -> Vec<Vec<u8>> {
    let mut dialler = Dialler::new(key, 8_000).unwrap();
    let mut samples = vec![0; 1_600];
    dialler.fill(&mut samples[..800]);
    let packets = samples.chunks(160);
    packets
        .map(|samples| {
            samples
                .iter()
                .map(|sample| Law::Mu.encode(*sample))
                .collect()
        })
        .collect()
}

#[test]
fn keys_are_heard_in_the_sound_of_a_side_without_events_alone_or_in_a_relayed_call() {
    for callee in [None, Some(terms(MU, Some(101)))] {
        let mut call = Call::new(Some(terms(MU, None)), callee);
        call.session.listen(Side::Caller, true);
        for packet in "19#".chars().flat_map(key_as_sound) {
            call.say(Side::Caller, 0, &packet);
            call.tick();
        }
        call.ticks(5);
        let expected = ['1', '9', '#'].map(|key| SessionEvent::Key {
            side: Side::Caller,
            key,
        });
        assert_eq!(call.events(), expected);
    }
}

#[test]
fn keys_in_sound_that_is_encoded_anew_become_events() {
    let mut call = Call::new(Some(terms(MU, None)), Some(terms(A, Some(96))));
    for packet in "52".chars().flat_map(key_as_sound) {
        call.say(Side::Caller, 0, &packet);
        call.tick();
    }
    call.ticks(20);
    let events = call.callee.iter().filter(|got| got.0 == 96);
    let ends = events.filter_map(|got| Event::read(&got.4).filter(|event| event.end));
    let keys: Vec<u8> = ends.map(|event| event.number).collect();
    assert_eq!(keys, [5, 5, 5, 2, 2, 2]);
}

#[test]
fn a_side_that_agreed_on_events_is_heard_in_its_sound_until_it_sends_one() {
    let mut call = Call::new(Some(terms(MU, Some(101))), None);
    call.session.listen(Side::Caller, true);
    let press_as_sound = |call: &mut Call, key| {
        for packet in key_as_sound(key) {
            call.say(Side::Caller, 0, &packet);
            call.tick();
        }
    };
    let keys = |call: &mut Call| -> String {
        let events = call.events().into_iter();
        let key = |event| match event {
            SessionEvent::Key { key, .. } => Some(key),
            _ => None,
        };
        events.filter_map(key).collect()
    };
    press_as_sound(&mut call, '1');
    press_as_sound(&mut call, '2');
    call.press(Side::Caller, 101, '2');
    assert_eq!(keys(&mut call), "12", "the same key both ways is one");
    call.press(Side::Caller, 101, '2');
    press_as_sound(&mut call, '3');
    call.press(Side::Caller, 101, '4');
    assert_eq!(
        keys(&mut call),
        "24",
        "from the first event on only those count"
    );
}
