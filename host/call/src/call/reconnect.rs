//! A caller that stays when the called side has hung up, and the next one that it is connected with. The new called side
//! is offered what was agreed with the caller, so that mostly nobody has to tell the caller anything.

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Direction, Encodings, Offer, RemoteMedia, Terms};
use switchhook_routing::event::{EventKind, LegFailure, VerbEnd};
use switchhook_routing::outcome::Outcome;
use switchhook_routing::record::Party;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Response;

use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::renewal::Renewal;
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;

impl Call {
    /// The called side has hung up and the script wants the caller to stay.
    pub(crate) fn callee_left(&mut self, core: &mut Core) {
        let label = self.routing.label();
        let by = Party::Callee;
        self.journal
            .tell(core, &self.facts, EventKind::HungUp { by, label });
        self.end_relayed(core);
        self.acknowledge_pending(core);
        self.drop_renewal(core);
        self.deadlines.clear(Timer::Success(Side::Callee.into()));
        self.deadlines.clear(Timer::Session(Side::Callee.into()));
        for (_, what) in &mut self.sent {
            if matches!(
                what,
                Sent::Relayed(Side::Callee) | Sent::Refresh(Side::Callee)
            ) {
                *what = Sent::Orphan;
            }
        }
        self.bridged = None;
        self.phase = Phase::Pausing;
        self.hear_each_other(core);
        self.silence_callee(core);
        if !self.finish_verb(core, VerbEnd::Completed, Outcome::Completed) {
            self.advance(core);
        }
    }

    /// Nobody is on the called side, whatever still comes from where somebody was.
    pub(crate) fn silence_callee(&self, core: &mut Core) {
        if let Some(session) = self.session {
            let nowhere = RemoteMedia {
                rtp: None,
                rtcp: None,
                direction: Direction::Inactive,
                signalling: None,
                terms: Terms::default(),
            };
            session.set_remote(core, Side::Callee, nowhere, self.caller.address());
        }
    }

    /// Whether the call goes on when this side is gone.
    pub(crate) fn outlives(&self, side: Side) -> bool {
        side == Side::Callee && self.phase == Phase::Talking && self.routing.keeps_caller()
    }

    /// A side does not answer within the call any more: it counts as hung up.
    pub(crate) fn side_lost(&mut self, core: &mut Core, side: Side) {
        if self.caller.state == CallerState::Waiting && self.phase != Phase::Talking {
            // The INVITE that is pending there says what becomes of it.
            return;
        }
        match self.bridged {
            Some(leg) if self.outlives(side) => {
                self.drop_leg(core, leg, LegFailure::Cancelled);
                self.callee_left(core);
            }
            _ => self.end(core, self.ended_by_switch()),
        }
    }

    /// A new `connect`: what an answered caller hears is none of the legs before.
    pub(crate) fn forget_early_media(&mut self) {
        if self.caller.state != CallerState::Waiting {
            self.caller.hears = None;
        }
    }

    /// Whether the caller is answered and has not said what it can hear, so that nobody can be offered anything.
    pub(crate) fn has_nothing_to_offer(&self) -> bool {
        self.caller.state != CallerState::Waiting && self.caller.offer.is_none()
    }

    /// The session of a leg that has answered while the caller was in the call already. `None`: it cannot be used.
    /// `Some(None)`: it has said it with its early media.
    pub(crate) fn session_again(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
    ) -> Option<Option<Box<Answer>>> {
        let session = self.session?;
        let early = self.early_answer(index, response);
        let is_final = early.as_ref().is_some_and(|(_, agreed)| *agreed);
        if (response.body().is_empty() || is_final)
            && self.caller.state != CallerState::Elsewhere
            && self.hears(index, response)
        {
            return Some(None);
        }
        let leg = self.legs.get(index)?;
        let answer = match early {
            Some((answer, agreed)) if agreed || response.body().is_empty() => answer,
            _ => Answer::parse(response.body()).ok()?,
        };
        let offer = self.caller.offer_to_call(&leg.destination.media)?;
        if !offer.is_met_by(&answer, self.encodings(Some(index))) {
            return None;
        }
        session.set_remote(core, Side::Callee, answer.remote(), flow.peer.ip());
        Some(Some(Box::new(answer)))
    }

    /// Tells the caller what the new called side has answered, where it cannot go on as before.
    ///
    /// It can if nothing changes for it, and if the switch transcodes what it may send; but where both have something in common,
    /// it is better told so than transcoded for the rest of the call.
    pub(crate) fn renew_if_needed(&mut self, core: &mut Core, index: usize, answer: &Answer) {
        let encodings = self.encodings(Some(index));
        let goes_on = |told: Offer| {
            answer.covers(&told, Encodings::NONE)
                || answer.covers(&told, encodings)
                    && (answer.takes_preferred(&told) || !told.is_met_by(answer, Encodings::NONE))
        };
        if !Offer::parse(&self.caller.said.last()).is_ok_and(goes_on) {
            self.tell_caller(answer);
            self.renew(core);
        }
    }

    /// The caller is to be told what the called side has answered, by an INVITE of ours.
    pub(crate) fn tell_caller(&mut self, answer: &Answer) {
        let offer = answer.to_offer();
        let offer = self.said_from(Side::Callee, &offer).into_owned();
        self.renewal = Some(Renewal::new(offer));
    }

    /// The caller has answered an offer with this: what it can hear from now on.
    pub(crate) fn caller_answered(&mut self, answer: &Answer) {
        if !answer.is_refused() {
            self.caller.offer = Some(answer.to_offer().both_ways());
        }
    }
}
