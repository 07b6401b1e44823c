//! Clients that a gatekeeper lets in: what it is asked, what its grant means for registration and calls, and what holds when
//! it gives no answer.

use std::time::Duration;

use switchhook_media::sdp::Offer;
use switchhook_routing::call::{Origin, Variable};
use switchhook_routing::registration::{AssignedDialplan, DialplanEntry, Grant, Proof, Refusal};
use switchhook_routing::verb::Verb;
use switchhook_sip::flow::Transport;
use switchhook_sip::message::Response;

use super::harness::*;
use super::wording::*;
use crate::config::{Client, Config};
use crate::dialplan::Pattern;
use crate::input::{Command, Input};
use crate::kept::Kept;

/// H(1001:example.test:secret)
const HA1: &str = "c561b700074f3cd1b4b14b7f823fcdb7";
const URI: &str = "sip:example.test";

fn guarded() -> World {
    World::with(guarded_config())
}

fn guarded_config() -> Config {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let guarded = Client {
        username: "1001".to_owned(),
        ha1: None,
        gatekeeper: Some("porter".to_owned()),
        dialplan: None,
        limits: Default::default(),
        pickup_group: None,
        ..Client::default()
    };
    domain.clients.insert("1001".to_owned(), guarded.clone());
    let pattern = Pattern::new("2???").unwrap();
    domain.client_patterns = vec![(pattern, guarded)];
    config
}

fn grant(proof: Proof) -> Grant {
    Grant {
        proof,
        expires_seconds: None,
        dialplan: None,
        codecs: Vec::new(),
    }
}

fn checked() -> Option<Result<Grant, Refusal>> {
    Some(Ok(grant(Proof::Checked)))
}

fn text(name: &str, user: &str, cseq: u32, extra: &str) -> String {
    request(name, "REGISTER", URI, cseq, extra, "")
        .replace(
            "To: <sip:example.test>",
            &format!("To: <sip:{user}@example.test>"),
        )
        .replace(
            &format!("<sip:{name}@example.test>"),
            &format!("<sip:{user}@example.test>"),
        )
}

/// Sends a REGISTER and answers its challenge; the gatekeeper has been asked then.
fn knock(world: &mut World, name: &str, user: &str, cseq: u32, extra: &str) -> String {
    knock_with(world, name, (user, "secret"), cseq, extra)
}

fn knock_with(
    world: &mut World,
    name: &str,
    (user, password): (&str, &str),
    cseq: u32,
    extra: &str,
) -> String {
    world.send(name, &text(name, user, cseq, extra));
    let challenge = world.expect_status(name, 401);
    let more = credentials(&challenge, (user, password), "REGISTER", URI);
    let second = text(name, user, cseq + 1, &format!("{extra}{more}"));
    world.send(name, &second);
    second
}

/// Bob is registered as 1001, by this grant.
fn let_in(grant: Grant) -> World {
    let mut world = guarded();
    world.script = Some(Some(vec![respond(404)]));
    knock(&mut world, "bob", "1001", 1, "Expires: 120\n");
    world.gate(Some(Ok(grant)));
    world.expect_status("bob", 200);
    world
}

fn expires(response: &Response) -> Vec<String> {
    let contacts = response.headers("Contact");
    contacts
        .map(|c| c.rsplit_once("expires=").unwrap().1.to_owned())
        .collect()
}

fn invite_of(name: &str, user: &str, cseq: u32, extra: &str) -> String {
    let text = request(
        name,
        "INVITE",
        "sip:1002@example.test",
        cseq,
        extra,
        &sdp(name, 4000),
    );
    text.replace(
        &format!("<sip:{name}@example.test>"),
        &format!("<sip:{user}@example.test>"),
    )
}

#[test]
fn a_gatekeeper_is_asked_once_the_nonce_is_good() {
    let mut world = guarded();
    knock(&mut world, "bob", "1001", 1, "Expires: 120\nX-Model: T1\n");
    let request = &world.gates[0];
    assert_eq!(request.plugin, "porter");
    let registration = &request.registration;
    assert_eq!(registration.domain, "example.test");
    assert_eq!(registration.username, "1001");
    assert_eq!(registration.contacts, ["sip:bob@192.0.2.20:5060"]);
    assert_eq!(registration.expires_seconds, 120);
    assert_eq!(registration.source_address, "192.0.2.20:5060");
    let fields = &registration.headers;
    assert!(fields.iter().any(|field| field.name == "X-Model"));
    assert!(!fields.iter().any(|field| field.name == "Authorization"));
    let credentials = &registration.credentials;
    assert_eq!(
        (credentials.method.as_str(), credentials.uri.as_str()),
        ("REGISTER", URI)
    );
    assert_eq!(credentials.qop.as_deref(), Some("auth"));
    assert_eq!(credentials.response.len(), 32);
    world.expect_nothing("bob");
    world.gate(checked());
    let ok = world.expect_status("bob", 200);
    assert_eq!(expires(&ok), ["120"]);
    assert_eq!(world.exchange.counters().gates, 1);
    world.finish();
}

#[test]
fn proofs_are_checked_and_only_right_ones_let_in() {
    let password = |password: &str| Proof::Password(password.to_owned());
    let ha1 = |digits: &str| Proof::Ha1(digits.to_owned());
    let wrong = "0".repeat(32);
    for (proof, status) in [
        (Proof::Checked, 200),
        (password("secret"), 200),
        (password("wrong"), 403),
        (ha1(HA1), 200),
        (ha1(&HA1.to_uppercase()), 200),
        (ha1(&wrong), 403),
        (ha1("no hash"), 503),
    ] {
        let mut world = guarded();
        knock(&mut world, "bob", "1001", 1, "");
        world.gate(Some(Ok(grant(proof.clone()))));
        world.expect_status("bob", status);
        let registered = usize::from(status == 200);
        assert_eq!(world.exchange.registrations(), registered, "{proof:?}");
        world.finish();
    }
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    for (status, expected) in [
        (403, 403),
        (404, 404),
        (486, 486),
        (200, 403),
        (999, 403),
        (401, 401),
    ] {
        let mut world = guarded();
        knock(&mut world, "bob", "1001", 1, "");
        let reason = Some("Not\r\nToday".to_owned());
        world.gate(Some(Err(Refusal { status, reason })));
        let refused = world.expect_status("bob", expected);
        if expected == 401 {
            assert!(refused.header("WWW-Authenticate").is_some());
        } else {
            assert!(
                !refused.reason().contains(['\r', '\n']),
                "{}",
                refused.reason()
            );
        }
        world.finish();
    }
}

#[test]
fn credentials_are_good_once() {
    let mut world = guarded();
    let used = knock(&mut world, "bob", "1001", 1, "");
    world.gate(checked());
    world.expect_status("bob", 200);
    let replayed = used
        .replace("branch=z9hG4bK", "branch=z9hG4bKother")
        .replace("CSeq: 2", "CSeq: 3");
    world.send("bob", &replayed);
    let challenge = world.expect_status("bob", 401);
    assert!(
        challenge
            .header("WWW-Authenticate")
            .unwrap()
            .contains("stale=true")
    );
    assert!(world.gates.is_empty());
    world.finish();
}

#[test]
fn a_nonce_of_somebody_else_or_another_name_asks_nobody() {
    let mut world = guarded();
    world.send("bob", &text("bob", "1001", 1, ""));
    let challenge = world.expect_status("bob", 401);
    let good = credentials(&challenge, ("1001", "secret"), "REGISTER", URI);
    let nonce = good
        .split("nonce=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let forged = good.replace(nonce, &"0".repeat(nonce.len()));
    world.send("bob", &text("bob", "1001", 2, &forged));
    world.expect_status("bob", 401);
    let other = credentials(&challenge, ("1002", "secret"), "REGISTER", URI);
    world.send("bob", &text("bob", "1001", 3, &other));
    world.expect_status("bob", 403);
    assert!(world.gates.is_empty());
    world.finish();
}

#[test]
fn expires_is_brought_within_the_domains_limits() {
    for (granted, expected) in [
        (None, "120"),
        (Some(1), "30"),
        (Some(200), "200"),
        (Some(99_999), "3600"),
    ] {
        let mut world = guarded();
        knock(&mut world, "bob", "1001", 1, "Expires: 120\n");
        world.gate(Some(Ok(Grant {
            expires_seconds: granted,
            ..grant(Proof::Checked)
        })));
        let ok = world.expect_status("bob", 200);
        assert_eq!(expires(&ok), [expected]);
        world.finish();
    }
}

#[test]
fn retransmissions_and_other_registers_of_one_client_are_not_asked_twice() {
    let mut world = guarded();
    let first = knock(&mut world, "bob", "1001", 1, "");
    world.send("bob", &first);
    let challenged = text("carol", "1001", 1, "");
    world.send("carol", &challenged);
    assert_eq!(world.gates.len(), 1);
    world.expect_nothing("carol");
    world.gate(checked());
    world.expect_status("bob", 200);
    let challenge = world.expect_status("carol", 401);
    let more = credentials(&challenge, ("1001", "secret"), "REGISTER", URI);
    world.send("carol", &text("carol", "1001", 2, &more));
    assert_eq!(world.gates.len(), 1);
    world.gate(checked());
    let ok = world.expect_status("carol", 200);
    assert_eq!(ok.headers("Contact").count(), 2);
    assert_eq!(world.exchange.counters().gates, 2);
    world.finish();
}

#[test]
fn too_many_that_wait_are_told_to_come_again() {
    let mut world = guarded();
    knock(&mut world, "bob", "1001", 1, "");
    for cseq in 0..crate::limits::GATES_WAITING as u32 {
        world.send("carol", &text("carol", "1001", 10 + cseq, ""));
        world.expect_nothing("carol");
    }
    world.send("carol", &text("carol", "1001", 9, ""));
    let busy = world.expect_status("carol", 503);
    assert!(busy.header("Retry-After").is_some());
    world.gate(None);
    world.finish();
    assert!(world.gates.is_empty());
}

#[test]
fn without_an_answer_a_registered_client_stays_so_and_a_new_one_comes_again() {
    for way in ["too late", "failed", "cannot tell"] {
        let fail = |world: &mut World| match way {
            "too late" => world.pass(Duration::from_secs(6)),
            "failed" => world.gate(None),
            _ => world.gate(Some(Err(Refusal {
                status: 503,
                reason: None,
            }))),
        };
        let mut world = guarded();
        knock(&mut world, "bob", "1001", 1, "Expires: 60\n");
        world.gate(Some(Ok(Grant {
            expires_seconds: Some(100),
            ..grant(Proof::Password("secret".to_owned()))
        })));
        world.expect_status("bob", 200);
        world.pass(Duration::from_secs(40));
        knock(&mut world, "bob", "1001", 3, "Expires: 60\n");
        fail(&mut world);
        let ok = world.expect_status("bob", 200);
        assert_eq!(expires(&ok), ["100"], "as it was granted last");
        world.gates.clear();
        knock_with(&mut world, "bob", ("1001", "wrong"), 5, "Expires: 60\n");
        fail(&mut world);
        world.expect_status("bob", 403);
        world.gates.clear();
        let cases = [
            ("carol", "Expires: 60\n"),
            ("bob", "Contact: <sip:other@192.0.2.20>\nExpires: 60\n"),
            ("bob", "Expires: 0\n"),
            ("bob", "Contact: *\nExpires: 0\n"),
        ];
        for (at, (name, extra)) in (20..).step_by(2).zip(cases) {
            knock(&mut world, name, "1001", at, extra);
            fail(&mut world);
            let refused = world.expect_status(name, 503);
            assert!(refused.header("Retry-After").is_some());
            world.gates.clear();
        }
        assert_eq!(world.exchange.registrations(), 1);
        world.finish();
    }
}

#[test]
fn an_answer_that_comes_too_late_changes_nothing() {
    let mut world = guarded();
    knock(&mut world, "bob", "1001", 1, "");
    world.pass(Duration::from_secs(6));
    world.expect_status("bob", 503);
    world.gate(checked());
    world.expect_nothing("bob");
    assert_eq!(world.exchange.registrations(), 0);
    assert_eq!(world.exchange.counters().gates_lost, 1);
    world.finish();
}

#[test]
fn to_unregister_is_asked_as_well() {
    let mut world = let_in(grant(Proof::Checked));
    knock(&mut world, "bob", "1001", 5, "Expires: 0\n");
    let registration = &world.gates[0].registration;
    assert_eq!(registration.expires_seconds, 0);
    assert!(registration.contacts.is_empty());
    world.gate(checked());
    world.expect_status("bob", 200);
    assert_eq!(world.exchange.registrations(), 0);
    world.finish();
}

#[test]
fn a_client_that_was_only_let_in_calls_from_where_it_registered_and_from_nowhere_else() {
    let mut world = let_in(grant(Proof::Checked));
    world.send("bob", &invite_of("bob", "1001", 1, ""));
    world.expect_status("bob", 404);
    let origin = &world.events[0].subject.origin;
    assert_eq!(origin, &Origin::Client("1001".to_owned()));
    world.send("carol", &invite_of("carol", "1001", 1, ""));
    // As if it did not exist: nobody is to find out who does.
    world.expect_status("carol", 407);
    world.pass(Duration::from_secs(130));
    world.inbox("bob");
    world.send("bob", &invite_of("bob", "1001", 2, ""));
    world.expect_status("bob", 407);
    world.finish();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn a_client_whose_password_is_known_is_challenged_for_its_calls() {
    for proof in [
        Proof::Ha1(HA1.to_owned()),
        Proof::Password("secret".to_owned()),
    ] {
        let mut world = let_in(grant(proof));
        for (cseq, password, status) in [(1, "secret", 404), (3, "wrong", 403)] {
            world.send("carol", &invite_of("carol", "1001", cseq, ""));
            let challenge = world.expect_status("carol", 407);
            let uri = "sip:1002@example.test";
            let more = credentials(&challenge, ("1001", password), "INVITE", uri);
            world.send("carol", &invite_of("carol", "1001", cseq + 1, &more));
            world.expect_final("carol", status);
        }
        world.finish();
    }
}

#[test]
fn over_the_connection_that_it_registered_on_a_client_is_who_it_is() {
    let mut world = guarded();
    world.transport = Transport::Tcp;
    world.script = Some(Some(vec![respond(404)]));
    knock(&mut world, "bob", "1001", 1, "");
    world.gate(Some(Ok(grant(Proof::Password("secret".to_owned())))));
    world.expect_status("bob", 200);
    world.send("bob", &invite_of("bob", "1001", 1, ""));
    world.expect_status("bob", 404);
    world.finish();
}

#[test]
fn its_calls_use_the_dialplan_that_it_was_assigned() {
    let entry = |pattern: &str, plugins: &[&str]| DialplanEntry {
        pattern: pattern.to_owned(),
        plugins: plugins.iter().map(|plugin| (*plugin).to_owned()).collect(),
        variables: vec![Variable {
            name: "hook".to_owned(),
            value: pattern.to_owned(),
        }],
    };
    let entries = vec![entry("*", &["one", "two"]), entry("10??", &[])];
    let mut world = let_in(Grant {
        dialplan: Some(AssignedDialplan::Entries(entries)),
        ..grant(Proof::Checked)
    });
    world.script = None;
    world.send("bob", &invite_of("bob", "1001", 1, ""));
    let question = world.questions.remove(0);
    assert_eq!(question.plugins.len(), 1);
    assert_eq!(question.plugins[0].name, "porter", "its gatekeeper");
    assert_eq!(question.call.variables[0].value, "10??");
    let redial = Verb::Redial(switchhook_routing::verb::Redial {
        callee: "9".to_owned(),
    });
    world.decide(question, Some(vec![redial]));
    world.drain();
    let question = world.questions.remove(0);
    assert_eq!(question.plugins.len(), 2);
    assert_eq!(question.call.variables[0].value, "*");
    world.decide(question, Some(vec![respond(404)]));
    world.drain();
    world.expect_final("bob", 404);
    world.finish();
}

#[test]
fn a_grant_that_breaks_a_rule_is_none() {
    let entry = DialplanEntry {
        pattern: "{".to_owned(),
        plugins: Vec::new(),
        variables: Vec::new(),
    };
    let good = DialplanEntry {
        pattern: "*".to_owned(),
        ..entry.clone()
    };
    let plans = [
        AssignedDialplan::Named("no such".to_owned()),
        AssignedDialplan::Entries(vec![entry]),
        AssignedDialplan::Entries(vec![good; 65]),
    ];
    for plan in plans {
        let mut world = guarded();
        knock(&mut world, "bob", "1001", 1, "");
        world.gate(Some(Ok(Grant {
            dialplan: Some(plan),
            ..grant(Proof::Checked)
        })));
        world.expect_status("bob", 503);
        world.finish();
    }
}

#[test]
fn the_codecs_that_it_was_granted_hold_for_calls_to_it_while_it_is_registered() {
    let mut world = let_in(Grant {
        codecs: vec!["PCMA".to_owned()],
        ..grant(Proof::Checked)
    });
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(
        Offer::parse(to_bob.body()).unwrap().codecs(),
        ["PCMA", "telephone-event"]
    );
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn direct_among_the_codecs_that_it_was_granted_is_none_and_has_its_media_bypass_the_switch() {
    let mut config = guarded_config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[0].media.direct = true;
    let mut world = World::with(config);
    knock(&mut world, "bob", "1001", 1, "");
    world.gate(Some(Ok(Grant {
        codecs: vec!["PCMA".to_owned(), "DIRECT".to_owned()],
        ..grant(Proof::Checked)
    })));
    world.expect_status("bob", 200);
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let offer = Offer::parse(to_bob.body()).unwrap();
    assert_eq!(offer.codecs(), ["PCMA", "telephone-event"]);
    assert_eq!(offer.remote().rtp.unwrap().to_string(), "192.0.2.10:4000");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_client_of_a_pattern_registers_by_its_own_name() {
    let mut world = guarded();
    knock(&mut world, "bob", "2345", 1, "");
    assert_eq!(world.gates[0].registration.username, "2345");
    world.gate(checked());
    world.expect_status("bob", 200);
    world.script = Some(Some(vec![Verb::Connect(ring(&["2345"]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.request_to("bob", "INVITE");
    world.input(Input::Command(Command::HangUpAll));
    let mut config = config();
    config
        .domains
        .get_mut("example.test")
        .unwrap()
        .client_patterns
        .clear();
    world.input(Input::Command(Command::Configure(std::sync::Arc::new(
        config,
    ))));
    assert_eq!(
        world.exchange.registrations(),
        0,
        "nobody is called so any more"
    );
    world.finish();
}

#[test]
fn a_client_that_is_gone_meanwhile_does_not_get_in() {
    let mut world = guarded();
    knock(&mut world, "bob", "2345", 1, "");
    world.input(Input::Command(Command::Configure(std::sync::Arc::new(
        config(),
    ))));
    world.gate(checked());
    world.expect_status("bob", 403);
    world.finish();
}

/// What is left of a world after a restart.
fn after_restart(world: &World) -> World {
    let mut after = World::later(guarded_config(), 10);
    after.script = Some(Some(vec![respond(404)]));
    after.input(Input::Restore(world.kept.clone()));
    after
}

#[test]
fn a_grant_holds_over_a_restart_as_it_was() {
    for proof in [
        Proof::Ha1(HA1.to_owned()),
        Proof::Password("secret".to_owned()),
    ] {
        let world = let_in(grant(proof));
        let mut after = after_restart(&world);
        assert_eq!(after.exchange.registrations(), 1);
        after.send("bob", &invite_of("bob", "1001", 1, ""));
        let challenge = after.expect_status("bob", 407);
        let uri = "sip:1002@example.test";
        let wrong = credentials(&challenge, ("1001", "guess"), "INVITE", uri);
        after.send("bob", &invite_of("bob", "1001", 2, &wrong));
        after.expect_final("bob", 403);
        after.send("bob", &invite_of("bob", "1001", 3, ""));
        let challenge = after.expect_status("bob", 407);
        let right = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
        after.send("bob", &invite_of("bob", "1001", 4, &right));
        after.expect_final("bob", 404);
    }
}

#[test]
fn a_contact_without_its_grant_does_not_come_back() {
    let mut world = let_in(grant(Proof::Checked));
    for kept in &mut world.kept {
        if let Kept::Bindings(kept) = kept {
            kept.grant = None;
        }
    }
    assert_eq!(after_restart(&world).exchange.registrations(), 0);
}
