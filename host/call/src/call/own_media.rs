//! The caller's media agreed on with the switch itself, so that it can be played to and listened to: in the answer, before it
//! (183, reliably where that is wanted), or by an INVITE of ours where it was agreed on with somebody who is gone.

use bytes::Bytes;
use switchhook_media::codec::Encoding;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Codec, Direction, Encodings, Offer};
use switchhook_sip::message::Request;
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{check_form, is_sdp};
use crate::asks::Ask;
use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::media::Session;
use crate::call::media_verbs::Needs;
use crate::call::provisional::Says;
use crate::call::renewal::Renewal;
use crate::call::state::{Call, Phase};
use crate::core::{Core, Reply};
use crate::limits;

/// Why the caller cannot be heard, as outcomes tell it.
const NO_PORTS: &str = "there are no media ports left";
const NO_CODEC: &str = "the caller offers no codec that the switch knows";
const NO_OFFER: &str = "the caller has not said what it can hear, and is not answered";
const DIRECT: &str = "what the caller was told of its media bypasses the switch";
const GONE: &str = "the caller is gone";

/// The payload types of our own offers for what has none of its own.
const OPUS: u8 = 96;
const TELEPHONE_EVENT: u8 = 101;

/// What the switch can play and understand, preferred first, as its own offers say it.
pub(crate) fn own_codecs() -> Vec<Codec> {
    let preferred = [
        Encoding::Opus,
        Encoding::G722,
        Encoding::Pcma,
        Encoding::Pcmu,
        Encoding::Gsm,
        Encoding::G729,
    ];
    let available = preferred.into_iter().filter(|codec| codec.is_available());
    let mut codecs: Vec<_> = available
        .map(|codec| codec.format(codec.payload_type().unwrap_or(OPUS)))
        .collect();
    codecs.push(Codec::telephone_event(TELEPHONE_EVENT));
    codecs
}

/// What of an offer the switch can do with: besides what it offers itself, comfort noise and events at other rates.
fn acceptable() -> Vec<Codec> {
    let mut codecs = own_codecs();
    codecs.push(Codec::new(13, "CN", 8_000));
    codecs.push(Codec::new(TELEPHONE_EVENT, "telephone-event", 48_000));
    codecs
}

impl Call {
    /// Does what is missing for the caller to be heard, or answered. It may take a while: see [`Call::can_be_heard`].
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn prepare_media(
        &mut self,
        core: &mut Core,
        needs: Needs,
    ) -> Result<(), &'static str> {
        let bypasses = self.session.is_none() && !self.caller.said.last().is_empty();
        match (self.caller.state, needs) {
            (CallerState::Waiting, _) if bypasses => Err(DIRECT),
            (CallerState::Waiting, Needs::Hearing) => self.give_early_media(core),
            (CallerState::Waiting, Needs::Answer) => self.answer_by_ourselves(core),
            (CallerState::Answered, _) => self.hear_caller_again(core),
            (CallerState::Elsewhere, _) => {
                // It is heard here from now on, whatever becomes of the transfer.
                core.asks.push_back(Ask::Adopt { call: self.key });
                Ok(())
            }
            (CallerState::Ending | CallerState::Done, _) => Err(GONE),
        }
    }

    /// Whether what an act needs is there.
    pub(crate) fn can_be_heard(&self, needs: Needs) -> bool {
        let offered = self.audio.as_ref().is_some_and(|audio| audio.offered);
        if self.session.is_none() || offered {
            return false;
        }
        match self.caller.state {
            CallerState::Waiting => {
                let provisionals = self.caller.provisionals.as_ref();
                needs == Needs::Hearing
                    && self.caller.offer.is_some()
                    && !self.caller.said.last().is_empty()
                    && !provisionals.is_some_and(|p| p.holds_success())
            }
            CallerState::Answered => self.caller.peer.success.is_none() && self.renewal.is_none(),
            CallerState::Elsewhere | CallerState::Ending | CallerState::Done => false,
        }
    }

    /// A session description of our own for the caller before its answer.
    ///
    /// # Errors
    /// Why it can have none.
    pub(crate) fn give_early_media(&mut self, core: &mut Core) -> Result<(), &'static str> {
        self.keep_alive(core);
        let provisionals = self.caller.provisionals.as_ref();
        if !self.caller.said.last().is_empty() || provisionals.is_some_and(|p| p.has_offered()) {
            return Ok(());
        }
        if self.caller.offer.is_none() && !self.can_offer_early() {
            return Err(NO_OFFER);
        }
        let body = self.own_description(core)?;
        let says = match self.caller.offer {
            Some(_) => Says::Answer(body),
            None => Says::Offer(body),
        };
        self.caller.told.push(183);
        self.audio().answered_early = self.caller.offer.is_some();
        self.tell_progress(core, 183, says);
        Ok(())
    }

    /// 200 for the caller, from the switch itself.
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub(crate) fn answer_by_ourselves(&mut self, core: &mut Core) -> Result<(), &'static str> {
        let provisionals = self.caller.provisionals.as_ref();
        let is_said = self.caller.is_agreed() || provisionals.is_some_and(|p| p.has_offered());
        let body = match is_said {
            true => None,
            false if self.caller.said.last().is_empty() => {
                let body = self.own_description(core)?;
                self.audio().offered = self.caller.offer.is_none();
                Some(body)
            }
            // What it was told early it goes by (RFC 3261 §13.2.1).
            false => Some(self.caller.said.last()),
        };
        if self.journal.answered_at.is_none() {
            core.counters.answered += 1;
            self.journal.answered_at = Some(core.epoch_ms(core.now));
        }
        self.deadlines.clear(Timer::Early);
        self.answer_caller(core, body);
        Ok(())
    }

    /// The caller has come from another call to hear an act in this one.
    pub(crate) fn heard_from_now_on(&mut self, core: &mut Core) {
        if self.journal.answered_at.is_none() {
            core.counters.answered += 1;
            self.journal.answered_at = Some(core.epoch_ms(core.now));
        }
        match self.open_own_session(core) {
            Ok(_) => self.offer_by_ourselves(core, Direction::SendRecv),
            Err(why) => self.act_failed(core, why),
        }
    }

    /// The caller is offered what the switch knows of what it has offered itself.
    pub(crate) fn offer_by_ourselves(&mut self, core: &mut Core, direction: Direction) {
        let Some(session) = self.session else { return };
        let known = self.caller.offer.as_ref();
        let known = known.map(|offer| offer.select(&acceptable()));
        let known = known.filter(|codecs| codecs.iter().any(Codec::carries_sound));
        let codecs = known.unwrap_or_else(own_codecs);
        let local = session.local(Side::Caller);
        let offer = Offer::create(local, self.caller.said.origin(), &codecs, direction);
        if let Ok(offer) = Offer::parse(&offer) {
            self.renewal = Some(Renewal::new(offer));
            self.renew(core);
        }
    }

    /// Whether the caller is answered, and nobody but the switch talks to it.
    pub(crate) fn is_alone(&self) -> bool {
        self.caller.state == CallerState::Answered
            && self.bridged.is_none()
            && self.caller.hears.is_none()
            && !matches!(self.phase, Phase::Ending | Phase::Talking)
    }

    /// A re-INVITE of an answered caller while nobody else is there: it is answered here, and what is heard goes on.
    ///
    /// # Errors
    /// What it is answered instead.
    pub(crate) fn reinvited_alone(
        &mut self,
        core: &mut Core,
        tx: ServerTransaction,
        request: &Request,
    ) -> Result<(), Reply> {
        check_form(request)?;
        self.check_glare(Side::Caller)?;
        let has_sdp = !request.body().is_empty() && is_sdp(request.content_type().as_deref());
        let body = match has_sdp {
            true => {
                let offer = Offer::parse(request.body());
                let offer = offer.map_err(|error| Reply::new(error.status()))?;
                self.answer_alone(core, offer)?
            }
            false => {
                let Some(session) = self.session else {
                    return Err(Reply::new(491));
                };
                let local = session.local(Side::Caller);
                self.audio().offered = true;
                self.caller.said.own_offer(local, &own_codecs())
            }
        };
        self.caller.peer.dialog.update_target(request);
        self.caller.peer.described(request.body());
        self.succeed(core, Side::Caller, tx, request, &body);
        Ok(())
    }

    /// What the caller is answered to an offer while nobody else is there.
    ///
    /// # Errors
    /// 488: the switch knows none of its codecs; 491: there is no session.
    pub(crate) fn answer_alone(&mut self, core: &mut Core, offer: Offer) -> Result<Bytes, Reply> {
        let session = self.session.ok_or_else(|| Reply::new(491))?;
        let local = session.local(Side::Caller);
        let direction = match self.phase {
            Phase::Parked => Direction::SendOnly,
            _ => Direction::SendRecv,
        };
        let body = self
            .caller
            .said
            .own_answer(&offer, local, &acceptable(), direction)
            .map_err(|error| Reply::new(error.status()))?;
        session.set_remote(
            core,
            Side::Caller,
            offer.remote(),
            self.caller.peer.flow.peer.ip(),
        );
        self.caller.offer = Some(offer);
        Ok(body)
    }

    /// The ACK of the caller for a 200 in which the switch made the offer.
    pub(crate) fn own_offer_answered(&mut self, core: &mut Core, ack: &Request) {
        let Some(audio) = &mut self.audio else { return };
        if !std::mem::take(&mut audio.offered) {
            return;
        }
        let (Some(session), Ok(answer)) = (self.session, Answer::parse(ack.body())) else {
            // "the ACK MUST contain an answer" (RFC 3261 §13.2.1).
            return self.end(core, self.ended_by_switch());
        };
        session.set_remote(core, Side::Caller, answer.remote(), self.caller.address());
        self.caller_answered(&answer);
    }

    /// A caller that waits for long is told so each minute, lest a proxy before it gives up (RFC 3261 §13.3.1.1).
    pub(crate) fn early_due(&mut self, core: &mut Core) {
        if self.caller.state == CallerState::Waiting && self.phase != Phase::Ending {
            self.tell_progress(core, 183, Says::Nothing);
            self.keep_alive(core);
        }
    }

    fn keep_alive(&mut self, core: &Core) {
        self.deadlines
            .set(Timer::Early, core.now + limits::EARLY_REMINDER);
    }

    /// An answered caller has agreed on its media before. If the switch cannot use what was agreed on, it is offered anew.
    fn hear_caller_again(&mut self, core: &mut Core) -> Result<(), &'static str> {
        let is_new = self.session.is_none();
        self.open_own_session(core)?;
        let holds = (self.caller.offer.as_ref()).is_some_and(Offer::is_hold);
        if holds || self.renewal.is_some() || self.caller.peer.success.is_some() {
            return Ok(());
        }
        let usable = Offer::parse(&self.caller.said.last()).is_ok_and(|told| {
            let known = told.select(&acceptable());
            told.remote().direction == Direction::SendRecv && known.iter().any(Codec::carries_sound)
        });
        if !usable || is_new {
            self.offer_by_ourselves(core, Direction::SendRecv);
        }
        Ok(())
    }

    /// The answer to the caller's offer, or an offer to one who made none.
    fn own_description(&mut self, core: &mut Core) -> Result<Bytes, &'static str> {
        let session = self.open_own_session(core)?;
        let local = session.local(Side::Caller);
        let Some(offer) = &self.caller.offer else {
            return Ok(self.caller.said.own_offer(local, &own_codecs()));
        };
        let said = &mut self.caller.said;
        let codecs = &self.caller.media.codecs;
        let preferred = (!codecs.is_empty()).then(|| offer.widened(codecs, Encodings::NONE));
        let preferred = preferred.flatten();
        let mut answer = |offer| {
            let answer = said.own_answer(offer, local, &acceptable(), Direction::SendRecv);
            answer.map_err(|_| NO_CODEC)
        };
        match preferred.as_ref().map(&mut answer) {
            Some(Ok(body)) => Ok(body),
            Some(Err(_)) | None => answer(offer),
        }
    }

    /// The session of a caller that nobody else is connected with yet.
    ///
    /// # Errors
    /// There are no ports.
    pub(crate) fn open_own_session(&mut self, core: &mut Core) -> Result<Session, &'static str> {
        if self.session.is_none() {
            let caller = self.caller.address();
            self.session = Session::open(core, self.key, caller, caller);
            if let (Some(session), Some(offer)) = (&self.session, &self.caller.offer) {
                session.set_remote(core, Side::Caller, offer.remote(), caller);
            }
        }
        self.session.ok_or(NO_PORTS)
    }
}
