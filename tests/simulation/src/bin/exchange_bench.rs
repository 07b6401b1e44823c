//! The exchange alone: whole calls (INVITE, 180, 200, ACK, BYE, 200; a decision and media on the way) by user agents that
//! are byte templates, in virtual time, on one core. Only the time within the exchange counts.
//!
//! `cargo run --release -p switchhook-simulation --bin exchange_bench [CALLS [CALLS_PER_VIRTUAL_SECOND]]`

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::output::Output;
use switchhook_routing::decision::Decided;
use switchhook_routing::verb::{Connect, Endpoint, Script, Target, TrunkNumber, Verb};
use switchhook_simulation::media::FakeMedia;
use switchhook_simulation::templates::{CALLEE, CALLER, SDP, in_dialog, invite, response};
use switchhook_simulation::town;
use switchhook_sip::flow::{Flow, ListenerId, Transport};

const DEFAULT_CALLS: u64 = 200_000;
const DEFAULT_RATE: u64 = 5_000;
/// How long each call is talked: virtual time.
const TALK: Duration = Duration::from_millis(100);

struct Bench {
    exchange: Exchange,
    media: FakeMedia,
    now: Instant,
    inputs: VecDeque<Input>,
    hang_ups: VecDeque<(Instant, Bytes)>,
    spent: Duration,
    script: Arc<Script>,
    caller: Flow,
    callee: Flow,
    messages_in: u64,
    messages_out: u64,
    records: u64,
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map_while(|argument| argument.parse().ok());
    let calls: u64 = arguments.next().unwrap_or(DEFAULT_CALLS);
    let rate: u64 = arguments.next().unwrap_or(DEFAULT_RATE).max(1);
    let mut bench = Bench::new();
    bench.run(calls / 10, rate, 0);
    let before = (
        bench.spent,
        bench.records,
        bench.messages_in + bench.messages_out,
    );
    let (began, processor) = (Instant::now(), processor_time());
    bench.run(calls, rate, calls);
    let (passed, processor) = (began.elapsed(), processor_time().zip(processor));
    let share = (bench.spent - before.0).as_secs_f64() / passed.as_secs_f64();
    let total = processor.map_or(passed, |(after, before)| after - before);
    let spent = share * total.as_secs_f64();
    let done = (bench.records - before.1) as f64;
    let messages = (bench.messages_in + bench.messages_out - before.2) as f64;
    println!(
        "exchange alone: {done} calls, {:.1} messages a call; {:.0} calls/s on one core, {:.2} µs a call \
         ({:.0} % of the processor time; the user agents and the harness took the rest)",
        messages / done,
        done / spent,
        spent * 1e6 / done,
        share * 100.0,
    );
    bench.rest();
    println!("idle after 64*T1: {}", bench.exchange.is_idle());
}

impl Bench {
    fn new() -> Bench {
        let now = Instant::now();
        let flow = |last: u8| Flow {
            transport: Transport::Udp,
            listener: ListenerId(0),
            peer: SocketAddr::from(([10, 0, 2, last], 5060)),
            connection: None,
        };
        let mut bench = Bench {
            exchange: Exchange::new(now, 0, 1, 0, configuration()),
            media: FakeMedia::new(20_000),
            now,
            inputs: VecDeque::new(),
            hang_ups: VecDeque::new(),
            spent: Duration::ZERO,
            script: Arc::new(script()),
            caller: flow(CALLER),
            callee: flow(CALLEE),
            messages_in: 0,
            messages_out: 0,
            records: 0,
        };
        bench.settle();
        bench
    }

    fn run(&mut self, calls: u64, rate: u64, offset: u64) {
        let interval = Duration::from_nanos(1_000_000_000 / rate);
        for call in 0..calls {
            self.now += interval;
            let bytes = invite(offset * 10 + call, SDP);
            self.inputs.push_back(Input::Received {
                flow: self.caller,
                bytes,
            });
            self.settle();
        }
        while let Some((at, _)) = self.hang_ups.front() {
            self.now = self.now.max(*at);
            self.settle();
        }
    }

    /// Until nothing of the calls is left.
    fn rest(&mut self) {
        for _ in 0..1_000 {
            self.now += Duration::from_millis(100);
            self.settle();
        }
    }

    /// Handles everything that is due now.
    fn settle(&mut self) {
        loop {
            while self.hang_ups.front().is_some_and(|(at, _)| *at <= self.now) {
                if let Some((_, bytes)) = self.hang_ups.pop_front() {
                    self.inputs.push_back(Input::Received {
                        flow: self.caller,
                        bytes,
                    });
                }
            }
            let due = || {
                self.exchange
                    .poll_timeout()
                    .is_some_and(|at| at <= self.now)
            };
            let input = match self.inputs.pop_front() {
                Some(input) => input,
                None if due() => Input::Timeout,
                None => {
                    self.drain();
                    if self.inputs.is_empty() {
                        return;
                    }
                    continue;
                }
            };
            if matches!(input, Input::Received { .. }) {
                self.messages_in += 1;
            }
            let began = Instant::now();
            self.exchange.handle(self.now, input);
            self.spent += began.elapsed();
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            let began = Instant::now();
            let output = self.exchange.poll_output();
            self.spent += began.elapsed();
            match output {
                None => break,
                Some(Output::Send { flow, bytes }) => {
                    self.messages_out += 1;
                    self.answer(flow, &bytes);
                }
                Some(Output::Decide(request)) => {
                    let decided = Decided {
                        script: Some((*self.script).clone()),
                        stages: Vec::new(),
                        variables: Vec::new(),
                    };
                    self.inputs.push_back(Input::Decided {
                        ticket: request.ticket,
                        decided,
                    });
                }
                Some(Output::Media(command)) => {
                    let answer = self.media.carry_out(self.now, command);
                    self.inputs
                        .extend(answer.into_iter().map(|(_, input)| input));
                }
                Some(Output::Record(_)) => self.records += 1,
                Some(_) => {}
            }
        }
    }

    /// What the user agents say to a message of the exchange.
    fn answer(&mut self, flow: Flow, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let mut say = |bytes: String| {
            self.inputs.push_back(Input::Received {
                flow,
                bytes: Bytes::from(bytes),
            });
        };
        if flow.peer == self.callee.peer {
            if text.starts_with("INVITE ") {
                say(response(text, "180 Ringing", ""));
                say(response(text, "200 OK", SDP));
            } else if text.starts_with("BYE ") {
                say(response(text, "200 OK", ""));
            }
        } else if text.starts_with("SIP/2.0 200 ") && text.contains(" INVITE\r\n") {
            say(in_dialog(text, "ACK", 1, ""));
            let bye = in_dialog(text, "BYE", 2, "");
            self.hang_ups.push_back((self.now + TALK, Bytes::from(bye)));
        }
    }
}

/// The processor time of this thread; `None` where the kernel does not say it.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(
        text.split_whitespace().next()?.parse().ok()?,
    ))
}

fn configuration() -> Arc<Config> {
    let mut config = Config::clone(&town::config(&[]));
    for domain in config.domains.values_mut() {
        domain.trunks = vec![town::trunk("caller", CALLER), town::trunk("callee", CALLEE)];
    }
    config.limits.ports_low_water = 512;
    config.limits.ports_batch = 512;
    config.limits.calls = 100_000;
    Arc::new(config)
}

fn script() -> Script {
    let number = TrunkNumber {
        trunk: "callee".to_owned(),
        number: "2001".to_owned(),
    };
    vec![Verb::Connect(Connect {
        targets: vec![Target {
            endpoint: Endpoint::Trunk(number),
            ring_seconds: None,
        }],
        ..Connect::default()
    })]
}
