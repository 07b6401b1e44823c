//! Who is heard: how many messages a source may send, and who is banned for what it did. It decides before anything is parsed,
//! and knows neither calls nor sockets. One guard serves all exchanges of a switch.
//!
//! The source of a datagram can be forged, so the guard asks of every offence whether it proves where it came from. An
//! offence over a connection does, and so do wrong credentials, since their nonce was sent to just that place. What is
//! proven bans the whole source. The rest bans too (scanners come by UDP), but such a ban can be had for anybody by whoever forges
//! his address; therefore it holds for datagrams that are no responses only, not for who has authenticated from just that
//! address and port, and not at all for a source that a client of ours has lately authenticated from. Sources of trunks, and
//! those that the operator allows, are never limited and never banned.

mod bans;
mod bounded;
mod bucket;
mod source;

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use switchhook_sip::flow::Flow;

pub use crate::guard::bans::{Ban, BanReason};
pub use crate::guard::source::Source;

use crate::cidr::Cidr;
use crate::guard::bans::Bans;
use crate::guard::bounded::Bounded;
use crate::guard::bucket::Bucket;
use crate::guard::source::Allowed;
use crate::limits;

/// How the switch protects itself. The defaults are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Whether anything is done.
    pub enabled: bool,
    /// Who is never limited nor banned: what the operator allows, and the sources of trunks.
    pub allow: Vec<Cidr>,
    /// Messages a second that a source may send; who has authenticated may send [`limits::GUARD_KNOWN_FACTOR`] times as many.
    pub messages_per_second: u32,
    /// How many of them at once.
    pub burst: u32,
    /// So many failures within [`Protection::window`] bring a ban: wrong credentials, unknown domains; unreadable messages and
    /// unanswered challenges count for less, a scanner's name for all of them.
    pub failures: u32,
    /// How long it takes until that many failures are forgotten.
    pub window: Duration,
    /// How long the first ban lasts; each further one of the source twice as long.
    pub ban: Duration,
    /// The longest ban.
    pub ban_max: Duration,
}

impl Default for Protection {
    fn default() -> Protection {
        Protection {
            enabled: true,
            allow: Vec::new(),
            messages_per_second: 100,
            burst: 500,
            failures: 10,
            window: Duration::from_secs(600),
            ban: Duration::from_secs(300),
            ban_max: Duration::from_secs(24 * 3600),
        }
    }
}

/// What a source did, as the exchange saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// It proved who it is.
    Authenticated,
    /// It was asked to.
    Challenged,
    /// A wrong password, or a user that does not exist, with a nonce that was sent to this place.
    WrongCredentials,
    /// A request for a domain that is not ours.
    UnknownDomain,
    /// Bytes that are no message.
    Malformed,
    /// The name of a tool that looks for weak switches.
    Scanner,
}

/// What is to be done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is heard.
    Heard,
    /// It is dropped: its source is banned.
    Banned,
    /// It is dropped: its source sends too much.
    TooMuch,
}

/// Something that the log should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banned {
    /// Who.
    pub source: Source,
    /// For what.
    pub reason: BanReason,
    /// How long.
    pub duration: Duration,
    /// How many bans went without a line of their own, since there were too many.
    pub untold: u64,
}

/// What the guard has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GuardCounters {
    /// Messages and connections of banned sources that were dropped.
    pub banned_messages: u64,
    /// Messages and connections that were dropped since their source sent too many.
    pub limited_messages: u64,
    /// Bans, those of the operator left out.
    pub bans: u64,
    /// Wrong credentials.
    pub wrong_credentials: u64,
    /// Requests for domains that are not ours.
    pub unknown_domains: u64,
    /// Bytes that are no message.
    pub malformed: u64,
    /// Messages of scanners.
    pub scanners: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Guard {
    protection: Protection,
    allowed: Allowed,
    sources: Bounded<Source, Standing>,
    /// Who has authenticated, by the very address and port.
    known: Bounded<SocketAddr, Known>,
    bans: Bans,
    news: Vec<Banned>,
    telling: Bucket,
    untold: u64,
    counters: GuardCounters,
}

/// How a source stands.
#[derive(Debug, Default)]
struct Standing {
    messages: Bucket,
    /// Offences that prove where they came from.
    proven: Bucket,
    /// All of them.
    all: Bucket,
    /// Until when a client of ours is known to be there.
    known_until: Option<Instant>,
}

/// Someone who has authenticated.
#[derive(Debug)]
struct Known {
    until: Instant,
    messages: Bucket,
    offences: Bucket,
}

impl Guard {
    /// A guard without bans. `seed` makes its tables unpredictable.
    pub fn new(protection: Protection, seed: u64) -> Guard {
        Guard {
            allowed: Allowed::new(&protection.allow),
            protection,
            sources: Bounded::new(limits::GUARD_SOURCES, seed),
            known: Bounded::new(limits::GUARD_KNOWN, seed),
            bans: Bans::new(seed),
            news: Vec::new(),
            telling: Bucket::default(),
            untold: 0,
            counters: GuardCounters::default(),
        }
    }

    /// Puts other settings in place. Bans stay, except of who is allowed now.
    pub fn configure(&mut self, protection: Protection) {
        self.allowed = Allowed::new(&protection.allow);
        self.protection = protection;
    }

    /// Whether a datagram is heard.
    pub fn datagram(&mut self, now: Instant, peer: SocketAddr, bytes: &[u8]) -> Verdict {
        let Some(source) = self.suspect(peer.ip()) else {
            return Verdict::Heard;
        };
        if self.bans.by_operator(now, peer.ip()) {
            return self.banned();
        }
        if self.is_known(now, peer) {
            return self.spend_known(now, peer);
        }
        // A response costs next to nothing if nobody waits for it, and a forged offence must not cut off who answers us.
        let is_response = bytes.starts_with(b"SIP/2.0 ");
        if self.bans.holds(now, source, !is_response) {
            return self.banned();
        }
        if is_response {
            return Verdict::Heard;
        }
        self.spend(now, source, 1)
    }

    /// Whether a connection is accepted.
    pub fn connection(&mut self, now: Instant, peer: SocketAddr) -> Verdict {
        let Some(source) = self.suspect(peer.ip()) else {
            return Verdict::Heard;
        };
        if self.bans.by_operator(now, peer.ip()) || self.bans.holds(now, source, false) {
            return self.banned();
        }
        self.spend(now, source, limits::GUARD_CONNECTION_COST)
    }

    /// Whether a message of a connection is heard; if not, the connection should be closed.
    pub fn message(&mut self, now: Instant, peer: SocketAddr) -> Verdict {
        let Some(source) = self.suspect(peer.ip()) else {
            return Verdict::Heard;
        };
        if self.bans.by_operator(now, peer.ip()) {
            return self.banned();
        }
        if self.is_known(now, peer) {
            return self.spend_known(now, peer);
        }
        if self.bans.holds(now, source, false) {
            return self.banned();
        }
        self.spend(now, source, 1)
    }

    /// Takes note of what a source did.
    pub fn saw(&mut self, now: Instant, flow: Flow, conduct: Conduct) {
        self.count(conduct);
        let Some(source) = self.suspect(flow.peer.ip()) else {
            return;
        };
        let reason = match conduct {
            Conduct::Authenticated => return self.vouch(now, flow.peer, source),
            Conduct::Challenged => BanReason::Challenges,
            Conduct::WrongCredentials => BanReason::Credentials,
            Conduct::UnknownDomain => BanReason::Domains,
            Conduct::Malformed => BanReason::Malformed,
            Conduct::Scanner => BanReason::Scanner,
        };
        let is_proven = flow.transport.is_reliable() || conduct == Conduct::WrongCredentials;
        let window = self.protection.window;
        let cost = match share(conduct) {
            // More than one of them is not waited for, whoever it is.
            None => window * limits::GUARD_KNOWN_TOLERANCE,
            Some(share) => window * share / (100 * self.protection.failures.max(1)),
        };
        if self.is_known(now, flow.peer) {
            self.known_offends(now, flow.peer, source, reason, is_proven.then_some(cost));
        } else {
            self.offends(now, source, reason, is_proven, cost);
        }
    }

    /// Bans by the operator's wish; `None`: until it is lifted. False: there are too many such bans.
    pub fn ban(&mut self, now: Instant, range: Cidr, duration: Option<Duration>) -> bool {
        self.bans.add(now, range, duration)
    }

    /// Lifts every ban of this range or of sources in it, and forgets their offences. Gives how many bans were lifted.
    pub fn lift(&mut self, now: Instant, range: Cidr) -> usize {
        let single = range.single().map(Source::of);
        self.sources
            .retain(|source, _| !range.contains(source.address()) && single != Some(*source));
        self.bans.lift(now, range)
    }

    /// The bans that hold.
    pub fn bans(&self, now: Instant) -> Vec<Ban> {
        self.bans.list(now)
    }

    /// A ban that the log has not told yet.
    pub fn poll_news(&mut self) -> Option<Banned> {
        self.news.pop()
    }

    /// What it has counted.
    pub fn counters(&self) -> GuardCounters {
        self.counters
    }

    /// The source of an address, if it may be limited and banned.
    fn suspect(&self, address: IpAddr) -> Option<Source> {
        let suspect = self.protection.enabled && !self.allowed.contains(address);
        suspect.then(|| Source::of(address))
    }

    fn is_known(&mut self, now: Instant, peer: SocketAddr) -> bool {
        self.known.get(&peer).is_some_and(|known| known.until > now)
    }

    fn vouch(&mut self, now: Instant, peer: SocketAddr, source: Source) {
        let until = now + limits::GUARD_KNOWN_LIFETIME;
        match self.known.get(&peer) {
            Some(known) => known.until = until,
            None => {
                let known = Known {
                    until,
                    messages: Bucket::default(),
                    offences: Bucket::default(),
                };
                self.known.put(peer, known);
            }
        }
        self.bans.forgive(source);
        self.with_standing(source, |standing| {
            standing.known_until = Some(until);
            standing.all = Bucket::default();
        });
    }

    fn known_offends(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        source: Source,
        reason: BanReason,
        proven_cost: Option<Duration>,
    ) {
        let Some(cost) = proven_cost else {
            return;
        };
        let capacity = self.protection.window * limits::GUARD_KNOWN_TOLERANCE;
        let known = self.known.get(&peer);
        if known.is_some_and(|known| !known.offences.add(now, cost, capacity)) {
            self.known.remove(&peer);
            self.sentence(now, source, reason, true);
        }
    }

    fn offends(
        &mut self,
        now: Instant,
        source: Source,
        reason: BanReason,
        is_proven: bool,
        cost: Duration,
    ) {
        let window = self.protection.window;
        let verdict = self.with_standing(source, |standing| {
            let is_known = standing.known_until.is_some_and(|until| until > now);
            let tolerance = if is_known {
                limits::GUARD_KNOWN_TOLERANCE
            } else {
                1
            };
            // The last one fills the bucket, and that is the ban.
            let capacity = (window * tolerance).saturating_sub(NEARLY);
            if is_proven && !standing.proven.add(now, cost, capacity) {
                (standing.proven, standing.all) = (Bucket::default(), Bucket::default());
                return Some(true);
            }
            let is_full = !standing.all.add(now, cost, capacity);
            if is_full {
                standing.all = Bucket::default();
            }
            (is_full && !is_known).then_some(is_proven)
        });
        if let Some(is_proven) = verdict {
            self.sentence(now, source, reason, is_proven);
        }
    }

    fn sentence(&mut self, now: Instant, source: Source, reason: BanReason, is_proven: bool) {
        let lasting = (self.protection.ban, self.protection.ban_max);
        let duration = self.bans.sentence(now, source, reason, is_proven, lasting);
        self.counters.bans += 1;
        // A line for each of a million forged sources would be an attack on the disk.
        if self.telling.add(now, TELLING_COST, TELLING_BURST) {
            let untold = std::mem::take(&mut self.untold);
            self.news.push(Banned {
                source,
                reason,
                duration,
                untold,
            });
        } else {
            self.untold += 1;
        }
    }

    fn spend(&mut self, now: Instant, source: Source, messages: u32) -> Verdict {
        let (cost, capacity) = self.rate();
        let fits = |standing: &mut Standing| standing.messages.add(now, cost * messages, capacity);
        if self.with_standing(source, fits) {
            return Verdict::Heard;
        }
        self.counters.limited_messages += 1;
        Verdict::TooMuch
    }

    fn spend_known(&mut self, now: Instant, peer: SocketAddr) -> Verdict {
        let (cost, capacity) = self.rate();
        let cost = cost / limits::GUARD_KNOWN_FACTOR;
        let known = self.known.get(&peer);
        if known.is_none_or(|known| known.messages.add(now, cost, capacity)) {
            return Verdict::Heard;
        }
        self.counters.limited_messages += 1;
        Verdict::TooMuch
    }

    fn with_standing<T>(&mut self, source: Source, change: impl FnOnce(&mut Standing) -> T) -> T {
        if let Some(standing) = self.sources.get(&source) {
            return change(standing);
        }
        let mut standing = Standing::default();
        let result = change(&mut standing);
        self.sources.put(source, standing);
        result
    }

    /// What a message costs, and how much may be spent at once.
    fn rate(&self) -> (Duration, Duration) {
        let cost = Duration::from_secs(1) / self.protection.messages_per_second.max(1);
        (cost, cost * self.protection.burst.max(1))
    }

    fn banned(&mut self) -> Verdict {
        self.counters.banned_messages += 1;
        Verdict::Banned
    }

    fn count(&mut self, conduct: Conduct) {
        let counter = match conduct {
            Conduct::Authenticated | Conduct::Challenged => return,
            Conduct::WrongCredentials => &mut self.counters.wrong_credentials,
            Conduct::UnknownDomain => &mut self.counters.unknown_domains,
            Conduct::Malformed => &mut self.counters.malformed,
            Conduct::Scanner => &mut self.counters.scanners,
        };
        *counter += 1;
    }
}

/// Ten bans a second are told.
const TELLING_COST: Duration = Duration::from_millis(100);
const TELLING_BURST: Duration = Duration::from_secs(2);
/// Less than any failure costs.
const NEARLY: Duration = Duration::from_millis(1);

/// What an offence counts: hundredths of a failure; `None`: it is enough.
fn share(conduct: Conduct) -> Option<u32> {
    match conduct {
        Conduct::Authenticated => Some(0),
        // Every phone is challenged now and then, and answers.
        Conduct::Challenged => Some(10),
        // Some phones and application gateways send a little nonsense.
        Conduct::Malformed => Some(20),
        Conduct::WrongCredentials | Conduct::UnknownDomain => Some(100),
        Conduct::Scanner => None,
    }
}
