//! Tests of the stock of media ports.

use super::*;

fn port(slot: u32, address: &str) -> MediaPorts {
    MediaPorts {
        slot,
        address: address.parse().unwrap(),
        rtp_port: 10_000,
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn each_side_gets_a_port_of_its_own_family() {
    let mut stock = PortStock::default();
    stock.grant(vec![port(1, "192.0.2.1"), port(2, "2001:db8::1")]);
    let (caller, callee) = stock.draw(ip("2001:db8::9"), ip("192.0.2.9")).unwrap();
    assert_eq!((caller.slot, callee.slot), (2, 1));
}

#[test]
fn a_family_that_is_not_served_is_replaced_by_the_other() {
    let mut stock = PortStock::default();
    stock.grant(vec![port(1, "192.0.2.1"), port(2, "192.0.2.1")]);
    assert!(stock.draw(ip("2001:db8::9"), ip("192.0.2.9")).is_some());
}

#[test]
fn nothing_is_taken_when_there_are_not_two() {
    let mut stock = PortStock::default();
    stock.grant(vec![port(1, "192.0.2.1")]);
    assert!(stock.draw(ip("192.0.2.9"), ip("192.0.2.9")).is_none());
    stock.grant(vec![port(2, "192.0.2.1")]);
    assert!(stock.draw(ip("192.0.2.9"), ip("192.0.2.9")).is_some());
}

#[test]
fn more_is_asked_for_once_until_a_grant_comes() {
    let mut stock = PortStock::default();
    assert!(stock.wants(false, 2));
    assert!(!stock.wants(false, 2));
    stock.grant(vec![port(1, "192.0.2.1")]);
    assert!(stock.wants(false, 2));
    stock.grant(vec![]);
    assert!(stock.wants(false, 2), "an empty grant answers too");
}
