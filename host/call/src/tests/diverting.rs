//! Calls for clients that do not want them, or want them elsewhere.

use std::time::Duration;

use switchhook_routing::verb::{Endpoint, Verb};
use switchhook_sip::message::Request;

use super::feature_codes::{dial, with_codes};
use super::harness::*;
use super::wording::*;
use crate::codes::Occasion;
use crate::config::Config;
use crate::forwarding::ForwardTo;
use crate::input::{Command, Input};

/// Clients 1001 (bob) and 1002 (carol), whose settings are made by `set`; calls are for 1001.
fn world(set: impl FnOnce(&mut Config)) -> World {
    let mut config = with_codes();
    set(&mut config);
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    register(&mut world, "bob", "1001", 1, "");
    register(&mut world, "carol", "1002", 1, "");
    world
}

fn forward(config: &mut Config, user: &str, occasion: Occasion, to: ForwardTo) {
    let domain = config.domains.get_mut("example.test").unwrap();
    let client = domain.clients.get_mut(user).unwrap();
    client.settings.set_forward(occasion, Some(to));
}

fn to_client(user: &str) -> ForwardTo {
    ForwardTo::Endpoint(Endpoint::Client(user.to_owned()))
}

fn call(world: &mut World) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

fn diversions(invite: &Request) -> Vec<String> {
    let values = invite.headers("Diversion");
    values.map(|value| value.into_owned()).collect()
}

#[track_caller]
fn answered_by(world: &mut World, name: &str, invite: &Request) {
    world.answer(name, invite, 200, Some(&sdp(name, 6000)));
    world.expect_final("alice", 200);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn whoever_is_not_to_be_disturbed_is_busy() {
    let mut world = world(|_| {});
    dial(&mut world, "*78", "");
    world.inbox("bob");
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"])), respond(486)]));
    call(&mut world);
    world.expect_nothing("bob");
    world.expect_final("alice", 486);
    dial(&mut world, "*79", "");
    world.inbox("alice");
    call_again(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    answered_by(&mut world, "bob", &to_bob);
}

fn call_again(world: &mut World) {
    let again = invite("alice", "bob", "", &sdp("alice", 4000));
    let again = again
        .replace("call-of-alice", "again")
        .replace("z9hG4bK", "z9hG4bKagain");
    world.send("alice", &again);
}

#[test]
fn all_calls_of_a_client_go_elsewhere() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::Always, to_client("1002"));
    });
    call(&mut world);
    world.expect_nothing_final("bob");
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(
        diversions(&to_carol),
        ["<sip:1001@example.test>;reason=unconditional;counter=1;privacy=off;screen=yes"]
    );
    answered_by(&mut world, "carol", &to_carol);
    let legs: Vec<_> = world.records[0]
        .legs
        .iter()
        .map(|leg| (leg.target.as_str(), leg.status))
        .collect();
    assert_eq!(legs, [("1001", Some(302)), ("1002", Some(200))]);
}

#[test]
fn a_busy_client_hands_on_once_all_its_phones_are() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::Busy, to_client("1002"));
    });
    register(&mut world, "dave", "1001", 1, "");
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let to_dave = world.request_to("dave", "INVITE");
    world.answer("bob", &to_bob, 486, None);
    world.expect_nothing_final("carol");
    world.answer("dave", &to_dave, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    assert!(diversions(&to_carol)[0].contains("reason=user-busy"));
    answered_by(&mut world, "carol", &to_carol);
}

#[test]
fn a_client_that_does_not_answer_hands_on_and_the_other_has_its_full_time() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::NoAnswer, to_client("1002"));
        let domain = config.domains.get_mut("example.test").unwrap();
        domain.clients.get_mut("1001").unwrap().settings.seconds = Some(10);
        domain.ring_seconds = Some(12);
    });
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.pass(Duration::from_secs(9));
    world.inbox("carol");
    world.pass(Duration::from_secs(2));
    let cancel = world.request_to("bob", "CANCEL");
    world.answer("bob", &cancel, 200, None);
    world.answer("bob", &to_bob, 487, None);
    let to_carol = world.request_to("carol", "INVITE");
    assert!(diversions(&to_carol)[0].contains("reason=no-answer"));
    world.answer("carol", &to_carol, 180, None);
    world.pass(Duration::from_secs(10));
    answered_by(&mut world, "carol", &to_carol);
}

#[test]
fn a_client_without_a_phone_hands_on() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::Unreachable, to_client("1002"));
    });
    register(&mut world, "bob", "1001", 3, "Expires: 0\n");
    call(&mut world);
    let to_carol = world.request_to("carol", "INVITE");
    assert!(diversions(&to_carol)[0].contains("reason=unavailable"));
    answered_by(&mut world, "carol", &to_carol);
}

#[test]
fn calls_that_go_in_a_circle_end() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::Always, to_client("1002"));
        forward(config, "1002", Occasion::Always, to_client("1001"));
    });
    call(&mut world);
    assert!(world.response_to("alice").status() >= 400);
    world.finish();
}

#[test]
fn a_call_that_was_diverted_too_often_goes_no_further() {
    let mut world = world(|config| {
        forward(config, "1001", Occasion::Always, to_client("1002"));
    });
    let extra = "Diversion: <sip:a@x.example>;reason=unknown\n".repeat(8);
    world.send(
        "alice",
        &invite("alice", "bob", &extra, &sdp("alice", 4000)),
    );
    world.inbox("carol");
    assert!(world.response_to("alice").status() >= 400);
    world.finish();
}

#[test]
fn a_number_goes_where_the_dialplan_of_the_client_sends_it() {
    let mut world = world(|_| {});
    dial(&mut world, "*721234", "");
    world.script = None;
    call(&mut world);
    let asked = world.questions.remove(0);
    world.decide(asked, Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.drain();
    let asked = world.questions.remove(0);
    assert_eq!(asked.call.callee, "1234");
    assert_eq!(asked.call.caller, "alice");
    assert_eq!(
        asked.call.origin,
        switchhook_routing::call::Origin::Client("1001".to_owned())
    );
    world.decide(asked, Some(vec![Verb::Connect(ring(&["1002"]))]));
    world.drain();
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(diversions(&to_carol).len(), 1);
    answered_by(&mut world, "carol", &to_carol);
}

#[test]
fn a_number_that_the_dialplan_of_the_client_does_not_have_reaches_nobody() {
    let mut world = world(|_| {});
    dial(&mut world, "*729", "");
    call(&mut world);
    assert!(world.response_to("alice").status() >= 400);
    world.finish();
}

#[test]
fn a_client_without_minutes_hands_on_to_no_number() {
    let mut world = world(|config| {
        let domain = config.domains.get_mut("example.test").unwrap();
        let client = domain.clients.get_mut("1001").unwrap();
        client.limits.minutes_per_day = Some(0);
    });
    dial(&mut world, "*721234", "");
    world.asked = 0;
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"])), respond(480)]));
    call(&mut world);
    assert!(world.response_to("alice").status() >= 400);
    assert_eq!(world.asked, 1, "about the number there is no question");
    world.finish();
}

#[test]
fn whoever_hangs_up_while_a_number_is_asked_about_leaves_nothing_behind() {
    let mut world = world(|_| {});
    dial(&mut world, "*721234", "");
    world.script = None;
    let call = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &call);
    let asked = world.questions.remove(0);
    world.decide(asked, Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.drain();
    world.send("alice", &cancel(&call));
    world.expect_status("alice", 200);
    world.expect_final("alice", 487);
    let late = world.questions.remove(0);
    world.decide(late, Some(vec![Verb::Connect(ring(&["1002"]))]));
    world.drain();
    world.finish();
    assert_eq!(world.exchange.core.decisions, 0);
}

#[test]
fn what_a_client_has_set_survives_a_restart() {
    let mut world = world(|_| {});
    dial(&mut world, "*78", "");
    dial(&mut world, "*901002", "");
    let kept = std::mem::take(&mut world.kept);
    let mut again = World::with(with_codes());
    again.input(Input::Restore(kept));
    register(&mut again, "carol", "1002", 1, "");
    again.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    again.script = None;
    call(&mut again);
    let asked = again.questions.remove(0);
    again.decide(asked, Some(vec![Verb::Connect(ring(&["1001"]))]));
    again.drain();
    let asked = again.questions.remove(0);
    assert_eq!(asked.call.callee, "1002");
    again.decide(asked, Some(vec![Verb::Connect(ring(&["1002"]))]));
    again.drain();
    let to_carol = again.request_to("carol", "INVITE");
    assert!(diversions(&to_carol)[0].contains("reason=user-busy"));
    answered_by(&mut again, "carol", &to_carol);
}
