//! One call of a phone: its state and what every part of its handling needs. How it is dialled, rings, lives and ends
//! is in `dialling`, `ringing` and `session`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Request;
use switchhook_sip::session_timer::SessionTimer;
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction, SuccessRetransmit};

use crate::authorization::Challenges;
use crate::input::LineCall;
use crate::negotiation::Negotiation;
use crate::output::{EndedBy, Event};
use crate::reliably::{EarlyDialog, Provisionals};
use crate::stack::Stack;

/// The INVITE that makes a call, until its final response.
#[derive(Debug)]
pub(crate) struct Dialling {
    pub(crate) tx: ClientTransaction,
    pub(crate) invite: Request,
    pub(crate) challenges: Challenges,
    pub(crate) cancelled: bool,
    /// The dialogs of reliable provisional responses.
    pub(crate) early: Vec<EarlyDialog>,
    /// Whether offer and answer were exchanged in reliable responses.
    pub(crate) settled: bool,
}

/// The INVITE that brought a call, until its final response.
#[derive(Debug)]
pub(crate) struct Ringing {
    pub(crate) tx: ServerTransaction,
    pub(crate) invite: Request,
    pub(crate) tag: String,
    /// The SDP answer, if the INVITE had an offer and it was answered already (183).
    pub(crate) answer: Option<Bytes>,
    /// Its provisional responses, if they go reliably.
    pub(crate) provisionals: Option<Provisionals>,
}

/// Where a call stands.
#[derive(Debug)]
pub(crate) enum Stage {
    /// We called, and there is no final response.
    Dialling(Dialling),
    /// We are called, and gave no final response.
    Ringing(Ringing),
    /// Established.
    Talking,
    /// Over. Kept for 64·T1 to acknowledge what is repeated and to answer what comes late.
    Over {
        /// When it may be forgotten.
        until: Instant,
    },
}

/// A 2xx of ours that waits for its ACK.
#[derive(Debug)]
pub(crate) struct Unacknowledged {
    pub(crate) tx: ServerTransaction,
    pub(crate) sequence: u32,
    pub(crate) bytes: Bytes,
    pub(crate) retransmit: SuccessRetransmit,
    /// Our 2xx carried an offer: ACK brings the answer.
    pub(crate) answer_expected: bool,
}

/// A re-INVITE of ours, until its final response.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) tx: ClientTransaction,
    pub(crate) request: Request,
    pub(crate) hold: bool,
    pub(crate) challenges: Challenges,
}

/// What the phone does by itself when the time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Answer,
    Reject(u16),
    Redirect(String),
    HangUp,
}

/// See the module.
pub(crate) struct Call {
    pub(crate) id: LineCall,
    /// Whether we made it: then the Call-ID is ours.
    pub(crate) outgoing: bool,
    /// The port pair it uses.
    pub(crate) slot: u16,
    pub(crate) stage: Stage,
    pub(crate) flow: Flow,
    pub(crate) negotiation: Negotiation,
    pub(crate) dialog: Option<Dialog>,
    /// The INVITE that made the call, if we did: it may have been forked.
    pub(crate) invite: Option<Request>,
    /// The ACKs that we sent, by the transaction of their INVITE, to be repeated when its 2xx is; the newest last.
    pub(crate) acknowledged: Vec<(ClientTransaction, Bytes)>,
    pub(crate) unacknowledged: Option<Unacknowledged>,
    pub(crate) change: Option<Change>,
    /// Whether the user wants the other side on hold.
    pub(crate) hold_wanted: bool,
    /// Not before this time is a re-INVITE that met another one repeated.
    pub(crate) retry_at: Option<Instant>,
    pub(crate) retries: u8,
    /// The user hung up, but BYE must wait for the ACK (RFC 3261 §15).
    pub(crate) hang_up_after_ack: bool,
    /// Whether [`crate::config::Behaviour::glare`] was lived out.
    pub(crate) glared: bool,
    pub(crate) deed: Option<(Instant, Deed)>,
    /// The session timer (RFC 4028).
    pub(crate) timer: Option<SessionTimer>,
    /// The UPDATE that refreshes the session.
    pub(crate) refresh: Option<ClientTransaction>,
}

impl Call {
    pub(crate) fn new(
        (id, slot): (LineCall, u16),
        stage: Stage,
        flow: Flow,
        negotiation: Negotiation,
    ) -> Call {
        Call {
            id,
            outgoing: matches!(stage, Stage::Dialling(_)),
            slot,
            stage,
            flow,
            negotiation,
            dialog: None,
            invite: None,
            acknowledged: Vec::new(),
            unacknowledged: None,
            change: None,
            hold_wanted: false,
            retry_at: None,
            retries: 0,
            hang_up_after_ack: false,
            glared: false,
            deed: None,
            timer: None,
            refresh: None,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over { .. })
    }

    /// Whether this transaction is one whose responses the call wants to see.
    pub(crate) fn owns_client(&self, tx: ClientTransaction) -> bool {
        matches!(&self.stage, Stage::Dialling(dialling) if dialling.tx == tx)
            || self.change.as_ref().is_some_and(|change| change.tx == tx)
            || self.refresh == Some(tx)
            || self
                .acknowledged
                .iter()
                .any(|(acknowledged, _)| *acknowledged == tx)
    }

    /// Whether a request with this Call-ID, To tag and From tag is within the call's dialog, be it an early one.
    pub(crate) fn is_dialog(&self, call_id: &str, local: &str, remote: &str) -> bool {
        if let Stage::Ringing(Ringing { invite, tag, .. }) = &self.stage {
            return invite.call_id() == call_id
                && tag == local
                && invite.from().tag().unwrap_or_default() == remote;
        }
        self.dialog.as_ref().is_some_and(|dialog| {
            let id = dialog.id();
            id.call_id == call_id && id.local_tag == local && id.remote_tag == remote
        })
    }

    /// Whether this is the transaction of the INVITE that rings.
    pub(crate) fn owns_server(&self, tx: ServerTransaction) -> bool {
        matches!(&self.stage, Stage::Ringing(ringing) if ringing.tx == tx)
    }

    pub(crate) fn plan(&mut self, now: Instant, after: Duration, deed: Deed) {
        self.deed = Some((now + after, deed));
    }

    /// When something is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let over = match self.stage {
            Stage::Over { until } => Some(until),
            _ => None,
        };
        let deed = self.deed.as_ref().map(|(at, _)| *at);
        let resend = self
            .unacknowledged
            .as_ref()
            .map(|success| success.retransmit.poll_timeout());
        let session = self.timer.map(|timer| timer.poll_timeout());
        let provisional = match &self.stage {
            Stage::Ringing(ringing) => ringing.provisionals.as_ref(),
            _ => None,
        };
        let provisional = provisional.and_then(Provisionals::poll_timeout);
        [over, deed, resend, self.retry_at, session, provisional]
            .into_iter()
            .flatten()
            .min()
    }

    /// The call became established.
    pub(crate) fn established(&mut self, stack: &mut Stack, now: Instant) {
        self.stage = Stage::Talking;
        self.deed = None;
        if let Some(after) = stack.config.behaviour.hang_up_after {
            self.plan(now, after, Deed::HangUp);
        }
    }

    /// An established call is over.
    pub(crate) fn ended(&mut self, stack: &mut Stack, now: Instant, by: EndedBy) {
        if !self.is_over() {
            stack.tell(Event::Ended { call: self.id, by });
            self.finish(stack, now);
        }
    }

    /// A call ended that never was established.
    pub(crate) fn failed(&mut self, stack: &mut Stack, now: Instant, status: u16) {
        if !self.is_over() {
            stack.tell(Event::Failed {
                call: self.id,
                status,
            });
            self.finish(stack, now);
        }
    }

    fn finish(&mut self, stack: &mut Stack, now: Instant) {
        self.stage = Stage::Over {
            until: now + stack.timing.timeout(),
        };
        // The other side has nothing more to say to a re-INVITE of a dialog that is gone, so nothing else ends it.
        if let Some(change) = &self.change {
            stack.layer.cancel(now, change.tx);
        }
        self.unacknowledged = None;
        self.retry_at = None;
        self.deed = None;
        self.timer = None;
        self.refresh = None;
    }
}
