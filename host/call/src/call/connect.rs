//! `connect`: legs towards destinations, at once or one after another, each with its time, until one answers or none is
//! left. What a leg's responses mean is `progress`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Encodings;
use switchhook_routing::event::{EventKind, LegFailure};
use switchhook_routing::record::{Disposition, LegRecord, Party};
use switchhook_routing::verb::{Connect, Endpoint, Strategy, Target};
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;

use crate::call::contacts::contacts;
use crate::call::deadlines::Timer;
use crate::call::direct::own_address;
use crate::call::end::End;
use crate::call::extensions::Extensions;
use crate::call::failure::Failure;
use crate::call::invite::{self, Common};
use crate::call::leg::{Leg, LegState};
use crate::call::media::Session;
use crate::call::state::{Call, Connecting, Phase, Sent};
use crate::call::strategy::in_order;
use crate::call::target::{Destination, Way, destinations, flow_to};
use crate::config::media_rules::MediaRules;
use crate::core::Core;
use crate::keys::{DialogOwner, LegId, Lookup, Owner};
use crate::limits;

impl Call {
    /// Begins to connect. `false`: it has failed already.
    pub(crate) fn connect(&mut self, core: &mut Core, connect: Connect) -> bool {
        self.phase = Phase::Connecting;
        self.forget_keys();
        if self.has_nothing_to_offer() {
            self.routing.failure = Some(Failure::Unreachable(488));
            return false;
        }
        let seconds = self.connect_seconds(&connect);
        self.deadlines.set(
            Timer::Connect,
            core.now + Duration::from_secs(seconds.into()),
        );
        let config = std::sync::Arc::clone(&self.config);
        let domain = config.domains.get(&self.facts.subject.domain);
        let (targets, at_once) = domain
            .map(|domain| in_order(core, domain, &connect))
            .unwrap_or_default();
        let mut queue = VecDeque::from(targets);
        let at_once = if at_once {
            std::mem::take(&mut queue)
        } else {
            VecDeque::new()
        };
        self.forget_early_media();
        self.connecting = Some(Connecting {
            connect,
            queue,
            waiting: Vec::new(),
            redirects: 0,
            failure: None,
        });
        for (place, target) in at_once {
            self.start_target(core, place, &target);
        }
        self.next_target(core)
    }

    /// A leg has ended: the next target's turn, or the next verb's, unless others may still answer.
    pub(crate) fn after_leg(&mut self, core: &mut Core) {
        if self.phase == Phase::Connecting && !self.next_target(core) && !self.connect_over(core) {
            self.advance(core);
        }
    }

    /// All of it has taken too long.
    pub(crate) fn connect_timed_out(&mut self, core: &mut Core) {
        if let Some(connecting) = &mut self.connecting {
            connecting.give_up();
        }
        self.fail_with(Failure::Timeout);
        self.forget_asked(core);
        self.drop_open_legs(core, Failure::Timeout.told());
        self.after_leg(core);
    }

    /// One leg has rung too long.
    pub(crate) fn leg_timed_out(&mut self, core: &mut Core, index: usize) {
        if self.is_joining(LegId::Callee(index)) {
            return self.refused_to_join(core, index, 408);
        }
        self.fail_with(Failure::Timeout);
        self.drop_leg(core, index, Failure::Timeout.told());
        self.divert_after(core, index, Failure::Timeout);
        self.after_leg(core);
    }

    /// A name was resolved.
    pub(crate) fn resolved(&mut self, core: &mut Core, lookup: Lookup, candidates: Vec<Candidate>) {
        let waits = |leg: &Leg| leg.state == LegState::Resolving(lookup);
        let Some(index) = self.legs.iter().position(waits) else {
            return;
        };
        if let Some(leg) = self.legs.get_mut(index) {
            leg.candidates = candidates.into();
        }
        if !self.try_next_address(core, index) {
            self.leg_failed(core, index, Failure::Unreachable(503));
        }
    }

    /// Sends the INVITE to the next address of the destination. `false`: there is none.
    pub(crate) fn try_next_address(&mut self, core: &mut Core, index: usize) -> bool {
        while let Some(leg) = self.legs.get_mut(index) {
            let Some(candidate) = leg.candidates.pop_front() else {
                return self.try_next_flow(core, index);
            };
            if let Some(flow) = flow_to(core, candidate.transport, candidate.address) {
                self.send_invite(core, index, flow);
                return true;
            }
        }
        false
    }

    /// Nothing has come from the address of a leg, not even a 100: another one's turn, or another target's.
    pub(crate) fn leg_silent(&mut self, core: &mut Core, index: usize) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let (LegState::Calling(tx), Some(flow)) = (leg.state, leg.flow) else {
            return;
        };
        if leg.heard || core.layer.is_answered(tx) {
            return;
        }
        core.unreachable(flow);
        // Should it ring after all, it is cancelled (RFC 3261 §9.1).
        core.cancel(tx);
        if !self.try_next_address(core, index) {
            self.leg_failed(core, index, Failure::Unreachable(408));
        }
    }

    /// Sends the INVITE of a leg, anew if it has been sent before.
    pub(crate) fn send_invite(&mut self, core: &mut Core, index: usize, flow: Flow) {
        let Some(body) = self.offer_to(core, index, flow) else {
            return;
        };
        let Some(connecting) = &self.connecting else {
            return;
        };
        let domain = self.config.domains.get(&self.facts.subject.domain);
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        if leg.call_id.is_empty() {
            let host = core
                .listener(flow.listener)
                .map(|l| l.advertised_host.clone());
            leg.call_id = core.call_id(&host.unwrap_or_default());
            core.owners.dialogs.insert(
                leg.tag.clone(),
                DialogOwner::Call(self.key, LegId::Callee(index)),
            );
        }
        let diverted = match leg.diverted.is_empty() {
            true => Cow::Borrowed(self.diverted.as_slice()),
            false => Cow::Owned([self.diverted.as_slice(), &leg.diverted].concat()),
        };
        let common = Common {
            facts: &self.facts,
            caller: &self.caller.request,
            chain: self.chain,
            connect: &connecting.connect,
            answers_early: self.caller.provisionals.is_some(),
            replaces: self.links.replaces.as_deref(),
            diverted: &diverted,
            trunk: domain.and_then(|domain| domain.trunk(leg.destination.trunk.as_deref()?)),
        };
        if leg.from.is_empty() {
            leg.told = invite::told(&common);
            leg.from = [&leg.told.from, ";tag=", &leg.tag].concat();
        }
        let bytes = invite::write(core, &common, leg, flow, body.as_ref());
        leg.flow = Some(flow);
        leg.heard = false;
        let tx = core.request(Owner::Call(self.key), flow, bytes);
        leg.state = LegState::Calling(tx);
        // A client may be a sleeping phone, which nobody stands in for.
        let has_others = !leg.candidates.is_empty()
            || leg.hunt.is_some()
            || (leg.destination.client.is_none() && !connecting.queue.is_empty());
        let outbound = common.trunk.and_then(|trunk| trunk.outbound.as_ref());
        if has_others {
            let patience = outbound.and_then(|outbound| outbound.first_response);
            let silent = core.now + patience.unwrap_or(self.config.timing.failover);
            self.deadlines.set(Timer::Silent(index), silent);
        }
        if let Some(progress) = outbound.and_then(|outbound| outbound.progress)
            && leg.hunt.is_some()
        {
            self.deadlines
                .set(Timer::Progress(index), core.now + progress);
        }
        if let Some(seconds) = leg.ring_seconds {
            let length = Duration::from_secs(seconds.min(limits::RING_SECONDS).into());
            self.deadlines.set(Timer::Ring(index), core.now + length);
        }
        self.note(tx, Sent::Invite(index));
    }

    /// Calls what a target comes down to; what it does not come down to is a failure.
    pub(crate) fn start_target(&mut self, core: &mut Core, place: u32, target: &Target) {
        if let Endpoint::Trunk(number) = &target.endpoint {
            return self.start_hunt(core, place, number, target.ring_seconds);
        }
        let config = std::sync::Arc::clone(&self.config);
        if self.divert_before(core, place, target) {
            return;
        }
        let ring_seconds = self.ring_seconds_of(core, target).or(target.ring_seconds);
        let Some(domain) = self.domain() else { return };
        let dialled = match &target.endpoint {
            Endpoint::Client(user) => self.dialled_device(core, user),
            _ => None,
        };
        let found = match dialled {
            Some(device) => contacts(core, domain, &device.user, Some(&device)),
            None => destinations(core, &config, domain, &target.endpoint),
        };
        match found {
            Ok(all) => self.start_destinations(core, place, all, ring_seconds),
            Err(status) => self.no_way_there(core, place, name_of(&target.endpoint), status),
        }
    }

    pub(crate) fn start_leg(
        &mut self,
        core: &mut Core,
        place: u32,
        destination: Destination,
        ring_seconds: Option<u32>,
    ) {
        if self.phase != Phase::Connecting {
            return;
        }
        let open = self.legs.iter().filter(|leg| leg.is_open()).count();
        if open >= limits::SIMULTANEOUS_LEGS || self.legs.len() >= limits::LEGS {
            let failure = Failure::Unreachable(503);
            self.tell_unreachable(core, place, destination.text, failure);
            return self.fail_with(failure);
        }
        let record = self.journal.legs.len();
        self.journal.legs.reserve_exact(1);
        self.journal.legs.push(LegRecord {
            target: destination.text.clone(),
            status: None,
            started_at: core.epoch_ms(core.now),
            answered_at: None,
        });
        if let Some(client) = &destination.client {
            self.count(core, &client.clone());
        }
        let index = self.legs.len();
        let way = destination.way.clone();
        // Nearly all calls have one leg: no room for more, which would be kept as long as the call lasts.
        self.legs.reserve_exact(1);
        let extensions = self.extensions_of(&destination);
        let mut leg = Leg::new(core, destination, ring_seconds, record, place);
        leg.extensions = extensions;
        if let Some((hunt, channel)) = self.hunting.take() {
            leg.hunt = (!hunt.rest.is_empty()).then(|| Box::new(hunt));
            leg.channel = channel;
        }
        leg.diverted.clone_from(&self.diverting.chain);
        self.legs.push(leg);
        self.tell_leg(core, index, EventKind::Trying);
        match way {
            Way::Flow(flow) if self.gives_way(core, index, flow) => {
                let failure = Failure::Unreachable(503);
                self.record_leg(index, failure.status());
                self.tell_failed(core, index, failure.told());
                self.leg_done(core, index);
                self.fail_with(failure);
            }
            Way::Flow(flow) => self.send_invite(core, index, flow),
            Way::Name {
                host,
                port,
                transport,
            } => {
                let lookup = core.resolve(host, port, transport);
                core.owners.lookups.insert(lookup, Owner::Call(self.key));
                if let Some(leg) = self.legs.get_mut(index) {
                    leg.state = LegState::Resolving(lookup);
                }
            }
        }
    }

    /// Whether a destination failed lately and there are others behind it, so that this call need not find out again.
    fn gives_way(&self, core: &Core, index: usize, flow: Flow) -> bool {
        let leg = self.legs.get(index);
        let stands_alone =
            leg.is_none_or(|leg| leg.destination.client.is_some() || leg.hunt.is_some());
        let connecting = self.connecting.as_ref();
        let has_others = connecting.is_some_and(|connecting| !connecting.queue.is_empty());
        has_others && !stands_alone && core.reach.is_avoided(core.now, flow.transport, flow.peer)
    }

    /// A destination did not answer; the best of such failures is what the `connect` fails with.
    pub(crate) fn fail_with(&mut self, failure: Failure) {
        if let Some(connecting) = &mut self.connecting {
            connecting.failure = Some(match connecting.failure {
                Some(before) => before.or_better(failure),
                None => failure,
            });
        }
    }

    /// Ends the legs that may still answer.
    pub(crate) fn drop_open_legs(&mut self, core: &mut Core, reason: LegFailure) {
        for index in 0..self.legs.len() {
            if self.legs.get(index).is_some_and(Leg::is_open) {
                self.drop_leg(core, index, reason.clone());
            }
        }
    }

    /// Calls targets of the queue until one may answer. `false`: none is left, the `connect` has failed.
    fn next_target(&mut self, core: &mut Core) -> bool {
        while self.phase == Phase::Connecting {
            if self.next_contacts(core) {
                continue;
            }
            if self.diverting.is_waiting() || self.legs.iter().any(Leg::is_open) {
                return true;
            }
            let Some(connecting) = &mut self.connecting else {
                return false;
            };
            let Some((place, target)) = connecting.queue.pop_front() else {
                self.routing.failure = connecting.failure;
                self.connecting = None;
                self.deadlines.clear(Timer::Connect);
                return false;
            };
            self.start_target(core, place, &target);
        }
        true
    }

    /// The body of a leg's INVITE: what the caller offered, said with our address. `None`: there are no ports, and the
    /// call is over. `Some(None)`: the caller left the offer to the called side.
    pub(crate) fn offer_to(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
    ) -> Option<Option<Bytes>> {
        let caller = self.caller.address();
        if self.goes_direct(core, index, flow) {
            let leg = self.legs.get_mut(index)?;
            let to = MediaRules {
                transcoding: Encodings::NONE,
                ..leg.destination.media.clone()
            };
            let offer = self.caller.offer_to_call(&to)?;
            let local = own_address(offer.remote());
            return Some(Some(leg.said.forward(&offer, local)));
        }
        if self.session.is_none() {
            self.session = Session::open(core, self.key, caller, flow.peer.ip());
            if let (Some(session), Some(offer)) = (&self.session, &self.caller.offer) {
                session.set_remote(core, Side::Caller, offer.remote(), caller);
            }
        }
        if self.legs.iter().all(|leg| leg.said.last().is_empty())
            && let Some(session) = &mut self.session
        {
            session.callee_is_at(core, flow.peer.ip());
        }
        let Some(session) = self.session else {
            let seconds = self.config.limits.retry_after_seconds.to_string();
            let end = End {
                headers: vec![("Retry-After".to_owned(), seconds)],
                ..End::of(Disposition::Failed, 503, Party::Switch)
            };
            self.end(core, end);
            return None;
        };
        let leg = self.legs.get_mut(index)?;
        let offer = self.caller.offer_to_call(&leg.destination.media);
        let plain = offer.as_ref().filter(|_| leg.extensions.plain);
        let offer = match plain.and_then(|offer| offer.plain()) {
            Some(plain) => Some(Cow::Owned(plain)),
            None => offer,
        };
        Some(offer.map(|offer| leg.said.forward(&offer, session.local(Side::Callee))))
    }

    fn extensions_of(&self, destination: &Destination) -> Extensions {
        let rules = self.domain().map(|domain| &domain.dialogs);
        rules.map_or(Extensions::default(), |rules| {
            Extensions::of(rules, destination)
        })
    }

    /// How long a `connect` may take. Targets called one after another get at least the times they were given.
    pub(crate) fn connect_seconds(&self, connect: &Connect) -> u32 {
        let ring = self.domain().and_then(|domain| domain.ring_seconds);
        let ring = ring.unwrap_or(self.config.timing.ring_seconds);
        let given: u32 = (connect.targets.iter())
            .filter_map(|target| target.ring_seconds)
            .fold(0, u32::saturating_add);
        let seconds = connect.timeout_seconds.unwrap_or(match connect.strategy {
            Strategy::Simultaneous => ring,
            _ => ring.max(given),
        });
        seconds.clamp(1, limits::RING_SECONDS)
    }
}

/// An endpoint as events and records name it.
pub(crate) fn name_of(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Client(user) => user.clone(),
        Endpoint::Trunk(number) => format!("{}/{}", number.trunk, number.number),
        Endpoint::Uri(uri) => uri.clone(),
        Endpoint::RingGroup(name) => name.clone(),
    }
}
