//! Transactions are found by handle, key and flow while they live, and never afterwards.

use std::net::SocketAddr;

use super::*;
use crate::flow::{ListenerId, Transport};
use crate::transaction::invite_server::InviteServer;
use crate::transaction::matching::Matching;

fn flow(port: u16) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: SocketAddr::from(([192, 0, 2, 1], port)),
        connection: None,
    }
}

fn key(name: &str) -> Key {
    Matching::new(&[0; 16]).client(name, "INVITE")
}

fn transaction(name: &str, port: u16) -> Transaction {
    Transaction {
        key: key(name),
        merge_key: Some(key("merged")),
        machine: Machine::InviteServer(InviteServer::start(false)),
        flow: flow(port),
        kept: Bytes::new(),
        reason: None,
        is_silent: false,
        other_way: None,
    }
}

#[test]
fn a_place_is_used_again_and_the_old_handle_finds_nothing() {
    let mut table = Table::new(&[0; 16]);
    let old = table.insert(transaction("one", 1));
    assert_eq!(table.find(key("one")), Some(old));
    table.remove(old);
    assert_eq!(table.find(key("one")), None);
    let new = table.insert(transaction("two", 1));
    assert_eq!(new.index, old.index);
    assert!(!table.contains(old));
    assert!(table.contains(new));
    assert!(table.remove(old).is_none());
    assert_eq!(table.len(), 1);
}

#[test]
fn the_list_of_a_flow_holds_its_living_transactions_and_gives_each_once() {
    for removed in 0..3 {
        let mut table = Table::new(&[0; 16]);
        let mut handles: Vec<_> = ["a", "b", "c"]
            .map(|name| table.insert(transaction(name, 1)))
            .into();
        let other = table.insert(transaction("d", 2));
        table.remove(handles.remove(removed));
        let mut found = table.take_flow(&flow(1));
        found.sort();
        assert_eq!(found, handles);
        assert!(table.take_flow(&flow(1)).is_empty());
        let late = table.insert(transaction("e", 1));
        for handle in handles {
            table.remove(handle);
        }
        assert_eq!(table.take_flow(&flow(1)), [late]);
        assert_eq!(table.take_flow(&flow(2)), [other]);
        assert!(table.by_flow.is_empty());
    }
}

#[test]
fn nothing_is_left_when_all_are_gone() {
    let mut table = Table::new(&[0; 16]);
    let one = table.insert(transaction("one", 1));
    let two = table.insert(transaction("two", 1));
    assert!(table.has_merge_key(key("merged")));
    table.remove(one);
    table.remove(two);
    assert!(!table.has_merge_key(key("merged")));
    assert!(table.is_empty());
    assert!(table.by_key.is_empty() && table.by_flow.is_empty());
}
