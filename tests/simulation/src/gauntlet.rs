//! Bytes as a course of events for an exchange: messages from templates, mutated ones, answers that fit and answers that
//! do not, decisions early, late and twice, time that passes. Whatever comes, the exchange does not panic, and is idle in
//! the end. The fuzz target `exchange` is this function; a test runs it on bytes of chance.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input};
use switchhook_call::keys::{GateTicket, Lookup, SessionId, Ticket};
use switchhook_call::media_command::{MediaCommand, MediaEvent};
use switchhook_call::output::Output;
use switchhook_media::relay::{Side, Statistics};
use switchhook_routing::decision::{Continuation, Decided, Phase, Resumed, Stage, StageOutcome};
use switchhook_routing::registration::{Gated, Grant, Proof, Refusal};
use switchhook_sip::digest::{Login, NonceCount, Signed, answer};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::locate::Candidate;

use crate::chooser::{Chooser, script};
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
    gates: Vec<GateTicket>,
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
        let mut config = Config::clone(&town::guarded(&["alice", "bob", "carol"], &["carol"]));
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
            gates: Vec::new(),
            lookups: Vec::new(),
            sessions: Vec::new(),
            call_ids: Vec::new(),
        };
        course.drain();
        course
    }

    fn event(&mut self, chooser: &mut Chooser<'_>) {
        match chooser.below(18) {
            16 => self.register(chooser),
            17 => self.gate(chooser),
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
                    let candidates = (0..count).map(|n| Candidate {
                        transport: Transport::Udp,
                        address: flow(CALLEE + n as u8).peer,
                    });
                    let candidates = candidates.collect();
                    self.handle(Input::Resolved { lookup, candidates });
                }
            }
            13 => self.command(chooser),
            14 => {
                let number = chooser.below(4) as u64;
                let user = ["alice", "carol"][chooser.below(2)];
                let register = templates::register(number, user, "");
                self.receive(flow(chooser.byte()), register);
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

    /// Answers a challenge with credentials, right or wrong ones.
    fn register(&mut self, chooser: &mut Chooser<'_>) {
        let challenged = self.sent.iter().rev().find_map(|(flow, text)| {
            let mut lines = text.lines();
            let value = lines.find_map(|line| line.strip_prefix("WWW-Authenticate: "))?;
            Some((*flow, value.to_owned()))
        });
        let Some((flow, challenge)) = challenged else {
            return;
        };
        let user = ["carol", "cecil"][chooser.below(2)];
        let login = Login {
            username: user,
            password: ["carol", "wrong"][chooser.below(2)],
        };
        let signed = Signed {
            method: "REGISTER",
            uri: "sip:example.test",
            body: b"",
        };
        let mut count = NonceCount::default();
        let answered = answer([challenge.as_str()], login, signed, "c", &mut count);
        if let Ok((_, value)) = answered {
            let field = format!("Authorization: {value}\r\n");
            let number = 8 + chooser.below(8) as u64;
            self.receive(flow, templates::register(number, user, &field));
        }
    }

    fn gate(&mut self, chooser: &mut Chooser<'_>) {
        let Some(ticket) = chooser.pick(&self.gates) else {
            return;
        };
        let answer = match chooser.below(4) {
            0 => None,
            1 => Some(Err(Refusal {
                status: u16::from(chooser.byte()) * 4,
                reason: None,
            })),
            _ => Some(Ok(Grant {
                proof: match chooser.below(3) {
                    0 => Proof::Checked,
                    1 => Proof::Password("carol".to_owned()),
                    _ => Proof::Ha1(chooser.byte().to_string()),
                },
                expires_seconds: chooser.chance().then(|| u32::from(chooser.byte())),
                dialplan: None,
                codecs: Vec::new(),
            })),
        };
        let stage = author();
        let gated = Gated { answer, stage };
        self.handle(Input::Gated { ticket, gated });
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
            let decided = Decided {
                script: chooser.chance().then(|| script(chooser)),
                stages: vec![author()],
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
                    for (_, answer) in self.media.carry_out(self.now, command) {
                        if self.media.comes_true(&answer) {
                            self.exchange.handle(self.now, answer);
                        }
                    }
                }
                Output::Resume(request) => remember(&mut self.resumptions, request.ticket),
                Output::Gate(request) => remember(&mut self.gates, request.ticket),
                Output::View(_)
                | Output::Mailbox(_)
                | Output::Keep(_)
                | Output::Conduct { .. }
                | Output::Event(_)
                | Output::Record(_)
                | Output::Trunk(_)
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

fn author() -> Stage {
    Stage {
        plugin: town::PLUGIN.to_owned(),
        version: String::new(),
        phase: Phase::Route,
        outcome: StageOutcome::Script,
        nanoseconds: 0,
    }
}

fn flow(last: u8) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: SocketAddr::from(([10, 0, 2, last], 5060)),
        connection: None,
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
