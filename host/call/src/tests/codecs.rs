//! Codecs that clients prefer: the offer that goes on has nothing else, if anything remains.

use switchhook_media::sdp::{Answer, Offer};
use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};

fn formats(body: &[u8]) -> Vec<u8> {
    let offer = Offer::parse(body).unwrap();
    offer
        .formats()
        .iter()
        .map(|codec| codec.payload_type)
        .collect()
}

fn preferring(codecs: &[&str]) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let client = domain.clients.get_mut("1001").unwrap();
    client.media.codecs = codecs.iter().map(|codec| (*codec).to_owned()).collect();
    World::with(config)
}

#[test]
fn a_called_client_is_offered_what_it_prefers_in_its_order() {
    let cases: [(&[&str], &[u8]); 5] = [
        (&["PCMA", "PCMU"], &[8, 0, 101]),
        (&["pcma"], &[8, 101]),
        (&["opus", "PCMU"], &[0, 101]),
        (&["opus"], &[0, 8, 101]),
        (&[], &[0, 8, 101]),
    ];
    for (codecs, expected) in cases {
        let mut world = preferring(codecs);
        register(&mut world, "bob", "1001", 1, "");
        world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
        world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
        let to_bob = world.request_to("bob", "INVITE");
        assert_eq!(formats(to_bob.body()), expected, "{codecs:?}");
        let pcma = sdp("bob", 5000).replace("RTP/AVP 0 8 101", "RTP/AVP 8");
        world.answer("bob", &to_bob, 200, Some(&pcma));
        let ok = world.expect_status("alice", 200);
        assert_eq!(Answer::parse(ok.body()).unwrap().codecs(), ["PCMA"]);
        world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
        world.send(
            "alice",
            &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4002)),
        );
        let again = world.request_to_skipping("bob", "INVITE", "ACK");
        assert_eq!(formats(again.body()), expected, "{codecs:?} again");
        world.input(Input::Command(Command::HangUpAll));
        world.finish();
    }
}

#[test]
fn an_offer_of_the_called_side_is_ordered_for_the_caller_too() {
    let mut world = preferring(&["PCMA"]);
    world.transport = switchhook_sip::flow::Transport::Tcp;
    register(&mut world, "carol", "1001", 1, "");
    let text = invite("carol", "bob", "", "");
    let own = "<sip:1001@example.test>";
    world.send("carol", &text.replace("<sip:carol@example.test>", own));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("carol", 200);
    assert_eq!(formats(ok.body()), [8, 101]);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn what_a_calling_client_prefers_holds_for_its_calls() {
    let mut world = preferring(&["PCMA"]);
    world.transport = switchhook_sip::flow::Transport::Tcp;
    register(&mut world, "carol", "1001", 1, "");
    let text = invite("carol", "bob", "", &sdp("carol", 4000));
    world.send(
        "carol",
        &text.replace("<sip:carol@example.test>", "<sip:1001@example.test>"),
    );
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(formats(to_bob.body()), [8, 101]);
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
