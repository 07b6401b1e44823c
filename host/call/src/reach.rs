//! Which addresses did not answer lately, so that the next request goes first to one that lives (RFC 3263 §4.3). It sends nothing and forgets
//! by itself.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::locate::Candidate;

use crate::limits;

/// The addresses that failed, and until when that is remembered.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    failed: HashMap<(Transport, SocketAddr), Instant>,
}

impl Reach {
    /// It did not answer, could not be reached, or said that it can do nothing now.
    pub(crate) fn failed(&mut self, now: Instant, flow: Flow, avoid: Duration) {
        if self.failed.len() >= limits::FAILED_ADDRESSES {
            self.failed.retain(|_, until| *until > now);
        }
        if self.failed.len() < limits::FAILED_ADDRESSES {
            self.failed.insert((flow.transport, flow.peer), now + avoid);
        }
    }

    /// It answers.
    pub(crate) fn heard(&mut self, flow: Flow) {
        if !self.failed.is_empty() {
            self.failed.remove(&(flow.transport, flow.peer));
        }
    }

    /// Whether it failed lately.
    pub(crate) fn is_avoided(&self, now: Instant, transport: Transport, peer: SocketAddr) -> bool {
        let until = self.failed.get(&(transport, peer));
        until.is_some_and(|until| *until > now)
    }

    /// The same candidates, those that failed lately behind the others: if all did, they are tried as they come.
    pub(crate) fn in_order(&self, now: Instant, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        if !self.failed.is_empty() {
            candidates.sort_by_key(|candidate| {
                self.is_avoided(now, candidate.transport, candidate.address)
            });
        }
        candidates
    }
}
