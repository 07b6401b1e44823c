//! Who sends, as far as a guard tells senders apart, and who is above suspicion.

use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::cidr::Cidr;

/// An IPv4 address, or a network of IPv6 of 64 bits: that much a single customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(IpAddr);

impl Source {
    /// The source of an address. An IPv4-mapped IPv6 address counts as the IPv4 address it carries.
    pub fn of(address: IpAddr) -> Source {
        Source(match address.to_canonical() {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        })
    }

    /// Its address, or the first of its network.
    pub fn address(&self) -> IpAddr {
        self.0
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => write!(f, "{v4}"),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// A set of address ranges; single addresses are found at once.
#[derive(Debug, Default)]
pub(super) struct Allowed {
    single: HashSet<IpAddr>,
    ranges: Vec<Cidr>,
}

impl Allowed {
    pub(super) fn new(all: &[Cidr]) -> Allowed {
        let mut allowed = Allowed::default();
        for range in all {
            match range.single() {
                Some(address) => drop(allowed.single.insert(address)),
                None if allowed.ranges.contains(range) => {}
                None => allowed.ranges.push(*range),
            }
        }
        allowed
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.single.contains(&address) || self.ranges.iter().any(|range| range.contains(address))
    }
}
