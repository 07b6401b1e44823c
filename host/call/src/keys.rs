//! The names by which the exchange and its shell speak of calls, decisions, look-ups and media. None is ever reused.

use std::net::IpAddr;

/// A call of this exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// A decision that is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// The call it is for.
    pub call: CallKey,
    /// Which of the call's decisions.
    pub serial: u32,
}

/// A name that is being resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lookup(pub u64);

/// A media session: the relay between the caller's side and the called side of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// An RTP port of our own and the RTCP port after it, bound already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MediaPorts {
    /// The shell's handle of the sockets.
    pub slot: u32,
    /// The address that SDP names; its family is that of the sockets.
    pub address: IpAddr,
    /// The RTP port; RTCP is the next one.
    pub rtp_port: u16,
}
