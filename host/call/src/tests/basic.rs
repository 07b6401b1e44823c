//! The plain call and its neighbours.

use std::time::Duration;

use expect_test::expect;
use switchhook_routing::call::Origin;
use switchhook_routing::record::{Disposition, Party};

use super::harness::*;
use super::wording::*;

/// A call that is up: the 200 that alice got and the INVITE that bob got.
pub(super) fn established(
    world: &mut World,
) -> (
    switchhook_sip::message::Response,
    switchhook_sip::message::Request,
) {
    established_with(world, "")
}

/// One whose called side says this in its 200.
pub(super) fn established_with(
    world: &mut World,
    callee: &str,
) -> (
    switchhook_sip::message::Response,
    switchhook_sip::message::Request,
) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let text = response_with("bob", &to_bob, 200, callee, Some(&sdp("bob", 5000)));
    world.send("bob", &text);
    let ok = world.expect_status("alice", 200);
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.ladder.clear();
    (ok, to_bob)
}

#[test]
fn a_call_is_decided_connected_and_hung_up_by_the_caller() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.expect_status("alice", 180);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.pass(Duration::from_secs(10));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    expect![[r#"
        alice -> INVITE
        -> alice: 100
        decide bob
        -> bob: INVITE
        bob -> 180
        -> alice: 180
        bob -> 200
        -> bob: ACK
        -> alice: 200
        alice -> ACK
        alice -> BYE
        -> alice: 200
        -> bob: BYE
        bob -> 200
    "#]]
    .assert_eq(&world.ladder());
    world.finish();

    let record = &world.records[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.ended_by, Party::Caller);
    assert_eq!(record.status, 200);
    assert_eq!(record.origin, Origin::Trunk("gateway".to_owned()));
    assert_eq!(
        (record.caller.as_str(), record.callee.as_str()),
        ("alice", "bob")
    );
    assert_eq!(record.ended_at - record.answered_at.unwrap(), 10_000);
    assert_eq!(record.legs[0].status, Some(200));
    assert_eq!(record.decisions[0].stages[0].version, "0123456789ab");
    assert!(record.media.is_some());
}

#[test]
fn the_called_side_hangs_up() {
    let mut world = World::new();
    let (_, to_bob) = established(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 1, ""));
    world.expect_status("bob", 200);
    let bye = world.request_to("alice", "BYE");
    assert_eq!(bye.uri().as_str(), "sip:alice@192.0.2.10:5060");
    world.answer("alice", &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Callee);
}

#[test]
fn the_legs_share_no_identifier() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert_ne!(to_bob.call_id(), "call-of-alice");
    assert_ne!(to_bob.from().tag(), Some("alicetag"));
    assert_eq!(to_bob.max_forwards(), Some(69));
    assert_eq!(
        to_bob.contact().unwrap().uri().as_str(),
        "sip:192.0.2.1:5060"
    );
    assert_eq!(to_bob.from().uri().as_str(), "sip:alice@example.test");
    assert_eq!(to_bob.vias().count(), 1);
}

#[test]
fn events_tell_the_call_without_gaps() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    assert_eq!(
        told(&world),
        [
            "initiated",
            "decided 0 Plugin",
            "started Connect",
            "trying sip:bob@192.0.2.20:5060 0",
            "answered sip:bob@192.0.2.20:5060 0",
            "hung up Caller",
            "ended Connect: completed",
            "completed Answered 200 Caller",
        ]
    );
    assert!(
        world
            .events
            .iter()
            .enumerate()
            .all(|(i, e)| e.sequence == i as u32)
    );
    world.finish();
}

#[test]
fn routing_code_sees_the_call_without_credentials() {
    let mut world = World::new();
    world.script = None;
    let extra = "X-Tier: gold\nAuthorization: Digest secret\n";
    world.send("alice", &invite("alice", "bob", extra, &sdp("alice", 4000)));
    let question = &world.questions[0];
    let call = &question.call;
    assert_eq!(call.sip_call_id, "call-of-alice");
    assert_eq!(call.domain, "example.test");
    assert_eq!(
        (call.caller.as_str(), call.caller_name.as_str()),
        ("alice", "alice")
    );
    assert_eq!(call.source_address, "192.0.2.10:5060");
    assert_eq!(call.received_at, 1_800_000_000_000);
    assert!(
        call.headers
            .iter()
            .any(|h| h.name == "X-Tier" && h.value == "gold")
    );
    assert!(!call.headers.iter().any(|h| h.name == "Authorization"));
    assert_eq!(call.codecs, ["PCMU", "PCMA", "telephone-event"]);
    world.ladder();
}

#[test]
fn an_options_outside_of_dialogs_is_answered() {
    let mut world = World::new();
    world.send(
        "mallory",
        &request("mallory", "OPTIONS", "sip:example.test", 1, "", ""),
    );
    let ok = world.expect_status("mallory", 200);
    assert!(ok.header("Allow").unwrap().contains("INVITE"));
    assert_eq!(ok.header("Accept").unwrap(), "application/sdp");
}

#[test]
fn methods_that_are_not_offered_are_refused_with_allow() {
    let mut world = World::new();
    for (method, status) in [("NOTIFY", 405), ("FROBNICATE", 501), ("BYE", 481)] {
        world.send(
            "alice",
            &request("alice", method, "sip:bob@example.test", 1, "", ""),
        );
        let refused = world.expect_status("alice", status);
        assert_eq!(refused.header("Allow").is_some(), status != 481, "{method}");
    }
    world.finish();
}

#[test]
fn ipv6_works_on_both_legs_and_in_between() {
    let mut world = World::new();
    world.send("six", &invite("six", "bob", "", &sdp("six", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(String::from_utf8_lossy(to_bob.body()).contains("c=IN IP4 192.0.2.1"));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("six", 200);
    assert_eq!(
        ok.contact().unwrap().uri().as_str(),
        "sip:[2001:db8::1]:5060"
    );
    assert!(String::from_utf8_lossy(ok.body()).contains("c=IN IP6 2001:db8::1"));
    world.send("six", &by_caller("six", &ok, "ACK", 1, ""));
    world.send("six", &by_caller("six", &ok, "BYE", 2, ""));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn bytes_that_are_no_message_are_counted_and_answered_where_they_can_be() {
    let mut world = World::new();
    world.send("mallory", "hello\n\n");
    world.expect_nothing("mallory");
    let bad = invite("mallory", "bob", "", "").replacen("SIP/2.0", "SIP/7.0", 1);
    world.send("mallory", &bad);
    world.expect_status("mallory", 505);
    assert_eq!(world.exchange.counters().malformed, 2);
}
