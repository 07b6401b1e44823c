//! The session timers of a call (RFC 4028): one for each side's dialog, none knows of the other.

use std::time::Duration;

use rand::RngExt;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Answer;
use switchhook_sip::build::Builder;
use switchhook_sip::message::{Fields, HeaderName, Request, Response};
use switchhook_sip::method::Method;
use switchhook_sip::session_timer::{
    self, Refresher, SessionExpires, SessionTimer, Terms, TimerAction,
};
use switchhook_sip::transaction::ClientTransaction;

use crate::call::deadlines::Timer;
use crate::call::peer::Peer;
use crate::call::state::{Call, Phase, Sent};
use crate::core::{Core, Reply};
use crate::features::{TIMER, offers};
use crate::keys::Owner;

/// What the side is told whose session was not refreshed.
const EXPIRED: &str = "SIP;cause=408;text=\"Session expired\"";
/// After this long a refresh is tried again that could not be sent.
const BUSY: Duration = Duration::from_secs(1);
/// After this long one is tried again that failed for a reason that may pass.
const FAILED: Duration = Duration::from_secs(10);

/// What a dialog has of session timers.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// What is asked for and accepted; `None`: nothing, unless the other side insists.
    pub(crate) terms: Option<Terms>,
    running: Option<SessionTimer>,
    /// The refresh that waits for its response, and whether it is an INVITE.
    pending: Option<(ClientTransaction, bool)>,
}

impl Timers {
    /// None runs yet.
    pub(crate) fn of(terms: Option<Terms>) -> Timers {
        Timers {
            terms,
            ..Timers::default()
        }
    }

    /// Whether a re-INVITE of ours is on its way, so that no other can be (RFC 3261 §14.1).
    pub(crate) fn is_reinviting(&self) -> bool {
        self.pending.is_some_and(|(_, is_invite)| is_invite)
    }

    /// The fields of an INVITE or UPDATE of ours within the dialog.
    pub(crate) fn ask(&self, builder: Builder) -> Builder {
        let Some(timer) = &self.running else {
            return builder;
        };
        let expires = SessionExpires {
            seconds: timer.seconds(),
            refresher: Some(timer.refresher_of_ours()),
        };
        let builder = builder.header(HeaderName::SessionExpires, expires);
        match self.terms {
            Some(terms) => builder.number(HeaderName::MinSe, terms.min_seconds),
            None => builder,
        }
    }

    /// Whether the interval of a request is long enough; if not, it is refused with 422.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Reply> {
        let Some(terms) = self.terms else {
            return Ok(());
        };
        session_timer::answer(request, terms, None)
            .map(|_| ())
            .map_err(|small| Reply::new(422).with("Min-SE", small.min_seconds.to_string()))
    }

    /// The fields of a 2xx of ours to an INVITE or UPDATE; the timer runs from now on.
    pub(crate) fn agree(&mut self, core: &Core, request: &Request, builder: Builder) -> Builder {
        let agreed = self.terms.and_then(|terms| {
            let current = self.running.map(|timer| timer.refresher_of_theirs());
            session_timer::answer(request, terms, current).ok()?
        });
        let Some(agreed) = agreed else {
            self.running = None;
            return builder;
        };
        let refreshes = agreed.refresher == Some(Refresher::Uas);
        self.running = Some(SessionTimer::start(core.now, agreed.seconds, refreshes));
        let builder = builder.header(HeaderName::SessionExpires, agreed);
        if refreshes && !offers(request, TIMER) {
            return builder;
        }
        // "If the refresher is the UAC, the UAS MUST place a Require header field with the option tag timer" (§9).
        builder.header(HeaderName::Require, TIMER)
    }

    /// A 2xx to an INVITE or UPDATE of ours came; the timer runs from now on, if it says so (§7.2).
    pub(crate) fn started(&mut self, core: &Core, response: &Response) {
        self.running = SessionExpires::of(response).map(|agreed| {
            let seconds = agreed.seconds.max(session_timer::MIN_SECONDS);
            let refreshes = agreed.refresher != Some(Refresher::Uas);
            SessionTimer::start(core.now, seconds, refreshes)
        });
    }

    /// 422: the interval has to be longer (§7.4). `false`: it says nothing that helps.
    pub(crate) fn lengthen(&mut self, core: &Core, response: &Fields) -> bool {
        let min = response.seconds(HeaderName::MinSe);
        let (Some(min), Some(terms)) = (min, &mut self.terms) else {
            return false;
        };
        if min <= terms.seconds && min <= terms.min_seconds {
            return false;
        }
        terms.min_seconds = terms.min_seconds.max(min);
        terms.seconds = terms.seconds.max(min);
        if let Some(timer) = &mut self.running {
            *timer = SessionTimer::start(core.now, terms.seconds, timer.refreshes());
        }
        true
    }

    /// Nobody waits for the refresh that is on its way. The INVITE, if it is one: its answer has to be acknowledged.
    pub(crate) fn abandon(&mut self) -> Option<ClientTransaction> {
        let (tx, is_invite) = self.pending.take()?;
        is_invite.then_some(tx)
    }

    fn refresh_later(&mut self, core: &Core, wait: Duration) {
        self.pending = None;
        if let Some(timer) = &mut self.running {
            timer.refresh_again(core.now + wait);
        }
    }
}

impl Peer {
    /// Takes note of what a message of the other side says of it.
    pub(crate) fn learn(&mut self, message: &Fields) {
        self.allowed.learn(message);
    }
}

impl Call {
    /// Sets the deadline of a side's session.
    pub(crate) fn watch_session(&mut self, core: &Core, side: Side) {
        let timer = self.peer(side).and_then(|peer| peer.timers.running);
        match timer.filter(|_| self.phase != Phase::Ending) {
            Some(timer) => {
                let at = timer.poll_timeout().max(core.now);
                self.deadlines.set(Timer::Session(side.into()), at);
            }
            None => self.deadlines.clear(Timer::Session(side.into())),
        }
    }

    /// A side's session is to be refreshed, or has not been.
    pub(crate) fn session_due(&mut self, core: &mut Core, side: Side) {
        let now = core.now;
        let timer = self
            .peer(side)
            .and_then(|peer| peer.timers.running.as_mut());
        match timer.and_then(|timer| timer.handle_timeout(now)) {
            Some(TimerAction::Refresh) => self.refresh(core, side),
            Some(TimerAction::Expire) => {
                core.counters.sessions_expired += 1;
                self.farewell = Some(EXPIRED.into());
                return self.side_lost(core, side);
            }
            None => {}
        }
        self.watch_session(core, side);
    }

    /// The response to a refresh of ours.
    pub(crate) fn refresh_response(
        &mut self,
        core: &mut Core,
        tx: ClientTransaction,
        side: Side,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        let is_invite = response.cseq().method == Method::Invite;
        let is_current = self.take_refresh(side, tx);
        if response.is_success() {
            return self.refreshed(core, side, is_invite, response);
        }
        let owns_call_id = side == Side::Callee;
        let wait = retry_wait(core, owns_call_id);
        let Some(peer) = self.peer(side).filter(|_| is_current) else {
            return;
        };
        match response.status() {
            401 | 407 if peer.take_challenge(response) => self.refresh(core, side),
            422 if peer.timers.lengthen(core, response) => self.refresh(core, side),
            405 | 501 if !is_invite => {
                peer.allowed.update = false;
                self.refresh(core, side);
            }
            // "If the refresh … generates a 408 or 481 response, the UAC … SHOULD send a BYE" (RFC 4028 §10).
            408 | 481 => return self.side_lost(core, side),
            491 => peer.timers.refresh_later(core, wait),
            _ => {
                let seconds = response.seconds(HeaderName::RetryAfter);
                let wait = seconds.map_or(FAILED, |seconds| Duration::from_secs(seconds.into()));
                peer.timers.refresh_later(core, wait);
            }
        }
        self.watch_session(core, side);
    }

    /// No response to a refresh came.
    pub(crate) fn refresh_failed(&mut self, core: &mut Core, tx: ClientTransaction, side: Side) {
        if self.take_refresh(side, tx) {
            self.side_lost(core, side);
        }
    }

    /// Whether a re-INVITE of ours refreshes a side's session just now.
    pub(crate) fn is_refreshing(&mut self) -> bool {
        [Side::Caller, Side::Callee].into_iter().any(|side| {
            self.peer(side)
                .is_some_and(|peer| peer.timers.is_reinviting())
        })
    }

    /// Refreshes a session: with an UPDATE without an offer where that is allowed, else with a re-INVITE that offers what
    /// was said last (RFC 4028 §7.4).
    fn refresh(&mut self, core: &mut Core, side: Side) {
        let busy = self.delayed.is_some()
            || self.relayed.iter().any(|relayed| relayed.is_offer())
            || self.renewal.as_ref().is_some_and(|r| r.tx.is_some());
        let key = self.key;
        let last = self.said(side).map(|said| said.last()).unwrap_or_default();
        let Some(peer) = self.peer(side) else { return };
        let by_update = peer.allowed.update;
        if peer.success.is_some() || (busy && !by_update) || peer.timers.pending.is_some() {
            return peer.timers.refresh_later(core, BUSY);
        }
        let method = if by_update { "UPDATE" } else { "INVITE" };
        let (flow, builder) = peer.request(core, method);
        let body = if by_update { &[] } else { last.as_ref() };
        let mut builder = peer.signed(core, builder, method, body);
        if !body.is_empty() {
            builder = builder.body("application/sdp", body);
        }
        let tx = core.request(Owner::Call(key), flow, builder.finish());
        peer.timers.pending = Some((tx, !by_update));
        self.note(tx, Sent::Refresh(side));
    }

    fn refreshed(&mut self, core: &mut Core, side: Side, is_invite: bool, response: &Response) {
        let cseq = response.cseq().number;
        let session = self.session.filter(|session| !session.closing);
        let Some(peer) = self.peer(side) else { return };
        if is_invite {
            if peer.acknowledge_again(core, cseq) {
                return;
            }
            peer.acknowledge(core, cseq, None);
        }
        peer.dialog.update_target(response);
        peer.learn(response);
        peer.timers.started(core, response);
        let signalling = peer.flow.peer.ip();
        if let (Some(session), Ok(answer)) = (session, Answer::parse(response.body())) {
            session.set_remote(core, side, answer.remote(), signalling);
        }
        self.watch_session(core, side);
    }

    fn take_refresh(&mut self, side: Side, tx: ClientTransaction) -> bool {
        let pending = self.peer(side).map(|peer| &mut peer.timers.pending);
        pending.is_some_and(|pending| pending.take_if(|(of, _)| *of == tx).is_some())
    }
}

/// "If the UAC is the owner of the Call-ID …, T has a randomly chosen value between 2.1 and 4 seconds in units of 10 ms",
/// else between 0 and 2 (RFC 3261 §14.1).
pub(crate) fn retry_wait(core: &mut Core, owns_call_id: bool) -> Duration {
    let units = match owns_call_id {
        true => core.rng.random_range(210..=400),
        false => core.rng.random_range(1..=200),
    };
    Duration::from_millis(10 * units)
}
