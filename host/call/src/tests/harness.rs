//! The world around the exchange: parties with addresses, a clock, a decider, a media shell, a ladder of what was sent.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_media::relay::Statistics;
use switchhook_routing::decision::{Decided, Stage, StageOutcome};
use switchhook_routing::event::Event;
use switchhook_routing::record::CallRecord;
use switchhook_routing::verb::{
    Connect, Endpoint, Pause, Respond, Script, Strategy, Target, TrunkNumber, Verb,
};
use switchhook_sip::digest::{Ha1, Login, NonceCount, Signed, answer};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::message::{Message, Request, Response};

use crate::config::{Client, Config, Domain, Listener, Outbound, Trunk};
use crate::dialplan::{Dialplan, PluginStep, Route};
use crate::exchange::Exchange;
use crate::input::{Input, MediaEvent};
use crate::keys::{CallKey, MediaPorts};
use crate::output::{DecideRequest, MediaCommand, Output, ViewChange};

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
    pub(super) media: Vec<MediaCommand>,
    pub(super) ports: u16,
    pub(super) resolves: Vec<(crate::keys::Lookup, String)>,
    pub(super) events: Vec<Event>,
    pub(super) records: Vec<CallRecord>,
    pub(super) ended: Vec<CallKey>,
    pub(super) views: Vec<ViewChange>,
    pub(super) transport: Transport,
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

/// Two domains; in the first alice's address is a trunk, 1001 and 1002 are clients, provider is a trunk with a password.
pub(super) fn config() -> Config {
    let listener = |id, transport, bound: &str, host: &str| Listener {
        id: ListenerId(id),
        transport,
        bound: bound.parse().unwrap(),
        advertised_host: host.to_owned(),
        advertised_port: 5060,
    };
    let client = |user: &str, domain: &str| {
        let client = Client {
            username: user.to_owned(),
            ha1: Ha1::from_password(user, domain, "secret"),
            dialplan: None,
            codecs: Vec::new(),
        };
        (user.to_owned(), client)
    };
    let plugins: Arc<[PluginStep]> = Arc::from([PluginStep {
        name: "router".to_owned(),
        fail_open: false,
    }]);
    let route = Route {
        plugins,
        fallback: None,
    };
    let fallback = Route {
        plugins: Arc::clone(&route.plugins),
        fallback: Some(vec![Verb::Connect(ring(&["carol"]))]),
    };
    let plan = Dialplan::new([("{bob,1*,+*}", route), ("fallback", fallback)]).unwrap();
    let domain = |name: &str| Domain {
        name: name.to_owned(),
        clients: ["1001", "1002"].map(|user| client(user, name)).into(),
        dialplans: [("default".to_owned(), plan.clone())].into(),
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
            outbound: None,
        },
        Trunk {
            name: "provider".to_owned(),
            sources: vec!["198.51.100.0/24".parse().unwrap()],
            dialplan: "default".to_owned(),
            outbound: Some(Outbound {
                host: "198.51.100.1".to_owned(),
                port: None,
                transport: None,
                username: "account".to_owned(),
                password: "hunter2".to_owned(),
            }),
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
        let now = Instant::now();
        let exchange = Exchange::new(now, 1_800_000_000_000, 7, 0, Arc::new(config));
        let mut world = World {
            exchange,
            now,
            ladder: Vec::new(),
            inboxes: HashMap::new(),
            script: Some(Some(vec![Verb::Connect(ring(&["bob"]))])),
            questions: Vec::new(),
            asked: 0,
            media: Vec::new(),
            ports: 1000,
            resolves: Vec::new(),
            events: Vec::new(),
            records: Vec::new(),
            ended: Vec::new(),
            views: Vec::new(),
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
            Output::Media(command) => self.media_command(command),
            Output::Resolve { lookup, host, .. } => self.resolves.push((lookup, host)),
            Output::View(change) => self.views.push(change),
            Output::Event(event) => self.events.push(event),
            Output::Record(record) => self.records.push(*record),
            Output::CallEnded { call } => self.ended.push(call),
        }
    }

    pub(super) fn decide(&mut self, request: DecideRequest, script: Option<Script>) {
        let stage = Stage {
            plugin: request.plugins[0].name.clone(),
            version: "0123456789ab".to_owned(),
            outcome: match script {
                Some(_) => StageOutcome::Script,
                None => StageOutcome::Error("no".to_owned()),
            },
            nanoseconds: 1,
        };
        let decided = Decided {
            script,
            stages: vec![stage],
        };
        self.exchange.handle(
            self.now,
            Input::Decided {
                ticket: request.ticket,
                decided,
            },
        );
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

/// A connect of all these at once.
pub(super) fn ring(names: &[&str]) -> Connect {
    let targets = names.iter().map(|name| target(name)).collect();
    Connect {
        targets,
        ..Connect::default()
    }
}

/// A connect of these one after another, each for ten seconds.
pub(super) fn ring_in_turn(names: &[&str]) -> Connect {
    let mut connect = ring(names);
    connect.strategy = Strategy::Sequential;
    for target in &mut connect.targets {
        target.ring_seconds = Some(10);
    }
    connect
}

/// A party's URI, a client's name (digits) or a number at the provider (+…).
pub(super) fn target(name: &str) -> Target {
    let endpoint = if name.starts_with('+') {
        Endpoint::Trunk(TrunkNumber {
            trunk: "provider".to_owned(),
            number: name.to_owned(),
        })
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        Endpoint::Client(name.to_owned())
    } else if name.contains(':') {
        Endpoint::Uri(name.to_owned())
    } else {
        Endpoint::Uri(format!("sip:{name}@{}", address(name)))
    };
    Target {
        endpoint,
        ring_seconds: None,
    }
}

pub(super) fn respond(status: u16) -> Verb {
    Verb::Respond(Respond {
        status,
        reason: None,
        headers: Vec::new(),
    })
}

pub(super) fn pause(milliseconds: u32) -> Verb {
    Verb::Pause(Pause { milliseconds })
}

/// A session description of a party whose media is at that port.
pub(super) fn sdp(name: &str, port: u16) -> String {
    sdp_with(name, port, 1, "sendrecv")
}

pub(super) fn sdp_with(name: &str, port: u16, version: u32, direction: &str) -> String {
    let socket: std::net::SocketAddr = address(name).parse().unwrap();
    let (ip, family) = (socket.ip(), if socket.is_ipv6() { "IP6" } else { "IP4" });
    format!(
        "v=0\no={name} 1 {version} IN {family} {ip}\ns=-\nc=IN {family} {ip}\nt=0 0\nm=audio {port} RTP/AVP 0 8 101\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n"
    )
    .replace('\n', "\r\n")
}

/// An INVITE from a party, outside of dialogs.
pub(super) fn invite(name: &str, callee: &str, extra: &str, body: &str) -> String {
    request(
        name,
        "INVITE",
        &format!("sip:{callee}@example.test"),
        1,
        extra,
        body,
    )
}

/// A request outside of dialogs; its branch, tag and Call-ID follow from name, method and CSeq.
pub(super) fn request(
    name: &str,
    method: &str,
    uri: &str,
    cseq: u32,
    extra: &str,
    body: &str,
) -> String {
    let at = address(name);
    let content = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\n"
    };
    let contact = if extra.contains("Contact:") {
        String::new()
    } else {
        format!("Contact: <sip:{name}@{at}>\n")
    };
    let length = body.len();
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{name}{method}{cseq};rport\n\
         Max-Forwards: 70\nFrom: \"{name}\" <sip:{name}@example.test>;tag={name}tag\nTo: <{uri}>\n\
         Call-ID: call-of-{name}\nCSeq: {cseq} {method}\n{contact}{extra}{content}Content-Length: {length}\n\n{body}"
    )
}

/// A response of a party to a request of the switch.
pub(super) fn response(name: &str, request: &Request, status: u16, body: Option<&str>) -> String {
    response_with(name, request, status, "", body)
}

pub(super) fn response_with(
    name: &str,
    request: &Request,
    status: u16,
    extra: &str,
    body: Option<&str>,
) -> String {
    let at = address(name);
    let vias: String = request
        .headers("Via")
        .map(|via| format!("Via: {via}\n"))
        .collect();
    let to = match request.to().tag() {
        Some(_) => request.to().to_string(),
        None => format!("{};tag={name}tag", request.to()),
    };
    let content = body.map_or("", |_| "Content-Type: application/sdp\n");
    let contact = if extra.contains("Contact:") {
        String::new()
    } else {
        format!("Contact: <sip:{name}@{at}>\n")
    };
    let body = body.unwrap_or_default();
    format!(
        "SIP/2.0 {status} X\n{vias}From: {}\nTo: {to}\nCall-ID: {}\nCSeq: {} {}\n{contact}{extra}{content}\
         Content-Length: {}\n\n{body}",
        request.from(),
        request.call_id(),
        request.cseq().number,
        request.cseq().method,
        body.len(),
    )
}

/// A request of the caller within the dialog that this response made.
pub(super) fn by_caller(
    name: &str,
    made_by: &Response,
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let (from, to) = (made_by.from().to_string(), made_by.to().to_string());
    within(name, (&from, &to, made_by.call_id()), method, cseq, body)
}

/// A request of the called side within the dialog of this INVITE.
pub(super) fn by_callee(
    name: &str,
    invite: &Request,
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let (from, to) = (
        format!("{};tag={name}tag", invite.to()),
        invite.from().to_string(),
    );
    within(name, (&from, &to, invite.call_id()), method, cseq, body)
}

fn within(
    name: &str,
    (from, to, call_id): (&str, &str, &str),
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let at = address(name);
    let content = match method {
        _ if body.is_empty() => "",
        "INVITE" | "UPDATE" | "ACK" => "Content-Type: application/sdp\n",
        _ => "Content-Type: application/dtmf-relay\n",
    };
    let length = body.len();
    format!(
        "{method} sip:192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{name}in{method}{cseq};rport\n\
         Max-Forwards: 70\nFrom: {from}\nTo: {to}\nCall-ID: {call_id}\nCSeq: {cseq} {method}\n\
         Contact: <sip:{name}@{at}>\n{content}Content-Length: {length}\n\n{body}"
    )
}

/// The CANCEL of an INVITE made by [`invite`].
pub(super) fn cancel(invite: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in invite.lines().take_while(|line| !line.is_empty()) {
        let line = line.replace(" INVITE", " CANCEL");
        if !line.starts_with("Content") && !line.starts_with("Contact") {
            lines.push(line);
        }
    }
    let first = lines[0].replacen("INVITE", "CANCEL", 1);
    lines[0] = first;
    format!("{}\nContent-Length: 0\n\n", lines.join("\n"))
}

/// The credentials that answer a 401 or 407.
pub(super) fn credentials(
    challenge: &Response,
    (user, password): (&str, &str),
    method: &str,
    uri: &str,
) -> String {
    let (name, header) = match challenge.status() {
        401 => ("Authorization", "WWW-Authenticate"),
        407 => ("Proxy-Authorization", "Proxy-Authenticate"),
        other => panic!("{other} is no challenge"),
    };
    let values: Vec<_> = challenge.headers(header).collect();
    let login = Login {
        username: user,
        password,
    };
    let signed = Signed {
        method,
        uri,
        body: b"",
    };
    let mut count = NonceCount::default();
    let values = values.iter().map(AsRef::as_ref);
    let (_, value) = answer(values, login, signed, "cnonce", &mut count).unwrap();
    format!("{name}: {value}\n")
}

/// A party registers as a client of a domain, challenge and all, and gets the final answer.
pub(super) fn register(
    world: &mut World,
    name: &str,
    user: &str,
    cseq: u32,
    extra: &str,
) -> Response {
    register_in(world, name, (user, "example.test"), cseq, extra)
}

pub(super) fn register_in(
    world: &mut World,
    name: &str,
    (user, domain): (&str, &str),
    cseq: u32,
    extra: &str,
) -> Response {
    let uri = format!("sip:{domain}");
    let text = |cseq: u32, more: &str| {
        request(name, "REGISTER", &uri, cseq, &format!("{extra}{more}"), "")
            .replace(
                &format!("To: <{uri}>"),
                &format!("To: <sip:{user}@{domain}>"),
            )
            .replace(
                &format!("<sip:{name}@example.test>"),
                &format!("<sip:{user}@{domain}>"),
            )
    };
    let first = text(cseq, "");
    world.send(name, &first);
    let challenge = world.expect_status(name, 401);
    let more = credentials(&challenge, (user, "secret"), "REGISTER", &uri);
    let second = text(cseq + 1, &more);
    world.send(name, &second);
    world.response_to(name)
}
