//! Many bindings in one exchange: what one costs in memory, how many REGISTERs a core refreshes in a second, and what finding
//! a client's contacts costs as they grow. Clients' messages are made outside of the measured time.
//!
//! `cargo bench -p switchhook-call --bench registrar [-- BINDINGS …]`; without numbers 1,000, 10,000 and 100,000. `--test`: a few.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::{Client, Config, Domain, Listener, RegistrationSeconds};
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::limits::Limits;
use switchhook_call::output::Output;
use switchhook_sip::digest::{Ha1, Login, NonceCount, Signed, answer};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::message::{Message, Response};

/// So many clients register between two looks at the clock, so that what is measured fits into the caches as it does in life.
const SLICE: usize = 1_000;
/// Longer than any transaction lasts.
const TRANSACTIONS: Duration = Duration::from_secs(40);
const LOOK_UPS: u32 = 1_000_000;
const DOMAIN: &str = "example.test";
const URI: &str = "sip:example.test";

struct World {
    exchange: Exchange,
    now: Instant,
    answers: Vec<Response>,
    /// Time within the exchange.
    busy: Duration,
}

fn user(number: usize) -> String {
    format!("{:06}", 100_000 + number)
}

fn flow(number: usize) -> Flow {
    let [_, a, b, c] = (number as u32).to_be_bytes();
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: ([10, a, b, c], 5060).into(),
        connection: None,
    }
}

fn config(clients: usize) -> Config {
    let client = |number| {
        let username = user(number);
        let ha1 = Some(Ha1::from_password(&username, DOMAIN, "secret"));
        let client = Client {
            username: username.clone(),
            ha1,
            ..Client::default()
        };
        (username, client)
    };
    let domain = Domain {
        name: DOMAIN.to_owned(),
        clients: (0..clients).map(client).collect(),
        registration_seconds: RegistrationSeconds {
            max: 604_800,
            ..RegistrationSeconds::default()
        },
        ..Domain::default()
    };
    Config {
        listeners: vec![Listener {
            id: ListenerId(0),
            transport: Transport::Udp,
            bound: ([10, 0, 0, 1], 5060).into(),
            advertised_host: "10.0.0.1".to_owned(),
            advertised_port: 5060,
            networks: Vec::new(),
        }],
        domains: [(DOMAIN.to_owned(), domain)].into(),
        limits: Limits {
            registrations: Limits::default().registrations.max(clients),
            ..Limits::default()
        },
        ..Config::default()
    }
}

/// A REGISTER as a desk phone says it.
fn register(number: usize, cseq: u32, more: &str) -> Bytes {
    let user = user(number);
    let at = flow(number).peer;
    Bytes::from(format!(
        "REGISTER {URI} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bK-{number}-{cseq};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:{user}@{DOMAIN}>;tag=t{number}\r\nTo: <sip:{user}@{DOMAIN}>\r\nCall-ID: {number:08x}-4a5b6c7d@{}\r\n\
         CSeq: {cseq} REGISTER\r\nContact: <sip:{user}@{at};line=1>;+sip.instance=\"<urn:uuid:00000000-0000-4000-8000-{number:012x}>\"\r\n\
         Expires: 604800\r\nUser-Agent: Desk Phone 1.2.3\r\n{more}Content-Length: 0\r\n\r\n",
        at.ip()
    ))
}

impl World {
    fn new(clients: usize) -> World {
        let now = Instant::now();
        World {
            exchange: Exchange::new(now, 1_800_000_000_000, 1, 0, Arc::new(config(clients))),
            now,
            answers: Vec::with_capacity(SLICE),
            busy: Duration::ZERO,
        }
    }

    /// Has the exchange handle all of these and gives the answers.
    fn all(&mut self, messages: Vec<(Flow, Bytes)>) -> Vec<Response> {
        let mut sent = Vec::with_capacity(messages.len());
        let begin = Instant::now();
        for (flow, bytes) in messages {
            self.exchange
                .handle(self.now, Input::Received { flow, bytes });
            while let Some(output) = self.exchange.poll_output() {
                if let Output::Send { bytes, .. } = output {
                    sent.push(bytes);
                }
            }
        }
        self.busy += begin.elapsed();
        self.answers.clear();
        for bytes in sent {
            if let Ok(Message::Response(response)) = Message::from_bytes(bytes) {
                self.answers.push(response);
            }
        }
        std::mem::take(&mut self.answers)
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.exchange.handle(self.now, Input::Timeout);
            while self.exchange.poll_output().is_some() {}
        }
        self.now = end;
    }
}

/// What was measured of a slice of clients.
#[derive(Default)]
struct Measured {
    /// A challenge and the REGISTER that answers it.
    challenged: Duration,
    /// A REGISTER that uses the nonce of the one before.
    kept: Duration,
}

/// Each of these registers, and once more with the nonce that it has.
fn slice(world: &mut World, numbers: std::ops::Range<usize>, cseq: u32) -> Measured {
    world.busy = Duration::ZERO;
    let of = |numbers: std::ops::Range<usize>, cseq, more: &dyn Fn(usize) -> String| {
        let messages = numbers.map(|number| (flow(number), register(number, cseq, &more(number))));
        messages.collect::<Vec<_>>()
    };
    let first = numbers.start;
    let challenges = world.all(of(numbers.clone(), cseq, &|_| String::new()));
    let sign = |number: usize, cnonce: &str, count: &mut NonceCount| {
        let challenge = &challenges[number - first];
        assert_eq!(challenge.status(), 401);
        let values: Vec<_> = challenge.headers("WWW-Authenticate").collect();
        let login = Login {
            username: &user(number),
            password: "secret",
        };
        let signed = Signed {
            method: "REGISTER",
            uri: URI,
            body: b"",
        };
        let values = values.iter().map(AsRef::as_ref);
        let (_, value) = answer(values, login, signed, cnonce, count).unwrap();
        format!("Authorization: {value}\r\n")
    };
    let counts: Vec<_> = numbers.clone().map(|_| NonceCount::default()).collect();
    let counts = std::cell::RefCell::new(counts);
    let signed = |number: usize| sign(number, "c", &mut counts.borrow_mut()[number - first]);
    let messages = of(numbers.clone(), cseq + 1, &signed);
    let answers = world.all(messages);
    assert!(answers.iter().all(|answer| answer.status() == 200));
    let challenged = std::mem::take(&mut world.busy);
    let messages = of(numbers, cseq + 2, &signed);
    let answers = world.all(messages);
    assert!(answers.iter().all(|answer| answer.status() == 200));
    let kept = world.busy;
    world.pass(TRANSACTIONS);
    Measured { challenged, kept }
}

fn all_slices(world: &mut World, clients: usize, cseq: u32) -> Measured {
    let mut sum = Measured::default();
    for begin in (0..clients).step_by(SLICE) {
        let measured = slice(world, begin..clients.min(begin + SLICE), cseq);
        sum.challenged += measured.challenged;
        sum.kept += measured.kept;
    }
    sum
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4096
}

fn look_up(world: &World, clients: usize) -> Duration {
    let users: Vec<_> = (0..4096).map(|i| user(i * 7919 % clients)).collect();
    let begin = Instant::now();
    for at in 0..LOOK_UPS as usize {
        let user = &users[at * 2_654_435_761 % users.len()];
        black_box(world.exchange.contacts_of(DOMAIN, user));
    }
    begin.elapsed() / LOOK_UPS
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let numbers = match numbers.as_slice() {
        _ if std::env::args().any(|argument| argument == "--test") => vec![100],
        [] => vec![1_000, 10_000, 100_000],
        given => given.to_vec(),
    };
    println!("bindings  bytes each  registrations/s  refreshes/s  look-up");
    for clients in numbers {
        let mut world = World::new(clients);
        // What the transactions of one slice take stays with the allocator.
        slice(&mut world, 0..clients.min(SLICE), 1);
        let before = resident_bytes();
        all_slices(&mut world, clients, 11);
        // Those of the first slice were there before.
        let bytes = match clients.saturating_sub(SLICE) {
            0 => "-".to_owned(),
            new => (resident_bytes().saturating_sub(before) / new).to_string(),
        };
        assert_eq!(world.exchange.registrations(), clients);
        let again = all_slices(&mut world, clients, 21);
        let rate = |time: Duration| clients as f64 / time.as_secs_f64();
        println!(
            "{clients:>8}  {bytes:>10}  {:>15.0}  {:>11.0}  {:>4} ns",
            rate(again.challenged),
            rate(again.kept),
            look_up(&world, clients).as_nanos()
        );
    }
}
