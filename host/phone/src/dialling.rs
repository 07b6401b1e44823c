//! The caller's part of a call until it is established: INVITE, its responses, CANCEL (RFC 3261 §13.2, §9.1).

use std::time::Instant;

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{Request, Response};
use switchhook_sip::transaction::ClientTransaction;

use crate::authorization::{Challenges, Credentials};
use crate::call::{Call, Deed, Dialling, Stage};
use crate::input::LineCall;
use crate::limits;
use crate::negotiation::Negotiation;
use crate::output::Event;
use crate::stack::{ALLOW, Stack};

/// What stays the same when an INVITE is repeated with credentials.
struct Draft<'a> {
    target: &'a str,
    from_tag: &'a str,
    call_id: &'a str,
    sequence: u32,
    body: &'a [u8],
}

impl Call {
    /// Calls a number of the phone's domain, or a SIP URI.
    pub(crate) fn dial(
        stack: &mut Stack,
        now: Instant,
        (id, slot): (LineCall, u16),
        to: &str,
        mut negotiation: Negotiation,
    ) -> Option<Call> {
        let target = target_uri(to, &stack.config.domain);
        let (from_tag, call_id) = (stack.tag(), stack.call_id());
        let body = if stack.config.behaviour.delayed_offer {
            Bytes::new()
        } else {
            negotiation.offer(false)
        };
        let draft = Draft {
            target: &target,
            from_tag: &from_tag,
            call_id: &call_id,
            sequence: 1,
            body: &body,
        };
        let (tx, invite) = send_invite(stack, now, &draft, None)?;
        stack.tell(Event::Calling {
            call: id,
            to: target,
        });
        let challenges = Challenges::default();
        let stage = Stage::Dialling(Dialling {
            tx,
            invite,
            challenges,
            cancelled: false,
            early: Vec::new(),
            settled: false,
        });
        let mut call = Call::new((id, slot), stage, stack.outbound(), negotiation);
        call.plan(now, limits::MAX_RING, Deed::HangUp);
        Some(call)
    }

    /// A response to a request of ours.
    pub(crate) fn on_response(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        (tx, flow): (ClientTransaction, Flow),
        response: &Response,
    ) {
        if matches!(&self.stage, Stage::Dialling(dialling) if dialling.tx == tx) {
            self.on_dialling_response(stack, now, flow, response);
        } else if self.change.as_ref().is_some_and(|change| change.tx == tx) {
            self.on_change_response(stack, now, response);
        } else if self.refresh == Some(tx) {
            self.on_refresh_response(stack, now, response);
        } else if response.is_success() {
            let remote = response.to().tag().unwrap_or_default();
            match &self.invite {
                Some(invite)
                    if self
                        .dialog
                        .as_ref()
                        .is_some_and(|d| d.id().remote_tag != remote) =>
                {
                    end_branch(stack, now, invite, response);
                }
                _ => self.acknowledge_again(stack, tx),
            }
        }
    }

    /// A response to the INVITE that makes the call.
    pub(crate) fn on_dialling_response(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        flow: Flow,
        response: &Response,
    ) {
        match response.status() {
            ..200 => self.on_progress(stack, now, response),
            200..300 => self.on_success(stack, now, flow, response),
            _ => self.on_refusal(stack, now, response),
        }
    }

    /// Gives the call up before it is established.
    pub(crate) fn cancel(&mut self, stack: &mut Stack, now: Instant) {
        if let Stage::Dialling(dialling) = &mut self.stage {
            dialling.cancelled = true;
            stack.layer.cancel(now, dialling.tx);
            self.deed = None;
        }
    }

    fn on_progress(&mut self, stack: &mut Stack, now: Instant, response: &Response) {
        let status = response.status();
        if !self.acknowledge_provisional(stack, now, response) {
            return;
        }
        stack.tell(Event::Progress {
            call: self.id,
            status,
        });
        let body = response.body();
        let offered = !stack.config.behaviour.delayed_offer;
        let settled = matches!(&self.stage, Stage::Dialling(dialling) if dialling.settled);
        if offered
            && !settled
            && !body.is_empty()
            && let Ok(media) = self.negotiation.accept(body)
        {
            stack.tell(Event::EarlyMedia {
                call: self.id,
                media,
            });
        }
    }

    fn on_success(&mut self, stack: &mut Stack, now: Instant, flow: Flow, response: &Response) {
        let Stage::Dialling(dialling) = &mut self.stage else {
            return;
        };
        let (tx, cancelled) = (dialling.tx, dialling.cancelled);
        let (offered, settled) = (!dialling.invite.body().is_empty(), dialling.settled);
        let Some(dialog) = dialling.confirmed(response) else {
            self.failed(stack, now, 500);
            return;
        };
        self.dialog = Some(dialog);
        self.invite = Some(dialling.invite.clone());
        self.flow = Flow {
            connection: None,
            ..flow
        };
        let (body, agreed) = match settled {
            true => (Bytes::new(), true),
            false => self.settle(offered, response.body()),
        };
        self.start_timer(now, response);
        self.acknowledge(stack, tx, response.cseq().number, &body);
        match (cancelled, agreed) {
            // The CANCEL came too late (§9.1): the call exists and is ended at once.
            (true, _) => {
                self.bye(stack, now);
                self.failed(stack, now, 487);
            }
            (false, false) => {
                self.bye(stack, now);
                self.failed(stack, now, 488);
            }
            (false, true) => {
                self.established(stack, now);
                if let Some(media) = self.negotiation.media.clone() {
                    stack.tell(Event::Answered {
                        call: self.id,
                        media,
                    });
                }
            }
        }
    }

    /// Takes the SDP of a 2xx: the answer to our offer, or an offer, whose answer is to be sent in ACK.
    pub(crate) fn settle(&mut self, offered: bool, body: &[u8]) -> (Bytes, bool) {
        if offered {
            return (Bytes::new(), self.negotiation.accept(body).is_ok());
        }
        match self.negotiation.answer(body) {
            Ok(answer) => (answer, true),
            Err(_) => (Bytes::new(), false),
        }
    }

    fn on_refusal(&mut self, stack: &mut Stack, now: Instant, response: &Response) {
        let Stage::Dialling(dialling) = &mut self.stage else {
            return;
        };
        if dialling.cancelled {
            self.failed(stack, now, 487);
            return;
        }
        let credentials = dialling
            .challenges
            .answer(stack, &dialling.invite, response);
        let Some(credentials) = credentials else {
            self.failed(stack, now, response.status());
            return;
        };
        let invite = &dialling.invite;
        let draft = Draft {
            target: invite.uri().as_str(),
            from_tag: invite.from().tag().unwrap_or_default(),
            call_id: invite.call_id(),
            sequence: invite.cseq().number + 1,
            body: invite.body(),
        };
        match send_invite(stack, now, &draft, Some(credentials)) {
            Some((tx, invite)) => {
                dialling.tx = tx;
                dialling.invite = invite;
            }
            None => self.failed(stack, now, 400),
        }
    }
}

/// A 2xx that another branch of a forked INVITE sent: the dialog that it makes is acknowledged and ended (§13.2.2.4).
fn end_branch(stack: &mut Stack, now: Instant, invite: &Request, response: &Response) {
    let Ok(mut dialog) = Dialog::uac(invite, response) else {
        return;
    };
    let (ack_via, bye_via) = (stack.via(), stack.via());
    let flow = stack.outbound();
    stack.send(flow, dialog.ack(response.cseq().number, &ack_via).finish());
    let bye = dialog.request("BYE", &bye_via).finish();
    stack.request(now, flow, bye);
}

fn send_invite(
    stack: &mut Stack,
    now: Instant,
    draft: &Draft<'_>,
    credentials: Option<Credentials>,
) -> Option<(ClientTransaction, Request)> {
    let via = stack.via();
    let mut builder = Builder::request("INVITE", draft.target)
        .header("Via", via)
        .header("Max-Forwards", 70)
        .header(
            "From",
            format!("<{}>;tag={}", stack.address_of_record(), draft.from_tag),
        )
        .header("To", format!("<{}>", draft.target))
        .header("Call-ID", draft.call_id)
        .header("CSeq", format!("{} INVITE", draft.sequence))
        .header("Contact", stack.contact())
        .header("Allow", ALLOW);
    builder = crate::timers::supported(stack, builder);
    if let Some(Credentials { name, value }) = credentials {
        builder = builder.header(name, value);
    }
    if !stack.config.user_agent.is_empty() {
        builder = builder.header("User-Agent", &stack.config.user_agent);
    }
    if !draft.body.is_empty() {
        builder = builder.body("application/sdp", draft.body);
    }
    let bytes = builder.finish();
    let request = Request::from_bytes(bytes.clone()).ok()?;
    let flow = stack.outbound();
    Some((stack.request(now, flow, bytes), request))
}

/// What a user typed, as a URI.
fn target_uri(to: &str, domain: &str) -> String {
    if to.starts_with("sip:") || to.starts_with("sips:") || to.starts_with("tel:") {
        to.to_owned()
    } else if to.contains('@') {
        format!("sip:{to}")
    } else {
        format!("sip:{to}@{domain}")
    }
}
