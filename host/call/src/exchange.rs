//! The exchange: all signalling state of the switch, stepped by one loop. Not a server: it has no sockets, no clock.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Message, ParseErrorKind, Request, reject};
use switchhook_sip::overload::reject_statelessly;

use crate::call::rooms::end_supervision;
use crate::call::state::{Call, News};
use crate::calls::Calls;
use crate::config::{Client, Config};
use crate::core::Core;
use crate::counters::Counters;
use crate::forwarding::ClientSettings;
use crate::gatekeeping;
use crate::guard::Conduct;
use crate::hops;
use crate::input::{Command, Input};
use crate::keep_alive;
use crate::kept;
use crate::kept::Registered;
use crate::keys::{AddressOfRecord, CallKey, Owner};
use crate::messages;
use crate::output::Output;
use crate::registration;
use crate::rooms::command as room_command;
use crate::subscriptions::mailbox::Mailbox;
use crate::subscriptions::notify;
use crate::subscriptions::package::Package;
use crate::subscriptions::table::{End, Watcher};
use crate::trunks::overview;
use crate::trunks::running;
use crate::trunks::status::TrunkStatus;

/// All signalling state of the switch as one value.
///
/// *Input*: [`Exchange::handle`]. *Output*: [`Exchange::poll_output`], until it gives `None`, after each input; then
/// [`Exchange::poll_timeout`], the time at which `Input::Timeout` is due. *Getters*: the rest.
pub struct Exchange {
    pub(crate) core: Core,
    pub(crate) calls: Calls,
    draining: bool,
    backlog: usize,
}

impl Exchange {
    /// An exchange without calls. `wall_epoch_ms` is the time of `now` in milliseconds since the Unix epoch, `seed`
    /// seeds all that must not be guessed, `number` is the exchange's number among those of one switch.
    pub fn new(
        now: Instant,
        wall_epoch_ms: u64,
        seed: u64,
        number: u8,
        config: Arc<Config>,
    ) -> Exchange {
        Exchange {
            core: Core::new(now, wall_epoch_ms, seed, number, config),
            calls: Calls::default(),
            draining: false,
            backlog: 0,
        }
    }

    /// Takes one input. Never fails: what cannot be used is answered or dropped, and counted.
    pub fn handle(&mut self, now: Instant, input: Input) {
        self.core.now = self.core.now.max(now);
        match input {
            Input::Received { flow, bytes } => self.received(flow, bytes),
            Input::FlowFailed { flow } => self.flow_failed(flow),
            Input::PeerIdentified { flow, names } => {
                if let Some(connection) = flow.connection {
                    self.core.peer_names.insert(connection, names.into());
                }
            }
            Input::Backlog { messages } => self.backlog = messages,
            Input::Decided { ticket, decided } => {
                let serial = ticket.serial;
                self.step(ticket.call, News::Decided { serial, decided });
            }
            Input::Resumed { ticket, resumed } => {
                let serial = ticket.serial;
                self.step(ticket.call, News::Resumed { serial, resumed });
            }
            Input::Mailbox { ticket, reply } => {
                let serial = ticket.serial;
                self.step(ticket.call, News::Mailbox { serial, reply });
            }
            Input::Gated { ticket, gated } => gatekeeping::decided(&mut self.core, ticket, gated),
            Input::Resolved { lookup, candidates } => {
                let candidates = self.core.reach.in_order(self.core.now, candidates);
                match self.core.owners.lookups.remove(&lookup) {
                    Some(Owner::Call(key)) => {
                        self.step(key, News::Resolved { lookup, candidates });
                    }
                    Some(Owner::Trunks) => running::resolved(&mut self.core, lookup, candidates),
                    Some(Owner::Subscription(_) | Owner::Nobody) => {}
                    None => hops::resolved(&mut self.core, lookup, &candidates),
                    Some(Owner::Message(key)) => {
                        messages::resolved(&mut self.core, key, lookup, candidates);
                    }
                }
            }
            Input::PortsGranted(ports) => self.core.stock.grant(ports),
            Input::Media { session, event } => {
                if let Some(key) = self.core.owners.sessions.get(&session).copied() {
                    self.step(key, News::Media(event));
                }
            }
            Input::Restore(all) => kept::restore(&mut self.core, all),
            Input::Command(command) => self.command(command),
            Input::Timeout => self.timeout(),
        }
        self.dispatch();
        self.tell();
    }

    /// The next thing to carry out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// When `Input::Timeout` is due, if nothing else happens.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timeouts = [
            self.core.layer.poll_timeout(),
            self.calls.poll_timeout(),
            self.core.registrar.poll_timeout(),
            self.core.gates.poll_timeout(),
            self.core.subscriptions.poll_timeout(),
            self.core.publications.poll_timeout(),
            self.core.trunks.poll_timeout(),
            self.core.keep_alive.poll_timeout(),
            self.core.messages.poll_timeout(),
        ];
        timeouts.into_iter().flatten().min()
    }

    /// Whether no call, no question to a gatekeeper and no transaction is left. Registrations do not count.
    pub fn is_idle(&self) -> bool {
        self.calls.len() == 0 && self.core.gates.len() == 0 && self.core.layer.is_idle()
    }

    /// How many calls there are, those that are ending included.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// How many dialogs, transactions, look-ups, media sessions and rooms are known to belong to a call or to a request of ours. None
    /// in an idle exchange: one that is left over would be left over for ever.
    pub fn owned(&self) -> usize {
        let core = &self.core;
        core.owners.passing() + core.trunks.asked() + core.rooms.len() + core.supervisions.len()
    }

    /// How many contacts are registered.
    pub fn registrations(&self) -> usize {
        self.core.registrar.len()
    }

    /// The domains that it has.
    pub fn domains(&self) -> Vec<String> {
        self.core.config.domains.keys().cloned().collect()
    }

    /// The contacts of a domain's clients, in the order of their usernames, each client's preferred first.
    pub fn contacts(&self, domain: &str) -> Vec<Registered> {
        registration::contacts(&self.core, domain)
    }

    /// How many subscriptions there are.
    pub fn subscriptions(&self) -> usize {
        self.core.subscriptions.len()
    }

    /// Who watches whom, in no order.
    pub fn watchers(&self) -> impl Iterator<Item = Watcher<'_>> {
        let now = self.core.now;
        self.core.subscriptions.iter().map(move |one| Watcher {
            subscriber: &one.subscriber,
            watched: &one.watched,
            package: one.package,
            left: one.expires_at.saturating_duration_since(now),
        })
    }

    /// How many documents are published.
    pub fn publications(&self) -> usize {
        self.core.publications.len()
    }

    /// The mailboxes in which messages wait as it was set, in no order.
    pub fn mailboxes(&self) -> impl Iterator<Item = (&AddressOfRecord, &Mailbox)> {
        self.core.mailboxes.iter()
    }

    /// What holds for calls to a client: what it has set by itself, else what it is configured with.
    pub fn settings(&self, client: &AddressOfRecord) -> ClientSettings {
        self.core.settings_of(client)
    }

    /// The clients of its domains that have names of their own, and those that have set something by themselves.
    pub fn clients(&self) -> Vec<AddressOfRecord> {
        let domains = self.core.config.domains.values();
        let configured = domains.flat_map(|domain| {
            domain.clients.keys().map(|user| AddressOfRecord {
                domain: domain.name.clone(),
                user: user.clone(),
            })
        });
        let mut clients: Vec<_> = configured
            .chain(self.core.changed.iter().cloned())
            .collect();
        clients.sort();
        clients.dedup();
        clients
    }

    /// Whether this domain is one of its own.
    pub fn has_domain(&self, domain: &str) -> bool {
        self.core.config.domains.contains_key(domain)
    }

    /// Whether there is a call of this identifier.
    pub fn has_call(&self, call_id: &str) -> bool {
        let is = |call: &Call| call.facts.subject.call_id == call_id;
        !self.calls.find(is).is_empty()
    }

    /// How many contacts a client has registered.
    pub fn contact_count(&self, client: &AddressOfRecord) -> usize {
        self.core.registrar.bindings(client).len()
    }

    /// How many calls a client has.
    pub fn calls_of(&self, client: &AddressOfRecord) -> u32 {
        self.core.active_calls(client)
    }

    /// How all trunks are at `now`, by domain and name.
    pub fn trunks(&self, now: Instant) -> Vec<TrunkStatus> {
        overview::status(&self.core, now.max(self.core.now))
    }

    /// Whether a trunk has not yet confirmed that it no longer sends us calls, after [`Command::Drain`]. It is over after a few
    /// seconds whatever the trunk does.
    pub fn is_leaving(&self) -> bool {
        self.core.trunks.is_leaving()
    }

    /// The contacts of one client, preferred first.
    pub fn contacts_of(&self, domain: &str, client: &str) -> Vec<Registered> {
        registration::contacts_of(&self.core, domain, client)
    }

    /// Whether the shell has granted media ports of every address family that was asked for, or said that it has none.
    pub fn has_ports(&self) -> bool {
        !self.core.stock.is_awaited()
    }

    /// What it has counted.
    pub fn counters(&self) -> &Counters {
        &self.core.counters
    }

    /// What its transactions have counted.
    pub fn transaction_counters(&self) -> &switchhook_sip::transaction::Counters {
        self.core.layer.counters()
    }

    /// Whether a new call is refused because there is too much to do, or because nothing new is to begin.
    pub(crate) fn is_overloaded(&self) -> bool {
        let limits = &self.core.config.limits;
        self.draining
            || self.backlog > limits.backlog
            || self.calls.len() >= limits.calls
            || self.core.decisions >= limits.decisions
    }

    /// Steps a call.
    pub(crate) fn step(&mut self, key: CallKey, news: News) {
        self.with(key, |core, call| call.step(core, news));
    }

    /// Does something with a call. A panic ends this call and no other. `None`: there is no such call, or it panicked.
    pub(crate) fn with<R>(
        &mut self,
        key: CallKey,
        act: impl FnOnce(&mut Core, &mut Call) -> R,
    ) -> Option<R> {
        let mut call = self.calls.take(key)?;
        let core = &mut self.core;
        let done = catch_unwind(AssertUnwindSafe(|| act(core, &mut call))).ok();
        self.settle(key, call, done.is_none());
        done
    }

    /// Does something with two calls. A panic ends both.
    pub(crate) fn with_both<R>(
        &mut self,
        (one, other): (CallKey, CallKey),
        act: impl FnOnce(&mut Core, &mut Call, &mut Call) -> R,
    ) -> Option<R> {
        let mut first = self.calls.take(one)?;
        let Some(mut second) = self.calls.take(other) else {
            self.calls.put(one, first);
            return None;
        };
        let core = &mut self.core;
        let done = catch_unwind(AssertUnwindSafe(|| act(core, &mut first, &mut second))).ok();
        self.settle(one, first, done.is_none());
        self.settle(other, second, done.is_none());
        done
    }

    /// Puts a call back that was taken out, or forgets it.
    fn settle(&mut self, key: CallKey, mut call: Box<Call>, panicked: bool) {
        let core = &mut self.core;
        if panicked {
            core.counters.panics += 1;
            let ended = catch_unwind(AssertUnwindSafe(|| call.crash(core)));
            if ended.is_err() {
                // Not even ending it worked. Its INVITE must get its answer, or its transaction never ends.
                if let Some(tx) = call.caller.tx {
                    let response = self.core.response(&call.caller.request, 500, None);
                    self.core.respond(tx, response.finish());
                }
                return self.forget(key, &call);
            }
        }
        end_supervision(core, &call);
        if !core.subscriptions.is_empty() {
            for client in &call.counted {
                core.subscriptions.touch(client, &[Package::Dialog]);
            }
        }
        if call.is_done() {
            self.forget(key, &call);
        } else {
            self.calls.put(key, call);
        }
    }

    /// Nothing of the call is left.
    fn forget(&mut self, key: CallKey, call: &Call) {
        let owners = &mut self.core.owners;
        owners.dialogs.remove(&call.caller.tag);
        for leg in &call.legs {
            owners.dialogs.remove(&leg.tag);
        }
        for (tx, _) in &call.sent {
            owners.clients.remove(tx);
        }
        for tx in &call.servers {
            owners.servers.remove(tx);
        }
        if let Some(session) = &call.session {
            owners.sessions.remove(&session.id);
        }
        self.core.invites.remove(&call.fingerprint);
        self.calls.remove(key, call.scheduled);
        self.core.outputs.push_back(Output::CallEnded { call: key });
    }

    fn received(&mut self, flow: Flow, bytes: Bytes) {
        self.core.counters.received += 1;
        if bytes.starts_with(b"INVITE ") && self.is_overloaded() && self.refuse(flow, &bytes) {
            return;
        }
        match Message::from_bytes(bytes.clone()) {
            Ok(Message::Request(request)) if self.is_of_scanner(flow, &request) => {
                // No answer: there is nothing here.
                self.core.saw(flow, Conduct::Scanner);
            }
            Ok(message) => {
                self.core.layer.receive(self.core.now, flow, message);
                self.core.pump();
            }
            Err(error) if error.kind == ParseErrorKind::Empty => {}
            Err(error) => {
                self.core.counters.malformed += 1;
                self.core.saw(flow, Conduct::Malformed);
                if let Some(bytes) = reject(&bytes, &error, flow.peer) {
                    self.core.send(flow, bytes);
                }
            }
        }
    }

    /// Whether a request outside of dialogs names a tool that looks for weak switches.
    fn is_of_scanner(&self, flow: Flow, request: &Request) -> bool {
        let scanners = &self.core.config.scanners;
        !scanners.names.is_empty()
            && request.to().tag().is_none()
            && (request.header(HeaderName::UserAgent))
                .is_some_and(|name| scanners.include(&name, flow.peer.ip()))
    }

    /// Answers a new INVITE with a 503 without taking note of it. `false`: it is not new.
    fn refuse(&mut self, flow: Flow, bytes: &Bytes) -> bool {
        let seconds = self.core.config.limits.retry_after_seconds;
        let refusal = reject_statelessly(bytes, flow.peer, 503, "Service Unavailable", seconds);
        let Some(refusal) = refusal else { return false };
        if self.is_known(bytes) {
            return false;
        }
        self.core.counters.overloaded += 1;
        self.core.send(flow, refusal);
        true
    }

    fn flow_failed(&mut self, flow: Flow) {
        // A connection that ends while nothing is asked of its peer says nothing about that one.
        if self.core.layer.failed(self.core.now, flow) {
            self.core.unreachable(flow);
        }
        if let Some(connection) = flow.connection {
            self.core.peer_names.remove(&connection);
        }
        self.core.pump();
        if flow.connection.is_some() {
            for client in self.core.registrar.remove_flow(flow) {
                registration::changed(&mut self.core, &client);
            }
        }
    }

    /// Tells those who watch, and what they say to it.
    fn tell(&mut self) {
        self.core.tell_unasked();
        self.tell_watchers();
        if !self.core.news.is_empty() {
            self.dispatch();
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Configure(config) => self.configure(config),
            Command::HangUp { call_id } => {
                for key in self
                    .calls
                    .find(|call| call.facts.subject.call_id == call_id)
                {
                    self.step(key, News::HangUp);
                }
            }
            Command::Record { call_id, wish } => {
                for key in self
                    .calls
                    .find(|call| call.facts.subject.call_id == call_id)
                {
                    self.step(key, News::Record(wish));
                }
            }
            Command::Transfer(transfer) => {
                // Whoever wants to know asks with `transfer`.
                let _ = self.transfer(self.core.now, &transfer);
            }
            Command::Room(command) => room_command::carry_out(&mut self.core, &command),
            Command::HangUpAll => {
                for key in self.calls.find(|_| true) {
                    self.step(key, News::HangUp);
                }
            }
            Command::Mailbox { mailbox, counts } => self.core.set_mailbox(mailbox, counts),
            Command::Drain => {
                self.draining = true;
                running::leave_all(&mut self.core);
            }
        }
    }

    fn configure(&mut self, config: Arc<Config>) {
        let old = Arc::clone(&self.core.config);
        self.core.configure(config);
        let config = Arc::clone(&self.core.config);
        let known = |client: &AddressOfRecord| config.client(client).is_some();
        // Who registered with credentials that are no longer good must not go on calling over its connection.
        let trusted = |client: &AddressOfRecord| {
            let is_as_before = |new: &Client| {
                let old = old.client(client);
                old.is_some_and(|old| old.has_credentials_of(new))
            };
            config.client(client).is_some_and(is_as_before)
        };
        for client in self.core.registrar.retain_clients(trusted) {
            registration::changed(&mut self.core, &client);
        }
        notify::end_of_clients(&mut self.core, |client| match known(client) {
            false => Some(End::NoResource),
            true => (!trusted(client)).then_some(End::Deactivated),
        });
        self.core.publications.retain_clients(known);
        self.core.retain_settings(known);
    }

    fn timeout(&mut self) {
        let now = self.core.now;
        self.core.layer.handle_timeout(now);
        self.core.pump();
        for client in self.core.registrar.expire(now) {
            registration::changed(&mut self.core, &client);
        }
        gatekeeping::expire(&mut self.core);
        messages::expire(&mut self.core);
        while let Some((client, package)) = self.core.publications.take_due(now) {
            self.core.published(&client, package);
        }
        running::due(&mut self.core);
        keep_alive::carry_on(&mut self.core);
        while let Some(key) = self.calls.due(now) {
            self.step(key, News::Due);
        }
    }
}
