//! What a phone is told at its construction: who it is, where its registrar is, and how it behaves by itself.

use std::net::SocketAddr;
use std::time::Duration;

use switchhook_media::sdp::{Codec, LocalMedia};
use switchhook_sip::flow::{ListenerId, Transport};

/// Who a phone is and where it belongs.
#[derive(Debug, Clone)]
pub struct PhoneConfig {
    /// The user part of its address of record; also the user name for digest authentication.
    pub username: String,
    /// The password for digest authentication.
    pub password: String,
    /// The domain of its address of record.
    pub domain: String,
    /// The address it announces in Via and Contact: the one its socket is bound to.
    pub local: SocketAddr,
    /// The listener that its flows carry.
    pub listener: ListenerId,
    /// Where it sends everything: its registrar and outbound proxy.
    pub registrar: SocketAddr,
    /// The transport to the registrar.
    pub transport: Transport,
    /// The value of User-Agent.
    pub user_agent: String,
    /// Where it receives audio. The call in slot `n` announces `port + 2 n`, so that calls at the same time
    /// do not share a port.
    pub media: LocalMedia,
    /// Timer values; the default ones of RFC 3261 unless a test is in a hurry.
    pub t1: Duration,
    /// Calls that it holds at the same time; one more is answered with 486 (Busy Here). At most
    /// [`crate::limits::MAX_CALLS`].
    pub max_calls: usize,
    /// What it does by itself.
    pub behaviour: Behaviour,
}

/// What a phone does without being told, so that a test can make it a good, a slow or a rude one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// Whether an incoming call is answered with 180 (Ringing) at once.
    pub ring: bool,
    /// Whether an incoming call gets 183 (Session Progress) with an SDP answer instead of 180.
    pub early_media: bool,
    /// An incoming call is answered after this time; `None`: when commanded.
    pub auto_answer_after: Option<Duration>,
    /// An incoming call is refused with this status after [`Behaviour::decide_after`].
    pub reject_with: Option<u16>,
    /// An incoming call is redirected (302) to this URI after [`Behaviour::decide_after`].
    pub redirect_to: Option<String>,
    /// How long the phone waits before it refuses or redirects.
    pub decide_after: Duration,
    /// A call is hung up by the phone this long after it was established.
    pub hang_up_after: Option<Duration>,
    /// The phone never sends ACK for a 2xx.
    pub drop_ack: bool,
    /// The first re-INVITE of each call is refused with 491 as if one of the phone's own were on its way.
    pub glare: bool,
    /// What it can hear and say, preferred first; empty: G.711 and digits.
    pub codecs: Vec<Codec>,
    /// It answers with PCMA alone, if that is offered and it knows it.
    pub pcma_only: bool,
    /// It understands reliable provisional responses (RFC 3262), and sends its own so where the caller does.
    pub reliable: bool,
    /// Before it rings, so many branches ring that are not its own: early dialogs that come to nothing.
    pub branches: u8,
    /// The session interval that it asks for: seconds, 90 at least (RFC 4028); `None`: it knows no session timers.
    pub session_seconds: Option<u32>,
    /// It refreshes by UPDATE (RFC 3311) instead of a re-INVITE.
    pub updates: bool,
    /// Outgoing INVITEs carry no SDP: the offer comes in the answer, and the answer in ACK (RFC 3261 §13.2.1).
    pub delayed_offer: bool,
}

impl Default for Behaviour {
    fn default() -> Behaviour {
        Behaviour {
            ring: true,
            early_media: false,
            auto_answer_after: None,
            reject_with: None,
            redirect_to: None,
            decide_after: Duration::ZERO,
            hang_up_after: None,
            drop_ack: false,
            glare: false,
            codecs: Vec::new(),
            pcma_only: false,
            reliable: false,
            branches: 0,
            session_seconds: None,
            updates: false,
            delayed_offer: false,
        }
    }
}
