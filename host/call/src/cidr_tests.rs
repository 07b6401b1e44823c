//! Tests of address ranges.

use super::*;

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_range_contains_its_addresses_and_no_others() {
    let range = cidr("192.0.2.128/25");
    assert!(range.contains(ip("192.0.2.200")));
    assert!(!range.contains(ip("192.0.2.1")));
    assert!(!range.contains(ip("::c000:2c8")));
}

#[test]
fn a_bare_address_is_a_range_of_one() {
    assert!(cidr("2001:db8::7").contains(ip("2001:db8::7")));
    assert!(!cidr("2001:db8::7").contains(ip("2001:db8::8")));
    assert_eq!(cidr("10.0.0.1").prefix_length(), 32);
}

#[test]
fn a_prefix_of_zero_contains_everything_of_its_family() {
    assert!(cidr("0.0.0.0/0").contains(ip("203.0.113.9")));
    assert!(!cidr("0.0.0.0/0").contains(ip("2001:db8::1")));
    assert!(cidr("::/0").contains(ip("2001:db8::1")));
    assert_eq!(cidr("0.0.0.0/0").prefix_length(), 0);
}

#[test]
fn a_mapped_address_counts_as_the_ipv4_address_it_carries() {
    assert!(cidr("192.0.2.0/24").contains(ip("::ffff:192.0.2.9")));
}

#[test]
fn host_bits_of_the_text_are_ignored() {
    assert!(cidr("10.1.2.3/8").contains(ip("10.9.9.9")));
}

#[test]
fn nonsense_is_refused_with_its_reason() {
    assert_eq!("300.1.1.1".parse::<Cidr>(), Err(CidrError::Address));
    assert_eq!("10.0.0.0/33".parse::<Cidr>(), Err(CidrError::Prefix));
    assert_eq!("10.0.0.0/x".parse::<Cidr>(), Err(CidrError::Prefix));
    assert_eq!("::1/129".parse::<Cidr>(), Err(CidrError::Prefix));
}
