//! One step of a call: what happened is handed to the part of the call that it concerns.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::event::EventKind;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Response;
use switchhook_sip::method::Method;
use switchhook_sip::transaction::ClientTransaction;

use crate::asks::Ask;
use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::leg::LegState;
use crate::call::media;
use crate::call::state::{Call, News, Phase, Sent};
use crate::core::Core;
use crate::keys::LegId;
use crate::media_command::MediaEvent;

/// How long the end of a call waits for its recordings.
const RECORDINGS: Duration = Duration::from_secs(2);

impl Call {
    /// Takes one piece of news.
    pub(crate) fn step(&mut self, core: &mut Core, news: News) {
        #[cfg(test)]
        assert_ne!(
            core.panic_on.as_deref(),
            Some(self.facts.subject.caller.as_str())
        );
        match news {
            News::Begun => self.begin(core),
            News::Request {
                leg,
                tx,
                flow,
                request,
            } => {
                self.in_dialog(core, leg, tx, flow, request);
            }
            News::Ack { leg, request } => self.acknowledged(core, leg, &request),
            News::Cancelled { tx, reason } if Some(tx) == self.caller.tx => {
                self.farewell = reason;
                self.end(core, End::of(Disposition::Cancelled, 487, Party::Caller));
            }
            News::Cancelled { tx, .. } => self.relayed_cancelled(core, tx),
            News::Response { tx, flow, response } => self.response(core, tx, flow, response),
            News::Failed { tx, status } => {
                self.request_failed(core, tx, status);
                self.forget_sent(core, tx);
            }
            News::Over(tx) => {
                self.invite_over(core, tx);
                self.forget_sent(core, tx);
            }
            News::Decided { serial, decided } => {
                if let Some(decided) = self.diverted_by_number(core, serial, decided) {
                    self.decided(core, serial, decided);
                }
            }
            News::Resumed { serial, resumed } => self.resumed(core, serial, resumed),
            News::Resolved { lookup, candidates } => self.resolved(core, lookup, candidates),
            News::Media(event) => self.media(core, event),
            News::Mailbox { serial, reply } => self.mailbox_answered(core, serial, reply),
            News::Record(wish) => self.record(core, wish),
            News::HangUp => self.end(core, self.ended_by_switch()),
            News::Due => {
                while let Some(timer) = self.deadlines.take_due(core.now) {
                    self.due(core, timer);
                }
            }
        }
        self.begin_what_waits(core);
    }

    /// Whether nothing is left of it.
    pub(crate) fn is_done(&self) -> bool {
        self.phase == Phase::Ending
            && self.caller.state == CallerState::Done
            && self.legs.iter().all(|leg| leg.state == LegState::Done)
            && self.journal.written
    }

    fn begin(&mut self, core: &mut Core) {
        // Before anyone is asked anything, so that the caller stops repeating itself (RFC 3261 §17.2.1).
        // With the tag of all that follows: a CANCEL is answered with that of the response before it (§9.2).
        if let Some(tx) = self.caller.tx {
            let tag = Some(self.caller.tag.as_str());
            let trying = core.response(&self.caller.request, 100, tag).finish();
            core.respond(tx, trying);
        }
        self.journal.tell(core, &self.facts, EventKind::Initiated);
        if let Some(client) = self.caller_client() {
            self.count(core, &client);
        }
        let call = self.key;
        match (self.links.replacing.take(), self.code.take()) {
            (Some(replaces), _) => core.asks.push_back(Ask::Replace { call, replaces }),
            (None, Some(dialled)) => self.carry_out_code(core, dialled),
            (None, None) => self.decide_by_route(core),
        }
    }

    fn due(&mut self, core: &mut Core, timer: Timer) {
        match timer {
            Timer::Decision => self.decision_lost(core),
            Timer::Pause => self.pause_over(core),
            Timer::Act => self.act_due(core),
            Timer::Early => self.early_due(core),
            Timer::Parked => self.parked_too_long(core),
            Timer::Renewal => self.renew(core),
            Timer::Provisional => self.provisional_due(core),
            Timer::Session(side) => self.session_due(core, side.into()),
            Timer::Join(leg) => self.invite_joined(core, leg),
            Timer::Connect => self.connect_timed_out(core),
            Timer::Ring(leg) => self.leg_timed_out(core, leg),
            Timer::Silent(leg) => self.leg_silent(core, leg),
            Timer::Progress(leg) => self.leg_stuck(core, leg),
            Timer::Success(side) => self.success_due(core, side.into()),
            Timer::Longest => self.end(core, self.ended_by_switch()),
            Timer::Statistics => self.journal.write(core, &self.facts),
        }
    }

    fn media(&mut self, core: &mut Core, event: MediaEvent) {
        match event {
            MediaEvent::Timeout { side } if self.is_missed(side) => {
                self.end(core, self.ended_by_switch());
            }
            MediaEvent::Timeout { .. } => {}
            MediaEvent::Key { side, key } => self.key_heard(core, side, key),
            MediaEvent::PlayEnded { side, play, end } => self.play_ended(core, side, play, end),
            MediaEvent::KeysSent { side: Side::Caller } => self.act_keys_sent(core),
            MediaEvent::KeysSent { .. } => {}
            MediaEvent::RecordingEnded { recording, end } => {
                self.recording_ended(core, recording, end);
            }
            MediaEvent::RoomLeft { side: Side::Caller } => self.act_left_room(core),
            MediaEvent::RoomLeft { .. } => {}
            MediaEvent::Closed(statistics) => {
                self.deadlines.clear(Timer::Statistics);
                self.journal.media = Some(media::record(&statistics));
                if self.phase == Phase::Ending && self.awaits_recordings() {
                    // They come in a moment, or are not waited for any longer.
                    self.deadlines.set(Timer::Statistics, core.now + RECORDINGS);
                } else if self.phase == Phase::Ending {
                    self.journal.write(core, &self.facts);
                } else {
                    // The shell gave up the session by itself: there is no call without it.
                    self.session = None;
                    self.end(core, self.ended_by_switch());
                }
            }
        }
    }

    /// Whether the call is over if nothing has come from this side for too long. Before the answer many send nothing.
    fn is_missed(&self, side: Side) -> bool {
        let listens = self.audio.as_ref().is_some_and(|a| a.is_performing());
        self.phase == Phase::Talking
            || listens && side == Side::Caller && self.caller.state == CallerState::Answered
    }

    fn response(&mut self, core: &mut Core, tx: ClientTransaction, flow: Flow, response: Response) {
        // The 2xx to an INVITE comes again, until its transaction is over.
        let is_last = response.is_final() && response.cseq().method != Method::Invite;
        match self.purpose(tx) {
            Some(Sent::Invite(leg)) => self.leg_response(core, leg, tx, flow, response),
            Some(Sent::Bye(leg)) if response.is_final() => {
                self.bye_answered(core, leg, &response);
            }
            Some(Sent::Relayed(side)) => self.relayed_response(core, tx, side, &response),
            Some(Sent::Renewal) => self.renewal_response(core, tx, &response),
            Some(Sent::Prack(leg)) => self.prack_response(core, leg, tx, &response),
            Some(Sent::Refresh(side)) => self.refresh_response(core, tx, side, &response),
            Some(Sent::Notify(side)) => self.notify_answered(side, response.status()),
            Some(Sent::Handed(leg)) => self.handed_response(core, leg, &response),
            Some(Sent::Bye(_) | Sent::Orphan) | None => {}
        }
        if is_last {
            self.forget_sent(core, tx);
        }
    }

    fn request_failed(&mut self, core: &mut Core, tx: ClientTransaction, status: u16) {
        match self.purpose(tx) {
            Some(Sent::Invite(leg)) => self.leg_unanswered(core, leg, tx, status),
            Some(Sent::Bye(LegId::Caller)) => self.caller.state = CallerState::Done,
            Some(Sent::Bye(LegId::Callee(leg))) => self.leg_done(core, leg),
            Some(Sent::Relayed(side)) => self.relay_failed(core, tx, side, status),
            Some(Sent::Renewal) => self.renewal_failed(core, tx),
            Some(Sent::Refresh(side)) => self.refresh_failed(core, tx, side),
            Some(Sent::Notify(side)) => self.notify_answered(side, status),
            // The INVITE that it belongs to has a time-out of its own.
            Some(Sent::Prack(_) | Sent::Orphan | Sent::Handed(_)) | None => {}
        }
    }

    /// How it ends when the switch ends it.
    pub(crate) fn ended_by_switch(&self) -> End {
        if self.journal.answered_at.is_some() {
            End::of(Disposition::Answered, 200, Party::Switch)
        } else {
            End::of(Disposition::Failed, 480, Party::Switch)
        }
    }

    /// The side that speaks over a leg, and the other.
    pub(crate) fn both(&self, leg: LegId) -> Option<(Side, Side)> {
        self.side(leg).map(|side| (side, side.other()))
    }
}
