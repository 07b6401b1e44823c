//! What an operator sees of calls.

use std::time::Duration;

use switchhook_media::relay::Side;

use super::basic::established;
use super::harness::*;
use super::wording::*;
use crate::view::CallStage;

#[test]
fn a_call_is_seen_with_its_legs_and_what_each_was_told() {
    let mut world = World::new();
    established(&mut world);
    let calls = world.exchange.calls_at(world.now);
    let [call] = calls.as_slice() else {
        panic!("{calls:?}");
    };
    assert_eq!(
        (call.stage, call.callee.as_str()),
        (CallStage::Talking, "bob")
    );
    assert!(call.session.is_some());
    let sides: Vec<_> = call.legs.iter().map(|leg| leg.side).collect();
    assert_eq!(sides, [Some(Side::Caller), Some(Side::Callee)]);
    for (leg, name) in call.legs.iter().zip(["alice", "bob"]) {
        assert_eq!(leg.flow.peer.to_string(), address(name));
        assert!(leg.contact.contains(name), "{leg:?}");
        assert!(leg.media.is_some() && leg.unacknowledged.is_none());
    }
}

#[test]
fn an_ack_that_does_not_come_is_seen() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.pass(Duration::from_secs(3));
    let calls = world.exchange.calls_at(world.now);
    let waited = calls
        .first()
        .and_then(|call| call.legs.first()?.unacknowledged);
    assert_eq!(waited, Some(Duration::from_secs(3)));
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}
