//! Whom a `connect` calls in which order: ring groups are opened up, strategies put their members in order.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::time::Instant;

use rand::seq::SliceRandom;
use switchhook_routing::verb::{Connect, Endpoint, Strategy, Target, TrunkNumber};

use crate::config::{Domain, RingGroup};
use crate::core::Core;
use crate::keys::AddressOfRecord;
use crate::limits;

/// Where lists of targets began the last time, and when clients were in a call the last time.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    next: HashMap<u64, usize>,
    idle_since: HashMap<AddressOfRecord, Instant>,
}

impl Turns {
    /// A client's last call is over.
    pub(crate) fn is_idle(&mut self, client: &AddressOfRecord, now: Instant) {
        if self.idle_since.len() >= limits::IDLE_CLIENTS && !self.idle_since.contains_key(client) {
            self.idle_since.clear();
        }
        self.idle_since.insert(client.clone(), now);
    }

    /// Where a list of so many targets begins now.
    fn begin(&mut self, list: u64, length: usize) -> usize {
        if self.next.len() >= limits::ROUND_ROBINS && !self.next.contains_key(&list) {
            self.next.clear();
        }
        let next = self.next.entry(list).or_insert(0);
        let now = *next % length.max(1);
        *next = now + 1;
        now
    }
}

/// The targets of a `connect` with their places, in the order in which they are called, and whether all at once.
pub(crate) fn in_order(
    core: &mut Core,
    domain: &Domain,
    connect: &Connect,
) -> (Vec<(u32, Target)>, bool) {
    let strategy = match sole_group(domain, connect) {
        Some(group) => group.strategy,
        None => connect.strategy,
    };
    let mut targets = opened(domain, &connect.targets);
    match strategy {
        Strategy::Simultaneous => return (targets, true),
        Strategy::Sequential => {}
        Strategy::RoundRobin => {
            let list = fingerprint(domain, &targets);
            let first = core.turns.begin(list, targets.len());
            let first = first.min(targets.len());
            targets.rotate_left(first);
        }
        Strategy::Random => targets.shuffle(&mut core.rng),
        Strategy::LongestIdle => targets.sort_by_cached_key(|(_, target)| {
            let client = match &target.endpoint {
                Endpoint::Client(user) => AddressOfRecord {
                    domain: domain.name.clone(),
                    user: user.clone(),
                },
                _ => return (false, None),
            };
            let since = core.turns.idle_since.get(&client).copied();
            (core.active_calls(&client) > 0, since)
        }),
    }
    (targets, false)
}

/// The group that a `connect` leaves everything to.
fn sole_group<'d>(domain: &'d Domain, connect: &Connect) -> Option<&'d RingGroup> {
    match connect.targets.as_slice() {
        [
            Target {
                endpoint: Endpoint::RingGroup(name),
                ring_seconds: None,
            },
        ] => domain.ring_groups.get(name),
        _ => None,
    }
}

/// The targets with the members of groups in the place of those. A group that there is not, or in a group, stays, and is
/// none that can be called.
fn opened(domain: &Domain, targets: &[Target]) -> Vec<(u32, Target)> {
    let mut opened = Vec::with_capacity(targets.len());
    for target in targets {
        let group = match &target.endpoint {
            Endpoint::RingGroup(name) => domain.ring_groups.get(name),
            _ => None,
        };
        let Some(group) = group else {
            opened.push(target.clone());
            continue;
        };
        for member in &group.members {
            let ring_seconds = target.ring_seconds.or(member.ring_seconds);
            opened.push(Target {
                endpoint: member.endpoint.clone(),
                ring_seconds: ring_seconds.or(group.ring_seconds),
            });
        }
    }
    opened.truncate(limits::TARGETS);
    (0..).zip(opened).collect()
}

fn fingerprint(domain: &Domain, targets: &[(u32, Target)]) -> u64 {
    let hasher = foldhash::quality::FixedState::with_seed(0x5157_0b1e);
    let mut parts: Vec<(&str, &str)> = Vec::with_capacity(targets.len() + 1);
    parts.push((&domain.name, ""));
    for (_, target) in targets {
        parts.push(match &target.endpoint {
            Endpoint::Client(user) => ("client", user),
            Endpoint::Trunk(TrunkNumber { trunk, number }) => (trunk, number),
            Endpoint::Uri(uri) => ("uri", uri),
            Endpoint::RingGroup(name) => ("ring-group", name),
        });
    }
    hasher.hash_one(parts)
}
