//! Whether a host of a trunk is up, as a state machine: OPTIONS at intervals, down after several failures, up after several
//! responses, so that one lost packet moves no calls (RFC 3261 §11). How a host is asked is `state`'s.

use std::time::{Duration, Instant};

use crate::config::trunks::Health;
use crate::trunks::status::HostState;

/// The longest time that a host is left alone because it asked so.
const REST_MAX: Duration = Duration::from_secs(600);

/// A host of a trunk.
#[derive(Debug)]
pub(crate) struct Watch {
    state: HostState,
    reason: String,
    since: Instant,
    /// Failures in a row while it is up, responses in a row while it is down.
    against: u32,
    /// It asked to be left alone until then.
    rests_until: Option<Instant>,
    /// A question is under way.
    asking: bool,
    /// When it wants to be told that it is due: to ask, or to wait no longer.
    pub(crate) due: Option<Instant>,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It has responded.
    Answered,
    /// It has not, or in a way that means no.
    Failed(String),
}

/// What is to be done when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ask it.
    Ask,
    /// The question has waited too long: forget it, it counts as a failure already. Whether the state has changed.
    GiveUp(bool),
}

impl Watch {
    /// One that nobody has asked yet. `first`: when it is asked; `None`: never.
    pub(crate) fn new(now: Instant, first: Option<Instant>) -> Watch {
        Watch {
            state: HostState::Unknown,
            reason: String::new(),
            since: now,
            against: 0,
            rests_until: None,
            asking: false,
            due: first,
        }
    }

    /// Whether calls should go elsewhere.
    pub(crate) fn is_down(&self, now: Instant) -> bool {
        self.state == HostState::Down || self.rests(now)
    }

    /// How it is: state, reason, since when.
    pub(crate) fn shown(&self, now: Instant) -> (HostState, &str, Instant) {
        match self.rests(now) {
            true => (HostState::Down, "it asked to be left alone", self.since),
            false => (self.state, &self.reason, self.since),
        }
    }

    /// The time that it wanted has come.
    pub(crate) fn due(&mut self, now: Instant, health: &Health) -> Wish {
        if !self.asking {
            self.asking = true;
            self.due = Some(now + health.timeout);
            return Wish::Ask;
        }
        Wish::GiveUp(self.found(now, health, Finding::Failed("no response".to_owned())))
    }

    /// What came of asking. `true`: its state has changed.
    pub(crate) fn found(&mut self, now: Instant, health: &Health, finding: Finding) -> bool {
        self.asking = false;
        self.due = Some(now + health.interval);
        let (towards, needed, reason) = match finding {
            Finding::Answered => (HostState::Up, health.up_after, "it answers".to_owned()),
            Finding::Failed(reason) => (HostState::Down, health.down_after, reason),
        };
        if self.state == towards {
            self.against = 0;
            self.reason = reason;
            return false;
        }
        self.against += 1;
        // The first answer of a host says that it is there.
        let is_first = self.state == HostState::Unknown && towards == HostState::Up;
        if self.against < needed && !is_first {
            return false;
        }
        self.against = 0;
        self.state = towards;
        self.reason = reason;
        self.since = now;
        true
    }

    /// It asked to be left alone for so long (503 with Retry-After, RFC 3261 §21.5.4).
    pub(crate) fn rest(&mut self, now: Instant, length: Duration) {
        let until = now + length.min(REST_MAX);
        if !self.rests(now) {
            self.since = now;
        }
        self.rests_until = Some(self.rests_until.map_or(until, |before| before.max(until)));
    }

    fn rests(&self, now: Instant) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }
}

#[cfg(test)]
mod tests;
