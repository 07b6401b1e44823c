//! The provisional responses of the caller's INVITE that go reliably (RFC 3262 §3), and the PRACKs for them.

use std::collections::VecDeque;

use bytes::Bytes;
use rand::RngExt;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Answer;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::provisional::{FIRST_MAX, ProvisionalAction, RAck, Reliably};
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::is_sdp;
use crate::call::caller::{Caller, CallerState};
use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::state::Call;
use crate::core::{Core, Reply};
use crate::dialog_rules::Reliability;
use crate::features::{RELIABLE, offers};
use crate::keys::LegId;
use crate::limits;

/// What a provisional response says of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Says {
    /// Nothing.
    Nothing,
    /// The answer to the caller's offer.
    Answer(Bytes),
    /// An offer to a caller that made none; its PRACK has the answer.
    Offer(Bytes),
}

/// The provisional responses of an INVITE whose sender understands reliable ones.
#[derive(Debug)]
pub(crate) struct Provisionals {
    /// Whether it requires them: then all of them are reliable, else those that say something of the session.
    all: bool,
    machine: Reliably,
    /// The one that waits for its PRACK.
    waiting: Option<(Bytes, Says)>,
    /// Those that wait for that.
    queue: VecDeque<(u16, Says)>,
    /// Whether an answer was given or got reliably: no response changes it (RFC 6337 §3.1.1).
    pub(crate) agreed: bool,
    /// The body of the 200 that waits for a PRACK: "the UAS MUST NOT send a 2xx until the provisional response is
    /// acknowledged" that has a session description.
    pub(crate) success: Option<Option<Bytes>>,
}

impl Provisionals {
    /// For an INVITE. `None`: its sender does not understand reliable ones, or they are not to be used with it.
    pub(crate) fn of(
        core: &mut Core,
        request: &Request,
        rule: Reliability,
    ) -> Option<Box<Provisionals>> {
        if rule == Reliability::Off || !offers(request, RELIABLE) {
            return None;
        }
        let first = core.rng.random_range(1..=FIRST_MAX / 2);
        Some(Box::new(Provisionals {
            all: request.has_option(HeaderName::Require, RELIABLE) || rule == Reliability::Required,
            machine: Reliably::new(first, core.timing()),
            waiting: None,
            queue: VecDeque::new(),
            agreed: false,
            success: None,
        }))
    }

    /// Whether one waits for its PRACK.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether an offer or answer waits for its PRACK.
    pub(crate) fn holds_success(&self) -> bool {
        let says = |says: &Says| *says != Says::Nothing;
        self.waiting.as_ref().is_some_and(|(_, what)| says(what))
            || self.queue.iter().any(|(_, what)| says(what))
    }

    /// Whether an offer of ours waits for the caller's answer.
    pub(crate) fn has_offered(&self) -> bool {
        let offer = |says: &Says| matches!(says, Says::Offer(_));
        self.waiting.as_ref().is_some_and(|(_, what)| offer(what))
            || self.queue.iter().any(|(_, what)| offer(what))
    }
}

impl Caller {
    /// Sends a provisional response reliably, at once or after those that wait. `Err`: it goes unreliably.
    pub(crate) fn progress_reliably(
        &mut self,
        core: &mut Core,
        status: u16,
        says: Says,
    ) -> Result<(), Says> {
        let Some(provisionals) = &mut self.provisionals else {
            return Err(says);
        };
        if !provisionals.all && says == Says::Nothing {
            return Err(says);
        }
        if provisionals.waiting.is_some() {
            if provisionals.queue.len() < limits::PROVISIONALS {
                provisionals.queue.push_back((status, says));
            }
            return Ok(());
        }
        let number = provisionals.machine.send(core.now);
        provisionals.agreed |= matches!(says, Says::Answer(_));
        let builder = self
            .provisional(core, status)
            .raw_header(HeaderName::Require, RELIABLE.as_bytes())
            .number(HeaderName::RSeq, number);
        let response = match &says {
            Says::Nothing => builder.finish(),
            Says::Answer(body) | Says::Offer(body) => {
                builder.body("application/sdp", body).finish()
            }
        };
        if let Some(tx) = self.tx {
            core.respond(tx, response.clone());
        }
        if let Some(provisionals) = &mut self.provisionals {
            provisionals.waiting = Some((response, says));
        }
        Ok(())
    }

    /// Whether a 200 with this body has to wait for a PRACK; then it does.
    pub(crate) fn holds_answer(&mut self, body: &Option<Bytes>) -> bool {
        match &mut self.provisionals {
            Some(provisionals) if provisionals.holds_success() => {
                provisionals.success = Some(body.clone());
                true
            }
            Some(provisionals) => {
                provisionals.machine.stop();
                false
            }
            None => false,
        }
    }

    /// Whether its session was agreed on before the final response.
    pub(crate) fn is_agreed(&self) -> bool {
        (self.provisionals.as_ref()).is_some_and(|provisionals| provisionals.agreed)
    }
}

impl Call {
    /// A provisional response for the caller.
    pub(crate) fn tell_progress(&mut self, core: &mut Core, status: u16, says: Says) {
        self.caller.progress(core, status, says);
        self.watch_provisional(core);
    }

    /// PRACK (RFC 3262 §3): from the caller for a response of ours; nobody else gets reliable ones.
    pub(crate) fn pracked(
        &mut self,
        core: &mut Core,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) {
        let said = match self.match_prack(leg, request) {
            Ok(said) => said,
            Err(status) => return core.reply(tx, request, Reply::new(status)),
        };
        self.deadlines.clear(Timer::Provisional);
        let has_sdp = !request.body().is_empty() && is_sdp(request.content_type().as_deref());
        match (said, has_sdp) {
            (Says::Offer(_), _) => match Answer::parse(request.body()) {
                Ok(answer) => {
                    core.reply(tx, request, Reply::new(200));
                    self.offer_answered(core, &answer);
                }
                Err(_) => {
                    core.reply(tx, request, Reply::new(488));
                    return self.end(core, End::of(Disposition::Failed, 488, Party::Switch));
                }
            },
            // A further offer, once the first is answered (RFC 3262 §5).
            (_, true) => self.offered_in_prack(core, tx, request),
            (_, false) => core.reply(tx, request, Reply::new(200)),
        }
        self.next_provisional(core);
    }

    /// A reliable provisional response is sent again, or was never acknowledged.
    pub(crate) fn provisional_due(&mut self, core: &mut Core) {
        let Some(provisionals) = &mut self.caller.provisionals else {
            return;
        };
        match provisionals.machine.handle_timeout(core.now) {
            Some(ProvisionalAction::Resend) if self.caller.state == CallerState::Waiting => {
                if let (Some((response, _)), Some(tx)) = (&provisionals.waiting, self.caller.tx) {
                    core.respond(tx, response.clone());
                }
                self.watch_provisional(core);
            }
            // "the UAS SHOULD reject the original request with a 5xx response"
            Some(ProvisionalAction::GiveUp) => {
                core.counters.provisionals_lost += 1;
                self.end(core, End::of(Disposition::Failed, 504, Party::Switch));
            }
            _ => self.watch_provisional(core),
        }
    }

    /// Sets the deadline of the response that waits for its PRACK.
    pub(crate) fn watch_provisional(&mut self, core: &Core) {
        let provisionals = self.caller.provisionals.as_ref();
        match provisionals.and_then(|provisionals| provisionals.machine.poll_timeout()) {
            Some(at) => self.deadlines.set(Timer::Provisional, at.max(core.now)),
            None => self.deadlines.clear(Timer::Provisional),
        }
    }

    /// What the response said that a PRACK acknowledges.
    fn match_prack(&mut self, leg: LegId, request: &Request) -> Result<Says, u16> {
        if leg != LegId::Caller {
            return Err(481);
        }
        let value = request.header(HeaderName::RAck).ok_or(400_u16)?;
        let rack = RAck::parse(&value).ok_or(400_u16)?;
        let cseq = self.caller.request.cseq().number;
        let provisionals = self.caller.provisionals.as_mut().ok_or(481_u16)?;
        if rack.method != "INVITE"
            || rack.cseq != cseq
            || !provisionals.machine.acknowledge(rack.number)
        {
            return Err(481);
        }
        let waiting = provisionals.waiting.take();
        Ok(waiting.map_or(Says::Nothing, |(_, says)| says))
    }

    /// The caller has answered the offer of an early dialog.
    fn offer_answered(&mut self, core: &mut Core, answer: &Answer) {
        if let Some(provisionals) = &mut self.caller.provisionals {
            provisionals.agreed = true;
        }
        self.caller.offer = Some(answer.to_offer());
        if let Some(session) = self.session {
            session.set_remote(core, Side::Caller, answer.remote(), self.caller.address());
        }
        self.answer_early_offers(core);
    }

    /// What waited for a PRACK: the next response, or the 200.
    fn next_provisional(&mut self, core: &mut Core) {
        let Some(provisionals) = &mut self.caller.provisionals else {
            return;
        };
        if self.caller.state != CallerState::Waiting {
            return;
        }
        if let Some((status, says)) = provisionals.queue.pop_front() {
            return self.tell_progress(core, status, says);
        }
        if let Some(body) = provisionals.success.take() {
            self.answer_caller(core, body);
            self.renew(core);
        }
    }

    /// Whether an offer can be made to the caller in a provisional response.
    pub(crate) fn can_offer_early(&self) -> bool {
        self.caller.offer.is_none()
            && self.caller.state == CallerState::Waiting
            && (self.caller.provisionals.as_ref()).is_some_and(|p| !p.has_offered())
    }
}
