//! What the exchange wants done. A closed list: whoever carries it out can match all of it.

use std::sync::Arc;

use bytes::Bytes;
use switchhook_routing::call::Call;
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::record::CallRecord;
use switchhook_routing::registration::Registration;
use switchhook_sip::flow::{Flow, Transport};

use crate::dialplan::PluginStep;
use crate::guard::Conduct;
use crate::kept::Kept;
use crate::keys::{CallKey, GateTicket, Lookup, Ticket};
use crate::media_command::MediaCommand;
use crate::trunks::status::TrunkNews;
use crate::voicemail::MailboxRequest;

/// One output of the exchange, to be carried out in the order given.
#[derive(Debug)]
pub enum Output {
    /// Send this message.
    Send {
        /// Where to.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// Ask routing code. Answer with `Input::Decided`.
    Decide(Box<DecideRequest>),
    /// Ask the author of a script what follows. Answer with `Input::Resumed`.
    Resume(Box<ResumeRequest>),
    /// Ask a gatekeeper. Answer with `Input::Gated`.
    Gate(Box<GateRequest>),
    /// Ask something of a mailbox. Answer with `Input::Mailbox`.
    Mailbox(Box<MailboxRequest>),
    /// Resolve a name. Answer with `Input::Resolved`.
    Resolve {
        /// Names the answer.
        lookup: Lookup,
        /// The host name.
        host: String,
        /// The port, if one was given: no SRV records then (RFC 3263 §4.2).
        port: Option<u16>,
        /// The transport, if one was given.
        transport: Option<Transport>,
    },
    /// Do this to the media.
    Media(MediaCommand),
    /// Something that routing code may read has changed.
    View(ViewChange),
    /// Something that must survive a restart has changed. It is given back by `Input::Restore`.
    Keep(Box<Kept>),
    /// A source has behaved, well or badly: a [`crate::guard::Guard`] wants to know.
    Conduct {
        /// Who.
        flow: Flow,
        /// How.
        conduct: Conduct,
    },
    /// Something happened to a call.
    Event(Event),
    /// Something about a trunk has changed.
    Trunk(TrunkNews),
    /// A call is over.
    Record(Box<CallRecord>),
    /// Nothing of this call is left: what was kept for it outside may be dropped.
    CallEnded {
        /// The call.
        call: CallKey,
    },
}

/// A question to routing code.
#[derive(Debug)]
pub struct DecideRequest {
    /// Names the answer.
    pub ticket: Ticket,
    /// The call.
    pub call: Call,
    /// The plugins to ask, in order.
    pub plugins: Arc<[PluginStep]>,
}

/// A question to the author of a script: what follows a verb that had a tag.
#[derive(Debug)]
pub struct ResumeRequest {
    /// Names the answer.
    pub ticket: Ticket,
    /// The call as it is now.
    pub call: Call,
    /// The plugin that wrote the script.
    pub plugin: String,
    /// The tag of the verb.
    pub tag: String,
    /// What came of the verb.
    pub outcome: Outcome,
    /// Who is to see a script that it answers with, before it is carried out.
    pub vetoes: Arc<[PluginStep]>,
}

/// A question to a gatekeeper.
#[derive(Debug)]
pub struct GateRequest {
    /// Names the answer.
    pub ticket: GateTicket,
    /// The gatekeeper.
    pub plugin: String,
    /// Who wants to register.
    pub registration: Registration,
}

/// A change of what routing code may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    /// The contacts that a client has registered, all of them.
    Contacts {
        /// The domain.
        domain: String,
        /// The username.
        client: String,
        /// The contact URIs; empty: it is not registered.
        contacts: Vec<String>,
    },
    /// How many calls a client has, made or received.
    ActiveCalls {
        /// The domain.
        domain: String,
        /// The username.
        client: String,
        /// Calls.
        count: u32,
    },
}
