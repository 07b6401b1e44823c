//! Datagrams that keep the way to clients open: a NAT forgets a mapping over which nothing passes (RFC 5626 §4.4 is the client's part of
//! that, and many clients leave it out). It knows flows, not who is behind them.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Instant;

use bytes::Bytes;
use rand_core::Rng;
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::uri::Uri;

use crate::core::Core;
use crate::keys::AddressOfRecord;
use crate::limits;

#[cfg(test)]
#[path = "keep_alive_tests.rs"]
mod tests;

/// Two line ends: nothing, to a SIP stack (RFC 3261 §7.5).
const NOTHING: &[u8] = b"\r\n\r\n";

/// The UDP flows of registered clients.
#[derive(Debug, Default)]
pub(crate) struct KeepAlive {
    flows: HashMap<Flow, Watched>,
    /// When to look at a flow next.
    due: BTreeMap<(Instant, u64), Flow>,
    serial: u64,
}

#[derive(Debug, Clone, Copy)]
struct Watched {
    /// When its registration ends.
    until: Instant,
    is_behind_nat: bool,
}

impl KeepAlive {
    /// Whether a client is registered there.
    pub(crate) fn is_client(&self, now: Instant, flow: Flow) -> bool {
        let watched = self.flows.get(&flow);
        watched.is_some_and(|watched| watched.until > now)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes note of a flow, unless it is a new one and there are as many as there may be. Whether it is new and taken.
    fn take(&mut self, flow: Flow, watched: Watched, most: usize) -> bool {
        if self.flows.len() >= most && !self.flows.contains_key(&flow) {
            return false;
        }
        self.flows.insert(flow, watched).is_none()
    }

    fn schedule(&mut self, at: Instant, flow: Flow) {
        self.serial += 1;
        self.due.insert((at, self.serial), flow);
    }
}

/// A client has registered, or was registered when the switch began.
pub(crate) fn watch(core: &mut Core, client: &AddressOfRecord) {
    let bindings = core.registrar.bindings(client).iter();
    let bindings = bindings.filter(|binding| binding.flow.transport == Transport::Udp);
    let found: Vec<_> = bindings
        .map(|binding| {
            let watched = Watched {
                until: binding.expires_at,
                is_behind_nat: differs(&binding.contact.uri, binding.flow.peer.ip()),
            };
            (binding.flow, watched)
        })
        .collect();
    for (flow, watched) in found {
        let until = watched.until;
        if core.keep_alive.take(flow, watched, limits::KEPT_ALIVE) {
            let next = match core.config.timing.keep_alive {
                // Those who register at once shall not be written to at once ever after.
                Some(interval) => core.now + interval * (50 + core.rng.next_u32() % 51) / 100,
                None => until,
            };
            core.keep_alive.schedule(next.min(until), flow);
        }
    }
}

/// Sends what is due.
pub(crate) fn carry_on(core: &mut Core) {
    let interval = core.config.timing.keep_alive;
    while let Some(entry) = core.keep_alive.due.first_entry() {
        let (at, _) = *entry.key();
        if at > core.now {
            return;
        }
        let flow = entry.remove();
        let Some(watched) = core.keep_alive.flows.get(&flow).copied() else {
            continue;
        };
        if watched.until <= core.now {
            core.keep_alive.flows.remove(&flow);
            continue;
        }
        if watched.is_behind_nat && interval.is_some() {
            core.send(flow, Bytes::from_static(NOTHING));
        }
        let until = watched.until;
        let next = interval.map_or(until, |interval| core.now + interval);
        core.keep_alive.schedule(next.min(until), flow);
    }
}

/// Whether a client is not where it believes to be.
fn differs(contact: &str, source: IpAddr) -> bool {
    let uri = Uri::parse(contact);
    uri.is_ok_and(|uri| uri.ip() != Some(source))
}
