//! The end of a call: both sides are told, what is pending is answered, media is closed, the record is written.

use std::time::Duration;

use switchhook_routing::event::{EventKind, LegFailure, VerbEnd};
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::caller::CallerState;
use crate::call::deadlines::{Deadlines, SideKey, Timer};
use crate::call::journal::Ending;
use crate::call::leg::{Leg, LegState};
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;
use crate::keys::{LegId, Owner};

/// How long the record waits for the relay's statistics.
const STATISTICS: Duration = Duration::from_secs(2);

/// Why the legs are cancelled that did not answer first: a phone shows no missed call then (RFC 3326 §3.1).
const COMPLETED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// How a call ends.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) disposition: Disposition,
    /// The final status of the caller's INVITE; 200 if it was answered.
    pub(crate) status: u16,
    pub(crate) by: Party,
    pub(crate) reason: Option<String>,
    /// Fields of the final response.
    pub(crate) headers: Vec<(String, String)>,
}

impl End {
    pub(crate) fn of(disposition: Disposition, status: u16, by: Party) -> End {
        End {
            disposition,
            status,
            by,
            reason: None,
            headers: Vec::new(),
        }
    }
}

impl Call {
    /// Ends the call, whatever it is doing.
    pub(crate) fn end(&mut self, core: &mut Core, end: End) {
        if self.phase == Phase::Ending {
            return;
        }
        let status = match end.status {
            // It was answered, but the caller does not know yet.
            ..300 => 480,
            status => status,
        };
        let end = self.as_it_was(end);
        let talking = self.phase == Phase::Talking;
        if talking {
            let label = self.routing.label();
            let by = end.by;
            self.journal
                .tell(core, &self.facts, EventKind::HungUp { by, label });
        }
        self.charge(core);
        self.leave_decision(core);
        self.cut_links(core, end.status);
        self.forget_asked(core);
        self.phase = Phase::Ending;
        self.connecting = None;
        self.leave_room(core);
        self.act_hung_up(core);
        self.keep_only_success(core);
        self.end_relayed(core);
        self.drop_renewal(core);
        self.acknowledge_pending(core);
        self.caller
            .refuse(core, status, end.reason.as_deref(), &end.headers);
        self.hang_up_caller(core);
        for leg in 0..self.legs.len() {
            self.drop_leg(core, leg, LegFailure::Cancelled);
        }
        for client in std::mem::take(&mut self.counted) {
            core.count_active(&client, self.key, false);
        }
        self.caller.peer.channel = None;
        for leg in &mut self.legs {
            leg.free_channel();
        }
        self.close_verb(
            core,
            if talking {
                VerbEnd::Completed
            } else {
                VerbEnd::Failed("the call is over".to_owned())
            },
        );
        let at = core.epoch_ms(core.now);
        let End {
            disposition,
            status,
            by,
            ..
        } = end;
        self.journal.ending = Some(Ending {
            disposition,
            status,
            by,
            at,
        });
        if !self.awaits_recordings() {
            self.journal.tell_completed(core, &self.facts);
        }
        self.close_media(core);
    }

    /// The record is written as soon as the relay has told what it counted.
    fn close_media(&mut self, core: &mut Core) {
        match &mut self.session {
            Some(session) => {
                session.close(core);
                self.deadlines.set(Timer::Statistics, core.now + STATISTICS);
            }
            None => self.journal.write(core, &self.facts),
        }
    }

    /// A call that was answered ends as an answered call, whatever is told to end it.
    fn as_it_was(&self, end: End) -> End {
        if self.journal.answered_at.is_none() {
            return end;
        }
        End {
            disposition: Disposition::Answered,
            status: 200,
            ..end
        }
    }

    /// Ends a leg as its state asks for: CANCEL before an answer, BYE after it.
    pub(crate) fn drop_leg(&mut self, core: &mut Core, index: usize, reason: LegFailure) {
        if self.legs.get(index).is_some_and(Leg::is_open) {
            self.tell_failed(core, index, reason);
        }
        let lost = self.bridged.map(|_| COMPLETED_ELSEWHERE);
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        match leg.state {
            LegState::Resolving(lookup) => {
                core.owners.lookups.remove(&lookup);
                self.leg_done(core, index);
            }
            LegState::Calling(_) if leg.joined.is_some() => self.leave_joined(core, index),
            LegState::Calling(tx) => {
                leg.state = LegState::Cancelled(tx);
                leg.free_channel();
                let client = leg.destination.client.clone();
                self.deadlines.clear(Timer::Ring(index));
                match self.farewell.as_deref().or(lost) {
                    Some(reason) => core.cancel_because(tx, reason),
                    None => core.cancel(tx),
                }
                if let Some(client) = client {
                    self.count_off(core, &client);
                }
            }
            LegState::Answered => {
                leg.state = LegState::Ending;
                self.bye(core, LegId::Callee(index));
            }
            LegState::Elsewhere | LegState::Cancelled(_) | LegState::Ending | LegState::Done => {}
        }
    }

    /// Nothing is left of a leg.
    pub(crate) fn leg_done(&mut self, core: &mut Core, index: usize) {
        self.deadlines.clear(Timer::Ring(index));
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        leg.state = LegState::Done;
        let has_early = !leg.early.is_empty();
        leg.free_channel();
        if let Some(client) = leg.destination.client.clone() {
            self.count_off(core, &client);
        }
        if has_early {
            self.drop_early(core, index, None);
        }
    }

    /// BYE to the caller, but "the callee's UA MUST NOT send a BYE on a confirmed dialog until it has received an ACK
    /// for its 2xx response or until the server transaction times out" (RFC 3261 §15).
    pub(crate) fn hang_up_caller(&mut self, core: &mut Core) {
        if self.caller.state != CallerState::Answered {
            return;
        }
        let own = self.caller.request.cseq().number;
        let success = self.caller.peer.success.as_ref();
        if success.is_some_and(|success| success.cseq == own) {
            return;
        }
        self.caller.state = CallerState::Ending;
        self.bye(core, LegId::Caller);
    }

    pub(crate) fn bye(&mut self, core: &mut Core, leg: LegId) {
        let peer = match leg {
            LegId::Caller => Some(&mut self.caller.peer),
            LegId::Callee(index) => self.legs.get_mut(index).and_then(|leg| leg.peer.as_mut()),
        };
        let Some(peer) = peer else { return };
        let (flow, mut builder) = peer.request(core, "BYE");
        if let Some(reason) = &self.farewell {
            builder = builder.header(HeaderName::Reason, reason);
        }
        let builder = peer.signed(core, builder, "BYE", &[]);
        let tx = core.request(Owner::Call(self.key), flow, builder.finish());
        self.note(tx, Sent::Bye(leg));
    }

    pub(crate) fn bye_answered(&mut self, core: &mut Core, leg: LegId, response: &Response) {
        if self.challenged_again(core, leg, response) {
            return;
        }
        match leg {
            LegId::Caller => self.caller.state = CallerState::Done,
            LegId::Callee(index) => self.leg_done(core, index),
        }
    }

    /// The layer has forgotten an INVITE of ours.
    pub(crate) fn invite_over(&mut self, core: &mut Core, tx: ClientTransaction) {
        // The INVITE to a party that is to join may be refused for now: its leg goes on without a transaction (RFC 3261 §14.1).
        let is_over = |leg: &Leg| {
            leg.state == LegState::Cancelled(tx)
                || leg.state == LegState::Calling(tx) && leg.joined.is_none()
        };
        if let Some(index) = self.legs.iter().position(is_over) {
            self.leg_done(core, index);
            self.after_leg(core);
        }
    }

    /// A panic while stepping this call: both sides are told, as far as the state allows.
    pub(crate) fn crash(&mut self, core: &mut Core) {
        self.end(core, End::of(Disposition::Failed, 500, Party::Switch));
        if self.phase == Phase::Ending && !self.journal.written {
            self.deadlines.set(Timer::Statistics, core.now + STATISTICS);
        }
    }

    /// A BYE that was refused for want of credentials is sent again with them, once.
    fn challenged_again(&mut self, core: &mut Core, leg: LegId, response: &Response) -> bool {
        let peer = match leg {
            LegId::Caller => Some(&mut self.caller.peer),
            LegId::Callee(index) => self.legs.get_mut(index).and_then(|leg| leg.peer.as_mut()),
        };
        let Some(peer) = peer else { return false };
        if !peer.take_challenge(response) {
            return false;
        }
        self.bye(core, leg);
        true
    }

    fn keep_only_success(&mut self, core: &Core) {
        self.deadlines = Deadlines::default();
        if let Some(success) = &self.caller.peer.success {
            let at = success.retransmit.poll_timeout().max(core.now);
            self.deadlines.set(Timer::Success(SideKey::Caller), at);
        }
    }

    /// Requests that still wait for the other side get their answer from us.
    pub(crate) fn end_relayed(&mut self, core: &mut Core) {
        for relayed in std::mem::take(&mut self.relayed) {
            self.forget_server(core, relayed.server);
            if !relayed.answered {
                let response = core.response(&relayed.request, 487, None).finish();
                core.respond(relayed.server, response);
            }
            if relayed.request.method() == Method::Invite {
                core.cancel(relayed.client);
            }
        }
    }
}
