//! The bans: the operator's, those that an offence has proven, and the others, each kind with room of its own, so that forged
//! offences push out none that were proven.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::cidr::Cidr;
use crate::guard::bounded::Bounded;
use crate::guard::source::Source;
use crate::limits;

/// What a ban is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BanReason {
    /// The operator wants it.
    Operator,
    /// Wrong credentials.
    Credentials,
    /// Challenges that were never answered: somebody tries out names or numbers.
    Challenges,
    /// Requests for domains that are not ours.
    Domains,
    /// Bytes that are no message.
    Malformed,
    /// The name of a scanner.
    Scanner,
}

impl BanReason {
    /// In a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            BanReason::Operator => "operator",
            BanReason::Credentials => "wrong credentials",
            BanReason::Challenges => "unanswered challenges",
            BanReason::Domains => "unknown domains",
            BanReason::Malformed => "malformed messages",
            BanReason::Scanner => "scanner",
        }
    }
}

/// A ban that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Whom: an address or a range.
    pub whom: String,
    /// For what.
    pub reason: BanReason,
    /// Whether the source was proven: then connections are refused, too.
    pub is_proven: bool,
    /// How long it still lasts; `None`: until it is lifted.
    pub left: Option<Duration>,
    /// How many bans the source has had.
    pub times: u32,
    /// Messages and connections that it has dropped.
    pub dropped: u64,
}

#[derive(Debug)]
struct Sentence {
    reason: BanReason,
    /// `None`: until it is lifted.
    until: Option<Instant>,
    /// When it is forgotten that there was one.
    remembered: Instant,
    times: u32,
    dropped: u64,
}

impl Sentence {
    fn holds(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    fn shown(&self, now: Instant, whom: String, is_proven: bool) -> Ban {
        Ban {
            whom,
            reason: self.reason,
            is_proven,
            left: self.until.map(|until| until.saturating_duration_since(now)),
            times: self.times,
            dropped: self.dropped,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Bans {
    by_operator: Vec<(Cidr, Sentence)>,
    proven: Bounded<Source, Sentence>,
    unproven: Bounded<Source, Sentence>,
}

impl Bans {
    pub(super) fn new(seed: u64) -> Bans {
        Bans {
            by_operator: Vec::new(),
            proven: Bounded::new(limits::GUARD_BANS, seed),
            unproven: Bounded::new(limits::GUARD_BANS, seed),
        }
    }

    /// Whether the operator has banned this address.
    pub(super) fn by_operator(&mut self, now: Instant, address: IpAddr) -> bool {
        let mut bans = self.by_operator.iter_mut();
        let ban = bans.find(|(range, ban)| range.contains(address) && ban.holds(now));
        ban.map(|(_, ban)| ban.dropped += 1).is_some()
    }

    /// Whether a source is banned; `unproven`: bans whose source was not proven hold as well.
    pub(super) fn holds(&mut self, now: Instant, source: Source, unproven: bool) -> bool {
        let tables = [
            Some(&mut self.proven),
            unproven.then_some(&mut self.unproven),
        ];
        for table in tables.into_iter().flatten() {
            if table.len() > 0
                && let Some(ban) = table.get(&source)
                && ban.holds(now)
            {
                ban.dropped += 1;
                return true;
            }
        }
        false
    }

    /// Bans a source, each time twice as long. Gives how long.
    pub(super) fn sentence(
        &mut self,
        now: Instant,
        source: Source,
        reason: BanReason,
        is_proven: bool,
        (first, longest): (Duration, Duration),
    ) -> Duration {
        let (table, longest) = if is_proven {
            (&mut self.proven, longest)
        } else {
            let longest = longest.min(limits::GUARD_UNPROVEN_BAN);
            (&mut self.unproven, longest)
        };
        let before = table.get(&source).filter(|ban| ban.remembered > now);
        let (times, dropped) = before.map_or((0, 0), |ban| (ban.times, ban.dropped));
        let duration = (first * 2_u32.saturating_pow(times.min(20))).min(longest);
        let until = now + duration;
        table.put(
            source,
            Sentence {
                reason,
                until: Some(until),
                remembered: until + limits::GUARD_MEMORY,
                times: times + 1,
                dropped,
            },
        );
        duration
    }

    /// Lifts the ban of a source that nothing was proven against.
    pub(super) fn forgive(&mut self, source: Source) {
        if self.unproven.len() > 0 {
            self.unproven.remove(&source);
        }
    }

    /// Bans a range by the operator's wish. False: there are too many.
    pub(super) fn add(&mut self, now: Instant, range: Cidr, duration: Option<Duration>) -> bool {
        self.by_operator
            .retain(|(known, ban)| *known != range && ban.holds(now));
        if self.by_operator.len() >= limits::GUARD_OPERATOR_BANS {
            return false;
        }
        let sentence = Sentence {
            reason: BanReason::Operator,
            until: duration.map(|duration| now + duration),
            remembered: now,
            times: 1,
            dropped: 0,
        };
        self.by_operator.push((range, sentence));
        true
    }

    /// Lifts and forgets the bans of a range and of the sources in it. Gives how many of them held.
    pub(super) fn lift(&mut self, now: Instant, range: Cidr) -> usize {
        let held = self.list(now).len();
        self.by_operator.retain(|(known, _)| *known != range);
        // An address lifts the ban of the whole network of IPv6 that it is in.
        let single = range.single().map(Source::of);
        for table in [&mut self.proven, &mut self.unproven] {
            table.retain(|source, _| !range.contains(source.address()) && single != Some(*source));
        }
        held - self.list(now).len()
    }

    /// The bans that hold: the operator's, then those that last longest first.
    pub(super) fn list(&self, now: Instant) -> Vec<Ban> {
        let by_operator = self.by_operator.iter().filter(|(_, ban)| ban.holds(now));
        let mut all: Vec<Ban> = by_operator
            .map(|(range, ban)| ban.shown(now, range.to_string(), true))
            .collect();
        let mut of_sources: Vec<Ban> = Vec::new();
        for (table, is_proven) in [(&self.proven, true), (&self.unproven, false)] {
            let held = table.iter().filter(|(_, ban)| ban.holds(now));
            let shown =
                |(source, ban): &(Source, Sentence)| ban.shown(now, source.to_string(), is_proven);
            of_sources.extend(held.map(shown));
        }
        of_sources.sort_by(|a, b| b.left.cmp(&a.left).then_with(|| a.whom.cmp(&b.whom)));
        all.extend(of_sources);
        all
    }
}
