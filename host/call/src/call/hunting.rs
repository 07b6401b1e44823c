//! Calls to trunks: one host after another is tried, those of the other trunks of a group after them, until one takes the call or
//! says something about who was called.

use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::record::LegRecord;
use switchhook_routing::verb::TrunkNumber;

use crate::call::failure::Failure;
use crate::call::leg::LegState;
use crate::call::state::Call;
use crate::call::target::trunk_destination;
use crate::core::Core;
use crate::limits;
use crate::trunks::hunt::{Hunt, TrunkPlace, hunt};
use crate::trunks::load::{Channel, Direction};

impl Call {
    /// Calls a number at a trunk, or at the trunks of a group.
    pub(crate) fn start_hunt(
        &mut self,
        core: &mut Core,
        place: u32,
        wanted: &TrunkNumber,
        ring_seconds: Option<u32>,
    ) {
        let config = Arc::clone(&self.config);
        let domain = config.domains.get(&self.facts.subject.domain);
        let Some(hunt) = domain.and_then(|domain| hunt(core, domain, wanted)) else {
            let name = format!("{}/{}", wanted.trunk, wanted.number);
            return self.no_way_there(core, place, name, 404);
        };
        self.hunt_next(core, place, hunt, ring_seconds);
    }

    /// A leg has failed. `true`: another host or trunk is being tried in its place.
    pub(crate) fn hunt_on(&mut self, core: &mut Core, index: usize, failure: Failure) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let (Some(hunt), Some(trunk)) = (leg.hunt.take(), leg.destination.trunk.clone()) else {
            return false;
        };
        let goes_on = match failure {
            Failure::Timeout => false,
            Failure::Unreachable(_) => true,
            Failure::Status(status) => hunt.goes_on(status),
        };
        if !goes_on {
            return false;
        }
        let (place, ring_seconds) = (leg.place, leg.ring_seconds);
        let (host, rest) = (leg.destination.host, leg.retry_after.map(seconds));
        let domain = self.facts.subject.domain.clone();
        let at = (domain.as_str(), trunk.as_str(), host);
        core.trunks.failed_over(core.now, at, rest);
        let chain = self.legs.get(index).map(|leg| leg.diverted.clone());
        let before = std::mem::replace(&mut self.diverting.chain, chain.unwrap_or_default());
        let goes_on = self.hunt_next(core, place, *hunt, ring_seconds);
        self.diverting.chain = before;
        goes_on
    }

    /// A trunk has said no more than 100 for too long: another one's turn.
    pub(crate) fn leg_stuck(&mut self, core: &mut Core, index: usize) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let LegState::Calling(tx) = leg.state else {
            return;
        };
        if leg.rang || leg.hunt.is_none() {
            return;
        }
        // Should it ring after all, it is cancelled (RFC 3261 §9.1).
        core.cancel(tx);
        self.leg_failed(core, index, Failure::Unreachable(408));
    }

    /// Calls the next host that there is a way to. `false`: there is none.
    fn hunt_next(
        &mut self,
        core: &mut Core,
        place: u32,
        mut hunt: Hunt,
        ring_seconds: Option<u32>,
    ) -> bool {
        let config = Arc::clone(&self.config);
        let Some(domain) = config.domains.get(&self.facts.subject.domain) else {
            return false;
        };
        while let Some(at) = hunt.rest.pop_front() {
            let channel = self.take_channel(core, &at);
            let destination = trunk_destination(core, domain, &at, &hunt.number);
            let (Some(channel), Ok(destination)) = (channel, destination) else {
                let name = format!("{}/{}", at.trunk, hunt.number);
                self.no_way_there(core, place, name, 503);
                continue;
            };
            let before = self.legs.len();
            self.hunting = Some((hunt, channel));
            self.start_leg(core, place, destination, ring_seconds);
            self.hunting = None;
            return self.legs.len() > before;
        }
        false
    }

    /// `None`: the trunk has as many calls as it may have.
    fn take_channel(&self, core: &mut Core, at: &TrunkPlace) -> Option<Option<Channel>> {
        let domain = &self.facts.subject.domain;
        core.trunks
            .take(core.now, domain, &at.trunk, Direction::Out)
            .ok()
    }

    /// A target that cannot be called at all.
    pub(crate) fn no_way_there(&mut self, core: &mut Core, place: u32, name: String, status: u16) {
        let at = core.epoch_ms(core.now);
        let failure = Failure::Unreachable(status);
        self.tell_unreachable(core, place, name.clone(), failure);
        if self.journal.legs.len() < limits::LEGS {
            self.journal.legs.push(LegRecord {
                target: name,
                status: Some(status),
                started_at: at,
                answered_at: None,
            });
        }
        self.fail_with(failure);
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}
