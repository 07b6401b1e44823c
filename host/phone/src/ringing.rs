//! The called side's part of a call until it is established: ringing, answering, refusing (RFC 3261 §13.3).

use std::time::Instant;

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Request;
use switchhook_sip::transaction::{ServerTransaction, SuccessRetransmit};

use crate::call::{Call, Deed, Ringing, Stage, Unacknowledged};
use crate::input::LineCall;
use crate::limits;
use crate::negotiation::Negotiation;
use crate::output::Event;
use crate::reliably::Provisionals;
use crate::stack::{ALLOW, Stack};

impl Call {
    /// Somebody calls: an INVITE outside of a dialog. `None`: it was refused.
    pub(crate) fn receive(
        stack: &mut Stack,
        now: Instant,
        (id, slot): (LineCall, u16),
        (tx, flow): (ServerTransaction, Flow),
        invite: Request,
        mut negotiation: Negotiation,
    ) -> Option<Call> {
        let tag = stack.tag();
        let answer = if invite.body().is_empty() {
            None
        } else {
            match negotiation.answer(invite.body()) {
                Ok(answer) => Some(answer),
                Err(error) => {
                    stack.refuse(now, tx, &invite, error.status(), Some(&tag));
                    return None;
                }
            }
        };
        stack.tell(Event::Incoming {
            call: id,
            from: invite.from().uri().to_string(),
            call_id: invite.call_id().to_owned(),
        });
        let provisionals = Provisionals::of(stack, &invite);
        let stage = Stage::Ringing(Ringing {
            tx,
            invite,
            tag,
            answer,
            provisionals,
        });
        let mut call = Call::new((id, slot), stage, flow, negotiation);
        call.behave(stack, now);
        Some(call)
    }

    /// Lets the caller hear that it rings.
    pub(crate) fn ring(&mut self, stack: &mut Stack, now: Instant) {
        self.provisional(stack, now, 180, false);
    }

    /// Answers the call.
    pub(crate) fn answer(&mut self, stack: &mut Stack, now: Instant) {
        let Stage::Ringing(ringing) = &mut self.stage else {
            return;
        };
        let mut settled = false;
        if let Some(provisionals) = &mut ringing.provisionals {
            if provisionals.holds_answer() {
                // "the UAS MUST NOT send a 2xx" before the PRACK for a session description (RFC 3262 §3).
                return;
            }
            settled = provisionals.has_described();
        }
        let (body, answer_expected) = match &ringing.answer {
            _ if settled => (Bytes::new(), false),
            Some(answer) => (answer.clone(), false),
            None => (self.negotiation.offer(false), true),
        };
        let Ok(dialog) = Dialog::uas(&ringing.invite, &ringing.tag) else {
            self.reject(stack, now, 400);
            return;
        };
        let (tx, sequence) = (ringing.tx, ringing.invite.cseq().number);
        let (invite, tag) = (ringing.invite.clone(), ringing.tag.clone());
        let bytes = self.success(stack, now, &invite, Some(&tag), &body);
        self.dialog = Some(dialog);
        self.succeed(stack, now, tx, sequence, bytes, answer_expected);
        self.established(stack, now);
        if !answer_expected && let Some(media) = self.negotiation.media.clone() {
            stack.tell(Event::Answered {
                call: self.id,
                media,
            });
        }
    }

    /// A 200 to an INVITE, re-INVITE or UPDATE; the session timer runs from now on.
    pub(crate) fn success(
        &mut self,
        stack: &Stack,
        now: Instant,
        request: &Request,
        tag: Option<&str>,
        body: &[u8],
    ) -> Bytes {
        let response = stack.response(request, 200, tag).header("Allow", ALLOW);
        let response = self.agree_on_timer(stack, now, request, with_contact(stack, response));
        if body.is_empty() {
            return response.finish();
        }
        response.body("application/sdp", body).finish()
    }

    /// Sends a 2xx to an INVITE and keeps sending it until its ACK comes (§13.3.1.4).
    pub(crate) fn succeed(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        tx: ServerTransaction,
        sequence: u32,
        bytes: Bytes,
        answer_expected: bool,
    ) {
        stack.respond(now, tx, bytes.clone());
        let retransmit = SuccessRetransmit::new(now, stack.timing);
        self.unacknowledged = Some(Unacknowledged {
            tx,
            sequence,
            bytes,
            retransmit,
            answer_expected,
        });
    }

    /// Refuses the call.
    pub(crate) fn reject(&mut self, stack: &mut Stack, now: Instant, status: u16) {
        if let Stage::Ringing(Ringing {
            tx, invite, tag, ..
        }) = &self.stage
        {
            stack.refuse(now, *tx, invite, status.clamp(300, 699), Some(tag));
            self.failed(stack, now, status);
        }
    }

    /// Sends the caller elsewhere.
    pub(crate) fn redirect(&mut self, stack: &mut Stack, now: Instant, uri: &str) {
        if let Stage::Ringing(Ringing {
            tx, invite, tag, ..
        }) = &self.stage
        {
            let response = stack
                .response(invite, 302, Some(tag))
                .header("Contact", format!("<{uri}>"));
            stack.respond(now, *tx, response.finish());
            self.failed(stack, now, 302);
        }
    }

    /// What the phone does by itself when somebody calls.
    fn behave(&mut self, stack: &mut Stack, now: Instant) {
        let behaviour = stack.config.behaviour.clone();
        if let Some(status) = behaviour.reject_with {
            self.plan(now, behaviour.decide_after, Deed::Reject(status));
        } else if let Some(uri) = behaviour.redirect_to {
            self.plan(now, behaviour.decide_after, Deed::Redirect(uri));
        } else if let Some(after) = behaviour.auto_answer_after {
            self.plan(now, after, Deed::Answer);
        } else {
            self.plan(now, limits::MAX_RING, Deed::Reject(480));
        }
        self.branch_out(stack, now, behaviour.branches);
        if behaviour.early_media {
            self.provisional(stack, now, 183, true);
        } else if behaviour.ring {
            self.ring(stack, now);
        } else if let Stage::Ringing(Ringing { tx, invite, .. }) = &self.stage {
            // RFC 3261 §17.2.1: something must come within 200 ms, or the caller cannot even cancel.
            stack.refuse(now, *tx, invite, 100, None);
        }
    }

    fn provisional(&mut self, stack: &mut Stack, now: Instant, status: u16, media: bool) {
        if self.provisional_reliably(stack, now, status, media) {
            return;
        }
        let Stage::Ringing(Ringing {
            tx,
            invite,
            tag,
            answer,
            ..
        }) = &self.stage
        else {
            return;
        };
        let mut response = with_contact(stack, stack.response(invite, status, Some(tag)));
        if media && let Some(answer) = answer {
            response = response.body("application/sdp", answer);
        }
        stack.respond(now, *tx, response.finish());
    }
}

pub(crate) fn with_contact(stack: &Stack, response: Builder) -> Builder {
    response.header("Contact", stack.contact())
}
