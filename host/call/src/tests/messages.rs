//! MESSAGE outside of calls (RFC 3428).

use switchhook_sip::message::Request;

use super::harness::*;
use super::watching::cseq;
use super::wording::*;
use crate::config::MessageRules;
use crate::input::Input;
use crate::limits;

fn text(name: &str, to: &str, extra: &str, body: &str) -> String {
    request(name, "MESSAGE", to, cseq(), extra, body).replace("application/sdp", "text/plain")
}

/// 1001, who is bob, sends a message; its final answer is still to come.
fn send(world: &mut World, to: &str, body: &str) {
    let of_client = |text: String| text.replace("<sip:bob@example", "<sip:1001@example");
    let first = of_client(text("bob", to, "", body));
    world.send("bob", &first);
    let challenge = world.expect_status("bob", 407);
    let more = credentials(&challenge, ("1001", "secret"), "MESSAGE", to);
    let again = of_client(text("bob", to, &format!("Subject: lunch\n{more}"), body));
    world.send("bob", &again);
}

fn body(request: &Request) -> String {
    String::from_utf8_lossy(request.body()).into_owned()
}

#[test]
fn a_message_goes_to_every_phone_of_a_client() {
    let mut world = World::new();
    register(&mut world, "carol", "1002", 1, "");
    register(&mut world, "dave", "1002", 1, "");
    send(&mut world, "sip:1002@example.test", "hello");
    let to_carol = world.request_to("carol", "MESSAGE");
    let to_dave = world.request_to("dave", "MESSAGE");
    assert_eq!(body(&to_carol), "hello");
    assert_eq!(to_carol.header("Content-Type").unwrap(), "text/plain");
    assert_eq!(to_carol.header("Subject").unwrap(), "lunch");
    assert_eq!(to_carol.from().uri().as_str(), "sip:1001@example.test");
    assert_eq!(to_carol.to().uri().as_str(), "sip:1002@example.test");
    assert_eq!(to_carol.uri().as_str(), "sip:carol@192.0.2.30:5060");
    assert!(to_carol.header("Proxy-Authorization").is_none());
    assert!(to_carol.contact().is_none(), "RFC 3428 §4");
    world.answer("carol", &to_carol, 486, None);
    world.answer("dave", &to_dave, 202, None);
    world.expect_status("bob", 202);
    world.finish();
}

#[test]
fn whoever_is_not_there_gets_none() {
    let mut world = World::new();
    send(&mut world, "sip:1002@example.test", "hello");
    world.expect_status("bob", 480);
    send(&mut world, "sip:nobody@example.test", "hello");
    world.expect_status("bob", 404);
    register(&mut world, "carol", "1002", 1, "");
    send(&mut world, "sip:1002@example.test", "hello");
    let to_carol = world.request_to("carol", "MESSAGE");
    world.answer("carol", &to_carol, 415, None);
    world.expect_status("bob", 415);
    send(&mut world, "sip:1002@example.test", "hello");
    world.pass(limits::MESSAGE_WAIT);
    world.expect_status("bob", 480);
    world.finish();
}

#[test]
fn only_clients_and_trunks_send_messages() {
    let mut world = World::new();
    register(&mut world, "carol", "1002", 1, "");
    let to = "sip:1002@example.test";
    world.send("mallory", &text("mallory", to, "", "spam"));
    world.expect_status("mallory", 407);
    world.send("alice", &text("alice", to, "", "from the carrier"));
    let to_carol = world.request_to("carol", "MESSAGE");
    assert_eq!(to_carol.from().uri().as_str(), "sip:alice@example.test");
    world.answer("carol", &to_carol, 200, None);
    world.expect_status("alice", 200);
    world.send(
        "alice",
        &text("alice", "sip:+15550100@example.test", "", "x"),
    );
    world.expect_status("alice", 404);
    world.finish();
}

#[test]
fn what_is_too_long_is_refused() {
    let mut world = World::new();
    let long = "x".repeat(limits::MESSAGE_BYTES + 1);
    world.send("bob", &text("bob", "sip:1002@example.test", "", &long));
    world.expect_status("bob", 413);
    let hops = text("bob", "sip:1002@example.test", "", "x").replace("Forwards: 70", "Forwards: 0");
    world.send("bob", &hops);
    world.expect_status("bob", 483);
    world.finish();
}

#[test]
fn messages_leave_the_domain_only_where_it_says_so() {
    let mut world = World::new();
    send(&mut world, "sip:+15550100@example.test", "hello");
    world.expect_status("bob", 404);
    send(&mut world, "sip:friend@elsewhere.example", "hello");
    world.expect_status("bob", 403);
    world.finish();

    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.messages = MessageRules {
        trunk: Some("provider".to_owned()),
        uris: true,
    };
    let mut world = World::with(config);
    send(&mut world, "sip:+15550100@example.test", "hello");
    let out = world.request_to("provider", "MESSAGE");
    assert_eq!(out.uri().user().unwrap(), "+15550100");
    world.answer("provider", &out, 200, None);
    world.expect_status("bob", 200);
    send(&mut world, "sip:friend@elsewhere.example", "hello");
    let (lookup, host) = world.resolves.remove(0);
    assert_eq!(host, "elsewhere.example");
    let candidates = vec![candidate("dave"), candidate("carol")];
    world.input(Input::Resolved { lookup, candidates });
    let first = world.request_to("dave", "MESSAGE");
    world.answer("dave", &first, 503, None);
    let second = world.request_to("carol", "MESSAGE");
    world.answer("carol", &second, 200, None);
    world.expect_status("bob", 200);
    send(&mut world, "sip:friend@elsewhere.example", "hello");
    let (lookup, _) = world.resolves.remove(0);
    world.input(Input::Resolved {
        lookup,
        candidates: Vec::new(),
    });
    world.expect_status("bob", 480);
    world.finish();
}
