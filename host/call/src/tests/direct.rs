//! Media that bypass the switch: where both sides want it and nothing stands against it, each is told the other's address.

use switchhook_media::codec::Encoding;
use switchhook_media::sdp::{Answer, Offer};
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};
use switchhook_routing::verb::{Connect, Recording, RecordingAction, Verb};
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::transferring::{by_bob, world_with};
use super::wording::*;
use crate::config::Domain;
use crate::input::{Command, Input};
use crate::media_command::MediaCommand;

const SWITCH: &str = "192.0.2.1";
const ALICE: &str = "192.0.2.10";
const BOB: &str = "192.0.2.20";

fn wanted(domain: &mut Domain) {
    for trunk in &mut domain.trunks {
        trunk.media.direct = true;
    }
    for client in domain.clients.values_mut() {
        client.media.direct = true;
    }
}

/// Alice is a trunk, bob the client 1002; both want it.
fn world() -> World {
    world_with(wanted)
}

fn call(world: &mut World, body: &str) -> Request {
    world.send("alice", &invite("alice", "bob", "", body));
    world.request_to("bob", "INVITE")
}

fn host_of(offer: &[u8]) -> String {
    let remote = Offer::parse(offer).unwrap().remote();
    remote.rtp.unwrap().ip().to_string()
}

fn answered(world: &mut World, to_bob: &Request) -> Response {
    world.answer("bob", to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    ok
}

fn sessions(world: &World) -> usize {
    let opened = |command: &&MediaCommand| matches!(command, MediaCommand::Open { .. });
    world.media.iter().filter(opened).count()
}

#[test]
fn each_side_is_told_the_others_address_and_the_relay_nothing() {
    let mut world = world();
    let to_bob = call(&mut world, &sdp("alice", 4000));
    assert_eq!(host_of(to_bob.body()), ALICE);
    let ok = answered(&mut world, &to_bob);
    assert_eq!(host_of(ok.body()), BOB);
    let told = Answer::parse(ok.body()).unwrap().remote().rtp.unwrap();
    assert_eq!(told.port(), 5000);
    assert_eq!(sessions(&world), 0);
    // Hold and resume go over as they are said, by either side.
    let hold = sdp_with("alice", 4000, 2, "sendonly");
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, &hold));
    let held = world.request_to("bob", "INVITE");
    assert_eq!(host_of(held.body()), ALICE);
    assert!(Offer::parse(held.body()).unwrap().is_hold());
    let quiet = sdp_with("bob", 5000, 2, "recvonly");
    world.answer("bob", &held, 200, Some(&quiet));
    let told = world.expect_final("alice", 200);
    assert_eq!(host_of(told.body()), BOB);
    world.send("alice", &by_caller("alice", &told, "ACK", 2, ""));
    world.request_to("bob", "ACK");
    let moved = sdp_with("bob", 5010, 3, "sendrecv");
    world.send("bob", &by_callee("bob", &to_bob, "INVITE", 2, &moved));
    let to_alice = world.request_to("alice", "INVITE");
    let remote = Offer::parse(to_alice.body()).unwrap().remote();
    assert_eq!(remote.rtp.unwrap().to_string(), format!("{BOB}:5010"));
    let own = sdp_with("alice", 4000, 3, "sendrecv");
    world.answer("alice", &to_alice, 200, Some(&own));
    let told = world.expect_final("bob", 200);
    assert_eq!(host_of(told.body()), ALICE);
    world.send("bob", &by_callee("bob", &to_bob, "ACK", 2, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 5, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
    assert!(world.records[0].media.is_none());
}

#[test]
fn an_offer_of_the_called_side_goes_over_as_it_is_answered_in_the_ack_of_a_re_invite() {
    let mut world = world();
    let to_bob = call(&mut world, &sdp("alice", 4000));
    let ok = answered(&mut world, &to_bob);
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, ""));
    let empty = world.request_to("bob", "INVITE");
    assert!(empty.body().is_empty());
    world.answer("bob", &empty, 200, Some(&sdp("bob", 5002)));
    let offered = world.expect_final("alice", 200);
    assert_eq!(host_of(offered.body()), BOB);
    let answer = sdp("alice", 4002);
    world.send("alice", &by_caller("alice", &offered, "ACK", 2, &answer));
    let ack = world.request_to("bob", "ACK");
    assert_eq!(host_of(ack.body()), ALICE);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn whatever_stands_against_it_brings_the_media_to_the_relay() {
    let nat = sdp("alice", 4000).replace(ALICE, "10.1.1.1");
    let own = sdp("alice", 4000);
    let one = |connect: Connect| vec![Verb::Connect(connect)];
    let staying = Connect {
        keep_caller: true,
        ..ring(&["1002"])
    };
    let tune = Connect {
        ringback: Some(Prompt::Tone(Tone {
            kind: ToneKind::Ringing,
            country: None,
            milliseconds: 1_000,
        })),
        ..ring(&["1002"])
    };
    type Change = fn(&mut Domain);
    let start = Verb::Record(Recording {
        action: RecordingAction::Start,
        tag: None,
    });
    let recorded = vec![start, Verb::Connect(ring(&["1002"]))];
    let cases: [(&str, Change, &str, Vec<Verb>); 7] = [
        ("it is recorded", wanted, &own, recorded),
        ("the caller hears a tune", wanted, &own, one(tune)),
        ("behind NAT", wanted, &nat, one(ring(&["1002"]))),
        (
            "not the caller",
            |domain| {
                wanted(domain);
                domain.trunks[0].media.direct = false;
            },
            &own,
            one(ring(&["1002"])),
        ),
        (
            "not the called side",
            |domain| {
                wanted(domain);
                domain.clients.get_mut("1002").unwrap().media.direct = false;
            },
            &own,
            one(ring(&["1002"])),
        ),
        ("several", wanted, &own, one(ring(&["1002", "1001"]))),
        ("the caller stays", wanted, &own, one(staying)),
    ];
    for (what, change, body, script) in cases {
        let mut world = world_with(change);
        world.script = Some(Some(script));
        let to_bob = call(&mut world, body);
        assert_eq!(host_of(to_bob.body()), SWITCH, "{what}");
        let ok = answered(&mut world, &to_bob);
        assert_eq!(host_of(ok.body()), SWITCH, "{what}");
        world.input(Input::Command(Command::HangUpAll));
        world.finish();
    }
}

#[test]
fn who_has_nothing_in_common_is_called_again_by_way_of_the_relay() {
    let mut world = world_with(|domain| {
        wanted(domain);
        domain.trunks[0].media.transcoding = Encoding::ALL.into_iter().collect();
        let client = domain.clients.get_mut("1002").unwrap();
        client.media.transcoding = Encoding::ALL.into_iter().collect();
    });
    let pcmu = sdp("alice", 4000).replace("0 8 101", "0");
    let to_bob = call(&mut world, &pcmu);
    assert_eq!(Offer::parse(to_bob.body()).unwrap().codecs(), ["PCMU"]);
    world.answer("bob", &to_bob, 488, None);
    world.request_to("bob", "ACK");
    let again = world.request_to("bob", "INVITE");
    assert_eq!(host_of(again.body()), SWITCH);
    assert!(Offer::parse(again.body()).unwrap().codecs().len() > 1);
    let g722 = sdp("bob", 5000).replace("0 8 101", "9");
    world.answer("bob", &again, 200, Some(&g722));
    let ok = world.expect_status("alice", 200);
    assert_eq!(host_of(ok.body()), SWITCH);
    assert_eq!(Offer::parse(ok.body()).unwrap().codecs(), ["PCMU"]);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_transfer_brings_both_to_the_relay() {
    let mut world = world();
    let to_bob = call(&mut world, &sdp("alice", 4000));
    answered(&mut world, &to_bob);
    world.script = Some(Some(vec![Verb::Connect(ring(&["carol"]))]));
    world.send("bob", &by_bob(&to_bob, 2, "sip:carol@example.test"));
    let to_carol = world.request_to("carol", "INVITE");
    assert_eq!(host_of(to_carol.body()), SWITCH);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    let renewal = world.request_to("alice", "INVITE");
    assert_eq!(host_of(renewal.body()), SWITCH);
    world.answer("alice", &renewal, 200, Some(&sdp("alice", 4000)));
    assert_eq!(sessions(&world), 1);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
