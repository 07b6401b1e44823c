//! The telephones of all calls as signalling sees them: they describe their media, and the workers are told whom they talk to.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use switchhook_media::codec::{Decoder, Encoding};

use crate::load::phones::Phones;
use crate::media::hearing::Hearing;
use crate::media::mode::{KEY_LOSS, Mode, ROOM, keys};
use crate::media::sdp::{self, Described};
use crate::media::stream::{Stream, Voice, Who};
use crate::media::voice::{Cycle, FRAMES, Keys, Sound};
use crate::media::worker::{Order, Seen, Sockets, Telephone, Worker, now};

/// Of so many telephones one decodes what it hears, to measure the delay: decoding all would cost more than it tells.
const SAMPLED: u32 = 20;
/// Packets of sound before the first key.
const BEFORE_KEYS: usize = FRAMES / 2;

/// The telephones.
pub struct MediaPhones {
    mode: Mode,
    workers: Vec<(Sender<Order>, [SocketAddrV4; 2])>,
    speech: [Option<Arc<Cycle>>; 2],
    murmur: Option<Arc<Cycle>>,
    counts: Arc<Counts>,
    /// Calls that were answered and are not over.
    up: HashSet<u32>,
}

/// What signalling has seen so far.
#[derive(Debug, Default)]
pub struct Counts {
    /// Calls that were answered and have not ended.
    pub up: AtomicU32,
    /// Offers to the called side without the encoding that it has, so that it refused them.
    pub unacceptable: AtomicU32,
    /// Calls of numbers that nobody dialled.
    pub astray: AtomicU32,
}

/// The threads of the telephones.
pub struct Workers {
    orders: Vec<Sender<Order>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// From now on it is measured.
    pub fn begin(&self) {
        for orders in &self.orders {
            // A worker that has ended says so when it is joined.
            let _ = orders.send(Order::Begin);
        }
    }

    /// Ends measuring, and says what was seen.
    ///
    /// # Errors
    /// A worker has panicked.
    pub fn end(&self) -> io::Result<Seen> {
        let mut all = Seen::default();
        for orders in &self.orders {
            let (reply, seen) = channel();
            let gone = |_| io::Error::other("a thread of telephones has ended");
            orders.send(Order::End(reply)).map_err(|_| gone(()))?;
            all.merge(seen.recv().map_err(|_| gone(()))?);
        }
        Ok(all)
    }

    /// Ends the threads; the telephones must have been dropped before.
    ///
    /// # Errors
    /// A worker has panicked.
    pub fn join(self) -> io::Result<()> {
        drop(self.orders);
        for thread in self.threads {
            let panicked = |_| io::Error::other("a thread of telephones has panicked");
            thread.join().map_err(panicked)?;
        }
        Ok(())
    }
}

impl MediaPhones {
    /// Telephones for this mode, with so many threads.
    ///
    /// # Errors
    /// No sockets, or no encoder for the mode.
    pub fn start(
        mode: Mode,
        threads: usize,
        counts: Arc<Counts>,
    ) -> io::Result<(MediaPhones, Workers)> {
        let (mut workers, mut all) = (Vec::new(), Vec::new());
        for number in 0..threads.max(1) {
            let (sender, receiver) = channel();
            let sockets = Sockets::bind()?;
            workers.push((sender, sockets.addresses()));
            let worker = Worker::new(sockets, receiver);
            let thread = std::thread::Builder::new().name(format!("telephones-{number}"));
            all.push(thread.spawn(|| worker.run())?);
        }
        let cycle = |encoding, sound| -> io::Result<Option<Arc<Cycle>>> {
            if mode.is_relayed() {
                return Ok(None);
            }
            let failed = |error| {
                let name = Encoding::name(encoding);
                io::Error::other(format!("{name} is not available in this build: {error}"))
            };
            Ok(Some(Arc::new(Cycle::new(encoding, sound).map_err(failed)?)))
        };
        let phones = MediaPhones {
            mode,
            speech: [
                cycle(mode.caller(), Sound::Speech)?,
                cycle(mode.callee(), Sound::Speech)?,
            ],
            murmur: cycle(mode.caller(), Sound::Murmur)?,
            workers,
            counts,
            up: HashSet::new(),
        };
        let orders = phones.workers.iter().map(|(orders, _)| orders.clone());
        let workers = Workers {
            orders: orders.collect(),
            threads: all,
        };
        Ok((phones, workers))
    }

    /// The members of a room are with one worker.
    fn worker(&self, call: u32) -> &(Sender<Order>, [SocketAddrV4; 2]) {
        &self.workers[(call / ROOM) as usize % self.workers.len()]
    }

    fn encoding(&self, who: Who) -> Encoding {
        if who.called {
            self.mode.callee()
        } else {
            self.mode.caller()
        }
    }

    fn voice(&self, who: Who) -> Voice {
        let cycle = match self.mode.sound(who.call) {
            Sound::Speech => &self.speech[usize::from(who.called)],
            Sound::Murmur => &self.murmur,
        };
        cycle.clone().map_or(Voice::Stamped, Voice::Sound)
    }

    fn add(&self, who: Who, other: Described) {
        let encoding = self.encoding(who);
        let ticks = encoding.clock_rate() / FRAMES as u32;
        let mut stream = Stream::new(
            who,
            other.address,
            self.voice(who),
            other.payload_type,
            ticks,
        );
        if self.mode == Mode::Gather
            && !who.called
            && let Some(events) = other.events
        {
            stream = stream.pressing(Keys::new(&keys(who.call), BEFORE_KEYS), events, KEY_LOSS);
        }
        let speaks = match self.mode {
            Mode::Conference => Who {
                call: who.call - who.call % ROOM,
                called: false,
            },
            _ => who.other(),
        };
        let telephone = Telephone {
            hearing: self.hearing(who, other, speaks),
            stream,
            hears: speaks,
        };
        // A worker that has ended says so when it is joined.
        let _ = self
            .worker(who.call)
            .0
            .send(Order::Add(Box::new(telephone)));
    }

    fn hearing(&self, who: Who, other: Described, speaks: Who) -> Hearing {
        let encoding = self.encoding(who);
        let Described {
            payload_type,
            events,
            ..
        } = other;
        let clock_rate = encoding.clock_rate();
        if self.mode.is_relayed() {
            return Hearing::of_stamps(speaks, payload_type, events, clock_rate);
        }
        let decodes = self.mode.is_played() || (who.call % SAMPLED == 1 && who != speaks);
        let decoder = || Decoder::new(encoding, encoding.sample_rate()).ok();
        let decoder = decodes.then(decoder).flatten();
        let hearing = Hearing::of_sound(payload_type, events, clock_rate, decoder);
        if self.mode.is_played() {
            hearing.waiting_since(now())
        } else {
            hearing
        }
    }
}

impl Phones for MediaPhones {
    fn number<'a>(&self, call: u32, _number: &'a str) -> Cow<'a, str> {
        Cow::Owned(self.mode.number(call))
    }

    fn offer(&mut self, call: u32) -> String {
        let encoding = self.mode.caller();
        sdp::write(self.worker(call).1[0], encoding, sdp::offered(encoding))
    }

    fn answer(&mut self, number: &str, offer: &str) -> Option<String> {
        let Ok(call) = number.parse() else {
            self.counts.astray.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let encoding = self.mode.callee();
        let Some(other) = sdp::read(offer, encoding) else {
            self.counts.unacceptable.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        self.add(Who { call, called: true }, other);
        let at = self.worker(call).1[1];
        Some(sdp::write(at, encoding, (other.payload_type, other.events)))
    }

    fn answered(&mut self, call: u32, answer: &str, _at: Instant) {
        self.up.insert(call);
        self.counts.up.fetch_add(1, Ordering::Relaxed);
        let who = Who {
            call,
            called: false,
        };
        match sdp::read(answer, self.mode.caller()) {
            Some(other) => self.add(who, other),
            None => {
                self.counts.unacceptable.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn over(&mut self, call: u32) {
        if self.up.remove(&call) {
            self.counts.up.fetch_sub(1, Ordering::Relaxed);
        }
        let _ = self.worker(call).0.send(Order::Remove(call));
    }
}
