//! Decisions, retries, the fallback ladder, and the verbs other than connect.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::Disposition;
use switchhook_routing::verb::{Delegate, Redial, Verb};

use super::harness::*;
use super::wording::*;

fn call(world: &mut World, callee: &str) {
    world.send("alice", &invite("alice", callee, "", &sdp("alice", 4000)));
}

fn sources(world: &World) -> Vec<(u8, ScriptSource)> {
    world.records[0]
        .decisions
        .iter()
        .map(|d| (d.attempt, d.source))
        .collect()
}

fn with_default(names: &[&str]) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.default_destination = Arc::new(vec![Verb::Connect(ring(names))]);
    World::with(config)
}

#[test]
fn a_respond_gives_the_caller_its_status_reason_and_headers() {
    let mut world = World::scripted(vec![Verb::Respond(switchhook_routing::verb::Respond {
        status: 603,
        reason: Some("Not Today".to_owned()),
        headers: vec![
            switchhook_routing::call::Header {
                name: "X-Why".to_owned(),
                value: "a\r\nb".to_owned(),
            },
            switchhook_routing::call::Header {
                name: "Via".to_owned(),
                value: "evil".to_owned(),
            },
            switchhook_routing::call::Header {
                name: "Bad Name".to_owned(),
                value: "x".to_owned(),
            },
        ],
    })]);
    call(&mut world, "bob");
    let refused = world.expect_status("alice", 603);
    assert_eq!(refused.reason(), "Not Today");
    assert!(refused.header("X-Why").is_some());
    assert_eq!(refused.vias().count(), 1);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Rejected);
}

#[test]
fn a_pause_delays_the_next_verb() {
    let mut world = World::scripted(vec![pause(1500), respond(404)]);
    call(&mut world, "bob");
    world.pass(Duration::from_millis(1499));
    assert!(!world.ladder.contains(&"-> alice: 404".to_owned()));
    world.pass(Duration::from_millis(2));
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_script_without_a_connection_is_decided_anew_three_times_with_a_counter() {
    let mut world = World::scripted(vec![pause(10)]);
    call(&mut world, "bob");
    world.pass(Duration::from_secs(1));
    world.expect_status("alice", 480);
    assert_eq!(world.asked, 4);
    world.finish();
    use ScriptSource::{None, Plugin};
    assert_eq!(
        sources(&world),
        [
            (0, Plugin),
            (1, Plugin),
            (2, Plugin),
            (3, Plugin),
            (3, None)
        ]
    );
}

#[test]
fn after_the_retries_the_default_destination_gets_the_call() {
    let mut world = with_default(&["carol"]);
    world.script = Some(Some(vec![]));
    call(&mut world, "bob");
    assert_eq!(world.asked, 4);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.expect_status("alice", 200);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn without_a_script_the_fallback_of_the_route_comes_first() {
    let mut world = with_default(&["dave"]);
    world.script = Some(None);
    call(&mut world, "fallback");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    let to_dave = world.request_to("dave", "INVITE");
    world.answer("dave", &to_dave, 480, None);
    world.expect_status("alice", 480);
    assert_eq!(
        world.asked, 1,
        "nobody is asked again when nobody could say"
    );
    world.finish();
    use ScriptSource::{DefaultDestination, RouteFallback};
    assert_eq!(
        sources(&world),
        [(0, RouteFallback), (0, DefaultDestination)]
    );
}

#[test]
fn without_any_destination_the_caller_gets_480() {
    let mut world = World::new();
    world.script = Some(None);
    call(&mut world, "bob");
    world.expect_status("alice", 480);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Failed);
}

#[test]
fn a_decision_that_never_comes_back_is_given_up_after_its_guard() {
    let mut world = with_default(&["carol"]);
    world.script = None;
    call(&mut world, "bob");
    world.pass(Duration::from_secs(6));
    world.request_to("carol", "INVITE");
    assert_eq!(world.exchange.counters().decisions_lost, 1);
    let question = world.questions.remove(0);
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    assert!(
        !world.ladder.contains(&"-> alice: 404".to_owned()),
        "it comes too late"
    );
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_delegate_asks_that_plugin_alone() {
    let mut world = World::new();
    world.script = None;
    call(&mut world, "bob");
    let question = world.questions.remove(0);
    world.decide(
        question,
        Some(vec![Verb::Delegate(Delegate {
            plugin: "other".to_owned(),
        })]),
    );
    world.drain();
    let question = world.questions.remove(0);
    assert_eq!(question.plugins.len(), 1);
    assert_eq!(question.plugins[0].name, "other");
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn plugins_that_delegate_for_ever_are_stopped() {
    let delegate = Verb::Delegate(Delegate {
        plugin: "other".to_owned(),
    });
    let mut world = World::scripted(vec![delegate]);
    call(&mut world, "bob");
    world.expect_status("alice", 480);
    assert_eq!(world.asked, 1 + crate::limits::DELEGATIONS);
    world.finish();
}

#[test]
fn a_redial_is_routed_by_the_callers_own_dialplan() {
    let mut world = World::new();
    world.script = None;
    call(&mut world, "bob");
    let question = world.questions.remove(0);
    world.decide(
        question,
        Some(vec![Verb::Redial(Redial {
            callee: "1002".to_owned(),
        })]),
    );
    world.drain();
    let question = world.questions.remove(0);
    assert_eq!(question.call.callee, "1002");
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.expect_status("alice", 404);
    world.finish();
    let callees: Vec<_> = world.records[0]
        .decisions
        .iter()
        .map(|d| d.callee.as_str())
        .collect();
    assert_eq!(callees, ["bob", "1002"]);
}

#[test]
fn redials_in_a_circle_are_stopped() {
    let mut world = World::scripted(vec![Verb::Redial(Redial {
        callee: "bob".to_owned(),
    })]);
    call(&mut world, "bob");
    world.expect_status("alice", 480);
    assert_eq!(world.asked, 1 + crate::limits::REDIALS);
    world.finish();
}

#[test]
fn a_redial_to_a_number_that_has_no_route_gets_the_default_destination() {
    let mut world = with_default(&["carol"]);
    world.script = Some(Some(vec![Verb::Redial(Redial {
        callee: "nowhere".to_owned(),
    })]));
    call(&mut world, "bob");
    world.request_to("carol", "INVITE");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn a_script_of_a_thousand_verbs_is_cut_off() {
    let verbs = std::iter::repeat_n(Verb::Connect(ring(&["1001"])), 1000).collect();
    let mut world = World::scripted(verbs);
    call(&mut world, "bob");
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn a_client_that_is_not_registered_is_skipped_at_once() {
    let mut world = World::scripted(vec![Verb::Connect(ring_in_turn(&["1001", "bob"]))]);
    call(&mut world, "bob");
    world.request_to("bob", "INVITE");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
    assert_eq!(world.records[0].legs[0].status, Some(480));
}

#[test]
fn caller_id_and_headers_of_a_connect_reach_the_called_side() {
    let mut connect = ring(&["bob"]);
    connect.caller_id = Some("+1 555".to_owned());
    let header = |name: &str| switchhook_routing::call::Header {
        name: name.to_owned(),
        value: "v".to_owned(),
    };
    connect.headers = vec![header("X-Queue"), header("Contact"), header("i")];
    let mut world = World::scripted(vec![Verb::Connect(connect)]);
    call(&mut world, "bob");
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(to_bob.from().uri().user().unwrap(), "+1 555");
    assert_eq!(to_bob.header("X-Queue").unwrap(), "v");
    assert_eq!(to_bob.contacts().count(), 1);
    assert_ne!(to_bob.call_id(), "v");
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}
