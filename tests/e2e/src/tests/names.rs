//! Calls to names: which records are asked for, and what happens when an address is dead.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use switchhook_routing::record::Disposition;
use switchhook_sip::flow::Transport;
use switchhook_sip::message::Request;
use switchhook_sip::method::Method;
use tokio::net::UdpSocket;

use crate::carrier::Carrier;
use crate::folder::Folder;
use crate::nameserver::{Data, NameServer};
use crate::world::{World, configuration};

/// A switch that sends all numbers to a URI, and asks this name server.
async fn world_calling(uri: &str, names: SocketAddr) -> World {
    let folder = Folder::new();
    let dialplan = format!(
        "\"*\" = {{ fallback = [{{ connect = {{ targets = [{{ endpoint = {{ uri = \"{uri}\" }} }}] }} }}] }}"
    );
    let dns = format!("[dns]\nservers = [\"{names}\"]\nfailover_seconds = 1\n");
    folder.write("switchhook.toml", configuration(&dns, &dialplan));
    World::start(folder).await
}

fn loopback(address: SocketAddr) -> Data {
    Data::Address(address.ip())
}

#[tokio::test]
async fn a_dead_host_first_in_the_dns_costs_one_call_a_second_and_the_next_one_nothing() {
    let dead = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let carrier = Carrier::start("127.0.0.1").await;
    let names = NameServer::start(vec![
        (
            "_sip._udp.carrier.test",
            Data::Srv(
                10,
                0,
                dead.local_addr().unwrap().port(),
                "dead.carrier.test",
            ),
        ),
        (
            "_sip._udp.carrier.test",
            Data::Srv(20, 0, carrier.address.port(), "live.carrier.test"),
        ),
        ("dead.carrier.test", loopback(dead.local_addr().unwrap())),
        ("live.carrier.test", loopback(carrier.address)),
    ])
    .await;
    let world = world_calling("sip:5000@carrier.test", names.address).await;
    let mut caller = world.phone("1001").await;
    let begun = Instant::now();
    let call = caller.call("5000").await.unwrap();
    assert!(begun.elapsed().as_millis() >= 1_000);
    caller.hang_up(call).await;
    let call = caller.call("5000").await.unwrap();
    caller.hang_up(call).await;
    let records = world.records(2).await;
    assert!(
        records
            .iter()
            .all(|record| record.disposition == Disposition::Answered)
    );
    let mut calls = std::collections::HashSet::new();
    let mut buffer = [0; 2048];
    while let Ok(length) = dead.try_recv(&mut buffer) {
        let request = Request::from_bytes(Bytes::copy_from_slice(&buffer[..length])).unwrap();
        calls.insert(request.call_id().to_owned());
    }
    assert_eq!(
        calls.len(),
        1,
        "the second call went to the live host at once"
    );
}

#[tokio::test]
async fn naptr_records_choose_the_transport() {
    let carrier = Carrier::start("127.0.0.1").await;
    let names = NameServer::start(vec![
        (
            "carrier.test",
            Data::Naptr(10, 10, "SIP+D2T", "_sip._tcp.carrier.test"),
        ),
        (
            "carrier.test",
            Data::Naptr(20, 10, "SIP+D2U", "_sip._udp.carrier.test"),
        ),
        (
            "_sip._tcp.carrier.test",
            Data::Srv(10, 0, carrier.address.port(), "live.carrier.test"),
        ),
        ("live.carrier.test", loopback(carrier.address)),
    ])
    .await;
    let world = world_calling("sip:5000@carrier.test", names.address).await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5000").await.unwrap();
    caller.hang_up(call).await;
    let (transport, _) = carrier.request(Method::Invite).await;
    assert_eq!(transport, Transport::Tcp);
}

#[tokio::test]
async fn a_name_of_the_hosts_file_needs_no_name_server() {
    let carrier = Carrier::start("127.0.0.1").await;
    let names = NameServer::start(Vec::new()).await;
    let uri = format!("sip:5000@localhost:{}", carrier.address.port());
    let world = world_calling(&uri, names.address).await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5000").await.unwrap();
    caller.hang_up(call).await;
    carrier.request(Method::Invite).await;
}
