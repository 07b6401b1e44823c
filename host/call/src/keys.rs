//! The names by which the exchange and its shell speak of calls, decisions, look-ups and media. None is ever reused.

use std::collections::HashMap;
use std::net::IpAddr;

/// A map whose keys are of our own making, so that nobody can aim at its buckets.
pub(crate) type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// A call of this exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// A decision or a resumption that is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket {
    /// The call it is for.
    pub call: CallKey,
    /// Which of the call's decisions and resumptions.
    pub serial: u32,
}

/// A registration that a gatekeeper decides about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GateTicket(pub u64);

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

/// A client's address of record: its username in its domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressOfRecord {
    /// The domain's name, in lower case.
    pub domain: String,
    /// The username.
    pub user: String,
}

/// Whose a transaction or a look-up of ours is. Each owner knows what it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A call's.
    Call(CallKey),
    /// A subscription's.
    Subscription(u64),
    /// A MESSAGE's that is sent on.
    Message(u64),
    /// Nobody waits for what comes of it.
    Nobody,
    /// A registration at a trunk, or the watch over one.
    Trunks,
}

/// Whose a dialog is, by our tag of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DialogOwner {
    /// A leg of a call.
    Call(CallKey, LegId),
    /// A subscription.
    Subscription(u64),
}

/// A leg of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LegId {
    /// The one that the call came in on.
    Caller,
    /// One that it went out on, by its place in the call's list.
    Callee(usize),
}
