//! The answer: one leg gets the call, the others end, the caller gets its 200 and both sides are connected.

use std::borrow::Cow;

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer, RemoteMedia};
use switchhook_routing::event::{EventKind, LegFailure};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{Request, Response};
use switchhook_sip::transaction::SuccessAction;
use switchhook_sip::uri::Uri;

use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::failure::Failure;
use crate::call::leg::LegState;
use crate::call::media::said_to;
use crate::call::relay::Delayed;
use crate::call::state::{Call, Phase};
use crate::call::target::{Destination, by_uri};
use crate::config::Domain;
use crate::core::Core;
use crate::keys::LegId;
use crate::limits;
use crate::trunks::diversion::Cause;

/// What an answer means for the caller's session.
enum Session {
    /// The called side has answered the caller's offer: this is for the caller.
    Answer(Bytes),
    /// The called side has made the offer: this is for the caller, whose answer comes with its ACK.
    Offer(Bytes, Box<Offer>),
    /// The caller's session was agreed on before: it was in the call already, or has it from a reliable provisional
    /// response. What the called side answered, if that is new; and what answers its offer, if it made one.
    Again(Option<Box<Answer>>, Option<Bytes>),
}

impl Call {
    /// A leg has answered.
    pub(crate) fn leg_answered(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
    ) {
        if self.awaits_answer(index, response) {
            return;
        }
        let session = match self.caller.state {
            CallerState::Waiting => self.session_of(core, index, flow, response),
            _ => self
                .session_again(core, index, flow, response)
                .map(|answer| Session::Again(answer, None)),
        };
        let Some(session) = session else {
            return self.answered_unusably(core, index, flow, response);
        };
        let joined = self.peer_of_joined(core, index, response);
        let peer = joined.or_else(|| self.confirmed(core, index, flow, response));
        let Some(mut peer) = peer else {
            return self.leg_failed(core, index, Failure::Unreachable(502));
        };
        if let Some(leg) = self.legs.get_mut(index) {
            leg.hear(response.body());
        }
        let cseq = response.cseq().number;
        match &session {
            Session::Offer(..) => {}
            Session::Answer(_) => peer.acknowledge(core, cseq, None),
            Session::Again(_, answer) => peer.acknowledge(core, cseq, answer.clone()),
        }
        peer.described(response.body());
        if let Some(leg) = self.legs.get_mut(index) {
            leg.state = LegState::Answered;
            leg.peer = Some(peer);
            leg.early = Vec::new();
        }
        self.bridged = Some(index);
        self.phase = Phase::Talking;
        self.connecting = None;
        self.deadlines.clear(Timer::Connect);
        self.deadlines.clear(Timer::Ring(index));
        self.routing.connected = true;
        self.hear_each_other(core);
        let mut renewed = None;
        let body = match session {
            Session::Answer(body) => Some(body),
            Session::Offer(body, offer) => {
                let by = Side::Callee;
                self.delayed = Some(Delayed { by, offer, cseq });
                Some(body)
            }
            Session::Again(answer, _) => {
                if self.caller.state == CallerState::Elsewhere {
                    self.fetch_caller(core, answer.as_deref());
                } else {
                    renewed = answer;
                }
                // "the UAC MUST treat the first session description it receives as the answer" (RFC 3261 §13.2.1).
                (!self.caller.is_agreed()).then(|| self.caller.said.last())
            }
        };
        if self.caller.state == CallerState::Waiting {
            self.answer_caller(core, body);
        }
        if let Some(answer) = renewed {
            self.renew_if_needed(core, index, &answer);
        }
        self.watch_session(core, Side::Callee);
        self.drop_open_legs(core, LegFailure::Cancelled);
        self.tell_answered(core, index);
    }

    /// Its answer cannot be used: for the script it has failed as if it had refused the offer.
    fn answered_unusably(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
    ) {
        if self.is_joining(LegId::Callee(index)) {
            self.handed_response(core, LegId::Callee(index), response);
            return self.refused_to_join(core, index, 488);
        }
        self.record_leg(index, 488);
        self.tell_failed(core, index, LegFailure::Status(488));
        self.hang_up_answer(core, index, flow, response, true);
        self.fail_with(Failure::Status(488));
        self.after_leg(core);
    }

    /// The 200 for the caller, as soon as no PRACK is missing.
    pub(crate) fn answer_caller(&mut self, core: &mut Core, body: Option<Bytes>) {
        if self.caller.holds_answer(&body) {
            return;
        }
        let callee = self.peer(Side::Callee);
        let packages = callee.and_then(|peer| peer.allowed.packages.clone());
        self.caller.answer(core, body, packages);
        self.watch_longest(core);
        self.watch_provisional(core);
        self.watch_success(core, Side::Caller);
        self.watch_session(core, Side::Caller);
    }

    /// A redirection: its contacts become legs of the same `connect`.
    pub(crate) fn leg_redirected(&mut self, core: &mut Core, index: usize, response: &Response) {
        let mut contacts: Vec<_> = response.contacts().flatten().collect();
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.q_thousandths()));
        let allowed = self.connecting.as_mut().is_some_and(|connecting| {
            connecting.redirects += 1;
            connecting.redirects <= limits::REDIRECTS
        });
        let config = std::sync::Arc::clone(&self.config);
        let ring_seconds = self.legs.get(index).and_then(|leg| leg.ring_seconds);
        let mut followed = Vec::new();
        if let Some(domain) = self.domain().filter(|_| allowed) {
            for contact in contacts.iter().take(limits::REDIRECT_CONTACTS) {
                let uri: Uri<'_> = contact.uri();
                let called =
                    |d: &Destination| self.legs.iter().any(|leg| leg.destination.uri == d.uri);
                let mut found = by_uri(core, &config, domain, &uri).unwrap_or_default();
                found.retain(|destination| {
                    !called(destination) && self.may_redirect_to(domain, index, destination)
                });
                followed.extend(found);
            }
        }
        if followed.is_empty() {
            return self.leg_failed(core, index, Failure::Status(response.status()));
        }
        self.record_leg(index, response.status());
        self.tell_failed(core, index, LegFailure::Status(response.status()));
        let place = self.legs.get(index).map_or(0, |leg| leg.place);
        let by = self.legs.get(index).map(|leg| leg.destination.user());
        self.divert(&by.unwrap_or_default(), Cause::of_redirection(response));
        for destination in followed {
            self.start_leg(core, place, destination, ring_seconds);
        }
        self.leg_done(core, index);
        self.after_leg(core);
    }

    /// Whether a leg may have us call this: else whoever is called could reach any host in our name, past the dialplan.
    fn may_redirect_to(&self, domain: &Domain, index: usize, to: &Destination) -> bool {
        let host = |uri| {
            Uri::parse(uri)
                .ok()
                .map(|uri| uri.host().to_ascii_lowercase())
        };
        let leg = self.legs.get(index).map(|leg| &leg.destination);
        let own = leg.is_some_and(|own| own.trunk.is_some() && host(&own.uri) == host(&to.uri));
        to.client.is_some() || own || domain.redirects_outside
    }

    /// An ACK: our 2xx has arrived. If that 2xx made an offer, the ACK has the answer to it.
    pub(crate) fn acknowledged(&mut self, core: &mut Core, leg: LegId, request: &Request) {
        let Some((side, _)) = self.both(leg) else {
            return;
        };
        let cseq = request.cseq().number;
        let Some(peer) = self.peer(side) else { return };
        if peer
            .success
            .as_ref()
            .is_none_or(|success| success.cseq != cseq)
        {
            return;
        }
        peer.success = None;
        peer.described(request.body());
        self.deadlines.clear(Timer::Success(side.into()));
        if self.delayed.is_none()
            && side == Side::Caller
            && self.caller.offer.is_none()
            && let Ok(answer) = Answer::parse(request.body())
        {
            // Whoever offered has hung up meanwhile.
            self.caller_answered(&answer);
        }
        if side == Side::Caller {
            self.own_offer_answered(core, request);
        }
        if let Some(delayed) = self.delayed.take() {
            self.answer_delayed(core, side, delayed, request);
        }
        if self.phase == Phase::Ending && side == Side::Caller {
            self.hang_up_caller(core);
        }
    }

    /// The retransmission of a 2xx is due, or has been in vain.
    pub(crate) fn success_due(&mut self, core: &mut Core, side: Side) {
        let now = core.now;
        let Some(peer) = self.peer(side) else { return };
        let Some(success) = &mut peer.success else {
            return;
        };
        match success.retransmit.handle_timeout(now) {
            Some(SuccessAction::Resend) => {
                let (tx, response) = (success.tx, success.response.clone());
                core.respond(tx, response);
                self.watch_success(core, side);
            }
            Some(SuccessAction::GiveUp) => {
                peer.success = None;
                let end = self.ended_by_switch();
                self.end(core, end);
                self.hang_up_caller(core);
            }
            None => self.watch_success(core, side),
        }
    }

    /// Sets the deadline for the 2xx that a side has not acknowledged yet.
    pub(crate) fn watch_success(&mut self, core: &Core, side: Side) {
        let next = self.peer(side).and_then(|peer| peer.success.as_ref());
        let next = next.map(|success| success.retransmit.poll_timeout());
        match next {
            Some(at) => self
                .deadlines
                .set(Timer::Success(side.into()), at.max(core.now)),
            None => self.deadlines.clear(Timer::Success(side.into())),
        }
    }

    /// What the session description of an answer comes down to. `None`: nothing that can be used.
    fn session_of(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
    ) -> Option<Session> {
        if self.legs.get(index)?.direct {
            let told = self.answer_directly(index, response)?;
            return Some(Session::Answer(told.description));
        }
        let session = self.session?;
        let local = session.local(Side::Caller);
        if self.caller.offer.is_none() {
            let theirs = Offer::parse(response.body()).ok()?;
            session.set_remote(core, Side::Callee, theirs.remote(), flow.peer.ip());
            let media = &self.legs.get(index)?.destination.media;
            let offer = said_to(Cow::Borrowed(&theirs), media, &self.caller.media);
            let body = self.caller.said.forward(&offer, local);
            return Some(Session::Offer(body, Box::new(theirs)));
        }
        let was_offered = !self.legs.get(index)?.said.last().is_empty();
        let (mut for_ack, mut terms) = (None, None);
        let answer = match self.early_answer(index, response) {
            Some((answer, agreed)) if agreed || response.body().is_empty() => answer,
            _ if !was_offered => {
                // The caller has answered the offer of another branch meanwhile.
                let theirs = Offer::parse(response.body()).ok()?;
                let told = self.answer_for_caller(index, &theirs)?;
                (for_ack, terms) = (Some(told.description), Some(told.terms));
                theirs.to_answer()
            }
            _ => Answer::parse(response.body()).ok()?,
        };
        let is_told = self.audio.as_ref().is_some_and(|a| a.answered_early);
        if self.caller.is_agreed() || is_told {
            let remote = answer.remote();
            let terms = terms.unwrap_or(remote.terms);
            let remote = RemoteMedia { terms, ..remote };
            session.set_remote(core, Side::Callee, remote, flow.peer.ip());
            let is_known = self.hears(index, response) && for_ack.is_none();
            return Some(Session::Again(
                (!is_known).then(|| Box::new(answer)),
                for_ack,
            ));
        }
        let encodings = self.encodings(Some(index));
        let offer = self.caller.offer.as_ref()?;
        let told = self.caller.said.answer(offer, &answer, local, encodings);
        let told = told.ok()?;
        session.agree(core, Side::Caller, offer, &told, self.caller.address());
        session.set_remote(core, Side::Callee, answer.remote(), flow.peer.ip());
        Some(Session::Answer(told.description))
    }

    fn answer_delayed(&mut self, core: &mut Core, side: Side, delayed: Delayed, ack: &Request) {
        let Delayed { by, offer, cseq } = delayed;
        let answer = Answer::parse(ack.body()).ok();
        let local = answer.as_ref().and_then(|a| self.local_for(by, a.remote()));
        let (Some(answer), Some(local)) = (answer, local) else {
            // "the ACK MUST contain an answer": without one there is no session.
            self.acknowledge_without_answer(core, by, cseq);
            return self.end(core, self.ended_by_switch());
        };
        let signalling = self.peer(side).map(|peer| peer.flow.peer.ip());
        let signalling = signalling.unwrap_or(self.caller.address());
        if let Some(session) = self.session {
            session.set_remote(core, side, answer.remote(), signalling);
        }
        match side {
            Side::Caller => self.caller_answered(&answer),
            Side::Callee => self.caller.offer = Some((*offer).clone()),
        }
        let (session, encodings) = (self.session, self.encodings(None));
        let told = self
            .said(by)
            .and_then(|said| said.answer(&offer, &answer, local, encodings).ok());
        if let Some(peer) = self.peer(by) {
            let signalling = peer.flow.peer.ip();
            if let (Some(told), Some(session)) = (&told, session) {
                session.agree(core, by, &offer, told, signalling);
            }
            peer.acknowledge(core, cseq, told.map(|told| told.description));
        }
        self.side_is(core, by, offer.remote().direction);
        self.side_is(core, side, answer.remote().direction);
    }

    /// The side that offered gets its ACK, so that it stops repeating its 2xx and can be hung up.
    pub(crate) fn acknowledge_without_answer(&mut self, core: &mut Core, by: Side, cseq: u32) {
        if let Some(peer) = self.peer(by) {
            peer.acknowledge(core, cseq, None);
        }
    }

    pub(crate) fn tell_answered(&mut self, core: &mut Core, index: usize) {
        let at = core.epoch_ms(core.now);
        if self.journal.answered_at.is_none() {
            core.counters.answered += 1;
            self.journal.answered_at = Some(at);
        }
        self.record_leg(index, 200);
        let record = self.legs.get(index).map(|leg| leg.record);
        if let Some(record) = record.and_then(|place| self.journal.legs.get_mut(place)) {
            record.answered_at = Some(at);
        }
        self.tell_leg(core, index, EventKind::Answered);
    }
}
