//! UPDATE (RFC 3311), and offers within early dialogs: sent on where the other side can take them, else answered with what
//! it has said before.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer, RemoteMedia, Told};
use switchhook_sip::build::Builder;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::{ServerTransaction, SuccessRetransmit};

use crate::admission::{check_form, is_sdp};
use crate::call::caller::CallerState;
use crate::call::early::EarlySession;
use crate::call::peer::{Peer, Success};
use crate::call::state::{Call, Phase};
use crate::core::{Core, Reply};
use crate::features::{ALLOW, SUPPORTED};
use crate::keys::LegId;

impl Call {
    /// UPDATE within a dialog, early or not.
    pub(crate) fn update(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        check_form(request)?;
        let tag = request.from().tag().unwrap_or_default();
        let peer = self.peer_of(leg, tag).ok_or_else(|| Reply::new(481))?;
        peer.timers.check(request)?;
        peer.learn(request);
        let has_sdp = !request.body().is_empty() && is_sdp(request.content_type().as_deref());
        if !has_sdp {
            // It concerns nobody but this side: a new Contact, the session timer.
            peer.dialog.update_target(request);
            self.accept_update(core, leg, tx, request, None);
            return Ok(());
        }
        if let (Phase::Talking, Some(side)) = (self.phase, self.side(leg)) {
            return self.offered_in_update(core, (leg, side), tx, request);
        }
        match self.phase {
            Phase::Ending => Err(Reply::new(481)),
            _ => self.offered_early(core, leg, tx, request),
        }
    }

    /// An offer in the PRACK of the caller, once it has its answer (RFC 3262 §5).
    pub(crate) fn offered_in_prack(
        &mut self,
        core: &mut Core,
        tx: ServerTransaction,
        request: &Request,
    ) {
        if let Err(reply) = self.offered_early(core, LegId::Caller, tx, request) {
            core.reply(tx, request, reply);
        }
    }

    /// A re-INVITE that only refreshes its session (RFC 4028 §7.4): nothing of it has changed, so that nobody else is asked.
    /// `false`: it says something new.
    pub(crate) fn answer_refresh(
        &mut self,
        core: &mut Core,
        side: Side,
        tx: ServerTransaction,
        request: &Request,
    ) -> bool {
        if request.raw_header(HeaderName::SessionExpires).is_none() {
            return false;
        }
        let Some(body) = self.answer_again(side, request) else {
            return false;
        };
        if let Some(peer) = self.peer(side) {
            peer.dialog.update_target(request);
        }
        self.succeed(core, side, tx, request, &body);
        true
    }

    /// The answer to an offer of what a side has said before: what it was told before. `None`: it says something new.
    fn answer_again(&mut self, side: Side, request: &Request) -> Option<Bytes> {
        let encodings = self.encodings(None);
        if !self.peer(side)?.has_described(request.body()) {
            return None;
        }
        let offer = Offer::parse(request.body()).ok()?;
        let before = Answer::parse(&self.said(side)?.last()).ok()?;
        let local = self.local_for(side, before.remote())?;
        let said = self.said(side)?;
        let told = said.answer(&offer, &before, local, encodings).ok()?;
        Some(told.description)
    }

    /// An offer in an UPDATE of one of the two that are connected. Whoever is refused because the other side takes no UPDATE
    /// can offer the same with a re-INVITE.
    fn offered_in_update(
        &mut self,
        core: &mut Core,
        (leg, side): (LegId, Side),
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        self.check_glare(side)?;
        if let Some(body) = self.answer_again(side, request) {
            if let Some(peer) = self.peer(side) {
                peer.dialog.update_target(request);
            }
            self.accept_update(core, leg, tx, request, Some(body));
            return Ok(());
        }
        let other = self.peer(side.other());
        if !other.is_some_and(|peer| peer.allowed.update) {
            return Err(Reply::new(488));
        }
        self.send_on(core, leg, tx, request)
    }

    /// 200 to an INVITE within the call, and its retransmission from now on.
    pub(crate) fn succeed(
        &mut self,
        core: &mut Core,
        side: Side,
        tx: ServerTransaction,
        request: &Request,
        body: &Bytes,
    ) {
        let Some(peer) = self.peer(side) else { return };
        let builder = peer.success_of(core, request);
        let response = builder.body("application/sdp", body).finish();
        core.respond(tx, response.clone());
        let retransmit = SuccessRetransmit::new(core.now, core.timing());
        peer.success = Some(Success {
            tx,
            cseq: request.cseq().number,
            response,
            retransmit,
        });
        self.watch_success(core, side);
        self.watch_session(core, side);
    }

    /// An offer within an early dialog. Those of the called side are sent on only from the branch that the caller hears.
    fn offered_early(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        let offer = Offer::parse(request.body()).map_err(|error| Reply::new(error.status()))?;
        let tag = request.from().tag().unwrap_or_default();
        let heard = self.caller.hears.clone();
        let (from, to) = match leg {
            LegId::Caller => (Side::Caller, Side::Callee),
            LegId::Callee(_) => (Side::Callee, Side::Caller),
        };
        self.check_early_offer(leg, tag)?;
        let is_heard = match leg {
            LegId::Caller => heard.is_some(),
            LegId::Callee(index) => {
                heard.is_some_and(|heard| heard.leg == index && *heard.tag == *tag)
            }
        };
        let sent_on = is_heard && self.takes_updates(to);
        if sent_on {
            return self.forward(core, (from, to), tx, request);
        }
        if leg == LegId::Caller && !is_heard {
            let body = self.answer_alone(core, offer)?;
            self.accept_update(core, leg, tx, request, Some(body));
            return Ok(());
        }
        let told = match leg {
            LegId::Caller => self.answer_for_callee(&offer),
            LegId::Callee(index) => self.answer_for_caller(index, &offer),
        };
        let told = told.ok_or_else(|| Reply::new(488))?;
        let signalling = self.peer_of(leg, tag).map(|peer| peer.flow.peer.ip());
        if let LegId::Callee(index) = leg
            && let Some(early) = self.early(index, tag)
        {
            early.session = EarlySession::Agreed(Box::new(offer.to_answer()));
        }
        if let (true, Some(session), Some(signalling)) = (is_heard, self.session, signalling) {
            let terms = told.terms;
            let remote = RemoteMedia {
                terms,
                ..offer.remote()
            };
            session.set_remote(core, from, remote, signalling);
        }
        if leg == LegId::Caller {
            self.caller.offer = Some(offer);
        }
        self.accept_update(core, leg, tx, request, Some(told.description));
        Ok(())
    }

    /// Whether an offer may be made now: "if the UAS has not answered an offer: 500 with Retry-After", "if it has made one
    /// that is not answered: 491" (RFC 3311 §5.2).
    fn check_early_offer(&mut self, leg: LegId, tag: &str) -> Result<(), Reply> {
        match leg {
            LegId::Caller => {
                let provisionals = self.caller.provisionals.as_ref();
                if provisionals.is_some_and(|p| p.has_offered()) {
                    return Err(Reply::new(491));
                }
                if self.caller.state == CallerState::Waiting && !self.caller.is_agreed() {
                    return Err(Reply::new(500).with("Retry-After", "2"));
                }
                Ok(())
            }
            LegId::Callee(index) => match self.early(index, tag) {
                Some(early) if early.is_agreed() => Ok(()),
                Some(_) => Err(Reply::new(491)),
                None => Err(Reply::new(481)),
            },
        }
    }

    /// Whether a side can be sent an UPDATE with an offer in its early dialog.
    fn takes_updates(&mut self, to: Side) -> bool {
        let agreed = match to {
            Side::Caller => {
                let provisionals = self.caller.provisionals.as_ref();
                provisionals.is_some_and(|p| p.agreed && !p.is_waiting())
            }
            Side::Callee => {
                let heard = self.caller.hears.clone();
                let early = heard.and_then(|heard| self.early(heard.leg, &heard.tag));
                early.is_some_and(|early| early.is_agreed())
            }
        };
        agreed && self.peer(to).is_some_and(|peer| peer.allowed.update)
    }

    /// What the caller is answered on behalf of the branch that it hears.
    fn answer_for_callee(&mut self, offer: &Offer) -> Option<Told> {
        let heard = self.caller.hears.clone()?;
        let answer = self.early(heard.leg, &heard.tag)?.answer()?.clone();
        let local = self.session?.local(Side::Caller);
        let encodings = self.encodings(Some(heard.leg));
        self.caller
            .said
            .answer(offer, &answer, local, encodings)
            .ok()
    }

    /// 200 to an UPDATE, or to a PRACK with an offer.
    fn accept_update(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
        body: Option<Bytes>,
    ) {
        let tag = request.from().tag().unwrap_or_default();
        let Some(peer) = self.peer_of(leg, tag) else {
            return;
        };
        let builder = match request.method() {
            Method::Update => peer.success_of(core, request),
            _ => core.response(request, 200, None),
        };
        let response = match body {
            Some(body) => builder.body("application/sdp", &body).finish(),
            None => builder.finish(),
        };
        core.respond(tx, response);
        if let Some(side) = self.side(leg) {
            self.watch_session(core, side);
        }
    }
}

impl Peer {
    /// 200 to an INVITE or UPDATE within the dialog, begun.
    pub(crate) fn success_of(&mut self, core: &Core, request: &Request) -> Builder {
        let builder = core
            .response(request, 200, Some(&self.dialog.id().local_tag))
            .raw_header(HeaderName::Contact, core.contact(self.flow).as_bytes())
            .raw_header(HeaderName::Allow, ALLOW.as_bytes())
            .raw_header(HeaderName::Supported, SUPPORTED.as_bytes());
        self.timers.agree(core, request, builder)
    }

    /// Takes note of a session description of the other side.
    pub(crate) fn described(&mut self, body: &[u8]) {
        if !body.is_empty() {
            self.description = digest_of(body);
        }
    }

    /// Whether this is the description that the other side gave last.
    pub(crate) fn has_described(&self, body: &[u8]) -> bool {
        !body.is_empty() && self.description == digest_of(body)
    }
}

fn digest_of(body: &[u8]) -> u64 {
    use std::hash::BuildHasher;
    foldhash::quality::FixedState::with_seed(0x5344_5020).hash_one(body)
}
