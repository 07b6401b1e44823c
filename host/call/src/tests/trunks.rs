//! Calls out through a trunk: its address, its number, its challenges.

use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;

fn challenge(request: &switchhook_sip::message::Request, status: u16, nonce: &str) -> String {
    let header = if status == 401 {
        "WWW-Authenticate"
    } else {
        "Proxy-Authenticate"
    };
    let extra = format!("{header}: Digest realm=\"provider\", nonce=\"{nonce}\", qop=\"auth\"\n");
    response_with("provider", request, status, &extra, None)
}

fn start() -> World {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["+4930123"]))]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world
}

#[test]
fn a_trunk_gets_its_number_and_its_challenges_are_answered() {
    let mut world = start();
    let first = world.request_to("provider", "INVITE");
    assert_eq!(first.uri().as_str(), "sip:+4930123@198.51.100.1");
    let text = challenge(&first, 407, "n1");
    world.send("provider", &text);
    world.request_to("provider", "ACK");
    let second = world.request_to("provider", "INVITE");
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.from().tag(), first.from().tag());
    assert_eq!(second.cseq().number, first.cseq().number + 1);
    let credentials = second.header("Proxy-Authorization").unwrap().into_owned();
    assert!(credentials.contains("username=\"account\"") && credentials.contains("nonce=\"n1\""));
    assert!(!credentials.contains("hunter2"));
    world.answer("provider", &second, 200, Some(&sdp("provider", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));

    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("provider", "ACK");
    let bye = world.request_to("provider", "BYE");
    let text = challenge(&bye, 401, "n2");
    world.send("provider", &text);
    let bye = world.request_to("provider", "BYE");
    assert!(
        bye.header("Authorization")
            .unwrap()
            .contains("nonce=\"n2\"")
    );
    world.answer("provider", &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].legs.len(), 1);
    assert_eq!(world.records[0].legs[0].target, "provider/+4930123");
}

#[test]
fn a_reinvite_that_is_challenged_is_sent_again_with_credentials() {
    let mut world = start();
    let first = world.request_to("provider", "INVITE");
    world.answer("provider", &first, 200, Some(&sdp("provider", 5000)));
    world.request_to("provider", "ACK");
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send(
        "alice",
        &by_caller("alice", &ok, "INVITE", 2, &sdp("alice", 4100)),
    );
    let plain = world.request_to("provider", "INVITE");
    let text = challenge(&plain, 401, "n3");
    world.send("provider", &text);
    world.request_to("provider", "ACK");
    let signed = world.request_to("provider", "INVITE");
    assert!(signed.header("Authorization").is_some());
    assert_eq!(signed.body(), plain.body());
    world.answer("provider", &signed, 200, Some(&sdp("provider", 5000)));
    world.request_to("provider", "ACK");
    world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 2, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 3, ""));
    let bye = world.request_to("provider", "BYE");
    assert!(bye.header("Authorization").unwrap().contains("nc=00000002"));
    world.answer("provider", &bye, 200, None);
    world.finish();
}

#[test]
fn a_trunk_that_is_never_satisfied_is_a_failure() {
    let mut world = start();
    world.script = Some(Some(vec![respond(404)]));
    for round in 0..3 {
        let invite = world.request_to("provider", "INVITE");
        let text = challenge(&invite, 407, &format!("n{round}"));
        world.send("provider", &text);
        world.request_to("provider", "ACK");
    }
    world.expect_status("alice", 404);
    world.finish();
    assert_eq!(world.records[0].legs[0].status, Some(407));
}

#[test]
fn a_challenge_without_credentials_of_ours_is_a_failure() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 401, None);
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn a_trunk_for_incoming_calls_only_cannot_be_called() {
    let mut connect = ring(&["+49"]);
    connect.targets[0].endpoint =
        switchhook_routing::verb::Endpoint::Trunk(switchhook_routing::verb::TrunkNumber {
            trunk: "gateway".into(),
            number: "1".into(),
        });
    let mut world = World::scripted(vec![Verb::Connect(connect), respond(410)]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.expect_status("alice", 410);
    world.finish();
}
