//! Callers that stay when the called side has hung up, and whom they are connected with then.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Direction, Offer};
use switchhook_routing::decision::Continuation;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::{Connect, Verb};
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};
use crate::media_command::MediaCommand;

fn staying(name: &str) -> Connect {
    Connect {
        keep_caller: true,
        ..ring(&[name])
    }
}

fn again(name: &str) -> Verb {
    Verb::Connect(Connect {
        reconnect: true,
        ..staying(name)
    })
}

/// Alice talks to bob; then bob hangs up.
fn left(rest: Vec<Verb>) -> (World, Response) {
    let (mut world, ok, to_bob) = talking(rest);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    world.expect_status("bob", 200);
    (world, ok)
}

fn talking(rest: Vec<Verb>) -> (World, Response, Request) {
    let mut script = vec![Verb::Connect(staying("bob"))];
    script.extend(rest);
    let mut world = World::scripted(script);
    let (ok, to_bob) = super::basic::established(&mut world);
    (world, ok, to_bob)
}

fn formats(request: &Request) -> Vec<u8> {
    let offer = Offer::parse(request.body()).unwrap();
    offer
        .formats()
        .iter()
        .map(|codec| codec.payload_type)
        .collect()
}

#[track_caller]
fn hang_up(world: &mut World, ok: &Response, callee: &str) {
    world.inbox("alice");
    world.send("alice", &by_caller("alice", ok, "BYE", 7, ""));
    world.expect_status("alice", 200);
    let bye = world.request_to_skipping(callee, "BYE", "ACK");
    world.answer(callee, &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Answered);
}

#[test]
fn the_caller_is_connected_with_the_next_one_and_is_told_nothing() {
    let (mut world, ok) = left(vec![again("carol")]);
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(formats(&to_carol), [0, 8, 101]);
    world.answer("carol", &to_carol, 180, None);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    world.expect_nothing("alice");
    let remotes = world.media.iter().filter_map(|command| match command {
        MediaCommand::SetRemote {
            side: Side::Callee,
            remote,
            ..
        } => Some(remote.rtp),
        _ => None,
    });
    let remotes: Vec<_> = remotes.map(|rtp| rtp.map(|rtp| rtp.to_string())).collect();
    let at = |text: &str| Some(text.to_owned());
    assert_eq!(
        remotes,
        [at("192.0.2.20:5000"), None, at("192.0.2.30:6000")]
    );
    hang_up(&mut world, &ok, "carol");
    let record = &world.records[0];
    let answered: Vec<_> = record
        .legs
        .iter()
        .map(|leg| leg.answered_at.is_some())
        .collect();
    assert_eq!(answered, [true, true]);
    assert_eq!(world.exchange.counters().answered, 1);
    let told = told(&world);
    let from = told
        .iter()
        .position(|line| line == "hung up Callee")
        .unwrap();
    assert_eq!(
        told[from..],
        [
            "hung up Callee",
            "ended Connect: completed",
            "started Connect",
            "trying sip:carol@192.0.2.30:5060 0",
            "ringing sip:carol@192.0.2.30:5060 0",
            "answered sip:carol@192.0.2.30:5060 0",
            "hung up Caller",
            "ended Connect: completed",
            "completed Answered 200 Caller",
        ]
    );
}

#[test]
fn what_the_next_one_cannot_do_the_caller_is_told_in_a_re_invite() {
    let (mut world, ok) = left(vec![again("carol")]);
    let to_carol = world.request_to("carol", "INVITE");
    let pcma = sdp("carol", 6000).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
    world.answer("carol", &to_carol, 200, Some(&pcma));
    let renewal = world.request_to("alice", "INVITE");
    assert_eq!(formats(&renewal), [8]);
    let answer = sdp("alice", 4444).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
    world.answer("alice", &renewal, 200, Some(&answer));
    world.request_to("alice", "ACK");
    let last = world.media.iter().rev().find_map(|command| match command {
        MediaCommand::SetRemote { side, remote, .. } => Some((*side, remote.rtp.unwrap().port())),
        _ => None,
    });
    assert_eq!(last, Some((Side::Caller, 4444)));
    assert!(told(&world).contains(&"reinvited Switch".to_owned()));
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn a_re_invite_that_meets_another_is_tried_again() {
    let (mut world, ok) = left(vec![again("carol")]);
    let to_carol = world.request_to("carol", "INVITE");
    let pcma = sdp("carol", 6000).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
    world.answer("carol", &to_carol, 200, Some(&pcma));
    for _ in 0..2 {
        let renewal = world.request_to_skipping("alice", "INVITE", "ACK");
        world.send(
            "alice",
            &by_caller("alice", &ok, "INVITE", 5, &sdp("alice", 4000)),
        );
        world.expect_status("alice", 491);
        world.answer("alice", &renewal, 491, None);
        world.pass(Duration::from_secs(2));
        world.inbox("carol");
    }
    let renewal = world.request_to_skipping("alice", "INVITE", "ACK");
    world.answer("alice", &renewal, 488, None);
    world.pass(Duration::from_secs(3));
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn somebody_who_was_held_is_offered_in_both_directions() {
    let (mut world, ok, to_bob) = talking(vec![again("carol")]);
    let hold = sdp_with("bob", 5000, 2, "sendonly");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 2, &hold));
    let to_alice = world.request_to("alice", "INVITE");
    let held = sdp_with("alice", 4000, 2, "recvonly");
    world.answer("alice", &to_alice, 200, Some(&held));
    world.expect_status("bob", 200);
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 2, ""));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 3, ""));
    let to_carol = world.request_to("carol", "INVITE");
    let offer = Offer::parse(to_carol.body()).unwrap();
    assert_eq!(offer.remote().direction, Direction::SendRecv);
    world.inbox("alice");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    let renewal = world.request_to("alice", "INVITE");
    let offer = Offer::parse(renewal.body()).unwrap();
    assert_eq!(
        offer.remote().direction,
        Direction::SendRecv,
        "taken back from hold"
    );
    world.answer(
        "alice",
        &renewal,
        200,
        Some(&sdp_with("alice", 4000, 3, "sendrecv")),
    );
    world.request_to("alice", "ACK");
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn without_reconnect_a_connect_after_an_answered_one_is_skipped() {
    let (mut world, _) = left(vec![Verb::Connect(ring(&["carol"]))]);
    world.expect_nothing("carol");
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
    assert!(told(&world).contains(&"ended Connect: skipped".to_owned()));
    let record = &world.records[0];
    assert_eq!(
        (record.disposition, record.ended_by),
        (Disposition::Answered, Party::Switch)
    );
}

#[test]
fn when_nobody_else_answers_the_caller_is_hung_up() {
    let (mut world, _) = left(vec![again("carol"), respond(404)]);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Answered);
    assert_eq!(world.records[0].status, 200);
}

#[test]
fn a_tag_is_asked_back_when_the_called_side_has_hung_up() {
    let connect = Connect {
        tag: Some("after".to_owned()),
        ..staying("bob")
    };
    let mut world = World::scripted(vec![Verb::Connect(connect)]);
    let (ok, to_bob) = super::basic::established(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let request = &world.resumes[0];
    assert_eq!(request.outcome, Outcome::Completed);
    assert!(request.call.answered);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 4, &sdp("alice", 4000)),
    );
    // Nobody else is there: the switch answers for itself.
    let again = world.expect_final("alice", 200);
    world.send("alice", &by_caller("alice", &again, "ACK", 4, ""));
    let script = vec![Verb::Connect(ring(&["carol"]))];
    world.resume(Some(Continuation::Script(script)));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn a_continuation_that_connects_nobody_ends_the_call_of_a_caller_who_was_connected() {
    let connect = Connect {
        tag: Some("after".to_owned()),
        ..staying("bob")
    };
    let mut world = World::scripted(vec![Verb::Connect(connect)]);
    let (_, to_bob) = super::basic::established(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let script = vec![Verb::Connect(ring(&["carol"]))];
    world.resume(Some(Continuation::Script(script)));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    assert_eq!(world.asked, 1);
    world.finish();
}

#[test]
fn a_caller_who_hangs_up_between_two_of_them_ends_the_call() {
    let (mut world, ok) = left(vec![pause(5_000), again("carol")]);
    world.send("alice", &by_caller("alice", &ok, "BYE", 7, ""));
    world.expect_status("alice", 200);
    world.expect_nothing("carol");
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Caller);
    let (mut world, ok) = left(vec![again("carol")]);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.send("alice", &by_caller("alice", &ok, "BYE", 7, ""));
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    world.finish();
}

#[test]
fn a_caller_that_left_the_offer_to_the_called_side_stays_too() {
    let mut world = World::scripted(vec![Verb::Connect(staying("bob")), again("carol")]);
    world.send("alice", &invite("alice", "bob", "", ""));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send(
        "alice",
        &by_caller("alice", &ok, "ACK", 1, &sdp("alice", 4000)),
    );
    world.request_to("bob", "ACK");
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(formats(&to_carol), [0, 8, 101]);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn what_the_one_who_has_hung_up_still_says_does_not_reach_the_next_one() {
    let (mut world, ok, to_bob) = talking(vec![again("carol")]);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4002)),
    );
    let re_invite = world.request_to("bob", "INVITE");
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    world.expect_final("alice", 487);
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    world.answer("bob", &re_invite, 200, Some(&sdp("bob", 5000)));
    world.expect_nothing("carol");
    world.inbox("bob");
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn a_called_side_that_does_not_know_the_call_any_more_counts_as_hung_up() {
    let (mut world, ok, _) = talking(vec![again("carol")]);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4002)),
    );
    let re_invite = world.request_to("bob", "INVITE");
    world.answer("bob", &re_invite, 481, None);
    world.expect_final("alice", 500);
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 481, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    hang_up(&mut world, &ok, "carol");
}

#[test]
fn respond_ends_a_call_that_is_answered_with_bye() {
    let (mut world, _) = left(vec![respond(603)]);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Answered);
}

#[test]
fn without_keep_caller_the_call_is_over() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob"])), again("carol")]);
    let (_, to_bob) = super::basic::established(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.expect_nothing("carol");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Callee);
}
