//! What keeps the transactions going: it moves a state machine and carries its effects out. Which message belongs to which
//! transaction is the layer's business.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use super::config::Counters;
use super::effect::{Effect, News};
use super::event::Event;
use super::follow_up;
use super::handle::{ClientTransaction, Handle, ServerTransaction};
use super::invite_client::InviteClient;
use super::invite_server::InviteServer;
use super::machine::{Machine, MachineEvent};
use super::matching::{Key, Matching};
use super::non_invite_client::NonInviteClient;
use super::non_invite_server::NonInviteServer;
use super::queue::TimerQueue;
use super::table::{Table, Transaction};
use super::timer::{Timer, Timing};
use crate::flow::Flow;
use crate::message::received::Message;
use crate::message::response::Response;

/// The transactions, their timers, and the outputs that wait.
#[derive(Debug)]
pub(super) struct Engine {
    timing: Timing,
    pub(super) matching: Matching,
    pub(super) table: Table,
    pub(super) timers: TimerQueue,
    pub(super) events: VecDeque<Event>,
    pub(super) counters: Counters,
    /// Empty between calls; kept for its memory.
    effects: Vec<Effect>,
}

/// The message that an event of a machine is about.
#[derive(Default)]
pub(super) struct Hand {
    /// One to send.
    bytes: Option<Bytes>,
    /// One that came.
    received: Option<(Flow, Message)>,
}

impl Hand {
    pub(super) fn to_send(bytes: Bytes) -> Self {
        Self {
            bytes: Some(bytes),
            received: None,
        }
    }

    pub(super) fn received(flow: Flow, message: Message) -> Self {
        Self {
            bytes: None,
            received: Some((flow, message)),
        }
    }
}

impl Engine {
    pub(super) fn new(timing: Timing, secret: &[u8; 16]) -> Self {
        Self {
            timing,
            matching: Matching::new(secret),
            table: Table::new(secret),
            timers: TimerQueue::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            effects: Vec::new(),
        }
    }

    /// A new server transaction.
    pub(super) fn begin_server(
        &mut self,
        now: Instant,
        flow: Flow,
        key: Key,
        merge_key: Option<Key>,
        is_invite: bool,
    ) -> Handle {
        let reliable = flow.transport.is_reliable();
        let mut effects = std::mem::take(&mut self.effects);
        let machine = if is_invite {
            Machine::InviteServer(InviteServer::start(reliable))
        } else {
            let machine = NonInviteServer::start(reliable, &self.timing, &mut effects);
            Machine::NonInviteServer(machine)
        };
        let transaction = Transaction {
            key,
            merge_key,
            machine,
            flow,
            kept: Bytes::new(),
            reason: None,
            is_silent: false,
            other_way: None,
        };
        self.begin(now, transaction, effects, &mut Hand::default())
    }

    /// Sends a request in a new client transaction. `None` if it lacks what a request needs.
    pub(super) fn begin_client(
        &mut self,
        now: Instant,
        flow: Flow,
        request: Bytes,
        is_silent: bool,
    ) -> Option<Handle> {
        let head = follow_up::head(&request)?;
        let key = self.matching.client(head.branch, head.method);
        let mut effects = std::mem::take(&mut self.effects);
        let machine = self.start_client(head.method == "INVITE", flow, &mut effects);
        let transaction = Transaction {
            key,
            merge_key: None,
            machine,
            flow,
            kept: Bytes::new(),
            reason: None,
            is_silent,
            other_way: None,
        };
        self.counters.requests_sent += 1;
        let mut hand = Hand::to_send(request);
        Some(self.begin(now, transaction, effects, &mut hand))
    }

    /// Begins a client transaction anew by its other way, under the same branch. `false`: it has none, or something has come back.
    pub(super) fn take_other_way(&mut self, now: Instant, handle: Handle) -> bool {
        let Some(transaction) = self.table.get_mut(handle) else {
            return false;
        };
        if transaction.machine.is_answered() || transaction.machine.is_cancelled() {
            return false;
        }
        let Some(other_way) = transaction.other_way.take() else {
            return false;
        };
        let is_invite = matches!(transaction.machine, Machine::InviteClient(_));
        let (flow, request) = *other_way;
        self.table.put_on(handle, flow);
        let mut effects = std::mem::take(&mut self.effects);
        let machine = self.start_client(is_invite, flow, &mut effects);
        if let Some(transaction) = self.table.get_mut(handle) {
            transaction.machine = machine;
        }
        self.counters.requests_sent += 1;
        self.carry_out(now, handle, &mut effects, &mut Hand::to_send(request));
        self.effects = effects;
        true
    }

    fn start_client(&self, is_invite: bool, flow: Flow, effects: &mut Vec<Effect>) -> Machine {
        let reliable = flow.transport.is_reliable();
        if is_invite {
            Machine::InviteClient(InviteClient::start(reliable, &self.timing, effects))
        } else {
            Machine::NonInviteClient(NonInviteClient::start(reliable, &self.timing, effects))
        }
    }

    /// Moves one machine and does what it asks. A stale handle moves nothing.
    pub(super) fn step(
        &mut self,
        now: Instant,
        handle: Handle,
        event: MachineEvent,
        hand: &mut Hand,
    ) {
        let Some(transaction) = self.table.get_mut(handle) else {
            return;
        };
        let mut effects = std::mem::take(&mut self.effects);
        transaction
            .machine
            .handle(event, &self.timing, &mut effects);
        let is_over = transaction.machine.is_terminated();
        if is_over && matches!(event, MachineEvent::Timer(Timer::Abandon)) {
            self.counters.abandoned += 1;
        }
        let is_lost = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Inform(News::Timeout | News::TransportError)));
        self.carry_out(now, handle, &mut effects, hand);
        self.effects = effects;
        if is_over {
            self.end(handle, is_lost);
        }
    }

    fn begin(
        &mut self,
        now: Instant,
        transaction: Transaction,
        mut effects: Vec<Effect>,
        hand: &mut Hand,
    ) -> Handle {
        let handle = self.table.insert(transaction);
        self.carry_out(now, handle, &mut effects, hand);
        self.effects = effects;
        let table = &self.table;
        self.timers
            .sweep(table.len(), |handle| table.contains(handle));
        handle
    }

    fn end(&mut self, handle: Handle, is_lost: bool) {
        let transaction = self.table.remove(handle);
        let is_invite_client = transaction
            .is_some_and(|transaction| matches!(transaction.machine, Machine::InviteClient(_)));
        if is_invite_client && !is_lost {
            let tx = ClientTransaction(handle);
            self.events.push_back(Event::Ended { tx });
        }
        if self.table.is_empty() {
            self.timers.clear();
        }
    }

    /// Does what the effects say, and empties them.
    fn carry_out(
        &mut self,
        now: Instant,
        handle: Handle,
        effects: &mut Vec<Effect>,
        hand: &mut Hand,
    ) {
        let Hand { bytes, received } = hand;
        for effect in effects.drain(..) {
            match effect {
                Effect::Send => self.send(handle, bytes.clone()),
                // Nothing needs the message after it is kept.
                Effect::Keep => self.keep(handle, bytes.take()),
                Effect::Resend => self.resend(handle),
                Effect::Acknowledge => {
                    if let Some((_, Message::Response(response))) = received {
                        self.acknowledge(handle, response);
                    }
                }
                Effect::Cancel => self.send_cancel(now, handle),
                Effect::Forget => self.keep(handle, None),
                Effect::Start(timer, duration) => self.timers.start(now, duration, handle, timer),
                Effect::Inform(news) => self.inform(handle, news, received.take()),
            }
        }
    }

    fn send(&mut self, handle: Handle, bytes: Option<Bytes>) {
        if let (Some(bytes), Some(transaction)) = (bytes, self.table.get(handle)) {
            let flow = transaction.flow;
            self.events.push_back(Event::Send { flow, bytes });
        }
    }

    fn resend(&mut self, handle: Handle) {
        let kept = self.table.get(handle).map(|tx| tx.kept.clone());
        if let Some(kept) = kept.filter(|kept| !kept.is_empty()) {
            self.counters.retransmitted += 1;
            self.send(handle, Some(kept));
        }
    }

    fn keep(&mut self, handle: Handle, bytes: Option<Bytes>) {
        if let Some(transaction) = self.table.get_mut(handle) {
            let bytes = bytes.unwrap_or_default();
            transaction.kept = match transaction.machine.is_pending() {
                true => bytes,
                // What lingers for 64*T1 shall not hold the spare memory of the buffer it was built in.
                false => Bytes::copy_from_slice(&bytes),
            };
        }
    }

    fn acknowledge(&mut self, handle: Handle, response: &Response) {
        let invite = self.table.get(handle).map(|tx| tx.kept.clone());
        let ack = invite.and_then(|invite| follow_up::ack(&invite, response));
        self.keep(handle, ack.clone());
        self.send(handle, ack);
    }

    fn send_cancel(&mut self, now: Instant, handle: Handle) {
        let Some(transaction) = self.table.get(handle) else {
            return;
        };
        let flow = transaction.flow;
        if let Some(cancel) = follow_up::cancel(&transaction.kept, transaction.reason.as_deref()) {
            self.begin_client(now, flow, cancel, true);
        }
    }

    fn inform(&mut self, handle: Handle, news: News, received: Option<(Flow, Message)>) {
        let Some(transaction) = self.table.get(handle) else {
            return;
        };
        let is_client = transaction.machine.is_client();
        let is_silent = transaction.is_silent;
        let client = ClientTransaction(handle);
        let server = ServerTransaction(handle);
        let event = match (news, received) {
            (News::Response, Some((flow, Message::Response(response)))) => {
                // A 100 stops retransmissions and says nothing else.
                (response.status() != 100).then_some(Event::Response {
                    tx: client,
                    flow,
                    response,
                })
            }
            (News::Ack, Some((flow, Message::Request(request)))) => {
                Some(Event::Ack { flow, request })
            }
            (News::Response | News::Ack, _) => None,
            (News::Timeout, _) if is_client => {
                self.counters.timeouts += 1;
                Some(Event::TimedOut { tx: client })
            }
            (News::Timeout, _) => {
                self.counters.ack_timeouts += 1;
                Some(Event::AckTimedOut { tx: server })
            }
            (News::TransportError, _) => {
                self.counters.transport_failures += 1;
                Some(match is_client {
                    true => Event::TransportFailed { tx: client },
                    false => Event::ResponseFailed { tx: server },
                })
            }
        };
        self.events.extend(event.filter(|_| !is_silent));
    }
}
