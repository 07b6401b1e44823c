//! Session timers (RFC 4028) and UPDATE (RFC 3311) of a phone.

use std::time::{Duration, Instant};

use switchhook_sip::build::Builder;
use switchhook_sip::message::{HeaderName, Request, Response};
use switchhook_sip::session_timer::{
    self, MIN_SECONDS, Refresher, SessionExpires, SessionTimer, Terms, TimerAction,
};
use switchhook_sip::transaction::ServerTransaction;

use crate::authorization::Challenges;
use crate::call::{Call, Stage};
use crate::output::{EndedBy, Event};
use crate::stack::Stack;

/// After this long a refresh is tried again that could not be sent, or was refused.
const AGAIN: Duration = Duration::from_secs(2);

/// The fields of an INVITE that say what the phone understands, and the session interval that it wants.
pub(crate) fn supported(stack: &Stack, builder: Builder) -> Builder {
    let behaviour = &stack.config.behaviour;
    let mut options = Vec::new();
    if behaviour.reliable {
        options.push("100rel");
    }
    let mut builder = builder;
    if let Some(seconds) = behaviour.session_seconds {
        options.push("timer");
        builder = builder.number(HeaderName::SessionExpires, seconds);
    }
    if options.is_empty() {
        return builder;
    }
    builder.header(HeaderName::Supported, options.join(", "))
}

impl Call {
    /// A 2xx to our INVITE or UPDATE: the timer runs from now on.
    pub(crate) fn start_timer(&mut self, now: Instant, response: &Response) {
        self.timer = SessionExpires::of(response).map(|agreed| {
            let refreshes = agreed.refresher != Some(Refresher::Uas);
            SessionTimer::start(now, agreed.seconds, refreshes)
        });
    }

    /// Our 2xx to an INVITE or UPDATE: the timer runs from now on.
    pub(crate) fn agree_on_timer(
        &mut self,
        stack: &Stack,
        now: Instant,
        request: &Request,
        builder: Builder,
    ) -> Builder {
        let Some(seconds) = stack.config.behaviour.session_seconds else {
            return builder;
        };
        let terms = Terms {
            seconds,
            min_seconds: MIN_SECONDS,
        };
        let current = self.timer.map(|timer| timer.refresher_of_theirs());
        let agreed = session_timer::answer(request, terms, current)
            .ok()
            .flatten();
        self.timer = agreed.map(|agreed| {
            let refreshes = agreed.refresher == Some(Refresher::Uas);
            SessionTimer::start(now, agreed.seconds, refreshes)
        });
        match agreed {
            Some(agreed) => builder
                .header(HeaderName::SessionExpires, agreed)
                .header(HeaderName::Require, "timer"),
            None => builder,
        }
    }

    /// The fields of a request of ours that refreshes.
    pub(crate) fn ask_for_timer(&self, builder: Builder) -> Builder {
        let Some(timer) = &self.timer else {
            return builder;
        };
        let expires = SessionExpires {
            seconds: timer.seconds(),
            refresher: Some(timer.refresher_of_ours()),
        };
        builder
            .header(HeaderName::Supported, "timer")
            .header(HeaderName::SessionExpires, expires)
    }

    /// The session is to be refreshed, or has expired.
    pub(crate) fn session_due(&mut self, stack: &mut Stack, now: Instant) {
        let timer = self.timer.as_mut();
        match timer.and_then(|timer| timer.handle_timeout(now)) {
            Some(TimerAction::Refresh) => self.refresh(stack, now),
            Some(TimerAction::Expire) => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Lost);
            }
            None => {}
        }
    }

    /// The response to the UPDATE that refreshes.
    pub(crate) fn on_refresh_response(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        response: &Response,
    ) {
        if response.is_provisional() {
            return;
        }
        self.refresh = None;
        match response.status() {
            200..300 => {
                self.start_timer(now, response);
                stack.tell(Event::Refreshed(self.id));
            }
            408 | 481 => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Lost);
            }
            _ => self.refresh_again(now),
        }
    }

    /// UPDATE: with an offer like a re-INVITE, but without an ACK; without one it refreshes.
    pub(crate) fn on_update(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        tx: ServerTransaction,
        request: &Request,
    ) {
        if !matches!(self.stage, Stage::Talking) {
            return stack.refuse(now, tx, request, 500, None);
        }
        let offers = !request.body().is_empty();
        if offers && (self.change.is_some() || self.unacknowledged.is_some()) {
            return stack.refuse(now, tx, request, 491, None);
        }
        let answer = match offers {
            true => self.negotiation.answer(request.body()),
            false => Ok(bytes::Bytes::new()),
        };
        match answer {
            Ok(answer) => {
                let bytes = self.success(stack, now, request, None, &answer);
                stack.respond(now, tx, bytes);
                stack.tell(Event::Refreshed(self.id));
            }
            Err(error) => stack.refuse(now, tx, request, error.status(), None),
        }
    }

    fn refresh(&mut self, stack: &mut Stack, now: Instant) {
        let busy = self.change.is_some()
            || self.unacknowledged.is_some()
            || self.retry_at.is_some()
            || self.refresh.is_some();
        if busy {
            return self.refresh_again(now);
        }
        if !stack.config.behaviour.updates {
            let hold = self.hold_wanted;
            return self.offer(stack, now, hold, Challenges::default(), None);
        }
        let contact = stack.contact();
        let Some(builder) = self.request(stack, "UPDATE") else {
            return;
        };
        let builder = self.ask_for_timer(builder.header("Contact", contact));
        let flow = stack.outbound();
        self.refresh = Some(stack.request(now, flow, builder.finish()));
    }

    fn refresh_again(&mut self, now: Instant) {
        if let Some(timer) = &mut self.timer {
            timer.refresh_again(now + AGAIN);
        }
    }
}
