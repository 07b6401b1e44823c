//! The transaction layer: messages and timers in, messages and news out. It matches, caches and retransmits; what a
//! request means is the transaction user's business.

use std::time::Instant;

use bytes::Bytes;

use super::config::{Counters, TransactionConfig, TransactionLimits};
use super::effect::Class;
use super::engine::{Engine, Hand};
use super::event::Event;
use super::follow_up;
use super::handle::{ClientTransaction, ServerTransaction};
use super::machine::MachineEvent;
use super::matching::Key;
use crate::build::{Builder, stamp_via};
use crate::flow::{Flow, Transport};
use crate::message::received::Message;
use crate::message::request::Request;
use crate::message::response::Response;
use crate::method::Method;
use crate::overload::reject_statelessly;

#[cfg(test)]
mod tests;

/// All transactions of an exchange (RFC 3261 §17, RFC 6026).
///
/// Input: [`Layer::receive`], [`Layer::request`], [`Layer::respond`], [`Layer::cancel`], [`Layer::failed`],
/// [`Layer::handle_timeout`]. After each, [`Layer::poll_event`] until it gives nothing, then [`Layer::poll_timeout`]. `now`
/// never goes back.
#[derive(Debug)]
pub struct Layer {
    limits: TransactionLimits,
    symmetric_responses: bool,
    engine: Engine,
}

impl Layer {
    /// A layer without transactions.
    pub fn new(config: TransactionConfig) -> Self {
        Self {
            limits: config.limits,
            symmetric_responses: config.symmetric_responses,
            engine: Engine::new(config.timing(), &config.hash_seed),
        }
    }

    /// A message from the network. It is told its source for `received` and `rport`, matched to a transaction, or handed up.
    pub fn receive(&mut self, now: Instant, flow: Flow, message: Message) {
        match message {
            Message::Response(response) => self.receive_response(now, flow, response),
            Message::Request(mut request) => {
                stamp_via(&mut request, flow.peer);
                self.receive_request(now, flow, request);
            }
        }
    }

    /// Sends a request, neither ACK nor CANCEL, that is complete with a Via and our branch. Its fate comes as events: first
    /// or last `TransportFailed` if it cannot be sent.
    pub fn request(&mut self, now: Instant, flow: Flow, request: Bytes) -> ClientTransaction {
        let has_room = self.engine.table.clients() < self.limits.client_transactions;
        let handle = match has_room {
            true => self.engine.begin_client(now, flow, request, false),
            false => None,
        };
        if let Some(handle) = handle {
            return ClientTransaction(handle);
        }
        let tx = ClientTransaction(self.engine.table.stillborn());
        self.engine.counters.requests_not_sent += 1;
        self.engine.events.push_back(Event::TransportFailed { tx });
        tx
    }

    /// Sends a response; the status is read from the bytes. A provisional one after the final one is not sent, a second
    /// final one only if both are 2xx to an INVITE (RFC 6026 §7.1).
    pub fn respond(&mut self, now: Instant, tx: ServerTransaction, response: Bytes) {
        if let Some(status) = follow_up::status(&response) {
            let event = MachineEvent::Respond(Class::of(status));
            self.engine
                .step(now, tx.0, event, &mut Hand::to_send(response));
        }
    }

    /// Cancels an INVITE: at once if a provisional response has come, else when one comes; not at all after a final one.
    pub fn cancel(&mut self, now: Instant, tx: ClientTransaction) {
        self.engine
            .step(now, tx.0, MachineEvent::Cancel, &mut Hand::default());
    }

    /// As [`Layer::cancel`]; the CANCEL says why: the value of its Reason (RFC 3326).
    pub fn cancel_with_reason(&mut self, now: Instant, tx: ClientTransaction, reason: &str) {
        if let Some(transaction) = self.engine.table.get_mut(tx.0) {
            transaction.reason = Some(reason.into());
        }
        self.cancel(now, tx);
    }

    /// Whether anything has come back, a 100 included, or the transaction is gone.
    pub fn is_answered(&self, tx: ClientTransaction) -> bool {
        let transaction = self.engine.table.get(tx.0);
        transaction.is_none_or(|transaction| transaction.machine.is_answered())
    }

    /// As [`Layer::request`]; should the transport fail before anything has come back, the request is sent the other way instead,
    /// as if it had been from the beginning. `other` carries the same branch.
    pub fn request_or(
        &mut self,
        now: Instant,
        (flow, request): (Flow, Bytes),
        other: (Flow, Bytes),
    ) -> ClientTransaction {
        let tx = self.request(now, flow, request);
        if let Some(transaction) = self.engine.table.get_mut(tx.0) {
            transaction.other_way = Some(Box::new(other));
        }
        tx
    }

    /// The transport could not send to exactly this flow, or its connection is gone. A transaction is told once. Whether requests
    /// of ours were waiting there for an answer.
    pub fn failed(&mut self, now: Instant, flow: Flow) -> bool {
        let mut was_asked = false;
        for handle in self.engine.table.take_flow(&flow) {
            let transaction = self.engine.table.get(handle);
            was_asked |= transaction.is_some_and(|transaction| {
                transaction.machine.is_client() && transaction.machine.is_pending()
            });
            if self.engine.take_other_way(now, handle) {
                continue;
            }
            self.engine.step(
                now,
                handle,
                MachineEvent::TransportError,
                &mut Hand::default(),
            );
        }
        was_asked
    }

    /// The next output.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.engine.events.pop_front()
    }

    /// When [`Layer::handle_timeout`] is to be called. There may be nothing to do then.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.engine.timers.next_deadline()
    }

    /// Fires the timers that are due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((handle, timer)) = self.engine.timers.take_due(now) {
            self.engine.step(
                now,
                handle,
                MachineEvent::Timer(timer),
                &mut Hand::default(),
            );
        }
    }

    /// Whether there is neither a transaction nor an output left.
    pub fn is_idle(&self) -> bool {
        self.engine.table.is_empty() && self.engine.events.is_empty()
    }

    /// How many transactions live, ended ones included that still absorb retransmissions.
    pub fn transactions(&self) -> usize {
        self.engine.table.len()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.engine.counters
    }

    fn receive_request(&mut self, now: Instant, flow: Flow, request: Request) {
        let key = self.engine.matching.server(&request);
        let known = self.engine.table.find(key);
        match (request.method(), known) {
            (Method::Ack, Some(handle)) => {
                let mut hand = Hand::received(flow, Message::Request(request));
                self.engine.step(now, handle, MachineEvent::Ack, &mut hand);
            }
            // §17.1.1.3: the ACK for a 2xx has a branch of its own.
            (Method::Ack, None) => self.engine.events.push_back(Event::Ack { flow, request }),
            (_, Some(handle)) => {
                self.engine.counters.requests_absorbed += 1;
                self.engine.step(
                    now,
                    handle,
                    MachineEvent::Retransmission,
                    &mut Hand::default(),
                );
            }
            (method, None) => {
                let is_cancel = method == Method::Cancel;
                if !self.has_room_for(flow, &request) {
                    return;
                }
                self.engine.counters.requests_received += 1;
                let (tx, merged) = self.begin_server(now, flow, key, &request);
                if is_cancel {
                    self.answer_cancel(now, tx, &request);
                } else {
                    self.engine.events.push_back(Event::Request {
                        tx,
                        flow,
                        request,
                        merged,
                    });
                }
            }
        }
    }

    /// Whether the table takes one more; if not, the request is answered or dropped.
    fn has_room_for(&mut self, flow: Flow, request: &Request) -> bool {
        let limit = self.limits.server_transactions;
        let servers = self.engine.table.servers();
        if servers < limit {
            return true;
        }
        let retry_after = self.limits.retry_after_seconds;
        let reply = reject_statelessly(
            request.raw(),
            flow.peer,
            503,
            "Service Unavailable",
            retry_after,
        );
        if let Some(bytes) = reply {
            self.engine.counters.requests_refused += 1;
            let flow = self.reply_flow(flow, request);
            self.engine.events.push_back(Event::Send { flow, bytes });
            return false;
        }
        let is_dropped = servers >= limit.saturating_mul(2);
        if is_dropped {
            self.engine.counters.requests_dropped += 1;
        }
        !is_dropped
    }

    /// A new server transaction, and whether the request is merged.
    fn begin_server(
        &mut self,
        now: Instant,
        flow: Flow,
        key: Key,
        request: &Request,
    ) -> (ServerTransaction, bool) {
        let merge_key = match request.method() {
            Method::Cancel => None,
            _ => self.engine.matching.merge(request),
        };
        let merged = merge_key.is_some_and(|key| self.engine.table.has_merge_key(key));
        let is_invite = request.method() == Method::Invite;
        let flow = self.reply_flow(flow, request);
        let handle = self
            .engine
            .begin_server(now, flow, key, merge_key, is_invite);
        (ServerTransaction(handle), merged)
    }

    /// RFC 3261 §18.2.2, RFC 3581 §4: over a connection, the same way back; over UDP to the source address, and to the
    /// source port if the request asks for it, else to the port of sent-by.
    fn reply_flow(&self, mut flow: Flow, request: &Request) -> Flow {
        let via = request.via();
        let by_sent_by =
            flow.transport == Transport::Udp && !self.symmetric_responses && via.rport().is_none();
        if by_sent_by {
            let port = via.port().unwrap_or(flow.transport.default_port());
            flow.peer.set_port(port);
        }
        flow
    }

    /// §9.2: 200 if the INVITE is there, 481 if not. The To tag SHOULD be that of the responses to the INVITE, so far as one
    /// was sent.
    fn answer_cancel(&mut self, now: Instant, tx: ServerTransaction, cancel: &Request) {
        let invite = self
            .engine
            .table
            .find(self.engine.matching.cancelled(cancel));
        let status = if invite.is_some() { 200 } else { 481 };
        let transaction = invite.and_then(|invite| self.engine.table.get(invite));
        let tag = transaction
            .and_then(|transaction| follow_up::to_tag(&transaction.kept))
            .unwrap_or_else(|| self.engine.matching.tag(cancel));
        let is_pending = transaction.is_some_and(|transaction| transaction.machine.is_pending());
        let response = Builder::response_to(cancel, status, None, Some(&tag)).finish();
        self.respond(now, tx, response);
        if let Some(invite) = invite.filter(|_| is_pending) {
            let tx = ServerTransaction(invite);
            let reason = follow_up::reason(cancel);
            self.engine
                .events
                .push_back(Event::Cancelled { tx, reason });
        }
    }

    fn receive_response(&mut self, now: Instant, flow: Flow, response: Response) {
        let key = self.engine.matching.client_of(&response);
        match key.and_then(|key| self.engine.table.find(key)) {
            Some(handle) => {
                self.engine.counters.responses_received += 1;
                let event = MachineEvent::Response(Class::of(response.status()));
                let mut hand = Hand::received(flow, Message::Response(response));
                self.engine.step(now, handle, event, &mut hand);
            }
            None if response.is_success() && response.cseq().method == Method::Invite => {
                self.engine
                    .events
                    .push_back(Event::StrayResponse { flow, response });
            }
            None => self.engine.counters.responses_unmatched += 1,
        }
    }
}
