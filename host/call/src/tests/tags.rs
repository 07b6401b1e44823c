//! Verbs with a tag: the author of the script is asked what follows, and what comes when it cannot say.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::call::Variable;
use switchhook_routing::decision::{Continuation, Phase};
use switchhook_routing::outcome::{Outcome, Unconnected, UnconnectedReason};
use switchhook_routing::verb::{
    Connect, Delegate, MediaStream, Pause, Redial, Script, StreamTrack, Verb,
};

use super::harness::*;
use super::wording::*;
use crate::dialplan::{Dialplan, PluginStep};
use crate::input::{Command, Input};

fn call(world: &mut World) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

fn tagged_pause(milliseconds: u32) -> Verb {
    Verb::Pause(Pause {
        milliseconds,
        tag: Some("pause".to_owned()),
    })
}

fn tagged(names: &[&str]) -> Connect {
    Connect {
        tag: Some("connect".to_owned()),
        ..ring(names)
    }
}

/// A call whose first verb is a pause with a tag, over now; then 404.
fn asked_back() -> World {
    let mut world = World::scripted(vec![tagged_pause(10), respond(404)]);
    call(&mut world);
    world.pass(Duration::from_millis(20));
    world
}

fn with_fallback(script: Script) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.default_destination = Arc::new(vec![Verb::Connect(ring(&["dave"]))]);
    let mut world = World::with(config);
    world.script = Some(Some(script));
    world
}

#[test]
fn a_pause_with_a_tag_asks_the_author_and_goes_on_when_it_says_so() {
    let mut world = asked_back();
    let request = &world.resumes[0];
    assert_eq!(request.plugin, "router");
    assert_eq!(
        (request.tag.as_str(), &request.outcome),
        ("pause", &Outcome::Completed)
    );
    assert_eq!(request.call.callee, "bob");
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 404);
    assert_eq!(world.exchange.counters().resumptions, 1);
    world.finish();
}

#[test]
fn a_continuation_takes_the_place_of_the_rest() {
    let mut world = asked_back();
    world.resume(Some(Continuation::Script(vec![respond(603)])));
    world.expect_status("alice", 603);
    world.finish();
    let decisions = &world.records[0].decisions;
    assert_eq!(decisions.len(), 2, "the resumption is in the record");
    assert_eq!(decisions[1].stages.len(), 1);
}

#[test]
fn a_failed_resumption_goes_on_with_the_rest() {
    let mut world = asked_back();
    world.resume(None);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_failed_resumption_at_the_end_of_a_script_falls_back() {
    let mut world = with_fallback(vec![tagged_pause(10)]);
    call(&mut world);
    world.pass(Duration::from_millis(20));
    world.resume(None);
    world.request_to("dave", "INVITE");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_resumption_that_never_comes_is_given_up_after_its_guard() {
    for (rest, party) in [
        (vec![Verb::Connect(ring(&["carol"]))], "carol"),
        (vec![], "dave"),
    ] {
        let mut script = vec![tagged_pause(10)];
        script.extend(rest);
        let mut world = with_fallback(script);
        call(&mut world);
        world.pass(Duration::from_secs(6));
        world.request_to(party, "INVITE");
        assert_eq!(world.exchange.counters().decisions_lost, 1);
        world.resume(Some(Continuation::Script(vec![respond(404)])));
        world.expect_nothing_final("alice");
        world.input(Input::Command(Command::HangUpAll));
        world.finish();
    }
}

#[test]
fn a_caller_who_gives_up_meanwhile_ends_the_call() {
    let mut world = asked_back();
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &cancel(&invite));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    world.resume(Some(Continuation::Proceed));
    world.finish();
}

#[test]
fn the_outcome_of_a_connect_says_why_nobody_answered() {
    use UnconnectedReason::{Busy, Declined, Failed, NoAnswer, Unreachable};
    let cases = [
        (Some(486), Busy, Some(486)),
        (Some(600), Busy, Some(600)),
        (Some(603), Declined, Some(603)),
        (Some(404), Unreachable, Some(404)),
        (Some(480), NoAnswer, Some(480)),
        (Some(500), Failed, Some(500)),
        (None, NoAnswer, None),
    ];
    for (answer, reason, status) in cases {
        let mut world = World::scripted(vec![Verb::Connect(tagged(&["bob"])), respond(404)]);
        call(&mut world);
        let to_bob = world.request_to("bob", "INVITE");
        match answer {
            Some(status) => world.answer("bob", &to_bob, status, None),
            None => {
                world.answer("bob", &to_bob, 180, None);
                world.pass(Duration::from_secs(61));
                world.request_to("bob", "CANCEL");
                world.answer("bob", &to_bob, 487, None);
            }
        }
        let unconnected = Outcome::Unconnected(Unconnected { reason, status });
        assert_eq!(world.resumes[0].outcome, unconnected, "{answer:?}");
        world.resume(Some(Continuation::Proceed));
        world.expect_final("alice", 404);
        world.finish();
    }
}

#[test]
fn of_several_failures_the_closest_one_is_told() {
    let mut world = World::scripted(vec![Verb::Connect(tagged(&["bob", "1001", "carol"]))]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("bob", &to_bob, 404, None);
    world.answer("carol", &to_carol, 486, None);
    let expected = Unconnected {
        reason: UnconnectedReason::Busy,
        status: Some(486),
    };
    assert_eq!(world.resumes[0].outcome, Outcome::Unconnected(expected));
    world.resume(Some(Continuation::Script(vec![respond(486)])));
    world.expect_status("alice", 486);
    world.finish();
}

#[test]
fn one_that_rang_in_vain_came_closer_than_one_that_is_not_there() {
    for first in ["1001", "bob"] {
        let connect = Connect {
            timeout_seconds: Some(10),
            ..tagged(&[first, "carol"])
        };
        let mut world = World::scripted(vec![Verb::Connect(connect)]);
        call(&mut world);
        if first == "bob" {
            let to_bob = world.request_to("bob", "INVITE");
            world.answer("bob", &to_bob, 404, None);
        }
        let to_carol = world.request_to("carol", "INVITE");
        world.answer("carol", &to_carol, 180, None);
        world.pass(Duration::from_secs(11));
        world.answer("carol", &to_carol, 487, None);
        let expected = Unconnected {
            reason: UnconnectedReason::NoAnswer,
            status: None,
        };
        assert_eq!(world.resumes[0].outcome, Outcome::Unconnected(expected));
        world.resume(Some(Continuation::Script(vec![respond(404)])));
        world.finish();
    }
}

#[test]
fn what_cannot_be_done_yet_is_skipped_and_says_why() {
    let stream = Verb::Stream(MediaStream {
        url: "wss://example.test".to_owned(),
        track: StreamTrack::Caller,
        parameters: Vec::new(),
        tag: Some("said".to_owned()),
    });
    let mut world = World::scripted(vec![stream, respond(404)]);
    call(&mut world);
    let Outcome::NotAvailable(why) = &world.resumes[0].outcome else {
        panic!("{:?}", world.resumes[0].outcome);
    };
    assert!(why.contains("stream"), "{why}");
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 404);
    let told = told(&world);
    assert!(
        told.contains(&"ended Stream: not available".to_owned()),
        "{told:?}"
    );
    world.finish();
}

#[test]
fn tags_of_a_fallback_have_nobody_to_ask() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.default_destination = Arc::new(vec![tagged_pause(10), respond(404)]);
    let mut world = World::with(config);
    world.script = Some(None);
    call(&mut world);
    world.pass(Duration::from_secs(1));
    world.expect_status("alice", 404);
    assert!(world.resumes.is_empty());
    world.finish();
}

#[test]
fn an_author_that_asks_for_ever_is_not_asked_for_ever() {
    let mut world = World::scripted(vec![tagged_pause(1)]);
    call(&mut world);
    let mut asked = 0;
    for _ in 0..1000 {
        world.pass(Duration::from_millis(5));
        if world.resumes.is_empty() {
            break;
        }
        asked += 1;
        world.resume(Some(Continuation::Script(vec![tagged_pause(1)])));
    }
    assert_eq!(asked, crate::limits::RESUMES);
    world.expect_final("alice", 480);
    world.finish();
}

#[test]
fn variables_are_kept_and_shown_to_who_is_asked_next() {
    let variable = |name: &str, value: &str| Variable {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let set = Verb::SetVariable(variable("tier", "gold"));
    let mut world = World::scripted(vec![set, tagged_pause(10)]);
    call(&mut world);
    world.pass(Duration::from_millis(20));
    assert_eq!(world.resumes[0].call.variables, [variable("tier", "gold")]);
    let more = [variable("tier", "lead"), variable("a", "b")].map(Verb::SetVariable);
    let script = more.into_iter().chain([tagged_pause(10)]).collect();
    world.resume(Some(Continuation::Script(script)));
    world.pass(Duration::from_millis(20));
    let expected = [variable("tier", "lead"), variable("a", "b")];
    assert_eq!(world.resumes[0].call.variables, expected);
    world.resume(Some(Continuation::Script(vec![respond(404)])));
    let shown: Vec<_> = world
        .events
        .iter()
        .map(|e| e.subject.variables.len())
        .collect();
    assert_eq!(shown.first(), Some(&0));
    assert_eq!(shown.last(), Some(&2));
    world.finish();
}

#[test]
fn a_veto_of_a_route_also_guards_what_comes_after_the_decision() {
    let step = |name: &str, phase| PluginStep {
        name: name.to_owned(),
        phase,
        fail_open: false,
    };
    let names = |steps: &[PluginStep]| -> Vec<String> {
        steps.iter().map(|step| step.name.clone()).collect()
    };
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let plan = domain.dialplans["default"].clone();
    let mut route = (**plan.route("bob").unwrap()).clone();
    let other = route.clone();
    route.plugins = Arc::from([step("router", Phase::Route), step("fraud", Phase::Veto)]);
    let plan = Dialplan::new([("bob", route), ("1*", other)]).unwrap();
    domain.dialplans.insert("default".to_owned(), plan);
    let mut world = World::with(config);
    world.script = None;
    call(&mut world);
    let question = world.questions.remove(0);
    assert_eq!(names(&question.plugins), ["router", "fraud"]);
    world.decide(question, Some(vec![tagged_pause(1)]));
    world.pass(Duration::from_millis(5));
    assert_eq!(names(&world.resumes[0].vetoes), ["fraud"]);
    world.resume(Some(Continuation::Script(vec![Verb::Delegate(Delegate {
        plugin: "other".to_owned(),
    })])));
    let question = world.questions.remove(0);
    assert_eq!(names(&question.plugins), ["other", "fraud"]);
    let redial = Verb::Redial(Redial {
        callee: "1002".to_owned(),
    });
    world.decide(question, Some(vec![redial]));
    world.drain();
    let question = world.questions.remove(0);
    assert_eq!(
        names(&question.plugins),
        ["router", "fraud"],
        "the one it has left"
    );
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.expect_status("alice", 404);
    world.finish();
}
