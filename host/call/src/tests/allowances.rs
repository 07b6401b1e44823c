//! Limits of clients: whom they may call, how many calls they have, how long they talk.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::verb::Verb;

use super::harness::*;
use super::transferring;
use super::wording::*;
use crate::config::Config;
use crate::config::client_limits::{ClientLimits, Destinations};
use crate::dialplan::Pattern;
use crate::input::{Command, Input};

/// 1001 has these limits.
fn limited(limits: ClientLimits) -> Config {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.get_mut("1001").unwrap().limits = limits;
    config
}

/// 1001 calls from bob's address; the answer to the INVITE that has its credentials is still to come.
fn call(world: &mut World, callee: &str, number: u32) {
    let uri = format!("sip:{callee}@example.test");
    let text = |cseq: u32, more: &str| {
        request("bob", "INVITE", &uri, cseq, more, &sdp("bob", 4000))
            .replace("<sip:bob@example.test>", "<sip:1001@example.test>")
            .replace("call-of-bob", &format!("call-{number}"))
            .replace("tag=bobtag", &format!("tag=bob{number}"))
    };
    world.inbox("bob");
    world.send("bob", &text(2 * number, ""));
    let challenge = world.expect_status("bob", 407);
    let more = credentials(&challenge, ("1001", "secret"), "INVITE", &uri);
    world.send("bob", &text(2 * number + 1, &more));
}

/// Has carol answer the call of bob's that waits, and bob hang up after so long.
fn talk(world: &mut World, seconds: u64) {
    let to_carol = world.request_to_skipping("carol", "INVITE", "ACK");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 5000)));
    let ok = world.expect_final("bob", 200);
    let number = ok.cseq().number;
    world.send("bob", &by_caller("bob", &ok, "ACK", number, ""));
    world.pass(Duration::from_secs(seconds));
    if world.exchange.calls() > 0 && world.ended.len() < world.records.len() + 1 {
        world.send("bob", &by_caller("bob", &ok, "BYE", number + 1, ""));
    }
    world.pass(ALL_TIMERS);
    world.inbox("bob");
    world.inbox("carol");
}

fn to_carol(config: Config) -> World {
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(ring(&["carol"]))]));
    world
}

fn minutes(per_day: u32, per_month: u32) -> ClientLimits {
    ClientLimits {
        minutes_per_day: Some(per_day),
        minutes_per_month: Some(per_month),
        ..ClientLimits::default()
    }
}

#[test]
fn a_client_calls_whom_it_may_and_nobody_else() {
    let destinations = Destinations {
        allow: Vec::new(),
        deny: vec![Pattern::new("19*").unwrap()],
    };
    let mut world = to_carol(limited(ClientLimits {
        destinations: Some(Arc::new(destinations)),
        ..ClientLimits::default()
    }));
    call(&mut world, "1900", 1);
    let refused = world.expect_final("bob", 403);
    assert_eq!(refused.reason(), "Destination Not Allowed");
    assert_eq!((world.asked, world.exchange.counters().limited), (0, 1));
    let record = &world.records[0];
    assert_eq!(
        (record.caller.as_str(), record.callee.as_str()),
        ("1001", "1900")
    );
    assert_eq!((record.status, record.legs.len()), (403, 0));
    call(&mut world, "1002", 2);
    world.request_to("carol", "INVITE");
}

#[test]
fn a_client_has_as_many_calls_as_it_may_and_is_busy_then() {
    let mut world = to_carol(limited(ClientLimits {
        calls: Some(1),
        ..ClientLimits::default()
    }));
    register(&mut world, "bob", "1001", 1, "");
    call(&mut world, "1002", 10);
    let first = world.request_to("carol", "INVITE");
    call(&mut world, "1002", 20);
    let refused = world.expect_final("bob", 403);
    assert_eq!(refused.reason(), "Too Many Calls");
    // Nor is it called meanwhile.
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"])), respond(486)]));
    world.send("alice", &invite("alice", "1001", "", &sdp("alice", 4000)));
    world.expect_final("alice", 486);
    world.answer("carol", &first, 486, None);
    world.inbox("bob");
    world.pass(ALL_TIMERS);
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    let again = invite("alice", "1001", "", &sdp("alice", 4000)).replace("call-of-alice", "again");
    world.send("alice", &again.replace("z9hG4bK", "z9hG4bKagain"));
    world.request_to("bob", "INVITE");
}

#[test]
fn a_client_talks_as_long_as_it_may_in_a_day() {
    let mut world = to_carol(limited(minutes(2, 100)));
    call(&mut world, "1002", 1);
    talk(&mut world, 90);
    call(&mut world, "1002", 2);
    talk(&mut world, 600);
    let last = world.records.last().unwrap();
    let talked = last.ended_at - last.answered_at.unwrap();
    assert_eq!(
        talked, 30_000,
        "the call is ended when the minutes are over"
    );
    call(&mut world, "1002", 3);
    let refused = world.expect_final("bob", 403);
    assert_eq!(refused.reason(), "No Minutes Left");
    world.pass(Duration::from_secs(24 * 3600));
    call(&mut world, "1002", 4);
    world.request_to("carol", "INVITE");
}

#[test]
fn minutes_that_are_used_up_stay_so_over_a_restart_until_the_month_ends() {
    let mut world = to_carol(limited(minutes(100, 1)));
    call(&mut world, "1002", 1);
    talk(&mut world, 300);
    let kept = world.kept.clone();
    let after = |days: u64| {
        let mut world = World::later(limited(minutes(100, 1)), days * 24 * 3600);
        world.script = Some(Some(vec![Verb::Connect(ring(&["carol"]))]));
        world.input(Input::Restore(kept.clone()));
        call(&mut world, "1002", 1);
        world.response_to("bob").status()
    };
    assert_eq!(after(1), 403, "the 16th of January");
    let mut later = World::later(limited(minutes(100, 1)), 17 * 24 * 3600);
    later.script = Some(Some(vec![Verb::Connect(ring(&["carol"]))]));
    later.input(Input::Restore(kept.clone()));
    call(&mut later, "1002", 1);
    later.request_to("carol", "INVITE");
}

#[test]
fn the_minutes_of_a_call_go_on_where_it_is_transferred() {
    let mut world = to_carol(limited(minutes(2, 100)));
    register(&mut world, "carol", "1002", 1, "");
    world.script = Some(Some(vec![Verb::Connect(ring(&["1002"]))]));
    call(&mut world, "1002", 1);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 5000)));
    let ok = world.expect_final("bob", 200);
    world.send("bob", &by_caller("bob", &ok, "ACK", 3, ""));
    world.pass(Duration::from_secs(90));
    world.script = Some(Some(vec![Verb::Connect(ring(&["dave"]))]));
    let within = by_callee("carol", &to_carol, "REFER", 2, "");
    let target = "sip:1003@example.test";
    world.send("carol", &transferring::refer(&within, target, ""));
    let to_dave = world.request_to("dave", "INVITE");
    world.answer("dave", &to_dave, 200, Some(&sdp("dave", 6000)));
    let renewal = world.request_to("bob", "INVITE");
    world.answer("bob", &renewal, 200, Some(&sdp("bob", 4000)));
    world.pass(Duration::from_secs(600));
    let talked = |callee: &str| {
        let record = world.records.iter().find(|record| record.callee == callee);
        let record = record.unwrap();
        record.ended_at - record.answered_at.unwrap()
    };
    assert_eq!((talked("1002"), talked("1003")), (90_000, 30_000));
}

/// Alice, a trunk, talks to bob, the client 1002, who has these limits and sends her there: what he is answered.
fn sends_away(limits: &ClientLimits, number: &str) -> (u16, String) {
    let mut world = transferring::world_with(|domain| {
        domain.clients.get_mut("1002").unwrap().limits = limits.clone();
    });
    let (_, to_bob) = super::basic::established(&mut world);
    let target = format!("sip:{number}@example.test");
    world.send("bob", &transferring::by_bob(&to_bob, 2, &target));
    let response = world.response_to("bob");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
    (response.status(), response.reason().into_owned())
}

#[test]
fn a_client_sends_a_caller_only_where_it_might_call_itself() {
    let destinations = Destinations {
        allow: Vec::new(),
        deny: vec![Pattern::new("19*").unwrap()],
    };
    let limits = ClientLimits {
        destinations: Some(Arc::new(destinations)),
        calls: Some(1),
        ..ClientLimits::default()
    };
    let refused = |reason: &str| (403, reason.to_owned());
    let none = "Destination Not Allowed";
    assert_eq!(sends_away(&limits, "1900"), refused(none));
    assert_eq!(sends_away(&limits, "carol").0, 202);
    let (none, spent) = ("No Minutes Left", minutes(0, 1));
    assert_eq!(sends_away(&spent, "carol"), refused(none));
}
