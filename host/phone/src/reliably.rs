//! Reliable provisional responses (RFC 3262): the caller's PRACK, and the called side's responses until theirs comes.

use std::time::Instant;

use bytes::Bytes;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::message::{HeaderName, Request, Response};
use switchhook_sip::provisional::{Arrived, InOrder, ProvisionalAction, RAck, Reliably};
use switchhook_sip::transaction::ServerTransaction;

use crate::call::{Call, Dialling, Ringing, Stage};
use crate::output::Event;
use crate::ringing::with_contact;
use crate::stack::Stack;

/// The option tag.
const RELIABLE: &str = "100rel";

/// The early dialog of a reliable provisional response.
#[derive(Debug)]
pub(crate) struct EarlyDialog {
    dialog: Dialog,
    order: InOrder,
}

/// The provisional responses of an INVITE that go reliably.
#[derive(Debug)]
pub(crate) struct Provisionals {
    machine: Reliably,
    /// The one that waits for its PRACK, and whether it has a session description.
    waiting: Option<(Bytes, bool)>,
    /// Whether one had a session description.
    described: bool,
    /// Whether that was an offer, whose answer the PRACK brings.
    offered: bool,
    /// The user has answered, but the 200 waits.
    answer_wanted: bool,
}

impl Provisionals {
    /// For an INVITE, if both sides want it.
    pub(crate) fn of(stack: &mut Stack, invite: &Request) -> Option<Provisionals> {
        let understood = invite.has_option(HeaderName::Supported, RELIABLE)
            || invite.has_option(HeaderName::Require, RELIABLE);
        if !understood || !stack.config.behaviour.reliable {
            return None;
        }
        let first = u32::try_from(stack.between(1, 1 << 20)).unwrap_or(1);
        Some(Provisionals {
            machine: Reliably::new(first, stack.timing),
            waiting: None,
            described: false,
            offered: false,
            answer_wanted: false,
        })
    }

    /// Whether the 200 has to wait; then it is sent when the PRACK comes.
    pub(crate) fn holds_answer(&mut self) -> bool {
        self.answer_wanted = self
            .waiting
            .as_ref()
            .is_some_and(|(_, described)| *described);
        self.answer_wanted
    }

    /// Whether offer and answer were exchanged.
    pub(crate) fn has_described(&self) -> bool {
        self.described
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }
}

impl Dialling {
    /// The dialog of a 2xx.
    pub(crate) fn confirmed(&mut self, response: &Response) -> Option<Dialog> {
        let tag = response.to().tag().unwrap_or_default();
        let place = (self.early.iter()).position(|early| early.dialog.id().remote_tag == tag);
        match place {
            Some(place) => {
                let mut dialog = self.early.swap_remove(place).dialog;
                dialog.confirm_uac(response).ok()?;
                Some(dialog)
            }
            None => Dialog::uac(&self.invite, response).ok(),
        }
    }
}

impl Call {
    /// Acknowledges a provisional response, if it is reliable (§4). `false`: it is to be ignored.
    pub(crate) fn acknowledge_provisional(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        response: &Response,
    ) -> bool {
        let number = response.header(HeaderName::RSeq);
        let number = number.and_then(|number| number.trim().parse().ok());
        let (Some(number), true) = (number, response.has_option(HeaderName::Require, RELIABLE))
        else {
            return true;
        };
        let Stage::Dialling(dialling) = &mut self.stage else {
            return false;
        };
        let tag = response.to().tag().unwrap_or_default();
        let known = (dialling.early.iter()).any(|early| early.dialog.id().remote_tag == tag);
        if !known && let Ok(dialog) = Dialog::uac(&dialling.invite, response) {
            let order = InOrder::default();
            dialling.early.push(EarlyDialog { dialog, order });
        }
        let offered = !dialling.invite.body().is_empty();
        let sequence = dialling.invite.cseq().number;
        let mut early = dialling.early.iter_mut();
        let early = early.find(|early| early.dialog.id().remote_tag == tag);
        let Some(early) = early else {
            return false;
        };
        if early.order.receive(number) != Arrived::Next {
            return false;
        }
        let via = stack.via();
        let mut prack = early
            .dialog
            .request("PRACK", &via)
            .header(HeaderName::RAck, format!("{number} {sequence} INVITE"));
        let has_body = !response.body().is_empty();
        if has_body && !offered {
            match self.negotiation.answer(response.body()) {
                Ok(answer) => prack = prack.body("application/sdp", &answer),
                Err(_) => return false,
            }
            dialling.settled = true;
        } else if has_body && !dialling.settled {
            dialling.settled = self.negotiation.accept(response.body()).is_ok();
        }
        let flow = stack.outbound();
        stack.request(now, flow, prack.finish());
        stack.tell(Event::ProvisionalAcknowledged(self.id));
        true
    }

    /// Sends a provisional response reliably (§3). `false`: it goes as it always did.
    pub(crate) fn provisional_reliably(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        status: u16,
        media: bool,
    ) -> bool {
        let Stage::Ringing(Ringing {
            tx,
            invite,
            tag,
            answer,
            provisionals: Some(provisionals),
        }) = &mut self.stage
        else {
            return false;
        };
        if provisionals.machine.is_waiting() {
            return true;
        }
        let number = provisionals.machine.send(now);
        let mut response = with_contact(stack, stack.response(invite, status, Some(tag)))
            .header(HeaderName::Require, RELIABLE)
            .number(HeaderName::RSeq, number);
        let describes = media && !provisionals.described;
        if describes {
            provisionals.described = true;
            let body = match answer {
                Some(answer) => answer.clone(),
                None => {
                    provisionals.offered = true;
                    self.negotiation.offer(false)
                }
            };
            response = response.body("application/sdp", &body);
        }
        let bytes = response.finish();
        provisionals.waiting = Some((bytes.clone(), describes));
        stack.respond(now, *tx, bytes);
        true
    }

    /// PRACK for one of ours.
    pub(crate) fn on_prack(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        tx: ServerTransaction,
        request: &Request,
    ) {
        let Stage::Ringing(Ringing {
            provisionals: Some(provisionals),
            ..
        }) = &mut self.stage
        else {
            // It answers the last one before the 200.
            return stack.refuse(now, tx, request, 200, None);
        };
        let value = request.header(HeaderName::RAck).unwrap_or_default();
        let number = RAck::parse(&value).map_or(0, |rack| rack.number);
        if !provisionals.machine.acknowledge(number) {
            return stack.refuse(now, tx, request, 481, None);
        }
        provisionals.waiting = None;
        let answers = std::mem::take(&mut provisionals.offered);
        let answer_wanted = provisionals.answer_wanted;
        stack.refuse(now, tx, request, 200, None);
        stack.tell(Event::ProvisionalAcknowledged(self.id));
        if answers && self.negotiation.accept(request.body()).is_err() {
            return self.reject(stack, now, 488);
        }
        if answer_wanted {
            self.answer(stack, now);
        }
    }

    /// Repeats the response that waits for its PRACK, or gives the call up.
    pub(crate) fn retransmit_provisional(&mut self, stack: &mut Stack, now: Instant) {
        let Stage::Ringing(Ringing {
            tx,
            provisionals: Some(provisionals),
            ..
        }) = &mut self.stage
        else {
            return;
        };
        match provisionals.machine.handle_timeout(now) {
            Some(ProvisionalAction::Resend) => {
                if let Some((bytes, _)) = &provisionals.waiting {
                    stack.respond(now, *tx, bytes.clone());
                }
            }
            Some(ProvisionalAction::GiveUp) => self.reject(stack, now, 504),
            None => {}
        }
    }

    /// Other branches ring, with and without media; every other one says at once that it is gone (RFC 6228).
    pub(crate) fn branch_out(&mut self, stack: &mut Stack, now: Instant, branches: u8) {
        let Stage::Ringing(Ringing {
            tx, invite, answer, ..
        }) = &self.stage
        else {
            return;
        };
        for branch in 0..branches {
            let tag = stack.tag();
            let mut response = with_contact(stack, stack.response(invite, 183, Some(&tag)));
            if let (Some(answer), true) = (answer, branch % 3 != 2) {
                response = response.body("application/sdp", answer);
            }
            stack.respond(now, *tx, response.finish());
            if branch % 2 == 0 {
                let gone = with_contact(stack, stack.response(invite, 199, Some(&tag)));
                stack.respond(now, *tx, gone.finish());
            }
        }
    }
}
