//! The thread that binds ports, grants them to the exchange, and lets used ones rest before it grants them again.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use switchhook_call::input::Input;
use switchhook_call::keys::MediaPorts;

use crate::media_shell::config::{MediaAddress, MediaShellConfig, MediaSink};
use crate::media_shell::ports::PortPair;
use crate::media_shell::slots::Slots;

/// The most pairs that are granted with one message.
const BATCH: usize = 64;
/// How often a resting port is put off since somebody still sends to it. Then it is granted all the same: the latch
/// protects the call, and a flood must not take ports out of use.
const PUT_OFF: u8 = 3;

/// What the binder is told.
pub(crate) enum BinderCommand {
    /// The exchange wants this many pairs of a family; this replaces what is outstanding of an earlier wish.
    Want { ipv6: bool, count: usize },
    /// These pairs are no longer in use.
    Rest(Vec<PortPair>),
    /// The shell ends.
    Stop,
}

/// The binder's state.
pub(crate) struct Binder {
    families: Vec<Family>,
    rest: Duration,
    slots: Arc<Slots>,
    sink: MediaSink,
    commands: Receiver<BinderCommand>,
}

/// The ports of one address.
struct Family {
    address: MediaAddress,
    /// Even ports that have never been bound, or were taken by somebody else when we tried.
    unbound: VecDeque<u16>,
    /// Used pairs, those that rest the longest first.
    resting: VecDeque<Resting>,
    wanted: usize,
}

struct Resting {
    pair: PortPair,
    until: Instant,
    put_off: u8,
}

impl Binder {
    pub(crate) fn new(
        config: &MediaShellConfig,
        slots: Arc<Slots>,
        sink: MediaSink,
        commands: Receiver<BinderCommand>,
    ) -> Binder {
        let first = config.first_port.max(2).next_multiple_of(2);
        let ports: VecDeque<u16> = (first..config.last_port).step_by(2).collect();
        let families = config
            .addresses
            .iter()
            .map(|address| Family {
                address: *address,
                unbound: ports.clone(),
                resting: VecDeque::new(),
                wanted: 0,
            })
            .collect();
        Binder {
            families,
            rest: config.rest,
            slots,
            sink,
            commands,
        }
    }

    pub(crate) fn run(mut self) {
        loop {
            let command = match self.next_due() {
                Some(due) => {
                    let wait = due.saturating_duration_since(Instant::now());
                    self.commands.recv_timeout(wait)
                }
                None => self
                    .commands
                    .recv()
                    .map_err(|_| RecvTimeoutError::Disconnected),
            };
            let now = Instant::now();
            match command {
                Ok(BinderCommand::Want { ipv6, count }) => {
                    if let Some(family) = self.family(ipv6) {
                        family.wanted = count;
                    }
                }
                Ok(BinderCommand::Rest(pairs)) => {
                    for pair in pairs {
                        self.let_rest(now, pair);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(BinderCommand::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            self.grant(now);
        }
    }

    /// When a port that somebody waits for has rested enough.
    fn next_due(&self) -> Option<Instant> {
        let waiting = self.families.iter().filter(|family| family.wanted > 0);
        waiting
            .filter_map(|family| family.resting.front().map(|first| first.until))
            .min()
    }

    fn family(&mut self, ipv6: bool) -> Option<&mut Family> {
        self.families
            .iter_mut()
            .find(|family| family.address.bind.is_ipv6() == ipv6)
    }

    fn let_rest(&mut self, now: Instant, pair: PortPair) {
        let until = now + self.rest;
        let ipv6 = is_ipv6(&pair);
        if let Some(family) = self.family(ipv6) {
            pair.drain();
            family.resting.push_back(Resting {
                pair,
                until,
                put_off: 0,
            });
        }
    }

    fn grant(&mut self, now: Instant) {
        for family in &mut self.families {
            while family.wanted > 0 {
                let count = family.wanted.min(BATCH);
                let granted: Vec<MediaPorts> =
                    std::iter::from_fn(|| family.next_pair(now, self.rest))
                        .take(count)
                        .map(|pair| enter(&self.slots, pair))
                        .collect();
                if granted.is_empty() {
                    break;
                }
                family.wanted -= granted.len();
                (self.sink)(Input::PortsGranted(granted));
            }
        }
    }
}

impl Family {
    /// A pair that nobody uses: one that has rested, else a new one, else the one that has rested longest: the rest is a
    /// courtesy to late packets and must not bound the rate of calls.
    fn next_pair(&mut self, now: Instant, rest: Duration) -> Option<PortPair> {
        self.rested(now, rest)
            .or_else(|| self.bind())
            .or_else(|| self.longest_rested())
    }

    fn longest_rested(&mut self) -> Option<PortPair> {
        let longest = self.resting.pop_front()?;
        longest.pair.drain();
        Some(longest.pair)
    }

    fn rested(&mut self, now: Instant, rest: Duration) -> Option<PortPair> {
        while self.resting.front().is_some_and(|first| first.until <= now) {
            let first = self.resting.pop_front()?;
            if !first.pair.drain() || first.put_off == PUT_OFF {
                return Some(first.pair);
            }
            let put_off = first.put_off + 1;
            // At least a moment, so that this loop ends whatever the configuration says.
            let until = now + rest.max(Duration::from_millis(1));
            self.resting.push_back(Resting {
                put_off,
                until,
                ..first
            });
        }
        None
    }

    fn bind(&mut self) -> Option<PortPair> {
        let MediaAddress { bind, advertised } = self.address;
        for _ in 0..self.unbound.len() {
            let port = self.unbound.pop_front()?;
            match PortPair::bind(bind, advertised, port) {
                Ok(pair) => return Some(pair),
                Err(error) => {
                    self.unbound.push_back(port);
                    // Somebody else's port may be free another time; any other error will not go away with the next port.
                    if error.kind() != io::ErrorKind::AddrInUse {
                        tracing::warn!(%error, address = %bind, port, "cannot bind a media port");
                        return None;
                    }
                }
            }
        }
        None
    }
}

fn enter(slots: &Slots, pair: PortPair) -> MediaPorts {
    let PortPair {
        advertised: address,
        port: rtp_port,
        ..
    } = pair;
    MediaPorts {
        slot: slots.put(pair),
        address,
        rtp_port,
    }
}

fn is_ipv6(pair: &PortPair) -> bool {
    pair.rtp.local_addr().map_or_else(
        |_| IpAddr::is_ipv6(&pair.advertised),
        |address| address.is_ipv6(),
    )
}
