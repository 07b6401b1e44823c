//! A switch with two exchanges: each has a domain, and what arrives at the wrong one's socket is handed over.

use std::time::Duration;

use switchhook_call::exchange::Exchange;
use switchhook_call::owner::exchange_of_domain;
use switchhook_daemon::cli::phone::agent::AgentConfig;
use switchhook_daemon::control::{Answer, Request, ask};
use switchhook_routing::record::Disposition;
use switchhook_sip::flow::Transport;

use crate::folder::Folder;
use crate::telephone::Telephone;
use crate::world::{DOMAIN, PATIENCE, World, configuration, eventually};

/// With two exchanges this is not the one of [`DOMAIN`].
const SECOND: &str = "second.example";
const BOTH: [&str; 2] = [DOMAIN, SECOND];

fn settings(domains: &[&str]) -> String {
    let guest = format!(
        "[plugins.connect]\nfile = \"connect.wasm\"\n{}\n",
        crate::world::BUDGET
    );
    let mut text = configuration(&guest, "\"*\" = \"connect\"");
    text.push_str("[signalling]\nexchanges = 2\n");
    for domain in domains.iter().filter(|domain| **domain != DOMAIN) {
        text.push_str(&format!(
            "[domains.\"{domain}\"]\ndefault_destination = [\"client:1003\"]\n\
             clients = [{{ username = \"1001\", password = \"a secret\" }}, {{ username = \"1003\", password = \"a secret\" }}]\n\
             [domains.\"{domain}\".dialplans.default]\n\"*\" = \"connect\"\n"
        ));
    }
    text
}

async fn two_exchanges(domains: &[&str]) -> World {
    let folder = Folder::new();
    folder.write("connect.wasm", switchhook_guests::guest("connect"));
    folder.write("switchhook.toml", settings(domains));
    World::start(folder).await
}

fn agent(world: &World, username: &str, domain: &str, transport: Transport) -> AgentConfig {
    let mut config = world.agent(username, transport);
    domain.clone_into(&mut config.domain);
    config.behaviour.auto_answer_after = (username == "1003").then_some(Duration::ZERO);
    config
}

/// A call within a domain, both phones by this transport; gives the phones back.
async fn call(world: &World, domain: &str, transport: Transport) {
    let mut callee = Telephone::registered(agent(world, "1003", domain, transport)).await;
    let mut caller = Telephone::registered(agent(world, "1001", domain, transport)).await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn calls_of_two_domains_are_connected_whichever_socket_their_messages_arrive_at() {
    assert_ne!(exchange_of_domain(DOMAIN, 2), exchange_of_domain(SECOND, 2));
    let world = two_exchanges(&BOTH).await;
    let mut calls = 0;
    // Which loop gets a peer is the kernel's choice by port: some of these are certain to cross.
    for transport in [
        Transport::Udp,
        Transport::Tcp,
        Transport::Udp,
        Transport::Tcp,
    ] {
        for domain in BOTH {
            call(&world, domain, transport).await;
            calls += 1;
        }
    }
    let operator = world.running.operator();
    let taken = operator.inspect(|exchange| exchange.counters().calls).await;
    assert_eq!(taken, [calls / 2, calls / 2], "each has its own domain's");
    let status = world.running.status().await.unwrap();
    assert_eq!(status.counters.calls, calls);
    let records = world.records(calls as usize).await;
    for domain in BOTH {
        let own = records.iter().filter(|record| record.domain == domain);
        assert_eq!(own.count(), calls as usize / 2);
    }
    assert!(
        records
            .iter()
            .all(|record| record.disposition == Disposition::Answered)
    );
}

#[tokio::test]
async fn a_connection_that_is_gone_is_gone_in_the_other_exchange_too() {
    let world = two_exchanges(&BOTH).await;
    let connected = async || {
        let of = |exchange: &Exchange| {
            let domains = exchange.domains().into_iter();
            let contacts = domains.flat_map(|domain| exchange.contacts(&domain));
            contacts
                .filter(|contact| contact.flow.connection.is_some())
                .count()
        };
        world.running.operator().inspect(of).await
    };
    let mut phones = Vec::new();
    for domain in [DOMAIN, SECOND, DOMAIN, SECOND, DOMAIN, SECOND] {
        phones.push(Telephone::registered(agent(&world, "1001", domain, Transport::Tcp)).await);
    }
    assert_eq!(connected().await, [3, 3]);
    drop(phones);
    eventually("no contact is reached over a connection", async || {
        (connected().await == [0, 0]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_reload_brings_a_domain_to_its_exchange_and_disturbs_no_call() {
    let world = two_exchanges(&[DOMAIN]).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let up = caller.call("1003").await.unwrap();
    world.folder.write("switchhook.toml", settings(&BOTH));
    let socket = world.folder.file("control.sock");
    let answer = ask(&socket, &Request::Reload).await.unwrap();
    assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    call(&world, SECOND, Transport::Udp).await;
    assert!(caller.stays_connected().await);
    caller.hang_up(up).await;
    callee.ended().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_the_calls_of_every_exchange() {
    let world = two_exchanges(&BOTH).await;
    let mut up = Vec::new();
    for domain in BOTH {
        let callee = Telephone::registered(agent(&world, "1003", domain, Transport::Udp)).await;
        let mut caller = Telephone::registered(agent(&world, "1001", domain, Transport::Udp)).await;
        let call = caller.call("1003").await.unwrap();
        let late = Telephone::registered(agent(&world, "1001", domain, Transport::Udp)).await;
        up.push((caller, call, callee, late));
    }
    let World { running, folder } = world;
    running.operator().drain();
    // The answer says that every loop has heard of it.
    running.status().await.unwrap();
    let shutdown = tokio::spawn(running.shutdown());
    for (caller, call, callee, late) in &mut up {
        assert!(!shutdown.is_finished());
        assert_eq!(late.call("1003").await, Err(503), "no new call");
        caller.hang_up(*call).await;
        callee.ended().await;
    }
    tokio::time::timeout(PATIENCE, shutdown)
        .await
        .expect("the end")
        .unwrap();
    drop(folder);
}
