//! Address ranges by which a trunk is known: an IPv4 or IPv6 prefix. Not a routing table; a handful is compared in order.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address range: `192.0.2.0/24`, `2001:db8::/32`, or a bare address for exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    bits: u128,
    mask: u128,
    v6: bool,
}

/// Why a text is no address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CidrError {
    /// The part before the slash is no IPv4 or IPv6 address.
    Address,
    /// The part after the slash is no number, or more than 32 (IPv4) or 128 (IPv6).
    Prefix,
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CidrError::Address => "not an IP address",
            CidrError::Prefix => "the prefix length is out of range",
        })
    }
}

impl std::error::Error for CidrError {}

impl Cidr {
    /// Whether the address lies in the range. An IPv4-mapped IPv6 address counts as the IPv4 address it carries.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, v6) = numeric(address.to_canonical());
        v6 == self.v6 && bits & self.mask == self.bits
    }

    /// The address, if the range is exactly one.
    pub fn single(&self) -> Option<IpAddr> {
        (self.mask == u128::MAX).then(|| self.first())
    }

    fn first(&self) -> IpAddr {
        if self.v6 {
            IpAddr::V6(Ipv6Addr::from_bits(self.bits))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(self.bits).unwrap_or(0)))
        }
    }

    /// How many leading bits are fixed; the more, the more specific the range.
    pub fn prefix_length(&self) -> u32 {
        let ones = self.mask.count_ones();
        if self.v6 {
            ones
        } else {
            ones.saturating_sub(96)
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.single() {
            Some(address) => write!(f, "{address}"),
            None => write!(f, "{}/{}", self.first(), self.prefix_length()),
        }
    }
}

impl std::str::FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Cidr, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| CidrError::Address)?;
        let (bits, v6) = numeric(address);
        let width: u32 = if v6 { 128 } else { 32 };
        let length = match prefix {
            Some(prefix) => prefix
                .trim()
                .parse::<u32>()
                .map_err(|_| CidrError::Prefix)?,
            None => width,
        };
        let host_bits = width.checked_sub(length).ok_or(CidrError::Prefix)?;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Cidr {
            bits: bits & mask,
            mask,
            v6,
        })
    }
}

fn numeric(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), false),
        IpAddr::V6(v6) => (u128::from(v6), true),
    }
}

#[cfg(test)]
#[path = "cidr_tests.rs"]
mod tests;
