//! What the responses to a leg's INVITE mean: ringing, early media, an answer, a failure, a redirection, a challenge.

use switchhook_media::relay::Side;
use switchhook_media::sdp::Answer;
use switchhook_routing::event::{EventKind, LegFailure};
use switchhook_sip::dialog::{Dialog, Invite};
use switchhook_sip::digest;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::transaction::ClientTransaction;
use switchhook_sip::uri::Uri;

use crate::admission::is_sdp;
use crate::call::caller::CallerState;
use crate::call::failure::Failure;
use crate::call::leg::LegState;
use crate::call::peer::Peer;
use crate::call::state::{Call, Sent};
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
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let is_current = matches!(leg.state, LegState::Calling(current) if current == tx);
        if let Some(used) = leg.flow.filter(|_| is_current) {
            leg.heard = true;
            match response.status() {
                503 => core.unreachable(used),
                _ => core.reach.heard(used),
            }
        }
        match (leg.state, response.status()) {
            // An address that was given up has answered after all.
            (LegState::Calling(_), 200..300) if !is_current => {
                self.hang_up_answer(core, index, flow, &response, false);
            }
            (LegState::Calling(_), _) if !is_current => {}
            (LegState::Calling(_), ..200) => self.leg_progress(core, index, &response),
            (LegState::Calling(_), 200..300) => self.leg_answered(core, index, flow, &response),
            (LegState::Calling(_), 300..=399) => self.leg_redirected(core, index, &response),
            (LegState::Calling(_), 401 | 407) if self.authorize(core, index, &response) => {}
            (LegState::Calling(_), 503) if self.try_next_address(core, index) => {}
            (LegState::Calling(_), status) => {
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
        if failure.status() >= 600
            && let Some(connecting) = &mut self.connecting
        {
            // "If a 6xx is received, … the client SHOULD cancel all pending transactions" (RFC 3261 §16.7 step 5).
            connecting.queue.clear();
            self.drop_open_legs(core, LegFailure::Cancelled);
        }
        self.after_leg(core);
    }

    pub(crate) fn record_leg(&mut self, index: usize, status: u16) {
        let record = self.legs.get(index).map(|leg| leg.record);
        if let Some(record) = record.and_then(|at| self.journal.legs.get_mut(at)) {
            record.status = Some(status);
        }
    }

    fn leg_progress(&mut self, core: &mut Core, index: usize, response: &Response) {
        let status = response.status();
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        if status <= 100 {
            return;
        }
        if !std::mem::replace(&mut leg.rang, true) {
            self.tell_leg(core, index, EventKind::Ringing);
        }
        if status == 199 {
            return;
        }
        let has_sdp = !response.body().is_empty() && is_sdp(response.content_type().as_deref());
        if has_sdp && self.caller.hears.is_none() && self.early_media(core, index, response) {
            return;
        }
        if !self.caller.told.contains(&status) {
            self.caller.told.push(status);
            self.caller.progress(core, status, None);
        }
    }

    /// The first leg with early media is the one that the caller hears. `false`: it has none that can be used.
    fn early_media(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let (Some(session), Some(offer)) = (self.session, &self.caller.offer) else {
            return false;
        };
        let Ok(answer) = Answer::parse(response.body()) else {
            return false;
        };
        if self.caller.state != CallerState::Waiting {
            // It is in a call already, and hears this without being told.
            let from = self.legs.get(index).and_then(|leg| leg.flow);
            let from = from.map_or(self.caller.address(), |flow| flow.peer.ip());
            session.set_remote(core, Side::Callee, answer.remote(), from);
            self.caller.hears = Some(index);
            return true;
        }
        let Ok(body) = self
            .caller
            .said
            .answer(offer, &answer, session.local(Side::Caller))
        else {
            return false;
        };
        let from = self
            .legs
            .get(index)
            .and_then(|leg| leg.flow)
            .map(|flow| flow.peer.ip());
        session.set_remote(
            core,
            Side::Callee,
            answer.remote(),
            from.unwrap_or(self.caller.address()),
        );
        self.caller.hears = Some(index);
        self.caller.told.push(response.status());
        self.caller.progress(core, response.status(), Some(body));
        true
    }

    /// Answers the challenge of a trunk with its credentials. `false`: it cannot be answered.
    fn authorize(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let (Some(login), Some(flow)) = (leg.destination.login.clone(), leg.flow) else {
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
        leg.cseq += 1;
        let ring_seconds = leg.ring_seconds.take();
        self.send_invite(core, index, flow);
        if let Some(leg) = self.legs.get_mut(index) {
            leg.ring_seconds = ring_seconds;
        }
        true
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
        let Some(mut peer) = self.peer_of_answer(index, flow, response) else {
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
        Some(peer)
    }

    /// A further 2xx: a retransmission gets its ACK again, another branch's answer is hung up (RFC 3261 §13.2.2.4).
    fn answered_again(&mut self, core: &mut Core, index: usize, flow: Flow, response: &Response) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let Some(peer) = &leg.peer else { return };
        if response.to().tag() == Some(peer.dialog.id().remote_tag.as_str()) {
            peer.acknowledge_again(core, response.cseq().number);
        } else {
            self.hang_up_answer(core, index, flow, response, false);
        }
    }
}
