//! The other side's answers to requests within the call, said to the side that asked.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer, RemoteMedia, Told};
use switchhook_routing::event::EventKind;
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction};

use crate::call::early::EarlySession;
use crate::call::hiding;
use crate::call::journal::party;
use crate::call::relay::{Delayed, Offered, Relayed, sent_as};
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;

/// The fields of an answer that the one who asked gets too.
const CARRIED: [HeaderName<'static>; 5] = [
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::RetryAfter,
    HeaderName::Warning,
    HeaderName::Other("Recv-Info"),
];

impl Call {
    /// A response to a request that was sent on to `side`.
    pub(crate) fn relayed_response(
        &mut self,
        core: &mut Core,
        tx: ClientTransaction,
        side: Side,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let place = self.relayed.iter().position(|relayed| relayed.client == tx);
        let Some(place) = place else {
            // A 2xx again, or one that crossed the end of the call: it wants its ACK.
            if response.is_success() && response.cseq().method == Method::Invite {
                self.acknowledge_late(core, side, response.cseq().number);
            }
            return;
        };
        if self.challenged(core, side, place, response) {
            return;
        }
        let relayed = self.relayed.swap_remove(place);
        self.forget_server(core, relayed.server);
        let is_invite = relayed.request.method() == Method::Invite;
        if is_invite || sent_as(&relayed.request) == Method::Update {
            self.refresh_targets(core, side, &relayed, response);
        }
        if !response.is_success() && relayed.is_offer() {
            // The session is what it was before (RFC 3261 §14.1).
            let before = relayed.before.clone();
            if let Some(said) = self.said(side) {
                said.restore(before);
            }
        }
        if response.is_success() && is_invite {
            self.session_changed(core, side, relayed, response);
        } else {
            self.pass_back(core, side, &relayed, response);
            if response.status() == 481 || (response.status() == 408 && is_invite) {
                // The other side no longer knows the dialog (RFC 3261 §12.2.1.2).
                self.side_lost(core, side);
            }
        }
    }

    /// No answer came from `side`.
    pub(crate) fn relay_failed(
        &mut self,
        core: &mut Core,
        tx: ClientTransaction,
        side: Side,
        status: u16,
    ) {
        let Some(place) = self.relayed.iter().position(|relayed| relayed.client == tx) else {
            return;
        };
        let relayed = self.relayed.swap_remove(place);
        self.forget_server(core, relayed.server);
        let is_invite = relayed.request.method() == Method::Invite;
        if !relayed.answered {
            let status = match is_invite && !self.outlives(side) {
                true => status,
                false => 500,
            };
            let response = core.response(&relayed.request, status, None).finish();
            core.respond(relayed.server, response);
        }
        if is_invite || status == 503 {
            self.side_lost(core, side);
        }
    }

    /// A CANCEL for an INVITE that was sent on.
    pub(crate) fn relayed_cancelled(&mut self, core: &mut Core, tx: ServerTransaction) {
        let found = self.relayed.iter_mut().find(|relayed| relayed.server == tx);
        let Some(relayed) = found else { return };
        if std::mem::replace(&mut relayed.answered, true) {
            return;
        }
        let response = core.response(&relayed.request, 487, None).finish();
        core.respond(relayed.server, response);
        core.cancel(relayed.client);
    }

    /// A 2xx to an INVITE within the call.
    fn session_changed(
        &mut self,
        core: &mut Core,
        side: Side,
        relayed: Relayed,
        response: &Response,
    ) {
        let cseq = response.cseq().number;
        let from = relayed.from;
        if relayed.answered || self.phase != Phase::Talking {
            return self.acknowledge_late(core, side, cseq);
        }
        let body = match &relayed.offer {
            Offered::Wanted => match Offer::parse(response.body()) {
                Ok(offer) => {
                    let body = self.offer_back(core, side, &offer);
                    self.delayed = Some(Delayed {
                        by: side,
                        offer: Box::new(offer),
                        cseq,
                    });
                    body
                }
                Err(_) => None,
            },
            _ => self.answer_back(core, side, &relayed, response),
        };
        if self.delayed.is_none() {
            self.acknowledge_late(core, side, cseq);
        }
        let Some(body) = body else {
            let response = core.response(&relayed.request, 488, None).finish();
            return core.respond(relayed.server, response);
        };
        self.succeed(core, from, relayed.server, &relayed.request, &body);
    }

    /// Any other final response.
    fn pass_back(&mut self, core: &mut Core, side: Side, relayed: &Relayed, response: &Response) {
        if relayed.answered {
            return;
        }
        let status = match response.status() {
            // What went wrong between us and the other side is none of the one who asked.
            401 | 407 => 403,
            300..=399 => 480,
            // These two would end the dialog of the one who asked (RFC 5057 §5.1).
            408 | 481 if self.outlives(side) => 500,
            status => status,
        };
        let is_updated = relayed.request.method() == Method::Update && response.is_success();
        let mut builder = match self.peer(relayed.from) {
            Some(peer) if is_updated => peer.success_of(core, &relayed.request),
            _ => core.response(&relayed.request, status, None),
        };
        let towards = self.peer(relayed.from).map(|peer| peer.flow);
        for name in CARRIED {
            builder = hiding::copy(core, builder, response, name, towards);
        }
        let body = match &relayed.offer {
            Offered::Nothing if response.body().is_empty() => None,
            Offered::Nothing => {
                let content_type = response.content_type().unwrap_or_default().into_owned();
                Some((content_type, response.body_bytes()))
            }
            _ if response.is_success() => self
                .answer_back(core, side, relayed, response)
                .map(|body| ("application/sdp".to_owned(), body)),
            _ => None,
        };
        if let Some((content_type, body)) = body {
            builder = builder.body(&content_type, &body);
        }
        core.respond(relayed.server, builder.finish());
        self.watch_session(core, relayed.from);
    }

    /// The other side's answer to an offer, said to the one who offered; the relay learns both addresses.
    fn answer_back(
        &mut self,
        core: &mut Core,
        side: Side,
        relayed: &Relayed,
        response: &Response,
    ) -> Option<Bytes> {
        let Offered::Offer(offer) = &relayed.offer else {
            return None;
        };
        let answer = Answer::parse(response.body()).ok()?;
        let from = relayed.from;
        let local = self.local_for(from, answer.remote())?;
        let encodings = self.encodings(None);
        let told = self.said(from)?.answer(offer, &answer, local, encodings);
        let Told { description, terms } = told.ok()?;
        let at = |call: &mut Call, side| call.peer(side).map(|peer| peer.flow.peer.ip());
        let (offerer, answerer) = (at(self, from)?, at(self, side)?);
        let remote = offer.remote();
        if let Some(session) = self.session {
            session.set_remote(core, from, RemoteMedia { terms, ..remote }, offerer);
            session.set_remote(core, side, answer.remote(), answerer);
        }
        if self.bridged.is_none()
            && let Some(heard) = self.caller.hears.clone()
            && let Some(early) = self.early(heard.leg, &heard.tag)
        {
            let said = match from {
                Side::Caller => answer.clone(),
                Side::Callee => offer.to_answer(),
            };
            early.session = EarlySession::Agreed(Box::new(said));
        }
        match from {
            Side::Caller => self.caller.offer = Some(Offer::clone(offer)),
            Side::Callee => self.caller_answered(&answer),
        }
        if self.phase == Phase::Talking {
            self.tell_reinvited(core, from);
            self.side_is(core, from, offer.remote().direction);
        }
        let heard = match from {
            Side::Caller => response.body(),
            Side::Callee => relayed.request.body(),
        };
        if let Some(leg) = self.bridged_leg() {
            leg.hear(heard);
        }
        Some(description)
    }

    /// The other side's offer in a 2xx, said to the one who wanted it.
    fn offer_back(&mut self, core: &mut Core, side: Side, offer: &Offer) -> Option<Bytes> {
        let from = side.other();
        let local = self.local_for(from, offer.remote())?;
        let signalling = self.peer(side)?.flow.peer.ip();
        if let Some(session) = self.session {
            session.set_remote(core, side, offer.remote(), signalling);
        }
        self.tell_reinvited(core, from);
        let offer = self.said_from(side, offer);
        Some(self.said(from)?.forward(&offer, local))
    }

    fn tell_reinvited(&mut self, core: &mut Core, by: Side) {
        let by = party(by);
        self.journal
            .tell(core, &self.facts, EventKind::Reinvited { by });
    }

    fn acknowledge_late(&mut self, core: &mut Core, side: Side, cseq: u32) {
        if self
            .delayed
            .as_ref()
            .is_some_and(|delayed| delayed.by == side && delayed.cseq == cseq)
        {
            return;
        }
        if let Some(peer) = self.peer(side)
            && !peer.acknowledge_again(core, cseq)
        {
            peer.acknowledge(core, cseq, None);
        }
    }

    /// Both Contacts of a successful INVITE or UPDATE say where later requests go.
    fn refresh_targets(&mut self, core: &Core, side: Side, relayed: &Relayed, response: &Response) {
        if !response.is_success() {
            return;
        }
        if let Some(peer) = self.peer(side) {
            peer.dialog.update_target(response);
            peer.learn(response);
            peer.timers.started(core, response);
            peer.described(response.body());
        }
        if let Some(peer) = self.peer(relayed.from) {
            peer.dialog.update_target(&relayed.request);
            peer.described(relayed.request.body());
        }
        self.watch_session(core, side);
    }

    /// A trunk wants credentials within the dialog too: the request is sent again with them.
    fn challenged(
        &mut self,
        core: &mut Core,
        side: Side,
        place: usize,
        response: &Response,
    ) -> bool {
        let taken = self
            .peer(side)
            .is_some_and(|peer| peer.take_challenge(response));
        let Some(relayed) = self.relayed.get_mut(place).filter(|_| taken) else {
            return false;
        };
        if relayed.answered {
            return false;
        }
        let request = relayed.request.clone();
        let offered = std::mem::replace(&mut relayed.offer, Offered::Nothing);
        let body = self.body_for(side, &request, &offered);
        let client = self.relay_request(core, side, &request, body);
        if let (Some(relayed), Some(client)) = (self.relayed.get_mut(place), client) {
            relayed.offer = offered;
            relayed.client = client;
            self.note(client, Sent::Relayed(side));
        }
        client.is_some()
    }
}
