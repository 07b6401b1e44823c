//! Which way messages go: TCP for large requests, IPv6, a new connection for a response, STUN on the sockets of SIP.

use std::time::Duration;

use switchhook_phone::config::Behaviour;
use switchhook_routing::record::Disposition;
use switchhook_sip::flow::Transport;
use switchhook_sip::method::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;

use crate::carrier::Carrier;
use crate::folder::Folder;
use crate::telephone::Telephone;
use crate::world::{PATIENCE, World, configuration};

/// A switch with these listeners beside its own, which sends every number to these targets.
async fn world_with(listeners: &str, targets: &str) -> World {
    let folder = Folder::new();
    let dialplan = format!("\"*\" = {{ fallback = [{{ connect = {{ {targets} }} }}] }}");
    folder.write("switchhook.toml", configuration(listeners, &dialplan));
    World::start(folder).await
}

/// A target with so many bytes of header fields.
fn large(uri: &str) -> String {
    let value = "x".repeat(1_300);
    format!(
        "targets = [{{ endpoint = {{ uri = \"{uri}\" }} }}], headers = [{{ name = \"X-Large\", value = \"{value}\" }}]"
    )
}

#[tokio::test]
async fn a_request_too_large_for_a_datagram_goes_by_tcp() {
    let carrier = Carrier::start("127.0.0.1").await;
    let world = world_with("", &large(&format!("sip:5@{}", carrier.address))).await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    let (transport, invite) = carrier.request(Method::Invite).await;
    assert_eq!(
        (transport, invite.via().transport()),
        (Transport::Tcp, "TCP")
    );
    // What follows stays on the connection.
    assert_eq!(carrier.request(Method::Bye).await.0, Transport::Tcp);
}

#[tokio::test]
async fn where_tcp_is_refused_it_goes_by_udp_after_all() {
    let carrier = Carrier::without_tcp("127.0.0.1").await;
    let world = world_with("", &large(&format!("sip:5@{}", carrier.address))).await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    let (transport, invite) = carrier.request(Method::Invite).await;
    assert_eq!(
        (transport, invite.via().transport()),
        (Transport::Udp, "UDP")
    );
}

const SIX: &str = r#"
[[listen]]
transport = "udp"
address = "[::1]:0"

[[listen]]
transport = "tcp"
address = "[::1]:0"
"#;

async fn six_phone(
    world: &World,
    username: &str,
    transport: Transport,
    answers: bool,
) -> Telephone {
    let mut config = world.agent(username, transport);
    let listeners = world.running.listeners().iter();
    let found = listeners.filter(|(t, address)| *t == transport && address.is_ipv6());
    config.server = found.map(|(_, address)| *address).next().unwrap();
    config.behaviour = Behaviour {
        auto_answer_after: answers.then_some(Duration::ZERO),
        ..Behaviour::default()
    };
    Telephone::registered(config).await
}

#[tokio::test]
async fn phones_with_ipv6_call_each_other_and_one_with_ipv4() {
    let world = world_with(SIX, "targets = [{ endpoint = { client = \"1003\" } }]").await;
    let mut callee = six_phone(&world, "1003", Transport::Udp, true).await;
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut caller = six_phone(&world, "1001", transport, false).await;
        let call = caller.call("1003").await.unwrap();
        caller.hang_up(call).await;
        callee.ended().await;
    }
    let mut caller = world.phone("1002").await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    let records = world.records(3).await;
    assert!(
        records
            .iter()
            .all(|record| record.disposition == Disposition::Answered)
    );
}

#[tokio::test]
async fn a_call_from_ipv4_to_a_carrier_with_ipv6_is_told_addresses_that_each_side_has() {
    let carrier = Carrier::start("::1").await;
    let uri = format!("sip:5@{}", carrier.address);
    let world = world_with(
        SIX,
        &format!("targets = [{{ endpoint = {{ uri = \"{uri}\" }} }}]"),
    )
    .await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    let (_, invite) = carrier.request(Method::Invite).await;
    assert!(invite.via().host().starts_with("[::1]"), "{invite:?}");
    let sdp = String::from_utf8_lossy(invite.body()).into_owned();
    assert!(sdp.contains("c=IN IP6 ::1"), "{sdp}");
}

#[tokio::test]
async fn a_response_whose_connection_is_gone_comes_over_a_new_one() {
    let folder = Folder::new();
    let dialplan = "\"*\" = { fallback = [\"client:1003\"] }\n\
        [[domains.\"example.org\".trunks]]\nname = \"t\"\nsources = [\"127.0.0.1\"]\ndialplan = \"default\"\n";
    folder.write("switchhook.toml", configuration("", dialplan));
    let world = World::start(folder).await;
    let mut config = world.agent("1003", Transport::Udp);
    config.behaviour.auto_answer_after = Some(Duration::from_millis(500));
    let _callee = Telephone::registered(config).await;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap();
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n";
    let invite = format!(
        "INVITE sip:7@example.org SIP/2.0\r\nVia: SIP/2.0/TCP {own};branch=z9hG4bK1\r\n\
         From: <sip:1@example.org>;tag=1\r\nTo: <sip:7@example.org>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\
         Max-Forwards: 70\r\nContact: <sip:{own};transport=tcp>\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    );
    let server = world.running.address(Transport::Tcp).unwrap();
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(invite.as_bytes()).await.unwrap();
    let mut buffer = vec![0; 4_096];
    let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap();
    assert!(buffer[..length.unwrap()].starts_with(b"SIP/2.0 100"));
    drop(stream);
    let accepted = timeout(PATIENCE, listener.accept()).await.unwrap();
    let (mut stream, _) = accepted.unwrap();
    let mut heard = Vec::new();
    while !heard.windows(14).any(|part| part == b"SIP/2.0 200 OK") {
        let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap();
        let length = length.unwrap();
        assert_ne!(length, 0, "{}", String::from_utf8_lossy(&heard));
        heard.extend(&buffer[..length]);
    }
}

#[tokio::test]
async fn stun_on_a_sip_socket_says_where_one_is_seen() {
    let world = world_with("", "targets = [{ endpoint = { client = \"1003\" } }]").await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let server = world.running.address(Transport::Udp).unwrap();
    let request = [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat();
    socket.send_to(&request, server).await.unwrap();
    let mut buffer = [0; 128];
    let length = timeout(PATIENCE, socket.recv(&mut buffer))
        .await
        .unwrap()
        .unwrap();
    let port = u16::from_be_bytes([buffer[26] ^ 0x21, buffer[27] ^ 0x12]);
    assert_eq!((length, &buffer[..2]), (32, &[1, 1][..]));
    assert_eq!(port, socket.local_addr().unwrap().port());
}

#[tokio::test]
async fn two_line_ends_over_tcp_are_answered_with_one() {
    let world = world_with("", "targets = [{ endpoint = { client = \"1003\" } }]").await;
    let server = world.running.address(Transport::Tcp).unwrap();
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    timeout(PATIENCE, stream.read_exact(&mut pong))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&pong, b"\r\n");
}
