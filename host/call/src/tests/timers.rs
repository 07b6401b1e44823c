//! Session timers (RFC 4028): each side has its own, refreshed by UPDATE or re-INVITE, by us or by the side itself.

use std::time::Duration;

use switchhook_sip::message::{Fields, Request, Response};

use super::harness::*;
use super::wording::*;

const TIMER: &str = "Supported: timer\nSession-Expires: 600;refresher=uas\n";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn expires(message: &Fields) -> Option<String> {
    message
        .header("Session-Expires")
        .map(|value| value.into_owned())
}

/// A call whose caller says `caller` in its INVITE and whose called side says `callee` in its 200.
fn call(world: &mut World, caller: &str, callee: &str) -> (Response, Request) {
    world.send(
        "alice",
        &invite("alice", "bob", caller, &sdp("alice", 4000)),
    );
    let to_bob = world.request_to("bob", "INVITE");
    let text = response_with("bob", &to_bob, 200, callee, Some(&sdp("bob", 5000)));
    world.send("bob", &text);
    let ok = world.expect_status("alice", 200);
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.ladder.clear();
    (ok, to_bob)
}

fn with(text: &str, extra: &str) -> String {
    text.replace("Max-Forwards", &format!("{extra}Max-Forwards"))
}

fn hang_up(world: &mut World, ok: &Response) {
    world.send("alice", &by_caller("alice", ok, "BYE", 90, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_timer_is_offered_to_the_called_side_and_each_side_agrees_on_its_own() {
    let mut world = World::new();
    let callee = "Require: timer\nSession-Expires: 1200;refresher=uas\n";
    let (ok, to_bob) = call(
        &mut world,
        "Supported: timer\nSession-Expires: 600\n",
        callee,
    );
    assert_eq!(expires(&to_bob).unwrap(), "1800");
    assert_eq!(to_bob.header("Min-SE").unwrap(), "90");
    assert!(to_bob.has_option("Supported".into(), "timer"));
    assert_eq!(expires(&ok).unwrap(), "600;refresher=uac");
    assert!(ok.has_option("Require".into(), "timer"));
    hang_up(&mut world, &ok);
}

#[test]
fn a_caller_without_session_timers_has_none() {
    let mut world = World::new();
    let (ok, _) = call(&mut world, "", "");
    assert_eq!(expires(&ok), None);
    world.pass(seconds(4000));
    world.expect_nothing("alice");
    world.expect_nothing("bob");
    hang_up(&mut world, &ok);
}

#[test]
fn where_we_refresh_an_update_without_an_offer_does_it() {
    let mut world = World::new();
    let callee = "Allow: INVITE, UPDATE\nSession-Expires: 600;refresher=uac\n";
    let (ok, _) = call(&mut world, "", callee);
    for round in 0..3 {
        world.pass(seconds(300));
        let update = world.request_to("bob", "UPDATE");
        assert!(update.body().is_empty());
        assert_eq!(expires(&update).unwrap(), "600;refresher=uac", "{round}");
        let again = "Session-Expires: 600;refresher=uac\n";
        world.send("bob", &response_with("bob", &update, 200, again, None));
    }
    world.expect_nothing("alice");
    hang_up(&mut world, &ok);
}

#[test]
fn where_update_is_not_allowed_a_reinvite_repeats_what_was_said() {
    let mut world = World::new();
    let (ok, to_bob) = call(&mut world, "", "Session-Expires: 600;refresher=uac\n");
    world.pass(seconds(300));
    let refresh = world.request_to("bob", "INVITE");
    assert_eq!(refresh.body(), to_bob.body(), "with the same version");
    let again = "Session-Expires: 600;refresher=uac\n";
    let text = response_with("bob", &refresh, 200, again, Some(&sdp("bob", 5000)));
    world.send("bob", &text);
    world.request_to("bob", "ACK");
    world.expect_nothing("alice");
    world.pass(seconds(250));
    world.expect_nothing("bob");
    hang_up(&mut world, &ok);
}

#[test]
fn a_side_that_does_not_refresh_expires_and_both_are_hung_up_with_a_reason() {
    let mut world = World::new();
    let (ok, _) = call(&mut world, "Supported: timer\nSession-Expires: 600\n", "");
    assert_eq!(expires(&ok).unwrap(), "600;refresher=uac");
    world.pass(seconds(567));
    world.expect_nothing("alice");
    world.pass(seconds(2));
    for name in ["alice", "bob"] {
        let bye = world.request_to(name, "BYE");
        assert!(bye.header("Reason").unwrap().contains("Session expired"));
        world.answer(name, &bye, 200, None);
    }
    assert_eq!(world.exchange.counters().sessions_expired, 1);
    world.finish();
}

#[test]
fn a_side_that_refreshes_stays_and_nobody_else_hears_of_it() {
    let mut world = World::new();
    let (ok, _) = call(&mut world, "Supported: timer\nSession-Expires: 600\n", "");
    let refresh = "Supported: timer\nSession-Expires: 600;refresher=uac\n";
    for round in 0..4_u32 {
        world.pass(seconds(300));
        let cseq = 2 + round;
        let (method, body) = match round % 2 {
            0 => ("UPDATE", String::new()),
            _ => ("INVITE", sdp("alice", 4000)),
        };
        let text = by_caller("alice", &ok, method, cseq, &body);
        world.send("alice", &with(&text, refresh));
        let refreshed = world.expect_status("alice", 200);
        assert_eq!(expires(&refreshed).unwrap(), "600;refresher=uac");
        assert_eq!(refreshed.body().is_empty(), method == "UPDATE");
        if method == "INVITE" {
            assert_eq!(refreshed.body(), ok.body(), "with the same version");
            world.send("alice", &by_caller("alice", &ok, "ACK", cseq, ""));
        }
    }
    world.expect_nothing("bob");
    hang_up(&mut world, &ok);
}

#[test]
fn an_update_with_an_offer_does_not_go_to_a_side_that_takes_none() {
    let mut world = World::new();
    let caller = "Supported: timer\nSession-Expires: 600\n";
    let (ok, _) = call(&mut world, caller, "Allow: INVITE, ACK, BYE, CANCEL\n");
    world.pass(seconds(300));
    let same = by_caller("alice", &ok, "UPDATE", 2, &sdp("alice", 4000));
    let refresh = "Supported: timer\nSession-Expires: 600;refresher=uac\n";
    world.send("alice", &with(&same, refresh));
    let refreshed = world.expect_status("alice", 200);
    assert_eq!(expires(&refreshed).unwrap(), "600;refresher=uac");
    assert_eq!(refreshed.body(), ok.body(), "with the same version");
    world.pass(seconds(400));
    let hold = sdp_with("alice", 4000, 2, "sendonly");
    world.send("alice", &by_caller("alice", &ok, "UPDATE", 3, &hold));
    world.expect_status("alice", 488);
    world.expect_nothing("bob");
    hang_up(&mut world, &ok);
}

#[test]
fn a_refresh_that_is_not_answered_ends_the_call() {
    let mut world = World::new();
    let (ok, _) = call(&mut world, TIMER, "");
    assert_eq!(expires(&ok).unwrap(), "600;refresher=uas");
    world.pass(seconds(300));
    world.request_to("alice", "INVITE");
    world.pass(seconds(32));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_refresh_that_meets_a_reinvite_comes_again() {
    let mut world = World::new();
    let (ok, to_bob) = call(&mut world, "", "Session-Expires: 600;refresher=uac\n");
    world.pass(seconds(300));
    let refresh = world.request_to("bob", "INVITE");
    let hold = sdp_with("bob", 5000, 2, "sendonly");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 1, &hold));
    world.expect_status("bob", 491);
    world.answer("bob", &refresh, 491, None);
    world.request_to("bob", "ACK");
    world.pass(seconds(5));
    let again = world.request_to("bob", "INVITE");
    assert_eq!(again.body(), refresh.body());
    let more = "Session-Expires: 600;refresher=uac\n";
    world.send(
        "bob",
        &response_with("bob", &again, 200, more, Some(&sdp("bob", 5000))),
    );
    world.request_to_skipping("bob", "ACK", "INVITE");
    hang_up(&mut world, &ok);
}

#[test]
fn a_refresh_that_is_refused_for_its_method_goes_as_a_reinvite() {
    let mut world = World::new();
    let callee = "Allow: INVITE, UPDATE\nSession-Expires: 600;refresher=uac\n";
    let (ok, _) = call(&mut world, "", callee);
    world.pass(seconds(300));
    let update = world.request_to("bob", "UPDATE");
    world.answer("bob", &update, 501, None);
    let reinvite = world.request_to("bob", "INVITE");
    world.answer("bob", &reinvite, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    hang_up(&mut world, &ok);
}

#[test]
fn an_interval_that_is_too_short_gets_422_and_one_that_is_for_the_called_side_grows() {
    let mut world = World::new();
    let short = "Supported: timer\nSession-Expires: 60\n";
    world.send("alice", &invite("alice", "bob", short, &sdp("alice", 4000)));
    let refused = world.expect_status("alice", 422);
    assert_eq!(refused.header("Min-SE").unwrap(), "90");
    let text = request(
        "alice",
        "INVITE",
        "sip:bob@example.test",
        2,
        "",
        &sdp("alice", 4000),
    );
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    let text = response_with("bob", &to_bob, 422, "Min-SE: 3600\n", None);
    world.send("bob", &text);
    world.request_to("bob", "ACK");
    let longer = world.request_to("bob", "INVITE");
    assert_eq!(expires(&longer).unwrap(), "3600");
    assert_eq!(longer.header("Min-SE").unwrap(), "3600");
    assert_eq!(longer.call_id(), to_bob.call_id());
    assert_eq!(longer.cseq().number, 2);
    world.answer("bob", &longer, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    let short = by_caller("alice", &ok, "UPDATE", 3, "");
    world.send(
        "alice",
        &with(&short, "Supported: timer\nSession-Expires: 60\n"),
    );
    world.expect_status("alice", 422);
    hang_up(&mut world, &ok);
}

#[test]
fn a_hold_goes_through_and_counts_as_a_refresh_on_both_sides() {
    let mut world = World::new();
    let callee = "Session-Expires: 600;refresher=uas\n";
    let (ok, _) = call(
        &mut world,
        "Supported: timer\nSession-Expires: 600\n",
        callee,
    );
    world.pass(seconds(400));
    let hold = sdp_with("alice", 4000, 2, "sendonly");
    let text = by_caller("alice", &ok, "INVITE", 2, &hold);
    world.send(
        "alice",
        &with(
            &text,
            "Supported: timer\nSession-Expires: 600;refresher=uac\n",
        ),
    );
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(expires(&to_bob).unwrap(), "600;refresher=uas");
    let answer = sdp_with("bob", 5000, 2, "recvonly");
    world.send(
        "bob",
        &response_with("bob", &to_bob, 200, callee, Some(&answer)),
    );
    world.request_to("bob", "ACK");
    let held = world.expect_status("alice", 200);
    assert_eq!(expires(&held).unwrap(), "600;refresher=uac");
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    world.pass(seconds(400));
    world.expect_nothing("alice");
    world.expect_nothing("bob");
    hang_up(&mut world, &ok);
}

#[test]
fn without_timers_none_is_asked_for_and_one_that_is_required_is_refused() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.dialogs.session_timer = None;
    let mut world = World::with(config);
    let required = invite("alice", "bob", "Require: timer\n", &sdp("alice", 4000));
    world.send("alice", &required);
    let refused = world.expect_status("alice", 420);
    assert_eq!(refused.header("Unsupported").unwrap(), "timer");
    let text = request(
        "alice",
        "INVITE",
        "sip:bob@example.test",
        2,
        "Supported: timer\n",
        &sdp("alice", 4000),
    );
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(expires(&to_bob), None);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    assert_eq!(expires(&ok), None);
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    hang_up(&mut world, &ok);
}
