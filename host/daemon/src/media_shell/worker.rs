//! A relaying thread: an epoll loop over the sockets of the sessions that are pinned to it.
//!
//! epoll is level-triggered and each wake-up of a socket reads one packet: with a socket per call there is mostly just
//! one, and asking for a second costs a system call (which is why this is not `mio`, whose epoll is edge-triggered and
//! must read until nothing is left). A packet is read into the thread's one buffer and sent from there.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::mem::MaybeUninit;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::event::{EventfdFlags, Timespec, eventfd};
use slab::Slab;
use switchhook_call::input::Input;
use switchhook_call::keys::{MediaPorts, SessionId};
use switchhook_call::media_command::{MediaEvent, SideOrder};
use switchhook_media::limits::PACKET_BYTES;
use switchhook_media::relay::{Glimpse, Kind, RelayConfig, Side, Statistics, Verdict};
use switchhook_media::sdp::RemoteMedia;
use switchhook_media::session::{Outbox, Session as Media};
use tokio::sync::mpsc::UnboundedSender;

use crate::media_shell::binder::BinderCommand;
use crate::media_shell::config::MediaSink;
use crate::media_shell::fetching::PromptSource;
use crate::media_shell::ports::PortPair;
use crate::media_shell::pulse::Pulse;
use crate::media_shell::rooms::{RoomSound, Rooms};
use crate::media_shell::slots::Slots;
use crate::media_shell::speaking::Arrival;
use crate::media_shell::tapping::Tapped;
use crate::recordings::Recorder;

/// Events taken from epoll at once.
const EVENTS: usize = 256;
/// How often sessions are looked through for silence.
const SWEEP: Duration = Duration::from_secs(1);
/// While commands keep coming the worker looks for them this often by itself: a system call and a switch of threads for
/// each of the four commands of a call would cost more than the call's relay. The first packet after an answer is late
/// by no more than this.
const LOOK: Duration = Duration::from_millis(5);
/// How long after the last command the worker goes on looking by itself. Then it sleeps, and the next one wakes it.
const LIVELY: Duration = Duration::from_millis(100);
/// The token of the eventfd that announces commands.
const WAKE: u64 = u64::MAX;

/// Where a look at the sessions goes: each with its caller's side and its called one. It ends when all threads have looked.
pub type Look = UnboundedSender<(SessionId, [Glimpse; 2])>;

/// What a worker is told.
pub(crate) enum WorkerCommand {
    /// Relay between these ports.
    Open {
        session: SessionId,
        caller: MediaPorts,
        callee: MediaPorts,
    },
    /// A side's address.
    SetRemote {
        session: SessionId,
        side: Side,
        remote: RemoteMedia,
    },
    /// Something to do for one side.
    Order {
        session: SessionId,
        side: Side,
        order: SideOrder,
    },
    /// What was to be played is fetched.
    Arrived(Box<Arrival>),
    /// Stop relaying and say what was counted.
    Close { session: SessionId },
    /// Hand this session over to another thread.
    HandOver {
        session: SessionId,
        to: WorkerHandle,
    },
    /// This session comes from another thread.
    Adopt(Box<Session>),
    /// A session that had moved on from here is over.
    Forget { session: SessionId },
    /// What was fetched for a room is there.
    RoomSound(Box<RoomSound>),
    /// These are all threads, in the order that all know them in.
    Peers(Vec<WorkerHandle>),
    /// Say how all sessions are doing.
    Look(Look),
    /// The shell ends.
    Stop,
}

/// What others hold of a worker.
#[derive(Clone)]
pub(crate) struct WorkerHandle {
    commands: Sender<WorkerCommand>,
    wake: Arc<Wake>,
}

struct Wake {
    descriptor: OwnedFd,
    /// Whether the worker will look at its commands soon by itself, or has been woken already: no system call then.
    looking: AtomicBool,
}

impl WorkerHandle {
    /// Whether both are the same worker's.
    pub(crate) fn is(&self, other: &WorkerHandle) -> bool {
        Arc::ptr_eq(&self.wake, &other.wake)
    }

    /// Never blocks: the queue is unbounded, but holds only a few commands per call that exists.
    pub(crate) fn tell(&self, command: WorkerCommand) {
        if self.commands.send(command).is_ok() && !self.wake.looking.swap(true, Ordering::SeqCst) {
            // It fails only if the counter is full, and then the worker is awake.
            let _ = rustix::io::write(&self.wake.descriptor, &1u64.to_ne_bytes());
        }
    }
}

/// A relaying thread's state.
pub(crate) struct Worker {
    config: RelayConfig,
    slots: Arc<Slots>,
    binder: Sender<BinderCommand>,
    pub(crate) sink: MediaSink,
    pub(crate) prompts: Arc<dyn PromptSource>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    commands: Receiver<WorkerCommand>,
    /// For those who bring something later.
    pub(crate) own: WorkerHandle,
    wake: Arc<Wake>,
    pub(crate) epoll: OwnedFd,
    pub(crate) sessions: Slab<Session>,
    pub(crate) by_id: HashMap<SessionId, usize>,
    pub(crate) pulse: Pulse,
    /// All threads, this one among them.
    pub(crate) peers: Vec<WorkerHandle>,
    pub(crate) rooms: Rooms,
    /// Sessions that were here and are with another thread now.
    pub(crate) moved: HashMap<SessionId, WorkerHandle>,
    /// When the worker began: music is where it would be if it had begun then.
    pub(crate) begun: Instant,
    pub(crate) outbox: Outbox,
    /// Makes the seed of each session.
    seeds: RandomState,
    buffer: Box<[u8; PACKET_BYTES + 1]>,
    /// A packet that is recorded, as it came.
    original: Vec<u8>,
    /// Ports of sessions that ended since the binder was told last.
    released: Vec<PortPair>,
    stopped: bool,
}

/// A session and its sockets.
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) media: Media,
    /// Whether it is in the clock.
    pub(crate) ticks: bool,
    /// Why some of what is played to the caller, and to the called side, could not be had.
    pub(crate) failures: [Option<String>; 2],
    /// The threads that pass on what is told of it, since it was there before.
    pub(crate) trail: Vec<WorkerHandle>,
    /// Its recordings.
    pub(crate) tapped: Tapped,
    caller: PortPair,
    callee: PortPair,
}

impl Session {
    pub(crate) fn socket(&self, side: Side, kind: Kind) -> &UdpSocket {
        let pair = match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        };
        match kind {
            Kind::Rtp => &pair.rtp,
            Kind::Rtcp => &pair.rtcp,
        }
    }
}

/// The sockets of a session, in the order of the two low bits of their tokens.
pub(crate) const SOCKETS: [(Side, Kind); 4] = [
    (Side::Caller, Kind::Rtp),
    (Side::Caller, Kind::Rtcp),
    (Side::Callee, Kind::Rtp),
    (Side::Callee, Kind::Rtcp),
];

impl Worker {
    pub(crate) fn new(
        config: RelayConfig,
        slots: Arc<Slots>,
        binder: Sender<BinderCommand>,
        sink: MediaSink,
        prompts: Arc<dyn PromptSource>,
        recorder: Option<Arc<Recorder>>,
    ) -> io::Result<(Worker, WorkerHandle)> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(
            &epoll,
            &descriptor,
            EventData::new_u64(WAKE),
            EventFlags::IN,
        )?;
        let wake = Arc::new(Wake {
            descriptor,
            looking: AtomicBool::new(false),
        });
        let (sender, commands) = channel();
        let handle = WorkerHandle {
            commands: sender,
            wake: Arc::clone(&wake),
        };
        let begun = Instant::now();
        let worker = Worker {
            config,
            slots,
            binder,
            sink,
            prompts,
            recorder,
            commands,
            own: handle.clone(),
            wake,
            epoll,
            sessions: Slab::new(),
            by_id: HashMap::new(),
            pulse: Pulse::new(begun),
            peers: Vec::new(),
            rooms: Rooms::default(),
            moved: HashMap::new(),
            begun,
            outbox: Outbox::default(),
            seeds: RandomState::new(),
            buffer: Box::new([0; PACKET_BYTES + 1]),
            original: Vec::new(),
            released: Vec::new(),
            stopped: false,
        };
        Ok((worker, handle))
    }

    pub(crate) fn run(mut self) {
        let mut events = [const { MaybeUninit::uninit() }; EVENTS];
        let mut sweep = Instant::now() + SWEEP;
        let mut lively_until = Instant::now();
        while !self.stopped {
            let now = Instant::now();
            self.tick(now);
            let due = self.pulse.next().map_or(sweep, |next| next.min(sweep));
            let mut wait = due.saturating_duration_since(now);
            if now < lively_until {
                wait = wait.min(LOOK);
            } else {
                // From here on a command wakes us; those that came before are looked at once more.
                self.wake.looking.store(false, Ordering::SeqCst);
                if self.obey(now) > 0 {
                    wait = Duration::ZERO;
                }
            }
            let timeout = Timespec::try_from(wait).ok();
            let ready = match epoll::wait(&self.epoll, &mut events, timeout.as_ref()) {
                Ok((ready, _)) => ready,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => {
                    tracing::error!(%error, "media epoll failed");
                    return;
                }
            };
            let now = Instant::now();
            for event in ready {
                match event.data.u64() {
                    WAKE => {
                        let mut count = [0; 8];
                        let _ = rustix::io::read(&self.wake.descriptor, &mut count);
                    }
                    token => self.relay(now, token),
                }
            }
            // After the packets: a token of this batch never meets a session that was opened by this batch's commands.
            if self.obey(now) > 0 {
                lively_until = now + LIVELY;
                self.wake.looking.store(true, Ordering::SeqCst);
            }
            if sweep <= now {
                self.sweep(now);
                sweep = now + SWEEP;
            }
        }
    }

    /// Passes on one packet of the socket that the token names.
    fn relay(&mut self, now: Instant, token: u64) {
        let (side, kind) = socket_of(token);
        let key = session_of(token);
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let received = session.socket(side, kind).recv_from(&mut *self.buffer);
        // An error is that of an earlier send (ICMP), or nothing is there after all.
        let Ok((length, source)) = received else {
            return;
        };
        let Some(packet) = self.buffer.get_mut(..length) else {
            return;
        };
        let is_recorded = kind == Kind::Rtp && !session.tapped.is_empty();
        if is_recorded {
            // It is rewritten on its way to the other side.
            self.original.clear();
            self.original.extend_from_slice(packet);
        }
        let verdict = session.media.handle(now, side, kind, source, packet);
        if is_recorded && matches!(verdict, Verdict::Forward(_) | Verdict::Taken) {
            session.tapped.said(now, side, &self.original);
        }
        if let Verdict::Forward(destination) = verdict {
            if is_recorded {
                session.tapped.hears(now, side.other(), packet);
            }
            let sent = session
                .socket(side.other(), kind)
                .send_to(packet, destination);
            if sent.is_err() {
                session.media.failed(side, kind, length);
            }
        }
        self.attend(now, key);
    }

    /// Carries out what has been told since the last look; how much that was.
    fn obey(&mut self, now: Instant) -> usize {
        let mut count = 0;
        while let Ok(command) = self.commands.try_recv() {
            count += 1;
            let Some(command) = self.own_command(command) else {
                continue;
            };
            match command {
                WorkerCommand::Open {
                    session,
                    caller,
                    callee,
                } => {
                    self.open(now, session, caller, callee);
                }
                WorkerCommand::SetRemote {
                    session,
                    side,
                    remote,
                } => {
                    let known = self.by_id.get(&session);
                    if let Some(session) = known.and_then(|key| self.sessions.get_mut(*key)) {
                        session.tapped.set_terms(now, side, remote.terms);
                        session.media.set_remote(now, side, remote);
                    }
                    if let Some(key) = known.copied() {
                        self.attend(now, key);
                    }
                }
                WorkerCommand::Order {
                    session,
                    side,
                    order,
                } => self.order(now, session, side, order),
                WorkerCommand::Arrived(arrival) => self.arrived(now, *arrival),
                WorkerCommand::Close { session } => self.close(session),
                WorkerCommand::HandOver { session, to } => self.hand_over(session, &to),
                WorkerCommand::Adopt(session) => self.adopt(now, *session),
                WorkerCommand::Forget { session } => drop(self.moved.remove(&session)),
                WorkerCommand::RoomSound(sound) => self.room_sound(now, *sound),
                WorkerCommand::Peers(peers) => self.peers = peers,
                WorkerCommand::Look(look) => self.look(now, &look),
                WorkerCommand::Stop => self.stopped = true,
            }
        }
        if !self.released.is_empty() {
            // Without a binder the shell is ending, and the sockets close with the pairs.
            let pairs = std::mem::take(&mut self.released);
            let _ = self.binder.send(BinderCommand::Rest(pairs));
        }
        count
    }

    fn look(&self, now: Instant, look: &Look) {
        for (_, session) in &self.sessions {
            let sides = [Side::Caller, Side::Callee];
            let glimpses = sides.map(|side| session.media.glimpse(now, side));
            // Whoever asked may have gone.
            let _ = look.send((session.id, glimpses));
        }
    }

    fn open(&mut self, now: Instant, id: SessionId, caller: MediaPorts, callee: MediaPorts) {
        let (caller, callee) = match (self.slots.take(caller.slot), self.slots.take(callee.slot)) {
            (Some(caller), Some(callee)) if !self.by_id.contains_key(&id) => (caller, callee),
            (caller, callee) => {
                tracing::error!(
                    session = id.0,
                    "media session opened twice, or on ports that are not granted"
                );
                self.released.extend([caller, callee].into_iter().flatten());
                return;
            }
        };
        // What came before the call is not the call's.
        caller.drain();
        callee.drain();
        let media = Media::new(now, self.config, self.seeds.hash_one(id));
        let key = self.sessions.insert(Session {
            id,
            media,
            ticks: false,
            failures: [None, None],
            trail: Vec::new(),
            tapped: Tapped::default(),
            caller,
            callee,
        });
        self.by_id.insert(id, key);
        if let Err(error) = self.watch(key) {
            tracing::error!(%error, session = id.0, "cannot watch the sockets of a media session");
        }
    }

    pub(crate) fn watch(&self, key: usize) -> io::Result<()> {
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        for (number, (side, kind)) in (0..).zip(SOCKETS) {
            let data = EventData::new_u64(token_of(key, number));
            epoll::add(
                &self.epoll,
                session.socket(side, kind),
                data,
                EventFlags::IN,
            )?;
        }
        Ok(())
    }

    /// Every close is answered, also that of a session that could not be opened.
    fn close(&mut self, id: SessionId) {
        self.leave_rooms(id);
        let key = self.by_id.remove(&id);
        let session = key.and_then(|key| self.sessions.try_remove(key));
        if let Some(key) = key.filter(|_| session.as_ref().is_some_and(|session| session.ticks)) {
            self.pulse.remove(key);
        }
        let statistics = match session {
            Some(session) => self.release(session),
            None => Statistics::default(),
        };
        (self.sink)(Input::Media {
            session: id,
            event: MediaEvent::Closed(statistics),
        });
    }

    fn release(&mut self, mut session: Session) -> Statistics {
        self.outbox.clear();
        let now = Instant::now();
        session.media.end(now, &mut self.outbox);
        session.send(now, &self.outbox);
        for (side, kind) in SOCKETS {
            // It is not watched if opening failed half-way.
            let _ = epoll::delete(&self.epoll, session.socket(side, kind));
        }
        let Session {
            id,
            caller,
            callee,
            media,
            trail,
            ..
        } = session;
        for thread in trail {
            thread.tell(WorkerCommand::Forget { session: id });
        }
        self.released.extend([caller, callee]);
        media.statistics()
    }

    fn sweep(&mut self, now: Instant) {
        let due = |session: &Session| session.media.poll_timeout().is_some_and(|due| due <= now);
        let silent = self.sessions.iter().filter(|(_, session)| due(session));
        let silent: Vec<usize> = silent.map(|(key, _)| key).collect();
        for key in silent {
            self.outbox.clear();
            if let Some(session) = self.sessions.get_mut(key) {
                session.media.handle_timeout(now, &mut self.outbox);
                session.send(now, &self.outbox);
            }
            self.attend(now, key);
        }
    }
}

/// A token: the session's key, and in the two low bits the number of the socket in [`SOCKETS`].
fn token_of(key: usize, number: u64) -> u64 {
    u64::try_from(key).unwrap_or(u64::MAX) << 2 | number
}

fn session_of(token: u64) -> usize {
    usize::try_from(token >> 2).unwrap_or(usize::MAX)
}

fn socket_of(token: u64) -> (Side, Kind) {
    let side = if token & 2 == 0 {
        Side::Caller
    } else {
        Side::Callee
    };
    let kind = if token & 1 == 0 {
        Kind::Rtp
    } else {
        Kind::Rtcp
    };
    (side, kind)
}
