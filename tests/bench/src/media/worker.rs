//! A thread with the telephones of many calls: one socket for all callers, one for all called ones, so that a system call sends or
//! receives many packets and the load costs less than what it measures. Which telephone is meant shows in the switch's port.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant, SystemTime};

use crate::media::figures::Histogram;
use crate::media::hearing::{Arrival, Heard, Hearing};
use crate::media::stream::{PACKET_BYTES, Stream, Who};
use crate::rtp::batch::Batch;
use crate::socket;

/// The time between two packets of a stream.
const FRAME: Duration = Duration::from_millis(20);
/// A frame is sent in this many portions, so that the switch sees a steady flow rather than a burst.
const PORTIONS: usize = 20;
/// Packets sent with one system call: few enough that the last of them leaves soon after its time was written into it.
const AT_ONCE: usize = 16;
/// Packets of a port that are kept until its telephone is there.
const EARLY_PACKETS: usize = 4;
/// How often a pair of ports is looked for.
const BIND_ATTEMPTS: usize = 1_000;

/// What a worker is told.
pub enum Order {
    /// A telephone is in a call.
    Add(Box<Telephone>),
    /// The telephones of a call fall silent.
    Remove(u32),
    /// From now on it is measured.
    Begin,
    /// Measuring ends: say what was seen.
    End(Sender<Seen>),
}

/// A telephone in a call.
pub struct Telephone {
    /// What it says.
    pub stream: Stream,
    /// How it listens.
    pub hearing: Hearing,
    /// Whose bursts it hears.
    pub hears: Who,
}

/// What a worker has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Telephones at the end.
    pub telephones: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets that the system did not take.
    pub refused: u64,
    /// Packets from ports that belong to no call.
    pub strange: u64,
    /// What was heard.
    pub heard: Heard,
    /// How much later than they should have portions were sent: how far the load itself was behind.
    pub behind: Histogram,
    /// From the answer to the first packet with sound, of every call since the beginning.
    pub first_sound: Histogram,
}

impl Seen {
    /// Adds what another worker has seen.
    pub fn merge(&mut self, other: Seen) {
        self.telephones += other.telephones;
        self.sent += other.sent;
        self.refused += other.refused;
        self.strange += other.strange;
        self.heard.merge(other.heard);
        self.behind.merge(&other.behind);
        self.first_sound.merge(&other.first_sound);
    }
}

/// The sockets of a worker, before it runs: RTP on an even port, RTCP, which is not looked at, on the next one.
#[derive(Debug)]
pub struct Sockets {
    rtp: [UdpSocket; 2],
    _rtcp: [UdpSocket; 2],
    addresses: [SocketAddrV4; 2],
}

impl Sockets {
    /// Binds them.
    ///
    /// # Errors
    /// No ports are free.
    pub fn bind() -> io::Result<Sockets> {
        let [
            (caller, caller_rtcp, caller_at),
            (callee, callee_rtcp, callee_at),
        ] = [pair()?, pair()?];
        Ok(Sockets {
            rtp: [caller, callee],
            _rtcp: [caller_rtcp, callee_rtcp],
            addresses: [caller_at, callee_at],
        })
    }

    /// Where callers and called ones want their media.
    #[must_use]
    pub fn addresses(&self) -> [SocketAddrV4; 2] {
        self.addresses
    }
}

fn pair() -> io::Result<(UdpSocket, UdpSocket, SocketAddrV4)> {
    for _ in 0..BIND_ATTEMPTS {
        let rtp = socket::bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let SocketAddr::V4(address) = rtp.local_addr()? else {
            continue;
        };
        if address.port() % 2 == 1 {
            continue;
        }
        if let Ok(rtcp) = socket::bind((Ipv4Addr::LOCALHOST, address.port() + 1).into()) {
            socket::ask_for_arrival_times(&rtp)?;
            return Ok((rtp, rtcp, address));
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// A worker's state.
pub struct Worker {
    sockets: Sockets,
    orders: Receiver<Order>,
    telephones: Vec<Option<Telephone>>,
    free: Vec<usize>,
    places: HashMap<Who, usize>,
    /// By the port of the switch that a telephone sends to and hears from, one more than its place; 0: nobody.
    by_port: Vec<u32>,
    /// Who sends in each portion of a frame: callers, called ones.
    portions: Vec<[Vec<usize>; 2]>,
    /// What came before its telephone was there, by the switch's port: the switch may speak before we have read its answer.
    early: HashMap<u16, Vec<(u64, Vec<u8>)>>,
    seen: Seen,
}

impl Worker {
    /// A worker without calls.
    #[must_use]
    pub fn new(sockets: Sockets, orders: Receiver<Order>) -> Worker {
        Worker {
            sockets,
            orders,
            telephones: Vec::new(),
            free: Vec::new(),
            places: HashMap::new(),
            by_port: vec![0; 1 << 16],
            portions: vec![Default::default(); PORTIONS],
            early: HashMap::new(),
            seen: Seen::default(),
        }
    }

    /// Lets the telephones talk until nobody gives orders any more.
    pub fn run(mut self) {
        let (mut incoming, mut outgoing) = (Batch::new(PACKET_BYTES), Batch::new(PACKET_BYTES));
        let begin = Instant::now();
        for tick in 0_u32.. {
            let due = begin + FRAME / PORTIONS as u32 * tick;
            self.receive(&mut incoming);
            if !self.obey(&mut incoming) {
                return;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let behind = Instant::now().saturating_duration_since(due);
            self.seen.behind.add(behind.as_nanos() as u64);
            self.send(tick as usize % PORTIONS, &mut outgoing);
        }
    }

    fn obey(&mut self, batch: &mut Batch) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Add(telephone)) => self.add(*telephone),
                Ok(Order::Remove(call)) => self.remove(call),
                Ok(Order::Begin) => self.begin(),
                Ok(Order::End(reply)) => {
                    // Who asked may have given up.
                    let _ = reply.send(self.end(batch));
                }
                Err(std::sync::mpsc::TryRecvError::Empty) => return true,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn add(&mut self, telephone: Telephone) {
        let who = telephone.stream.who();
        let side = usize::from(who.called);
        let port = telephone.stream.destination.port();
        let place = self.free.pop().unwrap_or_else(|| {
            self.telephones.push(None);
            self.telephones.len() - 1
        });
        self.telephones[place] = Some(telephone);
        self.places.insert(who, place);
        self.by_port[usize::from(port)] = place as u32 + 1;
        let size = |portion: &[Vec<usize>; 2]| portion[0].len() + portion[1].len();
        if let Some(portion) = self.portions.iter_mut().min_by_key(|portion| size(portion)) {
            portion[side].push(place);
        }
        for (at, packet) in self.early.remove(&port).unwrap_or_default() {
            self.tell(place, at, &packet);
        }
    }

    fn remove(&mut self, call: u32) {
        for called in [false, true] {
            let Some(place) = self.places.remove(&Who { call, called }) else {
                continue;
            };
            if let Some(telephone) = self.telephones[place].take() {
                self.by_port[usize::from(telephone.stream.destination.port())] = 0;
            }
            for places in self
                .portions
                .iter_mut()
                .map(|portion| &mut portion[usize::from(called)])
            {
                places.retain(|other| *other != place);
            }
            self.free.push(place);
        }
    }

    fn begin(&mut self) {
        let first_sound = std::mem::take(&mut self.seen.first_sound);
        self.seen = Seen {
            first_sound,
            ..Seen::default()
        };
        self.early.clear();
        for telephone in self.telephones.iter_mut().flatten() {
            telephone.hearing.begin();
        }
    }

    fn end(&mut self, batch: &mut Batch) -> Seen {
        self.receive(batch);
        let mut seen = self.seen.clone();
        for telephone in self.telephones.iter().flatten() {
            seen.telephones += 1;
            telephone.hearing.end(&mut seen.heard);
        }
        seen
    }

    fn send(&mut self, portion: usize, batch: &mut Batch) {
        let mut packet = [0; PACKET_BYTES];
        for (socket, places) in self.sockets.rtp.iter().zip(&self.portions[portion]) {
            for places in places.chunks(AT_ONCE) {
                let now = now();
                let mut pushed = 0;
                for place in places {
                    let Some(telephone) = &mut self.telephones[*place] else {
                        continue;
                    };
                    if let Some(length) = telephone.stream.write(now, &mut packet) {
                        batch.push(telephone.stream.destination, &packet[..length]);
                        pushed += 1;
                    }
                }
                let sent = batch.send(socket.as_raw_fd());
                self.seen.sent += sent;
                self.seen.refused += pushed - sent;
            }
        }
    }

    fn receive(&mut self, batch: &mut Batch) {
        for socket in 0..self.sockets.rtp.len() {
            loop {
                let count = batch.receive(self.sockets.rtp[socket].as_raw_fd());
                for number in 0..count {
                    self.hear(batch, number);
                }
                if !batch.was_filled(count) {
                    break;
                }
            }
        }
    }

    fn hear(&mut self, batch: &Batch, number: usize) {
        let port = batch.source(number).port();
        let at = batch.arrival(number);
        let at = at.map_or_else(now, |time| time.as_nanos() as u64);
        match (self.by_port[usize::from(port)] as usize).checked_sub(1) {
            Some(place) => self.tell(place, at, batch.packet(number)),
            None => {
                self.seen.strange += 1;
                let early = self.early.entry(port).or_default();
                if early.len() < EARLY_PACKETS {
                    early.push((at, batch.packet(number).to_vec()));
                }
            }
        }
    }

    fn tell(&mut self, place: usize, at: u64, packet: &[u8]) {
        let burst_sent = self.burst_for(place);
        let arrival = Arrival {
            at,
            packet,
            burst_sent,
        };
        if let Some(telephone) = &mut self.telephones[place]
            && let Some(first) = telephone.hearing.hear(arrival, &mut self.seen.heard)
        {
            self.seen.first_sound.add(first);
        }
    }

    /// When the last burst was sent that a telephone hears.
    fn burst_for(&self, place: usize) -> Option<u64> {
        let telephone = self.telephones[place].as_ref()?;
        if !telephone.hearing.hears_bursts() {
            return None;
        }
        let speaker = self.places.get(&telephone.hears)?;
        self.telephones[*speaker].as_ref()?.stream.burst_sent()
    }
}

/// Nanoseconds since the epoch.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos() as u64)
}
