//! Contacts of one client: their order, their paths, their flows, their devices (RFC 3261 §16.6, 3327, 5626, 5627).

use std::time::Duration;

use switchhook_routing::verb::Verb;
use switchhook_sip::flow::Transport;
use switchhook_sip::message::Response;

use super::harness::*;
use super::wording::*;
use crate::input::Input;

fn contacts(response: &Response) -> Vec<String> {
    response
        .headers("Contact")
        .map(|contact| contact.into_owned())
        .collect()
}

fn call_1001(world: &mut World) {
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"])), respond(480)]));
    world.send("alice", &invite("alice", "1001", "", &sdp("alice", 4000)));
}

fn param(contact: &str, name: &str) -> String {
    let (_, rest) = contact.split_once(&format!("{name}=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn contacts_of_lower_preference_ring_when_those_above_have_failed() {
    let mut world = World::new();
    let at = |name: &str, q: &str| format!("Contact: <sip:x@{}>;q={q}\n", address(name));
    register(&mut world, "bob", "1001", 1, &at("bob", "0.8"));
    register(&mut world, "carol", "1001", 1, &at("carol", "0.8"));
    let ok = register(&mut world, "dave", "1001", 1, &at("dave", "0.1"));
    assert!(contacts(&ok)[2].contains(";q=0.100"), "{:?}", contacts(&ok));
    call_1001(&mut world);
    let (bob, carol) = (
        world.request_to("bob", "INVITE"),
        world.request_to("carol", "INVITE"),
    );
    world.expect_nothing("dave");
    world.answer("bob", &bob, 486, None);
    world.expect_nothing("dave");
    world.answer("carol", &carol, 180, None);
    world.answer("carol", &carol, 480, None);
    let dave = world.request_to("dave", "INVITE");
    world.answer("dave", &dave, 200, Some(&sdp("dave", 5000)));
    world.expect_final("alice", 200);
}

#[test]
fn contacts_that_only_ring_give_way_to_the_next_in_time() {
    let mut world = World::new();
    let at = |name: &str, q: &str| format!("Contact: <sip:x@{}>;q={q}\n", address(name));
    register(&mut world, "bob", "1001", 1, &at("bob", "1.0"));
    register(&mut world, "dave", "1001", 1, &at("dave", "0.5"));
    call_1001(&mut world);
    let bob = world.request_to("bob", "INVITE");
    world.answer("bob", &bob, 180, None);
    world.pass(Duration::from_secs(21));
    world.request_to("bob", "CANCEL");
    world.answer("bob", &bob, 487, None);
    let dave = world.request_to("dave", "INVITE");
    world.answer("dave", &dave, 603, None);
    world.expect_final("alice", 480);
    world.inbox("bob");
    world.inbox("dave");
    world.finish();
}

#[test]
fn a_decline_keeps_those_of_lower_preference_from_ringing() {
    let mut world = World::new();
    let at = |name: &str, q: &str| format!("Contact: <sip:x@{}>;q={q}\n", address(name));
    register(&mut world, "bob", "1001", 1, &at("bob", "1.0"));
    register(&mut world, "dave", "1001", 1, &at("dave", "0.5"));
    call_1001(&mut world);
    let bob = world.request_to("bob", "INVITE");
    world.answer("bob", &bob, 603, None);
    world.expect_nothing("dave");
    world.expect_final("alice", 480);
}

#[test]
fn the_path_of_a_registration_is_the_route_of_calls_to_it() {
    let mut world = World::new();
    let path = "Path: <sip:edge-2.test;lr>, <sip:edge-1.test;lr>;x=\"a,b\"\n";
    let via = "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx\n";
    let contact = "Contact: <sip:b@10.0.0.9:7777>\n";
    let extra = format!("{path}{via}{contact}Supported: path\nRequire: path\n");
    let ok = register(&mut world, "bob", "1001", 1, &extra);
    assert_eq!(ok.status(), 200);
    let echoed: Vec<_> = ok.headers("Path").collect();
    assert_eq!(echoed[0], "<sip:edge-2.test;lr>");
    assert_eq!(echoed.len(), 2);
    assert!(ok.header("Supported").unwrap().contains("path"));
    call_1001(&mut world);
    let invite = world.request_to("bob", "INVITE");
    assert_eq!(invite.uri().as_str(), "sip:b@10.0.0.9:7777");
    let routes: Vec<_> = invite.headers("Route").collect();
    assert_eq!(routes.len(), 2);
    assert!(routes[0].contains("edge-2") && routes[1].contains("edge-1"));
}

#[test]
fn what_comes_over_the_connection_of_a_proxy_is_not_taken_for_the_clients_own() {
    let mut world = World::new();
    world.transport = Transport::Tcp;
    let via = "Via: SIP/2.0/TCP 10.0.0.9;branch=z9hG4bKx\n";
    register(&mut world, "bob", "1001", 1, via);
    let mut text = invite("bob", "1002", "", &sdp("bob", 4000));
    text = text.replace("<sip:bob@example.test>", "<sip:1001@example.test>");
    world.send("bob", &text);
    world.expect_status("bob", 407);
}

#[test]
fn a_proxy_whose_connection_is_closed_is_connected_to_anew() {
    let mut world = World::new();
    world.transport = Transport::Tcp;
    let path = "Path: <sip:edge.test:5070;transport=tcp;lr;ob>\n";
    register(&mut world, "bob", "1001", 1, path);
    let flow = world.flow("bob");
    world.input(Input::FlowFailed { flow });
    assert_eq!(world.exchange.registrations(), 1);
    let now = &world.exchange.contacts("example.test")[0];
    assert_eq!(now.flow.connection, None);
    assert_eq!(
        now.flow.peer.to_string(),
        "192.0.2.20:5070",
        "never another address"
    );
}

#[test]
fn a_device_that_listens_where_it_registered_from_is_connected_to_anew() {
    let mut world = World::new();
    world.transport = Transport::Tcp;
    let own = "Contact: <sip:b@192.0.2.20:5062;transport=tcp>\n";
    register(&mut world, "bob", "1001", 1, own);
    let other = "Contact: <sip:b@192.0.2.99:5062;transport=tcp>\n";
    register(&mut world, "carol", "1002", 1, other);
    for name in ["bob", "carol"] {
        let flow = world.flow(name);
        world.input(Input::FlowFailed { flow });
    }
    let left = world.exchange.contacts("example.test");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].flow.peer.to_string(), "192.0.2.20:5062");
}

fn flow_of(instance: u32, reg_id: u32) -> String {
    format!(
        "Contact: <sip:b@10.0.0.5>;+sip.instance=\"<urn:uuid:{instance}>\";reg-id={reg_id}\nSupported: outbound, path\n"
    )
}

#[test]
fn a_device_with_two_flows_rings_once_and_over_the_other_when_one_fails() {
    let mut world = World::new();
    let ok = register(&mut world, "bob", "1001", 1, &flow_of(1, 1));
    assert_eq!(ok.header("Require").unwrap(), "outbound");
    assert_eq!(ok.header("Flow-Timer").unwrap(), "25");
    world.pass(Duration::from_secs(5));
    let ok = register(&mut world, "carol", "1001", 1, &flow_of(1, 2));
    assert_eq!(contacts(&ok).len(), 2);
    assert!(contacts(&ok)[1].ends_with(";reg-id=2"));
    call_1001(&mut world);
    let latest = world.request_to("carol", "INVITE");
    world.expect_nothing("bob");
    world.answer("carol", &latest, 430, None);
    let other = world.request_to("bob", "INVITE");
    assert_eq!(other.call_id(), latest.call_id());
    assert_eq!(
        world.exchange.registrations(),
        1,
        "the flow that has failed is gone"
    );
    world.answer("bob", &other, 430, None);
    world.expect_final("alice", 480);
    assert_eq!(world.exchange.registrations(), 0);
    world.inbox("carol");
    world.inbox("bob");
    world.finish();
}

#[test]
fn a_flow_that_cannot_be_sent_over_gives_way_to_the_next() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, &flow_of(1, 1));
    world.pass(Duration::from_secs(5));
    register(&mut world, "carol", "1001", 1, &flow_of(1, 2));
    call_1001(&mut world);
    world.request_to("carol", "INVITE");
    let flow = world.flow("carol");
    world.input(Input::FlowFailed { flow });
    world.request_to("bob", "INVITE");
}

#[test]
fn two_devices_ring_both() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, &flow_of(1, 1));
    register(&mut world, "carol", "1001", 1, &flow_of(2, 1));
    call_1001(&mut world);
    world.request_to("bob", "INVITE");
    world.request_to("carol", "INVITE");
}

#[test]
fn a_proxy_that_knows_no_flows_is_named_as_what_lacks() {
    let mut world = World::new();
    let via = "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx\n";
    let refused = register(&mut world, "bob", "1001", 1, &(flow_of(1, 1) + via));
    assert_eq!(refused.status(), 439);
    let path = "Path: <sip:edge.test;lr>\n";
    let refused = register(&mut world, "bob", "1001", 3, &(flow_of(1, 1) + via + path));
    assert_eq!(refused.status(), 439);
    let path = "Path: <sip:edge.test;lr;ob>\n";
    let ok = register(&mut world, "bob", "1001", 5, &(flow_of(1, 1) + via + path));
    assert_eq!(ok.header("Require").unwrap(), "outbound");
    assert!(
        ok.header("Flow-Timer").is_none(),
        "the flow ends at that proxy"
    );
    // A device that does not ask for it is registered all the same.
    let plain = flow_of(2, 1).replace("Supported: outbound, path\n", "");
    let ok = register(&mut world, "carol", "1001", 1, &(plain + via));
    assert!(ok.header("Require").is_none());
    assert!(!contacts(&ok)[1].contains("reg-id"), "{:?}", contacts(&ok));
}

#[test]
fn one_register_is_of_one_flow() {
    let mut world = World::new();
    let two = flow_of(1, 1).replace("\nSupported", ", <sip:c@10.0.0.6>\nSupported");
    assert_eq!(register(&mut world, "bob", "1001", 1, &two).status(), 400);
    let one = flow_of(1, 1).replace("\nSupported", ", <sip:c@10.0.0.6>;expires=0\nSupported");
    assert_eq!(register(&mut world, "bob", "1001", 3, &one).status(), 200);
}

fn with_gruu(instance: u32) -> String {
    flow_of(instance, 1).replace("outbound, path", "outbound, path, gruu")
}

#[test]
fn a_gruu_reaches_one_device_and_no_other() {
    let mut world = World::new();
    let ok = register(&mut world, "bob", "1001", 1, &with_gruu(1));
    let public = param(&contacts(&ok)[0], "pub-gruu");
    assert_eq!(public, "sip:1001@example.test;gr=urn:uuid:1");
    let first = param(&contacts(&ok)[0], "temp-gruu");
    let ok = register(&mut world, "bob", "1001", 3, &with_gruu(1));
    let second = param(&contacts(&ok)[0], "temp-gruu");
    assert_ne!(first, second, "each answer has another");
    assert!(!first.contains("1001"), "{first}");
    register(&mut world, "carol", "1001", 1, &with_gruu(2));
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"])), respond(480)]));
    for (cseq, gruu) in (1..).zip([&public, &first, &second]) {
        let text = request("alice", "INVITE", gruu, cseq, "", &sdp("alice", 4000));
        world.send(
            "alice",
            &text.replace("call-of-alice", &format!("call-{cseq}")),
        );
        let invite = world.request_to("bob", "INVITE");
        world.expect_nothing("carol");
        world.answer("bob", &invite, 486, None);
        world.expect_final("alice", 480);
        world.inbox("bob");
    }
    assert_eq!(world.records[1].callee, "1001", "plugins see the client");
}

#[test]
fn a_gruu_that_a_script_names_reaches_the_device() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, &with_gruu(1));
    register(&mut world, "carol", "1001", 1, &with_gruu(2));
    let gruu = "sip:1001@example.test;gr=urn:uuid:2";
    world.script = Some(Some(vec![Verb::Connect(ring(&[gruu]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.request_to("carol", "INVITE");
    world.expect_nothing("bob");
}

#[test]
fn a_gruu_of_nobody_is_unknown_and_one_of_another_domain_too() {
    let mut world = World::new();
    let ok = register_in(&mut world, "bob", ("1001", "other.test"), 1, &with_gruu(1));
    let temporary = param(&contacts(&ok)[0], "temp-gruu").replace("other.test", "example.test");
    for (cseq, uri) in (1..).zip([
        temporary.as_str(),
        "sip:tgruu.00000000000000000000000000000000@example.test;gr",
        "sip:tgruu.x@example.test;gr",
        "sip:tgruu.ffffffffffffffffffffffffffffffffffffff@example.test;gr",
    ]) {
        let text = request("alice", "INVITE", uri, cseq, "", &sdp("alice", 4000));
        world.send(
            "alice",
            &text.replace("call-of-alice", &format!("call-{cseq}")),
        );
        world.expect_status("alice", 404);
    }
    assert_eq!(world.asked, 0);
}

#[test]
fn hostile_contacts_are_refused_and_change_nothing() {
    let mut world = World::new();
    register(&mut world, "carol", "1001", 1, "");
    let long = "x".repeat(1_100);
    let many: Vec<_> = (0..40)
        .map(|i| format!("<sip:x@192.0.2.{i}>;expires=0"))
        .collect();
    let path: Vec<_> = (0..9).map(|i| format!("<sip:p{i}.test;lr>")).collect();
    let hostile = [
        "Contact: <mailto:a@b.test>\n".to_owned(),
        "Contact: <tel:+15550100>\n".to_owned(),
        "Contact: <sip:a b@192.0.2.20>\n".to_owned(),
        "Contact: <sip:a@192.0.2.20;x=\u{e9}>\n".to_owned(),
        "Contact: <sip:a@192.0.2.20;x=\"y\">\n".to_owned(),
        format!("Contact: <sip:{long}@192.0.2.20>\n"),
        format!("Contact: <sip:a@192.0.2.20>;+sip.instance=\"<urn:{long}>\"\n"),
        "Contact: <sip:a@192.0.2.20>;+sip.instance=\"<urn:x\\\"> , <sip:evil@203.0.113.66>\"\n"
            .to_owned(),
        format!("Contact: {}\n", many.join(", ")),
        format!("Path: {}\n", path.join(", ")),
        "Path: <tel:+1>\n".to_owned(),
        "Path: nonsense\n".to_owned(),
        "Contact: *\nContact: <sip:a@192.0.2.20>\nExpires: 0\n".to_owned(),
    ];
    for (place, extra) in hostile.iter().enumerate() {
        let cseq = 1 + 2 * place as u32;
        world.ladder();
        let uri = "sip:example.test";
        let text = |cseq: u32, more: &str| {
            request("bob", "REGISTER", uri, cseq, &format!("{extra}{more}"), "")
                .replace("To: <sip:example.test>", "To: <sip:1001@example.test>")
        };
        world.send("bob", &text(cseq, ""));
        let first = world.response_to("bob");
        let refused = match first.status() {
            401 => {
                let more = credentials(&first, ("1001", "secret"), "REGISTER", uri);
                world.send("bob", &text(cseq + 1, &more));
                world.response_to("bob")
            }
            _ => first,
        };
        assert_eq!(refused.status(), 400, "{extra}");
        assert_eq!(world.exchange.registrations(), 1, "{extra}");
    }
}

#[test]
fn header_fields_in_a_contact_are_not_carried_out() {
    let mut world = World::new();
    let contact = "Contact: <sip:b@192.0.2.20?Route=%3Csip:203.0.113.66%3E&Subject=x>\n";
    register(&mut world, "bob", "1001", 1, contact);
    call_1001(&mut world);
    let invite = world.request_to("bob", "INVITE");
    assert_eq!(invite.uri().as_str(), "sip:b@192.0.2.20");
    assert!(invite.header("Route").is_none() && invite.header("Subject").is_none());
}

#[test]
fn the_answer_tells_the_time() {
    let mut world = World::new();
    let ok = register(&mut world, "bob", "1001", 1, "");
    assert_eq!(ok.header("Date").unwrap(), "Fri, 15 Jan 2027 08:00:00 GMT");
}

#[test]
fn a_domain_and_a_client_have_room_for_so_many_contacts() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.registrations = Some(3);
    domain.client_limits.contacts = Some(2);
    domain.clients.get_mut("1002").unwrap().limits.contacts = Some(1);
    let mut world = World::with(config);
    let mut cseq = 1;
    let mut status = |world: &mut World, name: &str, user: &str| {
        cseq += 2;
        register(world, name, user, cseq, "").status()
    };
    assert_eq!(status(&mut world, "bob", "1001"), 200);
    assert_eq!(status(&mut world, "carol", "1001"), 200);
    assert_eq!(
        status(&mut world, "dave", "1001"),
        403,
        "more than the client may"
    );
    assert_eq!(status(&mut world, "bob", "1002"), 200);
    assert_eq!(
        status(&mut world, "carol", "1002"),
        403,
        "its own limit goes first"
    );
    let mut elsewhere = |name: &str, cseq| {
        let client = ("1001", "other.test");
        register_in(&mut world, name, client, cseq, "").status()
    };
    assert_eq!(elsewhere("bob", 51), 200, "another domain has its own room");
}
