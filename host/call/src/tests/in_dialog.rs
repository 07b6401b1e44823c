//! Requests within the call: hold, codec change, glare, DTMF in INFO, and what is refused.

use std::time::Duration;

use expect_test::expect;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Direction;

use super::basic::{established, established_with};
use super::harness::*;
use super::wording::*;
use crate::media_command::MediaCommand;

fn body(message: &switchhook_sip::message::Fields) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}

fn remotes(world: &World, wanted: Side) -> Vec<(u16, Direction)> {
    (world.media.iter())
        .filter_map(|command| match command {
            MediaCommand::SetRemote { side, remote, .. } if *side == wanted => {
                Some((remote.rtp.map_or(0, |rtp| rtp.port()), remote.direction))
            }
            _ => None,
        })
        .collect()
}

fn hang_up(world: &mut World, ok: &switchhook_sip::message::Response, cseq: u32) {
    world.send("alice", &by_caller("alice", ok, "BYE", cseq, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn hold_by_the_caller_goes_through_both_legs() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    let hold = sdp_with("alice", 4000, 2, "sendonly");
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, &hold));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(body(&to_bob).contains("a=sendonly"));
    assert!(body(&to_bob).contains("c=IN IP4 192.0.2.1"));
    assert!(to_bob.to().tag().is_some());
    world.answer(
        "bob",
        &to_bob,
        200,
        Some(&sdp_with("bob", 5000, 2, "recvonly")),
    );
    world.request_to("bob", "ACK");
    let held = world.expect_status("alice", 200);
    assert!(body(&held).contains("a=recvonly"));
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    expect![[r#"
        alice -> INVITE
        -> alice: 100
        -> bob: INVITE
        bob -> 200
        -> bob: ACK
        -> alice: 200
        alice -> ACK
    "#]]
    .assert_eq(&world.ladder());
    assert_eq!(
        remotes(&world, Side::Caller).last(),
        Some(&(4000, Direction::SendOnly))
    );
    hang_up(&mut world, &ok, 3);
}

#[test]
fn a_new_media_address_of_the_called_side_reaches_the_relay() {
    let mut world = World::new();
    let (ok, invite) = established(&mut world);
    world.send(
        "bob",
        &by_callee(
            "bob",
            &invite,
            "INVITE",
            1,
            &sdp_with("bob", 5500, 2, "sendrecv"),
        ),
    );
    let to_alice = world.request_to("alice", "INVITE");
    world.answer(
        "alice",
        &to_alice,
        200,
        Some(&sdp_with("alice", 4000, 2, "sendrecv")),
    );
    world.request_to("alice", "ACK");
    world.expect_status("bob", 200);
    world.send("bob", &by_callee("bob", &invite, "ACK", 1, ""));
    assert_eq!(
        remotes(&world, Side::Callee).last(),
        Some(&(5500, Direction::SendRecv))
    );
    hang_up(&mut world, &ok, 2);
}

#[test]
fn the_session_version_grows_only_when_the_description_changes() {
    let mut world = World::new();
    let (ok, first) = established(&mut world);
    let version = |text: &str| {
        let origin = text.lines().find(|line| line.starts_with("o=")).unwrap();
        origin.split(' ').nth(2).unwrap().parse::<u64>().unwrap()
    };
    let mut versions = vec![version(&body(&first))];
    for (cseq, direction) in [
        (2, "sendrecv"),
        (3, "sendonly"),
        (4, "sendonly"),
        (5, "sendrecv"),
    ] {
        let offer = sdp_with("alice", 4000, cseq, direction);
        world.send("alice", &by_caller("alice", &ok, "INVITE", cseq, &offer));
        let to_bob = world.request_to("bob", "INVITE");
        versions.push(version(&body(&to_bob)));
        world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
        world.request_to("bob", "ACK");
        world.send("alice", &by_caller("alice", &ok, "ACK", cseq, ""));
    }
    assert_eq!(versions, [1, 1, 2, 2, 3]);
    hang_up(&mut world, &ok, 9);
}

#[test]
fn a_reinvite_without_an_offer_gets_one_and_its_ack_carries_the_answer() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, ""));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(to_bob.body().is_empty());
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5600)));
    world.expect_nothing("bob");
    world.response_to("alice");
    world.send(
        "alice",
        &by_caller("alice", &ok, "ACK", 2, &sdp("alice", 4600)),
    );
    let ack = world.request_to("bob", "ACK");
    assert!(body(&ack).contains("m=audio"));
    assert_eq!(remotes(&world, Side::Caller).last().unwrap().0, 4600);
    assert_eq!(remotes(&world, Side::Callee).last().unwrap().0, 5600);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn a_refused_reinvite_leaves_the_call_as_it_was() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    let before = world.media.len();
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4700)),
    );
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 488, None);
    world.request_to("bob", "ACK");
    world.expect_status("alice", 488);
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    assert_eq!(world.media.len(), before);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn reinvites_of_both_sides_at_once_get_491() {
    let mut world = World::new();
    let (ok, invite) = established(&mut world);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000)),
    );
    let to_bob = world.request_to("bob", "INVITE");
    world.send(
        "bob",
        &by_callee("bob", &invite, "INVITE", 1, &sdp("bob", 5000)),
    );
    world.expect_status("bob", 491);
    world.answer("bob", &to_bob, 491, None);
    world.request_to("bob", "ACK");
    world.expect_status("alice", 491);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn a_second_offer_of_the_same_side_is_told_to_wait() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000)),
    );
    let to_bob = world.request_to("bob", "INVITE");
    world.send(
        "alice",
        &by_caller("alice", &ok, "UPDATE", 3, &sdp("alice", 4000)),
    );
    let wait = world.expect_status("alice", 500);
    assert!(wait.header("Retry-After").is_some());
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    world.request_to("bob", "ACK");
    hang_up(&mut world, &ok, 4);
}

#[test]
fn a_reinvite_can_be_cancelled() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    let reinvite = by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000));
    world.send("alice", &reinvite);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.send("alice", &cancel(&reinvite));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    world.request_to("bob", "ACK");
    hang_up(&mut world, &ok, 3);
}

#[test]
fn an_update_changes_the_session_without_an_ack() {
    let mut world = World::new();
    let (ok, _) = established_with(&mut world, "Allow: INVITE, UPDATE\n");
    world.send(
        "alice",
        &by_caller("alice", &ok, "UPDATE", 2, &sdp("alice", 4800)),
    );
    let to_bob = world.request_to("bob", "UPDATE");
    assert!(body(&to_bob).contains("c=IN IP4 192.0.2.1"));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5800)));
    let updated = world.expect_status("alice", 200);
    assert!(body(&updated).contains("c=IN IP4 192.0.2.1"));
    assert_eq!(remotes(&world, Side::Caller).last().unwrap().0, 4800);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn an_info_goes_through_with_its_body_untouched() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INFO", 2, "Signal=5\r\nDuration=160\r\n"),
    );
    let to_bob = world.request_to("bob", "INFO");
    assert_eq!(body(&to_bob), "Signal=5\r\nDuration=160\r\n");
    assert_eq!(to_bob.content_type().unwrap(), "application/dtmf-relay");
    world.answer("bob", &to_bob, 200, None);
    world.expect_status("alice", 200);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn unknown_methods_within_the_call_go_through_and_so_do_their_refusals() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "FROBNICATE", 2, ""));
    let to_bob = world.request_to("bob", "FROBNICATE");
    world.answer("bob", &to_bob, 501, None);
    world.expect_status("alice", 501);
    hang_up(&mut world, &ok, 3);
}

#[test]
fn options_within_the_call_are_answered_and_nobody_may_subscribe() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "OPTIONS", 2, ""));
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "SUBSCRIBE", 4, ""));
    world.expect_status("alice", 489);
    world.expect_nothing("bob");
    hang_up(&mut world, &ok, 5);
}

#[test]
fn a_request_out_of_order_gets_500_and_one_of_another_dialog_481() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "INFO", 5, "x"));
    let to_bob = world.request_to("bob", "INFO");
    world.answer("bob", &to_bob, 200, None);
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "INFO", 4, "x"));
    world.expect_status("alice", 500);
    let stranger = by_caller("mallory", &ok, "BYE", 9, "").replace("tag=alicetag", "tag=guess");
    world.send("mallory", &stranger);
    world.expect_status("mallory", 481);
    hang_up(&mut world, &ok, 10);
}

#[test]
fn a_side_that_no_longer_knows_the_dialog_ends_the_call() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "INFO", 2, "x"));
    let to_bob = world.request_to("bob", "INFO");
    world.answer("bob", &to_bob, 481, None);
    world.expect_status("alice", 481);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn a_reinvite_that_nobody_answers_ends_the_call() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000)),
    );
    world.pass(Duration::from_secs(33));
    world.expect_status("alice", 408);
    world.request_to("alice", "BYE");
    world.finish();
}

#[test]
fn a_call_that_ends_answers_what_is_still_pending() {
    let mut world = World::new();
    let (ok, invite) = established(&mut world);
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000)),
    );
    world.request_to("bob", "INVITE");
    world.send("bob", &by_callee("bob", &invite, "BYE", 1, ""));
    world.expect_status("bob", 200);
    world.expect_status("alice", 487);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn byes_that_cross_are_both_answered() {
    let mut world = World::new();
    let (ok, invite) = established(&mut world);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.expect_status("alice", 200);
    let bye = world.request_to("bob", "BYE");
    world.send("bob", &by_callee("bob", &invite, "BYE", 1, ""));
    world.expect_status("bob", 200);
    world.answer("bob", &bye, 481, None);
    world.finish();
}
