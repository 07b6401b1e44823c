//! Requests within the call: answered here, or sent on to the other side with its session descriptions rewritten.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Offer;
use switchhook_routing::event::EventKind;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{check_form, is_sdp};
use crate::asks::Ask;
use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::failure::Failure;
use crate::call::journal::party;
use crate::call::leg::Leg;
use crate::call::relay::{Offered, Relayed, sent_as};
use crate::call::state::{Call, Phase, Sent};
use crate::core::{Core, Reply};
use crate::features::{ALLOW, SUPPORTED};
use crate::keys::{LegId, Owner};
use crate::limits;

/// The fields that go over with a request that is sent on: they say what its body is.
const CARRIED: [HeaderName<'static>; 7] = [
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::Event,
    HeaderName::SubscriptionState,
    HeaderName::Other("Info-Package"),
    HeaderName::Other("Recv-Info"),
];

impl Call {
    /// A request within one of the call's dialogs.
    pub(crate) fn in_dialog(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        flow: Flow,
        request: Request,
    ) {
        let refused = match self.accept(leg, flow, &request) {
            Ok(()) => None,
            Err(status) => Some(Reply::new(status)),
        };
        if let Some(reply) = refused {
            return core.reply(tx, &request, reply);
        }
        match request.method() {
            Method::Bye => {
                core.reply(tx, &request, Reply::new(200));
                self.hung_up(core, leg, reason_of(&request));
            }
            Method::Options => {
                let reply = Reply::new(200)
                    .with("Allow", ALLOW)
                    .with("Accept", "application/sdp")
                    .with("Supported", SUPPORTED);
                core.reply(tx, &request, reply);
            }
            Method::Refer => {
                let (call, request) = (self.key, Box::new(request));
                core.asks.push_back(Ask::Refer {
                    call,
                    leg,
                    tx,
                    request,
                });
            }
            Method::Subscribe => core.reply(tx, &request, Reply::new(489)),
            // One of the two is just going over from one call into another.
            _ if self.is_joining(leg) || self.links.lent.is_some() => {
                core.reply(tx, &request, Reply::new(491));
            }
            Method::Prack => self.pracked(core, leg, tx, &request),
            Method::Update => {
                if let Err(reply) = self.update(core, leg, tx, &request) {
                    core.reply(tx, &request, reply);
                }
            }
            Method::Info if self.take_key(core, leg, tx, &request) => {}
            Method::Info if !self.takes_package(leg, &request) => {
                let packages = self.packages_beyond(leg);
                let reply = Reply::new(469).with("Recv-Info", packages);
                core.reply(tx, &request, reply);
            }
            Method::Invite => {
                if let Err(reply) = self.reinvite(core, leg, tx, &request) {
                    core.reply(tx, &request, reply);
                }
            }
            Method::Register | Method::Publish => {
                core.reply(tx, &request, Reply::new(405).with("Allow", ALLOW));
            }
            _ => {
                if let Err(reply) = self.send_on(core, leg, tx, &request) {
                    core.reply(tx, &request, reply);
                }
            }
        }
    }

    /// Checks that a request belongs to the dialog and comes in order, and takes note of where it came from.
    fn accept(&mut self, leg: LegId, flow: Flow, request: &Request) -> Result<(), u16> {
        let tag = request.from().tag().unwrap_or_default();
        let peer = self.peer_of(leg, tag).ok_or(481_u16)?;
        let id = peer.dialog.id();
        if id.call_id != request.call_id() || id.remote_tag != tag {
            return Err(481);
        }
        peer.dialog.accept(request).map_err(|_| 500_u16)?;
        if peer.sticky || flow.transport.is_reliable() {
            peer.flow = flow;
        }
        Ok(())
    }

    /// BYE.
    fn hung_up(&mut self, core: &mut Core, leg: LegId, reason: Option<Box<str>>) {
        let talking = self.phase == Phase::Talking;
        let is_over = self.phase == Phase::Ending;
        let ends = match leg {
            LegId::Caller => true,
            LegId::Callee(index) => self.bridged == Some(index) && !self.routing.keeps_caller(),
        };
        if ends && !is_over {
            self.farewell = reason;
        }
        match leg {
            LegId::Caller => {
                if self.caller.state == CallerState::Waiting {
                    // A BYE in an early dialog ends the INVITE too (RFC 3261 §15.1.2).
                    return self.end(core, End::of(Disposition::Cancelled, 487, Party::Caller));
                }
                self.caller.state = CallerState::Done;
                self.caller.peer.success = None;
                self.deadlines.clear(Timer::Success(Side::Caller.into()));
                if !self.referrer_left(core, Side::Caller) {
                    self.end(core, End::of(Disposition::Answered, 200, Party::Caller));
                }
            }
            LegId::Callee(index) if self.is_joining(leg) => self.joining_hung_up(core, index),
            LegId::Callee(index) if self.legs.get(index).is_some_and(Leg::is_open) => {
                // It has answered and hung up, and its 2xx was lost. Its INVITE ends by a CANCEL, or it would live for ever.
                let failure = Failure::Status(480);
                self.record_leg(index, failure.status());
                self.drop_leg(core, index, failure.told());
                self.fail_with(failure);
                self.after_leg(core);
            }
            LegId::Callee(index) => {
                self.leg_done(core, index);
                if !talking || self.bridged != Some(index) || self.referrer_left(core, Side::Callee)
                {
                    return;
                }
                if self.routing.keeps_caller() {
                    self.callee_left(core);
                } else {
                    self.end(core, End::of(Disposition::Answered, 200, Party::Callee));
                }
            }
        }
    }

    /// The called side's offer will never be answered: it gets a bare ACK, so that its 2xx ends.
    pub(crate) fn acknowledge_pending(&mut self, core: &mut Core) {
        if let Some(delayed) = self.delayed.take() {
            self.acknowledge_without_answer(core, delayed.by, delayed.cseq);
        }
    }

    /// Tells that a side wants the call transferred.
    pub(crate) fn tell_transfer(&mut self, core: &mut Core, leg: LegId, request: &Request) {
        let Some(by) = self.side(leg).map(party) else {
            return;
        };
        let target = request.addresses(HeaderName::ReferTo).flatten().next();
        if let Some(target) = target.map(|target| target.uri().as_str().to_owned()) {
            let kind = EventKind::TransferRequested { by, target };
            self.journal.tell(core, &self.facts, kind);
        }
    }

    /// Whether the other side wants the package of an INFO; the old kinds of INFO have none (RFC 6086 §4.2.2).
    fn takes_package(&mut self, leg: LegId, request: &Request) -> bool {
        let package = request.header(HeaderName::Other("Info-Package"));
        let (Some(package), Some((_, to))) = (package, self.both(leg)) else {
            return true;
        };
        let peer = self.peer(to);
        peer.is_none_or(|peer| peer.allowed.takes_package(&package))
    }

    /// The packages that the other side wants.
    fn packages_beyond(&mut self, leg: LegId) -> String {
        let both = self.both(leg);
        let peer = both.and_then(|(_, to)| self.peer(to));
        let packages = peer.and_then(|peer| peer.allowed.packages.as_deref());
        packages.unwrap_or_default().to_owned()
    }

    /// A re-INVITE: it changes the session, or only refreshes it.
    fn reinvite(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        let (side, _) = self.both(leg).ok_or_else(|| Reply::new(481))?;
        let peer = self.peer(side).ok_or_else(|| Reply::new(481))?;
        peer.timers.check(request)?;
        peer.learn(request);
        if side == Side::Caller && self.is_alone() {
            return self.reinvited_alone(core, tx, request);
        }
        if self.phase == Phase::Talking {
            check_form(request)?;
            self.check_glare(side)?;
            if self.answer_refresh(core, side, tx, request) {
                return Ok(());
            }
        }
        self.send_on(core, leg, tx, request)
    }

    /// Sends a request on to the other side.
    pub(crate) fn send_on(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        let (from, to) = self.both(leg).ok_or_else(|| Reply::new(481))?;
        match self.phase {
            Phase::Talking => {}
            Phase::Ending => return Err(Reply::new(481)),
            _ => return Err(Reply::new(491)),
        }
        check_form(request)?;
        if request.max_forwards() == Some(0) {
            return Err(Reply::new(483));
        }
        let is_early = to == Side::Caller && self.caller.state == CallerState::Waiting;
        if is_early && request.method() == Method::Invite {
            // Its own INVITE waits for a PRACK before it gets the 200.
            return Err(Reply::new(491));
        }
        self.forward(core, (from, to), tx, request)
    }

    /// Sends a request of one side on to the other, and remembers who waits for the answer.
    pub(crate) fn forward(
        &mut self,
        core: &mut Core,
        (from, to): (Side, Side),
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        if self.relayed.len() >= limits::RELAYED {
            return Err(Reply::new(503).with("Retry-After", "1"));
        }
        let offered = self.offered(from, request)?;
        let before = self.said(to).map(|said| said.last()).unwrap_or_default();
        let body = self.body_for(to, request, &offered);
        if request.method() == Method::Invite {
            let trying = core.response(request, 100, None).finish();
            core.respond(tx, trying);
        }
        let client = self
            .relay_request(core, to, request, body)
            .ok_or_else(|| Reply::new(481))?;
        if request.method() == Method::Invite {
            core.owners.servers.insert(tx, self.key);
            self.servers.push(tx);
        }
        self.note(client, Sent::Relayed(to));
        self.relayed.push(Relayed {
            from,
            server: tx,
            request: request.clone(),
            client,
            offer: offered,
            before,
            answered: false,
        });
        Ok(())
    }

    /// Writes and sends a request to a side on behalf of the other.
    pub(crate) fn relay_request(
        &mut self,
        core: &mut Core,
        to: Side,
        request: &Request,
        body: Option<(String, Bytes)>,
    ) -> Option<switchhook_sip::transaction::ClientTransaction> {
        let key = self.key;
        let method = sent_as(request);
        let peer = self.peer(to)?;
        let (flow, mut builder) = peer.request(core, method.as_str());
        if method != Method::Invite {
            for name in CARRIED {
                builder = builder.copy(request, name);
            }
        }
        let signed = body
            .as_ref()
            .map(|(_, body)| body.as_ref())
            .unwrap_or_default();
        builder = peer.signed(core, builder, method.as_str(), signed);
        if let Some((content_type, body)) = &body {
            builder = builder.body(content_type, body);
        }
        Some(core.request(Owner::Call(key), flow, builder.finish()))
    }

    /// What a request says about the session, and whether it may do so now.
    fn offered(&mut self, from: Side, request: &Request) -> Result<Offered, Reply> {
        let is_invite = request.method() == Method::Invite;
        let has_sdp = !request.body().is_empty() && is_sdp(request.content_type().as_deref());
        if !(is_invite || sent_as(request) == Method::Update && has_sdp) {
            return Ok(Offered::Nothing);
        }
        self.check_glare(from)?;
        if !has_sdp {
            return Ok(Offered::Wanted);
        }
        Offer::parse(request.body())
            .map(|offer| Offered::Offer(Box::new(offer)))
            .map_err(|error| Reply::new(error.status()))
    }

    /// "491 if it has an INVITE in progress of its own, 500 with Retry-After if it has one of the other side's"
    /// (RFC 3261 §14.2). The sides of a call are one user agent each, so what is pending on one is on both.
    pub(crate) fn check_glare(&mut self, from: Side) -> Result<(), Reply> {
        let refreshing = self.is_refreshing();
        let pending = |side: Side| {
            self.relayed
                .iter()
                .any(|r| r.is_offer() && !r.answered && r.from == side)
        };
        if pending(from) {
            return Err(Reply::new(500).with("Retry-After", "1"));
        }
        let renewing = self.renewal.as_ref().is_some_and(|r| r.tx.is_some());
        if pending(from.other()) || self.delayed.is_some() || renewing || refreshing {
            return Err(Reply::new(491));
        }
        if self
            .peer(from.other())
            .is_some_and(|peer| peer.success.is_some())
        {
            return Err(Reply::new(491));
        }
        if let Some(peer) = self.peer(from) {
            // Whoever sends another INVITE has seen our 2xx, even if its ACK was lost.
            peer.success = None;
        }
        self.deadlines.clear(Timer::Success(from.into()));
        Ok(())
    }

    /// The body of a request as the other side gets it.
    pub(crate) fn body_for(
        &mut self,
        to: Side,
        request: &Request,
        offered: &Offered,
    ) -> Option<(String, Bytes)> {
        match offered {
            Offered::Wanted => None,
            Offered::Offer(offer) => {
                let local = self.local_for(to, offer.remote())?;
                let offer = self.said_from(to.other(), offer);
                let music = self.with_music(&offer);
                let offer = music.as_ref().unwrap_or(&offer);
                let body = self.said(to)?.forward(offer, local);
                Some(("application/sdp".to_owned(), body))
            }
            Offered::Nothing if request.body().is_empty() => None,
            Offered::Nothing => {
                let content_type = request.content_type().unwrap_or_default();
                Some((content_type.into_owned(), request.body_bytes()))
            }
        }
    }
}

/// What a request says in Reason (RFC 3326).
fn reason_of(request: &Request) -> Option<Box<str>> {
    let values: Vec<_> = request.headers(HeaderName::Reason).collect();
    (!values.is_empty()).then(|| values.join(", ").into())
}
