//! Verbs that play and listen: how the caller comes to hear them, and what may happen meanwhile.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Direction, Offer};
use switchhook_routing::decision::Continuation;
use switchhook_routing::outcome::{Digits, Outcome};
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::{Announce, Gather, Script, SendDigits, Verb};
use switchhook_sip::message::Response;

use super::harness::*;
use super::reliably::prack;
use super::wording::*;
use crate::input::{Command, Input};
use crate::media_command::{MediaCommand, MediaEvent, PlayEnd, SideOrder};

pub(super) fn file(name: &str) -> Prompt {
    Prompt::File(name.to_owned())
}

pub(super) fn announce(name: &str) -> Verb {
    Verb::Announce(Announce {
        prompts: vec![file(name)],
        times: 1,
        stop_keys: String::new(),
        tag: None,
    })
}

pub(super) fn tagged(verb: Verb) -> Verb {
    match verb {
        Verb::Announce(announce) => Verb::Announce(Announce {
            tag: Some("said".to_owned()),
            ..announce
        }),
        other => other,
    }
}

pub(super) fn gather(prompt: &str, max_digits: u8) -> Verb {
    Verb::Gather(Gather {
        prompts: vec![file(prompt)],
        max_digits,
        finish_keys: "#".to_owned(),
        first_digit_milliseconds: 5000,
        inter_digit_milliseconds: 2000,
        tag: Some("keys".to_owned()),
    })
}

pub(super) fn digits(keys: &str, finish_key: Option<&str>) -> Outcome {
    Outcome::Digits(Digits {
        digits: keys.to_owned(),
        finish_key: finish_key.map(str::to_owned),
    })
}

pub(super) fn call(world: &mut World) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

/// Alice calls and is answered by the switch itself.
pub(super) fn answered(mut script: Script) -> (World, Response) {
    script.insert(0, Verb::Answer);
    let mut world = World::scripted(script);
    call(&mut world);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    (world, ok)
}

/// Alice hangs up, and so it is over.
#[track_caller]
pub(super) fn hang_up(world: &mut World, ok: &Response) {
    world.send("alice", &by_caller("alice", ok, "BYE", 90, ""));
    world.expect_final("alice", 200);
    world.finish();
}

/// The switch hangs up, and so it is over.
#[track_caller]
pub(super) fn hung_up(world: &mut World) {
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    world.finish();
}

/// What is played to a side, since it was asked for last: names of files, `-` where something was stopped.
pub(super) fn heard_by(world: &mut World, side: Side) -> Vec<String> {
    let words = |order: SideOrder| match order {
        SideOrder::Play { playback, .. } => {
            let names = playback.prompts.iter().map(|prompt| match prompt {
                Prompt::File(name) => name.clone(),
                Prompt::Tone(tone) => format!("{:?}", tone.kind),
                other => format!("{other:?}"),
            });
            let names: Vec<_> = names.collect();
            let times = playback.times.map_or("*".to_owned(), |n| n.to_string());
            Some(format!("{} x{times}", names.join(" ")))
        }
        SideOrder::StopPlay => Some("-".to_owned()),
        _ => None,
    };
    world.orders(side).into_iter().filter_map(words).collect()
}

pub(super) fn heard(world: &mut World) -> Vec<String> {
    heard_by(world, Side::Caller)
}

pub(super) fn direction(body: &[u8]) -> Direction {
    Offer::parse(body).unwrap().remote().direction
}

#[test]
fn a_menu_is_answered_played_gathered_and_connected() {
    let (mut world, ok) = answered(vec![announce("hello"), gather("menu", 1)]);
    assert_eq!(direction(ok.body()), Direction::SendRecv);
    assert_eq!(heard(&mut world), ["hello x1"]);
    world.play_ends(PlayEnd::Completed);
    assert_eq!(heard(&mut world), ["menu x1"]);
    world.press("2");
    assert_eq!(heard(&mut world), ["-"]);
    assert_eq!(world.resumes[0].outcome, digits("2", None));
    assert!(world.resumes[0].call.answered);
    let script = vec![Verb::Connect(ring(&["carol"]))];
    world.resume(Some(Continuation::Script(script)));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    world.expect_nothing("alice");
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
    let record = &world.records[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.ended_by, Party::Caller);
    let told = told(&world);
    for expected in [
        "ended Answer: completed",
        "ended Announce: completed",
        "ended Gather: completed",
        "answered sip:carol@192.0.2.30:5060 0",
    ] {
        assert!(told.contains(&expected.to_owned()), "{expected}: {told:?}");
    }
}

#[test]
fn an_announcement_before_the_answer_is_early_media() {
    let mut world = World::scripted(vec![announce("closed"), respond(480)]);
    call(&mut world);
    let progress = world.expect_status("alice", 183);
    assert_eq!(direction(progress.body()), Direction::SendRecv);
    assert_eq!(heard(&mut world), ["closed x1"]);
    world.play_ends(PlayEnd::Completed);
    world.expect_status("alice", 480);
    world.finish();
    assert_eq!(world.records[0].answered_at, None);
}

#[test]
fn reliable_early_media_begin_with_the_prack() {
    let mut world = World::scripted(vec![announce("closed"), Verb::Answer]);
    let invite = invite("alice", "bob", "Supported: 100rel\n", &sdp("alice", 4000));
    world.send("alice", &invite);
    let progress = world.expect_status("alice", 183);
    assert!(heard(&mut world).is_empty());
    world.send("alice", &prack(&progress, 2, ""));
    world.expect_status("alice", 200);
    assert_eq!(heard(&mut world), ["closed x1"]);
    world.play_ends(PlayEnd::Completed);
    let ok = world.expect_status("alice", 200);
    assert!(ok.body().is_empty(), "the answer was given reliably");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    hung_up(&mut world);
}

#[test]
fn a_caller_without_an_offer_is_offered_what_the_switch_knows() {
    let mut world = World::scripted(vec![Verb::Answer, announce("hello")]);
    world.send("alice", &invite("alice", "bob", "", ""));
    let ok = world.expect_status("alice", 200);
    assert!(
        Offer::parse(ok.body())
            .unwrap()
            .codecs()
            .contains(&"PCMA".to_owned())
    );
    world.send(
        "alice",
        &by_caller("alice", &ok, "ACK", 1, &sdp("alice", 4000)),
    );
    assert_eq!(heard(&mut world), ["hello x1"]);
    world.play_ends(PlayEnd::Completed);
    hung_up(&mut world);
}

#[test]
fn an_ack_without_the_answer_that_it_must_have_ends_the_call() {
    let mut world = World::scripted(vec![Verb::Answer, announce("hello")]);
    world.send("alice", &invite("alice", "bob", "", ""));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    assert!(heard(&mut world).is_empty());
    hung_up(&mut world);
}

#[test]
fn a_caller_without_an_offer_and_without_reliable_responses_hears_nothing_early() {
    let mut world = World::scripted(vec![tagged(announce("closed")), respond(480)]);
    world.send("alice", &invite("alice", "bob", "", ""));
    assert!(matches!(&world.resumes[0].outcome, Outcome::Failed(why) if why.contains("answered")));
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn a_caller_without_an_offer_is_offered_early_media_reliably() {
    let mut world = World::scripted(vec![announce("closed"), respond(480)]);
    world.send("alice", &invite("alice", "bob", "Supported: 100rel\n", ""));
    let progress = world.expect_status("alice", 183);
    assert!(heard(&mut world).is_empty());
    world.send("alice", &prack(&progress, 2, &sdp("alice", 4000)));
    world.expect_status("alice", 200);
    assert_eq!(heard(&mut world), ["closed x1"]);
    world.play_ends(PlayEnd::Completed);
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn a_caller_whose_codecs_nobody_knows_here_hears_nothing_and_goes_on() {
    let mut world = World::scripted(vec![tagged(announce("closed")), respond(480)]);
    let offer = sdp("alice", 4000)
        .replace("0 8 101", "97")
        .replace("a=rtpmap:101 telephone-event/8000", "a=rtpmap:97 AMR/8000");
    world.send("alice", &invite("alice", "bob", "", &offer));
    assert!(matches!(&world.resumes[0].outcome, Outcome::Failed(why) if why.contains("codec")));
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn without_ports_an_act_fails_and_the_next_verb_follows() {
    let mut world = World::scripted(vec![tagged(announce("closed")), respond(480)]);
    world.input(Input::Timeout);
    world.ports = 0;
    let mut drained = 0;
    while let Some(_taken) = world
        .exchange
        .core
        .stock
        .draw("192.0.2.10".parse().unwrap(), "192.0.2.10".parse().unwrap())
    {
        drained += 1;
    }
    assert!(drained > 0);
    call(&mut world);
    assert!(matches!(&world.resumes[0].outcome, Outcome::Failed(why) if why.contains("ports")));
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn what_cannot_be_played_is_a_failure_and_the_next_verb_follows() {
    let (mut world, _) = answered(vec![tagged(announce("missing"))]);
    world.play_ends(PlayEnd::Failed("no such file".to_owned()));
    let outcome = Outcome::Failed("no such file".to_owned());
    assert_eq!(world.resumes[0].outcome, outcome);
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);
    assert_eq!(world.records[0].disposition, Disposition::Answered);
}

#[test]
fn what_is_said_of_an_earlier_play_concerns_nobody() {
    let (mut world, ok) = answered(vec![announce("one"), announce("two")]);
    world.play_ends(PlayEnd::Completed);
    let plays: Vec<_> = (world.media.iter())
        .filter_map(|command| match command {
            MediaCommand::Side {
                order: SideOrder::Play { play, .. },
                ..
            } => Some(*play),
            _ => None,
        })
        .collect();
    let (side, end) = (Side::Caller, PlayEnd::Completed);
    let play = plays[0];
    world.media_event(MediaEvent::PlayEnded { side, play, end });
    assert_eq!(heard(&mut world), ["one x1", "two x1"]);
    world.expect_nothing("alice");
    hang_up(&mut world, &ok);
}

#[test]
fn a_caller_may_give_up_or_hang_up_at_any_moment() {
    let mut world = World::scripted(vec![announce("closed"), respond(480)]);
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &invite);
    world.expect_status("alice", 183);
    world.send("alice", &cancel(&invite));
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    world.finish();
    assert_eq!(world.records[0].disposition, Disposition::Cancelled);

    let (mut world, ok) = answered(vec![gather("menu", 4)]);
    world.press("1");
    hang_up(&mut world, &ok);
    assert!(world.resumes.is_empty());
    let record = &world.records[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.ended_by, Party::Caller);
    assert!(told(&world).contains(&"ended Gather: failed: the call is over".to_owned()));
}

#[test]
fn the_operator_and_a_silent_caller_end_an_act() {
    let (mut world, _) = answered(vec![gather("menu", 4)]);
    let call_id = world.events[0].subject.call_id.clone();
    world.input(Input::Command(Command::HangUp { call_id }));
    hung_up(&mut world);

    let (mut world, _) = answered(vec![gather("menu", 4)]);
    world.media_event(MediaEvent::Timeout { side: Side::Callee });
    world.expect_nothing("alice");
    world.media_event(MediaEvent::Timeout { side: Side::Caller });
    hung_up(&mut world);
}

#[test]
fn a_gather_counts_its_times() {
    let (mut world, _) = answered(vec![gather("menu", 4)]);
    world.pass(Duration::from_secs(60));
    assert!(world.resumes.is_empty(), "its prompts are still played");
    world.play_ends(PlayEnd::Completed);
    world.pass(Duration::from_millis(4999));
    assert!(world.resumes.is_empty());
    world.pass(Duration::from_millis(2));
    assert_eq!(world.resumes[0].outcome, Outcome::NoInput);
    world.resume(Some(Continuation::Script(vec![gather("again", 4)])));
    world.press("12");
    world.pass(Duration::from_millis(1999));
    world.press("3");
    world.pass(Duration::from_millis(2001));
    assert_eq!(world.resumes[0].outcome, digits("123", None));
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);
}

#[test]
fn keys_pressed_ahead_are_the_first_of_the_next_gather() {
    let (mut world, _) = answered(vec![announce("hello"), gather("menu", 2)]);
    world.press("1");
    world.play_ends(PlayEnd::Completed);
    world.press("2");
    assert_eq!(world.resumes[0].outcome, digits("12", None));
    // Pressed while routing code is asked, and more than the first gather takes.
    world.press("34#5");
    let script = vec![gather("more", 10), pause(1000), gather("more", 10)];
    world.resume(Some(Continuation::Script(script)));
    assert_eq!(world.resumes[0].outcome, digits("34", Some("#")));
    world.resume(Some(Continuation::Proceed));
    world.press("6");
    world.pass(Duration::from_millis(1001));
    world.press("#");
    assert_eq!(world.resumes[0].outcome, digits("56", Some("#")));
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);
}

#[test]
fn a_connect_forgets_keys_that_nobody_asked_for() {
    let (mut world, ok) = answered(vec![
        announce("hello"),
        Verb::Connect(ring(&["carol"])),
        gather("menu", 2),
    ]);
    world.press("1");
    world.play_ends(PlayEnd::Completed);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 486, None);
    world.press("23");
    assert_eq!(world.resumes[0].outcome, digits("23", None));
    hang_up(&mut world, &ok);
}

fn info(ok: &Response, cseq: u32, body: &str) -> String {
    by_caller("alice", ok, "INFO", cseq, body)
}

#[test]
fn keys_come_by_info_too_and_twice_counts_once() {
    let (mut world, ok) = answered(vec![gather("menu", 10)]);
    world.send("alice", &info(&ok, 2, "Signal=5\r\nDuration=160\r\n"));
    world.expect_status("alice", 200);
    // The same press, heard in the audio a moment later; then the next one.
    world.press("5");
    world.press("5");
    world.send("alice", &info(&ok, 3, "Signal= 5\r\n"));
    world.pass(Duration::from_secs(1));
    world.press("7");
    world.pass(Duration::from_secs(1));
    let bare = info(&ok, 4, "11").replace("application/dtmf-relay", "application/dtmf");
    world.send("alice", &bare);
    assert_eq!(world.resumes[0].outcome, digits("557", Some("#")));
    world.inbox("alice");
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);
}

#[test]
fn an_info_for_a_side_that_takes_none_goes_on_as_a_key_in_its_audio() {
    for (allow, goes_on) in [("Allow: INVITE, BYE\n", false), ("Allow: INFO\n", true)] {
        let mut world = World::new();
        let (ok, _) = super::basic::established_with(&mut world, allow);
        world.orders(Side::Callee);
        world.send("alice", &info(&ok, 2, "Signal=*\r\nDuration=160\r\n"));
        let orders = world.orders(Side::Callee);
        if goes_on {
            assert!(orders.is_empty());
            let info = world.request_to("bob", "INFO");
            world.answer("bob", &info, 200, None);
        } else {
            let keys = SideOrder::SendKeys {
                keys: "*".to_owned(),
                length: Duration::from_millis(160),
            };
            assert_eq!(orders, [keys]);
        }
        world.expect_status("alice", 200);
        world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
        let bye = world.request_to("bob", "BYE");
        world.answer("bob", &bye, 200, None);
        world.finish();
    }
}

#[test]
fn a_caller_that_holds_and_comes_back_is_answered_by_the_switch_and_the_act_goes_on() {
    let (mut world, ok) = answered(vec![gather("menu", 4)]);
    heard(&mut world);
    for (cseq, said, expected) in [
        (2, "sendonly", Direction::RecvOnly),
        (3, "inactive", Direction::Inactive),
        (4, "sendrecv", Direction::SendRecv),
    ] {
        let offer = sdp_with("alice", 4000, cseq, said);
        world.send("alice", &by_caller("alice", &ok, "INVITE", cseq, &offer));
        let answer = world.expect_status("alice", 200);
        assert_eq!(direction(answer.body()), expected);
        world.send("alice", &by_caller("alice", &answer, "ACK", cseq, ""));
    }
    // One without an offer gets one, and answers in its ACK.
    world.send("alice", &by_caller("alice", &ok, "INVITE", 5, ""));
    let offer = world.expect_status("alice", 200);
    let answer = sdp_with("alice", 4002, 5, "sendrecv");
    world.send("alice", &by_caller("alice", &offer, "ACK", 5, &answer));
    let moved = world.media.iter().rev().find_map(|command| match command {
        MediaCommand::SetRemote { remote, .. } => remote.rtp,
        _ => None,
    });
    assert_eq!(moved.map(|to| to.port()), Some(4002));
    assert!(heard(&mut world).is_empty());
    world.press("12#");
    assert_eq!(world.resumes[0].outcome, digits("12", Some("#")));
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);
}

#[test]
fn an_update_of_a_caller_who_is_alone_is_answered_by_the_switch() {
    let (mut world, ok) = answered(vec![gather("menu", 4)]);
    let offer = sdp_with("alice", 4000, 2, "sendonly");
    world.send("alice", &by_caller("alice", &ok, "UPDATE", 2, &offer));
    let answer = world.expect_status("alice", 200);
    assert_eq!(direction(answer.body()), Direction::RecvOnly);
    hang_up(&mut world, &ok);
}

#[test]
fn keys_are_sent_to_an_answered_caller() {
    let send = Verb::SendDigits(SendDigits {
        digits: "12,#".to_owned(),
        digit_milliseconds: Some(5000),
        tag: Some("sent".to_owned()),
    });
    let (mut world, _) = answered(vec![send.clone()]);
    let order = SideOrder::SendKeys {
        keys: "12,#".to_owned(),
        length: Duration::from_secs(1),
    };
    assert!(world.orders(Side::Caller).contains(&order));
    world.media_event(MediaEvent::KeysSent { side: Side::Caller });
    assert_eq!(world.resumes[0].outcome, Outcome::Completed);
    world.resume(Some(Continuation::Proceed));
    hung_up(&mut world);

    let mut world = World::scripted(vec![send, respond(480)]);
    call(&mut world);
    assert!(matches!(&world.resumes[0].outcome, Outcome::Failed(_)));
    world.resume(Some(Continuation::Proceed));
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn a_long_wait_before_the_answer_is_told_each_minute() {
    let mut world = World::scripted(vec![announce("song"), respond(480)]);
    call(&mut world);
    world.expect_status("alice", 183);
    world.pass(Duration::from_secs(150));
    world.expect_status("alice", 183);
    world.expect_status("alice", 183);
    world.expect_nothing("alice");
    world.play_ends(PlayEnd::Completed);
    world.expect_status("alice", 480);
    world.finish();
}

#[test]
fn a_feature_code_is_confirmed_by_beeps() {
    let mut world = World::with(super::feature_codes::with_codes());
    super::feature_codes::dial(&mut world, "*78", &sdp("bob", 4000));
    let played = heard(&mut world);
    assert_eq!(played.len(), 2, "{played:?}");
    assert!(played[0].contains("Beep"), "{played:?}");
    let beep = Prompt::Tone(Tone {
        kind: ToneKind::Beep,
        country: None,
        milliseconds: 150,
    });
    let has_beep = |command: &MediaCommand| match command {
        MediaCommand::Side {
            order: SideOrder::Play { playback, .. },
            ..
        } => playback.prompts.contains(&beep),
        _ => false,
    };
    assert!(world.media.iter().any(has_beep));
    world.finish();
}
