//! Destinations with several addresses: which is called when one is silent, and which the next time.

use std::time::Duration;

use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;
use crate::input::Input;

fn call(world: &mut World, parties: &[&str]) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    resolve(world, parties);
}

fn resolve(world: &mut World, parties: &[&str]) {
    let (lookup, host) = world.resolves.remove(0);
    assert_eq!(host, "far.example");
    let candidates = parties.iter().map(|name| candidate(name)).collect();
    world.input(Input::Resolved { lookup, candidates });
}

fn start() -> World {
    World::scripted(vec![
        Verb::Connect(ring(&["sip:x@far.example"])),
        respond(404),
    ])
}

#[test]
fn a_silent_address_gives_way_after_four_seconds_and_the_next_call_begins_at_the_one_that_lives() {
    let mut world = start();
    call(&mut world, &["bob", "carol"]);
    world.request_to("bob", "INVITE");
    world.pass(Duration::from_millis(3_900));
    world.expect_nothing("carol");
    world.pass(Duration::from_millis(200));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.expect_status("alice", 404);
    world.pass(Duration::from_secs(35));
    world.inbox("bob");
    world.inbox("carol");

    let again = invite("alice", "bob", "", &sdp("alice", 4000)).replace("Call-ID: ", "Call-ID: 2");
    let again = again.replace("branch=z9hG4bK", "branch=z9hG4bK2");
    world.send("alice", &again);
    resolve(&mut world, &["bob", "carol"]);
    world.expect_nothing("bob");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.finish();
}

#[test]
fn an_address_that_has_said_trying_is_waited_for() {
    let mut world = start();
    call(&mut world, &["bob", "carol"]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 100, None);
    world.pass(Duration::from_secs(20));
    world.expect_nothing("carol");
    world.answer("bob", &to_bob, 486, None);
    world.finish();
}

#[test]
fn an_answer_of_an_address_that_was_given_up_is_acknowledged_and_hung_up() {
    let mut world = start();
    call(&mut world, &["bob", "carol"]);
    let to_bob = world.request_to("bob", "INVITE");
    world.pass(Duration::from_millis(4_100));
    let to_carol = world.request_to("carol", "INVITE");
    world.inbox("bob");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 5000)));
    let ok = world.expect_final("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.request_to("carol", "ACK");
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn a_silent_address_that_rings_after_all_is_cancelled() {
    let mut world = start();
    call(&mut world, &["bob", "carol"]);
    let to_bob = world.request_to("bob", "INVITE");
    world.pass(Duration::from_millis(4_100));
    world.inbox("bob");
    world.answer("bob", &to_bob, 180, None);
    let cancel = world.request_to("bob", "CANCEL");
    world.answer("bob", &cancel, 200, None);
    world.answer("bob", &to_bob, 487, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.expect_final("alice", 404);
    world.finish();
}

#[test]
fn a_silent_destination_gives_way_to_the_next_target_unless_it_is_a_client() {
    let mut world = World::scripted(vec![
        Verb::Connect(ring_in_turn(&["bob", "carol"])),
        respond(404),
    ]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.request_to("bob", "INVITE");
    world.pass(Duration::from_millis(4_100));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.finish();
    assert_eq!(world.records[0].legs[0].status, Some(408));
}

#[test]
fn a_target_that_was_silent_costs_the_next_call_nothing() {
    let mut world = World::scripted(vec![
        Verb::Connect(ring_in_turn(&["bob", "carol"])),
        respond(404),
    ]);
    for number in 1..=2 {
        let text = invite("alice", "bob", "", &sdp("alice", 4000));
        let text = text.replace("Call-ID: ", &format!("Call-ID: {number}"));
        world.send(
            "alice",
            &text.replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}")),
        );
        if number == 1 {
            world.request_to("bob", "INVITE");
            world.pass(Duration::from_millis(4_100));
        }
        world.inbox("bob");
        let to_carol = world.request_to_skipping("carol", "INVITE", "ACK");
        world.answer("carol", &to_carol, 486, None);
        world.expect_final("alice", 404);
    }
    world.expect_nothing("bob");
    world.finish();
    assert_eq!(world.records[1].legs[0].status, Some(503));
}

#[test]
fn a_503_is_remembered_and_the_memory_fades() {
    let mut world = start();
    call(&mut world, &["bob", "carol"]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 503, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.expect_final("alice", 404);
    world.pass(Duration::from_secs(61));
    world.inbox("bob");
    let again = invite("alice", "bob", "", &sdp("alice", 4000)).replace("Call-ID: ", "Call-ID: 2");
    let again = again.replace("branch=z9hG4bK", "branch=z9hG4bK2");
    world.send("alice", &again);
    resolve(&mut world, &["bob", "carol"]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 486, None);
    world.finish();
}
