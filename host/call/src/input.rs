//! What the exchange is told.

use std::sync::Arc;

use bytes::Bytes;
use switchhook_routing::decision::{Decided, Resumed};
use switchhook_routing::registration::Gated;
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;

use crate::config::Config;
use crate::kept::Kept;
use crate::keys::{AddressOfRecord, GateTicket, Lookup, MediaPorts, SessionId, Ticket};
use crate::media_command::{MediaEvent, RecordingWish};
use crate::rooms::command::RoomCommand;
use crate::subscriptions::mailbox::Mailbox;
use crate::transfer::command::Transfer;
use crate::voicemail::MailboxReply;

/// One input of the exchange. After each, drain the outputs.
#[derive(Debug)]
pub enum Input {
    /// A message arrived: a datagram, or one framed message of a stream.
    Received {
        /// Where it came from.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// Something could not be sent or connected, or a connection was closed.
    FlowFailed {
        /// The flow that failed.
        flow: Flow,
    },
    /// The peer of a connection has shown a certificate, and it was verified. Told before the first message of the connection.
    PeerIdentified {
        /// The connection.
        flow: Flow,
        /// The names that the certificate has: DNS names, and the hosts of SIP URIs (RFC 5922 §7.1).
        names: Vec<String>,
    },
    /// How many received messages wait in the shell. Above `limits.backlog` new INVITEs get a stateless 503.
    Backlog {
        /// Messages.
        messages: usize,
    },
    /// A decision came back.
    Decided {
        /// The decision that was asked for.
        ticket: Ticket,
        /// What it is.
        decided: Decided,
    },
    /// Routing code said what follows a verb with a tag.
    Resumed {
        /// The resumption that was asked for.
        ticket: Ticket,
        /// What it is.
        resumed: Resumed,
    },
    /// A gatekeeper has decided.
    Gated {
        /// The registration that was asked about.
        ticket: GateTicket,
        /// What it is.
        gated: Gated,
    },
    /// A mailbox has answered.
    Mailbox {
        /// The request that was made.
        ticket: Ticket,
        /// What is answered.
        reply: MailboxReply,
    },
    /// A name was resolved.
    Resolved {
        /// The look-up that was asked for.
        lookup: Lookup,
        /// Where requests for it may go, preferred first. Empty: it cannot be resolved.
        candidates: Vec<Candidate>,
    },
    /// Media ports that the shell has bound. The exchange draws from this stock.
    PortsGranted(Vec<MediaPorts>),
    /// Something happened to a media session.
    Media {
        /// The session.
        session: SessionId,
        /// What.
        event: MediaEvent,
    },
    /// What was kept over a restart, of all kinds: the very first input, if there is any.
    Restore(Vec<Kept>),
    /// The operator wants something.
    Command(Command),
    /// The time that `poll_timeout` named was reached.
    Timeout,
}

/// What the operator wants.
#[derive(Debug, Clone)]
pub enum Command {
    /// Use this configuration from now on. Calls go on; registrations of clients that are gone are removed.
    Configure(Arc<Config>),
    /// End the call that has this identifier (that of events and records).
    HangUp {
        /// The call's identifier.
        call_id: String,
    },
    /// Transfer a call. One that cannot be is only counted: [`crate::exchange::Exchange::transfer`] says why.
    Transfer(Transfer),
    /// Do something to a conference room. One that is not there is passed over: [`crate::exchange::Exchange::rooms`] says
    /// which there are.
    Room(RoomCommand),
    /// Do something with the recording of the call that has this identifier.
    Record {
        /// The call's identifier.
        call_id: String,
        /// What.
        wish: RecordingWish,
    },
    /// End all calls that there are.
    HangUpAll,
    /// Take no new calls (503); let those that exist end.
    Drain,
    /// So many messages wait in a mailbox from now on.
    Mailbox {
        /// The mailbox, which is a client's username unless the configuration says otherwise.
        mailbox: AddressOfRecord,
        /// How many messages wait.
        counts: Mailbox,
    },
}
