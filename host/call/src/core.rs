//! What all calls share: the transaction layer, the tables that say whose a message is, identifiers, outputs. It knows
//! no call from inside.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_core::Rng;
use switchhook_sip::build::Builder;
use switchhook_sip::digest::{NonceConfig, Nonces, Policy, Verifier};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::identifiers;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::{
    ClientTransaction, Event, Layer, ServerTransaction, Timing, TransactionConfig,
    TransactionLimits,
};

use crate::allowance::Usages;
use crate::asks::Ask;
use crate::call::strategy::Turns;
use crate::config::{Config, Listener};
use crate::counters::Counters;
use crate::forwarding::Changed;
use crate::gatekeeping::Gates;
use crate::gruu::Seal;
use crate::guard::Conduct;
use crate::hops::Hops;
use crate::keep_alive::KeepAlive;
use crate::keys::{AddressOfRecord, CallKey, DialogOwner, Lookup, Map, Owner, SessionId};
use crate::large;
use crate::media_command::MediaCommand;
use crate::messages::Messages;
use crate::names::Names;
use crate::output::{Output, ViewChange};
use crate::parking::Parking;
use crate::ports::PortStock;
use crate::reach::Reach;
use crate::registrar::Registrar;
use crate::rooms::supervision::Supervisions;
use crate::rooms::{Order, Rooms};
use crate::subscriptions::mailboxes::Mailboxes;
use crate::subscriptions::package::Package;
use crate::subscriptions::publications::Publications;
use crate::subscriptions::table::Subscriptions;
use crate::trunks::running;
use crate::trunks::state::Trunks;

/// Whose a message, an answer or a media event is.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    /// By our tag of the dialog, which only we make.
    pub(crate) dialogs: Map<String, DialogOwner>,
    pub(crate) clients: Map<ClientTransaction, Owner>,
    pub(crate) servers: Map<ServerTransaction, CallKey>,
    pub(crate) sessions: Map<SessionId, CallKey>,
    pub(crate) lookups: Map<Lookup, Owner>,
}

impl Owners {
    /// How many there are of what ends with the call or the request that it belongs to: all but the dialogs of subscriptions.
    pub(crate) fn passing(&self) -> usize {
        let of_calls = |owner: &&DialogOwner| matches!(owner, DialogOwner::Call(..));
        self.dialogs.values().filter(of_calls).count()
            + self.clients.len()
            + self.servers.len()
            + self.sessions.len()
            + self.lookups.len()
    }
}

#[cfg(test)]
impl Owners {
    /// Whether nothing is owned by any call.
    pub(crate) fn is_empty(&self) -> bool {
        self.dialogs.is_empty()
            && self.clients.is_empty()
            && self.servers.is_empty()
            && self.sessions.is_empty()
            && self.lookups.is_empty()
    }
}

/// What all calls share.
pub(crate) struct Core {
    pub(crate) now: Instant,
    started: Instant,
    wall_epoch_ms: u64,
    pub(crate) number: u8,
    pub(crate) config: Arc<Config>,
    names: Names,
    pub(crate) layer: Layer,
    pub(crate) rng: StdRng,
    pub(crate) outputs: VecDeque<Output>,
    /// What the layer said and nobody has looked at yet.
    pub(crate) news: VecDeque<Event>,
    pub(crate) owners: Owners,
    /// What calls want of other calls.
    pub(crate) asks: VecDeque<Ask>,
    pub(crate) parking: Parking,
    pub(crate) rooms: Rooms,
    pub(crate) supervisions: Supervisions,
    pub(crate) registrar: Registrar,
    pub(crate) gates: Gates,
    pub(crate) usages: Usages,
    /// Makes temporary GRUUs, and reads them.
    pub(crate) seal: Seal,
    pub(crate) trunks: Trunks,
    /// The names in the certificates of the peers of connections, where one was verified.
    pub(crate) peer_names: Map<u64, Arc<[String]>>,
    pub(crate) verifier: Verifier,
    pub(crate) stock: PortStock,
    pub(crate) reach: Reach,
    pub(crate) hops: Hops,
    pub(crate) keep_alive: KeepAlive,
    /// The INVITEs that calls began with, by their fingerprints.
    pub(crate) invites: Map<u64, CallKey>,
    active: Map<AddressOfRecord, Vec<CallKey>>,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) publications: Publications,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) changed: Changed,
    pub(crate) messages: Messages,
    pub(crate) turns: Turns,
    pub(crate) counters: Counters,
    /// Decisions and resumptions that are awaited.
    pub(crate) decisions: usize,
    serial: u64,
    /// Stepping a call of this caller panics.
    #[cfg(test)]
    pub(crate) panic_on: Option<String>,
}

impl Core {
    pub(crate) fn new(
        now: Instant,
        wall_epoch_ms: u64,
        seed: u64,
        number: u8,
        config: Arc<Config>,
    ) -> Core {
        let mut rng = StdRng::seed_from_u64(seed ^ u64::from(number) << 56);
        let mut hash_seed = [0; 16];
        rng.fill_bytes(&mut hash_seed);
        let mut secret = [0; 32];
        rng.fill_bytes(&mut secret);
        let mut seal = [0; 32];
        rng.fill_bytes(&mut seal);
        let layer = Layer::new(TransactionConfig {
            t1: config.timing.t1,
            t2: config.timing.t2,
            t4: config.timing.t4,
            limits: TransactionLimits {
                retry_after_seconds: config.limits.retry_after_seconds,
                ..TransactionLimits::default()
            },
            exchange_number: number,
            hash_seed,
            symmetric_responses: config.symmetric_responses,
        });
        let nonces = NonceConfig {
            lifetime: config.timing.nonce_lifetime,
            ..NonceConfig::default()
        };
        let verifier = Verifier::new(Nonces::new(secret, now, nonces), Policy::default(), now);
        let mut core = Core {
            now,
            started: now,
            wall_epoch_ms,
            number,
            names: Names::new(&config),
            config,
            layer,
            rng,
            outputs: VecDeque::new(),
            news: VecDeque::new(),
            owners: Owners::default(),
            asks: VecDeque::new(),
            parking: Parking::default(),
            rooms: Rooms::default(),
            supervisions: Supervisions::default(),
            registrar: Registrar::default(),
            gates: Gates::default(),
            usages: Usages::default(),
            seal: Seal::new(seal),
            trunks: Trunks::default(),
            peer_names: Map::default(),
            verifier,
            stock: PortStock::default(),
            reach: Reach::default(),
            hops: Hops::default(),
            keep_alive: KeepAlive::default(),
            invites: Map::default(),
            active: Map::default(),
            subscriptions: Subscriptions::default(),
            publications: Publications::default(),
            mailboxes: Mailboxes::default(),
            changed: Changed::default(),
            messages: Messages::default(),
            turns: Turns::default(),
            counters: Counters::default(),
            decisions: 0,
            serial: 0,
            #[cfg(test)]
            panic_on: None,
        };
        core.want_ports();
        running::configure(&mut core);
        core
    }

    /// The time of an instant in milliseconds since the Unix epoch.
    pub(crate) fn epoch_ms(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.started).as_millis();
        self.wall_epoch_ms
            .saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// The base durations of the timers.
    pub(crate) fn timing(&self) -> Timing {
        let timing = &self.config.timing;
        Timing {
            t1: timing.t1,
            t2: timing.t2,
            t4: timing.t4,
        }
    }

    /// A number that no other call, look-up or session of this exchange has.
    pub(crate) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(crate) fn tag(&mut self) -> String {
        identifiers::tag(&mut self.rng, self.number)
    }

    /// An identifier for a call that no other call of any exchange ever has.
    pub(crate) fn identifier(&mut self) -> String {
        let mut text = String::with_capacity(12 + 1 + 2 + 16);
        push_hex(&mut text, self.epoch_ms(self.now), 12);
        text.push('-');
        push_hex(&mut text, self.number.into(), 2);
        push_hex(&mut text, self.rng.next_u64(), 16);
        text
    }

    pub(crate) fn call_id(&mut self, host: &str) -> String {
        identifiers::call_id(&mut self.rng, self.number, host)
    }

    /// The value of our Via for a request over this flow, with a new branch.
    pub(crate) fn via(&mut self, flow: Flow) -> String {
        let branch = identifiers::branch(&mut self.rng, self.number);
        let mut via = String::with_capacity(96);
        for part in [
            "SIP/2.0/",
            flow.transport.as_str(),
            " ",
            self.names.sent_by(flow),
            ";branch=",
            &branch,
            ";rport",
        ] {
            via.push_str(part);
        }
        via
    }

    /// The value of our Contact for dialogs over this flow.
    pub(crate) fn contact(&self, flow: Flow) -> &str {
        self.names.contact(flow)
    }

    /// Host and port of ours as the peer of this flow knows them.
    pub(crate) fn sent_by(&self, flow: Flow) -> &str {
        self.names.sent_by(flow)
    }

    /// Tells the media shell what is to be done for members of rooms.
    pub(crate) fn order_rooms(&mut self, orders: Vec<Order>) {
        let commands = orders.into_iter().map(|(session, side, order)| {
            Output::Media(MediaCommand::Side {
                session,
                side,
                order,
            })
        });
        self.outputs.extend(commands);
    }

    /// Puts a configuration in place.
    pub(crate) fn configure(&mut self, config: Arc<Config>) {
        self.names = Names::new(&config);
        self.config = config;
        self.want_ports();
        running::configure(self);
    }

    pub(crate) fn listener(&self, id: ListenerId) -> Option<&Listener> {
        self.config
            .listeners
            .iter()
            .find(|listener| listener.id == id)
    }

    /// The names in the certificate of a connection's peer; none if it has shown none.
    pub(crate) fn names_of_peer(&self, flow: Flow) -> Arc<[String]> {
        let connection = flow.connection.and_then(|id| self.peer_names.get(&id));
        connection.map(Arc::clone).unwrap_or_default()
    }

    /// The listener to send from: of this transport, and of the family of the peer.
    pub(crate) fn listener_for(&self, transport: Transport, ipv6: bool) -> Option<&Listener> {
        let fits = |listener: &&Listener| listener.transport == transport;
        let of_family = |listener: &&Listener| listener.bound.is_ipv6() == ipv6;
        let mut all = self.config.listeners.iter().filter(fits);
        all.clone()
            .find(of_family)
            .or_else(|| all.find(|l| l.bound.is_ipv6()))
    }

    /// Has a name resolved. Whose the answer is, whoever asks notes by the look-up.
    pub(crate) fn resolve(
        &mut self,
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
    ) -> Lookup {
        let lookup = Lookup(self.serial());
        self.outputs.push_back(Output::Resolve {
            lookup,
            host,
            port,
            transport,
        });
        lookup
    }

    /// Sends a request in a new transaction of this owner.
    pub(crate) fn request(
        &mut self,
        owner: Owner,
        flow: Flow,
        request: Bytes,
    ) -> ClientTransaction {
        let tx = large::send(self, flow, request);
        self.owners.clients.insert(tx, owner);
        self.pump();
        tx
    }

    /// Sends a request that belongs to no transaction: an ACK for a 2xx.
    pub(crate) fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.outputs.push_back(Output::Send { flow, bytes });
    }

    /// A source has behaved, well or badly.
    pub(crate) fn saw(&mut self, flow: Flow, conduct: Conduct) {
        self.outputs.push_back(Output::Conduct { flow, conduct });
    }

    pub(crate) fn respond(&mut self, tx: ServerTransaction, response: Bytes) {
        self.layer.respond(self.now, tx, response);
        self.pump();
    }

    pub(crate) fn cancel(&mut self, tx: ClientTransaction) {
        self.layer.cancel(self.now, tx);
        self.pump();
    }

    /// The same; the CANCEL says why (RFC 3326).
    pub(crate) fn cancel_because(&mut self, tx: ClientTransaction, reason: &str) {
        self.layer.cancel_with_reason(self.now, tx, reason);
        self.pump();
    }

    /// A response of ours, begun: the fields that the request gives, and our name.
    pub(crate) fn response(&self, request: &Request, status: u16, to_tag: Option<&str>) -> Builder {
        self.response_with_reason(request, status, None, to_tag)
    }

    /// The same with a reason phrase of one's own.
    pub(crate) fn response_with_reason(
        &self,
        request: &Request,
        status: u16,
        reason: Option<&str>,
        to_tag: Option<&str>,
    ) -> Builder {
        let mut builder = Builder::response_to(request, status, reason, to_tag);
        if !self.config.user_agent.is_empty() {
            builder.add_raw_header(HeaderName::Server, self.config.user_agent.as_bytes());
        }
        builder
    }

    /// Answers a request that belongs to no dialog of ours.
    pub(crate) fn reply(&mut self, tx: ServerTransaction, request: &Request, reply: Reply) {
        let tag = self.tag();
        let to_tag = request.to().tag().is_none().then_some(tag.as_str());
        let mut builder =
            self.response_with_reason(request, reply.status, reply.reason.as_deref(), to_tag);
        for (name, value) in &reply.headers {
            builder = builder.header(*name, value);
        }
        self.counters.replied(reply.status);
        self.respond(tx, builder.finish());
    }

    /// An address did not answer, or could not be reached.
    pub(crate) fn unreachable(&mut self, flow: Flow) {
        self.reach.failed(self.now, flow, self.config.timing.avoid);
    }

    /// Moves what the layer has to say to where it belongs: messages to the outputs, at once, so that the order of
    /// what happened is the order of the outputs.
    pub(crate) fn pump(&mut self) {
        while let Some(event) = self.layer.poll_event() {
            match event {
                Event::Send { flow, bytes } => self.outputs.push_back(Output::Send { flow, bytes }),
                other => self.news.push_back(other),
            }
        }
    }

    /// Asks for more media ports where the stock is low.
    pub(crate) fn want_ports(&mut self) {
        let limits = &self.config.limits;
        let (low_water, count) = (limits.ports_low_water, limits.ports_batch);
        for ipv6 in [false, true] {
            let served = |l: &Listener| match l.bound.ip() {
                std::net::IpAddr::V4(_) => !ipv6,
                std::net::IpAddr::V6(address) => ipv6 || address.is_unspecified(),
            };
            if self.config.listeners.iter().any(served) && self.stock.wants(ipv6, low_water) {
                self.outputs
                    .push_back(Output::Media(MediaCommand::WantPorts { ipv6, count }));
            }
        }
    }

    /// Counts a call of a client, or counts it off, and tells routing code and those who watch.
    pub(crate) fn count_active(&mut self, client: &AddressOfRecord, call: CallKey, more: bool) {
        let calls = self.active.entry(client.clone()).or_default();
        if more {
            calls.reserve_exact(1);
            calls.push(call);
        } else if let Some(at) = calls.iter().position(|other| *other == call) {
            calls.swap_remove(at);
        }
        let count = u32::try_from(calls.len()).unwrap_or(u32::MAX);
        if count == 0 {
            self.active.remove(client);
            self.turns.is_idle(client, self.now);
        }
        self.subscriptions
            .touch(client, &[Package::Dialog, Package::Presence]);
        self.outputs
            .push_back(Output::View(ViewChange::ActiveCalls {
                domain: client.domain.clone(),
                client: client.user.clone(),
                count,
            }));
    }

    /// The calls of a client.
    pub(crate) fn calls_of(&self, client: &AddressOfRecord) -> &[CallKey] {
        self.active.get(client).map_or(&[], Vec::as_slice)
    }

    /// How many calls a client has.
    pub(crate) fn active_calls(&self, client: &AddressOfRecord) -> u32 {
        u32::try_from(self.calls_of(client).len()).unwrap_or(u32::MAX)
    }

    /// Tells routing code the contacts of a client.
    pub(crate) fn show_contacts(&mut self, client: &AddressOfRecord) {
        self.subscriptions.touch(client, &[Package::Presence]);
        self.tell_when_registered(client);
        let bindings = self.registrar.bindings(client);
        let contacts = bindings
            .iter()
            .map(|binding| binding.contact.uri.to_string())
            .collect();
        self.outputs.push_back(Output::View(ViewChange::Contacts {
            domain: client.domain.clone(),
            client: client.user.clone(),
            contacts,
        }));
    }
}

/// At least so many digits: the machinery of formatting costs as much as a whole message.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    let needed = u64::BITS.div_ceil(4) - number.leading_zeros() / 4;
    for place in (0..needed.max(digits)).rev() {
        let digit = (number >> (place * 4)) & 0xf;
        text.push(char::from_digit(digit as u32, 16).unwrap_or('0'));
    }
}

/// A response without a dialog.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) reason: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Reply {
        Reply {
            status,
            reason: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}
