//! Who takes up a call of others: pickup by code and by Replaces, parking and retrieving.

use std::time::Duration;

use expect_test::expect;
use switchhook_media::relay::Side;
use switchhook_routing::call::Origin;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::{Connect, Verb};
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::transferring::{by_alice, by_bob, expect_notify, refer};
use super::wording::*;
use crate::codes::Feature;
use crate::config::{Domain, Parking};
use crate::input::{Command, Input};
use crate::kept::Kept;
use crate::media_command::SideOrder;

/// Alice is a trunk, bob is 1002, carol is 1001; *8 picks up, *68 parks, the slots are 701 and 702.
fn world() -> World {
    world_with(|_| {})
}

pub(super) fn world_with(change: impl FnOnce(&mut Domain)) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[0].transfers = true;
    for client in domain.clients.values_mut() {
        client.pickup_group = Some("office".to_owned());
    }
    domain.codes.list = vec![
        ("*8".to_owned(), Feature::Pickup),
        ("*8".to_owned(), Feature::PickupGroup),
        ("*68".to_owned(), Feature::Park),
    ];
    domain.parking = Parking {
        slots: vec!["701".to_owned(), "702".to_owned()],
        timeout_seconds: 60,
    };
    change(domain);
    let mut world = World::with(config);
    register(&mut world, "bob", "1002", 1, "");
    register(&mut world, "carol", "1001", 1, "");
    world.script = Some(Some(vec![Verb::Connect(ring(&["1002"]))]));
    world.events.clear();
    world.ladder.clear();
    world
}

/// Carol, who is the client 1001, calls somebody; her INVITE is challenged and sent again.
pub(super) fn carol_dials(world: &mut World, number: &str, extra: &str, body: &str) -> String {
    let uri = format!("sip:{number}@example.test");
    let first = request("carol", "INVITE", &uri, 11, extra, body);
    world.send("carol", &first);
    let challenge = world.expect_status("carol", 407);
    let answer = credentials(&challenge, ("1001", "secret"), "INVITE", &uri);
    let again = request(
        "carol",
        "INVITE",
        &uri,
        12,
        &format!("{extra}{answer}"),
        body,
    );
    world.send("carol", &again);
    again
}

/// Alice calls bob, whose phone rings.
pub(super) fn ringing(world: &mut World) -> Request {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.expect_status("alice", 180);
    to_bob
}

#[track_caller]
fn alice_talks_to_carol(world: &mut World) {
    let to_carol = world.expect_final("carol", 200);
    assert!(String::from_utf8_lossy(to_carol.body()).contains("m=audio"));
    world.send("carol", &by_caller("carol", &to_carol, "ACK", 12, ""));
    world.send("carol", &by_caller("carol", &to_carol, "BYE", 13, ""));
    world.expect_status("carol", 200);
    let bye = world.request_to_skipping("alice", "BYE", "ACK");
    world.answer("alice", &bye, 200, None);
}

#[test]
fn who_dials_the_code_and_an_extension_gets_the_call_that_rings_there() {
    let mut world = world();
    let to_bob = ringing(&mut world);
    carol_dials(&mut world, "*81002", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    assert!(String::from_utf8_lossy(to_alice.body()).contains("m=audio"));
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    alice_talks_to_carol(&mut world);
    expect![[r#"
        alice -> INVITE
        -> alice: 100
        decide bob
        -> bob: INVITE
        bob -> 180
        -> alice: 180
        carol -> INVITE
        -> carol: 407
        carol -> INVITE
        -> carol: 100
        -> alice: 200
        -> carol: 200
        -> bob: CANCEL
        alice -> ACK
        bob -> 487
        -> bob: ACK
        carol -> ACK
        carol -> BYE
        -> carol: 200
        -> alice: BYE
        alice -> 200
    "#]]
    .assert_eq(&world.ladder());
    world.finish();
    let [rang, picked] = world.records.as_slice() else {
        panic!("two calls")
    };
    assert_eq!(
        (rang.callee.as_str(), picked.callee.as_str()),
        ("bob", "*81002")
    );
    assert_eq!(rang.transferred_to.as_ref(), Some(&picked.id));
    assert_eq!(picked.transferred_from.as_ref(), Some(&rang.id));
    assert_eq!(picked.disposition, Disposition::Answered);
    assert_eq!(
        (picked.caller.as_str(), picked.legs[0].target.as_str()),
        ("1001", "alice")
    );
}

#[test]
fn who_picks_up_needs_no_minutes_and_uses_none() {
    let mut world = world_with(|domain| {
        let carol = domain.clients.get_mut("1001").unwrap();
        carol.limits.minutes_per_day = Some(0);
    });
    let to_bob = ringing(&mut world);
    carol_dials(&mut world, "*81002", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    let to_carol = world.expect_final("carol", 200);
    world.send("carol", &by_caller("carol", &to_carol, "ACK", 12, ""));
    world.pass(Duration::from_secs(600));
    assert_eq!(world.exchange.calls(), 1);
    world.inbox("carol");
    world.send("carol", &by_caller("carol", &to_carol, "BYE", 13, ""));
    world.expect_status("carol", 200);
    let bye = world.request_to_skipping("alice", "BYE", "ACK");
    world.answer("alice", &bye, 200, None);
    world.finish();
    let charged = |kept: &Kept| matches!(kept, Kept::Usage(_));
    assert!(!world.kept.iter().any(charged));
}

#[test]
fn who_dials_the_code_alone_gets_the_call_that_rings_in_the_group() {
    let mut world = world();
    let to_bob = ringing(&mut world);
    carol_dials(&mut world, "*8", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    alice_talks_to_carol(&mut world);
    world.finish();
}

#[test]
fn an_answer_that_crosses_the_pickup_is_hung_up() {
    let mut world = world();
    let to_bob = ringing(&mut world);
    carol_dials(&mut world, "*8", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    alice_talks_to_carol(&mut world);
    world.finish();
}

#[test]
fn a_caller_who_hears_early_media_is_told_anew_where_they_are() {
    let mut world = world();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.expect_status("alice", 183);
    carol_dials(&mut world, "*81002", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    let re_invite = world.request_to("alice", "INVITE");
    world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    alice_talks_to_carol(&mut world);
    world.finish();
}

#[test]
fn a_caller_who_hears_ringback_of_ours_is_picked_up_too() {
    let mut world = world();
    let ringback = Connect {
        ringback: Some(Prompt::File("song".to_owned())),
        ..ring(&["1002"])
    };
    world.script = Some(Some(vec![Verb::Connect(ringback)]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.expect_status("alice", 183);
    carol_dials(&mut world, "*81002", "", &sdp("carol", 6000));
    let to_alice = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
    let re_invite = world.request_to("alice", "INVITE");
    world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    alice_talks_to_carol(&mut world);
    world.finish();
}

#[test]
fn a_parked_caller_hears_the_music_of_the_domain() {
    let music = Prompt::File("music".to_owned());
    let heard = music.clone();
    let mut world = world_with(move |domain| domain.music_on_hold = vec![music]);
    let to_bob = ringing(&mut world);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.request_to("bob", "ACK");
    world.send("bob", &by_bob(&to_bob, 2, "sip:702@example.test"));
    world.expect_status("bob", 202);
    expect_notify(&mut world, "bob", 100);
    expect_notify(&mut world, "bob", 200);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    let offered = world.request_to("alice", "INVITE");
    assert!(String::from_utf8_lossy(offered.body()).contains("a=sendonly"));
    assert!(world.orders(Side::Caller).is_empty());
    let listens = sdp_with("alice", 4000, 2, "recvonly");
    world.answer("alice", &offered, 200, Some(&listens));
    world.request_to("alice", "ACK");
    let orders = world.orders(Side::Caller);
    let [SideOrder::Play { playback, .. }] = &orders[..] else {
        panic!("{orders:?}");
    };
    assert_eq!(
        (&playback.prompts[..], playback.times),
        (&[heard][..], None)
    );
    // Nobody comes: it hears music on while bob is called back.
    world.pass(Duration::from_secs(60));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    assert!(world.orders(Side::Caller).is_empty());
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    assert_eq!(world.orders(Side::Caller), [SideOrder::StopPlay]);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn where_nothing_rings_there_is_nothing_to_pick_up() {
    let mut world = world();
    for number in ["*8", "*81002", "*81001", "*89999", "701", "*68", "*68701"] {
        world.inbox("carol");
        carol_dials(&mut world, number, "", &sdp("carol", 6000));
        world.expect_final("carol", 404);
        world.pass(Duration::from_secs(40));
    }
    world.finish();
}

#[test]
fn who_has_no_codec_in_common_cannot_pick_up_and_the_call_rings_on() {
    let mut world = world();
    let to_bob = ringing(&mut world);
    let g729 = sdp("carol", 6000).replace("RTP/AVP 0 8 101", "RTP/AVP 18");
    carol_dials(&mut world, "*81002", "", &g729);
    world.expect_final("carol", 488);
    world.expect_nothing("alice");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

/// The Replaces of a dialog, seen from who is called in it.
fn replaces(call_id: &str, ours: &str, theirs: &str, more: &str) -> String {
    format!("Require: replaces\nReplaces: {call_id};to-tag={ours};from-tag={theirs}{more}\n")
}

#[test]
fn a_replaces_picks_up_what_rings_at_the_phone_that_is_watched() {
    for flipped in [false, true] {
        let mut world = world();
        let to_bob = ringing(&mut world);
        let (ours, theirs) = (to_bob.from().tag().unwrap(), "bobtag");
        let header = match flipped {
            false => replaces(to_bob.call_id(), ours, theirs, ";early-only"),
            true => replaces(to_bob.call_id(), theirs, ours, ""),
        };
        carol_dials(&mut world, "1002", &header, &sdp("carol", 6000));
        let to_alice = world.expect_status("alice", 200);
        world.send("alice", &by_caller("alice", &to_alice, "ACK", 1, ""));
        world.request_to("bob", "CANCEL");
        world.answer("bob", &to_bob, 487, None);
        alice_talks_to_carol(&mut world);
        world.finish();
    }
}

fn talking() -> (World, Response, Request) {
    let mut world = world();
    let (ok, to_bob) = super::basic::established(&mut world);
    (world, ok, to_bob)
}

#[test]
fn a_replaces_takes_the_place_of_a_side_that_talks() {
    let (mut world, ok, to_bob) = talking();
    let header = replaces(to_bob.call_id(), to_bob.from().tag().unwrap(), "bobtag", "");
    carol_dials(&mut world, "1002", &header, &sdp("carol", 6000));
    let re_invite = world.request_to("alice", "INVITE");
    assert_eq!(re_invite.call_id(), ok.call_id());
    world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
    world.request_to("alice", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    alice_talks_to_carol(&mut world);
    world.finish();
    assert_eq!(world.records.len(), 2);
}

#[test]
fn nobody_takes_the_place_of_a_trunk_or_of_a_client_outside_of_the_own_group() {
    let (mut world, ok, to_bob) = talking();
    let (ours, theirs) = (ok.to().tag().unwrap(), ok.from().tag().unwrap());
    let of_trunk = replaces(ok.call_id(), ours, theirs, "");
    let of_bob = replaces(to_bob.call_id(), to_bob.from().tag().unwrap(), "bobtag", "");
    carol_dials(&mut world, "1002", &of_trunk, &sdp("carol", 6000));
    world.expect_final("carol", 403);
    let mut config = crate::config::Config::clone(&world.exchange.core.config);
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.get_mut("1001").unwrap().pickup_group = None;
    world.input(Input::Command(Command::Configure(config.into())));
    carol_dials(&mut world, "1002", &of_bob, &sdp("carol", 6000));
    world.expect_final("carol", 403);
    world.expect_nothing("bob");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_replaces_that_names_nothing_here_is_refused_as_it_should_be() {
    let (mut world, ok, to_bob) = talking();
    let (ours, theirs) = (to_bob.from().tag().unwrap(), "bobtag");
    let call_id = to_bob.call_id();
    let cases = [
        (replaces("other", ours, theirs, ""), 481),
        (replaces(call_id, "guess", theirs, ""), 481),
        (replaces(call_id, ours, "guess", ""), 481),
        (replaces(call_id, ours, theirs, ";early-only"), 486),
        ("Replaces: x\n".to_owned(), 400),
    ];
    for (header, status) in cases {
        world.inbox("carol");
        carol_dials(&mut world, "1002", &header, &sdp("carol", 6000));
        world.expect_final("carol", status);
        world.expect_nothing("alice");
        world.expect_nothing("bob");
        world.pass(Duration::from_secs(40));
    }
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.expect_status("alice", 200);
    world.inbox("carol");
    let header = replaces(call_id, ours, theirs, "");
    carol_dials(&mut world, "1002", &header, &sdp("carol", 6000));
    world.expect_final("carol", 603);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn nobody_but_a_client_may_replace() {
    let (mut world, _, to_bob) = talking();
    let header = replaces(to_bob.call_id(), to_bob.from().tag().unwrap(), "bobtag", "");
    let text = invite("alice", "bob", &header, &sdp("alice", 4000));
    let text = text
        .replace("call-of-alice", "another")
        .replace("INVITE1;", "INVITE77;");
    world.send("alice", &text);
    world.expect_final("alice", 403);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn who_gives_up_on_a_replaces_leaves_everybody_where_they_were() {
    let (mut world, ok, to_bob) = talking();
    let header = replaces(to_bob.call_id(), to_bob.from().tag().unwrap(), "bobtag", "");
    let invite = carol_dials(&mut world, "1002", &header, &sdp("carol", 6000));
    let re_invite = world.request_to("alice", "INVITE");
    world.send("carol", &cancel(&invite));
    world.expect_status("carol", 200);
    world.expect_final("carol", 487);
    world.answer("alice", &re_invite, 487, None);
    world.inbox("alice");
    world.send("alice", &by_caller("alice", &ok, "INFO", 2, "Signal=1"));
    let info = world.request_to("bob", "INFO");
    world.answer("bob", &info, 200, None);
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
    world.expect_status("alice", 200);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

/// Bob parks alice.
fn parked(target: &str) -> (World, Response) {
    let (mut world, ok, to_bob) = talking();
    world.send("bob", &by_bob(&to_bob, 2, target));
    world.expect_status("bob", 202);
    expect_notify(&mut world, "bob", 100);
    expect_notify(&mut world, "bob", 200);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    let hold = world.request_to("alice", "INVITE");
    assert!(String::from_utf8_lossy(hold.body()).contains("a=inactive"));
    let held = sdp_with("alice", 4000, 2, "inactive");
    world.answer("alice", &hold, 200, Some(&held));
    world.request_to("alice", "ACK");
    (world, ok)
}

#[test]
fn a_parked_caller_is_retrieved_by_calling_the_slot() {
    for target in ["sip:702@example.test", "sip:*68702@example.test"] {
        let (mut world, _) = parked(target);
        carol_dials(&mut world, "702", "", &sdp("carol", 6000));
        let re_invite = world.request_to("alice", "INVITE");
        let body = String::from_utf8_lossy(re_invite.body()).into_owned();
        assert!(!body.contains("inactive"), "{body}");
        world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
        world.request_to("alice", "ACK");
        alice_talks_to_carol(&mut world);
        world.finish();
        let records: Vec<_> = (world.records.iter())
            .map(|record| (record.callee.as_str(), record.ended_by))
            .collect();
        use Party::{Callee, Caller, Switch};
        assert_eq!(records, [("bob", Callee), ("702", Switch), ("702", Caller)]);
    }
}

#[test]
fn the_code_parks_in_the_first_slot_that_is_free() {
    let (mut world, ok) = parked("sip:*68@example.test");
    assert!(
        world
            .exchange
            .core
            .parking
            .occupant("example.test", "701")
            .is_some()
    );
    world.send("alice", &by_caller("alice", &ok, "BYE", 5, ""));
    world.expect_status("alice", 200);
    assert!(
        world
            .exchange
            .core
            .parking
            .occupant("example.test", "701")
            .is_none()
    );
    world.finish();
}

#[test]
fn a_slot_that_is_taken_is_refused() {
    let (mut world, _) = parked("sip:701@example.test");
    let second = invite("alice", "bob", "", &sdp("alice", 4100))
        .replace("call-of-alice", "second-call")
        .replace("branch=z9hG4bKalice", "branch=z9hG4bKsecond");
    world.send("alice", &second);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.inbox("bob");
    for (cseq, (number, status)) in (12..).zip([("701", 486), ("*68701", 486), ("*68799", 404)]) {
        let target = format!("sip:{number}@example.test");
        world.send("bob", &by_bob(&to_bob, cseq, &target));
        world.expect_status("bob", status);
    }
    world.send("alice", &by_alice(&ok, 2, "sip:702@example.test"));
    world.expect_status("alice", 202);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn after_a_while_who_parked_the_caller_is_called() {
    let (mut world, ok) = parked("sip:701@example.test");
    world.pass(Duration::from_secs(60));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(
        world
            .exchange
            .core
            .parking
            .occupant("example.test", "701")
            .is_none()
    );
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let re_invite = world.request_to("alice", "INVITE");
    world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
    world.request_to("alice", "ACK");
    world.send("alice", &by_caller("alice", &ok, "BYE", 5, ""));
    world.expect_status("alice", 200);
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn when_nobody_answers_for_a_parked_caller_it_is_hung_up() {
    let (mut world, _) = parked("sip:701@example.test");
    world.pass(Duration::from_secs(60));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 486, None);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn a_caller_who_refuses_to_be_retrieved_stays_in_the_slot() {
    let (mut world, ok) = parked("sip:701@example.test");
    carol_dials(&mut world, "701", "", &sdp("carol", 6000));
    let re_invite = world.request_to("alice", "INVITE");
    world.answer("alice", &re_invite, 488, None);
    world.expect_final("carol", 488);
    assert!(
        world
            .exchange
            .core
            .parking
            .occupant("example.test", "701")
            .is_some()
    );
    world.send("alice", &by_caller("alice", &ok, "BYE", 5, ""));
    world.finish();
}

#[test]
fn a_caller_who_was_retrieved_is_still_who_it_was_and_as_hidden() {
    let anonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
    let shown = "\"alice\" <sip:alice@example.test>";
    for (ask, from) in [("Privacy: id\n", anonymous), ("", shown)] {
        let mut world = world();
        world.send("alice", &invite("alice", "bob", ask, &sdp("alice", 4000)));
        let to_bob = world.request_to("bob", "INVITE");
        world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
        let ok = world.expect_status("alice", 200);
        world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
        world.send("bob", &by_bob(&to_bob, 2, "sip:702@example.test"));
        let hold = world.request_to("alice", "INVITE");
        let held = sdp_with("alice", 4000, 2, "inactive");
        world.answer("alice", &hold, 200, Some(&held));
        carol_dials(&mut world, "702", "", &sdp("carol", 6000));
        let re_invite = world.request_to_skipping("alice", "INVITE", "ACK");
        world.answer("alice", &re_invite, 200, Some(&sdp("alice", 4000)));
        let to_carol = world.expect_final("carol", 200);
        world.send("carol", &by_caller("carol", &to_carol, "ACK", 12, ""));
        world.script = Some(Some(vec![Verb::Connect(ring(&["dave"]))]));
        let within = by_caller("carol", &to_carol, "REFER", 13, "");
        world.send("carol", &refer(&within, "sip:bob@example.test", ""));
        let to_dave = world.request_to("dave", "INVITE");
        assert!(to_dave.from().to_string().starts_with(from));
        let text = String::from_utf8_lossy(to_dave.raw()).into_owned();
        assert_eq!(text.contains("alice"), ask.is_empty(), "{text}");
        world.input(Input::Command(Command::HangUpAll));
        world.finish();
        let last = world
            .records
            .iter()
            .find(|record| record.callee == "bob" && record.transferred_from.is_some());
        assert_eq!(last.unwrap().origin, Origin::Trunk("gateway".to_owned()));
    }
}
