//! The words of the relay: sides, kinds of packets, verdicts, events, configuration.

use std::net::SocketAddr;
use std::time::Duration;

use crate::relay::statistics::SideStatistics;

/// A side of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The leg that the call came in on.
    Caller,
    /// The leg or legs that it went out on.
    Callee,
}

impl Side {
    /// The opposite side.
    pub fn other(self) -> Side {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }
}

/// Which of a side's two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Media (RFC 3550 §5).
    Rtp,
    /// Reports (RFC 3550 §6), on the port after that of RTP.
    Rtcp,
}

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send it to this address, from the same kind of socket of the *other* side.
    Forward(SocketAddr),
    /// Send nothing: the switch itself has heard it.
    Taken,
    /// Do not send it.
    Drop(DropReason),
}

/// Why a packet is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// It is no RTP or RTCP, or too long.
    Malformed,
    /// It came from an address that is not the side's.
    Stranger,
    /// It came from an address that may become the side's, but has not shown enough for it yet.
    Unproven,
    /// The other side has no address to send to: not known yet, or it wants nothing.
    NoDestination,
}

/// What happened to a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayEvent {
    /// Nothing came from this side for too long although it was expected to send. Told again after the same time if the
    /// silence goes on.
    MediaTimeout {
        /// The silent side.
        side: Side,
    },
}

/// How one side of a relay is doing at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glimpse {
    /// Where its SDP says that it is.
    pub named: Option<SocketAddr>,
    /// Where its packets come from, once that has settled.
    pub source: Option<SocketAddr>,
    /// Who was turned away last, since packets for this side are taken from somebody else.
    pub stranger: Option<SocketAddr>,
    /// For how long nothing has come from it; `None`: nothing ever has.
    pub silent: Option<Duration>,
    /// Whether both descriptions say that it sends and is listened to.
    pub is_expected: bool,
    /// What was counted of it so far.
    pub statistics: SideStatistics,
}

/// How a relay behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayConfig {
    /// How long a side that has sent may be silent (neither RTP nor RTCP) while it is expected to send.
    pub timeout: Duration,
    /// How long a side may take to send its first packet after both sides' addresses are known.
    pub start_timeout: Duration,
    /// Whether media may come from another address than the SDP names (RFC 4961; phones behind address translation).
    pub symmetric: bool,
    /// How many packets in a row a source needs that neither the SDP nor the signalling points to.
    pub settle_packets: u8,
    /// How long after settling a source that fits the SDP or the signalling better may still take over.
    pub settle_window: Duration,
}

impl Default for RelayConfig {
    fn default() -> RelayConfig {
        RelayConfig {
            timeout: Duration::from_secs(60),
            start_timeout: Duration::from_secs(600),
            symmetric: true,
            settle_packets: 5,
            settle_window: Duration::from_secs(3),
        }
    }
}
