//! The answer on its way: lost ACKs, repeated answers, early media, an offer that comes late.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::record::Party;
use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;
use crate::media_command::MediaCommand;

fn body(message: &switchhook_sip::message::Fields) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}

#[test]
fn a_200_is_repeated_until_its_ack_comes() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.pass(Duration::from_millis(3600));
    assert_eq!(
        world.inbox("alice").len(),
        3,
        "after 0.5, 1.5 and 3.5 seconds"
    );
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.pass(Duration::from_secs(20));
    world.expect_nothing("alice");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn without_an_ack_both_sides_are_hung_up_after_64_t1() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    world.pass(Duration::from_secs(31));
    world.expect_nothing("bob");
    world.pass(Duration::from_secs(2));
    world.request_to("bob", "BYE");
    world.request_to("alice", "BYE");
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Switch);
}

#[test]
fn a_callee_that_hangs_up_before_the_callers_ack_ends_the_call_after_it() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 1, ""));
    let ok = world.expect_status("alice", 200);
    world.expect_nothing("alice");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn an_answer_that_comes_again_is_acknowledged_again() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let first = world.request_to("bob", "ACK");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let second = world.request_to("bob", "ACK");
    assert_eq!(first.raw(), second.raw());
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_second_branch_of_one_destination_that_answers_too_is_hung_up() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let answer = response("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.send("bob", &answer);
    world.request_to("bob", "ACK");
    world.send("bob", &answer.replace("tag=bobtag", "tag=othertag"));
    let ack = world.request_to("bob", "ACK");
    assert_eq!(ack.to().tag(), Some("othertag"));
    let bye = world.request_to("bob", "BYE");
    assert_eq!(bye.to().tag(), Some("othertag"));
    world.answer("bob", &bye, 200, None);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn early_media_reaches_the_caller_once_and_the_answer_may_repeat_it() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    let early = world.expect_status("alice", 183);
    assert!(body(&early).contains("c=IN IP4 192.0.2.1"));
    world.expect_nothing("alice");
    world.answer("bob", &to_bob, 200, None);
    let ok = world.expect_status("alice", 200);
    assert_eq!(body(&ok), body(&early));
    assert_eq!(ok.to().tag(), early.to().tag());
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn an_invite_without_an_offer_gets_the_offer_of_the_called_side() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", ""));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(to_bob.body().is_empty());
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.expect_nothing("bob");
    let ok = world.expect_status("alice", 200);
    assert!(body(&ok).contains("c=IN IP4 192.0.2.1"));
    world.send(
        "alice",
        &by_caller("alice", &ok, "ACK", 1, &sdp("alice", 4000)),
    );
    let ack = world.request_to("bob", "ACK");
    assert!(body(&ack).contains("c=IN IP4 192.0.2.1"));
    let sides: Vec<_> = (world.media.iter())
        .filter_map(|command| match command {
            MediaCommand::SetRemote { side, remote, .. } => {
                Some((*side, remote.rtp.unwrap().port()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(sides, [(Side::Callee, 5000), (Side::Caller, 4000)]);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn an_ack_without_the_answer_it_owes_ends_the_call() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", ""));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.request_to("bob", "ACK");
    world.request_to("bob", "BYE");
    world.request_to("alice", "BYE");
    world.finish();
}

#[test]
fn an_answer_without_usable_media_is_hung_up_and_the_script_goes_on() {
    let mut world = World::scripted(vec![Verb::Connect(ring_in_turn(&["bob", "carol"]))]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some("v=0\r\nnonsense\r\n"));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.request_to("carol", "INVITE");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn requests_follow_contact_and_route_of_the_called_side() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let extra = "Record-Route: <sip:192.0.2.30;lr>\nContact: <sip:b@192.0.2.40:5090>\n";
    let ok = response_with("bob", &to_bob, 200, extra, Some(&sdp("bob", 5000)));
    world.send("bob", &ok);
    let ack = world.request_to("carol", "ACK");
    assert_eq!(ack.uri().as_str(), "sip:b@192.0.2.40:5090");
    assert_eq!(ack.routes().count(), 1);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}
