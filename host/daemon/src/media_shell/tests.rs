//! The media shell on real sockets of the loopback interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use switchhook_call::input::Input;
use switchhook_call::keys::{MediaPorts, SessionId};
use switchhook_call::media_command::{MediaCommand, MediaEvent};
use switchhook_media::codec::Encoding;
use switchhook_media::relay::{RelayConfig, Side, Statistics};
use switchhook_media::rtp::Packet;
use switchhook_media::sdp::terms::{Clocked, Format};
use switchhook_media::sdp::{Direction, RemoteMedia, Terms};

use crate::media_shell::config::{MediaAddress, MediaShellConfig};
use crate::media_shell::fetching::Tones;
use crate::media_shell::{MediaShell, raise_open_files};

/// How long a test waits for what must come.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);
/// How long a test waits for what must not come.
const MOMENT: Duration = Duration::from_millis(50);

pub(crate) struct Bench {
    pub(crate) shell: MediaShell,
    pub(crate) inputs: Receiver<Input>,
}

impl Bench {
    pub(crate) fn start(config: MediaShellConfig) -> Bench {
        let (sender, inputs) = channel();
        let sink = Arc::new(move |input| drop(sender.send(input)));
        Bench {
            shell: MediaShell::start(config, sink, Arc::new(Tones)).unwrap(),
            inputs,
        }
    }

    pub(crate) fn want(&self, ipv6: bool, count: usize) {
        self.shell.command(MediaCommand::WantPorts { ipv6, count });
    }

    /// The next `count` ports that are granted.
    pub(crate) fn granted(&self, count: usize) -> Vec<MediaPorts> {
        let mut ports = Vec::new();
        while ports.len() < count {
            match self.inputs.recv_timeout(DEADLINE).unwrap() {
                Input::PortsGranted(granted) => ports.extend(granted),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(ports.len(), count);
        ports
    }

    pub(crate) fn open(&self, session: u64, caller: MediaPorts, callee: MediaPorts) -> SessionId {
        let session = SessionId(session);
        self.shell.command(MediaCommand::Open {
            session,
            caller,
            callee,
        });
        session
    }

    pub(crate) fn set(&self, session: SessionId, side: Side, phone: &Phone) {
        let remote = RemoteMedia {
            rtp: Some(phone.rtp.local_addr().unwrap()),
            rtcp: Some(phone.rtcp.local_addr().unwrap()),
            direction: Direction::SendRecv,
            signalling: None,
            terms: terms(),
        };
        self.shell.command(MediaCommand::SetRemote {
            session,
            side,
            remote,
        });
    }

    /// Waits until the session's thread has carried out what it was told: what arrives earlier is thrown away.
    pub(crate) fn settle(&self, session: SessionId) {
        // A close is answered in its turn; adding an even number names the same one of the two threads.
        self.close(SessionId(session.0 + 1_000_000));
    }

    pub(crate) fn close(&self, session: SessionId) -> Statistics {
        self.shell.command(MediaCommand::Close { session });
        loop {
            if let Input::Media {
                session: closed,
                event: MediaEvent::Closed(statistics),
            } = self.inputs.recv_timeout(DEADLINE).unwrap()
            {
                assert_eq!(closed, session);
                return statistics;
            }
        }
    }
}

/// G.711 and keys as events.
fn terms() -> Terms {
    let mut terms = Terms::default();
    terms.push(Format {
        payload_type: 0,
        encoding: Encoding::Pcmu,
    });
    terms.events = Some(Clocked {
        payload_type: 101,
        clock_rate: 8_000,
    });
    terms
}

pub(crate) struct Phone {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    sent: u16,
}

impl Phone {
    pub(crate) fn new(host: IpAddr) -> Phone {
        let socket = || {
            let socket = UdpSocket::bind((host, 0)).unwrap();
            socket.set_read_timeout(Some(DEADLINE)).unwrap();
            socket
        };
        Phone {
            rtp: socket(),
            rtcp: socket(),
            sent: 0,
        }
    }

    pub(crate) fn speak(&mut self, to: MediaPorts, sound: &[u8]) {
        self.send(to, 0, sound);
    }

    /// 20 ms of µ-law.
    pub(crate) fn say(&mut self, to: MediaPorts, sound: &[u8]) {
        let timestamp = u32::from(self.sent) * 160;
        self.send_at(to, 0, timestamp, sound);
    }

    pub(crate) fn send(&mut self, to: MediaPorts, payload_type: u8, payload: &[u8]) {
        self.send_at(to, payload_type, 0, payload);
    }

    fn send_at(&mut self, to: MediaPorts, payload_type: u8, timestamp: u32, payload: &[u8]) {
        self.sent += 1;
        let packet = Packet {
            payload_type,
            marker: false,
            sequence: self.sent,
            timestamp,
            ssrc: 1,
            payload,
        };
        let to = SocketAddr::new(to.address, to.rtp_port);
        self.rtp.send_to(&packet.write(), to).unwrap();
    }

    fn report(&self, to: MediaPorts) {
        let to = SocketAddr::new(to.address, to.rtp_port + 1);
        self.rtcp
            .send_to(&[0x80, 201, 0, 1, 0, 0, 0, 1], to)
            .unwrap();
    }

    /// What is heard next, and from where.
    pub(crate) fn hear(&self) -> (Vec<u8>, SocketAddr) {
        let mut bytes = [0; 2_048];
        let (length, source) = self.rtp.recv_from(&mut bytes).unwrap();
        (
            Packet::read(&bytes[..length]).unwrap().payload.to_vec(),
            source,
        )
    }

    /// The payloads that have arrived already.
    pub(crate) fn heard(&self) -> Vec<Vec<u8>> {
        self.rtp.set_nonblocking(true).unwrap();
        let mut payloads = Vec::new();
        let mut bytes = [0; 2_048];
        while let Ok(length) = self.rtp.recv(&mut bytes) {
            let packet = Packet::read(&bytes[..length]).unwrap();
            payloads.push(packet.payload.to_vec());
        }
        self.rtp.set_nonblocking(false).unwrap();
        payloads
    }

    /// What has arrived already.
    pub(crate) fn try_hear(&self) -> Option<usize> {
        self.rtp.set_nonblocking(true).unwrap();
        let heard = self.rtp.recv(&mut [0; 2_048]).ok();
        self.rtp.set_nonblocking(false).unwrap();
        heard
    }

    pub(crate) fn hears_nothing(&self) {
        self.rtp.set_read_timeout(Some(MOMENT)).unwrap();
        assert!(self.rtp.recv_from(&mut [0; 2_048]).is_err());
        self.rtp.set_read_timeout(Some(DEADLINE)).unwrap();
    }
}

/// The first port of a range that nobody uses now. Tests and other programs run at the same time.
pub(crate) fn free_range(pairs: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = |port| {
        [V4, V6]
            .iter()
            .all(|host| UdpSocket::bind((*host, port)).is_ok())
    };
    let start = std::process::id() % 100 * 200;
    for _ in 0..1_000 {
        let offset = NEXT.fetch_add(u32::from(pairs) * 2, Ordering::Relaxed);
        let first = 10_000 + u16::try_from((start + offset) % 22_000 / 2 * 2).unwrap();
        if (first..first + 2 * pairs).all(free) {
            return first;
        }
    }
    panic!("no {pairs} pairs of ports in a row are free");
}

pub(crate) fn config(first_port: u16, pairs: u16) -> MediaShellConfig {
    let own = |host| MediaAddress {
        bind: host,
        advertised: host,
    };
    MediaShellConfig {
        addresses: vec![own(V4), own(V6)],
        first_port,
        last_port: first_port + 2 * pairs - 1,
        threads: 2,
        rest: Duration::ZERO,
        relay: RelayConfig::default(),
        recorder: None,
    }
}

pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn two(ports: &[MediaPorts]) -> [MediaPorts; 2] {
    [ports[0], ports[1]]
}

#[test]
fn media_and_reports_pass_between_an_ipv4_and_an_ipv6_phone() {
    let bench = Bench::start(config(free_range(10), 10));
    bench.want(false, 1);
    let caller_ports = bench.granted(1)[0];
    bench.want(true, 1);
    let callee_ports = bench.granted(1)[0];
    assert_eq!((caller_ports.address, callee_ports.address), (V4, V6));
    assert_eq!(caller_ports.rtp_port % 2, 0);
    let (mut caller, mut callee) = (Phone::new(V4), Phone::new(V6));
    let session = bench.open(7, caller_ports, callee_ports);
    bench.set(session, Side::Caller, &caller);
    bench.set(session, Side::Callee, &callee);
    bench.settle(session);
    caller.speak(caller_ports, b"hello");
    let from = SocketAddr::new(V6, callee_ports.rtp_port);
    assert_eq!(callee.hear(), (b"hello".to_vec(), from));
    callee.speak(callee_ports, b"who is there?");
    let from = SocketAddr::new(V4, caller_ports.rtp_port);
    assert_eq!(caller.hear(), (b"who is there?".to_vec(), from));
    caller.report(caller_ports);
    let (_, from) = callee.rtcp.recv_from(&mut [0; 64]).unwrap();
    assert_eq!(from.port(), callee_ports.rtp_port + 1);
    let counted = bench.close(session);
    assert_eq!(
        (counted.caller.packets, counted.caller.rtcp_packets),
        (1, 1)
    );
    assert_eq!((counted.callee.packets, counted.callee.bytes), (1, 12 + 13));
}

#[test]
fn a_stranger_is_neither_heard_nor_answered() {
    let bench = Bench::start(config(free_range(10), 10));
    bench.want(false, 2);
    let [left, right] = two(&bench.granted(2));
    let (mut caller, mut callee, mut stranger) = (Phone::new(V4), Phone::new(V4), Phone::new(V4));
    let session = bench.open(1, left, right);
    bench.set(session, Side::Caller, &caller);
    bench.set(session, Side::Callee, &callee);
    bench.settle(session);
    caller.speak(left, b"mine");
    assert_eq!(callee.hear().0, b"mine");
    for _ in 0..20 {
        stranger.speak(left, b"evil");
    }
    callee.speak(right, b"secret");
    assert_eq!(caller.hear().0, b"secret");
    stranger.hears_nothing();
    callee.hears_nothing();
    assert_eq!(bench.close(session).caller.refused, 20);
}

#[test]
fn what_was_sent_to_a_port_before_the_call_does_not_reach_the_call() {
    let bench = Bench::start(config(free_range(10), 10));
    bench.want(false, 2);
    let [left, right] = two(&bench.granted(2));
    let (mut caller, callee) = (Phone::new(V4), Phone::new(V4));
    caller.speak(left, b"of an earlier call");
    let session = bench.open(1, left, right);
    bench.set(session, Side::Caller, &caller);
    bench.set(session, Side::Callee, &callee);
    bench.settle(session);
    callee.hears_nothing();
    caller.speak(left, b"of this call");
    assert_eq!(callee.hear().0, b"of this call");
}

#[test]
fn an_exhausted_range_grants_what_is_there_and_the_rest_when_calls_end() {
    let bench = Bench::start(config(free_range(3), 3));
    bench.want(false, 5);
    let ports = bench.granted(3);
    assert!(bench.inputs.recv_timeout(MOMENT).is_err());
    let session = bench.open(1, ports[0], ports[1]);
    bench.shell.command(MediaCommand::Close { session });
    let (mut closed, mut again) = (0, Vec::new());
    while closed < 1 || again.len() < 2 {
        match bench.inputs.recv_timeout(DEADLINE).unwrap() {
            Input::PortsGranted(granted) => again.extend(granted),
            Input::Media {
                event: MediaEvent::Closed(_),
                ..
            } => closed += 1,
            other => panic!("{other:?}"),
        }
    }
    let mut numbers: Vec<u16> = again.iter().map(|ports| ports.rtp_port).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [ports[0].rtp_port, ports[1].rtp_port]);
}

#[test]
fn ports_that_others_use_are_skipped() {
    let first = free_range(3);
    let _rtp = UdpSocket::bind((V4, first)).unwrap();
    let _rtcp = UdpSocket::bind((V4, first + 3)).unwrap();
    let bench = Bench::start(config(first, 3));
    bench.want(false, 3);
    assert_eq!(bench.granted(1)[0].rtp_port, first + 4);
    assert!(bench.inputs.recv_timeout(MOMENT).is_err());
}

#[test]
fn every_close_is_answered_even_of_a_session_that_never_opened() {
    let bench = Bench::start(config(free_range(3), 3));
    assert_eq!(bench.close(SessionId(99)), Statistics::default());
    let ghost = MediaPorts {
        slot: 12_345,
        address: V4,
        rtp_port: 2,
    };
    let session = bench.open(5, ghost, ghost);
    assert_eq!(bench.close(session), Statistics::default());
}

#[test]
fn a_silent_side_is_told_of() {
    let relay = RelayConfig {
        timeout: Duration::from_secs(1),
        ..RelayConfig::default()
    };
    let bench = Bench::start(MediaShellConfig {
        relay,
        ..config(free_range(3), 3)
    });
    bench.want(false, 2);
    let [left, right] = two(&bench.granted(2));
    let (mut caller, callee) = (Phone::new(V4), Phone::new(V4));
    let session = bench.open(1, left, right);
    bench.set(session, Side::Caller, &caller);
    bench.set(session, Side::Callee, &callee);
    bench.settle(session);
    caller.speak(left, b"my last words");
    match bench.inputs.recv_timeout(DEADLINE).unwrap() {
        Input::Media {
            session: told,
            event,
        } => {
            assert_eq!(told, session);
            assert!(matches!(event, MediaEvent::Timeout { side: Side::Caller }));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_sessions_open_and_close_and_their_ports_come_back() {
    let bench = Bench::start(config(free_range(200), 200));
    for round in 0..3_u64 {
        bench.want(false, 200);
        let ports = bench.granted(200);
        let phones: Vec<(Phone, Phone)> =
            (0..20).map(|_| (Phone::new(V4), Phone::new(V4))).collect();
        let mut sessions = Vec::new();
        for (number, pair) in ports.chunks_exact(2).enumerate() {
            let session = bench.open(round * 1_000 + number as u64, pair[0], pair[1]);
            let (caller, callee) = &phones[number % 20];
            bench.set(session, Side::Caller, caller);
            bench.set(session, Side::Callee, callee);
            sessions.push(session);
        }
        bench.settle(SessionId(0));
        bench.settle(SessionId(1));
        for (number, (mut caller, callee)) in phones.into_iter().enumerate() {
            caller.speak(ports[2 * number], &[number as u8]);
            assert_eq!(callee.hear().0, [number as u8]);
        }
        for session in sessions {
            bench.close(session);
        }
    }
}

#[test]
fn the_limit_of_open_files_is_raised_as_far_as_allowed_and_never_lowered() {
    let before = raise_open_files(0);
    assert!(raise_open_files(before) >= before);
    assert!(raise_open_files(1_000) >= before.min(1_000));
}
