//! What is told of a call while it happens, and what is known of its caller.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::call::{Attestation, Variable};
use switchhook_routing::verb::{Connect, Verb};

use super::basic::established;
use super::harness::*;
use super::wording::*;
use crate::dialplan::Dialplan;
use crate::input::{Command, Input};

fn call(world: &mut World) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

/// The events behind the decision.
fn told_since(world: &World, first: &str) -> Vec<String> {
    let mut told = told(world);
    let from = told
        .iter()
        .position(|line| line.starts_with(first))
        .unwrap();
    told.split_off(from)
}

#[test]
fn legs_are_told_with_their_places_and_the_label_of_their_connect() {
    let connect = Connect {
        label: Some("sales".to_owned()),
        ..ring_in_turn(&["1001", "bob", "carol"])
    };
    let mut world = World::scripted(vec![Verb::Connect(connect), respond(404)]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.answer("bob", &to_bob, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.pass(Duration::from_secs(11));
    world.answer("carol", &to_carol, 487, None);
    world.expect_final("alice", 404);
    world.finish();
    assert_eq!(
        told_since(&world, "started"),
        [
            "started Connect [sales]",
            "failed 1001 0 [sales]: Unreachable(\"not registered\")",
            "trying sip:bob@192.0.2.20:5060 1 [sales]",
            "ringing sip:bob@192.0.2.20:5060 1 [sales]",
            "failed sip:bob@192.0.2.20:5060 1 [sales]: Status(486)",
            "trying sip:carol@192.0.2.30:5060 2 [sales]",
            "ringing sip:carol@192.0.2.30:5060 2 [sales]",
            "failed sip:carol@192.0.2.30:5060 2 [sales]: Timeout",
            "ended Connect: failed: busy (486) [sales]",
            "started Respond",
            "ended Respond: completed",
            "completed Rejected 404 Switch",
        ]
    );
}

#[test]
fn those_who_are_not_needed_any_more_are_cancelled() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob", "carol"]))]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.answer("carol", &to_carol, 487, None);
    let told = told(&world);
    assert!(
        told.contains(&"failed sip:carol@192.0.2.30:5060 1: Cancelled".to_owned()),
        "{told:?}"
    );
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_caller_who_gives_up_cancels_everything() {
    let mut world = World::new();
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.send(
        "alice",
        &cancel(&invite("alice", "bob", "", &sdp("alice", 4000))),
    );
    world.answer("bob", &to_bob, 487, None);
    world.finish();
    assert_eq!(
        told_since(&world, "ringing")[1..],
        [
            "failed sip:bob@192.0.2.20:5060 0: Cancelled",
            "ended Connect: failed: the call is over",
            "completed Cancelled 487 Caller",
        ]
    );
}

#[test]
fn re_invites_and_transfers_are_told_with_who_asked() {
    let mut world = World::new();
    let (ok, to_bob) = established(&mut world);
    world.send(
        "bob",
        &by_callee("bob", &to_bob, "INVITE", 2, &sdp("bob", 5002)),
    );
    let to_alice = world.request_to("alice", "INVITE");
    world.answer("alice", &to_alice, 200, Some(&sdp("alice", 4000)));
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 2, ""));
    let refer = by_caller("alice", &ok, "REFER", 2, "");
    let refer = refer.replace(
        "\nContact:",
        "\nRefer-To: <sip:carol@example.test?Replaces=x>\nContact:",
    );
    world.send("alice", &refer);
    world.expect_final("alice", 403);
    let told = told_since(&world, "reinvited");
    assert_eq!(
        told,
        [
            "reinvited Callee",
            "transfer Caller sip:carol@example.test?Replaces=x"
        ]
    );
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn events_share_their_subject_until_a_variable_changes() {
    let variable = Variable {
        name: "a".to_owned(),
        value: "1".to_owned(),
    };
    let set = Verb::SetVariable(variable.clone());
    let mut world = World::scripted(vec![set.clone(), set, respond(404)]);
    call(&mut world);
    let mut subjects: Vec<_> = world
        .events
        .iter()
        .map(|e| Arc::as_ptr(&e.subject))
        .collect();
    subjects.dedup();
    assert_eq!(subjects.len(), 2, "{:?}", told(&world));
    world.finish();
}

#[test]
fn the_variables_of_a_route_are_there_from_the_beginning() {
    let variable = |name: &str| Variable {
        name: name.to_owned(),
        value: "preset".to_owned(),
    };
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let mut route = (**domain.dialplans["default"].route("bob").unwrap()).clone();
    route.variables = vec![variable("a")];
    let mut other = route.clone();
    other.variables = vec![variable("b")];
    let plan = Dialplan::new([("bob", route), ("1*", other)]).unwrap();
    domain.dialplans.insert("default".to_owned(), plan);
    let mut world = World::with(config);
    world.script = None;
    call(&mut world);
    assert_eq!(world.events[0].subject.variables, [variable("a")]);
    let mut question = world.questions.remove(0);
    assert_eq!(question.call.variables, [variable("a")]);
    question.call.variables.push(variable("c"));
    let redial = Verb::Redial(switchhook_routing::verb::Redial {
        callee: "1002".to_owned(),
    });
    world.decide(question, Some(vec![redial]));
    world.drain();
    let question = world.questions.remove(0);
    assert_eq!(question.call.variables, ["a", "c", "b"].map(variable));
    world.decide(question, None);
    world.drain();
    world.expect_status("alice", 480);
    assert_eq!(world.events.last().unwrap().subject.variables.len(), 3);
    world.finish();
}

#[test]
fn too_many_variables_are_left_out() {
    let set = (0..2 * crate::limits::VARIABLES).map(|number| {
        let name = number.to_string();
        Variable {
            value: name.clone(),
            name,
        }
    });
    let mut world = World::new();
    world.script = None;
    call(&mut world);
    let mut question = world.questions.remove(0);
    question.call.variables = set.collect();
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    let kept = world.events.last().unwrap().subject.variables.len();
    assert_eq!(kept, crate::limits::VARIABLES);
    world.finish();
}

#[test]
fn what_a_trunk_says_of_its_caller_is_believed() {
    use Attestation::{Failed, Full, Gateway, Partial, Unknown};
    let pai = "P-Asserted-Identity: <sip:+15550100;verstat=";
    let level = "P-Attestation-Indicator: ";
    let cases = [
        (String::new(), Unknown),
        (
            format!("{pai}TN-Validation-Passed@x.test;user=phone>\n"),
            Full,
        ),
        (format!("{pai}TN-Validation-Passed-A@x.test>\n"), Full),
        (format!("{pai}tn-validation-passed-b@x.test>\n"), Partial),
        (format!("{pai}TN-Validation-Passed-C@x.test>\n"), Gateway),
        (format!("{pai}TN-Validation-Passed-D@x.test>\n"), Unknown),
        (format!("{pai}TN-Validation-Failed@x.test>\n"), Failed),
        (format!("{pai}TN-Validation-Failed-A@x.test>\n"), Failed),
        (format!("{pai}No-TN-Validation@x.test>\n"), Unknown),
        (
            "P-Asserted-Identity: <tel:+15550100;verstat=TN-Validation-Passed-B>\n".to_owned(),
            Partial,
        ),
        (format!("{level}B\n"), Partial),
        (format!("{level}Z\n"), Unknown),
        (
            format!("{pai}TN-Validation-Passed@x.test>\n{level}C\n"),
            Gateway,
        ),
        (
            format!("{pai}TN-Validation-Failed@x.test>\n{level}A\n"),
            Failed,
        ),
        (
            "P-Asserted-Identity: \";verstat=TN-Validation-Passed-A\" <sip:+15550100@x.test>\n"
                .to_owned(),
            Unknown,
        ),
    ];
    for (extra, expected) in cases {
        let mut world = World::new();
        world.script = None;
        world.send(
            "alice",
            &invite("alice", "bob", &extra, &sdp("alice", 4000)),
        );
        let question = world.questions.remove(0);
        assert_eq!(question.call.attestation, expected, "{extra}");
        world.decide(question, Some(vec![respond(404)]));
        world.drain();
        world.finish();
    }
}

#[test]
fn what_a_client_says_of_itself_counts_for_nothing() {
    let mut world = World::new();
    world.transport = switchhook_sip::flow::Transport::Tcp;
    register(&mut world, "bob", "1001", 1, "");
    world.script = None;
    let extra = "P-Attestation-Indicator: A\n";
    let text = invite("bob", "1002", extra, &sdp("bob", 4000));
    world.send(
        "bob",
        &text.replace("<sip:bob@example.test>", "<sip:1001@example.test>"),
    );
    let question = world.questions.remove(0);
    assert_eq!(question.call.attestation, Attestation::Unknown);
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.finish();
}

#[test]
fn the_name_of_a_connect_is_shown_instead_of_the_callers() {
    let connect = Connect {
        caller_name: Some("Front \"Desk\"\r\nX: y".to_owned()),
        ..ring(&["bob"])
    };
    let mut world = World::scripted(vec![Verb::Connect(connect)]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let name = to_bob.from().display_name().unwrap().into_owned();
    assert_eq!(name, "Front \"Desk\"X: y");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
