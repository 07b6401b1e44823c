//! Both ends of many calls: sends an RTP stream each way at 50 packets a second and takes what the relay passes on.
//!
//! A few sockets stand for all phones, so that batches are large and the generator needs less CPU than what it measures.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use crate::rtp::batch::Batch;
use crate::socket;

/// A G.711 packet of 20 ms: header and samples.
pub const PACKET: usize = 172;
/// Sockets that stand for the phones of one side.
const SOCKETS: usize = 8;
/// The time between two packets of a stream.
const FRAME: Duration = Duration::from_millis(20);
/// A frame is sent in this many portions, so that the relay sees a steady flow rather than a burst.
const PORTIONS: usize = 20;

/// One stream: from a phone to a port of the relay.
#[derive(Debug, Clone, Copy)]
struct Stream {
    socket: usize,
    destination: SocketAddrV4,
    ssrc: u32,
}

/// What a run saw.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Packets sent to the relay.
    pub sent: u64,
    /// Packets that came back from it.
    pub received: u64,
    /// How long each took from sending to being read: nanoseconds.
    pub delays: Vec<u64>,
}

impl Seen {
    /// A quantile of the delays in milliseconds.
    pub fn delay_ms(&mut self, quantile: f64) -> f64 {
        if self.delays.is_empty() {
            return f64::NAN;
        }
        self.delays.sort_unstable();
        let last = self.delays.len() - 1;
        self.delays[(last as f64 * quantile) as usize] as f64 / 1e6
    }
}

/// The phones of all calls.
pub struct Generator {
    sockets: Vec<UdpSocket>,
    streams: Vec<Stream>,
    start: Instant,
    sequence: u16,
}

impl Generator {
    /// Phones without calls.
    pub fn new() -> io::Result<Generator> {
        let sockets = (0..2 * SOCKETS)
            .map(|_| socket::bind((Ipv4Addr::LOCALHOST, 0).into()))
            .collect::<io::Result<_>>()?;
        Ok(Generator {
            sockets,
            streams: Vec::new(),
            start: Instant::now(),
            sequence: 0,
        })
    }

    /// Where the caller's and the callee's phone of a call want their media.
    pub fn addresses(&self, call: usize) -> io::Result<[SocketAddr; 2]> {
        let [caller, callee] = sockets_of(call);
        Ok([
            self.sockets[caller].local_addr()?,
            self.sockets[callee].local_addr()?,
        ])
    }

    /// Adds a call: the ports of the relay that the two phones send to.
    pub fn add(&mut self, call: usize, relay: [SocketAddrV4; 2]) {
        for (socket, destination) in sockets_of(call).into_iter().zip(relay) {
            let ssrc = self.streams.len() as u32;
            self.streams.push(Stream {
                socket,
                destination,
                ssrc,
            });
        }
    }

    /// Forgets all calls.
    pub fn clear(&mut self) {
        self.streams.clear();
        let mut batch = Batch::new(PACKET);
        for socket in &self.sockets {
            while batch.receive(socket.as_raw_fd()) > 0 {}
        }
    }

    /// Lets all calls talk for this long.
    pub fn run(&mut self, length: Duration) -> Seen {
        let mut seen = Seen::default();
        let mut batch = Batch::new(PACKET);
        let frames = length.as_nanos() / FRAME.as_nanos();
        let begin = Instant::now();
        for frame in 0..frames as u32 {
            for portion in 0..PORTIONS {
                let due = begin + FRAME * frame + FRAME * portion as u32 / PORTIONS as u32;
                self.receive(&mut batch, &mut seen);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                self.send(&mut batch, &mut seen, portion);
            }
            self.sequence = self.sequence.wrapping_add(1);
        }
        let end = Instant::now() + Duration::from_millis(200);
        while seen.received < seen.sent && Instant::now() < end {
            self.receive(&mut batch, &mut seen);
            std::thread::sleep(Duration::from_millis(1));
        }
        seen
    }

    fn send(&self, batch: &mut Batch, seen: &mut Seen, portion: usize) {
        let streams = self.streams.len();
        let turn = streams * portion / PORTIONS..streams * (portion + 1) / PORTIONS;
        let turn = &self.streams[turn];
        for (number, socket) in self.sockets.iter().enumerate() {
            for stream in turn.iter().filter(|stream| stream.socket == number) {
                let sent_at = self.start.elapsed().as_nanos() as u64;
                let packet = packet(self.sequence, stream.ssrc, sent_at);
                if batch.is_full() {
                    seen.sent += batch.send(socket.as_raw_fd());
                }
                batch.push(stream.destination, &packet);
            }
            seen.sent += batch.send(socket.as_raw_fd());
        }
    }

    fn receive(&self, batch: &mut Batch, seen: &mut Seen) {
        for socket in &self.sockets {
            loop {
                let count = batch.receive(socket.as_raw_fd());
                let now = self.start.elapsed().as_nanos() as u64;
                for packet in (0..count).map(|at| batch.packet(at)) {
                    seen.received += 1;
                    if let Some(stamp) = packet.get(12..20).and_then(|bytes| bytes.try_into().ok())
                    {
                        seen.delays
                            .push(now.saturating_sub(u64::from_be_bytes(stamp)));
                    }
                }
                if !batch.was_filled(count) {
                    break;
                }
            }
        }
    }
}

fn sockets_of(call: usize) -> [usize; 2] {
    [call % SOCKETS, SOCKETS + call % SOCKETS]
}

fn packet(sequence: u16, ssrc: u32, stamp: u64) -> [u8; PACKET] {
    let mut packet = [0x55; PACKET];
    packet[0] = 0x80;
    packet[1] = 0;
    packet[2..4].copy_from_slice(&sequence.to_be_bytes());
    packet[4..8].copy_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
    packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
    packet[12..20].copy_from_slice(&stamp.to_be_bytes());
    packet
}
