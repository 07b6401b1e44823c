//! Several destinations: at once, in turn, their times, the losers, the best of their failures, redirections.

use std::time::Duration;

use expect_test::expect;
use switchhook_routing::record::Disposition;
use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;

fn start(script: Vec<Verb>) -> World {
    let mut world = World::scripted(script);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world
}

#[test]
fn the_first_to_answer_gets_the_call_and_the_others_are_cancelled() {
    let mut world = start(vec![Verb::Connect(ring(&["bob", "carol"]))]);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.answer("carol", &to_carol, 180, None);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.answer("bob", &to_bob, 487, None);
    expect![[r#"
        alice -> INVITE
        -> alice: 100
        decide bob
        -> bob: INVITE
        -> carol: INVITE
        bob -> 180
        -> alice: 180
        carol -> 180
        carol -> 200
        -> carol: ACK
        -> alice: 200
        -> bob: CANCEL
        bob -> 487
        -> bob: ACK
    "#]]
    .assert_eq(&world.ladder());
    let ringing = world.expect_status("alice", 180);
    let ok = world.expect_status("alice", 200);
    assert_eq!(
        ringing.to().tag(),
        ok.to().tag(),
        "one To tag whoever speaks"
    );
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("carol", "ACK");
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
    let legs: Vec<_> = world.records[0].legs.iter().map(|leg| leg.status).collect();
    assert_eq!(legs, [None, Some(200)]);
}

#[test]
fn two_answers_at_once_leave_one_call() {
    let mut world = start(vec![Verb::Connect(ring(&["bob", "carol"]))]);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("bob", "ACK");
    world.request_to("carol", "ACK");
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn targets_in_turn_ring_for_their_time_each() {
    let mut world = start(vec![
        Verb::Connect(ring_in_turn(&["bob", "carol"])),
        respond(404),
    ]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.expect_nothing("carol");
    world.pass(Duration::from_secs(10));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.pass(Duration::from_secs(10));
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    world.expect_status("alice", 180);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn all_of_a_connect_has_a_time_limit_of_its_own() {
    let mut connect = ring_in_turn(&["bob", "carol"]);
    connect.timeout_seconds = Some(5);
    let mut world = start(vec![Verb::Connect(connect), respond(404)]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.pass(Duration::from_secs(5));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    world.expect_nothing("carol");
    world.expect_status("alice", 180);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_6xx_stops_all_forks_and_the_script_goes_on() {
    let mut world = start(vec![
        Verb::Connect(ring(&["bob", "carol"])),
        Verb::Connect(ring(&["dave"])),
    ]);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.answer("bob", &to_bob, 603, None);
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    let to_dave = world.request_to("dave", "INVITE");
    world.answer("dave", &to_dave, 603, None);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.asked, 1 + 1, "the script was over: asked again");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_6xx_in_turn_stops_the_turns() {
    let mut world = start(vec![
        Verb::Connect(ring_in_turn(&["bob", "carol"])),
        respond(404),
    ]);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 600, None);
    world.expect_nothing("carol");
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn provisional_responses_of_all_legs_are_told_once_each() {
    let mut world = start(vec![Verb::Connect(ring(&["bob", "carol"]))]);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    for status in [180, 180, 182, 180] {
        world.answer("bob", &to_bob, status, None);
        world.answer("carol", &to_carol, status, None);
    }
    let told: Vec<_> = world
        .ladder
        .iter()
        .filter(|l| l.starts_with("-> alice: 18"))
        .collect();
    assert_eq!(told, ["-> alice: 180", "-> alice: 182"]);
    assert_eq!(
        world
            .events
            .iter()
            .filter(|e| format!("{:?}", e.kind).contains("Ringing"))
            .count(),
        2
    );
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_redirection_is_followed_by_preference() {
    let mut world = start(vec![Verb::Connect(ring(&["bob"]))]);
    let to_bob = world.request_to("bob", "INVITE");
    let contacts = format!(
        "Contact: <sip:carol@{}>;q=0.5, <mailto:x@example.test>\n",
        address("carol")
    );
    let moved = response_with("bob", &to_bob, 302, &contacts, None);
    world.send("bob", &moved);
    world.request_to("bob", "ACK");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.expect_status("alice", 200);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    let legs: Vec<_> = world.records.iter().chain([]).collect();
    assert!(legs.len() <= 1);
    world.finish();
    let legs: Vec<_> = world.records[0].legs.iter().map(|leg| leg.status).collect();
    assert_eq!(legs, [Some(302), Some(200)]);
}

#[test]
fn a_redirection_out_of_the_domain_is_followed_only_if_the_domain_says_so() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.redirects_outside = false;
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(ring(&["bob"])), respond(404)]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let contacts = format!("Contact: <sip:00900@{}>\n", address("carol"));
    let moved = response_with("bob", &to_bob, 302, &contacts, None);
    world.send("bob", &moved);
    world.expect_nothing("carol");
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn redirections_in_a_circle_end() {
    let mut world = start(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    let to_bob = world.request_to("bob", "INVITE");
    let here = |name: &str| format!("Contact: <sip:{name}@{}>\n", address(name));
    let moved = response_with("bob", &to_bob, 302, &here("carol"), None);
    world.send("bob", &moved);
    let to_carol = world.request_to("carol", "INVITE");
    let moved = response_with("carol", &to_carol, 302, &here("bob"), None);
    world.send("carol", &moved);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_redirection_to_another_domain_of_the_switch_is_not_followed() {
    let mut world = start(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    let to_bob = world.request_to("bob", "INVITE");
    let moved = response_with(
        "bob",
        &to_bob,
        302,
        "Contact: <sip:1001@other.test>\n",
        None,
    );
    world.send("bob", &moved);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_destination_that_cannot_be_reached_gives_way_to_the_next() {
    let mut world = start(vec![Verb::Connect(ring_in_turn(&["bob", "carol"]))]);
    world.request_to("bob", "INVITE");
    let flow = world.flow("bob");
    world.input(crate::input::Input::FlowFailed { flow });
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
    assert_eq!(world.records[0].legs[0].status, Some(503));
}

#[test]
fn a_silent_destination_is_a_failure_after_timer_b() {
    let mut world = start(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    world.pass(Duration::from_secs(33));
    world.expect_status("alice", 404);
    world.finish();
    assert_eq!(world.records[0].legs[0].status, Some(408));
}

#[test]
fn the_next_address_of_a_name_is_tried_when_one_does_not_answer() {
    let mut world = start(vec![Verb::Connect(ring(&["sip:x@far.example"]))]);
    let (lookup, host) = world.resolves.remove(0);
    assert_eq!(host, "far.example");
    let candidates = vec![candidate("bob"), candidate("carol")];
    world.input(crate::input::Input::Resolved { lookup, candidates });
    world.request_to("bob", "INVITE");
    let flow = world.flow("bob");
    world.input(crate::input::Input::FlowFailed { flow });
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(to_carol.uri().as_str(), "sip:x@far.example");
    world.answer("carol", &to_carol, 486, None);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_name_that_cannot_be_resolved_is_a_failure() {
    let mut world = start(vec![
        Verb::Connect(ring(&["sip:x@far.example"])),
        respond(404),
    ]);
    let (lookup, _) = world.resolves.remove(0);
    world.input(crate::input::Input::Resolved {
        lookup,
        candidates: vec![],
    });
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_busy_default_destination_tells_the_caller_that_it_is_busy() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.default_destination = std::sync::Arc::new(vec![Verb::Connect(ring(&["carol"]))]);
    let mut world = World::with(config);
    world.script = Some(None);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.expect_status("alice", 486);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Busy);
}
