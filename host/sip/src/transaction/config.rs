//! What the transaction layer is told at the start, and what it counts.

use std::time::Duration;

use super::timer::Timing;
use crate::limits;

/// The settings of a [`super::Layer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionConfig {
    /// T1, the estimated round trip: 500 ms.
    pub t1: Duration,
    /// T2, the longest retransmission interval of non-INVITE requests and INVITE responses: 4 s.
    pub t2: Duration,
    /// T4, the longest time a message stays in the network: 5 s.
    pub t4: Duration,
    /// How many transactions may live at once.
    pub limits: TransactionLimits,
    /// Responses over UDP go to the port that the request came from even if it does not ask for it by `rport`
    /// (RFC 3581). Against the RFC, for phones behind NAT that do not know it.
    pub symmetric_responses: bool,
    /// The number of the exchange that owns the layer.
    pub exchange_number: u8,
    /// The secret of the keyed hash that stands for a transaction's key. Chosen at random: who knows it can make
    /// transactions collide.
    pub hash_seed: [u8; 16],
}

impl Default for TransactionConfig {
    fn default() -> Self {
        let Timing { t1, t2, t4 } = Timing::default();
        Self {
            t1,
            t2,
            t4,
            limits: TransactionLimits::default(),
            symmetric_responses: false,
            exchange_number: 0,
            hash_seed: [0; 16],
        }
    }
}

impl TransactionConfig {
    /// The base durations of the timers.
    pub fn timing(&self) -> Timing {
        Timing {
            t1: self.t1,
            t2: self.t2,
            t4: self.t4,
        }
    }
}

/// How many transactions may live at once. An ended one counts until its last timer, up to 64·T1 later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionLimits {
    /// Beyond it a request that begins something new gets a stateless 503; requests of dialogs have as many places more,
    /// so that calls can end, and are dropped beyond those.
    pub server_transactions: usize,
    /// Beyond it a request is not sent and its transaction ends with `TransportFailed`.
    pub client_transactions: usize,
    /// The Retry-After of the stateless 503.
    pub retry_after_seconds: u32,
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self {
            server_transactions: limits::SERVER_TRANSACTIONS,
            client_transactions: limits::CLIENT_TRANSACTIONS,
            retry_after_seconds: limits::RETRY_AFTER_SECONDS,
        }
    }
}

/// What the layer counted since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that made a server transaction.
    pub requests_received: u64,
    /// Requests that were sent in a client transaction.
    pub requests_sent: u64,
    /// Responses that matched a client transaction.
    pub responses_received: u64,
    /// Requests that matched a server transaction that had seen them: absorbed, or answered from the cache.
    pub requests_absorbed: u64,
    /// Messages that were sent again by a timer.
    pub retransmitted: u64,
    /// Responses other than 2xx to INVITE that matched nothing and were dropped.
    pub responses_unmatched: u64,
    /// Requests refused with a stateless 503, because the table was full.
    pub requests_refused: u64,
    /// Requests of dialogs dropped, because the table was full twice over.
    pub requests_dropped: u64,
    /// Requests not sent, because the table was full or they lacked what a request needs.
    pub requests_not_sent: u64,
    /// Client transactions that timed out.
    pub timeouts: u64,
    /// INVITE server transactions whose non-2xx was never acknowledged.
    pub ack_timeouts: u64,
    /// Transactions that met a transport error.
    pub transport_failures: u64,
    /// Transactions given up: INVITEs that were cancelled and never answered, requests that the transaction user never
    /// answered.
    pub abandoned: u64,
}
