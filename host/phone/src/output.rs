//! Everything that a phone wants done or known.

use std::net::SocketAddr;

use bytes::Bytes;
use switchhook_media::sdp::{Codec, LocalMedia, RemoteMedia};
use switchhook_sip::flow::Flow;

use crate::input::LineCall;

/// What the shell must carry out, in order.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send these bytes on this flow.
    Send {
        /// Where to.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// Tell the user.
    Event(Event),
}

/// What a user gets to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The registrar accepted the registration, or its refresh, for this many seconds.
    Registered {
        /// Seconds until it expires; the phone refreshes it before.
        expires: u32,
    },
    /// The registration is removed.
    Unregistered,
    /// The registrar refused with this status; 408: it did not answer; 503: the transport failed.
    RegistrationFailed(u16),
    /// An outgoing call was started.
    Calling {
        /// The call.
        call: LineCall,
        /// Whom it is to.
        to: String,
    },
    /// Somebody calls.
    Incoming {
        /// The call.
        call: LineCall,
        /// The URI of From.
        from: String,
        /// The Call-ID of the dialog.
        call_id: String,
    },
    /// A provisional response other than 100.
    Progress {
        /// The call.
        call: LineCall,
        /// Its status.
        status: u16,
    },
    /// Audio may flow before the answer.
    EarlyMedia {
        /// The call.
        call: LineCall,
        /// Where it flows.
        media: CallMedia,
    },
    /// The call is established.
    Answered {
        /// The call.
        call: LineCall,
        /// Where audio flows.
        media: CallMedia,
    },
    /// Where audio flows changed: by a re-INVITE of either side.
    MediaChanged {
        /// The call.
        call: LineCall,
        /// Where audio flows now.
        media: CallMedia,
    },
    /// The other side took our hold.
    Held(LineCall),
    /// The other side took our resume.
    Resumed(LineCall),
    /// The other side put us on hold.
    HeldByPeer(LineCall),
    /// The other side took us from hold.
    ResumedByPeer(LineCall),
    /// Our PRACK was sent, or one for us came (RFC 3262).
    ProvisionalAcknowledged(LineCall),
    /// The session was refreshed, by either side (RFC 4028).
    Refreshed(LineCall),
    /// Our re-INVITE was refused with this status; the call goes on as before (RFC 3261 §14.1).
    ChangeRefused(LineCall, u16),
    /// An established call is over.
    Ended {
        /// The call.
        call: LineCall,
        /// Who ended it.
        by: EndedBy,
    },
    /// A call ended without having been established.
    Failed {
        /// The call.
        call: LineCall,
        /// The final status: of the response received or sent; 487 if cancelled, 408 if nobody answered the
        /// INVITE at all, 503 if the transport failed.
        status: u16,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// This phone, commanded or by its behaviour.
    Us,
    /// The other side.
    Peer,
    /// The other side vanished: no ACK, no answer to a re-INVITE, no transport.
    Lost,
}

/// The media of a call as both sides agreed on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallMedia {
    /// Where the phone receives.
    pub local: LocalMedia,
    /// Where it sends, and in which directions audio flows, seen from the other side.
    pub remote: RemoteMedia,
    /// What both sides have in common, the preferred one first, with the payload types to send.
    pub codecs: Vec<Codec>,
}

impl CallMedia {
    /// Where RTP goes, if the other side wants any.
    #[must_use]
    pub fn send_to(&self) -> Option<SocketAddr> {
        self.remote.rtp
    }
}
