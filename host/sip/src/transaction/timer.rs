//! The names and durations of RFC 3261's transaction timers. It measures no time: a deadline is made of these by the layer.

use std::time::Duration;

/// The timers of RFC 3261 table 4 and RFC 6026 §7; Timer C is a proxy's and has no place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// INVITE client: the request is sent again (unreliable transports), T1 and doubling.
    A,
    /// INVITE client: nobody answered, 64·T1.
    B,
    /// INVITE client: how long a retransmitted non-2xx is acknowledged again, 64·T1.
    D,
    /// Non-INVITE client: the request is sent again (unreliable transports), T1, doubling up to T2.
    E,
    /// Non-INVITE client: no final response came, 64·T1.
    F,
    /// INVITE server: the non-2xx is sent again (unreliable transports), T1, doubling up to T2.
    G,
    /// INVITE server: no ACK came for a non-2xx, 64·T1.
    H,
    /// INVITE server: how long retransmitted ACKs are absorbed, T4.
    I,
    /// Non-INVITE server: how long a retransmitted request is answered from the cache, 64·T1.
    J,
    /// Non-INVITE client: how long retransmitted responses are absorbed, T4.
    K,
    /// INVITE server: how long a retransmitted INVITE is absorbed after a 2xx, 64·T1 (RFC 6026 §7.1).
    L,
    /// INVITE client: how long further 2xx are handed up, 64·T1 (RFC 6026 §7.2).
    M,
    /// 64·T1 after which a transaction that nothing else would end is given up: a cancelled INVITE without a final
    /// response (RFC 3261 §9.1), a non-INVITE request that was never answered (RFC 4320 §4.2).
    Abandon,
}

/// The three base durations of RFC 3261 table 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The estimated round trip, 500 ms.
    pub t1: Duration,
    /// The longest retransmission interval of non-INVITE requests and INVITE responses, 4 s.
    pub t2: Duration,
    /// The longest time a message stays in the network, 5 s.
    pub t4: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Timing {
    /// 64·T1: the time after which a transaction gives up, 32 s by default.
    pub fn timeout(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// T1·2^`resent`: the interval of Timer A after `resent` retransmissions.
    pub fn doubling(&self, resent: u8) -> Duration {
        self.t1.saturating_mul(1 << resent.min(16))
    }

    /// min(T1·2^`resent`, T2): the interval of Timers E and G after `resent` retransmissions.
    pub fn doubling_to_t2(&self, resent: u8) -> Duration {
        self.doubling(resent).min(self.t2)
    }
}
