//! Bytes as a course of events for an exchange: messages from templates, mutated ones, answers that fit and answers that
//! do not, decisions early, late and twice, time that passes. Whatever comes, the exchange does not panic, and is idle in
//! the end. The fuzz target `exchange` is this function; a test runs it on bytes of chance.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input, MediaEvent};
use switchhook_call::keys::{Lookup, SessionId, Ticket};
use switchhook_call::output::{MediaCommand, Output};
use switchhook_media::relay::{Side, Statistics};
use switchhook_routing::call::Variable;
use switchhook_routing::decision::{Continuation, Decided, Phase, Resumed, Stage, StageOutcome};
use switchhook_routing::verb::{
    Connect, Delegate, Endpoint, Pause, Redial, Respond, Script, Strategy, Target, TrunkNumber,
    Verb,
};
use switchhook_sip::flow::{Flow, ListenerId, Transport};

use crate::media::FakeMedia;
use crate::templates::{self, CALLEE, CALLER, SDP};
use crate::town;

/// How many messages, tickets and the like are remembered.
const MEMORY: usize = 16;
/// Events of one course.
const MAX_EVENTS: usize = 400;
/// How long the exchange may take to come to rest: several times 64·T1.
const REST: Duration = Duration::from_secs(400);

const METHODS: [&str; 10] = [
    "ACK", "BYE", "INVITE", "OPTIONS", "INFO", "UPDATE", "PRACK", "CANCEL", "REFER", "NONSENSE",
];
const STATUSES: [u16; 16] = [
    100, 180, 183, 199, 200, 202, 301, 302, 401, 407, 408, 481, 486, 491, 500, 603,
];

/// Bytes that are drawn from one after another; zeros when they are used up.
struct Chooser<'a>(&'a [u8]);

impl Chooser<'_> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    fn chance(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.below(from.len());
        from.get(index).cloned()
    }
}

struct Course {
    exchange: Exchange,
    config: Arc<Config>,
    media: FakeMedia,
    start: Instant,
    now: Instant,
    sent: Vec<(Flow, String)>,
    given: Vec<(Flow, Bytes)>,
    tickets: Vec<Ticket>,
    resumptions: Vec<Ticket>,
    lookups: Vec<Lookup>,
    sessions: Vec<SessionId>,
    call_ids: Vec<String>,
}

/// Runs the course that the bytes describe.
///
/// # Panics
/// If the exchange panics, or is not idle in the end.
pub fn run(bytes: &[u8]) {
    let mut course = Course::new();
    let mut chooser = Chooser(bytes);
    for _ in 0..MAX_EVENTS {
        if chooser.0.is_empty() {
            break;
        }
        course.event(&mut chooser);
    }
    course.rest();
}

impl Course {
    fn new() -> Course {
        let mut config = Config::clone(&town::config(&["alice", "bob"]));
        for domain in config.domains.values_mut() {
            domain.trunks = vec![town::trunk("caller", CALLER), town::trunk("callee", CALLEE)];
        }
        let config = Arc::new(config);
        let now = Instant::now();
        let mut course = Course {
            exchange: Exchange::new(now, 0, 1, 0, config.clone()),
            config,
            media: FakeMedia::new(64),
            start: now,
            now,
            sent: Vec::new(),
            given: Vec::new(),
            tickets: Vec::new(),
            resumptions: Vec::new(),
            lookups: Vec::new(),
            sessions: Vec::new(),
            call_ids: Vec::new(),
        };
        course.drain();
        course
    }

    fn event(&mut self, chooser: &mut Chooser<'_>) {
        match chooser.below(16) {
            0 | 1 => {
                let sdp = if chooser.chance() { SDP } else { "" };
                let call = chooser.below(4) as u64;
                self.receive(flow(CALLER), templates::invite(call, sdp));
            }
            2 | 3 => self.respond(chooser),
            4 => self.request(chooser),
            5 => self.receive(flow(CALLER), templates::cancel(chooser.below(4) as u64)),
            6 => self.mutated(chooser),
            7 | 8 => self.pass(Duration::from_millis(1 << chooser.below(16))),
            9 => self.decide(chooser),
            10 => {
                if let Some(session) = chooser.pick(&self.sessions) {
                    let side = if chooser.chance() {
                        Side::Caller
                    } else {
                        Side::Callee
                    };
                    let event = if chooser.chance() {
                        MediaEvent::Timeout { side }
                    } else {
                        MediaEvent::Closed(Statistics::default())
                    };
                    self.handle(Input::Media { session, event });
                }
            }
            11 => self.handle(Input::FlowFailed {
                flow: flow(chooser.byte() & 3),
            }),
            12 => {
                if let Some(lookup) = chooser.pick(&self.lookups) {
                    let count = chooser.below(3);
                    let addresses = (0..count).map(|n| flow(CALLEE + n as u8).peer).collect();
                    self.handle(Input::Resolved { lookup, addresses });
                }
            }
            13 => self.command(chooser),
            14 => {
                let number = chooser.below(4) as u64;
                self.receive(flow(chooser.byte()), templates::register(number));
            }
            _ => {
                let length = chooser.below(64);
                let bytes: Vec<u8> = (0..length).map(|_| chooser.byte()).collect();
                self.receive(flow(CALLER), Bytes::from(bytes));
            }
        }
    }

    /// Answers something that the exchange sent, with any status.
    fn respond(&mut self, chooser: &mut Chooser<'_>) {
        if let (Some((flow, text)), Some(status)) =
            (chooser.pick(&self.sent), chooser.pick(&STATUSES))
        {
            let sdp = if chooser.chance() { SDP } else { "" };
            let response = templates::response(&text, &format!("{status} Whatever"), sdp);
            self.receive(flow, Bytes::from(response));
        }
    }

    /// A request in the dialog of something that the exchange sent.
    fn request(&mut self, chooser: &mut Chooser<'_>) {
        if let (Some((flow, text)), Some(method)) =
            (chooser.pick(&self.sent), chooser.pick(&METHODS))
        {
            let sdp = if chooser.chance() { SDP } else { "" };
            let sequence = chooser.below(6) as u32;
            let request = templates::in_dialog(&text, method, sequence, sdp);
            self.receive(flow, Bytes::from(request));
        }
    }

    /// Something that was received before, with some bytes changed, moved or cut off.
    fn mutated(&mut self, chooser: &mut Chooser<'_>) {
        let Some((flow, bytes)) = chooser.pick(&self.given) else {
            return;
        };
        let mut bytes = bytes.to_vec();
        for _ in 0..chooser.below(8) {
            let at = (chooser.below(256) * 256 + chooser.below(256)) % bytes.len().max(1);
            match chooser.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), chooser.byte()),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = chooser.byte();
                    }
                }
            }
        }
        self.receive(flow, Bytes::from(bytes));
    }

    fn decide(&mut self, chooser: &mut Chooser<'_>) {
        if let Some(ticket) = chooser.pick(&self.tickets) {
            let author = Stage {
                plugin: town::PLUGIN.to_owned(),
                version: String::new(),
                phase: Phase::Route,
                outcome: StageOutcome::Script,
                nanoseconds: 0,
            };
            let decided = Decided {
                script: chooser.chance().then(|| script(chooser)),
                stages: vec![author],
                ..Decided::default()
            };
            self.handle(Input::Decided { ticket, decided });
        }
        if let Some(ticket) = chooser.pick(&self.resumptions) {
            let continuation = match chooser.below(3) {
                0 => None,
                1 => Some(Continuation::Proceed),
                _ => Some(Continuation::Script(script(chooser))),
            };
            let resumed = Resumed {
                continuation,
                stages: Vec::new(),
            };
            self.handle(Input::Resumed { ticket, resumed });
        }
    }

    fn command(&mut self, chooser: &mut Chooser<'_>) {
        match chooser.below(4) {
            0 => {
                if let Some(call_id) = chooser.pick(&self.call_ids) {
                    self.handle(Input::Command(Command::HangUp { call_id }));
                }
            }
            1 => self.handle(Input::Command(Command::Configure(self.config.clone()))),
            2 => self.handle(Input::Backlog {
                messages: chooser.below(256) * 64,
            }),
            _ => self.handle(Input::PortsGranted(Vec::new())),
        }
    }

    fn receive(&mut self, flow: Flow, bytes: Bytes) {
        remember(&mut self.given, (flow, bytes.clone()));
        self.handle(Input::Received { flow, bytes });
    }

    fn handle(&mut self, input: Input) {
        self.exchange.handle(self.now, input);
        self.drain();
    }

    /// Lets time pass, with everything that is due in it.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.exchange.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.handle(Input::Timeout);
        }
        self.now = end;
    }

    fn rest(&mut self) {
        self.handle(Input::Command(Command::HangUpAll));
        self.pass(REST);
        let lived = self.now - self.start;
        assert!(
            self.exchange.is_idle(),
            "not idle after {lived:?} and the end of every call"
        );
    }

    fn drain(&mut self) {
        while let Some(output) = self.exchange.poll_output() {
            match output {
                Output::Send { flow, bytes } => {
                    if let Ok(text) = String::from_utf8(bytes.to_vec()) {
                        remember(&mut self.sent, (flow, text));
                    }
                }
                Output::Decide(request) => {
                    remember(&mut self.tickets, request.ticket);
                    remember(&mut self.call_ids, request.call.id);
                }
                Output::Resolve { lookup, .. } => remember(&mut self.lookups, lookup),
                Output::Media(command) => {
                    if let MediaCommand::Open { session, .. } = &command {
                        remember(&mut self.sessions, *session);
                    }
                    if let Some((_, answer)) = self.media.carry_out(self.now, command) {
                        self.exchange.handle(self.now, answer);
                    }
                }
                Output::Resume(request) => remember(&mut self.resumptions, request.ticket),
                Output::Gate(_)
                | Output::View(_)
                | Output::Event(_)
                | Output::Record(_)
                | Output::CallEnded { .. } => {}
            }
        }
    }
}

fn remember<T>(memory: &mut Vec<T>, value: T) {
    if memory.len() >= MEMORY {
        memory.remove(0);
    }
    memory.push(value);
}

fn flow(last: u8) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: SocketAddr::from(([10, 0, 2, last], 5060)),
        connection: None,
    }
}

fn script(chooser: &mut Chooser<'_>) -> Script {
    (0..chooser.below(4)).map(|_| verb(chooser)).collect()
}

fn verb(chooser: &mut Chooser<'_>) -> Verb {
    match chooser.below(10) {
        8 => Verb::Answer,
        9 => Verb::SetVariable(Variable {
            name: chooser.byte().to_string(),
            value: chooser.byte().to_string(),
        }),
        0 => Verb::Respond(Respond {
            status: u16::from(chooser.byte()) * 4,
            reason: None,
            headers: Vec::new(),
        }),
        1 => Verb::Pause(Pause {
            milliseconds: 1 << chooser.below(32),
            tag: tag(chooser),
        }),
        2 => Verb::Delegate(Delegate {
            plugin: town::PLUGIN.to_owned(),
        }),
        3 => Verb::Redial(Redial {
            callee: format!("{}", chooser.byte()),
        }),
        _ => Verb::Connect(Connect {
            targets: (0..chooser.below(4)).map(|_| target(chooser)).collect(),
            strategy: match chooser.below(5) {
                0 => Strategy::Simultaneous,
                1 => Strategy::RoundRobin,
                2 => Strategy::Random,
                3 => Strategy::LongestIdle,
                _ => Strategy::Sequential,
            },
            timeout_seconds: chooser.chance().then(|| u32::from(chooser.byte())),
            keep_caller: chooser.chance(),
            reconnect: chooser.chance(),
            tag: tag(chooser),
            ..Connect::default()
        }),
    }
}

fn tag(chooser: &mut Chooser<'_>) -> Option<String> {
    chooser.chance().then(|| "t".to_owned())
}

fn target(chooser: &mut Chooser<'_>) -> Target {
    let endpoint = match chooser.below(5) {
        4 => Endpoint::RingGroup(town::TEAM.to_owned()),
        0 => Endpoint::Client("alice".to_owned()),
        1 => Endpoint::Uri("sip:bob@callee.test".to_owned()),
        2 => Endpoint::Uri(format!("sip:bob@10.0.2.{}", chooser.byte())),
        _ => Endpoint::Trunk(TrunkNumber {
            trunk: "callee".to_owned(),
            number: chooser.byte().to_string(),
        }),
    };
    Target {
        endpoint,
        ring_seconds: chooser.chance().then(|| u32::from(chooser.byte())),
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt as _, SeedableRng as _};

    #[test]
    fn no_course_of_events_makes_the_exchange_panic_or_stay_busy() {
        for seed in 0..300 {
            let mut rng = SmallRng::seed_from_u64(seed);
            let bytes: Vec<u8> = (0..600).map(|_| rng.random()).collect();
            println!("seed {seed}");
            super::run(&bytes);
        }
    }
}
