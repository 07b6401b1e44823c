//! An established call: ACK, re-INVITE of either side, hold, glare, BYE (RFC 3261 §13.2.2.4, §14, §15).

use std::time::{Duration, Instant};

use switchhook_sip::build::Builder;
use switchhook_sip::dialog::{Dialog, DialogId};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{Request, Response};
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction, SuccessAction};

use crate::authorization::{Challenges, Credentials};
use crate::call::{Call, Change, Deed, Ringing, Stage};
use crate::limits;
use crate::output::{EndedBy, Event};
use crate::stack::{ALLOW, Stack};

/// How many ACKs a call remembers.
const REMEMBERED_ACKS: usize = 8;

impl Call {
    /// The user hangs up, in whatever state the call is.
    pub(crate) fn hang_up(&mut self, stack: &mut Stack, now: Instant) {
        match self.stage {
            Stage::Dialling(_) => self.cancel(stack, now),
            Stage::Ringing(_) => self.reject(stack, now, 603),
            // §15: "the callee's UA MUST NOT send a BYE on a confirmed dialog until it has received an ACK for its 2xx"
            Stage::Talking if self.unacknowledged.is_some() => self.hang_up_after_ack = true,
            Stage::Talking => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Us);
            }
            Stage::Over { .. } => {}
        }
    }

    /// The user wants the other side on hold, or back. It happens as soon as no other offer is on its way.
    pub(crate) fn want_hold(&mut self, stack: &mut Stack, now: Instant, hold: bool) {
        self.hold_wanted = hold;
        self.pursue_hold(stack, now);
    }

    /// Its dialog, while the call is established.
    pub(crate) fn talking_dialog(&self) -> Option<&Dialog> {
        let is_up = matches!(self.stage, Stage::Talking) && self.unacknowledged.is_none();
        self.dialog.as_ref().filter(|_| is_up)
    }

    /// The user wants the other side somewhere else; `of`: in the place of ours in another dialog.
    pub(crate) fn transfer(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        to: &str,
        of: Option<&DialogId>,
    ) {
        if self.talking_dialog().is_none() {
            return;
        }
        let mut target = match to.contains(':') {
            true => to.to_owned(),
            false => format!("sip:{to}@{}", stack.config.domain),
        };
        if let Some(of) = of {
            let (ours, theirs) = (&of.local_tag, &of.remote_tag);
            let call_id = of.call_id.replace('@', "%40");
            target += &format!("?Replaces={call_id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}");
        }
        let contact = stack.contact();
        if let Some(builder) = self.request(stack, "REFER") {
            let builder = builder
                .header("Refer-To", format_args!("<{target}>"))
                .header("Contact", contact);
            let flow = stack.outbound();
            stack.request(now, flow, builder.finish());
        }
    }

    /// The user presses a key.
    pub(crate) fn press(&mut self, stack: &mut Stack, now: Instant, key: char) {
        if self.talking_dialog().is_none() {
            return;
        }
        if let Some(builder) = self.request(stack, "INFO") {
            let body = format!("Signal={key}\r\nDuration=160\r\n");
            let builder = builder.body("application/dtmf-relay", body.as_bytes());
            let flow = stack.outbound();
            stack.request(now, flow, builder.finish());
        }
    }

    /// A request within the dialog.
    pub(crate) fn on_request(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        (tx, flow): (ServerTransaction, Flow),
        request: &Request,
    ) {
        let acceptable = match &mut self.dialog {
            Some(dialog) => dialog.accept(request).is_ok(),
            None => true,
        };
        let method = request.method().as_str();
        if self.is_over() && method != "BYE" {
            stack.refuse(now, tx, request, 481, None);
        } else if !acceptable {
            // §12.2.2: an older CSeq than the last one's.
            stack.refuse(now, tx, request, 500, None);
        } else {
            match method {
                "INVITE" => self.on_change_request(stack, now, (tx, flow), request),
                "BYE" => self.on_bye(stack, now, tx, request),
                "PRACK" => self.on_prack(stack, now, tx, request),
                "UPDATE" => self.on_update(stack, now, tx, request),
                "OPTIONS" | "NOTIFY" => stack.refuse(now, tx, request, 200, None),
                _ => stack.refuse(now, tx, request, 405, None),
            }
        }
    }

    /// An ACK within the dialog.
    pub(crate) fn on_ack(&mut self, stack: &mut Stack, now: Instant, ack: &Request) {
        let sequence = ack.cseq().number;
        let Some(success) = self
            .unacknowledged
            .take_if(|success| success.sequence == sequence)
        else {
            return;
        };
        if success.answer_expected {
            self.on_answer_in_ack(stack, now, ack);
        }
        if self.hang_up_after_ack {
            self.hang_up(stack, now);
        }
        self.pursue_hold(stack, now);
    }

    /// The caller cancelled the INVITE that rings.
    pub(crate) fn on_cancelled(&mut self, stack: &mut Stack, now: Instant) {
        if let Stage::Ringing(Ringing {
            tx, invite, tag, ..
        }) = &self.stage
        {
            stack.refuse(now, *tx, invite, 487, Some(tag));
            self.failed(stack, now, 487);
        }
    }

    /// A response to a re-INVITE of ours.
    pub(crate) fn on_change_response(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        response: &Response,
    ) {
        if response.status() < 200 {
            return;
        }
        let Some(mut change) = self.change.take() else {
            return;
        };
        match response.status() {
            200..300 => self.on_changed(stack, now, &change, response),
            // The call ended meanwhile.
            _ if self.is_over() => {}
            // §14.1: both sides offered at once; try again after a random time.
            491 => self.retry_later(stack, now),
            // §12.2.1.2: the other side does not know the dialog any more, or is gone.
            481 | 408 => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Lost);
            }
            status => match change.challenges.answer(stack, &change.request, response) {
                Some(credentials) => {
                    self.offer(
                        stack,
                        now,
                        change.hold,
                        change.challenges,
                        Some(credentials),
                    );
                }
                None => self.give_up_change(stack, status),
            },
        }
    }

    /// A request of ours within the call got no answer (408), or could not be sent (503).
    pub(crate) fn on_request_failed(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        tx: ClientTransaction,
        status: u16,
    ) {
        if matches!(&self.stage, Stage::Dialling(dialling) if dialling.tx == tx) {
            self.failed(stack, now, status);
        } else if (self.change.take_if(|change| change.tx == tx).is_some()
            || self.refresh.take_if(|refresh| *refresh == tx).is_some())
            && !self.is_over()
        {
            self.bye(stack, now);
            self.ended(stack, now, EndedBy::Lost);
        }
    }

    /// Does what is due. Whether the call may be forgotten.
    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack, now: Instant) -> bool {
        if let Stage::Over { until } = self.stage {
            return until <= now;
        }
        if let Some((_, deed)) = self.deed.take_if(|(at, _)| *at <= now) {
            match deed {
                Deed::Answer => self.answer(stack, now),
                Deed::Reject(status) => self.reject(stack, now, status),
                Deed::Redirect(uri) => self.redirect(stack, now, &uri),
                Deed::HangUp => self.hang_up(stack, now),
            }
        }
        self.retransmit_success(stack, now);
        self.retransmit_provisional(stack, now);
        self.session_due(stack, now);
        if self.retry_at.take_if(|at| *at <= now).is_some() {
            self.pursue_hold(stack, now);
        }
        false
    }

    /// Acknowledges a 2xx of the other side, with an SDP answer if `body` is one.
    pub(crate) fn acknowledge(
        &mut self,
        stack: &mut Stack,
        tx: ClientTransaction,
        sequence: u32,
        body: &[u8],
    ) {
        if stack.config.behaviour.drop_ack {
            return;
        }
        let via = stack.via();
        let Some(dialog) = &self.dialog else {
            return;
        };
        let mut ack = dialog.ack(sequence, &via);
        if !body.is_empty() {
            ack = ack.body("application/sdp", body);
        }
        let bytes = ack.finish();
        if self.acknowledged.len() >= REMEMBERED_ACKS {
            self.acknowledged.remove(0);
        }
        self.acknowledged.push((tx, bytes.clone()));
        stack.send(stack.outbound(), bytes);
    }

    /// A 2xx came again: its ACK was lost (§13.2.2.4).
    pub(crate) fn acknowledge_again(&self, stack: &mut Stack, tx: ClientTransaction) {
        let found = self
            .acknowledged
            .iter()
            .find(|(acknowledged, _)| *acknowledged == tx);
        if let Some((_, bytes)) = found {
            stack.send(stack.outbound(), bytes.clone());
        }
    }

    /// Ends the dialog. The BYE is the transaction layer's affair from here on.
    pub(crate) fn bye(&mut self, stack: &mut Stack, now: Instant) {
        if let Some(builder) = self.request(stack, "BYE") {
            let flow = stack.outbound();
            stack.request(now, flow, builder.finish());
        }
    }

    pub(crate) fn request(&mut self, stack: &mut Stack, method: &str) -> Option<Builder> {
        let via = stack.via();
        let builder = self.dialog.as_mut()?.request(method, &via);
        Some(if stack.config.user_agent.is_empty() {
            builder
        } else {
            builder.header("User-Agent", &stack.config.user_agent)
        })
    }

    fn pursue_hold(&mut self, stack: &mut Stack, now: Instant) {
        let free = matches!(self.stage, Stage::Talking)
            && self.change.is_none()
            && self.unacknowledged.is_none()
            && self.retry_at.is_none();
        if free && self.hold_wanted != self.negotiation.holding {
            self.offer(stack, now, self.hold_wanted, Challenges::default(), None);
        }
    }

    /// Sends a re-INVITE.
    pub(crate) fn offer(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        hold: bool,
        challenges: Challenges,
        credentials: Option<Credentials>,
    ) {
        let sdp = self.negotiation.offer(hold);
        let contact = stack.contact();
        let Some(mut builder) = self.request(stack, "INVITE") else {
            return;
        };
        builder = builder.header("Contact", contact).header("Allow", ALLOW);
        builder = self.ask_for_timer(builder);
        if let Some(Credentials { name, value }) = credentials {
            builder = builder.header(name, value);
        }
        let bytes = builder.body("application/sdp", &sdp).finish();
        if let Ok(request) = Request::from_bytes(bytes.clone()) {
            let flow = stack.outbound();
            let tx = stack.request(now, flow, bytes);
            self.change = Some(Change {
                tx,
                request,
                hold,
                challenges,
            });
        }
    }

    /// A 2xx to a re-INVITE of ours. It is acknowledged even if the call ended meanwhile.
    fn on_changed(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        change: &Change,
        response: &Response,
    ) {
        self.acknowledge(stack, change.tx, response.cseq().number, &[]);
        if self.is_over() {
            return;
        }
        self.start_timer(now, response);
        if let Some(dialog) = &mut self.dialog {
            dialog.update_target(response);
        }
        self.retries = 0;
        match self.negotiation.accept(response.body()) {
            Ok(media) => {
                self.negotiation.holding = change.hold;
                stack.tell(Event::MediaChanged {
                    call: self.id,
                    media,
                });
                stack.tell(if change.hold {
                    Event::Held(self.id)
                } else {
                    Event::Resumed(self.id)
                });
                self.pursue_hold(stack, now);
            }
            Err(_) => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Us);
            }
        }
    }

    fn retry_later(&mut self, stack: &mut Stack, now: Instant) {
        self.retries += 1;
        if self.retries > limits::MAX_GLARE_RETRIES {
            self.give_up_change(stack, 491);
            return;
        }
        // "If the UAC is the owner of the Call-ID … a randomly chosen value between 2.1 and 4 seconds in units of
        // 10 ms", else "between 0 and 2 seconds".
        let wait = if self.outgoing {
            stack.between(210, 400)
        } else {
            stack.between(0, 200)
        };
        self.retry_at = Some(now + Duration::from_millis(wait * 10));
    }

    fn give_up_change(&mut self, stack: &mut Stack, status: u16) {
        self.retries = 0;
        self.hold_wanted = self.negotiation.holding;
        stack.tell(Event::ChangeRefused(self.id, status));
    }

    fn on_change_request(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        (tx, flow): (ServerTransaction, Flow),
        request: &Request,
    ) {
        let glare = stack.config.behaviour.glare && !std::mem::replace(&mut self.glared, true);
        // §14.2: an offer of ours is on its way. A 2xx without its ACK counts as well (RFC 6141 §2.2).
        if glare || self.change.is_some() || self.unacknowledged.is_some() {
            stack.refuse(now, tx, request, 491, None);
            return;
        }
        self.flow = flow;
        let was_held = self.negotiation.held;
        let offered = !request.body().is_empty();
        let sdp = if offered {
            match self.negotiation.answer(request.body()) {
                Ok(answer) => answer,
                Err(error) => return stack.refuse(now, tx, request, error.status(), None),
            }
        } else {
            self.negotiation.offer(self.negotiation.holding)
        };
        if let Some(dialog) = &mut self.dialog {
            dialog.update_target(request);
        }
        let bytes = self.success(stack, now, request, None, &sdp);
        self.succeed(stack, now, tx, request.cseq().number, bytes, !offered);
        if offered && let Some(media) = self.negotiation.media.clone() {
            stack.tell(Event::MediaChanged {
                call: self.id,
                media,
            });
        }
        match (was_held, self.negotiation.held) {
            (false, true) => stack.tell(Event::HeldByPeer(self.id)),
            (true, false) => stack.tell(Event::ResumedByPeer(self.id)),
            _ => {}
        }
    }

    fn on_bye(&mut self, stack: &mut Stack, now: Instant, tx: ServerTransaction, bye: &Request) {
        stack.refuse(now, tx, bye, 200, None);
        match &self.stage {
            // §15.1.2: "still MUST respond to any pending requests … RECOMMENDED that a 487"
            Stage::Ringing(_) => self.on_cancelled(stack, now),
            Stage::Talking => self.ended(stack, now, EndedBy::Peer),
            Stage::Dialling(_) | Stage::Over { .. } => {}
        }
    }

    fn on_answer_in_ack(&mut self, stack: &mut Stack, now: Instant, ack: &Request) {
        match self.negotiation.accept(ack.body()) {
            Ok(media) => stack.tell(Event::Answered {
                call: self.id,
                media,
            }),
            Err(_) => {
                self.bye(stack, now);
                self.ended(stack, now, EndedBy::Us);
            }
        }
    }

    fn retransmit_success(&mut self, stack: &mut Stack, now: Instant) {
        let Some(success) = &mut self.unacknowledged else {
            return;
        };
        match success.retransmit.handle_timeout(now) {
            Some(SuccessAction::Resend) => {
                let (tx, bytes) = (success.tx, success.bytes.clone());
                stack.respond(now, tx, bytes);
            }
            // §13.3.1.4: "the dialog is confirmed, but the session SHOULD be terminated … with a BYE"
            Some(SuccessAction::GiveUp) => {
                self.unacknowledged = None;
                self.bye(stack, now);
                let by = if self.hang_up_after_ack {
                    EndedBy::Us
                } else {
                    EndedBy::Lost
                };
                self.ended(stack, now, by);
            }
            None => {}
        }
    }
}
