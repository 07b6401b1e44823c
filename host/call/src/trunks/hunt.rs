//! Which hosts of which trunks a call tries one after another, and what makes it try the next. It sends nothing.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use rand::RngExt;
use rand::rngs::StdRng;
use switchhook_routing::verb::TrunkNumber;

use crate::call::target::{Way, way};
use crate::config::Domain;
use crate::config::trunks::{FAIL_OVER, Trunk, TrunkMember};
use crate::core::Core;
use crate::limits;
use crate::names::bracketed;

/// A host of a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrunkPlace {
    /// The trunk's name.
    pub(crate) trunk: String,
    /// The place of the host among those of the trunk.
    pub(crate) place: usize,
}

/// What one target tries.
#[derive(Debug, Clone)]
pub(crate) struct Hunt {
    /// The number, as it is in this switch.
    pub(crate) number: String,
    /// What is still to be tried, in order.
    pub(crate) rest: VecDeque<TrunkPlace>,
    fail_over: Vec<RangeInclusive<u16>>,
}

impl Hunt {
    /// Whether a call that failed with this status is tried elsewhere.
    pub(crate) fn goes_on(&self, status: u16) -> bool {
        let own = self.fail_over.as_slice();
        let statuses = if own.is_empty() { &FAIL_OVER } else { own };
        statuses.iter().any(|range| range.contains(&status))
    }
}

/// What a trunk's or a group's name comes down to; `None`: there is no such, or nothing can be sent there. Hosts that are down
/// come last: they may be up again, or nobody may have looked.
pub(crate) fn hunt(core: &mut Core, domain: &Domain, wanted: &TrunkNumber) -> Option<Hunt> {
    let trunk_of = |name: &str| {
        let mut trunks = domain.trunks.iter();
        trunks.find(|trunk| trunk.name == name && trunk.outbound.is_some())
    };
    let (trunks, fail_over): (Vec<&Trunk>, _) = match trunk_of(&wanted.trunk) {
        Some(trunk) => {
            let own = trunk.outbound.as_ref().map(|o| o.fail_over.clone());
            (vec![trunk], own.unwrap_or_default())
        }
        None => {
            let mut groups = domain.trunk_groups.iter();
            let group = groups.find(|group| group.name == wanted.trunk)?;
            let members = in_order(&group.members, &mut core.rng);
            let trunks = members.into_iter().filter_map(|m| trunk_of(&m.trunk));
            (trunks.collect(), group.fail_over.clone())
        }
    };
    let places = trunks.iter().flat_map(|trunk| {
        let count = trunk.outbound.as_ref().map_or(0, |o| o.places().count());
        (0..count).map(|place| TrunkPlace {
            trunk: trunk.name.clone(),
            place,
        })
    });
    let is_ready = |at: &TrunkPlace| {
        (core.trunks).is_ready(core.now, &domain.name, &at.trunk, at.place)
            && !has_failed(core, trunk_of(&at.trunk), at.place)
    };
    let (ready, others): (Vec<_>, Vec<_>) = places.partition(is_ready);
    let mut rest: VecDeque<_> = ready.into_iter().chain(others).collect();
    rest.truncate(limits::HUNTED);
    (!rest.is_empty()).then(|| Hunt {
        number: wanted.number.clone(),
        rest,
        fail_over,
    })
}

/// Whether a host that is an address did not answer lately.
fn has_failed(core: &Core, trunk: Option<&Trunk>, place: usize) -> bool {
    let Some(outbound) = trunk.and_then(|trunk| trunk.outbound.as_ref()) else {
        return false;
    };
    let Some(place) = outbound.places().nth(place) else {
        return false;
    };
    match way(
        core,
        &bracketed(&place.host),
        place.port,
        outbound.transport,
    ) {
        Ok(Way::Flow(flow)) => core.reach.is_avoided(core.now, flow.transport, flow.peer),
        _ => false,
    }
}

/// Members by priority, and among equals drawn by weight, as RFC 2782 orders SRV records.
fn in_order<'m>(members: &'m [TrunkMember], rng: &mut StdRng) -> Vec<&'m TrunkMember> {
    let mut left: Vec<_> = members.iter().collect();
    // "all those with weight 0 are placed at the beginning": so they have a small chance of being first.
    left.sort_by_key(|member| (member.priority, member.weight));
    let mut ordered = Vec::with_capacity(left.len());
    while let Some(priority) = left.first().map(|member| member.priority) {
        let same = left.iter().take_while(|member| member.priority == priority);
        let sum: u32 = same.map(|member| u32::from(member.weight)).sum();
        let drawn = rng.random_range(0..=sum);
        let mut running = 0;
        let at = left.iter().position(|member| {
            running += u32::from(member.weight);
            running >= drawn
        });
        ordered.push(left.remove(at.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests;
