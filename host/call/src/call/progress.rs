//! What the responses to a leg's INVITE mean: ringing, early media, an answer, a failure, a redirection, a challenge.

use switchhook_media::relay::Side;
use switchhook_media::sdp::Offer;
use switchhook_routing::event::{EventKind, LegFailure};
use switchhook_sip::dialog::{Dialog, Invite};
use switchhook_sip::digest;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::transaction::ClientTransaction;
use switchhook_sip::uri::Uri;

use crate::admission::is_sdp;
use crate::call::caller::{CallerState, Heard};
use crate::call::early::EarlySession;
use crate::call::failure::Failure;
use crate::call::hiding::shown;
use crate::call::leg::{LegState, Refusal};
use crate::call::peer::Peer;
use crate::call::provisional::Says;
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;
use crate::keys::{LegId, Owner};
use crate::limits;

impl Call {
    /// A response to the INVITE of a leg.
    pub(crate) fn leg_response(
        &mut self,
        core: &mut Core,
        index: usize,
        tx: ClientTransaction,
        flow: Flow,
        response: Response,
    ) {
        if self.joined_response(core, index, tx, &response) {
            return;
        }
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let is_current = matches!(leg.state, LegState::Calling(current) if current == tx);
        if let Some(used) = leg.flow.filter(|_| is_current) {
            leg.heard = true;
            match response.status() {
                503 => {
                    leg.retry_after = response.seconds(HeaderName::RetryAfter);
                    core.unreachable(used);
                }
                _ => core.reach.heard(used),
            }
        }
        match (leg.state, response.status()) {
            // An address that was given up has answered after all.
            (LegState::Calling(_), 200..300) if !is_current => {
                self.hang_up_answer(core, index, flow, &response, false);
            }
            (LegState::Calling(_), _) if !is_current => {}
            (LegState::Calling(_), ..200) => self.leg_progress(core, index, flow, &response),
            (LegState::Calling(_), 200..300) => self.leg_answered(core, index, flow, &response),
            (LegState::Calling(_), 300..=399) => self.leg_redirected(core, index, &response),
            (LegState::Calling(_), 401 | 407) if self.authorize(core, index, &response) => {}
            (LegState::Calling(_), 422) if self.lengthen(core, index, &response) => {}
            (LegState::Calling(_), 488 | 606) if self.call_relayed(core, index) => {}
            (LegState::Calling(_), 488 | 606) if self.offer_plainly(core, index) => {}
            (LegState::Calling(_), 503) if self.try_next_address(core, index) => {}
            // It is between that proxy and us: the caller hears that the device is not reached.
            (LegState::Calling(_), 430) => {
                self.flow_is_gone(core, index);
                if !self.try_next_flow(core, index) {
                    self.leg_failed(core, index, Failure::Status(480));
                }
            }
            (LegState::Calling(_), status) => {
                self.keep_refusal(core, index, &response);
                self.leg_failed(core, index, Failure::Status(status));
            }
            // "a CANCEL … has no effect" on an answer that crossed it: it is acknowledged and hung up.
            (LegState::Cancelled(_), 200..300) => {
                self.hang_up_answer(core, index, flow, &response, true)
            }
            (LegState::Cancelled(_), 300..) => self.leg_done(core, index),
            (LegState::Answered | LegState::Ending | LegState::Done, 200..300) => {
                self.answered_again(core, index, flow, &response);
            }
            _ => {}
        }
    }

    /// The INVITE of a leg got no final response, or could not be sent: another address, or a failure.
    pub(crate) fn leg_unanswered(
        &mut self,
        core: &mut Core,
        index: usize,
        tx: ClientTransaction,
        status: u16,
    ) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        match leg.state {
            LegState::Calling(current) if current == tx && leg.joined.is_some() => {
                self.refused_to_join(core, index, status);
            }
            LegState::Cancelled(current) if current == tx => self.leg_done(core, index),
            LegState::Calling(current) if current == tx => {
                if let Some(flow) = leg.flow.filter(|_| !leg.heard) {
                    core.unreachable(flow);
                }
                let gave_up = leg.heard || !self.try_next_address(core, index);
                if gave_up {
                    self.leg_failed(core, index, Failure::Unreachable(status));
                }
            }
            _ => {}
        }
    }

    /// A leg has failed for good.
    pub(crate) fn leg_failed(&mut self, core: &mut Core, index: usize, failure: Failure) {
        self.record_leg(index, failure.status());
        self.tell_failed(core, index, failure.told());
        self.leg_done(core, index);
        self.fail_with(failure);
        if self.divert_after(core, index, failure) {
            return;
        }
        if failure.status() >= 600
            && let Some(connecting) = &mut self.connecting
        {
            // "If a 6xx is received, … the client SHOULD cancel all pending transactions" (RFC 3261 §16.7 step 5).
            connecting.give_up();
            self.drop_open_legs(core, LegFailure::Cancelled);
        }
        if self.phase == Phase::Connecting && self.hunt_on(core, index, failure) {
            return;
        }
        self.after_leg(core);
    }

    pub(crate) fn record_leg(&mut self, index: usize, status: u16) {
        let record = self.legs.get(index).map(|leg| leg.record);
        if let Some(record) = record.and_then(|at| self.journal.legs.get_mut(at)) {
            record.status = Some(status);
        }
    }

    fn leg_progress(&mut self, core: &mut Core, index: usize, flow: Flow, response: &Response) {
        let status = response.status();
        if status <= 100 {
            return;
        }
        let has_sdp = !response.body().is_empty() && is_sdp(response.content_type().as_deref());
        if !self.note_early(core, index, flow, response, has_sdp) {
            return;
        }
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        if !std::mem::replace(&mut leg.rang, true) {
            leg.early_tag = response.to().tag().unwrap_or_default().to_owned();
            self.tell_leg(core, index, EventKind::Ringing);
            self.tell_referrer(core, 180);
            if !has_sdp {
                self.ring_back(core);
            }
        }
        if status == 199 {
            // The branch is gone; the others go on (RFC 6228 §4). The caller has one dialog with us for all of them.
            return self.drop_early(core, index, response.to().tag());
        }
        if has_sdp && let Some(leg) = self.legs.get_mut(index) {
            leg.hear(response.body());
        }
        if has_sdp && self.early_media(core, index, response) {
            return;
        }
        if self.is_rung_back() {
            // After a 180 its phone would ring by itself, instead of what it is to hear.
            return;
        }
        if !self.caller.told.contains(&status) {
            self.caller.told.push(status);
            self.tell_progress(core, status, Says::Nothing);
        }
    }

    /// The first early dialog with media is the one that the caller hears. `false`: the caller is not told of any.
    fn early_media(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let Some(session) = self.session else {
            return false;
        };
        let tag = response.to().tag().unwrap_or_default();
        let can_offer = self.can_offer_early();
        let Some(early) = self.early(index, tag) else {
            return false;
        };
        let signalling = early.peer.flow.peer.ip();
        if let EarlySession::Offered { offer, .. } = &early.session {
            let offer = Offer::clone(offer);
            return self.early_offer(core, index, response, &offer, can_offer);
        }
        let Some(answer) = early.answer().cloned() else {
            return false;
        };
        if self.caller.hears.is_some() {
            return false;
        }
        let told = self.caller.said.last();
        let encodings = self.encodings(Some(index));
        let is_told = if self.caller.state != CallerState::Waiting {
            // It is in a call already, and hears this without being told.
            true
        } else if !told.is_empty() {
            // What it was told it goes by, whoever it hears (RFC 3261 §13.2.1).
            if !Offer::parse(&told).is_ok_and(|told| answer.covers(&told, encodings)) {
                return false;
            }
            false
        } else {
            let local = session.local(Side::Caller);
            let Some(offer) = self.caller.offer.as_ref() else {
                return false;
            };
            let said = &mut self.caller.said;
            let Ok(told) = said.answer(offer, &answer, local, encodings) else {
                return false;
            };
            session.agree(core, Side::Caller, offer, &told, self.caller.address());
            self.caller.told.push(response.status());
            self.tell_progress(core, response.status(), Says::Answer(told.description));
            true
        };
        session.set_remote(core, Side::Callee, answer.remote(), signalling);
        self.caller.hears = Some(Heard {
            leg: index,
            tag: tag.into(),
        });
        self.stop_background(core, Side::Caller);
        is_told
    }

    /// An early dialog has offered in a reliable response (RFC 3262 §5): the first such offer is the caller's to answer, and
    /// its answer is everybody's. `false`: the caller is not told of it.
    fn early_offer(
        &mut self,
        core: &mut Core,
        index: usize,
        response: &Response,
        offer: &Offer,
        can_offer: bool,
    ) -> bool {
        let tag = response.to().tag().unwrap_or_default();
        if self.caller.offer.is_some() {
            self.answer_early_offers(core);
        }
        let Some(session) = self.session.filter(|_| can_offer) else {
            return false;
        };
        let signalling = self
            .early(index, tag)
            .map(|early| early.peer.flow.peer.ip());
        let signalling = signalling.unwrap_or(self.caller.address());
        session.set_remote(core, Side::Callee, offer.remote(), signalling);
        self.caller.hears = Some(Heard {
            leg: index,
            tag: tag.into(),
        });
        let offer = self.said_from(Side::Callee, offer);
        let body = self
            .caller
            .said
            .forward(&offer, session.local(Side::Caller));
        self.caller.told.push(response.status());
        self.tell_progress(core, response.status(), Says::Offer(body));
        true
    }

    /// Keeps what the caller is told of a refusal: when to try again, and why (RFC 3261 §20.33, §20.43; RFC 6432).
    fn keep_refusal(&mut self, core: &Core, index: usize, response: &Response) {
        let towards = Some(self.caller.flow);
        let names = [
            HeaderName::RetryAfter,
            HeaderName::Reason,
            HeaderName::Warning,
        ];
        let mut headers = Vec::new();
        for name in names {
            let values = response.headers(name);
            let shown = values.filter_map(|value| shown(core, name, &value, towards));
            headers.extend(shown.map(|value| (name.as_str().to_owned(), value)));
        }
        if let Some(leg) = self.legs.get_mut(index).filter(|_| !headers.is_empty()) {
            let status = response.status();
            leg.refusal = Some(Box::new(Refusal { status, headers }));
        }
    }

    /// 422: the INVITE goes again with a longer session interval (RFC 4028 §7.3).
    fn lengthen(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let leg = self.legs.get_mut(index);
        leg.is_some_and(|leg| leg.extensions.lengthen(response)) && self.send_again(core, index)
    }

    /// Whoever is called accepts none of what was offered: once it is offered less (RFC 3261 §21.4.26).
    fn offer_plainly(&mut self, core: &mut Core, index: usize) -> bool {
        let Some(leg) = self.legs.get(index).filter(|leg| !leg.extensions.plain) else {
            return false;
        };
        let offer = self.caller.offer_to_call(&leg.destination.media);
        if offer.is_none_or(|offer| offer.plain().is_none()) {
            return false;
        }
        if let Some(leg) = self.legs.get_mut(index) {
            leg.extensions.plain = true;
        }
        self.send_again(core, index)
    }

    /// Sends the INVITE of a leg again, changed, with the next number; what it may ring for goes on.
    pub(crate) fn send_again(&mut self, core: &mut Core, index: usize) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let Some(flow) = leg.flow else { return false };
        leg.cseq += 1;
        // What the one before began is over with it.
        self.drop_early(core, index, None);
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let ring_seconds = leg.ring_seconds.take();
        self.send_invite(core, index, flow);
        if let Some(leg) = self.legs.get_mut(index) {
            leg.ring_seconds = ring_seconds;
        }
        true
    }

    /// Answers the challenge of a trunk with its credentials. `false`: it cannot be answered.
    fn authorize(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let Some(login) = leg.destination.login.clone() else {
            return false;
        };
        let Some(side) = digest::Side::of_status(response.status()) else {
            return false;
        };
        if leg.challenges >= limits::CHALLENGES {
            return false;
        }
        leg.challenges += 1;
        let challenges: Vec<_> = response
            .headers(HeaderName::from_name(side.challenge_header()))
            .collect();
        let body = leg.said.last();
        let signed = digest::Signed {
            method: "INVITE",
            uri: &leg.destination.uri,
            body: &body,
        };
        let login = digest::Login {
            username: &login.username,
            password: &login.password,
        };
        let cnonce = core.tag();
        let mut count = digest::NonceCount::default();
        let values = challenges.iter().map(AsRef::as_ref);
        let Ok((_, value)) = digest::answer(values, login, signed, &cnonce, &mut count) else {
            return false;
        };
        leg.credentials = Some((side.credentials_header(), value));
        self.send_again(core, index)
    }

    /// An answer that nobody waits for any more, or that we cannot use: acknowledged and hung up.
    pub(crate) fn hang_up_answer(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
        is_leg: bool,
    ) {
        let Some(mut peer) = self.confirmed(core, index, flow, response) else {
            self.leg_done(core, index);
            return;
        };
        peer.acknowledge(core, response.cseq().number, None);
        if is_leg {
            if let Some(leg) = self.legs.get_mut(index) {
                leg.peer = Some(peer);
                leg.state = LegState::Ending;
            }
            self.bye(core, LegId::Callee(index));
        } else {
            let (flow, builder) = peer.request(core, "BYE");
            let tx = core.request(Owner::Call(self.key), flow, builder.finish());
            self.note(tx, Sent::Orphan);
        }
    }

    /// The dialog that an answer makes.
    pub(crate) fn peer_of_answer(
        &self,
        index: usize,
        flow: Flow,
        response: &Response,
    ) -> Option<Peer> {
        let leg = self.legs.get(index)?;
        let invite = Invite {
            uri: Uri::parse(&leg.destination.uri).ok()?,
            from: leg.from.as_bytes(),
            cseq: leg.cseq,
        };
        let dialog = Dialog::uac_of(invite, response).ok()?;
        let mut peer = Peer::new(dialog, flow, leg.destination.client.is_some());
        peer.login = leg.destination.login.clone();
        peer.timers.terms = leg.extensions.terms;
        peer.learn(response);
        Some(peer)
    }

    /// The dialog of a 2xx: the early one that it confirms, else a new one.
    pub(crate) fn confirmed(
        &mut self,
        core: &Core,
        index: usize,
        flow: Flow,
        response: &Response,
    ) -> Option<Peer> {
        let mut peer = match self.take_early(index, response) {
            Some(early) => {
                let mut peer = early.peer;
                peer.dialog.confirm_uac(response).ok()?;
                peer.flow = flow;
                peer.learn(response);
                peer
            }
            None => self.peer_of_answer(index, flow, response)?,
        };
        peer.timers.started(core, response);
        Some(peer)
    }

    /// A further 2xx: a retransmission gets its ACK again, another branch's answer is hung up (RFC 3261 §13.2.2.4).
    fn answered_again(&mut self, core: &mut Core, index: usize, flow: Flow, response: &Response) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let Some(peer) = &leg.peer else {
            // A destination that was given up has answered after all.
            return self.hang_up_answer(core, index, flow, response, false);
        };
        if response.to().tag() == Some(peer.dialog.id().remote_tag.as_str()) {
            peer.acknowledge_again(core, response.cseq().number);
        } else {
            self.hang_up_answer(core, index, flow, response, false);
        }
    }
}
