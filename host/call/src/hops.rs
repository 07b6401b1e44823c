//! Next hops of dialogs that are names: resolved beside the dialog and remembered for all dialogs that have the same (RFC 3261 §8.1.2). No
//! request waits for it: until a name is resolved, requests go where the dialog's messages come from.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use switchhook_sip::flow::Transport;
use switchhook_sip::locate::Candidate;

use crate::core::Core;
use crate::keys::{Lookup, Map};
use crate::limits;

/// After this long a name is resolved again when it is used; the resolver has a cache that knows how long records live.
const FRESH: Duration = Duration::from_secs(60);

/// A next hop that is a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Hop {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// That of the dialog: its requests stay on it.
    pub(crate) transport: Transport,
}

/// The names and where they are.
#[derive(Debug, Default)]
pub(crate) struct Hops {
    known: HashMap<Hop, Known>,
    asked: Map<Lookup, Hop>,
}

#[derive(Debug)]
struct Known {
    addresses: Vec<SocketAddr>,
    /// When it was asked for the last time.
    asked: Instant,
}

/// Where the hop is, among addresses of this family; `None` if that is not known, or not yet.
pub(crate) fn address(core: &mut Core, hop: Hop, ipv6: bool) -> Option<SocketAddr> {
    let now = core.now;
    let known = core.hops.known.get(&hop);
    let found = known.and_then(|known| {
        let mut of_family = known.addresses.iter().filter(|a| a.is_ipv6() == ipv6);
        of_family.next().copied()
    });
    if known.is_none_or(|known| now >= known.asked + FRESH) {
        ask(core, hop);
    }
    found
}

/// A name was resolved, if it was one that is asked for here.
pub(crate) fn resolved(core: &mut Core, lookup: Lookup, candidates: &[Candidate]) {
    let Some(hop) = core.hops.asked.remove(&lookup) else {
        return;
    };
    if let Some(known) = core.hops.known.get_mut(&hop)
        && !candidates.is_empty()
    {
        let of_transport = candidates.iter().filter(|c| c.transport == hop.transport);
        known.addresses = of_transport.map(|candidate| candidate.address).collect();
    }
}

fn ask(core: &mut Core, hop: Hop) {
    let now = core.now;
    if core.hops.known.len() >= limits::HOPS && !core.hops.known.contains_key(&hop) {
        core.hops.known.clear();
        core.hops.asked.clear();
    }
    let known = core.hops.known.entry(hop.clone()).or_insert(Known {
        addresses: Vec::new(),
        asked: now,
    });
    known.asked = now;
    let lookup = core.resolve(hop.host.clone(), hop.port, Some(hop.transport));
    core.hops.asked.insert(lookup, hop);
}
