//! Who may call: domains, trunks, clients, and what is wrong with a request whoever sent it.

use std::sync::Arc;

use switchhook_routing::call::Origin;
use switchhook_sip::digest::{Challenge, Hash};

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};

fn refused(
    world: &mut World,
    name: &str,
    text: &str,
    status: u16,
) -> switchhook_sip::message::Response {
    world.send(name, text);
    let response = world.expect_status(name, status);
    assert_eq!(world.asked, 0, "nobody was asked");
    response
}

fn client_invite(cseq: u32, extra: &str) -> String {
    let text = request(
        "mallory",
        "INVITE",
        "sip:1002@example.test",
        cseq,
        extra,
        &sdp("mallory", 4000),
    );
    text.replace("<sip:mallory@example.test>", "<sip:1001@example.test>")
}

#[test]
fn a_domain_that_is_not_ours_gets_404() {
    let mut world = World::new();
    let text = request(
        "alice",
        "INVITE",
        "sip:bob@elsewhere.test",
        1,
        "",
        &sdp("alice", 4000),
    );
    refused(&mut world, "alice", &text, 404);
    world.finish();
}

#[test]
fn a_trunk_that_names_our_address_gets_its_own_domain() {
    let mut world = World::new();
    world.script = None;
    let text = request(
        "provider",
        "INVITE",
        "sip:bob@192.0.2.1",
        1,
        "",
        &sdp("provider", 4000),
    );
    world.send("provider", &text);
    assert_eq!(world.questions[0].call.domain, "example.test");
    assert_eq!(
        world.questions[0].call.origin,
        Origin::Trunk("provider".to_owned())
    );
}

#[test]
fn a_stranger_is_challenged_and_a_client_with_its_password_may_call() {
    let mut world = World::new();
    world.script = None;
    world.send("mallory", &client_invite(1, ""));
    let challenge = world.expect_status("mallory", 407);
    let uri = "sip:1002@example.test";
    let extra = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
    // The body is signed by auth-int only, which we do not offer.
    world.send("mallory", &client_invite(2, &extra));
    assert_eq!(
        world.questions[0].call.origin,
        Origin::Client("1001".to_owned())
    );
    assert_eq!(world.questions[0].call.caller, "1001");
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_alike() {
    let mut world = World::new();
    let mut answers = Vec::new();
    for (round, user) in [(0, "1001"), (1, "nobody")] {
        world.send("mallory", &client_invite(1 + 2 * round, ""));
        let challenge = world.expect_status("mallory", 407);
        let extra = credentials(
            &challenge,
            (user, "wrong"),
            "INVITE",
            "sip:1002@example.test",
        );
        world.send("mallory", &client_invite(2 + 2 * round, &extra));
        let refused = world.response_to("mallory");
        answers.push((refused.status(), refused.all_headers().count()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 403);
    assert_eq!(world.asked, 0);
}

/// What a stranger is offered, and whether it may call when it answers the first of them.
fn offered(digest: &[Hash]) -> (Vec<String>, bool) {
    let mut world = World::new();
    world.script = None;
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.digest = digest.to_vec();
    world.input(Input::Command(Command::Configure(Arc::new(config))));
    world.send("mallory", &client_invite(1, ""));
    let challenge = world.expect_status("mallory", 407);
    let algorithms = challenge
        .headers("Proxy-Authenticate")
        .map(|value| Challenge::parse(&value).unwrap().algorithm.to_string())
        .collect();
    let uri = "sip:1002@example.test";
    let extra = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
    world.send("mallory", &client_invite(2, &extra));
    (algorithms, world.asked == 1)
}

#[test]
fn md5_alone_is_offered_unless_the_domain_says_otherwise() {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(offered(&[]), (named(&["MD5"]), true));
    assert_eq!(offered(&[Hash::Sha256]), (named(&["SHA-256"]), true));
    let both = [Hash::Md5, Hash::Sha256];
    assert_eq!(offered(&both), (named(&["SHA-256", "MD5"]), true));
}

#[test]
fn a_hash_function_that_is_not_offered_is_not_accepted() {
    let mut world = World::new();
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.digest = vec![Hash::Sha256];
    world.send("mallory", &client_invite(1, ""));
    let challenge = world.expect_status("mallory", 407);
    let uri = "sip:1002@example.test";
    let extra = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
    assert!(extra.contains("MD5"), "{extra}");
    world.input(Input::Command(Command::Configure(Arc::new(config))));
    world.send("mallory", &client_invite(2, &extra));
    world.expect_status("mallory", 407);
    assert_eq!(world.asked, 0);
}

#[test]
fn credentials_of_another_domain_are_worth_nothing_here() {
    let mut world = World::new();
    let uri = "sip:1002@other.test";
    let text =
        |cseq, extra: &str| request("mallory", "INVITE", uri, cseq, extra, &sdp("mallory", 4000));
    world.send("mallory", &text(1, ""));
    let challenge = world.expect_status("mallory", 407);
    let extra = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
    world.send("mallory", &client_invite(2, &extra));
    world.expect_status("mallory", 407);
    assert_eq!(world.asked, 0);
}

#[test]
fn a_nonce_is_not_good_twice() {
    let mut world = World::new();
    world.script = None;
    world.send("mallory", &client_invite(1, ""));
    let challenge = world.expect_status("mallory", 407);
    let extra = credentials(
        &challenge,
        ("1001", "secret"),
        "INVITE",
        "sip:1002@example.test",
    );
    world.send("mallory", &client_invite(2, &extra));
    let replay = client_invite(3, &extra).replace("call-of-mallory", "other-call");
    world.send("mallory", &replay);
    let again = world.expect_status("mallory", 407);
    assert!(
        again
            .header("Proxy-Authenticate")
            .unwrap()
            .contains("stale=true")
    );
    assert_eq!(world.asked, 1);
}

#[test]
fn a_client_that_registered_over_tcp_may_call_over_that_connection() {
    let mut world = World::new();
    world.transport = switchhook_sip::flow::Transport::Tcp;
    let extra = format!("Contact: <sip:1001@{};transport=tcp>\n", address("mallory"));
    assert_eq!(
        register(&mut world, "mallory", "1001", 1, &extra).status(),
        200
    );
    world.script = None;
    world.send("mallory", &client_invite(9, ""));
    assert_eq!(
        world.questions[0].call.origin,
        Origin::Client("1001".to_owned())
    );
}

#[test]
fn a_registered_datagram_source_proves_nothing() {
    let mut world = World::new();
    assert_eq!(register(&mut world, "mallory", "1001", 1, "").status(), 200);
    world.send("mallory", &client_invite(9, ""));
    world.expect_status("mallory", 407);
}

#[test]
fn a_number_without_a_route_gets_404() {
    let mut world = World::new();
    refused(
        &mut world,
        "alice",
        &invite("alice", "nowhere", "", &sdp("alice", 4000)),
        404,
    );
    world.finish();
    assert!(world.events.is_empty(), "no call began");
}

#[test]
fn a_request_uri_without_a_number_gets_484() {
    let mut world = World::new();
    let text = request(
        "alice",
        "INVITE",
        "sip:example.test",
        1,
        "",
        &sdp("alice", 4000),
    );
    refused(&mut world, "alice", &text, 484);
}

#[test]
fn max_forwards_of_zero_gets_483() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000))
        .replace("Max-Forwards: 70", "Max-Forwards: 0");
    refused(&mut world, "alice", &text, 483);
}

#[test]
fn a_required_extension_gets_420_that_names_it() {
    let mut world = World::new();
    let text = invite(
        "alice",
        "bob",
        "Require: 100rel, warp\n",
        &sdp("alice", 4000),
    );
    let response = refused(&mut world, "alice", &text, 420);
    assert_eq!(response.header("Unsupported").unwrap(), "warp");
}

#[test]
fn a_body_of_another_type_gets_415_that_names_ours() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", "hello").replace("application/sdp", "text/plain");
    let response = refused(&mut world, "alice", &text, 415);
    assert_eq!(response.header("Accept").unwrap(), "application/sdp");
}

#[test]
fn another_scheme_gets_416() {
    let mut world = World::new();
    let text = request(
        "alice",
        "INVITE",
        "urn:service:sos",
        1,
        "",
        &sdp("alice", 4000),
    );
    refused(&mut world, "alice", &text, 416);
}

#[test]
fn a_call_that_has_come_through_the_switch_too_often_gets_482() {
    let mut world = World::new();
    let text = invite(
        "alice",
        "bob",
        "X-Switchhook-Chain: 8\n",
        &sdp("alice", 4000),
    );
    refused(&mut world, "alice", &text, 482);
    let mut world = World::new();
    world.send(
        "alice",
        &invite(
            "alice",
            "bob",
            "X-Switchhook-Chain: 7\n",
            &sdp("alice", 4000),
        ),
    );
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(to_bob.header("X-Switchhook-Chain").unwrap(), "8");
}

#[test]
fn the_same_invite_by_two_paths_gets_482_once() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    world.send(
        "alice",
        &text.replace("branch=z9hG4bK", "branch=z9hG4bKother"),
    );
    world.expect_status("alice", 482);
    assert_eq!(world.asked, 1);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}

#[test]
fn an_invite_without_contact_gets_400() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    let text = text
        .lines()
        .filter(|l| !l.starts_with("Contact:"))
        .collect::<Vec<_>>()
        .join("\n");
    world.send("alice", &format!("{text}\n"));
    world.expect_status("alice", 400);
    world.finish();
}

#[test]
fn a_retransmitted_invite_is_one_call() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    world.send("alice", &text);
    assert_eq!(world.asked, 1);
    world.input(crate::input::Input::Command(
        crate::input::Command::HangUpAll,
    ));
    world.finish();
}
