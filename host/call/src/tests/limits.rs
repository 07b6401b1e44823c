//! Too much to do, and what goes wrong inside: new calls wait, those that exist go on, a panic ends one call.

use super::basic::established;
use super::harness::*;
use super::wording::*;
use crate::call::state::Call;
use crate::input::{Command, Input};

#[test]
fn a_backlog_gets_new_calls_a_stateless_503_and_leaves_the_others_alone() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.input(Input::Backlog {
        messages: 1_000_000,
    });
    let text = invite("provider", "bob", "", &sdp("provider", 4000));
    world.send("provider", &text);
    let refused = world.expect_status("provider", 503);
    assert!(refused.header("Retry-After").is_some());
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4000)),
    );
    world.request_to("bob", "INVITE");
    world.send(
        "mallory",
        &request("mallory", "OPTIONS", "sip:example.test", 1, "", ""),
    );
    world.expect_status("mallory", 200);
    world.input(Input::Backlog { messages: 0 });
    world.send("provider", &text.replace("provider;rport", "again;rport"));
    world.request_to("bob", "INVITE");
    assert_eq!(world.exchange.counters().overloaded, 1);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_retransmission_of_a_call_that_exists_is_not_refused() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    world.input(Input::Backlog {
        messages: 1_000_000,
    });
    world.inbox("alice");
    world.send("alice", &text);
    assert!(!world.ladder.contains(&"-> alice: 503".to_owned()));
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn draining_takes_no_new_calls_and_lets_the_others_end() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.input(Input::Command(Command::Drain));
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    world.expect_status("provider", 503);
    assert_eq!(world.exchange.calls(), 1);
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    assert_eq!(world.exchange.calls(), 0);
    world.finish();
}

#[test]
fn beyond_the_limit_of_calls_or_decisions_new_ones_get_503() {
    let mut config = config();
    config.limits.decisions = 1;
    let mut world = World::with(config);
    world.script = None;
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    world.expect_status("provider", 503);
    let question = world.questions.remove(0);
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.send("dave", &invite("dave", "bob", "", &sdp("dave", 4000)));
    world.expect_status("dave", 407);
    world.finish();
}

#[test]
fn a_panic_while_stepping_a_call_ends_that_call_and_no_other() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.exchange.core.panic_on = Some("provider".to_owned());
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    world.expect_status("provider", 500);
    assert_eq!(world.exchange.counters().panics, 1);
    world.exchange.core.panic_on = None;
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.pass(ALL_TIMERS);
    assert!(world.exchange.is_idle());
    assert_eq!(world.records.len(), 2);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = || {
        let mut world = World::new();
        world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
        world.request_to("bob", "INVITE").raw().clone()
    };
    assert_eq!(run(), run());
}

/// What a call remembers of its transactions, and the exchange of it.
fn remembered(world: &mut World) -> (usize, usize, usize) {
    let key = world.exchange.calls.find(|_| true)[0];
    let of_call = |call: &Call| (call.sent.len(), call.servers.len());
    let (sent, servers) = world
        .exchange
        .with(key, |_, call| of_call(call))
        .expect("a call");
    (sent, servers, world.exchange.owned())
}

#[test]
fn a_call_does_not_remember_what_is_over() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    let at_first = remembered(&mut world);
    for cseq in 2..1_002 {
        world.send("alice", &by_caller("alice", &ok, "INFO", cseq, "Signal=5"));
        let info = world.request_to("bob", "INFO");
        world.answer("bob", &info, 200, None);
        world.expect_status("alice", 200);
    }
    assert_eq!(remembered(&mut world), at_first);
    for cseq in 1_002..1_102 {
        let direction = ["sendonly", "sendrecv"][cseq as usize % 2];
        let offer = sdp_with("alice", 4000, cseq, direction);
        let refreshing = "Session-Expires: 600\nMax-Forwards";
        for cseq in [2 * cseq, 2 * cseq + 1] {
            let text = by_caller("alice", &ok, "INVITE", cseq, &offer);
            world.send("alice", &text.replace("Max-Forwards", refreshing));
            if cseq % 2 == 0 {
                let to_bob = world.request_to("bob", "INVITE");
                for _ in 0..2 {
                    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
                    world.request_to("bob", "ACK");
                }
            }
            world.expect_status("alice", 200);
            world.send("alice", &by_caller("alice", &ok, "ACK", cseq, ""));
        }
    }
    assert_eq!(
        remembered(&mut world).1,
        1,
        "the one that the call began with"
    );
    world.pass(ALL_TIMERS);
    let (sent, servers, owned) = remembered(&mut world);
    assert_eq!((sent, servers), (0, 1));
    assert!(owned <= at_first.2, "{owned}");
    world.send("alice", &by_caller("alice", &ok, "BYE", 9_999, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}
