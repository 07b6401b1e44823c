//! Blind transfers (REFER): by the caller, by the called side, and what may go wrong on the way.

use std::time::Duration;

use expect_test::expect;
use switchhook_routing::call::Origin;
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::Verb;
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::wording::*;
use crate::config::Domain;
use crate::dialplan::{Dialplan, Route};
use crate::input::{Command, Input};

/// Alice is a trunk that may transfer, bob the client 1002.
pub(super) fn world() -> World {
    world_with(|_| {})
}

pub(super) fn world_with(change: impl FnOnce(&mut Domain)) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[0].transfers = true;
    let route = domain.dialplans["default"].route("bob").unwrap();
    let route = Route::clone(route);
    let plan = Dialplan::new([("{bob,carol,dave,1*,+*}", route)]).unwrap();
    domain.dialplans.insert("default".to_owned(), plan);
    change(domain);
    let mut world = World::with(config);
    register(&mut world, "bob", "1002", 1, "");
    world.script = Some(Some(vec![Verb::Connect(ring(&["1002"]))]));
    world.events.clear();
    world.ladder.clear();
    world
}

/// Alice talks to bob; what is decided from now on leads to carol.
pub(super) fn talking() -> (World, Response, Request) {
    let mut world = world();
    let (ok, to_bob) = super::basic::established(&mut world);
    world.script = Some(Some(vec![Verb::Connect(ring(&["carol"]))]));
    (world, ok, to_bob)
}

/// A REFER within a dialog, made from any other request there.
pub(super) fn refer(within: &str, target: &str, extra: &str) -> String {
    within.replace(
        "\nContact:",
        &format!("\nRefer-To: <{target}>\n{extra}Contact:"),
    )
}

pub(super) fn by_bob(to_bob: &Request, cseq: u32, target: &str) -> String {
    refer(&by_callee("bob", to_bob, "REFER", cseq, ""), target, "")
}

pub(super) fn by_alice(ok: &Response, cseq: u32, target: &str) -> String {
    refer(&by_caller("alice", ok, "REFER", cseq, ""), target, "")
}

/// The next NOTIFY to a party is about this status, and gets its 200.
#[track_caller]
pub(super) fn expect_notify(world: &mut World, name: &str, status: u16) -> Request {
    let notify = world.request_to(name, "NOTIFY");
    let body = String::from_utf8_lossy(notify.body()).into_owned();
    assert!(body.starts_with(&format!("SIP/2.0 {status} ")), "{body}");
    let state = notify.header("Subscription-State").unwrap();
    assert_eq!(state.starts_with("terminated"), status >= 200, "{state}");
    world.answer(name, &notify, 200, None);
    notify
}

/// Carol answers, alice is told, and then hangs up.
#[track_caller]
fn alice_talks_to_carol(world: &mut World, ok: &Response, to_carol: &Request) {
    world.answer("carol", to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    let renewal = world.request_to("alice", "INVITE");
    world.answer("alice", &renewal, 200, Some(&sdp("alice", 4000)));
    world.request_to("alice", "ACK");
    world.send("alice", &by_caller("alice", ok, "BYE", 9, ""));
    world.expect_status("alice", 200);
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
}

#[test]
fn the_called_side_transfers_and_the_caller_is_the_caller_of_the_new_call() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    let accepted = world.expect_status("bob", 202);
    assert!(accepted.contact().is_some());
    let notify = expect_notify(&mut world, "bob", 100);
    assert_eq!(notify.header("Event").unwrap(), "refer;id=2");
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(to_carol.from().uri().as_str(), "sip:alice@example.test");
    world.answer("carol", &to_carol, 180, None);
    expect_notify(&mut world, "bob", 180);
    alice_talks_to_carol(&mut world, &ok, &to_carol);
    expect_notify(&mut world, "bob", 200);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    expect![[r#"
        bob -> REFER
        -> bob: 202
        -> bob: NOTIFY
        decide carol
        -> carol: INVITE
        bob -> 200
        carol -> 180
        -> bob: NOTIFY
        bob -> 200
        carol -> 200
        -> carol: ACK
        -> alice: INVITE
        -> bob: NOTIFY
        -> bob: BYE
        alice -> 200
        -> alice: ACK
        alice -> BYE
        -> alice: 200
        -> carol: BYE
        carol -> 200
        bob -> 200
        bob -> 200
    "#]]
    .assert_eq(&world.ladder());
    world.finish();
    let [old, new] = world.records.as_slice() else {
        panic!("two calls")
    };
    assert_eq!(old.transferred_to.as_ref(), Some(&new.id));
    assert_eq!(new.transferred_from.as_ref(), Some(&old.id));
    assert_eq!((old.ended_by, new.ended_by), (Party::Callee, Party::Caller));
    assert_eq!(new.disposition, Disposition::Answered);
    assert_eq!(
        (new.caller.as_str(), new.callee.as_str()),
        ("alice", "carol")
    );
    assert_eq!(new.origin, Origin::Trunk("gateway".to_owned()));
    assert_eq!(new.sip_call_id, "call-of-alice");
}

#[test]
fn the_caller_transfers_and_the_called_side_becomes_the_caller() {
    let (mut world, ok, to_bob) = talking();
    world.send("alice", &by_alice(&ok, 2, "sip:carol@example.test"));
    world.expect_status("alice", 202);
    expect_notify(&mut world, "alice", 100);
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(to_carol.from().uri().as_str(), "sip:1002@example.test");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    expect_notify(&mut world, "alice", 200);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    let renewal = world.request_to("bob", "INVITE");
    assert_eq!(renewal.call_id(), to_bob.call_id());
    world.answer("bob", &renewal, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    world.expect_status("bob", 200);
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
    let new = world.records.iter().find(|record| record.callee == "carol");
    assert_eq!(new.unwrap().origin, Origin::Client("1002".to_owned()));
    assert_eq!(new.unwrap().ended_by, Party::Caller);
}

#[test]
fn routing_code_sees_that_it_is_a_transfer() {
    let (mut world, _, to_bob) = talking();
    world.script = None;
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    let call = &world.questions[0].call;
    assert!(call.transferred);
    assert!(call.answered);
    assert_eq!(
        (call.caller.as_str(), call.callee.as_str()),
        ("alice", "carol")
    );
    assert!(!call.codecs.is_empty());
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_transfer_that_fails_leaves_the_call_with_who_asked() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    world.expect_status("bob", 202);
    expect_notify(&mut world, "bob", 100);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    expect_notify(&mut world, "bob", 486);
    world.expect_nothing("alice");
    world.send("alice", &by_caller("alice", &ok, "INFO", 3, "Signal=1"));
    let info = world.request_to("bob", "INFO");
    world.answer("bob", &info, 200, None);
    world.expect_status("alice", 200);
    world.send("bob", &by_bob(&to_bob, 3, "sip:carol@example.test"));
    world.expect_status("bob", 202);
    expect_notify(&mut world, "bob", 100);
    let to_carol = world.request_to_skipping("carol", "INVITE", "ACK");
    alice_talks_to_carol(&mut world, &ok, &to_carol);
    world.finish();
    let dispositions: Vec<_> = world.records.iter().map(|r| r.disposition).collect();
    use Disposition::{Answered, Busy};
    assert_eq!(dispositions, [Busy, Answered, Answered]);
}

#[test]
fn who_asked_may_hang_up_early_and_the_transfer_goes_on() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    world.expect_status("bob", 202);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 3, ""));
    let hold = world.request_to("alice", "INVITE");
    assert!(String::from_utf8_lossy(hold.body()).contains("a=inactive"));
    let held = sdp_with("alice", 4000, 2, "inactive");
    world.answer("alice", &hold, 200, Some(&held));
    world.request_to("alice", "ACK");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    alice_talks_to_carol(&mut world, &ok, &to_carol);
    world.finish();
    assert_eq!(world.records.len(), 2);
}

#[test]
fn nobody_who_has_hung_up_gets_the_call_back() {
    let (mut world, _, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 3, ""));
    let to_carol = world.request_to("carol", "INVITE");
    let hold = world.request_to("alice", "INVITE");
    world.answer("alice", &hold, 200, Some(&sdp("alice", 4000)));
    world.answer("carol", &to_carol, 486, None);
    for _ in 0..3 {
        let to_carol = world.request_to_skipping("carol", "INVITE", "ACK");
        world.answer("carol", &to_carol, 486, None);
    }
    let bye = world.request_to_skipping("alice", "BYE", "ACK");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn the_party_that_stays_may_hang_up() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    expect_notify(&mut world, "bob", 100);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    expect_notify(&mut world, "bob", 180);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.expect_status("alice", 200);
    expect_notify(&mut world, "bob", 487);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    world.finish();
}

#[test]
fn an_answer_that_crosses_the_hang_up_is_hung_up() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    let bye = world.request_to_skipping("bob", "BYE", "NOTIFY");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn without_a_subscription_nobody_is_notified() {
    let (mut world, ok, to_bob) = talking();
    let text = by_callee("bob", &to_bob, "REFER", 2, "");
    let extra = "Refer-Sub: false\nRequire: norefersub\nReferred-By: <sip:bob@example.test>\n";
    world.send("bob", &refer(&text, "sip:carol@example.test", extra));
    let accepted = world.expect_status("bob", 202);
    assert_eq!(accepted.header("Refer-Sub").unwrap(), "false");
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(
        to_carol.header("Referred-By").unwrap(),
        "<sip:bob@example.test>"
    );
    alice_talks_to_carol(&mut world, &ok, &to_carol);
    world.request_to("bob", "BYE");
    world.finish();
}

#[test]
fn a_second_transfer_waits_for_the_first() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    world.expect_status("bob", 202);
    world.send("bob", &by_bob(&to_bob, 3, "sip:dave@example.test"));
    world.expect_status("bob", 491);
    world.send("alice", &by_alice(&ok, 2, "sip:dave@example.test"));
    world.expect_status("alice", 491);
    let to_carol = world.request_to("carol", "INVITE");
    alice_talks_to_carol(&mut world, &ok, &to_carol);
    world.finish();
    assert_eq!(world.exchange.counters().transfers_refused, 2);
}

#[test]
fn what_cannot_be_is_refused() {
    let (mut world, ok, to_bob) = talking();
    let cases = [
        ("sip:nobody@example.test", 404),
        ("sip:1001@other.test", 403),
        ("sip:carol@elsewhere.test", 403),
        ("mailto:carol@example.test", 416),
        ("sip:example.test", 400),
        ("sip:carol@example.test?Replaces=x", 400),
    ];
    for (cseq, (target, status)) in (2..).zip(cases) {
        world.send("bob", &by_bob(&to_bob, cseq, target));
        world.expect_status("bob", status);
    }
    world.send("bob", &by_callee("bob", &to_bob, "REFER", 20, ""));
    world.expect_status("bob", 400);
    let text = by_callee("bob", &to_bob, "REFER", 21, "");
    let extra = "Require: rocket\n";
    world.send("bob", &refer(&text, "sip:carol@example.test", extra));
    let refused = world.expect_status("bob", 420);
    assert_eq!(refused.header("Unsupported").unwrap(), "rocket");
    let outside = request(
        "bob",
        "REFER",
        "sip:1001@example.test",
        5,
        "Refer-To: <sip:carol@example.test>\n",
        "",
    );
    world.send("bob", &outside);
    world.expect_status("bob", 403);
    world.expect_nothing("carol");
    world.send("alice", &by_caller("alice", &ok, "BYE", 9, ""));
    world.finish();
}

#[test]
fn a_trunk_may_transfer_only_if_its_configuration_says_so() {
    let mut world = World::new();
    let (ok, _) = super::basic::established(&mut world);
    world.send("alice", &by_alice(&ok, 2, "sip:1001@example.test"));
    world.expect_status("alice", 403);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_re_invite_that_is_on_its_way_does_not_stop_the_transfer() {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    let to_carol = world.request_to("carol", "INVITE");
    let hold = sdp_with("bob", 5000, 2, "sendonly");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 3, &hold));
    let re_invite = world.request_to("alice", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    let renewal = world.request_to("alice", "INVITE");
    world.answer("alice", &renewal, 500, None);
    world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
    world.request_to_skipping("alice", "ACK", "CANCEL");
    world.pass(Duration::from_secs(3));
    let renewal = world.request_to_skipping("alice", "INVITE", "ACK");
    world.answer("alice", &renewal, 200, Some(&sdp("alice", 4000)));
    world.request_to_skipping("alice", "ACK", "INVITE");
    world.send("alice", &by_caller("alice", &ok, "BYE", 9, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn a_call_can_be_transferred_only_so_often() {
    let (mut world, _, mut with) = talking();
    let mut who = "bob";
    world.exchange.core.config = {
        let mut config = crate::config::Config::clone(&world.exchange.core.config);
        let domain = config.domains.get_mut("example.test").unwrap();
        domain.transfers_outside = true;
        std::sync::Arc::new(config)
    };
    register(&mut world, "carol", "1001", 1, "");
    for turn in 0.. {
        let (next, number) = if who == "bob" {
            ("carol", "1001")
        } else {
            ("bob", "1002")
        };
        world.script = Some(Some(vec![Verb::Connect(ring(&[number]))]));
        world.inbox(who);
        world.send(
            who,
            &refer(
                &by_callee(who, &with, "REFER", turn + 2, ""),
                "sip:1001@example.test",
                "",
            ),
        );
        if world.response_to(who).status() == 403 {
            assert_eq!(turn, crate::limits::TRANSFERS);
            break;
        }
        with = world.request_to_skipping(next, "INVITE", "ACK");
        world.answer(next, &with, 200, Some(&sdp(next, 6000)));
        let renewal = world.request_to_skipping("alice", "INVITE", "ACK");
        world.answer("alice", &renewal, 200, Some(&sdp("alice", 4000)));
        let bye = world.request_to_skipping(who, "BYE", "NOTIFY");
        world.answer(who, &bye, 200, None);
        who = next;
    }
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
