//! Two sides that have no codec in common: each is told what it can take, and the media shell what each takes.

use switchhook_media::codec::Encoding::{self, Opus, Pcma, Pcmu};
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Encodings, Offer};
use switchhook_routing::verb::{Connect, Verb};
use switchhook_sip::message::{Fields, Request, Response};

use super::harness::*;
use super::reliably::prack;
use super::wording::*;
use crate::config::Config;
use crate::input::{Command, Input};
use crate::media_command::MediaCommand;

/// All that the switch can transcode, for everybody.
fn transcoding() -> Config {
    let mut config = config();
    let all: Encodings = Encoding::ALL.into_iter().collect();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.media.transcoding = all;
    for trunk in &mut domain.trunks {
        trunk.media.transcoding = all;
    }
    for client in domain.clients.values_mut() {
        client.media.transcoding = all;
    }
    config
}

fn world(script: Vec<Verb>) -> World {
    let mut world = World::with(transcoding());
    world.script = Some(Some(script));
    world
}

/// A session description with these formats.
fn with(name: &str, port: u16, formats: &str) -> String {
    let text = sdp(name, port).replace("0 8 101", formats);
    let opus = "a=rtpmap:96 opus/48000/2\r\n";
    let (head, tail) = text.split_once("a=rtpmap:101").unwrap();
    let has = |number| formats.split(' ').any(|format| format == number);
    let direction = tail.split_once("a=").unwrap().1;
    let mut text = head.to_owned();
    if has("96") {
        text.push_str(opus);
    }
    if has("101") {
        text.push_str("a=rtpmap:101 telephone-event/8000\r\n");
    }
    text + "a=" + direction
}

fn formats(message: &Fields) -> Vec<u8> {
    let offer = Offer::parse(message.body()).unwrap();
    let formats = offer.formats();
    formats.iter().map(|codec| codec.payload_type).collect()
}

/// In which encodings the shell was told last that a side takes media.
#[track_caller]
fn takes(world: &World, wanted: Side) -> Vec<Encoding> {
    let last = world.media.iter().rev().find_map(|command| match command {
        MediaCommand::SetRemote { side, remote, .. } if *side == wanted => Some(remote.terms),
        _ => None,
    });
    last.unwrap()
        .formats()
        .map(|format| format.encoding)
        .collect()
}

fn call(world: &mut World, formats: &str) -> Request {
    let body = with("alice", 4000, formats);
    world.send("alice", &invite("alice", "bob", "", &body));
    world.request_to("bob", "INVITE")
}

/// Alice takes PCMU, bob opus.
fn talking(world: &mut World) -> (Response, Request) {
    let to_bob = call(world, "0 101");
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "96")));
    world.request_to("bob", "ACK");
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    (ok, to_bob)
}

fn over(world: &mut World) {
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

fn connect(name: &str) -> Verb {
    Verb::Connect(ring(&[name]))
}

#[test]
fn whoever_shares_nothing_is_answered_with_its_own_and_the_shell_knows_what_each_takes() {
    let mut world = world(vec![connect("bob")]);
    let to_bob = call(&mut world, "0 101");
    assert_eq!(
        formats(&to_bob),
        [0, 101, 8, 9, 127, 18, 3, 126],
        "alice's first, then what can be transcoded"
    );
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "96")));
    world.request_to("bob", "ACK");
    let ok = world.expect_status("alice", 200);
    assert_eq!(formats(&ok), [0, 101]);
    assert_eq!(takes(&world, Side::Caller), [Pcmu]);
    assert_eq!(takes(&world, Side::Callee), [Opus]);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    over(&mut world);
}

#[test]
fn whoever_shares_a_codec_is_told_that_alone_and_the_shell_too() {
    let mut world = world(vec![connect("bob")]);
    let to_bob = call(&mut world, "0 8 101");
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "8 96 101")));
    let ok = world.expect_status("alice", 200);
    assert_eq!(formats(&ok), [8, 101]);
    assert_eq!(takes(&world, Side::Caller), [Pcma]);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    over(&mut world);
}

#[test]
fn where_either_side_is_not_to_be_transcoded_the_call_fails_as_before() {
    let mut config = transcoding();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[0].media.transcoding = Encodings::NONE;
    let mut world = World::with(config);
    world.script = Some(Some(vec![connect("bob")]));
    let to_bob = call(&mut world, "0 101");
    assert_eq!(formats(&to_bob), [0, 101]);
    world.script = Some(Some(vec![respond(486)]));
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "96")));
    world.expect_status("alice", 486);
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn early_media_in_another_codec_is_told_and_the_answer_says_the_same() {
    let mut world = world(vec![connect("bob")]);
    let body = with("alice", 4000, "0 101");
    let text = invite("alice", "bob", "Supported: 100rel\n", &body);
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    let reliable = "Require: 100rel\nRSeq: 1\n";
    let opus = with("bob", 5000, "96");
    let early = response_with("bob", &to_bob, 183, reliable, Some(&opus));
    world.send("bob", &early);
    let acknowledged = world.request_to("bob", "PRACK");
    world.answer("bob", &acknowledged, 200, None);
    let early = world.expect_status("alice", 183);
    assert_eq!(formats(&early), [0, 101]);
    assert_eq!(takes(&world, Side::Callee), [Opus]);
    world.send("alice", &prack(&early, 2, ""));
    world.expect_status("alice", 200);
    world.answer("bob", &to_bob, 200, None);
    let ok = world.expect_status("alice", 200);
    assert!(ok.body().is_empty());
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    over(&mut world);
}

#[test]
fn another_branch_with_another_codec_is_heard_without_telling_the_caller() {
    let mut world = world(vec![connect("bob")]);
    let to_bob = call(&mut world, "0 101");
    world.answer("bob", &to_bob, 183, Some(&with("bob", 5000, "96")));
    assert_eq!(formats(&world.expect_status("alice", 183)), [0, 101]);
    let other = response("bob", &to_bob, 183, Some(&with("bob", 5002, "8")));
    world.send("bob", &other.replace("tag=bobtag", "tag=other"));
    world.inbox("alice");
    let gone = response("bob", &to_bob, 199, None);
    world.send("bob", &gone);
    assert_eq!(takes(&world, Side::Callee), [Pcma]);
    world.input(Input::Command(Command::HangUpAll));
    world.inbox("alice");
    let cancel = world.request_to("bob", "CANCEL");
    world.answer("bob", &cancel, 200, None);
    world.answer("bob", &to_bob, 487, None);
    world.finish();
}

#[test]
fn an_offer_of_the_called_side_is_answered_in_its_own_codec_with_the_ack() {
    let mut world = world(vec![connect("bob")]);
    world.send("alice", &invite("alice", "bob", "", ""));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "96 101")));
    let ok = world.expect_status("alice", 200);
    assert_eq!(formats(&ok)[..2], [96, 101]);
    assert!(formats(&ok).contains(&0));
    let answer = with("alice", 4000, "0");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, &answer));
    let ack = world.request_to("bob", "ACK");
    assert_eq!(formats(&ack), [96, 101]);
    assert_eq!(takes(&world, Side::Caller), [Pcmu]);
    assert_eq!(takes(&world, Side::Callee), [Opus]);
    over(&mut world);
}

#[test]
fn a_re_invite_of_either_side_may_change_codecs_or_hold() {
    let mut world = world(vec![connect("bob")]);
    let (ok, to_bob) = talking(&mut world);
    // Alice holds: bob is offered what he has, and can take.
    let hold = with("alice", 4000, "0 101").replace("sendrecv", "sendonly");
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, &hold));
    let held = world.request_to("bob", "INVITE");
    assert_eq!(formats(&held)[..2], [0, 101]);
    let own = with("bob", 5000, "96").replace("sendrecv", "recvonly");
    world.answer("bob", &held, 200, Some(&own));
    let told = world.expect_final("alice", 200);
    assert_eq!(formats(&told), [0, 101]);
    let direction = Answer::parse(told.body()).unwrap().remote().direction;
    assert!(!direction.sends());
    world.send("alice", &by_caller("alice", &told, "ACK", 2, ""));
    world.request_to("bob", "ACK");
    // Bob changes to a codec that alice has: nothing is transcoded any more.
    let change = with("bob", 5000, "0 96");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 2, &change));
    let to_alice = world.request_to("alice", "INVITE");
    assert_eq!(formats(&to_alice)[..2], [0, 96]);
    let answer = with("alice", 4000, "0");
    world.answer("alice", &to_alice, 200, Some(&answer));
    let told = world.expect_final("bob", 200);
    assert_eq!(formats(&told), [0]);
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 2, ""));
    assert_eq!(takes(&world, Side::Callee), [Pcmu]);
    assert_eq!(takes(&world, Side::Caller), [Pcmu]);
    // And to one that she has not.
    let change = with("bob", 5000, "8");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 3, &change));
    let to_alice = world.request_to_skipping("alice", "INVITE", "ACK");
    assert_eq!(formats(&to_alice)[..2], [8, 0]);
    world.answer("alice", &to_alice, 200, Some(&answer));
    let told = world.expect_final("bob", 200);
    assert_eq!(formats(&told), [8]);
    assert_eq!(takes(&world, Side::Callee), [Pcma]);
    assert_eq!(takes(&world, Side::Caller), [Pcmu]);
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 3, ""));
    over(&mut world);
}

#[test]
fn whoever_refuses_what_it_does_not_know_is_offered_only_what_needs_no_description() {
    let mut world = world(vec![connect("bob")]);
    let to_bob = call(&mut world, "96");
    assert_eq!(formats(&to_bob), [96, 9, 8, 0, 18, 3]);
    world.answer("bob", &to_bob, 488, None);
    world.request_to("bob", "ACK");
    let again = world.request_to("bob", "INVITE");
    assert_eq!(formats(&again), [9, 8, 0, 18, 3]);
    world.answer("bob", &again, 200, Some(&with("bob", 5000, "8")));
    let ok = world.expect_status("alice", 200);
    assert_eq!(formats(&ok), [96]);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    over(&mut world);
}

#[test]
fn a_client_is_offered_what_it_prefers_and_may_be_transcoded_into() {
    for (preferred, expected) in [
        (&["opus"][..], &[127, 126][..]),
        (&["opus", "PCMU"], &[0, 101, 127, 126]),
        (&["G722"], &[101, 9]),
        (&["G723"], &[0, 101, 8, 9, 127, 18, 3, 126]),
    ] {
        let mut config = transcoding();
        let domain = config.domains.get_mut("example.test").unwrap();
        let client = domain.clients.get_mut("1001").unwrap();
        client.media.codecs = preferred.iter().map(|name| (*name).to_owned()).collect();
        let mut world = World::with(config);
        register(&mut world, "bob", "1001", 1, "");
        world.script = Some(Some(vec![connect("1001")]));
        let to_bob = call(&mut world, "0 101");
        let mut offered = formats(&to_bob);
        if preferred == ["opus"] {
            offered.retain(|format| *format != 101);
        }
        assert_eq!(offered, expected, "{preferred:?}");
        over(&mut world);
    }
}

#[test]
fn the_next_called_side_may_have_another_codec_and_the_caller_is_not_told() {
    let staying = |name: &str, reconnect| {
        Verb::Connect(Connect {
            keep_caller: true,
            reconnect,
            ..ring(&[name])
        })
    };
    let mut world = world(vec![staying("bob", false), staying("carol", true)]);
    let (_, to_bob) = talking(&mut world);
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(
        formats(&to_carol)[..3],
        [0, 101, 8],
        "what was agreed with alice, and the rest"
    );
    world.inbox("alice");
    world.answer("carol", &to_carol, 200, Some(&with("carol", 6000, "8")));
    world.request_to("carol", "ACK");
    world.expect_nothing("alice");
    assert_eq!(takes(&world, Side::Caller), [Pcmu]);
    assert_eq!(takes(&world, Side::Callee), [Pcma]);
    over(&mut world);
}

#[test]
fn where_both_could_take_the_same_the_caller_is_told_rather_than_transcoded() {
    let staying = |name: &str, reconnect| {
        Verb::Connect(Connect {
            keep_caller: true,
            reconnect,
            ..ring(&[name])
        })
    };
    let mut world = world(vec![staying("bob", false), staying("carol", true)]);
    let to_bob = call(&mut world, "0 8 101");
    world.answer("bob", &to_bob, 200, Some(&with("bob", 5000, "0 8 101")));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 2, ""));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&with("carol", 6000, "8")));
    let renewal = world.request_to("alice", "INVITE");
    assert_eq!(formats(&renewal)[0], 8);
    world.answer("alice", &renewal, 200, Some(&with("alice", 4000, "8")));
    assert_eq!(takes(&world, Side::Caller), [Pcma]);
    over(&mut world);
}
