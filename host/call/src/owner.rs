//! Which exchange a message belongs to where a switch has several. An exchange owns whole domains, so that nothing is
//! shared and nothing crosses; here is the one rule by which messages find their domain's exchange.

use std::collections::HashMap;

use bytes::Bytes;
use switchhook_sip::flow::Flow;
use switchhook_sip::identifiers::{exchange_of_branch, exchange_of_tag};
use switchhook_sip::message::{Message, Request};

use crate::admission::domain_of;
use crate::config::{Config, Domain};

/// Exchanges of one switch at most: their numbers fit the identifiers that they make, with room.
pub const EXCHANGES: u8 = 64;

/// The exchange that owns a domain: a stable hash of its name, so that adding a domain moves no other, and a restart none.
pub fn exchange_of_domain(name: &str, exchanges: u8) -> u8 {
    // FNV-1a with its bits mixed: the same on every machine, in every version.
    let mut hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ (hash >> 33)).wrapping_mul(factor);
    }
    let place = (hash ^ (hash >> 33)).checked_rem(u64::from(exchanges));
    let place = place.unwrap_or(0);
    u8::try_from(place).unwrap_or(0)
}

/// What it takes to find the exchange of a message: of every domain its name, and how its trunks are known.
#[derive(Debug, Clone, Default)]
pub struct Shares {
    exchanges: u8,
    outline: Config,
}

impl Shares {
    /// Gives every exchange the configuration of its own domains, and what finds the owner of a message among them.
    /// Limits on the whole switch are divided, rounded up.
    pub fn split(mut config: Config, exchanges: u8) -> (Shares, Vec<Config>) {
        let exchanges = exchanges.clamp(1, EXCHANGES);
        let whole = std::mem::take(&mut config.domains);
        let outline = Config {
            listeners: config.listeners.clone(),
            domains: (whole.values())
                .map(|domain| (domain.name.clone(), outline(domain)))
                .collect(),
            ..Config::default()
        };
        let all = whole.len();
        let mut domains: Vec<HashMap<String, Domain>> = Vec::new();
        domains.resize_with(usize::from(exchanges), HashMap::new);
        for (name, domain) in whole {
            let number = exchange_of_domain(&name, exchanges);
            if let Some(own) = domains.get_mut(usize::from(number)) {
                own.insert(name, domain);
            }
        }
        config.limits.calls = config.limits.calls.div_ceil(usize::from(exchanges));
        let share = |domains: HashMap<String, Domain>| Config {
            other_domains: all - domains.len(),
            domains,
            ..config.clone()
        };
        let configs = domains.into_iter().map(share).collect();
        (Shares { exchanges, outline }, configs)
    }

    /// The number of the exchange that a message is for; `None`: any may take it, since it will be refused or dropped.
    ///
    /// A response goes by the branch of our own that it brings back, a request within a dialog, and the ACK of a final
    /// response, by our tag in To. All else goes by the domain that the exchange itself would find; the CANCEL of an INVITE
    /// has that INVITE's fields (RFC 3261 §9.1) and so follows it. Without a domain of ours the host decides that was
    /// meant: messages for a domain that has just been removed still reach who knows their calls.
    pub fn owner(&self, flow: Flow, bytes: &Bytes) -> Option<u8> {
        self.owner_of(flow, &[], bytes)
    }

    /// The same for a connection whose peer has shown a certificate with these names (`Input::PeerIdentified`).
    pub fn owner_of(&self, flow: Flow, names: &[String], bytes: &Bytes) -> Option<u8> {
        if self.exchanges <= 1 {
            return Some(0);
        }
        match Message::from_bytes(bytes.clone()).ok()? {
            Message::Response(response) => {
                let branch = response.via().branch()?;
                exchange_of_branch(branch).filter(|number| *number < self.exchanges)
            }
            Message::Request(request) => Some(self.of_request(flow, names, &request)),
        }
    }

    /// The number of the exchange that owns a domain.
    pub fn of_domain(&self, name: &str) -> u8 {
        exchange_of_domain(name, self.exchanges)
    }

    fn of_request(&self, flow: Flow, names: &[String], request: &Request) -> u8 {
        let to = request.to();
        let by_tag = to.tag().and_then(exchange_of_tag);
        if let Some(number) = by_tag.filter(|number| *number < self.exchanges) {
            return number;
        }
        match domain_of(&self.outline, flow, names, request) {
            Some(domain) => self.of_domain(&domain.name),
            None => self.of_domain(request.uri().host()),
        }
    }
}

/// What of a domain decides whether a message is for it.
fn outline(domain: &Domain) -> Domain {
    Domain {
        name: domain.name.clone(),
        trunks: domain.trunks.clone(),
        ..Domain::default()
    }
}
