//! CANCEL and BYE before an answer, at every moment.

use std::time::Duration;

use expect_test::expect;
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::Verb;
use switchhook_sip::message::Message;

use super::harness::*;
use super::wording::*;

fn cancelled(world: &World) {
    let record = &world.records[0];
    assert_eq!(record.disposition, Disposition::Cancelled);
    assert_eq!((record.status, record.ended_by), (487, Party::Caller));
}

#[test]
fn a_cancel_before_the_decision_ends_the_call_and_the_decision_is_ignored() {
    let mut world = World::new();
    world.script = None;
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    world.send("alice", &cancel(&invite));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    let question = world.questions.remove(0);
    world.decide(question, Some(vec![Verb::Connect(ring(&["bob"]))]));
    world.drain();
    world.expect_nothing("bob");
    world.finish();
    cancelled(&world);
}

#[test]
fn a_cancel_while_ringing_cancels_the_leg() {
    let mut world = World::new();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.send("alice", &cancel(&invite));
    let cancel = world.request_to("bob", "CANCEL");
    world.answer("bob", &cancel, 200, None);
    world.answer("bob", &to_bob, 487, None);
    expect![[r#"
        alice -> INVITE
        -> alice: 100
        decide bob
        -> bob: INVITE
        bob -> 180
        -> alice: 180
        alice -> CANCEL
        -> alice: 200
        -> alice: 487
        -> bob: CANCEL
        bob -> 200
        bob -> 487
        -> bob: ACK
    "#]]
    .assert_eq(&world.ladder());
    world.finish();
    cancelled(&world);
    assert_eq!(world.records[0].legs[0].status, None);
}

#[test]
fn a_cancel_waits_for_the_first_response_of_the_leg() {
    let mut world = World::new();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.send("alice", &cancel(&invite));
    world.expect_nothing("bob");
    world.answer("bob", &to_bob, 100, None);
    world.request_to("bob", "CANCEL");
    world.finish();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let mut world = World::new();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.send("alice", &cancel(&invite));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "CANCEL");
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
    cancelled(&world);
}

#[test]
fn a_cancel_that_crosses_our_200_changes_nothing() {
    let mut world = World::new();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &cancel(&invite));
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    assert!(world.records.is_empty());
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_cancel_between_two_targets_in_turn_calls_no_further() {
    let mut world = World::scripted(vec![Verb::Connect(ring_in_turn(&["bob", "carol"]))]);
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.send("alice", &cancel(&invite));
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    world.finish();
    cancelled(&world);
}

#[test]
fn a_cancel_during_a_pause_ends_the_call() {
    let mut world = World::scripted(vec![pause(5000), Verb::Connect(ring(&["bob"]))]);
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    world.send("alice", &cancel(&invite));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    world.finish();
    world.expect_nothing("bob");
    cancelled(&world);
}

#[test]
fn a_cancel_while_a_name_is_being_resolved_ends_the_call() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["sip:x@far.example"]))]);
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    world.send("alice", &cancel(&invite));
    let (lookup, _) = world.resolves.remove(0);
    let candidates = vec![candidate("bob")];
    world.input(crate::input::Input::Resolved { lookup, candidates });
    world.expect_nothing("bob");
    world.finish();
    cancelled(&world);
}

#[test]
fn a_bye_in_the_early_dialog_ends_the_call() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    let ringing = world.expect_status("alice", 180);
    world.send("alice", &by_caller("alice", &ringing, "BYE", 2, ""));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    world.finish();
    cancelled(&world);
}

#[test]
fn a_leg_that_never_ends_after_its_cancel_is_given_up() {
    let mut world = World::new();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.send("alice", &cancel(&invite));
    world.pass(Duration::from_secs(40));
    assert_eq!(world.ended.len(), 1);
    world.finish();
}

#[test]
fn the_operator_can_hang_up_at_any_moment() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    let call_id = world.events[0].subject.call_id.clone();
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUp { call_id },
    ));
    world.request_to("bob", "CANCEL");
    world.expect_status("alice", 180);
    world.expect_status("alice", 480);
    world.answer("bob", &to_bob, 487, None);
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Switch);
}

/// What the called side does around a CANCEL: before it, after it, and whether it is answered all the same.
const MOMENTS: [(&str, &[u16], &[u16]); 9] = [
    ("before any response", &[], &[487]),
    ("before a response that comes late", &[], &[180, 487]),
    ("while it rings", &[180], &[487]),
    ("while it rings, crossing early media", &[180], &[183, 487]),
    ("with early media", &[183], &[487]),
    ("with early media of two kinds", &[180, 183], &[183, 487]),
    ("crossing an answer", &[180], &[200]),
    ("crossing early media and an answer", &[], &[183, 200]),
    ("crossing a refusal", &[180], &[486]),
];

#[test]
fn a_cancel_ends_the_call_at_every_moment_with_and_without_100rel_on_each_side() {
    for (moment, before, after) in MOMENTS {
        for (caller, callee) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut world = World::new();
            let supported = if caller { "Supported: 100rel\n" } else { "" };
            let text = invite("alice", "bob", supported, &sdp("alice", 4000));
            world.send("alice", &text);
            let to_bob = world.request_to("bob", "INVITE");
            let mut number = 0;
            let mut answer = |world: &mut World, status: u16| {
                number += 1;
                let reliable = format!("Require: 100rel\nRSeq: {number}\n");
                let is_reliable = callee && status < 200;
                let extra = if is_reliable { reliable.as_str() } else { "" };
                let body = matches!(status, 183 | 200).then(|| sdp("bob", 5000));
                let response = response_with("bob", &to_bob, status, extra, body.as_deref());
                world.send("bob", &response);
            };
            for status in before {
                answer(&mut world, *status);
            }
            world.send("alice", &cancel(&text));
            for status in after {
                answer(&mut world, *status);
            }
            let mut finals = Vec::new();
            for message in world.inbox("alice") {
                if let Message::Response(response) = message
                    && response.is_final()
                {
                    finals.push((response.status(), response.to().tag().map(str::to_owned)));
                }
            }
            let statuses: Vec<_> = finals.iter().map(|(status, _)| *status).collect();
            assert_eq!(statuses, [200, 487], "{moment}");
            assert_eq!(finals[0].1, finals[1].1, "{moment}: one tag");
            if after.contains(&200) {
                let waiting = world.inbox("bob").into_iter();
                let bye = waiting.filter_map(|message| match message {
                    Message::Request(request) => Some(request),
                    Message::Response(_) => None,
                });
                let mut bye = bye.filter(|request| request.method().as_str() == "BYE");
                let bye = bye.next().expect("what was answered is hung up");
                world.answer("bob", &bye, 200, None);
            }
            world.finish();
            cancelled(&world);
        }
    }
}

#[test]
fn a_destination_that_hangs_up_before_its_answer_arrives_has_failed_and_nothing_is_left_of_it() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 1, ""));
    world.expect_final("alice", 404);
    world.request_to("bob", "CANCEL");
    world.finish();
}
