//! Whole calls through an exchange, its own time alone: the parties' messages are made outside of the measured time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_call::config::media_rules::MediaRules;
use switchhook_call::config::trunks::Trunk;
use switchhook_call::config::{Config, Domain, Listener};
use switchhook_call::dialplan::{Dialplan, PluginStep, Route};
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::keys::MediaPorts;
use switchhook_call::media_command::{MediaCommand, MediaEvent};
use switchhook_call::output::Output;
use switchhook_media::relay::Statistics;
use switchhook_media::sdp::Encodings;
use switchhook_routing::decision::{Decided, Phase};
use switchhook_routing::verb::{Connect, Endpoint, Strategy, Target, Verb};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::message::{Message, Request, Response};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n";

struct World {
    exchange: Exchange,
    now: Instant,
    busy: Duration,
    to_alice: Vec<Message>,
    to_bob: Vec<Message>,
    calls: u64,
}

fn flow(port: u16) -> Flow {
    let peer = ([127, 0, 0, 1], port).into();
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer,
        connection: None,
    }
}

fn config() -> Config {
    let plugins: Arc<[PluginStep]> = Arc::from([PluginStep {
        name: "p".into(),
        phase: Phase::Route,
        fail_open: false,
    }]);
    let plan = Dialplan::new([(
        "*",
        Route {
            plugins,
            fallback: None,
            variables: Vec::new(),
        },
    )])
    .unwrap();
    // As the daemon has it if its configuration says nothing.
    let media = MediaRules {
        transcoding: Encodings::available(),
        ..MediaRules::default()
    };
    let trunk = Trunk {
        name: "t".into(),
        sources: vec!["127.0.0.0/8".parse().unwrap()],
        dialplan: "default".into(),
        media: media.clone(),
        ..Trunk::default()
    };
    let domain = Domain {
        name: "127.0.0.1".into(),
        trunks: vec![trunk],
        dialplans: [("default".to_owned(), plan)].into(),
        media,
        ..Domain::default()
    };
    Config {
        listeners: vec![Listener {
            id: ListenerId(0),
            transport: Transport::Udp,
            bound: ([127, 0, 0, 1], 5060).into(),
            advertised_host: "127.0.0.1".into(),
            advertised_port: 5060,
            networks: Vec::new(),
        }],
        domains: [("127.0.0.1".to_owned(), domain)].into(),
        ..Config::default()
    }
}

impl World {
    fn new() -> World {
        let now = Instant::now();
        let mut world = World {
            exchange: Exchange::new(now, 1_800_000_000_000, 1, 0, Arc::new(config())),
            now,
            busy: Duration::ZERO,
            to_alice: Vec::new(),
            to_bob: Vec::new(),
            calls: 0,
        };
        world.drain();
        world
    }

    fn input(&mut self, input: Input) {
        let start = Instant::now();
        self.exchange.handle(self.now, input);
        self.busy += start.elapsed();
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            let start = Instant::now();
            let output = self.exchange.poll_output();
            self.busy += start.elapsed();
            let Some(output) = output else { return };
            let next = match output {
                Output::Send { flow, bytes } => {
                    let message = Message::from_bytes(bytes).unwrap();
                    match flow.peer.port() {
                        5070 => self.to_alice.push(message),
                        _ => self.to_bob.push(message),
                    }
                    continue;
                }
                Output::Decide(request) => {
                    let endpoint = Endpoint::Uri("sip:bob@127.0.0.1:5080".into());
                    let targets = vec![Target {
                        endpoint,
                        ring_seconds: None,
                    }];
                    let strategy = Strategy::Simultaneous;
                    let connect = Connect {
                        targets,
                        strategy,
                        ..Connect::default()
                    };
                    let script = Some(vec![Verb::Connect(connect)]);
                    let decided = Decided {
                        script,
                        stages: Vec::new(),
                        variables: Vec::new(),
                    };
                    Input::Decided {
                        ticket: request.ticket,
                        decided,
                    }
                }
                Output::Media(MediaCommand::WantPorts { ipv6: false, count }) => {
                    let address = [127, 0, 0, 1].into();
                    let port = MediaPorts {
                        slot: 0,
                        address,
                        rtp_port: 20_000,
                    };
                    Input::PortsGranted(vec![port; count])
                }
                Output::Media(MediaCommand::Close { session }) => {
                    let event = MediaEvent::Closed(Statistics::default());
                    Input::Media { session, event }
                }
                _ => continue,
            };
            let start = Instant::now();
            self.exchange.handle(self.now, next);
            self.busy += start.elapsed();
        }
    }

    fn receive(&mut self, port: u16, text: String) {
        self.input(Input::Received {
            flow: flow(port),
            bytes: Bytes::from(text),
        });
    }

    /// A whole call: 14 messages in and out, 100 and 180 included.
    fn call(&mut self) {
        self.calls += 1;
        let n = self.calls;
        let dialog = |to: &str, cseq: &str| {
            format!(
                "Max-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@127.0.0.1>;tag=a{n}\r\nTo: {to}\r\n\
                 Call-ID: {n}@bench\r\nCSeq: {cseq}\r\nContact: <sip:alice@127.0.0.1:5070>\r\n"
            )
        };
        let via = |what: &str| {
            format!("Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{what}{n};rport\r\n")
        };
        let to = "<sip:bob@127.0.0.1>";
        self.receive(5070, format!(
            "INVITE sip:bob@127.0.0.1 SIP/2.0\r\n{}{}User-Agent: bench\r\nAllow: INVITE, ACK, BYE\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{SDP}",
            via("i"), dialog(to, "1 INVITE"), SDP.len()));
        let Some(Message::Request(invite)) = self.to_bob.pop() else {
            panic!("no INVITE")
        };
        self.receive(5080, answer(&invite, 180, ""));
        self.receive(5080, answer(&invite, 200, SDP));
        self.to_bob.clear();
        let Some(Message::Response(ok)) = self.to_alice.pop() else {
            panic!("no 200")
        };
        let to = ok_to(&ok);
        self.receive(
            5070,
            format!(
                "ACK sip:127.0.0.1 SIP/2.0\r\n{}{}Content-Length: 0\r\n\r\n",
                via("a"),
                dialog(&to, "1 ACK")
            ),
        );
        self.receive(
            5070,
            format!(
                "BYE sip:127.0.0.1 SIP/2.0\r\n{}{}Content-Length: 0\r\n\r\n",
                via("b"),
                dialog(&to, "2 BYE")
            ),
        );
        let Some(Message::Request(bye)) = self.to_bob.pop() else {
            panic!("no BYE")
        };
        self.receive(5080, answer(&bye, 200, ""));
        self.to_alice.clear();
        // 5,000 calls a second, so that old transactions end as they do in life.
        self.now += Duration::from_micros(200);
        while self
            .exchange
            .poll_timeout()
            .is_some_and(|at| at <= self.now)
        {
            self.input(Input::Timeout);
        }
    }
}

fn ok_to(ok: &Response) -> String {
    ok.to().to_string()
}

fn answer(request: &Request, status: u16, body: &str) -> String {
    let to = match request.to().tag() {
        Some(_) => request.to().to_string(),
        None => format!("{};tag=bob", request.to()),
    };
    let content = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\r\n"
    };
    format!(
        "SIP/2.0 {status} X\r\nVia: {}\r\nFrom: {}\r\nTo: {to}\r\nCall-ID: {}\r\nCSeq: {} {}\r\n\
         Contact: <sip:bob@127.0.0.1:5080>\r\n{content}Content-Length: {}\r\n\r\n{body}",
        request.via().as_str(),
        request.from(),
        request.call_id(),
        request.cseq().number,
        request.cseq().method,
        body.len(),
    )
}

fn main() {
    const BATCH: u32 = 50;
    let mut world = World::new();
    let mut batches = Vec::new();
    let batches_wanted = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    for _ in 0..batches_wanted.unwrap_or(1_000) {
        world.busy = Duration::ZERO;
        for _ in 0..BATCH {
            world.call();
        }
        batches.push(world.busy / BATCH);
    }
    assert_eq!(world.exchange.counters().answered, world.calls);
    batches.sort();
    // On a busy machine the fastest batch is the one that nobody interrupted.
    let (best, median) = (batches[0], batches[batches.len() / 2]);
    let per_second = 1.0 / best.as_secs_f64();
    println!(
        "exchange alone, a whole call: best {best:?} ({per_second:.0} calls/s), median {median:?}"
    );
}
