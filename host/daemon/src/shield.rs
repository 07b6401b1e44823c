//! The guard as the loops and the operator share it. Asking it takes less than a microsecond, so that one lock is enough for
//! all loops: a ban by one holds in all.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use switchhook_call::cidr::Cidr;
use switchhook_call::guard::{Ban, Conduct, Guard, GuardCounters, Protection, Verdict};
use switchhook_sip::flow::Flow;

/// See the module.
#[derive(Debug)]
pub struct Shield(Mutex<Guard>);

impl Shield {
    /// A guard without bans.
    pub fn new(protection: Protection) -> Shield {
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "guard");
        Shield(Mutex::new(Guard::new(protection, seed)))
    }

    /// Puts other settings in place; bans stay.
    pub fn configure(&self, protection: Protection) {
        self.guard().configure(protection);
    }

    /// Whether a datagram is heard.
    pub fn hears(&self, now: Instant, peer: SocketAddr, bytes: &[u8]) -> bool {
        self.guard().datagram(now, peer, bytes) == Verdict::Heard
    }

    /// Whether a connection is accepted.
    pub fn accepts(&self, now: Instant, peer: SocketAddr) -> bool {
        self.guard().connection(now, peer) == Verdict::Heard
    }

    /// Whether a message of a connection is heard; if not, the connection is to be closed.
    pub fn bears(&self, now: Instant, peer: SocketAddr) -> bool {
        self.guard().message(now, peer) == Verdict::Heard
    }

    /// Takes note of what a source did, and tells the log if that brought a ban.
    pub fn saw(&self, now: Instant, flow: Flow, conduct: Conduct) {
        let mut guard = self.guard();
        guard.saw(now, flow, conduct);
        while let Some(banned) = guard.poll_news() {
            tracing::warn!(
                source = %banned.source,
                reason = banned.reason.as_str(),
                seconds = banned.duration.as_secs(),
                others = (banned.untold > 0).then_some(banned.untold),
                "banned"
            );
        }
    }

    /// Bans by the operator's wish; `None`: until it is lifted. False: there are too many such bans.
    pub fn ban(&self, range: Cidr, duration: Option<Duration>) -> bool {
        self.guard().ban(Instant::now(), range, duration)
    }

    /// Lifts the bans of a range. Gives how many.
    pub fn lift(&self, range: Cidr) -> usize {
        self.guard().lift(Instant::now(), range)
    }

    /// The bans that hold.
    pub fn bans(&self) -> Vec<Ban> {
        self.guard().bans(Instant::now())
    }

    /// What it has counted.
    pub fn counters(&self) -> GuardCounters {
        self.guard().counters()
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
