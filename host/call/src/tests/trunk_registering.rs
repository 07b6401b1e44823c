//! Registrations at a trunk: challenged, refreshed in time, refused, taken back; and calls to the contact.

use std::sync::Arc;
use std::time::Duration;

use switchhook_sip::message::Request;

use super::harness::*;
use super::wording::*;
use crate::config::Config;
use crate::config::trunks::{Place, Registration};
use crate::input::{Command, Input};
use crate::trunks::status::{RegistrationState, TrunkStatus};

fn registering(change: impl FnOnce(&mut Config)) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let provider = domain.trunks.iter_mut().find(|t| t.name == "provider");
    let provider = provider.unwrap();
    // Only the contact tells whose its calls are.
    provider.sources.clear();
    provider.registration = Some(Registration {
        token: Registration::token_of("example.test", "provider", "account", "hunter2"),
        expires_seconds: 600,
        ..Registration::default()
    });
    change(&mut config);
    let mut world = World::with(config);
    world.pass(Duration::from_secs(2));
    world
}

fn challenge(request: &Request, status: u16, nonce: &str, stale: bool) -> String {
    let header = match status {
        401 => "WWW-Authenticate",
        _ => "Proxy-Authenticate",
    };
    let stale = if stale { ", stale=true" } else { "" };
    let extra =
        format!("{header}: Digest realm=\"provider\", nonce=\"{nonce}\", qop=\"auth\"{stale}\n");
    response_with("provider", request, status, &extra, None)
}

fn accept(world: &mut World, register: &Request, expires: u32) {
    let contact = register.header("Contact").unwrap();
    let extra = format!("Contact: {contact};expires={expires}\n");
    let ok = response_with("provider", register, 200, &extra, None);
    world.send("provider", &ok);
}

fn registered(world: &mut World) -> Request {
    let first = world.request_to("provider", "REGISTER");
    let text = challenge(&first, 401, "n1", false);
    world.send("provider", &text);
    let signed = world.request_to("provider", "REGISTER");
    accept(world, &signed, 600);
    signed
}

fn state(world: &World) -> TrunkStatus {
    let trunks = world.exchange.trunks(world.now);
    trunks.into_iter().find(|t| t.name == "provider").unwrap()
}

#[track_caller]
fn assert_state(world: &World, wanted: RegistrationState, reason: &str) {
    let registration = state(world).registration.unwrap();
    assert_eq!(registration.state, wanted);
    assert_eq!(registration.reason, reason);
}

#[test]
fn a_challenge_is_answered_and_the_registration_refreshed_before_it_ends() {
    let mut world = registering(|_| {});
    assert_state(&world, RegistrationState::Registering, "not asked yet");
    let first = world.request_to("provider", "REGISTER");
    assert_eq!(first.uri().as_str(), "sip:198.51.100.1");
    assert_eq!(first.to().uri().as_str(), "sip:account@198.51.100.1");
    assert_eq!(first.expires(), Some(600));
    let contact = first.contact().unwrap();
    assert_eq!(contact.uri().user().as_deref(), Some("account"));
    assert_eq!(contact.uri().param("line").unwrap().len(), 32);
    let text = challenge(&first, 401, "n1", false);
    world.send("provider", &text);
    let signed = world.request_to("provider", "REGISTER");
    assert_eq!(signed.call_id(), first.call_id());
    assert_eq!(signed.cseq().number, first.cseq().number + 1);
    let credentials = signed.header("Authorization").unwrap().into_owned();
    assert!(credentials.contains("username=\"account\"") && credentials.contains("nonce=\"n1\""));
    accept(&mut world, &signed, 600);
    assert_state(&world, RegistrationState::Registered, "for 600 s");
    let registration = state(&world).registration.unwrap();
    let (next, until) = (
        registration.next_ms.unwrap(),
        registration.until_ms.unwrap(),
    );
    assert!(
        (120_000..=150_000).contains(&(until - next)),
        "{}",
        until - next
    );

    world.pass(Duration::from_secs(440));
    world.expect_nothing("provider");
    world.pass(Duration::from_secs(50));
    let refresh = world.request_to("provider", "REGISTER");
    world.inbox("provider");
    assert!(
        refresh
            .header("Authorization")
            .unwrap()
            .contains("nc=00000002")
    );
    let text = challenge(&refresh, 401, "n2", true);
    world.send("provider", &text);
    let again = world.request_to("provider", "REGISTER");
    assert!(
        again
            .header("Authorization")
            .unwrap()
            .contains("nonce=\"n2\"")
    );
    accept(&mut world, &again, 600);
    world.finish();
}

#[test]
fn a_wrong_password_is_told_and_tried_again_later_and_later() {
    let mut world = registering(|_| {});
    let first = world.request_to("provider", "REGISTER");
    let text = challenge(&first, 407, "n1", false);
    world.send("provider", &text);
    let second = world.request_to("provider", "REGISTER");
    let text = challenge(&second, 407, "n1", false);
    world.send("provider", &text);
    let refused = "407: our credentials are not accepted";
    assert_state(&world, RegistrationState::Failed, refused);
    world.expect_nothing("provider");
    let mut waits = Vec::new();
    for _ in 0..4 {
        let registration = state(&world).registration.unwrap();
        let next = registration.next_ms.unwrap();
        let from = world.now;
        while world.inbox("provider").is_empty() {
            world.pass(Duration::from_secs(1));
        }
        waits.push((world.now - from).as_secs());
        assert!(next > 0);
        // It died meanwhile: nobody answers.
        world.pass(Duration::from_secs(33));
        world.inbox("provider");
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] <= 15 && waits[3] >= 30, "{waits:?}");
    assert_state(&world, RegistrationState::Failed, "no response");
}

#[test]
fn min_expires_and_retry_after_are_kept_to() {
    let mut world = registering(|_| {});
    let first = world.request_to("provider", "REGISTER");
    let text = response_with("provider", &first, 423, "Min-Expires: 900\n", None);
    world.send("provider", &text);
    let longer = world.request_to("provider", "REGISTER");
    assert_eq!(longer.expires(), Some(900));
    let text = response_with("provider", &longer, 503, "Retry-After: 100\n", None);
    world.send("provider", &text);
    assert_state(&world, RegistrationState::Failed, "503 X");
    world.pass(Duration::from_secs(99));
    world.expect_nothing("provider");
    world.pass(Duration::from_secs(2));
    world.request_to("provider", "REGISTER");
}

#[test]
fn a_redirection_is_followed_and_a_dead_host_gives_way_to_the_next() {
    let mut world = registering(|config| {
        let domain = config.domains.get_mut("example.test").unwrap();
        let outbound = domain.trunks[1].outbound.as_mut().unwrap();
        outbound.others.push(Place {
            host: "192.0.2.40".to_owned(),
            port: None,
        });
    });
    world.request_to("provider", "REGISTER");
    world.pass(Duration::from_secs(5));
    let second = world.request_to("dave", "REGISTER");
    let extra = format!("Contact: <sip:{}>\n", address("carol"));
    let text = response_with("dave", &second, 302, &extra, None);
    world.send("dave", &text);
    let third = world.request_to("carol", "REGISTER");
    let contact = third.header("Contact").unwrap();
    let extra = format!("Contact: {contact}\nExpires: 60\n");
    let ok = response_with("carol", &third, 200, &extra, None);
    world.send("carol", &ok);
    assert_state(&world, RegistrationState::Registered, "for 60 s");
}

#[test]
fn a_carrier_that_dies_is_seen_and_so_is_its_return() {
    let mut world = registering(|_| {});
    registered(&mut world);
    world.pass(Duration::from_secs(590));
    // The refresh is not answered, again and again.
    let registration = state(&world).registration.unwrap();
    assert_eq!(registration.state, RegistrationState::Registered);
    world.pass(Duration::from_secs(120));
    assert_state(&world, RegistrationState::Failed, "no response");
    world.inbox("provider");
    while world.exchange.trunks(world.now)[1]
        .registration
        .as_ref()
        .unwrap()
        .state
        != RegistrationState::Registered
    {
        world.pass(Duration::from_secs(1));
        for message in world.inbox("provider") {
            if let switchhook_sip::message::Message::Request(request) = message {
                accept(&mut world, &request, 600);
            }
        }
    }
    let told: Vec<_> = world.trunk_news.iter().map(|n| n.trunk.as_str()).collect();
    assert!(told.len() >= 3, "{told:?}");
}

#[test]
fn the_contact_is_taken_back_when_the_switch_ends_or_the_trunk_is_removed() {
    for is_drained in [true, false] {
        let mut world = registering(|_| {});
        registered(&mut world);
        if is_drained {
            world.input(Input::Command(Command::Drain));
            assert!(world.exchange.is_leaving());
        } else {
            let mut config = config();
            let domain = config.domains.get_mut("example.test").unwrap();
            domain.trunks.clear();
            let configure = Command::Configure(Arc::new(config));
            world.input(Input::Command(configure));
            assert!(world.exchange.trunks(world.now).is_empty());
        }
        let last = world.request_to("provider", "REGISTER");
        assert_eq!(last.expires(), Some(0));
        world.answer("provider", &last, 200, None);
        assert!(!world.exchange.is_leaving());
        world.finish();
        world.expect_nothing("provider");
    }
}

#[test]
fn a_carrier_that_does_not_answer_keeps_nobody_from_ending() {
    let mut world = registering(|_| {});
    registered(&mut world);
    world.input(Input::Command(Command::Drain));
    world.pass(Duration::from_secs(5));
    assert!(!world.exchange.is_leaving());
    world.finish();
}

#[test]
fn a_call_to_our_contact_is_the_trunks_whoever_sends_it_and_to_says_who_is_called() {
    let mut world = registering(|_| {});
    let signed = registered(&mut world);
    let contact = signed.contact().unwrap().uri().as_str().to_owned();
    let text = request("mallory", "INVITE", &contact, 1, "", &sdp("mallory", 4000));
    let to = format!("To: <{contact}>");
    let text = text.replace(&to, "To: <sip:bob@carrier.test>");
    world.send("mallory", &text);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_final("mallory", 200);
    world.send("mallory", &by_caller("mallory", &ok, "ACK", 1, ""));
    world.send("mallory", &by_caller("mallory", &ok, "BYE", 2, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
    let record = &world.records[0];
    assert_eq!(
        record.origin,
        switchhook_routing::call::Origin::Trunk("provider".to_owned())
    );
    assert_eq!(record.callee, "bob");

    let wrong = contact.replace("line=", "line=0");
    let text = request("dave", "INVITE", &wrong, 1, "", &sdp("dave", 4000));
    world.send("dave", &text);
    world.expect_final("dave", 407);
}

#[test]
fn a_reload_that_changes_something_else_leaves_the_registration_alone() {
    let mut world = registering(|_| {});
    registered(&mut world);
    let mut config = (*world.exchange.core.config).clone();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[1].limits.calls = Some(7);
    world.input(Input::Command(Command::Configure(Arc::new(config))));
    world.expect_nothing("provider");
    assert_state(&world, RegistrationState::Registered, "for 600 s");
    assert_eq!(state(&world).limits.calls, Some(7));
}
