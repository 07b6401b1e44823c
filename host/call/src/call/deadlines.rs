//! The deadlines of one call. There are few, so they are a list.

use std::time::Instant;

use switchhook_media::relay::Side;

/// What a deadline of a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    /// A decision that has not come back is given up.
    Decision,
    /// Nobody has come for a parked caller.
    Parked,
    /// A `pause` is over.
    Pause,
    /// The wait of an act is over.
    Act,
    /// A caller with early media is told that it still waits.
    Early,
    /// A `connect` has taken long enough.
    Connect,
    /// The leg of this number has rung long enough.
    Ring(usize),
    /// The leg of this number has said nothing for long enough.
    Silent(usize),
    /// The trunk of the leg of this number has said no more than 100 for too long.
    Progress(usize),
    /// The 2xx that the caller's or called side's INVITE got is sent again, or given up (RFC 3261 §13.3.1.4).
    Success(SideKey),
    /// An INVITE of our own to the caller is tried again.
    Renewal,
    /// A reliable provisional response is sent again, or given up (RFC 3262 §3).
    Provisional,
    /// The session with a side is refreshed, or has expired (RFC 4028 §10).
    Session(SideKey),
    /// The INVITE to a leg that is a party of another call is tried again.
    Join(usize),
    /// The call has lasted long enough.
    Longest,
    /// The relay's statistics have not come back and are not waited for any longer.
    Statistics,
}

/// A side, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SideKey {
    /// The caller's.
    Caller,
    /// The called one.
    Callee,
}

impl From<Side> for SideKey {
    fn from(side: Side) -> SideKey {
        match side {
            Side::Caller => SideKey::Caller,
            Side::Callee => SideKey::Callee,
        }
    }
}

impl From<SideKey> for Side {
    fn from(side: SideKey) -> Side {
        match side {
            SideKey::Caller => Side::Caller,
            SideKey::Callee => Side::Callee,
        }
    }
}

/// The deadlines of one call.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    set: Vec<(Instant, Timer)>,
}

impl Deadlines {
    /// Sets a deadline, in place of the one that was set for the same.
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        self.clear(timer);
        self.set.push((at, timer));
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.set.retain(|(_, other)| *other != timer);
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.set.iter().map(|(at, _)| *at).min()
    }

    /// Takes the earliest deadline that has passed.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = self.set.iter().min().copied()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}
