//! What does relaying an RTP packet cost? Our media shell beside a plain recvmmsg/sendmmsg loop and, where it is installed, rtpengine in
//! userspace, in turns, on loopback.
//!
//! `cargo run --release -p switchhook-bench --bin rtp_relay -- [seconds per turn] [calls …]`

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use switchhook_bench::rtp::generator::{Generator, Seen};
use switchhook_bench::rtp::plain::{self, PlainRelay};
use switchhook_bench::rtp::rtpengine::RtpEngine;
use switchhook_bench::rtp::threads::cpu_nanoseconds;
use switchhook_call::input::Input;
use switchhook_call::keys::{MediaPorts, SessionId};
use switchhook_call::media_command::{MediaCommand, MediaEvent};
use switchhook_daemon::media_shell::config::{MediaAddress, MediaShellConfig};
use switchhook_daemon::media_shell::fetching::Tones;
use switchhook_daemon::media_shell::{MediaShell, raise_open_files};
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Direction, RemoteMedia, Terms};

/// How often each relay has its turn.
const TURNS: usize = 3;
/// Relaying and signalling threads of the media shell, by their names.
const OUR_THREADS: &str = "media-";

fn main() -> io::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter_map(|word| word.parse().ok());
    let length = Duration::from_secs(arguments.next().unwrap_or(4));
    let mut sizes: Vec<usize> = arguments
        .filter_map(|size| usize::try_from(size).ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![100, 300, 600, 900];
    }
    let files = raise_open_files(65_536);
    println!(
        "RTP relay, two streams a call at 50 packets/s of 172 bytes, one relaying thread, {TURNS} turns of {length:?}"
    );
    println!("CPU time of the relaying threads only, user and kernel; open files: {files}\n");
    println!(
        "calls | packets/s | µs/packet plain / rtpengine / switchhook | to plain | to rtpengine | p99 delay ms | lost"
    );
    println!("---|---|---|---|---|---|---");
    for calls in sizes {
        measure(calls, length)?;
    }
    println!(
        "\nLost packets mean that the machine was too busy to give a relay the CPU it needed: compare other rows."
    );
    Ok(())
}

/// The sum of one relay's turns.
#[derive(Default)]
struct Total {
    seen: Seen,
    nanoseconds: u64,
}

impl Total {
    /// A turn; `cpu` tells the CPU time that the relay has used so far.
    fn add(&mut self, generator: &mut Generator, cpu: impl Fn() -> u64, length: Duration) {
        // The first packets settle the latches and fault the buffers in.
        generator.run(Duration::from_millis(200));
        let before = cpu();
        let seen = generator.run(length);
        self.nanoseconds += cpu() - before;
        self.seen.sent += seen.sent;
        self.seen.received += seen.received;
        self.seen.delays.extend(seen.delays);
    }

    fn microseconds_a_packet(&self) -> f64 {
        self.nanoseconds as f64 / 1e3 / self.seen.received.max(1) as f64
    }
}

fn measure(calls: usize, length: Duration) -> io::Result<()> {
    let mut generator = Generator::new()?;
    let phones: Vec<[SocketAddr; 2]> = (0..calls)
        .map(|call| generator.addresses(call))
        .collect::<io::Result<_>>()?;
    let (mut plain, mut engine, mut ours) = (Total::default(), Total::default(), Total::default());
    for _ in 0..TURNS {
        let relay = PlainRelay::start(&phones)?;
        connect(&mut generator, relay.ports());
        plain.add(&mut generator, || cpu_nanoseconds(plain::THREAD), length);
        drop(relay);
        if let Some(relay) = RtpEngine::start(&phones)? {
            connect(&mut generator, relay.ports());
            engine.add(&mut generator, || relay.cpu_nanoseconds(), length);
        }
        let shell = Shell::start(&phones)?;
        connect(&mut generator, &shell.ports);
        ours.add(&mut generator, || cpu_nanoseconds(OUR_THREADS), length);
        shell.close();
    }
    let mut totals = [plain, engine, ours];
    let [one, other, own] = totals.each_ref().map(Total::microseconds_a_packet);
    let delays = totals
        .each_mut()
        .map(|total| format!("{:.2}", total.seen.delay_ms(0.99)));
    let lost = totals
        .each_ref()
        .map(|total| (total.seen.sent - total.seen.received).to_string());
    println!(
        "{calls} | {} | {one:.2} / {other:.2} / {own:.2} | {:.2} | {:.2} | {} | {}",
        calls * 100,
        own / one,
        own / other,
        delays.join(" / "),
        lost.join(" / "),
    );
    Ok(())
}

fn connect(generator: &mut Generator, ports: &[[SocketAddrV4; 2]]) {
    generator.clear();
    for (call, ports) in ports.iter().enumerate() {
        generator.add(call, *ports);
    }
}

/// Our media shell with calls that are up.
struct Shell {
    shell: MediaShell,
    inputs: Receiver<Input>,
    ports: Vec<[SocketAddrV4; 2]>,
}

impl Shell {
    fn start(phones: &[[SocketAddr; 2]]) -> io::Result<Shell> {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let config = MediaShellConfig {
            addresses: vec![MediaAddress {
                bind: loopback,
                advertised: loopback,
            }],
            first_port: 10_000,
            last_port: 32_000,
            ..MediaShellConfig::default()
        };
        let (sender, inputs) = channel();
        let shell = MediaShell::start(
            config,
            Arc::new(move |input| drop(sender.send(input))),
            Arc::new(Tones),
        )?;
        shell.command(MediaCommand::WantPorts {
            ipv6: false,
            count: phones.len() * 2,
        });
        let granted = granted(&inputs, phones.len() * 2)?;
        let mut ports = Vec::new();
        for (call, (phones, pairs)) in phones.iter().zip(granted.chunks_exact(2)).enumerate() {
            let session = SessionId(call as u64);
            let [caller, callee] = [pairs[0], pairs[1]];
            shell.command(MediaCommand::Open {
                session,
                caller,
                callee,
            });
            for (side, phone) in [Side::Caller, Side::Callee].into_iter().zip(phones) {
                shell.command(MediaCommand::SetRemote {
                    session,
                    side,
                    remote: remote(*phone),
                });
            }
            ports.push(
                [caller, callee].map(|pair| SocketAddrV4::new(Ipv4Addr::LOCALHOST, pair.rtp_port)),
            );
        }
        // The answer to this close says that all calls are up: opening them is not what is measured.
        let session = SessionId(u64::MAX);
        shell.command(MediaCommand::Close { session });
        while !matches!(inputs.recv(), Ok(Input::Media { .. }) | Err(_)) {}
        Ok(Shell {
            shell,
            inputs,
            ports,
        })
    }

    fn close(self) {
        for call in 0..self.ports.len() {
            self.shell.command(MediaCommand::Close {
                session: SessionId(call as u64),
            });
        }
        let closed = |input: &Input| {
            matches!(
                input,
                Input::Media {
                    event: MediaEvent::Closed(_),
                    ..
                }
            )
        };
        let calls = self.ports.len();
        assert_eq!(self.inputs.iter().filter(closed).take(calls).count(), calls);
    }
}

fn granted(inputs: &Receiver<Input>, count: usize) -> io::Result<Vec<MediaPorts>> {
    let mut granted = Vec::new();
    while granted.len() < count {
        match inputs.recv_timeout(Duration::from_secs(10)) {
            Ok(Input::PortsGranted(ports)) => granted.extend(ports),
            _ => return Err(io::Error::other("not enough free ports")),
        }
    }
    Ok(granted)
}

fn remote(phone: SocketAddr) -> RemoteMedia {
    RemoteMedia {
        rtp: Some(phone),
        rtcp: None,
        direction: Direction::SendRecv,
        signalling: None,
        terms: Terms::default(),
    }
}
