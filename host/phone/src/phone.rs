//! The phone: hands what happens to its registration or to the call it concerns.

use std::time::Instant;

use switchhook_media::sdp::LocalMedia;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{self, Message, Request, Response};
use switchhook_sip::transaction::{ClientTransaction, Event as LayerEvent, ServerTransaction};

use crate::call::Call;
use crate::config::PhoneConfig;
use crate::input::{Command, Input, LineCall};
use crate::limits;
use crate::negotiation::Negotiation;
use crate::output::Output;
use crate::registration::Registration;
use crate::stack::Stack;

/// A SIP user agent.
///
/// *Input*: [`Phone::handle`]. *Output*: [`Phone::poll_output`], until it gives `None`, after each input; then
/// [`Phone::poll_timeout`], the time at which `Input::Timeout` is due.
pub struct Phone {
    stack: Stack,
    registration: Registration,
    calls: Vec<Call>,
    next_call: u32,
}

impl Phone {
    /// A phone without calls that is not registered. All its chance comes from `seed`.
    #[must_use]
    pub fn new(seed: u64, config: PhoneConfig) -> Phone {
        Phone {
            stack: Stack::new(seed, config),
            registration: Registration::default(),
            calls: Vec::new(),
            next_call: 1,
        }
    }

    /// Takes one input. Never fails: what cannot be used is answered or dropped.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Received { flow, bytes } => match Message::from_bytes(bytes.clone()) {
                Ok(message) => self.stack.layer.receive(now, flow, message),
                Err(error) => {
                    if let Some(reply) = message::reject(&bytes, &error, flow.peer) {
                        self.stack.send(flow, reply);
                    }
                }
            },
            Input::FlowFailed { flow } => {
                self.stack.layer.failed(now, flow);
            }
            Input::Command(command) => self.obey(now, command),
            Input::Timeout => self.time_out(now),
        }
        self.drain_layer(now);
    }

    /// The next thing to carry out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.stack.poll_output()
    }

    /// When `Input::Timeout` is due, if nothing else happens.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let calls = self.calls.iter().filter_map(Call::poll_timeout).min();
        [
            self.stack.layer.poll_timeout(),
            self.registration.poll_timeout(),
            calls,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Whether no call and no transaction is left, and no output waits. A registration does not count.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.stack.layer.is_idle() && !self.stack.has_output()
    }

    /// Calls that have not ended.
    #[must_use]
    pub fn live_calls(&self) -> Vec<LineCall> {
        self.calls
            .iter()
            .filter(|call| !call.is_over())
            .map(|call| call.id)
            .collect()
    }

    fn obey(&mut self, now: Instant, command: Command) {
        match command {
            Command::Register { expires } => self.registration.want(&mut self.stack, now, expires),
            Command::Unregister => self.registration.want(&mut self.stack, now, 0),
            Command::Call { to } => self.dial(now, &to),
            Command::Answer(id) => self.with(id, |call, stack| call.answer(stack, now)),
            Command::Ring(id) => self.with(id, |call, stack| call.ring(stack, now)),
            Command::Reject(id, status) => {
                self.with(id, |call, stack| call.reject(stack, now, status));
            }
            Command::HangUp(id) => self.with(id, |call, stack| call.hang_up(stack, now)),
            Command::HangUpAll => {
                for call in &mut self.calls {
                    call.hang_up(&mut self.stack, now);
                }
            }
            Command::Hold(id) => self.with(id, |call, stack| call.want_hold(stack, now, true)),
            Command::Resume(id) => self.with(id, |call, stack| call.want_hold(stack, now, false)),
            Command::Transfer(id, to) => {
                self.with(id, |call, stack| call.transfer(stack, now, &to, None));
            }
            Command::Press(id, key) => self.with(id, |call, stack| call.press(stack, now, key)),
            Command::Join(id, other) => {
                let other = self.calls.iter().find(|call| call.id == other);
                let dialog = other.and_then(Call::talking_dialog).cloned();
                if let Some(dialog) = dialog {
                    let to = dialog.remote_target().as_str().to_owned();
                    let of = Some(dialog.id());
                    self.with(id, |call, stack| call.transfer(stack, now, &to, of));
                }
            }
        }
    }

    fn with(&mut self, id: LineCall, act: impl FnOnce(&mut Call, &mut Stack)) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
            act(call, &mut self.stack);
        }
    }

    fn dial(&mut self, now: Instant, to: &str) {
        let Some((id, slot)) = self.vacancy() else {
            return;
        };
        let negotiation = self.negotiation(slot);
        self.calls.extend(Call::dial(
            &mut self.stack,
            now,
            (id, slot),
            to,
            negotiation,
        ));
    }

    /// A name for one more call, and its port pair; `None` if there are too many calls.
    fn vacancy(&mut self) -> Option<(LineCall, u16)> {
        let live = || self.calls.iter().filter(|call| !call.is_over());
        let most = self.stack.config.max_calls.min(limits::MAX_CALLS);
        if live().count() >= most {
            return None;
        }
        let slot =
            (0..limits::MAX_CALLS as u16).find(|slot| live().all(|call| call.slot != *slot))?;
        let id = LineCall(self.next_call);
        self.next_call = self.next_call.wrapping_add(1);
        Some((id, slot))
    }

    fn negotiation(&mut self, slot: u16) -> Negotiation {
        let LocalMedia { address, port } = self.stack.config.media;
        let local = LocalMedia {
            address,
            port: port.saturating_add(2 * slot),
        };
        let session_id = self.stack.between(1, u64::MAX);
        Negotiation::new(local, session_id, &self.stack.config.behaviour)
    }

    fn time_out(&mut self, now: Instant) {
        self.stack.layer.handle_timeout(now);
        self.drain_layer(now);
        self.registration.handle_timeout(&mut self.stack, now);
        let stack = &mut self.stack;
        self.calls
            .retain_mut(|call| !call.handle_timeout(stack, now));
    }

    fn drain_layer(&mut self, now: Instant) {
        while let Some(event) = self.stack.layer.poll_event() {
            match event {
                LayerEvent::Send { flow, bytes } => self.stack.send(flow, bytes),
                LayerEvent::Request {
                    tx,
                    flow,
                    request,
                    merged,
                } => {
                    self.on_request(now, (tx, flow), request, merged);
                }
                LayerEvent::Cancelled { tx, .. } => {
                    if let Some(call) = self.calls.iter_mut().find(|call| call.owns_server(tx)) {
                        call.on_cancelled(&mut self.stack, now);
                    }
                }
                LayerEvent::Ack { request, .. } => {
                    if let Some(index) = self.dialog_of(&request)
                        && let Some(call) = self.calls.get_mut(index)
                    {
                        call.on_ack(&mut self.stack, now, &request);
                    }
                }
                LayerEvent::Response { tx, flow, response } => {
                    self.on_response(now, tx, flow, &response);
                }
                LayerEvent::TimedOut { tx } => self.on_failure(now, tx, 408),
                LayerEvent::TransportFailed { tx } => self.on_failure(now, tx, 503),
                LayerEvent::StrayResponse { .. }
                | LayerEvent::AckTimedOut { .. }
                | LayerEvent::ResponseFailed { .. }
                | LayerEvent::Ended { .. } => {}
            }
        }
    }

    fn on_response(
        &mut self,
        now: Instant,
        tx: ClientTransaction,
        flow: Flow,
        response: &Response,
    ) {
        if self.registration.owns(tx) {
            self.registration
                .on_response(&mut self.stack, now, response);
        } else if let Some(call) = self.calls.iter_mut().find(|call| call.owns_client(tx)) {
            call.on_response(&mut self.stack, now, (tx, flow), response);
        }
    }

    fn on_failure(&mut self, now: Instant, tx: ClientTransaction, status: u16) {
        if self.registration.owns(tx) {
            self.registration.on_failure(&mut self.stack, status);
        } else if let Some(call) = self.calls.iter_mut().find(|call| call.owns_client(tx)) {
            call.on_request_failed(&mut self.stack, now, tx, status);
        }
    }

    fn on_request(
        &mut self,
        now: Instant,
        (tx, flow): (ServerTransaction, Flow),
        request: Request,
        merged: bool,
    ) {
        if request.to().tag().is_some() {
            match self
                .dialog_of(&request)
                .and_then(|index| self.calls.get_mut(index))
            {
                Some(call) => call.on_request(&mut self.stack, now, (tx, flow), &request),
                None => self.stack.refuse(now, tx, &request, 481, None),
            }
            return;
        }
        let status = match request.method().as_str() {
            // RFC 3261 §8.2.2.2
            "INVITE" if merged => 482,
            "INVITE" => return self.on_invite(now, (tx, flow), request),
            "OPTIONS" => 200,
            "BYE" => 481,
            _ => 405,
        };
        let tag = self.stack.tag();
        self.stack.refuse(now, tx, &request, status, Some(&tag));
    }

    fn on_invite(&mut self, now: Instant, (tx, flow): (ServerTransaction, Flow), invite: Request) {
        let Some((id, slot)) = self.vacancy() else {
            let tag = self.stack.tag();
            self.stack.refuse(now, tx, &invite, 486, Some(&tag));
            return;
        };
        let negotiation = self.negotiation(slot);
        self.calls.extend(Call::receive(
            &mut self.stack,
            now,
            (id, slot),
            (tx, flow),
            invite,
            negotiation,
        ));
    }

    /// The call whose dialog, be it an early one, a request belongs to.
    fn dialog_of(&self, request: &Request) -> Option<usize> {
        let local = request.to().tag()?;
        let (call_id, remote) = (request.call_id(), request.from().tag().unwrap_or_default());
        self.calls
            .iter()
            .position(|call| call.is_dialog(call_id, local, remote))
    }
}
