//! REGISTER, and calls to those who have registered.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::verb::Verb;
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::Transport;

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};
use crate::output::ViewChange;

fn contacts(response: &switchhook_sip::message::Response) -> Vec<String> {
    response
        .headers("Contact")
        .map(|contact| contact.into_owned())
        .collect()
}

fn shown(world: &World) -> Vec<String> {
    let last = world.views.iter().rev().find_map(|view| match view {
        ViewChange::Contacts { contacts, .. } => Some(contacts.clone()),
        _ => None,
    });
    last.unwrap_or_default()
}

#[test]
fn a_client_registers_and_the_answer_lists_its_contacts() {
    let mut world = World::new();
    let ok = register(&mut world, "bob", "1001", 1, "Expires: 120\n");
    assert_eq!(ok.status(), 200);
    assert_eq!(contacts(&ok), ["<sip:bob@192.0.2.20:5060>;expires=120"]);
    let ok = register(&mut world, "carol", "1001", 1, "Expires: 60\n");
    assert_eq!(contacts(&ok).len(), 2);
    assert_eq!(
        shown(&world),
        ["sip:bob@192.0.2.20:5060", "sip:carol@192.0.2.30:5060"]
    );
    assert_eq!(world.exchange.registrations(), 2);
    world.pass(ALL_TIMERS);
    assert!(world.exchange.is_idle(), "registrations do not count");
}

#[test]
fn a_refresh_prolongs_and_expiry_removes() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "Expires: 60\n");
    world.pass(Duration::from_secs(50));
    register(&mut world, "bob", "1001", 3, "Expires: 60\n");
    world.pass(Duration::from_secs(50));
    assert_eq!(world.exchange.registrations(), 1);
    world.pass(Duration::from_secs(11));
    assert_eq!(world.exchange.registrations(), 0);
    assert!(shown(&world).is_empty());
    assert_eq!(
        world.exchange.poll_timeout().is_none(),
        world.exchange.is_idle()
    );
}

#[test]
fn times_are_brought_within_the_domains_limits() {
    let mut world = World::new();
    let brief = register(&mut world, "bob", "1001", 1, "Expires: 5\n");
    assert_eq!(brief.status(), 423);
    assert_eq!(brief.header("Min-Expires").unwrap(), "30");
    let long = register(&mut world, "bob", "1001", 3, "Expires: 999999\n");
    assert!(contacts(&long)[0].ends_with("expires=3600"));
    let none = register(&mut world, "carol", "1001", 1, "");
    assert!(contacts(&none)[1].ends_with("expires=300"));
}

#[test]
fn one_contact_or_all_can_be_removed() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    register(&mut world, "carol", "1001", 1, "");
    let ok = register(&mut world, "bob", "1001", 3, "Expires: 0\n");
    assert_eq!(contacts(&ok).len(), 1);
    let bad = register(&mut world, "bob", "1001", 5, "Contact: *\nExpires: 60\n");
    assert_eq!(bad.status(), 400);
    let ok = register(&mut world, "bob", "1001", 7, "Contact: *\nExpires: 0\n");
    assert!(contacts(&ok).is_empty());
    assert_eq!(world.exchange.registrations(), 0);
}

#[test]
fn a_register_without_contact_only_asks() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    let uri = "sip:example.test";
    let text = |cseq, extra: &str| {
        let text = request("dave", "REGISTER", uri, cseq, extra, "");
        let text = text.replace("To: <sip:example.test>", "To: <sip:1001@example.test>");
        let lines = text.lines().filter(|line| !line.starts_with("Contact:"));
        format!("{}\n\n", lines.collect::<Vec<_>>().join("\n").trim_end())
    };
    world.send("dave", &text(1, ""));
    let challenge = world.expect_status("dave", 401);
    let extra = credentials(&challenge, ("1001", "secret"), "REGISTER", uri);
    world.send("dave", &text(2, &extra));
    let ok = world.expect_status("dave", 200);
    assert_eq!(contacts(&ok).len(), 1);
}

#[test]
fn a_client_registers_itself_only() {
    let mut world = World::new();
    let uri = "sip:example.test";
    let text = |cseq, extra: &str| {
        request("bob", "REGISTER", uri, cseq, extra, "")
            .replace("To: <sip:example.test>", "To: <sip:1002@example.test>")
    };
    world.send("bob", &text(1, ""));
    let challenge = world.expect_status("bob", 401);
    let extra = credentials(&challenge, ("1001", "secret"), "REGISTER", uri);
    world.send("bob", &text(2, &extra));
    world.expect_status("bob", 403);
}

#[test]
fn an_older_register_of_the_same_call_id_does_not_undo_a_newer_one() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 10, "");
    let late = register(&mut world, "bob", "1001", 4, "Expires: 0\n");
    assert_eq!(late.status(), 500);
    assert_eq!(world.exchange.registrations(), 1);
}

#[test]
fn there_is_a_limit_to_the_contacts_of_one_client() {
    let mut world = World::new();
    let many: Vec<_> = (0..11).map(|i| format!("<sip:x@192.0.2.{i}>")).collect();
    let refused = register(
        &mut world,
        "bob",
        "1001",
        1,
        &format!("Contact: {}\n", many.join(", ")),
    );
    assert_eq!(refused.status(), 403);
    assert_eq!(world.exchange.registrations(), 0);
}

#[test]
fn a_rebooted_device_replaces_its_old_contact() {
    let mut world = World::new();
    let contact = |port| {
        format!("Contact: <sip:b@192.0.2.20:{port}>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\n")
    };
    register(&mut world, "bob", "1001", 1, &contact(6001));
    let ok = register(&mut world, "bob", "1001", 3, &contact(6002));
    let contacts = contacts(&ok);
    assert_eq!(contacts.len(), 1);
    assert!(contacts[0].contains("6002") && contacts[0].contains("urn:uuid:1"));
}

#[test]
fn a_closed_connection_takes_its_contacts_along() {
    let mut world = World::new();
    world.transport = switchhook_sip::flow::Transport::Tcp;
    register(&mut world, "bob", "1001", 1, "");
    let flow = world.flow("bob");
    world.input(crate::input::Input::FlowFailed { flow });
    assert_eq!(world.exchange.registrations(), 0);
    assert!(shown(&world).is_empty());
}

#[test]
fn a_call_reaches_all_contacts_of_a_client_where_they_registered_from() {
    let mut world = World::new();
    register(
        &mut world,
        "bob",
        "1001",
        1,
        "Contact: <sip:b@10.0.0.5:1234>\n",
    );
    register(&mut world, "carol", "1001", 1, "");
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.send("alice", &invite("alice", "1001", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(
        to_bob.uri().as_str(),
        "sip:b@10.0.0.5:1234",
        "as registered, but sent to its flow"
    );
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    let answer = response_with(
        "bob",
        &to_bob,
        200,
        "Contact: <sip:b@10.0.0.5:1234>\n",
        Some(&sdp("bob", 5000)),
    );
    world.send("bob", &answer);
    world.request_to("bob", "ACK");
    world.request_to("carol", "CANCEL");
    world.answer("carol", &to_carol, 487, None);
    world.expect_status("alice", 180);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    let counts: Vec<_> = (world.views.iter())
        .filter_map(|view| match view {
            ViewChange::ActiveCalls { client, count, .. } => Some((client.as_str(), *count)),
            _ => None,
        })
        .collect();
    assert_eq!(
        counts,
        [("1001", 1), ("1001", 0)],
        "two contacts are one call"
    );
    world.pass(ALL_TIMERS);
    assert!(world.exchange.is_idle());
}

#[test]
fn a_client_of_one_domain_cannot_be_reached_from_another() {
    let mut world = World::new();
    register_in(&mut world, "bob", ("1001", "other.test"), 1, "");
    world.script = Some(Some(vec![
        Verb::Connect(ring(&["1001"])),
        Verb::Connect(ring(&["sip:1001@other.test"])),
        respond(404),
    ]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.expect_status("alice", 404);
    world.expect_nothing("bob");
}

#[test]
fn a_new_configuration_removes_the_contacts_of_clients_that_are_gone() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    let mut config = config();
    config
        .domains
        .get_mut("example.test")
        .unwrap()
        .clients
        .remove("1001");
    let command = crate::input::Command::Configure(std::sync::Arc::new(config));
    world.input(crate::input::Input::Command(command));
    assert_eq!(world.exchange.registrations(), 0);
    assert!(shown(&world).is_empty());
}

#[test]
fn a_new_password_puts_out_who_holds_a_connection_with_the_old_one() {
    let mut world = World::new();
    world.transport = Transport::Tcp;
    let extra = |name| format!("Contact: <sip:me@{};transport=tcp>\n", address(name));
    register(&mut world, "mallory", "1001", 1, &extra("mallory"));
    register(&mut world, "bob", "1002", 1, &extra("bob"));
    let mut config = config();
    let same = Command::Configure(Arc::new(config.clone()));
    world.input(Input::Command(same));
    assert_eq!(world.exchange.registrations(), 2, "nothing has changed");
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.get_mut("1001").unwrap().ha1 =
        Some(Ha1::from_password("1001", "example.test", "new"));
    world.input(Input::Command(Command::Configure(Arc::new(config))));
    assert_eq!(world.exchange.registrations(), 1, "that of 1002");
    let call = |name: &str, user: &str| {
        let text = request(
            name,
            "INVITE",
            "sip:1002@example.test",
            9,
            "",
            &sdp(name, 4000),
        );
        text.replace(
            &format!("<sip:{name}@example.test>"),
            &format!("<sip:{user}@example.test>"),
        )
    };
    world.script = None;
    world.send("mallory", &call("mallory", "1001"));
    world.expect_status("mallory", 407);
    assert_eq!(world.asked, 0);
    world.send("bob", &call("bob", "1002"));
    assert_eq!(world.asked, 1, "who is not concerned goes on");
}
