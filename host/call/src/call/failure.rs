//! Why a destination did not take a call, in the words of responses, events and outcomes.

use switchhook_routing::event::LegFailure;
use switchhook_routing::outcome::{Unconnected, UnconnectedReason};

/// Why a destination did not take a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It rang for as long as it may.
    Timeout,
    /// It refused, with this status.
    Status(u16),
    /// It cannot be reached; the status says why.
    Unreachable(u16),
}

impl Failure {
    /// The status that it comes down to.
    pub(crate) fn status(self) -> u16 {
        match self {
            Failure::Timeout => 480,
            Failure::Status(status) | Failure::Unreachable(status) => status,
        }
    }

    /// As events tell it.
    pub(crate) fn told(self) -> LegFailure {
        match self {
            Failure::Timeout => LegFailure::Timeout,
            Failure::Status(status) => LegFailure::Status(status),
            Failure::Unreachable(status) => LegFailure::Unreachable(text(status).to_owned()),
        }
    }

    /// As the outcome of a `connect` tells it.
    pub(crate) fn unconnected(self) -> Unconnected {
        let (reason, status) = match self {
            Failure::Timeout => (UnconnectedReason::NoAnswer, None),
            Failure::Unreachable(_) => (UnconnectedReason::Unreachable, None),
            Failure::Status(status) => (reason(status), Some(status)),
        };
        Unconnected { reason, status }
    }

    /// Of two failures the one that says more: 6xx, then the lowest class, then what the caller can act on
    /// (RFC 3261 §16.7 step 6). Of equals one that rang, and then the earlier one.
    pub(crate) fn or_better(self, other: Failure) -> Failure {
        let rank = |failure: Failure| {
            let class = match failure.status() {
                600..=699 => 0,
                300..=399 => 1,
                486 => 2,
                401 | 407 | 415 | 420 | 484 => 3,
                400..=499 => 4,
                _ => 5,
            };
            (class, matches!(failure, Failure::Unreachable(_)))
        };
        if rank(other) < rank(self) {
            other
        } else {
            self
        }
    }
}

fn reason(status: u16) -> UnconnectedReason {
    match status {
        486 | 600 => UnconnectedReason::Busy,
        403 | 603 | 607 | 608 => UnconnectedReason::Declined,
        408 | 480 | 487 => UnconnectedReason::NoAnswer,
        404 | 410 | 502..=504 | 604 => UnconnectedReason::Unreachable,
        _ => UnconnectedReason::Failed,
    }
}

fn text(status: u16) -> &'static str {
    match status {
        404 => "there is no such destination here",
        408 => "no response",
        416 => "not a SIP address that can be called",
        480 => "not registered",
        502 => "its answer cannot be used",
        488 => "there is nothing to offer it",
        _ => "there is no way there",
    }
}
