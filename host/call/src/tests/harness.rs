//! The world around the exchange: parties with addresses, a clock, a decider, a media shell, a ladder of what was sent.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_media::relay::{Side, Statistics};
use switchhook_routing::decision::{Continuation, Decided, Phase, Resumed, Stage, StageOutcome};
use switchhook_routing::event::Event;
use switchhook_routing::record::CallRecord;
use switchhook_routing::registration::{Gated, Grant, Refusal};
use switchhook_routing::verb::{Script, Verb};
use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::locate::Candidate;
use switchhook_sip::message::{Message, Request, Response};

use crate::config::trunks::{Outbound, Trunk};
use crate::config::{Client, Config, Domain, Listener};
use crate::dialplan::{Dialplan, PluginStep, Route};
use crate::exchange::Exchange;
use crate::guard::Conduct;
use crate::input::Input;
use crate::kept::Kept;
use crate::keys::{CallKey, MediaPorts};
use crate::media_command::{MediaCommand, MediaEvent, PlayEnd, SideOrder};
use crate::output::{DecideRequest, GateRequest, Output, ResumeRequest, ViewChange};
use crate::tests::wording::{response, ring};
use crate::trunks::status::TrunkNews;
use crate::voicemail::MailboxRequest;

/// 64·T1 and a little more: after this long nothing of a call may be left.
pub(super) const ALL_TIMERS: Duration = Duration::from_secs(70);

pub(super) struct World {
    pub(super) exchange: Exchange,
    pub(super) now: Instant,
    pub(super) ladder: Vec<String>,
    inboxes: HashMap<String, VecDeque<Message>>,
    /// What every question is answered with; `None`: questions wait in `questions`.
    pub(super) script: Option<Option<Script>>,
    pub(super) questions: Vec<DecideRequest>,
    pub(super) asked: u32,
    /// Resumptions and gates that wait for their answer.
    pub(super) resumes: Vec<ResumeRequest>,
    pub(super) gates: Vec<GateRequest>,
    pub(super) mailboxes: Vec<MailboxRequest>,
    pub(super) media: Vec<MediaCommand>,
    /// How many of those were looked at.
    looked_at: usize,
    pub(super) ports: u16,
    pub(super) resolves: Vec<(crate::keys::Lookup, String)>,
    pub(super) events: Vec<Event>,
    pub(super) records: Vec<CallRecord>,
    pub(super) ended: Vec<CallKey>,
    pub(super) views: Vec<ViewChange>,
    pub(super) conducts: Vec<Conduct>,
    pub(super) kept: Vec<Kept>,
    pub(super) trunk_news: Vec<TrunkNews>,
    pub(super) transport: Transport,
}

/// Where a name may be resolved to: a party.
pub(super) fn candidate(name: &str) -> Candidate {
    Candidate {
        transport: Transport::Udp,
        address: address(name).parse().unwrap(),
    }
}

pub(super) fn address(name: &str) -> &'static str {
    match name {
        "alice" => "192.0.2.10:5060",
        "bob" => "192.0.2.20:5060",
        "carol" => "192.0.2.30:5060",
        "dave" => "192.0.2.40:5060",
        "mallory" => "203.0.113.66:5060",
        "provider" => "198.51.100.1:5060",
        "six" => "[2001:db8::6]:5060",
        other => panic!("no such party: {other}"),
    }
}

fn name_of(peer: std::net::SocketAddr) -> String {
    [
        "alice", "bob", "carol", "dave", "mallory", "provider", "six",
    ]
    .into_iter()
    .find(|name| address(name).parse() == Ok(peer))
    .map_or_else(|| peer.to_string(), str::to_owned)
}

fn client(user: &str, domain: &str) -> (String, Client) {
    let client = Client {
        username: user.to_owned(),
        ha1: Some(Ha1::from_password(user, domain, "secret")),
        gatekeeper: None,
        dialplan: None,
        limits: Default::default(),
        pickup_group: None,
        ..Client::default()
    };
    (user.to_owned(), client)
}

/// Two domains; in the first alice's address is a trunk, 1001 and 1002 are clients, provider is a trunk with a password.
pub(super) fn config() -> Config {
    let listener = |id, transport, bound: &str, host: &str| Listener {
        id: ListenerId(id),
        transport,
        bound: bound.parse().unwrap(),
        advertised_host: host.to_owned(),
        advertised_port: 5060,
        networks: Vec::new(),
    };
    let plugins: Arc<[PluginStep]> = Arc::from([PluginStep {
        name: "router".to_owned(),
        phase: Phase::Route,
        fail_open: false,
    }]);
    let route = Route {
        plugins,
        fallback: None,
        variables: Vec::new(),
    };
    let fallback = Route {
        plugins: Arc::clone(&route.plugins),
        fallback: Some(vec![Verb::Connect(ring(&["carol"]))]),
        variables: Vec::new(),
    };
    let plan = Dialplan::new([("{bob,1*,+*}", route), ("fallback", fallback)]).unwrap();
    let domain = |name: &str| Domain {
        name: name.to_owned(),
        clients: ["1001", "1002"].map(|user| client(user, name)).into(),
        dialplans: [("default".to_owned(), plan.clone())].into(),
        redirects_outside: true,
        ..Domain::default()
    };
    let mut first = domain("example.test");
    first.trunks = vec![
        Trunk {
            name: "gateway".to_owned(),
            sources: vec![
                "192.0.2.10".parse().unwrap(),
                "2001:db8::/64".parse().unwrap(),
            ],
            dialplan: "default".to_owned(),
            ..Trunk::default()
        },
        Trunk {
            name: "provider".to_owned(),
            sources: vec!["198.51.100.0/24".parse().unwrap()],
            dialplan: "default".to_owned(),
            outbound: Some(Outbound {
                host: "198.51.100.1".to_owned(),
                username: "account".to_owned(),
                password: "hunter2".to_owned(),
                ..Outbound::default()
            }),
            ..Trunk::default()
        },
    ];
    Config {
        listeners: vec![
            listener(0, Transport::Udp, "192.0.2.1:5060", "192.0.2.1"),
            listener(1, Transport::Tcp, "192.0.2.1:5060", "192.0.2.1"),
            listener(2, Transport::Udp, "[2001:db8::1]:5060", "2001:db8::1"),
        ],
        domains: [first, domain("other.test")]
            .map(|d| (d.name.clone(), d))
            .into(),
        ..Config::default()
    }
}

impl World {
    pub(super) fn new() -> World {
        World::with(config())
    }

    pub(super) fn with(config: Config) -> World {
        World::begun(config, 0, 0)
    }

    /// A world that begins so many seconds after the others.
    pub(super) fn later(config: Config, seconds: u64) -> World {
        World::begun(config, seconds, 0)
    }

    /// A world whose exchange has this number.
    pub(super) fn numbered(config: Config, number: u8) -> World {
        World::begun(config, 0, number)
    }

    fn begun(config: Config, seconds: u64, number: u8) -> World {
        let now = Instant::now();
        let epoch_ms = 1_800_000_000_000 + seconds * 1000;
        let exchange = Exchange::new(now, epoch_ms, 7, number, Arc::new(config));
        let mut world = World {
            exchange,
            now,
            ladder: Vec::new(),
            inboxes: HashMap::new(),
            script: Some(Some(vec![Verb::Connect(ring(&["bob"]))])),
            questions: Vec::new(),
            asked: 0,
            resumes: Vec::new(),
            gates: Vec::new(),
            mailboxes: Vec::new(),
            media: Vec::new(),
            looked_at: 0,
            ports: 1000,
            resolves: Vec::new(),
            events: Vec::new(),
            records: Vec::new(),
            ended: Vec::new(),
            views: Vec::new(),
            conducts: Vec::new(),
            kept: Vec::new(),
            trunk_news: Vec::new(),
            transport: Transport::Udp,
        };
        world.drain();
        world
    }

    /// A world whose decider always gives this script.
    pub(super) fn scripted(script: Script) -> World {
        let mut world = World::new();
        world.script = Some(Some(script));
        world
    }

    pub(super) fn flow(&self, name: &str) -> Flow {
        let peer: std::net::SocketAddr = address(name).parse().unwrap();
        let listener = match (self.transport, peer.is_ipv6()) {
            (Transport::Tcp, _) => ListenerId(1),
            (_, true) => ListenerId(2),
            (_, false) => ListenerId(0),
        };
        let connection = self
            .transport
            .is_reliable()
            .then(|| u64::from(peer.port()) + name.len() as u64);
        Flow {
            transport: self.transport,
            listener,
            peer,
            connection,
        }
    }

    pub(super) fn send(&mut self, name: &str, text: &str) {
        let bytes = Bytes::from(text.replace("\r\n", "\n").replace('\n', "\r\n"));
        let start = text.lines().next().unwrap_or_default();
        self.ladder.push(format!("{name} -> {}", short(start)));
        let flow = self.flow(name);
        self.input(Input::Received { flow, bytes });
    }

    pub(super) fn input(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send { flow, bytes } => {
                let message = Message::from_bytes(bytes.clone()).expect("we send what we can read");
                let name = name_of(flow.peer);
                let start = String::from_utf8_lossy(&bytes);
                self.ladder.push(format!(
                    "-> {name}: {}",
                    short(start.lines().next().unwrap())
                ));
                self.inboxes.entry(name).or_default().push_back(message);
            }
            Output::Decide(request) => {
                self.asked += 1;
                self.ladder.push(format!("decide {}", request.call.callee));
                match self.script.clone() {
                    Some(script) => self.decide(*request, script),
                    None => self.questions.push(*request),
                }
            }
            Output::Resume(request) => {
                self.ladder.push(format!("resume {}", request.tag));
                self.resumes.push(*request);
            }
            Output::Gate(request) => {
                self.ladder
                    .push(format!("gate {}", request.registration.username));
                self.gates.push(*request);
            }
            Output::Mailbox(request) => self.mailboxes.push(*request),
            Output::Media(command) => self.media_command(command),
            Output::Resolve { lookup, host, .. } => self.resolves.push((lookup, host)),
            Output::View(change) => self.views.push(change),
            Output::Keep(kept) => self.kept.push(*kept),
            Output::Conduct { conduct, .. } => self.conducts.push(conduct),
            Output::Event(event) => self.events.push(event),
            Output::Record(record) => self.records.push(*record),
            Output::Trunk(news) => self.trunk_news.push(news),
            Output::CallEnded { call } => self.ended.push(call),
        }
    }

    pub(super) fn decide(&mut self, request: DecideRequest, script: Option<Script>) {
        let stage = Stage {
            plugin: request.plugins[0].name.clone(),
            version: "0123456789ab".to_owned(),
            phase: Phase::Route,
            outcome: match script {
                Some(_) => StageOutcome::Script,
                None => StageOutcome::Error("no".to_owned()),
            },
            nanoseconds: 1,
        };
        let decided = Decided {
            script,
            stages: vec![stage],
            variables: request.call.variables,
        };
        self.exchange.handle(
            self.now,
            Input::Decided {
                ticket: request.ticket,
                decided,
            },
        );
    }

    /// Answers the resumption that waits.
    #[track_caller]
    pub(super) fn resume(&mut self, continuation: Option<Continuation>) {
        let request = self.resumes.remove(0);
        let resumed = Resumed {
            stages: vec![Stage {
                plugin: request.plugin,
                version: "0123456789ab".to_owned(),
                phase: Phase::Route,
                outcome: match continuation {
                    Some(Continuation::Script(_)) => StageOutcome::Script,
                    Some(Continuation::Proceed) => StageOutcome::Proceed,
                    None => StageOutcome::Error("no".to_owned()),
                },
                nanoseconds: 1,
            }],
            continuation,
        };
        self.input(Input::Resumed {
            ticket: request.ticket,
            resumed,
        });
    }

    /// Answers the gate that waits.
    #[track_caller]
    pub(super) fn gate(&mut self, answer: Option<Result<Grant, Refusal>>) {
        let request = self.gates.remove(0);
        let gated = Gated {
            answer,
            stage: Stage {
                plugin: request.plugin,
                version: "0123456789ab".to_owned(),
                phase: Phase::Route,
                outcome: StageOutcome::Next,
                nanoseconds: 1,
            },
        };
        self.input(Input::Gated {
            ticket: request.ticket,
            gated,
        });
    }

    fn media_command(&mut self, command: MediaCommand) {
        match &command {
            MediaCommand::WantPorts { ipv6, count } => {
                let count = (*count).min(usize::from(self.ports));
                self.ports -= count as u16;
                let address = if *ipv6 { "2001:db8::1" } else { "192.0.2.1" };
                let port = |at: usize| MediaPorts {
                    slot: (10_000 - self.ports as usize + at) as u32,
                    address: address.parse().unwrap(),
                    rtp_port: (20_000 + 2 * (2000 - self.ports as usize + at)) as u16,
                };
                let ports = (0..count).map(port).collect();
                self.exchange.handle(self.now, Input::PortsGranted(ports));
            }
            MediaCommand::Close { session } => {
                let event = MediaEvent::Closed(Statistics::default());
                self.exchange.handle(
                    self.now,
                    Input::Media {
                        session: *session,
                        event,
                    },
                );
            }
            _ => {}
        }
        self.media.push(command);
    }

    /// Lets time pass, with every timeout at its time.
    pub(super) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.exchange.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    /// All that has been sent to a party and not been looked at.
    pub(super) fn inbox(&mut self, name: &str) -> Vec<Message> {
        self.inboxes.remove(name).unwrap_or_default().into()
    }

    /// The next request to a party; responses before it are skipped.
    #[track_caller]
    pub(super) fn request_to(&mut self, name: &str, method: &str) -> Request {
        let inbox = self.inboxes.entry(name.to_owned()).or_default();
        while let Some(message) = inbox.pop_front() {
            if let Message::Request(request) = message {
                assert_eq!(request.method().as_str(), method);
                return request;
            }
        }
        panic!(
            "no {method} for {name}; ladder:\n{}",
            self.ladder.join("\n")
        );
    }

    /// The next response to a party that is not 100.
    #[track_caller]
    pub(super) fn response_to(&mut self, name: &str) -> Response {
        let inbox = self.inboxes.entry(name.to_owned()).or_default();
        while let Some(message) = inbox.pop_front() {
            if let Message::Response(response) = message
                && response.status() != 100
            {
                return response;
            }
        }
        panic!(
            "no response for {name}; ladder:\n{}",
            self.ladder.join("\n")
        );
    }

    #[track_caller]
    pub(super) fn expect_status(&mut self, name: &str, status: u16) -> Response {
        let response = self.response_to(name);
        assert_eq!(
            response.status(),
            status,
            "ladder:\n{}",
            self.ladder.join("\n")
        );
        response
    }

    /// A final response, whatever provisional ones came before.
    #[track_caller]
    pub(super) fn expect_final(&mut self, name: &str, status: u16) -> Response {
        loop {
            let response = self.response_to(name);
            if response.is_final() {
                let ladder = self.ladder.join("\n");
                assert_eq!(response.status(), status, "ladder:\n{ladder}");
                return response;
            }
        }
    }

    #[track_caller]
    pub(super) fn expect_nothing_final(&mut self, name: &str) {
        for message in self.inbox(name) {
            if let Message::Response(response) = message {
                assert!(response.is_provisional(), "{response:?}");
            }
        }
    }

    /// The next request to a party, those of another method left out.
    #[track_caller]
    pub(super) fn request_to_skipping(&mut self, name: &str, method: &str, other: &str) -> Request {
        let inbox = self.inboxes.entry(name.to_owned()).or_default();
        inbox.retain(|message| match message {
            Message::Request(request) => request.method().as_str() != other,
            Message::Response(_) => true,
        });
        self.request_to(name, method)
    }

    #[track_caller]
    pub(super) fn expect_nothing(&mut self, name: &str) {
        let waiting: Vec<_> = self.inbox(name);
        assert!(waiting.is_empty(), "{waiting:?}");
    }

    /// The ladder since it was asked for last.
    pub(super) fn ladder(&mut self) -> String {
        let mut text = std::mem::take(&mut self.ladder).join("\n");
        text.push('\n');
        text
    }

    /// Answers a request as `name` does.
    pub(super) fn answer(
        &mut self,
        name: &str,
        request: &Request,
        status: u16,
        body: Option<&str>,
    ) {
        let text = response(name, request, status, body);
        self.send(name, &text);
    }

    /// What was ordered for a side of a session, since it was asked for last.
    pub(super) fn orders(&mut self, of: Side) -> Vec<SideOrder> {
        let media = &self.media[std::mem::replace(&mut self.looked_at, self.media.len())..];
        let mut orders = Vec::new();
        for command in media {
            if let MediaCommand::Side { side, order, .. } = command
                && *side == of
            {
                orders.push(order.clone());
            }
        }
        orders
    }

    /// The media shell says something of the last session.
    #[track_caller]
    pub(super) fn media_event(&mut self, event: MediaEvent) {
        let open = |command: &MediaCommand| match command {
            MediaCommand::Open { session, .. } => Some(*session),
            _ => None,
        };
        let session = self.media.iter().rev().find_map(open).expect("a session");
        self.input(Input::Media { session, event });
    }

    /// What was played to the caller last is over.
    #[track_caller]
    pub(super) fn play_ends(&mut self, end: PlayEnd) {
        let played = |command: &MediaCommand| match command {
            MediaCommand::Side {
                side: Side::Caller,
                order: SideOrder::Play { play, .. },
                ..
            } => Some(*play),
            _ => None,
        };
        let play = self.media.iter().rev().find_map(played).expect("a play");
        let side = Side::Caller;
        self.media_event(MediaEvent::PlayEnded { side, play, end });
    }

    /// The caller presses keys that are heard in its audio.
    #[track_caller]
    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            let side = Side::Caller;
            self.media_event(MediaEvent::Key { side, key });
        }
    }

    /// Everything ends: no call, no transaction, every call's record and end told once.
    #[track_caller]
    pub(super) fn finish(&mut self) {
        self.pass(ALL_TIMERS);
        assert!(
            self.exchange.is_idle(),
            "ladder:\n{}",
            self.ladder.join("\n")
        );
        assert_eq!(
            self.ended.len(),
            self.records.len(),
            "a record for each call"
        );
        assert_eq!(self.exchange.counters().panics, 0);
        let open = self
            .media
            .iter()
            .filter(|c| matches!(c, MediaCommand::Open { .. }))
            .count();
        let closed = self
            .media
            .iter()
            .filter(|c| matches!(c, MediaCommand::Close { .. }))
            .count();
        assert_eq!(open, closed, "every session is closed");
        let mut ended = std::collections::HashSet::new();
        for command in &self.media {
            match command {
                MediaCommand::Close { session } => {
                    ended.insert(*session);
                }
                MediaCommand::Side { session, .. } | MediaCommand::SetRemote { session, .. } => {
                    assert!(!ended.contains(session), "after its end: {command:?}");
                }
                MediaCommand::Open { .. } | MediaCommand::WantPorts { .. } => {}
            }
        }
        assert!(
            self.exchange.core.owners.is_empty(),
            "{:?}",
            self.exchange.core.owners
        );
    }
}

fn short(start: &str) -> String {
    match start.strip_prefix("SIP/2.0 ") {
        Some(status) => status.split(' ').next().unwrap_or_default().to_owned(),
        None => start.split(' ').next().unwrap_or_default().to_owned(),
    }
}
