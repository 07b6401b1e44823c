//! Which way requests go: TCP for large ones, names of next hops, names of ours by network, keep-alives.

use std::time::Duration;

use switchhook_routing::verb::Verb;
use switchhook_sip::flow::{Flow, Transport};

use super::harness::*;
use super::wording::*;
use crate::config::Network;
use crate::input::Input;
use crate::output::Output;

fn large() -> String {
    format!("Subject: {}\n", "x".repeat(1_200))
}

fn start_large(target: &str) -> World {
    let mut world = World::scripted(vec![Verb::Connect(ring(&[target])), respond(404)]);
    world.send(
        "alice",
        &invite("alice", "bob", &large(), &sdp("alice", 4000)),
    );
    world
}

fn tcp_to(world: &World, name: &str) -> Flow {
    Flow {
        transport: Transport::Tcp,
        listener: switchhook_sip::flow::ListenerId(1),
        connection: None,
        ..world.flow(name)
    }
}

#[test]
fn a_large_invite_goes_over_tcp_and_back_to_udp_under_the_same_branch_when_tcp_is_refused() {
    let mut world = start_large("bob");
    let by_tcp = world.request_to("bob", "INVITE");
    assert!(by_tcp.raw().len() > 1_300);
    assert_eq!(by_tcp.via().transport(), "TCP");
    assert!(by_tcp.header("Contact").unwrap().contains(";transport=tcp"));
    let flow = tcp_to(&world, "bob");
    world.input(Input::FlowFailed { flow });
    let by_udp = world.request_to("bob", "INVITE");
    assert_eq!(by_udp.via().transport(), "UDP");
    assert_eq!(by_udp.via().branch(), by_tcp.via().branch());
    assert!(!by_udp.header("Contact").unwrap().contains("transport"));
    world.answer("bob", &by_udp, 486, None);
    world.expect_status("alice", 404);

    // It is remembered: the next one goes by UDP at once.
    let again =
        invite("alice", "bob", &large(), &sdp("alice", 4000)).replace("Call-ID: ", "Call-ID: 2");
    let again = again.replace("branch=z9hG4bK", "branch=z9hG4bK2");
    world.inbox("bob");
    world.send("alice", &again);
    let by_udp = world.request_to("bob", "INVITE");
    assert_eq!(by_udp.via().transport(), "UDP");
    world.answer("bob", &by_udp, 486, None);
    world.finish();
}

#[test]
fn a_large_invite_that_was_cancelled_is_not_sent_again_when_tcp_is_refused() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob"])), respond(404)]);
    let first = invite("alice", "bob", &large(), &sdp("alice", 4000));
    world.send("alice", &first);
    world.request_to("bob", "INVITE");
    world.send("alice", &cancel(&first));
    let flow = tcp_to(&world, "bob");
    world.input(Input::FlowFailed { flow });
    world.expect_nothing("bob");
    world.finish();
}

#[test]
fn a_large_invite_to_a_uri_that_says_udp_and_one_to_a_registered_client_stay_on_udp() {
    let mut world = start_large("sip:x@192.0.2.20;transport=udp");
    let invite = world.request_to("bob", "INVITE");
    assert_eq!(invite.via().transport(), "UDP");
    world.answer("bob", &invite, 486, None);
    world.finish();
}

#[test]
fn a_next_hop_that_is_a_name_is_resolved_for_the_requests_of_the_dialog() {
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob"]))]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let text = response("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let contact = text
        .lines()
        .find(|line| line.starts_with("Contact"))
        .unwrap();
    let text = text.replace(contact, "Contact: <sip:bob@proxy.example>");
    world.send("bob", &text);
    // The ACK does not wait for the name.
    world.request_to("bob", "ACK");
    let (lookup, host) = world.resolves.remove(0);
    assert_eq!(host, "proxy.example");
    world.input(Input::Resolved {
        lookup,
        candidates: vec![candidate("carol")],
    });
    let ok = world.expect_final("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.finish();
}

#[test]
fn peers_of_a_network_are_told_the_address_that_is_known_there() {
    let mut config = config();
    for range in ["192.0.0.0/8", "192.0.2.20/32"] {
        config.listeners[0].networks.push(Network {
            range: range.parse().unwrap(),
            host: format!("{}.example", range.len()),
            port: Some(5070),
        });
    }
    config.media_networks = vec![("192.0.2.20".parse().unwrap(), "10.0.0.5".parse().unwrap())];
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(ring(&["bob"]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(to_bob.via().sent_by(), "13.example:5070");
    assert!(
        to_bob
            .header("Contact")
            .unwrap()
            .contains("13.example:5070")
    );
    assert!(String::from_utf8_lossy(to_bob.body()).contains("c=IN IP4 10.0.0.5"));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_final("alice", 200);
    assert!(ok.header("Contact").unwrap().contains("11.example:5070"));
    assert!(String::from_utf8_lossy(ok.body()).contains("c=IN IP4 192.0.2.1"));
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    world.request_to("bob", "ACK");
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn a_client_behind_nat_gets_datagrams_as_long_as_it_is_registered() {
    let mut config = config();
    config.timing.keep_alive = Some(Duration::from_secs(25));
    let mut world = World::with(config);
    register_behind_nat(&mut world);
    let sent = datagrams(&mut world, Duration::from_secs(70));
    assert!((2..=3).contains(&sent), "{sent}");
    let sent = datagrams(&mut world, Duration::from_secs(600));
    assert!(sent <= 10, "{sent}: the registration was for 300 s");
    assert_eq!(datagrams(&mut world, Duration::from_secs(600)), 0);
    assert!(world.exchange.poll_timeout().is_none());
}

fn register_behind_nat(world: &mut World) {
    let contact = "Contact: <sip:1001@10.1.2.3:5060>;expires=300\n";
    let response = register(world, "dave", "1001", 1, contact);
    assert_eq!(response.status(), 200);
}

/// How many datagrams with two line ends leave in this time.
fn datagrams(world: &mut World, duration: Duration) -> usize {
    let end = world.now + duration;
    let mut count = 0;
    while let Some(at) = world.exchange.poll_timeout().filter(|at| *at <= end) {
        world.now = world.now.max(at);
        world.exchange.handle(world.now, Input::Timeout);
        while let Some(output) = world.exchange.poll_output() {
            if let Output::Send { flow, bytes } = output {
                assert_eq!((flow, &*bytes), (world.flow("dave"), &b"\r\n\r\n"[..]));
                count += 1;
            }
        }
    }
    world.now = end;
    count
}
