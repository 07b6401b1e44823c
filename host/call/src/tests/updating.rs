//! UPDATE (RFC 3311) in early dialogs, offers in PRACK, early dialogs of several branches, 199 (RFC 6228).

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_sip::message::{Fields, Request, Response};

use super::harness::*;
use super::reliably::prack;
use super::wording::*;
use crate::media_command::MediaCommand;

const ALICE: &str = "Supported: 100rel\nAllow: INVITE, UPDATE, PRACK\n";

fn body(message: &Fields) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}

fn reliable(request: &Request, allow: &str, sdp: &str) -> String {
    let extra = format!("Require: 100rel\nRSeq: 1\nAllow: {allow}\n");
    response_with("bob", request, 183, &extra, Some(sdp))
}

fn of_branch(text: &str, branch: &str) -> String {
    text.replace("tag=bobtag", &format!("tag={branch}"))
}

/// Where the relay sends what is for a side: the port.
fn port(world: &World, wanted: Side) -> u16 {
    let remotes = world.media.iter().filter_map(|command| match command {
        MediaCommand::SetRemote { side, remote, .. } if *side == wanted => remote.rtp,
        _ => None,
    });
    remotes.fold(0, |_, rtp| rtp.port())
}

/// A call that rings with media on both sides, all of it reliably: the 183 that alice got and the INVITE that bob got.
fn ringing(world: &mut World, allow: &str) -> (Response, Request) {
    world.send("alice", &invite("alice", "bob", ALICE, &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.send("bob", &reliable(&to_bob, allow, &sdp("bob", 5000)));
    let acknowledged = world.request_to("bob", "PRACK");
    world.answer("bob", &acknowledged, 200, None);
    let early = world.expect_status("alice", 183);
    world.send("alice", &prack(&early, 2, ""));
    world.expect_status("alice", 200);
    (early, to_bob)
}

fn answered(world: &mut World, to_bob: &Request) -> Response {
    world.answer("bob", to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_final("alice", 200);
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    ok
}

fn hang_up(world: &mut World, ok: &Response) {
    world.send("alice", &by_caller("alice", ok, "BYE", 90, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn an_early_offer_of_the_caller_is_sent_on_to_the_branch_that_it_hears() {
    let mut world = World::new();
    let (early, to_bob) = ringing(&mut world, "INVITE, UPDATE");
    let offer = sdp_with("alice", 4400, 2, "sendrecv");
    world.send("alice", &by_caller("alice", &early, "UPDATE", 3, &offer));
    let update = world.request_to("bob", "UPDATE");
    assert_eq!(update.to().tag(), Some("bobtag"));
    assert!(body(&update).contains("c=IN IP4 192.0.2.1"));
    world.answer("bob", &update, 200, Some(&sdp("bob", 5500)));
    let updated = world.expect_status("alice", 200);
    assert!(body(&updated).contains("c=IN IP4 192.0.2.1"));
    assert_eq!(port(&world, Side::Caller), 4400);
    assert_eq!(port(&world, Side::Callee), 5500);
    let ok = answered(&mut world, &to_bob);
    assert!(ok.body().is_empty());
    world.expect_nothing("alice");
    hang_up(&mut world, &ok);
}

#[test]
fn where_the_called_side_takes_no_update_the_caller_is_answered_on_its_behalf() {
    let mut world = World::new();
    let (early, to_bob) = ringing(&mut world, "INVITE");
    let offer = sdp_with("alice", 4400, 2, "sendrecv");
    world.send("alice", &by_caller("alice", &early, "UPDATE", 3, &offer));
    let updated = world.expect_status("alice", 200);
    assert!(body(&updated).contains("m=audio"));
    world.expect_nothing("bob");
    assert_eq!(port(&world, Side::Caller), 4400);
    let ok = answered(&mut world, &to_bob);
    hang_up(&mut world, &ok);
}

#[test]
fn an_offer_in_a_prack_goes_over_as_an_update() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", ALICE, &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let text = reliable(&to_bob, "INVITE, UPDATE", &sdp("bob", 5000));
    world.send("bob", &text);
    let acknowledged = world.request_to("bob", "PRACK");
    world.answer("bob", &acknowledged, 200, None);
    let early = world.expect_status("alice", 183);
    let offer = sdp_with("alice", 4400, 2, "sendrecv");
    world.send("alice", &prack(&early, 2, &offer));
    let update = world.request_to("bob", "UPDATE");
    world.answer("bob", &update, 200, Some(&sdp("bob", 5500)));
    let answer = world.expect_status("alice", 200);
    assert_eq!(answer.cseq().method.as_str(), "PRACK");
    assert!(body(&answer).contains("m=audio"));
    let ok = answered(&mut world, &to_bob);
    hang_up(&mut world, &ok);
}

#[test]
fn an_early_offer_of_the_called_side_reaches_a_caller_that_takes_it() {
    let mut world = World::new();
    let (_, to_bob) = ringing(&mut world, "INVITE, UPDATE");
    let offer = sdp_with("bob", 5600, 2, "sendrecv");
    world.send("bob", &by_callee("bob", &to_bob, "UPDATE", 1, &offer));
    let update = world.request_to("alice", "UPDATE");
    assert!(body(&update).contains("c=IN IP4 192.0.2.1"));
    world.answer("alice", &update, 200, Some(&sdp("alice", 4600)));
    let answer = world.expect_status("bob", 200);
    assert!(body(&answer).contains("m=audio"));
    assert_eq!(port(&world, Side::Callee), 5600);
    assert_eq!(port(&world, Side::Caller), 4600);
    let ok = answered(&mut world, &to_bob);
    hang_up(&mut world, &ok);
}

#[test]
fn and_is_answered_for_a_caller_that_does_not() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let text = reliable(&to_bob, "INVITE, UPDATE", &sdp("bob", 5000));
    world.send("bob", &text);
    let acknowledged = world.request_to("bob", "PRACK");
    world.answer("bob", &acknowledged, 200, None);
    let offer = sdp_with("bob", 5600, 2, "sendrecv");
    world.send("bob", &by_callee("bob", &to_bob, "UPDATE", 1, &offer));
    let answer = world.expect_status("bob", 200);
    assert!(body(&answer).contains("m=audio"));
    assert_eq!(port(&world, Side::Callee), 5600);
    let ok = answered(&mut world, &to_bob);
    hang_up(&mut world, &ok);
}

#[test]
fn offers_before_the_first_is_answered_are_told_to_wait() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", ALICE, &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let extra = "Require: 100rel\nRSeq: 1\nAllow: UPDATE\n";
    world.send("bob", &response_with("bob", &to_bob, 180, extra, None));
    world.request_to("bob", "PRACK");
    let ringing = world.expect_status("alice", 180);
    let offer = sdp_with("alice", 4400, 2, "sendrecv");
    world.send("alice", &by_caller("alice", &ringing, "UPDATE", 2, &offer));
    let wait = world.expect_status("alice", 500);
    assert!(wait.header("Retry-After").is_some());
    let offer = sdp_with("bob", 5600, 2, "sendrecv");
    world.send("bob", &by_callee("bob", &to_bob, "UPDATE", 1, &offer));
    world.expect_status("bob", 491);
    world.send("bob", &by_callee("bob", &to_bob, "UPDATE", 2, ""));
    world.expect_status("bob", 200);
    let ok = answered(&mut world, &to_bob);
    hang_up(&mut world, &ok);
}

#[test]
fn an_update_that_is_pending_when_the_call_is_answered_is_answered_too() {
    let mut world = World::new();
    let (early, to_bob) = ringing(&mut world, "INVITE, UPDATE");
    let offer = sdp_with("alice", 4400, 2, "sendrecv");
    world.send("alice", &by_caller("alice", &early, "UPDATE", 3, &offer));
    let update = world.request_to("bob", "UPDATE");
    let ok = answered(&mut world, &to_bob);
    world.answer("bob", &update, 200, Some(&sdp("bob", 5500)));
    let updated = world.expect_status("alice", 200);
    assert_eq!(updated.cseq().method.as_str(), "UPDATE");
    hang_up(&mut world, &ok);
}

#[test]
fn of_several_branches_the_first_with_media_is_heard_and_any_may_answer() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let first = response("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.send("bob", &of_branch(&first, "one"));
    let second = response("bob", &to_bob, 183, Some(&sdp("bob", 5002)));
    world.send("bob", &of_branch(&second, "two"));
    assert_eq!(port(&world, Side::Callee), 5000);
    world.expect_status("alice", 183);
    world.expect_nothing("alice");
    let answer = response("bob", &to_bob, 200, Some(&sdp("bob", 5002)));
    world.send("bob", &of_branch(&answer, "two"));
    assert_eq!(port(&world, Side::Callee), 5002);
    let ok = world.expect_status("alice", 200);
    let ack = world.request_to("bob", "ACK");
    assert_eq!(ack.to().tag(), Some("two"));
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    // The other branch answers too: it is acknowledged and hung up.
    let late = response("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.send("bob", &of_branch(&late, "one"));
    let ack = world.request_to("bob", "ACK");
    assert_eq!(ack.to().tag(), Some("one"));
    let bye = world.request_to("bob", "BYE");
    assert_eq!(bye.to().tag(), Some("one"));
    world.answer("bob", &bye, 200, None);
    hang_up(&mut world, &ok);
}

#[test]
fn a_branch_that_is_gone_leaves_the_early_media_to_another() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(to_bob.has_option("Supported".into(), "199"));
    for (branch, port) in [("one", 5000), ("two", 5002)] {
        let text = response("bob", &to_bob, 183, Some(&sdp("bob", port)));
        world.send("bob", &of_branch(&text, branch));
    }
    world.expect_status("alice", 183);
    let gone = response("bob", &to_bob, 199, None);
    world.send("bob", &of_branch(&gone, "one"));
    assert_eq!(port(&world, Side::Callee), 5002);
    world.expect_nothing("alice");
    let answer = response("bob", &to_bob, 200, None);
    world.send("bob", &of_branch(&answer, "two"));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    hang_up(&mut world, &ok);
}

#[test]
fn another_branch_with_another_session_is_told_to_a_caller_that_has_its_answer() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", ALICE, &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let one = response("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.send("bob", &of_branch(&one, "one"));
    let early = world.expect_status("alice", 183);
    world.send("alice", &prack(&early, 2, ""));
    world.expect_status("alice", 200);
    let other = sdp("bob", 5002).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
    let answer = response("bob", &to_bob, 200, Some(&other));
    world.send("bob", &of_branch(&answer, "two"));
    let ok = world.expect_status("alice", 200);
    assert!(ok.body().is_empty());
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.pass(Duration::from_secs(5));
    let renewed = world.request_to("alice", "INVITE");
    assert!(body(&renewed).contains("RTP/AVP 8\r\n"));
    let answer = sdp("alice", 4000).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
    world.answer("alice", &renewed, 200, Some(&answer));
    world.request_to_skipping("alice", "ACK", "INVITE");
    hang_up(&mut world, &ok);
}
