//! An INVITE of our own within the caller's dialog: the caller is told that its media go on differently.

use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer};
use switchhook_routing::event::EventKind;
use switchhook_routing::record::Party;
use switchhook_sip::message::Response;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;
use crate::keys::Owner;
use crate::limits;

/// An INVITE of our own to the caller.
#[derive(Debug)]
pub(crate) struct Renewal {
    /// What the called side has said.
    offer: Box<Offer>,
    /// `None`: it waits for its next try.
    pub(crate) tx: Option<ClientTransaction>,
    tries: u8,
    /// What the caller had been told before.
    before: Bytes,
}

impl Renewal {
    pub(crate) fn new(offer: Offer) -> Renewal {
        Renewal {
            offer: Box::new(offer),
            tx: None,
            tries: 0,
            before: Bytes::new(),
        }
    }
}

impl Call {
    /// Sends it, unless something else is on its way; then later.
    pub(crate) fn renew(&mut self, core: &mut Core) {
        let busy = self.delayed.is_some()
            || self.caller.peer.success.is_some()
            || self.caller.peer.timers.is_reinviting()
            || self.relayed.iter().any(|relayed| relayed.is_offer());
        let (Some(renewal), Some(session)) = (&mut self.renewal, self.session) else {
            return;
        };
        if self.phase == Phase::Talking && self.caller.state == CallerState::Waiting {
            // Its 200 waits for a PRACK; then it is this one's turn.
            return;
        }
        if self.phase == Phase::Ending || self.caller.state != CallerState::Answered {
            self.renewal = None;
            return;
        }
        if busy {
            return self.renew_later(core);
        }
        if renewal.before.is_empty() {
            renewal.before = self.caller.said.last();
        }
        let local = session.local(Side::Caller);
        let body = self.caller.said.forward(&renewal.offer, local);
        let peer = &mut self.caller.peer;
        let (flow, builder) = peer.request(core, "INVITE");
        let builder = peer.signed(core, builder, "INVITE", &body);
        let request = builder.body("application/sdp", &body).finish();
        let tx = core.request(Owner::Call(self.key), flow, request);
        renewal.tx = Some(tx);
        self.note(tx, Sent::Renewal);
    }

    /// The caller's answer to it.
    pub(crate) fn renewal_response(
        &mut self,
        core: &mut Core,
        tx: ClientTransaction,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let is_current = self
            .renewal
            .as_ref()
            .is_some_and(|renewal| renewal.tx == Some(tx));
        match response.status() {
            200..300 => self.renewed(core, is_current, response),
            _ if !is_current => {}
            491 | 500 => self.renew_later(core),
            // The caller no longer knows the dialog (RFC 3261 §12.2.1.2).
            408 | 481 => self.end(core, self.ended_by_switch()),
            _ => self.forget_renewal(),
        }
    }

    /// No answer came.
    pub(crate) fn renewal_failed(&mut self, core: &mut Core, tx: ClientTransaction) {
        if self
            .renewal
            .take_if(|renewal| renewal.tx == Some(tx))
            .is_some()
        {
            self.end(core, self.ended_by_switch());
        }
    }

    /// Nobody needs it any more.
    pub(crate) fn drop_renewal(&mut self, core: &mut Core) {
        self.deadlines.clear(Timer::Renewal);
        if let Some(tx) = self.renewal.as_ref().and_then(|renewal| renewal.tx) {
            core.cancel(tx);
        }
        self.forget_renewal();
    }

    fn renewed(&mut self, core: &mut Core, is_current: bool, response: &Response) {
        let cseq = response.cseq().number;
        if self.caller.peer.acknowledge_again(core, cseq) {
            return;
        }
        self.caller.peer.dialog.update_target(response);
        self.caller.peer.acknowledge(core, cseq, None);
        let Ok(answer) = Answer::parse(response.body()) else {
            return self.forget_renewal();
        };
        self.caller_answered(&answer);
        if !is_current {
            return;
        }
        self.renewal = None;
        if let Some(session) = self.session.filter(|session| !session.closing) {
            let signalling = self.caller.peer.flow.peer.ip();
            session.set_remote(core, Side::Caller, answer.remote(), signalling);
        }
        let by = Party::Switch;
        self.journal
            .tell(core, &self.facts, EventKind::Reinvited { by });
    }

    /// "If the UAC is not the owner of the Call-ID …, T has a randomly chosen value of between 0 and 2 seconds in units of
    /// 10 ms" (RFC 3261 §14.1).
    fn renew_later(&mut self, core: &mut Core) {
        let Some(renewal) = &mut self.renewal else {
            return;
        };
        renewal.tx = None;
        renewal.tries += 1;
        if renewal.tries > limits::RENEWALS {
            return self.forget_renewal();
        }
        let wait = Duration::from_millis(10 * core.rng.random_range(1..=200));
        self.deadlines.set(Timer::Renewal, core.now + wait);
    }

    /// The caller keeps what it was told before.
    fn forget_renewal(&mut self) {
        if let Some(renewal) = self.renewal.take()
            && !renewal.before.is_empty()
        {
            self.caller.said.restore(renewal.before);
        }
    }
}
