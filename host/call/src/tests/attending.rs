//! Attended transfers (REFER with Replaces): two parties of two calls come together.

use std::time::Duration;

use expect_test::expect;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::transferring::{by_alice, by_bob, expect_notify, talking};
use super::wording::*;
use crate::input::{Command, Input};

/// Alice calls carol beside her call with bob: what she sent and what carol got.
pub(super) fn consult(world: &mut World) -> (String, Request) {
    let second = invite("alice", "carol", "", &sdp("alice", 4100))
        .replace("call-of-alice", "second-call")
        .replace("branch=z9hG4bKalice", "branch=z9hG4bKsecond");
    world.send("alice", &second);
    (second, world.request_to("carol", "INVITE"))
}

/// Alice talks to bob and to carol.
fn both() -> (World, Response, Request, Response, Request) {
    let (mut world, ok, to_bob) = talking();
    let (_, to_carol) = consult(&mut world);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    let second = world.expect_status("alice", 200);
    world.request_to("carol", "ACK");
    world.send("alice", &by_caller("alice", &second, "ACK", 1, ""));
    world.ladder.clear();
    (world, ok, to_bob, second, to_carol)
}

/// A Refer-To that names the dialog that this response made, seen from who called.
pub(super) fn replacing(dialog: &Response) -> String {
    format!(
        "sip:carol@example.test?Replaces={}%3Bto-tag%3D{}%3Bfrom-tag%3D{}",
        dialog.call_id(),
        dialog.to().tag().unwrap(),
        dialog.from().tag().unwrap()
    )
}

#[track_caller]
fn goodbye_alice(world: &mut World, calls: usize) {
    for _ in 0..calls {
        let bye = world.request_to_skipping("alice", "BYE", "NOTIFY");
        world.answer("alice", &bye, 200, None);
    }
}

#[test]
fn the_two_that_remain_talk_to_each_other() {
    let (mut world, ok, to_bob, second, to_carol) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    world.expect_status("alice", 202);
    let re_invite = world.request_to("carol", "INVITE");
    assert_eq!(re_invite.call_id(), to_carol.call_id());
    world.answer("carol", &re_invite, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    let re_invite = world.request_to("bob", "INVITE");
    assert_eq!(re_invite.call_id(), to_bob.call_id());
    world.answer("bob", &re_invite, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    expect_notify(&mut world, "alice", 100);
    goodbye_alice(&mut world, 2);
    world.expect_nothing("alice");
    world.send(
        "carol",
        &by_callee("carol", &to_carol, "INFO", 2, "Signal=1"),
    );
    let info = world.request_to("bob", "INFO");
    world.answer("bob", &info, 200, None);
    world.expect_status("carol", 200);
    world.send("carol", &by_callee("carol", &to_carol, "BYE", 3, ""));
    world.expect_status("carol", 200);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    expect![[r#"
        alice -> REFER
        -> alice: 202
        -> alice: NOTIFY
        -> carol: INVITE
        carol -> 200
        -> carol: ACK
        -> alice: BYE
        -> bob: INVITE
        -> alice: NOTIFY
        -> alice: BYE
        bob -> 200
        -> bob: ACK
        alice -> 200
        alice -> 200
        alice -> 200
        carol -> INFO
        -> bob: INFO
        bob -> 200
        -> carol: 200
        carol -> BYE
        -> carol: 200
        -> bob: BYE
        bob -> 200
    "#]]
    .assert_eq(&world.ladder());
    world.finish();
    assert_eq!(world.records.len(), 3);
    let new = &world.records[2];
    assert_eq!((new.caller.as_str(), new.ended_by), ("1002", Party::Callee));
    for old in &world.records[..2] {
        assert_eq!(old.transferred_to.as_ref(), Some(&new.id));
        assert_eq!(
            (old.disposition, old.ended_by),
            (Disposition::Answered, Party::Caller)
        );
    }
}

#[test]
fn who_refuses_to_come_stays_where_they_were() {
    let (mut world, ok, _, second, to_carol) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    world.expect_status("alice", 202);
    expect_notify(&mut world, "alice", 100);
    let re_invite = world.request_to("carol", "INVITE");
    world.answer("carol", &re_invite, 488, None);
    expect_notify(&mut world, "alice", 488);
    world.request_to("carol", "ACK");
    world.expect_nothing("bob");
    world.send(
        "carol",
        &by_callee("carol", &to_carol, "INFO", 2, "Signal=1"),
    );
    let info = world.request_to("alice", "INFO");
    world.answer("alice", &info, 200, None);
    world.expect_status("carol", 200);
    world.send("alice", &by_caller("alice", &second, "INFO", 2, "Signal=1"));
    let info = world.request_to("carol", "INFO");
    world.answer("carol", &info, 200, None);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_re_invite_that_meets_another_is_sent_again() {
    let (mut world, ok, _, second, to_carol) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    let re_invite = world.request_to("carol", "INVITE");
    let own = by_callee("carol", &to_carol, "INVITE", 2, &sdp("carol", 6000));
    world.send("carol", &own);
    world.expect_final("carol", 491);
    world.answer("carol", &re_invite, 491, None);
    world.pass(Duration::from_secs(2));
    let re_invite = world.request_to_skipping("carol", "INVITE", "ACK");
    world.answer("carol", &re_invite, 200, Some(&sdp("carol", 6000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    goodbye_alice(&mut world, 2);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn who_hangs_up_on_the_way_ends_their_own_call() {
    let (mut world, ok, _, second, to_carol) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    let re_invite = world.request_to("carol", "INVITE");
    world.send("carol", &by_callee("carol", &to_carol, "BYE", 2, ""));
    world.expect_status("carol", 200);
    world.answer("carol", &re_invite, 487, None);
    expect_notify(&mut world, "alice", 100);
    let bye = world.request_to("alice", "BYE");
    assert_eq!(bye.call_id(), "second-call");
    world.answer("alice", &bye, 200, None);
    expect_notify(&mut world, "alice", 480);
    world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn who_transfers_may_hang_up_both_calls_at_once() {
    let (mut world, ok, _, second, _) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    let re_invite = world.request_to("carol", "INVITE");
    world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
    world.send("alice", &by_caller("alice", &second, "BYE", 2, ""));
    let hold = world.request_to("bob", "INVITE");
    world.answer(
        "bob",
        &hold,
        200,
        Some(&sdp_with("bob", 5000, 2, "inactive")),
    );
    world.answer("carol", &re_invite, 200, Some(&sdp("carol", 6000)));
    let to_bob = world.request_to_skipping("bob", "INVITE", "ACK");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.input(Input::Command(Command::HangUpAll));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    let bye = world.request_to_skipping("carol", "BYE", "ACK");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn nobody_is_left_hanging_when_a_party_with_no_way_back_refuses() {
    let (mut world, ok, _, second, _) = both();
    world.send("alice", &by_alice(&ok, 2, &replacing(&second)));
    let re_invite = world.request_to("carol", "INVITE");
    world.send("alice", &by_caller("alice", &second, "BYE", 2, ""));
    world.answer("carol", &re_invite, 488, None);
    let bye = world.request_to_skipping("carol", "BYE", "ACK");
    world.answer("carol", &bye, 200, None);
    world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_consultation_that_still_rings_is_dialled_for_the_party_that_stays() {
    let (mut world, ok, _) = talking();
    let (_, to_carol) = consult(&mut world);
    world.answer("carol", &to_carol, 180, None);
    let ringing = world.expect_status("alice", 180);
    world.send("alice", &by_alice(&ok, 2, &replacing(&ringing)));
    world.expect_status("alice", 480);
    world.expect_status("alice", 202);
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    let again = world.request_to_skipping("carol", "INVITE", "ACK");
    world.answer("carol", &again, 200, Some(&sdp("carol", 6000)));
    let re_invite = world.request_to("bob", "INVITE");
    world.answer("bob", &re_invite, 200, Some(&sdp("bob", 5000)));
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_replaces_that_names_somebody_elses_dialog_is_refused() {
    let (mut world, ok, to_bob, second, to_carol) = both();
    world.send("bob", &by_bob(&to_bob, 2, &replacing(&second)));
    world.expect_final("bob", 403);
    world.send("alice", &by_alice(&ok, 2, &replacing(&ok)));
    world.expect_status("alice", 400);
    world.expect_nothing("carol");
    world.input(Input::Command(Command::HangUpAll));
    let _ = to_carol;
    world.finish();
}

#[test]
fn a_dialog_elsewhere_is_named_in_the_invite_that_goes_there() {
    let (mut world, ok, _) = talking();
    let target = "sip:carol@example.test?Replaces=other%40place%3Bto-tag%3Da%3Bfrom-tag%3Db";
    world.send("alice", &by_alice(&ok, 2, target));
    world.expect_status("alice", 202);
    let to_carol = world.request_to("carol", "INVITE");
    let replaces = to_carol.header("Replaces").unwrap();
    assert_eq!(replaces, "other@place;to-tag=a;from-tag=b");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
