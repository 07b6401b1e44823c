//! The retransmission of a 2xx to an INVITE by the UAS core (RFC 3261 §13.3.1.4). Transactions do not do it, because the
//! ACK of a 2xx is a request of its own that only the core can match.

use std::time::{Duration, Instant};

use super::timer::Timing;

#[cfg(test)]
#[path = "success_tests.rs"]
mod tests;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuccessAction {
    /// Pass the 2xx to `Layer::respond` again.
    Resend,
    /// No ACK within 64·T1: the session SHOULD be ended with a BYE.
    GiveUp,
}

/// One 2xx that waits for its ACK; drop it when the ACK comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuccessRetransmit {
    timing: Timing,
    interval: Duration,
    next: Instant,
    give_up: Instant,
}

impl SuccessRetransmit {
    /// To be made when the 2xx is sent first. It is retransmitted over every transport, since a hop further on may be
    /// unreliable.
    pub fn new(now: Instant, timing: Timing) -> Self {
        Self {
            timing,
            interval: timing.t1,
            next: now + timing.t1,
            give_up: now + timing.timeout(),
        }
    }

    /// For how long it has waited.
    pub fn waited(&self, now: Instant) -> Duration {
        let left = self.give_up.saturating_duration_since(now);
        self.timing.timeout().saturating_sub(left)
    }

    /// When [`SuccessRetransmit::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Instant {
        self.next.min(self.give_up)
    }

    /// What is due at `now`; `None` if nothing yet. The interval starts at T1 and doubles up to T2; it does not end with a
    /// retransmission of the INVITE, only with the ACK.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<SuccessAction> {
        if now >= self.give_up {
            return Some(SuccessAction::GiveUp);
        }
        if now < self.next {
            return None;
        }
        self.interval = self.interval.saturating_mul(2).min(self.timing.t2);
        self.next = now + self.interval;
        Some(SuccessAction::Resend)
    }
}
