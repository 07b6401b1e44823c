//! The loop that steps an exchange: handle one input, carry out all outputs, only then the next. It runs on a thread
//! of its own; media, plugins, names and files are elsewhere and send messages, and so do the loops of other exchanges.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::Config;
use switchhook_call::counters::Counters;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input};
use switchhook_call::keys::SessionId;
use switchhook_call::output::Output;
use switchhook_call::owner::Shares;
use switchhook_call::view::CallView;
use switchhook_media::relay::Glimpse;
use switchhook_sip::flow::{Flow, Transport};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::Sleep;

use crate::archive::Archive;
use crate::call_log;
use crate::clock::Clock;
use crate::crossing::Crossing;
use crate::decider::{Answer, Decider};
use crate::directory::Directory;
use crate::inbox::{Inbox, Taken};
use crate::limits;
use crate::media_shell::MediaShell;
use crate::observers::Observers;
use crate::records::Records;
use crate::resolver::Resolver;
use crate::shield::Shield;
use crate::state_file::StateFile;
use crate::streams::{StreamEvent, Streams};
use crate::udp::Udp;

/// How long the loop sleeps when no timer is set.
const LONG: Duration = Duration::from_secs(3600);

/// What other threads tell the loop.
pub enum Message {
    /// Something for the exchange.
    Input(Input),
    /// A plugin's answer to a question of the decider came back.
    Decided(Box<Answer>),
    /// Something of the network that came from another loop.
    Handed(Handed),
    /// Use this configuration from now on, and find the owners of messages by this.
    Configure(Arc<Config>, Arc<Shares>),
    /// How are you?
    Status(oneshot::Sender<Status>),
    /// Look at the exchange between two inputs; what is asked must be quick.
    Inspect(Box<dyn FnOnce(&Exchange) + Send>),
    /// The calls that there are, and how their media are doing.
    Observe(oneshot::Sender<Seen>),
    /// End now, whatever calls there are.
    Stop,
}

/// The calls of a loop, and what its media threads tell of their sessions: it ends when all have.
pub type Seen = (Vec<CallView>, UnboundedReceiver<(SessionId, [Glimpse; 2])>);

/// What loops hand each other.
#[derive(Debug)]
pub enum Handed {
    /// A message that another loop has received, for a domain of this one's exchange.
    Received {
        /// Where it came from.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// A message of another loop's exchange for a connection of this loop.
    Send {
        /// The other loop.
        from: u8,
        /// Where to.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
}

/// How the loop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Calls that exist.
    pub calls: usize,
    /// Whether neither call nor transaction is left.
    pub idle: bool,
    /// Stream connections.
    pub connections: usize,
    /// Messages that found no room and were refused or dropped.
    pub dropped_messages: u64,
    /// Call records that were dropped.
    pub dropped_records: u64,
    /// Contacts that are registered.
    pub registrations: usize,
    /// What the exchange counted.
    pub counters: Counters,
}

impl Status {
    /// How several loops are together.
    pub fn of_all(all: &[Status]) -> Option<Status> {
        let (first, others) = all.split_first()?;
        Some(others.iter().fold(*first, |sum, status| Status {
            calls: sum.calls + status.calls,
            idle: sum.idle && status.idle,
            connections: sum.connections + status.connections,
            dropped_messages: sum.dropped_messages + status.dropped_messages,
            // Records have one writer, whose count every loop tells.
            dropped_records: sum.dropped_records.max(status.dropped_records),
            registrations: sum.registrations + status.registrations,
            counters: sum.counters + status.counters,
        }))
    }
}

/// Everything that the loop works with.
pub struct Parts {
    /// The signalling state.
    pub exchange: Exchange,
    /// The clock that the exchange was made with.
    pub clock: Clock,
    /// The UDP sockets.
    pub udp: Vec<Udp>,
    /// Who is heard.
    pub shield: Arc<Shield>,
    /// What other loops are handed.
    pub crossing: Crossing,
    /// The stream connections.
    pub streams: Streams,
    /// What they tell.
    pub stream_events: Receiver<StreamEvent>,
    /// What other threads tell.
    pub messages: UnboundedReceiver<Message>,
    /// The plugins.
    pub decider: Decider,
    /// Names.
    pub resolver: Resolver,
    /// The relay.
    pub media: MediaShell,
    /// What plugins may read.
    pub directory: Arc<Directory>,
    /// Plugins that are told what happens.
    pub observers: Arc<Observers>,
    /// Call records.
    pub records: Arc<Records>,
    /// What survives a restart.
    pub state: Arc<StateFile>,
    /// Recordings and mailboxes.
    pub archive: Archive,
    /// The number of this loop's exchange.
    pub number: u8,
}

/// The loop.
pub struct EventLoop {
    parts: Parts,
    ready: Option<oneshot::Sender<()>>,
    inbox: Inbox,
    /// Inputs that carrying out outputs gave rise to; handled before anything else.
    failures: Vec<Flow>,
    /// What ended the last wait.
    message: Option<Message>,
    stream_event: Option<StreamEvent>,
    sleep: Pin<Box<Sleep>>,
    reported_backlog: usize,
    buffer: Vec<u8>,
    stopped: bool,
}

impl EventLoop {
    /// A loop that has not begun. Must be called within its runtime. `ready` is told when calls can be taken: when the
    /// first media ports are there.
    pub fn new(parts: Parts, ready: oneshot::Sender<()>) -> EventLoop {
        EventLoop {
            parts,
            ready: Some(ready),
            inbox: Inbox::default(),
            failures: Vec::new(),
            message: None,
            stream_event: None,
            sleep: Box::pin(tokio::time::sleep(LONG)),
            reported_backlog: 0,
            buffer: vec![0; limits::DATAGRAM_BYTES],
            stopped: false,
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(mut self) {
        for udp in &self.parts.udp {
            let _ = udp.writable().await;
        }
        self.carry_out();
        loop {
            // 1. What other threads said: answers that calls wait for, then the operator's wishes.
            self.take_messages();
            if self.stopped {
                break;
            }
            // 2. Everything that has arrived, so that the kernel's buffers do not overflow and the backlog is known.
            self.take_datagrams();
            self.take_stream_events();
            self.report_backlog();
            // 3. Timers that are due.
            self.handle_timers();
            // 4. Some of what has arrived; then look again at all of the above.
            self.handle_turn();
            // 5. Let the tasks of connections run, or wait for something to happen.
            if self.inbox.is_empty() {
                self.wait().await;
            } else {
                tokio::task::yield_now().await;
            }
        }
    }

    fn take_messages(&mut self) {
        while let Some(message) = self
            .message
            .take()
            .or_else(|| self.parts.messages.try_recv().ok())
        {
            match message {
                Message::Decided(answer) => {
                    let input = self.parts.decider.decided(*answer);
                    self.handle(input);
                }
                Message::Input(input) => self.handle(input),
                Message::Handed(handed) => self.take_handed(handed),
                Message::Configure(config, shares) => {
                    self.parts.crossing.share(shares);
                    self.handle(Input::Command(Command::Configure(config)));
                }
                Message::Status(reply) => {
                    let _ = reply.send(self.status());
                }
                Message::Inspect(look) => look(&self.parts.exchange),
                Message::Observe(reply) => {
                    let (look, seen) = unbounded_channel();
                    self.parts.media.look(&look);
                    let calls = self.parts.exchange.calls_at(self.parts.clock.now());
                    let _ = reply.send((calls, seen));
                }
                Message::Stop => self.stopped = true,
            }
        }
    }

    fn take_datagrams(&mut self) {
        let EventLoop {
            parts,
            inbox,
            buffer,
            ..
        } = self;
        let Parts {
            udp,
            crossing,
            shield,
            ..
        } = parts;
        let now = parts.clock.now();
        for udp in udp {
            // A flood on one socket does not keep the others from being read.
            for _ in 0..limits::WAITING_MESSAGES / limits::DATAGRAMS_PER_TURN {
                let count = udp.receive(
                    buffer,
                    |peer, bytes| shield.hears(now, peer, bytes),
                    |flow, bytes| {
                        if let Some(refusal) = crossing.take(inbox, flow, bytes) {
                            let _ = udp.send(flow.peer, &refusal);
                        }
                    },
                );
                if count < limits::DATAGRAMS_PER_TURN {
                    break;
                }
            }
        }
    }

    fn take_stream_events(&mut self) {
        // Connections are read only as fast as the exchange keeps up: the peers notice by TCP's flow control.
        while self.inbox.len() < limits::STREAM_MESSAGES {
            let event = self
                .stream_event
                .take()
                .or_else(|| self.parts.stream_events.try_recv().ok());
            match event {
                None => return,
                Some(StreamEvent::Accepted {
                    listener,
                    stream,
                    peer,
                }) => {
                    if self.parts.shield.accepts(self.parts.clock.now(), peer) {
                        self.parts.streams.accepted(listener, stream, peer);
                    }
                }
                Some(StreamEvent::Identified { flow, names }) => {
                    self.parts.crossing.identified(flow, &names);
                    self.handle(Input::PeerIdentified { flow, names });
                }
                Some(StreamEvent::Message { flow, bytes }) => {
                    if !self.parts.shield.bears(self.parts.clock.now(), flow.peer) {
                        self.close(flow);
                        continue;
                    }
                    let crossing = &mut self.parts.crossing;
                    if let Some(refusal) = crossing.take(&mut self.inbox, flow, bytes) {
                        self.send(flow, refusal);
                    }
                }
                Some(StreamEvent::Closed { connection }) => {
                    let failed = self.parts.streams.closed(connection);
                    self.failed(failed);
                }
            }
        }
    }

    fn close(&mut self, flow: Flow) {
        let closed = flow.connection.map(|id| self.parts.streams.closed(id));
        self.failed(closed.unwrap_or_default());
    }

    fn take_handed(&mut self, handed: Handed) {
        self.parts.crossing.taken();
        match handed {
            Handed::Received { flow, bytes } => {
                if let Taken::Refused(refusal) = self.inbox.push(flow, bytes) {
                    self.send(flow, refusal);
                }
            }
            Handed::Send { from, flow, bytes } => {
                // Noted before: if it fails, whoever knows the connection is told.
                self.parts.crossing.lend(from, flow);
                if let Err(failed) = self.parts.streams.send(flow, bytes) {
                    self.failed(failed);
                }
            }
        }
    }

    fn failed(&mut self, flows: Vec<Flow>) {
        for flow in &flows {
            self.parts.crossing.failed(*flow);
        }
        self.failures.extend(flows);
    }

    fn report_backlog(&mut self) {
        let messages = self.inbox.len() + self.parts.crossing.waiting();
        if messages != self.reported_backlog {
            self.reported_backlog = messages;
            self.handle(Input::Backlog { messages });
        }
    }

    fn handle_timers(&mut self) {
        let due = self.parts.exchange.poll_timeout();
        if due.is_some_and(|due| due <= self.parts.clock.now()) {
            self.handle(Input::Timeout);
        }
    }

    fn handle_turn(&mut self) {
        self.handle_failures();
        for _ in 0..limits::MESSAGES_PER_TURN {
            let Some((flow, bytes)) = self.inbox.pop() else {
                break;
            };
            call_log::message("received", &flow, &bytes);
            self.handle(Input::Received { flow, bytes });
            self.handle_failures();
        }
    }

    fn handle_failures(&mut self) {
        while let Some(flow) = self.failures.pop() {
            self.handle(Input::FlowFailed { flow });
        }
    }

    fn handle(&mut self, input: Input) {
        if matches!(input, Input::Command(Command::Drain)) {
            tracing::info!("no new calls are taken");
        }
        let is_grant = matches!(input, Input::PortsGranted(_));
        self.step(input);
        if is_grant
            && self.parts.exchange.has_ports()
            && let Some(ready) = self.ready.take()
        {
            let _ = ready.send(());
        }
        // Decisions that were made while outputs were carried out.
        while let Some(answer) = self.parts.decider.take_answer() {
            let input = self.parts.decider.decided(answer);
            self.step(input);
        }
    }

    /// One input, then all outputs.
    fn step(&mut self, input: Input) {
        self.parts.exchange.handle(self.parts.clock.now(), input);
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.parts.exchange.poll_output() {
            match output {
                Output::Send { flow, bytes } => {
                    call_log::message("sent", &flow, &bytes);
                    self.send(flow, bytes);
                }
                Output::Decide(request) => self.parts.decider.decide(*request),
                Output::Resume(request) => self.parts.decider.resume(*request),
                Output::Gate(request) => self.parts.decider.gate(*request),
                Output::Resolve {
                    lookup,
                    host,
                    port,
                    transport,
                } => {
                    self.parts.resolver.resolve(lookup, host, port, transport);
                }
                Output::Mailbox(request) => self.parts.archive.ask(*request, self.parts.number),
                Output::Media(command) => self.parts.media.command(command),
                Output::View(change) => self.parts.directory.apply(change),
                Output::Conduct { flow, conduct } => {
                    let now = self.parts.clock.now();
                    self.parts.shield.saw(now, flow, conduct);
                }
                Output::Keep(kept) => self.parts.state.keep(kept),
                Output::Event(event) => {
                    call_log::event(&event);
                    self.parts.observers.tell(event);
                }
                Output::Record(record) => {
                    call_log::record(&record);
                    self.parts.records.append(record);
                }
                Output::Trunk(news) => call_log::trunk(&news),
                Output::CallEnded { call } => self.parts.decider.call_ended(call),
            }
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        match flow.transport {
            Transport::Udp => {
                let udp = self
                    .parts
                    .udp
                    .iter()
                    .find(|udp| udp.listener() == flow.listener);
                let sent = udp.map(|udp| udp.send(flow.peer, &bytes));
                if !matches!(sent, Some(Ok(()))) {
                    self.failures.push(flow);
                }
            }
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => {
                if let Some(other) = self.parts.crossing.elsewhere(flow) {
                    self.parts.crossing.send(other, flow, bytes);
                } else if let Err(failed) = self.parts.streams.send(flow, bytes) {
                    self.failed(failed);
                }
            }
        }
    }

    fn status(&self) -> Status {
        Status {
            calls: self.parts.exchange.calls(),
            idle: self.parts.exchange.is_idle(),
            connections: self.parts.streams.count(),
            dropped_messages: self.inbox.dropped() + self.parts.crossing.dropped(),
            dropped_records: self.parts.records.dropped(),
            registrations: self.parts.exchange.registrations(),
            counters: *self.parts.exchange.counters(),
        }
    }

    async fn wait(&mut self) {
        if !self.failures.is_empty() {
            return;
        }
        let due = self.parts.exchange.poll_timeout();
        self.arm(due);
        poll_fn(|context| self.poll_any(context)).await;
    }

    /// Sets the sleep only if it would end too late: ending early costs one turn, setting it each time costs more.
    fn arm(&mut self, due: Option<Instant>) {
        let armed = self.sleep.deadline().into_std();
        let now = self.parts.clock.now();
        let wanted = due.unwrap_or(now + LONG);
        if wanted < armed || armed <= now {
            self.sleep.as_mut().reset(wanted.into());
        }
    }

    fn poll_any(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut ready = false;
        for udp in &self.parts.udp {
            ready |= udp.poll_readable(context).is_ready();
        }
        if let Poll::Ready(message) = self.parts.messages.poll_recv(context) {
            // All senders gone: nobody is left who could stop the loop.
            self.message = Some(message.unwrap_or(Message::Stop));
            ready = true;
        }
        if let Poll::Ready(event) = self.parts.stream_events.poll_recv(context) {
            self.stream_event = event;
            ready = true;
        }
        ready |= self.sleep.as_mut().poll(context).is_ready();
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
