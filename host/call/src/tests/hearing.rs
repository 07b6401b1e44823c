//! What callers hear before, between and besides verbs: ringback, music on hold, and how they are connected after a menu.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Direction, Offer};
use switchhook_routing::verb::{Connect, Verb};
use switchhook_sip::message::{Message, Response};
use switchhook_sip::method::Method;

use super::harness::*;
use super::performing::*;
use super::wording::*;
use crate::input::{Command, Input};
use crate::media_command::PlayEnd;

fn ringing_back(prompt: Option<&str>) -> Verb {
    Verb::Connect(Connect {
        ringback: prompt.map(file),
        ..ring_in_turn(&["bob", "carol"])
    })
}

#[test]
fn ringback_is_early_media_until_somebody_answers() {
    let mut world = World::scripted(vec![ringing_back(Some("song"))]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    let progress = world.expect_status("alice", 183);
    assert_eq!(heard(&mut world), ["song x*"]);
    world.answer("bob", &to_bob, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.expect_nothing("alice");
    assert!(heard(&mut world).is_empty(), "the song goes on");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    assert_eq!(heard(&mut world), ["-"]);
    let ok = world.expect_status("alice", 200);
    assert_eq!(ok.to().tag(), progress.to().tag());
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.request_to("carol", "ACK");
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn early_media_of_who_is_called_take_the_place_of_ringback() {
    let mut world = World::scripted(vec![ringing_back(Some("song")), respond(480)]);
    call(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    assert_eq!(heard(&mut world), ["song x*"]);
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    assert_eq!(heard(&mut world), ["-"]);
    world.answer("bob", &to_bob, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    assert_eq!(heard(&mut world), ["song x*"]);
    world.answer("carol", &to_carol, 486, None);
    assert_eq!(heard(&mut world), ["-"]);
    world.expect_final("alice", 480);
    world.finish();
}

#[test]
fn an_answered_caller_hears_the_ringing_tone_while_it_rings() {
    let (mut world, ok) = answered(vec![ringing_back(None), announce("nobody")]);
    let to_bob = world.request_to("bob", "INVITE");
    assert!(heard(&mut world).is_empty());
    world.answer("bob", &to_bob, 180, None);
    assert_eq!(heard(&mut world), ["Ringing x*"]);
    world.expect_nothing("alice");
    world.answer("bob", &to_bob, 486, None);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    assert_eq!(heard(&mut world), ["-", "nobody x1"]);
    hang_up(&mut world, &ok);
}

#[test]
fn what_a_caller_was_told_early_holds_in_its_200_and_changes_by_another_invite() {
    let script = vec![announce("wait"), Verb::Connect(ring(&["carol"]))];
    let mut world = World::scripted(script);
    call(&mut world);
    let progress = world.expect_status("alice", 183);
    world.play_ends(PlayEnd::Completed);
    let to_carol = world.request_to("carol", "INVITE");
    let only = sdp("carol", 6000).replace("RTP/AVP 0 8 101", "RTP/AVP 8 101");
    world.answer("carol", &to_carol, 200, Some(&only));
    let ok = world.expect_status("alice", 200);
    assert_eq!(ok.body(), progress.body());
    world.request_to("carol", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.pass(Duration::from_secs(3));
    let changed = world.request_to("alice", "INVITE");
    let formats = Offer::parse(changed.body()).unwrap().codecs();
    assert_eq!(formats, ["PCMA", "telephone-event"]);
    let answer = sdp("alice", 4000).replace("RTP/AVP 0 8 101", "RTP/AVP 8 101");
    world.answer("alice", &changed, 200, Some(&answer));
    world.request_to_skipping("alice", "ACK", "INVITE");
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn a_caller_who_stays_hears_what_comes_after_the_called_side() {
    let connect = Connect {
        keep_caller: true,
        ..ring(&["bob"])
    };
    let mut world = World::scripted(vec![Verb::Connect(connect), announce("survey")]);
    let (ok, to_bob) = super::basic::established(&mut world);
    heard(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    assert_eq!(heard(&mut world), ["survey x1"]);
    world.press("1");
    hang_up(&mut world, &ok);
}

#[test]
fn a_caller_who_was_held_when_the_called_side_left_is_told_to_listen_again() {
    let connect = Connect {
        keep_caller: true,
        ..ring(&["bob"])
    };
    let mut world = World::scripted(vec![Verb::Connect(connect), announce("survey")]);
    let (ok, to_bob) = super::basic::established(&mut world);
    let hold = sdp_with("bob", 5000, 2, "inactive");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 2, &hold));
    let held = world.request_to("alice", "INVITE");
    let answer = sdp_with("alice", 4000, 2, "inactive");
    world.answer("alice", &held, 200, Some(&answer));
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 2, ""));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 3, ""));
    assert!(heard(&mut world).is_empty());
    let again = world.request_to_skipping("alice", "INVITE", "ACK");
    assert_eq!(direction(again.body()), Direction::SendRecv);
    world.answer("alice", &again, 200, Some(&sdp("alice", 4000)));
    world.request_to("alice", "ACK");
    assert_eq!(heard(&mut world), ["survey x1"]);
    hang_up(&mut world, &ok);
}

#[test]
fn who_is_transferred_to_a_menu_comes_to_hear_it() {
    let (mut world, _, to_bob) = super::transferring::talking();
    world.script = Some(Some(vec![Verb::Answer, announce("hello")]));
    let refer = super::transferring::by_bob(&to_bob, 2, "sip:carol@example.test");
    world.send("bob", &refer);
    world.expect_status("bob", 202);
    let here = world.request_to("alice", "INVITE");
    assert_eq!(direction(here.body()), Direction::SendRecv);
    assert!(heard(&mut world).is_empty());
    world.answer("alice", &here, 200, Some(&sdp("alice", 4000)));
    world.request_to("alice", "ACK");
    assert_eq!(heard(&mut world), ["hello x1"]);
    let notify = world.request_to_skipping("bob", "NOTIFY", "BYE");
    world.answer("bob", &notify, 200, None);
    world.play_ends(PlayEnd::Completed);
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.pass(ALL_TIMERS);
    assert!(world.exchange.is_idle());
}

#[test]
fn who_is_called_after_a_menu_is_told_the_address_of_its_own_network() {
    let mut config = config();
    config.media_networks = vec![("192.0.2.20".parse().unwrap(), "10.0.0.5".parse().unwrap())];
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Answer, Verb::Connect(ring(&["bob"]))]));
    call(&mut world);
    let ok = world.expect_status("alice", 200);
    assert!(!String::from_utf8_lossy(ok.body()).contains("10.0.0.5"));
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    let to_bob = world.request_to("bob", "INVITE");
    assert!(String::from_utf8_lossy(to_bob.body()).contains("c=IN IP4 10.0.0.5"));
    world.answer("bob", &to_bob, 486, None);
    hung_up(&mut world);
}

#[test]
fn who_brings_another_to_a_menu_leaves_it_to_them() {
    let (mut world, ok, _) = super::transferring::talking();
    world.script = Some(Some(vec![Verb::Answer, gather("menu", 4)]));
    let second = invite("alice", "carol", "", &sdp("alice", 4100))
        .replace("call-of-alice", "second-call")
        .replace("branch=z9hG4bKalice", "branch=z9hG4bKsecond");
    world.send("alice", &second);
    let menu = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &menu, "ACK", 1, ""));
    let (own, theirs) = (menu.from().tag().unwrap(), menu.to().tag().unwrap());
    let target = format!(
        "sip:carol@example.test?Replaces=second-call%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{own}"
    );
    world.send("alice", &super::transferring::by_alice(&ok, 2, &target));
    // Both calls of hers are hung up; bob comes to a menu of his own.
    let mut left = Vec::new();
    for message in world.inbox("alice") {
        if let Message::Request(request) = message {
            if request.method() == Method::Bye {
                left.push(request.call_id().to_owned());
            }
            world.answer("alice", &request, 200, None);
        }
    }
    left.sort();
    assert_eq!(left, ["call-of-alice", "second-call"]);
    let here = world.request_to_skipping("bob", "INVITE", "ACK");
    world.answer("bob", &here, 200, Some(&sdp("bob", 5000)));
    world.input(Input::Command(Command::HangUpAll));
    world.pass(ALL_TIMERS);
    assert!(world.exchange.is_idle());
}

fn with_music() -> World {
    let mut config = config();
    for domain in config.domains.values_mut() {
        domain.music_on_hold = vec![file("music")];
    }
    World::with(config)
}

/// A re-INVITE of alice with this direction, answered by bob; what bob was offered.
fn reinvite(world: &mut World, ok: &Response, cseq: u32, said: &str, answer: &str) -> Direction {
    let offer = sdp_with("alice", 4000, cseq, said);
    world.send("alice", &by_caller("alice", ok, "INVITE", cseq, &offer));
    let to_bob = world.request_to_skipping("bob", "INVITE", "ACK");
    let body = sdp_with("bob", 5000, cseq, answer);
    world.answer("bob", &to_bob, 200, Some(&body));
    let answered = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &answered, "ACK", cseq, ""));
    direction(to_bob.body())
}

#[test]
fn who_is_held_hears_the_music_of_the_domain_until_it_is_taken_back() {
    let mut world = with_music();
    let (ok, _) = super::basic::established(&mut world);
    world.orders(Side::Callee);
    // Silence is turned into music: bob is offered something that he may hear.
    let offered = reinvite(&mut world, &ok, 2, "inactive", "recvonly");
    assert_eq!(offered, Direction::SendOnly);
    assert_eq!(heard_by(&mut world, Side::Callee), ["music x*"]);
    let offered = reinvite(&mut world, &ok, 3, "sendrecv", "sendrecv");
    assert_eq!(offered, Direction::SendRecv);
    assert_eq!(heard_by(&mut world, Side::Callee), ["-"]);
    // Alice is a trunk: what says `sendonly` there has music of its own.
    reinvite(&mut world, &ok, 4, "sendonly", "recvonly");
    assert!(heard_by(&mut world, Side::Callee).is_empty());
    world.send("alice", &by_caller("alice", &ok, "BYE", 9, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn without_music_a_hold_goes_through_as_it_is() {
    let mut world = World::new();
    let (ok, _) = super::basic::established(&mut world);
    let offered = reinvite(&mut world, &ok, 2, "inactive", "inactive");
    assert_eq!(offered, Direction::Inactive);
    assert!(heard_by(&mut world, Side::Callee).is_empty());
    world.send("alice", &by_caller("alice", &ok, "BYE", 9, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_client_that_holds_is_taken_to_have_no_music() {
    let mut world = super::transferring::world_with(|domain| {
        domain.music_on_hold = vec![file("music")];
    });
    let (ok, to_bob) = super::basic::established(&mut world);
    world.orders(Side::Caller);
    for (cseq, said, answer, expected) in [
        (2, "sendonly", "recvonly", vec!["music x*"]),
        (3, "sendonly", "recvonly", vec![]),
        (4, "sendrecv", "sendrecv", vec!["-"]),
    ] {
        let offer = sdp_with("bob", 5000, cseq, said);
        world.send("bob", &by_callee("bob", &to_bob, "INVITE", cseq, &offer));
        let to_alice = world.request_to_skipping("alice", "INVITE", "ACK");
        let body = sdp_with("alice", 4000, cseq, answer);
        world.answer("alice", &to_alice, 200, Some(&body));
        world.send("bob", &by_callee("bob", &to_bob, "ACK", cseq, ""));
        assert_eq!(heard(&mut world), expected, "{said}");
    }
    world.send("alice", &by_caller("alice", &ok, "BYE", 9, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.pass(ALL_TIMERS);
}
