//! Several exchanges: whose a message is.

use std::sync::Arc;

use bytes::Bytes;
use switchhook_sip::message::Request;

use super::harness::*;
use super::wording::*;
use crate::admission::domain_of;
use crate::config::trunks::{Registration, Trunk};
use crate::config::{Config, Domain};
use crate::owner::{Shares, exchange_of_domain};

/// The usual two domains and some more.
fn many_domains() -> Config {
    let mut config = config();
    for number in 0..20 {
        let name = format!("domain{number}.test");
        config.domains.insert(
            name.clone(),
            Domain {
                name,
                ..Domain::default()
            },
        );
    }
    config
}

fn bytes(text: &str) -> Bytes {
    Bytes::from(text.replace("\r\n", "\n").replace('\n', "\r\n"))
}

#[test]
fn a_domain_keeps_its_exchange_whatever_others_there_are() {
    // Fixed figures: a new version must not move domains either, since identifiers outlive a restart.
    let of = |name| exchange_of_domain(name, 4);
    assert_eq!(
        ["example.test", "EXAMPLE.test", "other.test", "domain7.test"].map(of),
        [3, 3, 0, 1]
    );
    let (_, configs) = Shares::split(many_domains(), 4);
    for (number, config) in (0..).zip(&configs) {
        assert!(config.domains.keys().all(|name| of(name) == number));
        assert_eq!(config.domains.len() + config.other_domains, 22);
        assert!(config.domains.len() > 2, "they are spread");
        assert_eq!(config.limits.calls, 5_000);
    }
}

#[test]
fn the_owner_of_a_request_is_the_exchange_that_finds_its_domain() {
    let uris = [
        "sip:bob@example.test",
        "sip:bob@OTHER.test:5080;transport=tcp",
        "sip:domain3.test",
        "sip:bob@192.0.2.1",
        "tel:+15550100",
        "sip:bob@elsewhere.test",
        "sip:bob@203.0.113.99",
    ];
    let froms = [
        "example.test",
        "domain5.test",
        "elsewhere.test",
        "192.0.2.1",
    ];
    let whole = many_domains();
    for exchanges in [1, 2, 3, 16, 64] {
        let (shares, configs) = Shares::split(whole.clone(), exchanges);
        for (uri, from) in uris.iter().flat_map(|uri| froms.map(|from| (uri, from))) {
            for (name, method) in [("alice", "INVITE"), ("mallory", "REGISTER")] {
                let text = request(name, method, uri, 1, "", "");
                let text = text.replace(&format!("{name}@example.test"), &format!("{name}@{from}"));
                let flow = World::new().flow(name);
                let owner = shares.owner(flow, &bytes(&text)).unwrap();
                let request = Request::from_bytes(bytes(&text)).unwrap();
                let chosen = domain_of(&whole, flow, &[], &request).map(|domain| &domain.name);
                for (number, config) in (0..).zip(&configs) {
                    let found = domain_of(config, flow, &[], &request).map(|domain| &domain.name);
                    let expected = chosen.filter(|_| number == owner);
                    if number == owner || chosen.is_none() {
                        assert_eq!(found, expected, "{text} of {exchanges}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_message_of_a_call_goes_to_one_exchange() {
    let exchanges = 5;
    let number = exchange_of_domain("example.test", exchanges);
    let (shares, mut configs) = Shares::split(many_domains(), exchanges);
    let mut world = World::numbered(configs.remove(usize::from(number)), number);
    let owner =
        |world: &World, name: &str, text: &str| shares.owner(world.flow(name), &bytes(text));
    let invite = invite("alice", "bob", "", &sdp("alice", 4000));
    assert_eq!(owner(&world, "alice", &invite), Some(number));
    assert_eq!(owner(&world, "alice", &cancel(&invite)), Some(number));
    world.send("alice", &invite);
    let to_bob = world.request_to("bob", "INVITE");
    let busy = response("bob", &to_bob, 180, None);
    assert_eq!(owner(&world, "bob", &busy), Some(number));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.request_to("bob", "ACK");
    // Within the dialog the Request-URI is our Contact, which names no domain.
    for method in ["ACK", "INFO", "BYE"] {
        let text = by_caller("alice", &ok, method, 2, "");
        assert_eq!(owner(&world, "alice", &text), Some(number), "{text}");
        let text = by_callee("bob", &to_bob, method, 2, "");
        assert_eq!(owner(&world, "bob", &text), Some(number), "{text}");
    }
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn the_ack_of_a_refusal_goes_to_the_exchange_that_refused() {
    let exchanges = 5;
    let number = exchange_of_domain("elsewhere.test", exchanges);
    let (shares, mut configs) = Shares::split(many_domains(), exchanges);
    let mut world = World::numbered(configs.remove(usize::from(number)), number);
    let text = request("alice", "INVITE", "sip:bob@elsewhere.test", 1, "", "");
    let flow = world.flow("alice");
    assert_eq!(shares.owner(flow, &bytes(&text)), Some(number));
    world.send("alice", &text);
    let refused = world.expect_status("alice", 404);
    let ack = by_caller("alice", &refused, "ACK", 1, "");
    assert_eq!(shares.owner(flow, &bytes(&ack)), Some(number));
}

#[test]
fn a_forged_number_and_bytes_that_are_no_message_reach_no_wrong_place() {
    let (shares, _) = Shares::split(many_domains(), 2);
    let world = World::new();
    let flow = world.flow("mallory");
    let text = request("mallory", "BYE", "sip:bob@example.test", 1, "", "");
    let own = Some(exchange_of_domain("example.test", 2));
    for tag in ["shff00000000000000", "sh", "shzz"] {
        let to = format!("To: <sip:bob@example.test>;tag={tag}");
        let text = text.replace("To: <sip:bob@example.test>", &to);
        assert_eq!(shares.owner(flow, &bytes(&text)), own, "{tag}");
    }
    assert_eq!(shares.owner(flow, &Bytes::from_static(b"nonsense")), None);
    let stray = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsh99x\nFrom: <sip:a@b>;tag=1\n\
                 To: <sip:a@b>;tag=2\nCall-ID: 1\nCSeq: 1 INVITE\nContent-Length: 0\n\n";
    assert_eq!(shares.owner(flow, &bytes(stray)), None);
}

#[test]
fn the_only_domain_of_an_exchange_is_not_taken_for_the_only_one_of_the_switch() {
    let mut config = config();
    config.domains.retain(|name, _| name == "other.test");
    config.other_domains = 1;
    let flow = World::new().flow("mallory");
    let text = request("mallory", "INVITE", "sip:bob@192.0.2.1", 1, "", "");
    let request = Request::from_bytes(bytes(&text)).unwrap();
    assert!(domain_of(&config, flow, &[], &request).is_none());
    config.other_domains = 0;
    let config = Arc::new(config);
    assert!(domain_of(&config, flow, &[], &request).is_some());
}

#[test]
fn of_two_domains_at_one_carrier_the_one_whose_contact_is_called_gets_the_call() {
    let mut whole = many_domains();
    let token = Registration::token_of("b.example", "carrier", "b-user", "hunter2");
    for name in ["a.example", "b.example"] {
        let registration = Registration {
            user: "b-user".to_owned(),
            token: token.clone(),
            ..Registration::default()
        };
        let trunk = Trunk {
            name: "carrier".to_owned(),
            sources: vec!["198.51.100.1".parse().unwrap()],
            certificate_names: vec![format!("carrier-of-{name}")],
            registration: Some(registration).filter(|_| name == "b.example"),
            ..Trunk::default()
        };
        let domain = Domain {
            name: name.to_owned(),
            trunks: vec![trunk],
            ..Domain::default()
        };
        whole.domains.insert(name.to_owned(), domain);
    }
    whole
        .domains
        .get_mut("example.test")
        .unwrap()
        .trunks
        .clear();
    let flow = World::new().flow("provider");
    let line = format!("sip:anybody@192.0.2.1:5060;line={token}");
    for exchanges in [2, 5, 64] {
        let (shares, configs) = Shares::split(whole.clone(), exchanges);
        for (uri, names, expected) in [
            (line.as_str(), vec![], "b.example"),
            (line.as_str(), vec!["carrier-of-a.example"], "b.example"),
            ("sip:x@192.0.2.1", vec!["carrier-of-b.example"], "b.example"),
            ("sip:b-user@192.0.2.1", vec![], "b.example"),
            ("sip:x@192.0.2.1", vec![], "a.example"),
        ] {
            let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
            let text = request("provider", "INVITE", uri, 1, "", "");
            let owner = shares.owner_of(flow, &names, &bytes(&text)).unwrap();
            let request = Request::from_bytes(bytes(&text)).unwrap();
            for config in [&whole, &configs[usize::from(owner)]] {
                let found = domain_of(config, flow, &names, &request).unwrap();
                assert_eq!(found.name, expected, "{uri} of {exchanges}");
            }
        }
    }
}
