//! What the exchange tells a guard of sources, and that nobody learns from refusals who exists.

use super::harness::*;
use super::wording::*;
use crate::config::Scanners;
use crate::guard::Conduct;

const URI: &str = "sip:1002@example.test";

fn invite_as(user: &str, cseq: u32, extra: &str) -> String {
    let text = request("mallory", "INVITE", URI, cseq, extra, &sdp("mallory", 4000));
    text.replace(
        "<sip:mallory@example.test>",
        &format!("<sip:{user}@example.test>"),
    )
}

/// The names of the header fields of a refusal, and its status.
fn looks(response: &switchhook_sip::message::Response) -> (u16, Vec<String>) {
    let names = response
        .all_headers()
        .map(|(name, _)| name.to_owned())
        .collect();
    (response.status(), names)
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_alike() {
    let mut seen = Vec::new();
    for user in ["1001", "9999"] {
        let mut world = World::new();
        world.send("mallory", &invite_as(user, 1, ""));
        let challenge = world.expect_status("mallory", 407);
        let guess = credentials(&challenge, (user, "guess"), "INVITE", URI);
        world.send("mallory", &invite_as(user, 2, &guess));
        let refusal = world.expect_status("mallory", 403);
        let conducts = [Conduct::Challenged, Conduct::WrongCredentials];
        assert_eq!(world.conducts, conducts);
        seen.push((looks(&challenge), looks(&refusal)));
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn a_nonce_that_was_sent_to_another_place_is_only_stale() {
    let mut world = World::new();
    world.send("mallory", &invite_as("1001", 1, ""));
    let challenge = world.expect_status("mallory", 407);
    for (cseq, password) in [(2, "secret"), (3, "guess")] {
        let value = credentials(&challenge, ("1001", password), "INVITE", URI);
        let text = request("carol", "INVITE", URI, cseq, &value, &sdp("carol", 4000));
        world.send("carol", &text);
        let again = world.expect_status("carol", 407);
        let value = again.header("Proxy-Authenticate").unwrap();
        assert!(value.contains("stale=true"), "{password}: {value}");
    }
    assert!(!world.conducts.contains(&Conduct::WrongCredentials));
}

#[test]
fn who_authenticates_is_vouched_for_and_who_sends_nonsense_is_told_of() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    assert_eq!(
        world.conducts,
        [Conduct::Challenged, Conduct::Authenticated]
    );
    world.conducts.clear();
    let text = request("mallory", "INVITE", "sip:1@elsewhere.test", 1, "", "");
    world.send("mallory", &text);
    world.expect_status("mallory", 404);
    world.send("mallory", "INVITE nonsense");
    assert_eq!(world.conducts, [Conduct::UnknownDomain, Conduct::Malformed]);
}

#[test]
fn a_scanner_gets_no_answer_unless_it_is_spared() {
    let mut config = config();
    config.scanners = Scanners {
        names: vec!["friendly-scanner".to_owned()],
        spared: vec!["192.0.2.10".parse().unwrap()],
    };
    let mut world = World::with(config);
    let scan = |name: &str| {
        let agent = "User-Agent: Friendly-Scanner/1.0\n";
        request(name, "OPTIONS", "sip:100@example.test", 1, agent, "")
    };
    world.send("mallory", &scan("mallory"));
    world.expect_nothing("mallory");
    assert_eq!(world.conducts, [Conduct::Scanner]);
    world.send("alice", &scan("alice"));
    world.expect_status("alice", 200);
    world.finish();
}
