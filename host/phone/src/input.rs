//! Everything that can happen to a phone.

use bytes::Bytes;
use switchhook_sip::flow::Flow;

/// One of the calls of a phone; never reused within the phone's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineCall(pub u32);

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram or one framed message arrived.
    Received {
        /// Where it came from.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// The transport could not send on this flow, or its connection closed.
    FlowFailed {
        /// The flow.
        flow: Flow,
    },
    /// The user wants something.
    Command(Command),
    /// The time of [`crate::phone::Phone::poll_timeout`] has come.
    Timeout,
}

/// What a user can want. A command that does not fit the state of its call is ignored: a user's finger
/// and the network race, and losing that race is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Register the phone's contact, and refresh it before it expires.
    Register {
        /// How long: seconds.
        expires: u32,
    },
    /// Remove the registration.
    Unregister,
    /// Call somebody.
    Call {
        /// A number of the phone's domain, or a SIP URI.
        to: String,
    },
    /// Answer an incoming call.
    Answer(LineCall),
    /// Let an incoming call ring (180).
    Ring(LineCall),
    /// Refuse an incoming call with this status (300 to 699).
    Reject(LineCall, u16),
    /// End a call, whatever state it is in: CANCEL, 603 or BYE.
    HangUp(LineCall),
    /// Hang up every call.
    HangUpAll,
    /// Put the other side on hold (re-INVITE with `sendonly`, RFC 3264 §8.4).
    Hold(LineCall),
    /// Take it from hold.
    Resume(LineCall),
    /// Transfer the other side to a number of the phone's domain or a SIP URI (REFER, RFC 3515). The call goes on until the
    /// other side of it ends it.
    Transfer(LineCall, String),
    /// Press a key, one of `0123456789*#ABCD`: the other side is told by INFO (`application/dtmf-relay`).
    Press(LineCall, char),
    /// Transfer the other side of the first call to that of the second (REFER with Replaces, RFC 3891).
    Join(LineCall, LineCall),
}
