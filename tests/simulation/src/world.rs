//! A switch, its phones and the network between them in one value, stepped in virtual time. No sockets, no sleeping:
//! a minute of telephony takes a millisecond, and the same seed gives the same minute.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input};
use switchhook_call::kept::Kept;
use switchhook_call::media_command::MediaEvent;
use switchhook_call::output::{DecideRequest, GateRequest, Output, ResumeRequest};
use switchhook_call::voicemail::{MailboxReply, MailboxWish, Opened, PinCheck};
use switchhook_media::relay::Side;
use switchhook_phone::ladder::{Fate, Ladder};
use switchhook_phone::{input as phone_input, output as phone_output};
use switchhook_routing::call::Call;
use switchhook_routing::decision::{Continuation, Decided, Phase, Resumed, Stage, StageOutcome};
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::{Gated, Grant, Proof, Refusal, Registration};
use switchhook_routing::verb::{Script, Verb};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::locate::Candidate;

use crate::babel;
use crate::handset::{Action, Handset};
use crate::media::FakeMedia;
use crate::network::{Network, Packet, Weather};
use crate::observations::Observations;
use crate::watcher::{Deed, Watcher};

/// The wall-clock time at which every world begins: milliseconds since the Unix epoch.
pub const EPOCH_MILLISECONDS: u64 = 1_800_000_000_000;
/// What the switch is called in ladders.
pub const SWITCH: &str = "switchhook";
/// Steps after which a world that does not come to rest is declared mad.
const MAX_STEPS: u64 = 5_000_000;

/// What the fake plugin answers, and when.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How long it thinks; `None`: it never answers.
    pub after: Option<Duration>,
    /// Its script; `None`: it failed.
    pub script: Option<Script>,
}

/// The fake routing code: a function of the call, and of chance.
pub type Decider = Box<dyn FnMut(&Call, &mut SmallRng) -> Verdict>;

/// What follows a verb with a tag, and when it is said; no time: never.
pub type Resumer =
    Box<dyn FnMut(&ResumeRequest, &mut SmallRng) -> (Option<Duration>, Option<Continuation>)>;

/// Who may register, and when that is said; no time: never.
pub type Gatekeeper = Box<
    dyn FnMut(&Registration, &mut SmallRng) -> (Option<Duration>, Option<Result<Grant, Refusal>>),
>;

/// Something that the world does by itself at its time.
#[derive(Debug)]
enum Happening {
    Act { phone: usize, action: Action },
    Do { watcher: usize, deed: Deed },
    Exchange(Input),
    Mischief(Mischief),
}

/// What the world does to its people.
#[derive(Debug, Clone)]
pub enum Mischief {
    /// A phone is cut off from the network.
    CutOff(usize),
    /// It is back.
    Reconnect(usize),
    /// The operator ends the newest call.
    OperatorHangsUp,
    /// No media comes from the caller of the newest call.
    MediaFallsSilent,
    /// The switch is configured anew.
    Configure(Arc<Config>),
    /// The switch is started anew with what it kept, if there is no call and it was not before; nothing else is left of it.
    Restart(Arc<Config>),
    /// Bytes that may be anything reach the switch.
    Garbage(Vec<u8>),
}

/// Waiting happenings are ordered by time, then by the order in which they were planned.
#[derive(Debug)]
struct Planned {
    at: Instant,
    serial: u64,
    happening: Happening,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Planned) -> bool {
        (self.at, self.serial) == (other.at, other.serial)
    }
}
impl Eq for Planned {}
impl Ord for Planned {
    fn cmp(&self, other: &Planned) -> std::cmp::Ordering {
        (self.at, self.serial).cmp(&(other.at, other.serial))
    }
}
impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Planned) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The whole world.
pub struct World {
    /// The time.
    pub now: Instant,
    /// When it began.
    pub start: Instant,
    /// The switch.
    pub exchange: Exchange,
    /// The phones.
    pub phones: Vec<Handset>,
    /// Those who watch.
    pub watchers: Vec<Watcher>,
    /// The network between them.
    pub network: Network,
    /// The media shell that is none.
    pub media: FakeMedia,
    /// What the exchange told.
    pub seen: Observations,
    /// The ladder, if one is wanted: drawing costs more than the calls do. Registrations are left out.
    pub ladder: Option<Ladder>,
    /// The fake routing code when it is asked back; it lets the script go on if nobody puts another in its place.
    pub resumer: Resumer,
    /// The fake gatekeeper; it lets everybody in whose password is the username if nobody puts another in its place.
    pub gatekeeper: Gatekeeper,
    /// What the names of the world are resolved to; any other one is unknown.
    pub names: BTreeMap<String, Vec<Candidate>>,
    /// What is kept over a restart: the latest of each piece.
    pub kept: BTreeMap<String, Kept>,
    address: SocketAddr,
    decider: Decider,
    rng: SmallRng,
    planned: BinaryHeap<Reverse<Planned>>,
    serial: u64,
    steps: u64,
}

impl World {
    /// A world with a switch of this configuration and no phones yet.
    #[must_use]
    pub fn new(seed: u64, config: Arc<Config>, weather: Weather, decider: Decider) -> World {
        let start = Instant::now();
        let address = config
            .listeners
            .first()
            .map_or(SocketAddr::from(([10, 0, 0, 1], 5060)), |listener| {
                listener.bound
            });
        let mut world = World {
            now: start,
            start,
            exchange: Exchange::new(start, EPOCH_MILLISECONDS, seed, 0, config),
            phones: Vec::new(),
            watchers: Vec::new(),
            network: Network::new(seed ^ 0x6e65_7477, weather),
            media: FakeMedia::new(2_000).with_seed(seed),
            seen: Observations::default(),
            ladder: None,
            names: BTreeMap::new(),
            kept: BTreeMap::new(),
            address,
            decider,
            resumer: Box::new(|_, _| (Some(Duration::ZERO), Some(Continuation::Proceed))),
            gatekeeper: Box::new(|registration, _| {
                let proof = Proof::Password(registration.username.clone());
                let grant = Grant {
                    proof,
                    expires_seconds: None,
                    dialplan: None,
                    codecs: Vec::new(),
                };
                (Some(Duration::ZERO), Some(Ok(grant)))
            }),
            rng: SmallRng::seed_from_u64(seed ^ 0x776f_726c),
            planned: BinaryHeap::new(),
            serial: 0,
            steps: 0,
        };
        world.drain_exchange();
        world
    }

    /// The switch's address.
    #[must_use]
    pub fn switch_address(&self) -> SocketAddr {
        self.address
    }

    /// Time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Adds a phone; returns its number.
    pub fn add(&mut self, handset: Handset) -> usize {
        self.phones.push(handset);
        self.phones.len() - 1
    }

    /// Plans what a phone does at a time since the beginning.
    pub fn plan(&mut self, at: Duration, phone: usize, action: Action) {
        self.push(self.start + at, Happening::Act { phone, action });
    }

    /// Plans what somebody who watches does.
    pub fn plan_deed(&mut self, at: Duration, watcher: usize, deed: Deed) {
        self.push(self.start + at, Happening::Do { watcher, deed });
    }

    /// Plans an input of the exchange.
    pub fn plan_input(&mut self, at: Duration, input: Input) {
        self.push(self.start + at, Happening::Exchange(input));
    }

    /// Plans something that nobody wants.
    pub fn plan_mischief(&mut self, at: Duration, mischief: Mischief) {
        self.push(self.start + at, Happening::Mischief(mischief));
    }

    /// Lets a phone do something now.
    pub fn act(&mut self, phone: usize, action: Action) {
        self.push(self.now, Happening::Act { phone, action });
    }

    /// Runs for this long.
    pub fn run_for(&mut self, time: Duration) {
        self.run_until(self.now + time);
    }

    /// Runs until this time.
    pub fn run_until(&mut self, end: Instant) {
        while self.next_time().is_some_and(|next| next <= end) {
            self.step();
        }
        self.now = self.now.max(end);
    }

    /// Runs until everybody is idle and nothing is planned or on its way, at most until `limit` from now.
    pub fn run_to_rest(&mut self, limit: Duration) -> bool {
        let end = self.now + limit;
        while !self.at_rest() {
            if self.next_time().is_none_or(|next| next > end) {
                break;
            }
            self.step();
        }
        self.at_rest()
    }

    /// Whether nothing is going on: no call, no transaction, nothing planned, nothing on its way.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        self.planned.is_empty()
            && self.network.next_arrival().is_none()
            && self.exchange.is_idle()
            && self.phones.iter().all(|handset| handset.phone.is_idle())
            && self.watchers.iter().all(Watcher::is_idle)
    }

    fn push(&mut self, at: Instant, happening: Happening) {
        self.serial += 1;
        let serial = self.serial;
        self.planned.push(Reverse(Planned {
            at,
            serial,
            happening,
        }));
    }

    /// When the next thing happens.
    fn next_time(&self) -> Option<Instant> {
        let planned = self.planned.peek().map(|Reverse(planned)| planned.at);
        self.phones
            .iter()
            .map(|handset| handset.phone.poll_timeout())
            .chain(self.watchers.iter().map(Watcher::poll_timeout))
            .chain([
                planned,
                self.network.next_arrival(),
                self.exchange.poll_timeout(),
            ])
            .flatten()
            .min()
    }

    /// Does the next thing: what was planned comes before what arrives, and that before what times out.
    fn step(&mut self) {
        let Some(next) = self.next_time() else {
            return;
        };
        self.steps += 1;
        assert!(
            self.steps < MAX_STEPS,
            "the world does not come to rest at {:?}",
            self.elapsed()
        );
        self.now = self.now.max(next);
        if self
            .planned
            .peek()
            .is_some_and(|Reverse(planned)| planned.at <= self.now)
        {
            if let Some(Reverse(planned)) = self.planned.pop() {
                self.happen(planned.happening);
            }
        } else if let Some(packet) = self.network.arrive(self.now) {
            self.deliver(packet);
        } else if self
            .exchange
            .poll_timeout()
            .is_some_and(|at| at <= self.now)
        {
            self.tell_exchange(Input::Timeout);
        } else {
            self.time_out_a_phone();
        }
    }

    fn time_out_a_phone(&mut self) {
        let now = self.now;
        let due = |handset: &Handset| handset.phone.poll_timeout().is_some_and(|at| at <= now);
        if let Some(index) = self.phones.iter().position(due) {
            self.phones[index]
                .phone
                .handle(now, phone_input::Input::Timeout);
            self.drain_phone(index);
            return;
        }
        let due = |watcher: &Watcher| watcher.poll_timeout().is_some_and(|at| at <= now);
        if let Some(index) = self.watchers.iter().position(due) {
            self.watchers[index].time_out(now);
            self.drain_watcher(index);
        }
    }

    fn drain_watcher(&mut self, index: usize) {
        while let Some((to, bytes)) = self.watchers[index].poll_output() {
            let from = self.watchers[index].address;
            self.send(Packet {
                from,
                to,
                transport: Transport::Udp,
                bytes,
            });
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Act { phone, action } => {
                let now = self.now;
                for command in self.phones[phone].commands(action) {
                    self.phones[phone]
                        .phone
                        .handle(now, phone_input::Input::Command(command));
                    self.drain_phone(phone);
                }
            }
            Happening::Do { watcher, deed } => {
                self.watchers[watcher].act(self.now, deed);
                self.drain_watcher(watcher);
            }
            Happening::Exchange(input) => {
                if self.media.comes_true(&input) {
                    self.tell_exchange(input);
                }
            }
            Happening::Mischief(mischief) => self.make(mischief),
        }
    }

    fn make(&mut self, mischief: Mischief) {
        match mischief {
            Mischief::CutOff(phone) => self.network.unreachable.push(self.phones[phone].address),
            Mischief::Reconnect(phone) => {
                let address = self.phones[phone].address;
                self.network.unreachable.retain(|cut| *cut != address);
            }
            Mischief::OperatorHangsUp => {
                if let Some(event) = self.seen.events.last() {
                    let call_id = event.subject.call_id.clone();
                    self.tell_exchange(Input::Command(Command::HangUp { call_id }));
                }
            }
            Mischief::MediaFallsSilent => {
                if let Some(session) = self.media.newest_session() {
                    let event = MediaEvent::Timeout { side: Side::Caller };
                    self.tell_exchange(Input::Media { session, event });
                }
            }
            Mischief::Configure(config) => {
                self.tell_exchange(Input::Command(Command::Configure(config)));
            }
            Mischief::Restart(config) => {
                let is_idle = self.exchange.calls() == 0 && self.media.open_sessions() == 0;
                if is_idle && self.seen.restarts == 0 {
                    self.restart(config);
                }
            }
            Mischief::Garbage(bytes) => {
                let flow = self.flow(Transport::Udp, SocketAddr::from(([10, 9, 9, 9], 9)));
                self.tell_exchange(Input::Received {
                    flow,
                    bytes: bytes.into(),
                });
            }
        }
    }

    /// Forgets what the switch of before was to be told.
    pub(crate) fn forget_answers(&mut self) {
        self.planned.retain(|Reverse(planned)| {
            let happening = &planned.happening;
            !matches!(happening, Happening::Exchange(input) if !matches!(input, Input::Command(_)))
        });
    }

    pub(crate) fn tell_exchange(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain_exchange();
    }

    fn deliver(&mut self, packet: Packet) {
        let Packet {
            from,
            to,
            transport,
            bytes,
        } = packet;
        if to == self.address {
            let flow = self.flow(transport, from);
            self.tell_exchange(Input::Received { flow, bytes });
        } else if let Some(index) = self.phones.iter().position(|handset| handset.address == to) {
            let now = self.now;
            let carrier = self.phones[index].carrier.as_mut();
            if let Some(answer) = carrier.and_then(|carrier| carrier.answer(now, from, &bytes)) {
                if !answer.is_empty() {
                    let (from, to, bytes) = (to, from, answer);
                    self.send(Packet {
                        from,
                        to,
                        transport,
                        bytes,
                    });
                }
                return;
            }
            let flow = self.flow(transport, from);
            self.phones[index]
                .phone
                .handle(self.now, phone_input::Input::Received { flow, bytes });
            self.drain_phone(index);
        } else if let Some(index) = self.watchers.iter().position(|one| one.address == to) {
            self.watchers[index].receive(self.now, from, bytes);
            self.drain_watcher(index);
        }
    }

    /// The flow of a message. Each pair of ends has one connection, and no connection ever closes.
    fn flow(&self, transport: Transport, peer: SocketAddr) -> Flow {
        let listener = ListenerId(u16::from(transport != Transport::Udp));
        let number = u64::from(peer.port()) << 32 | peer_number(peer);
        Flow {
            transport,
            listener,
            peer,
            connection: transport.is_reliable().then_some(number),
        }
    }

    pub(crate) fn drain_exchange(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Send { flow, bytes } => {
                    let packet = Packet {
                        from: self.address,
                        to: flow.peer,
                        transport: flow.transport,
                        bytes,
                    };
                    self.send(packet);
                }
                Output::Decide(request) => self.decide(&request),
                Output::Resume(request) => self.resume(&request),
                Output::Gate(request) => self.gate(&request),
                Output::Resolve { lookup, host, .. } => {
                    let candidates = self.names.get(&host).cloned().unwrap_or_default();
                    let input = Input::Resolved { lookup, candidates };
                    self.push(
                        self.now + Duration::from_millis(20),
                        Happening::Exchange(input),
                    );
                }
                Output::Media(command) => {
                    let mistaken = babel::mistaken(&self.phones, &command);
                    self.media.complaints.extend(mistaken);
                    for (at, input) in self.media.carry_out(self.now, command) {
                        self.push(at, Happening::Exchange(input));
                    }
                }
                Output::Mailbox(request) => {
                    // A mailbox that takes messages, and has none.
                    let opened = Opened {
                        message_seconds: 30,
                        ..Opened::default()
                    };
                    let reply = match request.wish {
                        MailboxWish::Open => MailboxReply::Open(opened),
                        MailboxWish::List => MailboxReply::Messages(Vec::new()),
                        MailboxWish::CheckPin(_) => MailboxReply::Pin(PinCheck::Right),
                        _ => MailboxReply::Done,
                    };
                    let ticket = request.ticket;
                    let input = Input::Mailbox { ticket, reply };
                    self.push(
                        self.now + Duration::from_millis(5),
                        Happening::Exchange(input),
                    );
                }
                Output::View(_) | Output::Conduct { .. } => {}
                Output::Keep(kept) => self.keep(*kept),
                Output::Event(event) => self.seen.events.push(event),
                Output::Record(record) => self.seen.records.push(*record),
                Output::Trunk(_) => {}
                Output::CallEnded { call } => self.seen.ended.push(call),
            }
        }
    }

    fn decide(&mut self, request: &DecideRequest) {
        let Verdict { after, script } = (self.decider)(&request.call, &mut self.rng);
        self.seen.decided.push(request.ticket);
        if after.is_none() || script.is_none() {
            self.seen.failed_decisions.push(request.call.id.clone());
        }
        if script
            .iter()
            .flatten()
            .any(|verb| matches!(verb, Verb::Respond(_)))
        {
            self.seen.refused_by_script.push(request.call.id.clone());
        }
        let Some(after) = after else {
            return;
        };
        let outcome = match &script {
            Some(_) => StageOutcome::Script,
            None => StageOutcome::Error("the fake plugin was told to fail".to_owned()),
        };
        let stages = request
            .plugins
            .first()
            .map(|step| stage(&step.name, outcome, after))
            .into_iter()
            .collect();
        let input = Input::Decided {
            ticket: request.ticket,
            decided: Decided {
                script,
                stages,
                variables: request.call.variables.clone(),
            },
        };
        self.push(self.now + after, Happening::Exchange(input));
    }

    fn resume(&mut self, request: &ResumeRequest) {
        let (after, continuation) = (self.resumer)(request, &mut self.rng);
        let script = match &continuation {
            Some(Continuation::Script(script)) => script.as_slice(),
            Some(Continuation::Proceed) | None => &[],
        };
        if script.iter().any(|verb| matches!(verb, Verb::Respond(_))) {
            self.seen.refused_by_script.push(request.call.id.clone());
        }
        self.seen.resumed += 1;
        self.seen.gathered += u64::from(matches!(request.outcome, Outcome::Digits(_)));
        let Some(after) = after else { return };
        let outcome = match &continuation {
            Some(Continuation::Script(_)) => StageOutcome::Script,
            Some(Continuation::Proceed) => StageOutcome::Proceed,
            None => StageOutcome::Trapped("the fake plugin was told to".to_owned()),
        };
        let resumed = Resumed {
            continuation,
            stages: vec![stage(&request.plugin, outcome, after)],
        };
        let ticket = request.ticket;
        self.push(
            self.now + after,
            Happening::Exchange(Input::Resumed { ticket, resumed }),
        );
    }

    fn gate(&mut self, request: &GateRequest) {
        let (after, answer) = (self.gatekeeper)(&request.registration, &mut self.rng);
        self.seen.gated += 1;
        let Some(after) = after else { return };
        let gated = Gated {
            answer,
            stage: stage(&request.plugin, StageOutcome::Next, after),
        };
        let ticket = request.ticket;
        self.push(
            self.now + after,
            Happening::Exchange(Input::Gated { ticket, gated }),
        );
    }

    fn drain_phone(&mut self, index: usize) {
        while let Some(output) = self.phones[index].phone.poll_output() {
            match output {
                phone_output::Output::Send { flow, bytes } => {
                    let from = self.phones[index].address;
                    self.send(Packet {
                        from,
                        to: flow.peer,
                        transport: flow.transport,
                        bytes,
                    });
                }
                phone_output::Output::Event(event) => {
                    let now = self.now;
                    self.phones[index].note(now, event);
                }
            }
        }
    }

    fn send(&mut self, packet: Packet) {
        if self.ladder.is_none() {
            self.network.send(self.now, packet);
            return;
        }
        let names = (self.name(packet.from), self.name(packet.to));
        let bytes = packet.bytes.clone();
        let fate = if self.network.send(self.now, packet) {
            Fate::Sent
        } else {
            Fate::Lost
        };
        let at = self.elapsed();
        let registration = bytes.windows(10).any(|window| window == b" REGISTER\r");
        if !registration && let Some(ladder) = &mut self.ladder {
            ladder.message(at, &names.0, &names.1, &bytes, fate);
        }
    }

    fn name(&self, address: SocketAddr) -> String {
        if address == self.address {
            return SWITCH.to_owned();
        }
        let known = self
            .phones
            .iter()
            .find(|handset| handset.address == address);
        let mut watchers = self.watchers.iter();
        let watcher = watchers.find(|one| one.address == address);
        known
            .map(|handset| &handset.name)
            .or(watcher.map(|watcher| &watcher.name))
            .map_or_else(|| address.to_string(), Clone::clone)
    }
}

fn stage(plugin: &str, outcome: StageOutcome, after: Duration) -> Stage {
    Stage {
        plugin: plugin.to_owned(),
        version: "0".repeat(12),
        phase: Phase::Route,
        outcome,
        nanoseconds: after.as_nanos() as u64,
    }
}

/// A number for an address, the same in every run.
fn peer_number(peer: SocketAddr) -> u64 {
    match peer {
        SocketAddr::V4(v4) => u64::from(u32::from(*v4.ip())),
        SocketAddr::V6(v6) => u128::from(*v6.ip()) as u64,
    }
}
