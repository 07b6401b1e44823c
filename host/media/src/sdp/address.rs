//! Where media goes, in which direction, and the identity of a session description.

use std::net::{IpAddr, SocketAddr};

use crate::sdp::terms::Terms;

/// Our own side of a leg's media, as its SDP names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalMedia {
    /// The address to advertise.
    pub address: IpAddr,
    /// The RTP port; RTCP is the next one.
    pub port: u16,
}

/// The identity of the descriptions that we send on one leg (the `o=` line, RFC 8866 §5.2).
///
/// One per leg. The caller adds 1 to `version` when the content changes and keeps it when the same description is sent
/// again (RFC 3264 §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SdpOrigin {
    /// Stays the same as long as the leg lives. Keep it below 2^62: some phones read it as a signed number.
    pub session_id: u64,
    /// Counts the changes.
    pub version: u64,
}

/// What the far side said of its media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RemoteMedia {
    /// Where it wants RTP. None: nowhere (port 0, or `c=0.0.0.0`), or a host name or multicast group that we do not use.
    pub rtp: Option<SocketAddr>,
    /// Where it wants RTCP (RFC 3605, or the port after RTP). None as for `rtp`.
    pub rtcp: Option<SocketAddr>,
    /// What it wants to do. `c=0.0.0.0` counts as not receiving (RFC 3264 §8.4).
    pub direction: Direction,
    /// Where its signalling comes from, if the caller of this crate knows it and sets it: behind address translation
    /// its media most likely comes from there, so the relay trusts such a source sooner than a stranger.
    pub signalling: Option<IpAddr>,
    /// In which formats it takes media.
    pub terms: Terms,
}

/// The direction of a stream, seen by the side that states it (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// It sends and receives.
    #[default]
    SendRecv,
    /// It only sends: it has put the other side on hold.
    SendOnly,
    /// It only receives.
    RecvOnly,
    /// It does neither.
    Inactive,
}

impl Direction {
    /// Whether the side sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the side wants to receive.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The direction of a side that does these.
    pub fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// The same stream as the other side sees it (RFC 3264 §6.1).
    pub fn reversed(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What of this direction remains when the other side offers `offered` (seen by the other side).
    pub fn answering(self, offered: Direction) -> Direction {
        Direction::of(
            self.sends() && offered.receives(),
            self.receives() && offered.sends(),
        )
    }

    /// The name of the SDP attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// Reads the name of an SDP attribute.
    pub fn from_attribute(name: &str) -> Option<Direction> {
        match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        }
    }
}
