//! What happens to a call, as it happens.

use std::sync::Arc;

use crate::call::{Origin, Variable};
use crate::record::{Disposition, Party};
use crate::verb::VerbName;

/// Something that happened to a call. Events of one call are numbered from 0 without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// Which call. Shared by its events until a variable changes.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub subject: Arc<Subject>,
    /// The number of this event within its call.
    pub sequence: u32,
    /// When: milliseconds since the Unix epoch.
    pub at: u64,
    /// What.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: EventKind,
}

/// The call that an event is of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Subject {
    /// The switch's identifier of the call.
    pub call_id: String,
    /// The Call-ID of the caller's dialog.
    pub sip_call_id: String,
    /// The domain.
    pub domain: String,
    /// The calling number (ANI).
    pub caller: String,
    /// The dialled number (DNIS).
    pub callee: String,
    /// Where the call came from.
    pub origin: Origin,
    /// The variables of the call at that moment.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub variables: Vec<Variable>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type")
)]
pub enum EventKind {
    /// A call arrived and passed the domain, source and dialplan checks.
    #[cfg_attr(feature = "serde", serde(rename = "call.initiated"))]
    Initiated,
    /// Routing code was asked and answered, or its fallback took over.
    #[cfg_attr(feature = "serde", serde(rename = "call.decided"))]
    Decided {
        /// The attempt that the decision was for.
        attempt: u8,
        /// What the script that is carried out came from.
        source: ScriptSource,
    },
    /// A verb of the script begins.
    #[cfg_attr(feature = "serde", serde(rename = "verb.started"))]
    VerbStarted {
        /// Which.
        verb: VerbName,
        /// The label of a connect.
        label: Option<String>,
    },
    /// A verb of the script is over, or was skipped.
    #[cfg_attr(feature = "serde", serde(rename = "verb.ended"))]
    VerbEnded {
        /// Which.
        verb: VerbName,
        /// The label of a connect.
        label: Option<String>,
        /// How it went.
        end: VerbEnd,
        /// How long it took: milliseconds.
        milliseconds: u64,
    },
    /// A destination is being called.
    #[cfg_attr(feature = "serde", serde(rename = "call.trying"))]
    Trying(Leg),
    /// A destination rings.
    #[cfg_attr(feature = "serde", serde(rename = "call.ringing"))]
    Ringing(Leg),
    /// A destination answered and both sides are connected.
    #[cfg_attr(feature = "serde", serde(rename = "call.answered"))]
    Answered(Leg),
    /// A destination will not answer.
    #[cfg_attr(feature = "serde", serde(rename = "call.leg-failed"))]
    LegFailed {
        /// The destination.
        leg: Leg,
        /// Why.
        reason: LegFailure,
    },
    /// One side of a connected call hung up.
    #[cfg_attr(feature = "serde", serde(rename = "call.hangup"))]
    HungUp {
        /// Who.
        by: Party,
        /// The label of the connect.
        label: Option<String>,
    },
    /// The media of a connected call were negotiated anew.
    #[cfg_attr(feature = "serde", serde(rename = "call.reinvited"))]
    Reinvited {
        /// Who asked for it.
        by: Party,
    },
    /// One side asks for the call to be transferred.
    #[cfg_attr(feature = "serde", serde(rename = "call.transfer-requested"))]
    TransferRequested {
        /// Who.
        by: Party,
        /// Where to: a SIP URI.
        target: String,
    },
    /// A recording of the call is complete and can be fetched.
    #[cfg_attr(feature = "serde", serde(rename = "recording.available"))]
    RecordingAvailable {
        /// Where: a URL.
        url: String,
        /// How long it is: milliseconds.
        milliseconds: u64,
        /// What it is written in: `wav`.
        format: String,
    },
    /// The call is over.
    #[cfg_attr(feature = "serde", serde(rename = "call.completed"))]
    Completed {
        /// How it ended.
        disposition: Disposition,
        /// The final status that the caller got; 200 for an answered call.
        status: u16,
        /// Who ended it.
        ended_by: Party,
        /// From answer to end: milliseconds; 0 if never answered.
        talk_milliseconds: u64,
    },
}

/// A destination of a connect.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Leg {
    /// The destination as text.
    pub target: String,
    /// Its place among the targets of the connect.
    pub index: u32,
    /// The label of the connect.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub label: Option<String>,
}

/// Why a destination will not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum LegFailure {
    /// It rang for as long as it may.
    Timeout,
    /// It is not needed any more.
    Cancelled,
    /// It refused, with this status.
    Status(u16),
    /// It cannot be reached; the text says why.
    Unreachable(String),
}

/// How a verb went.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum VerbEnd {
    /// It did what it was told.
    Completed,
    /// It did not apply: a connect after an answered one.
    Skipped,
    /// It could not be done, or nobody answered; the text says why.
    Failed(String),
    /// The switch cannot do this here, or not yet; the text says why.
    NotAvailable(String),
}

/// Where the script of an attempt came from: the fallback ladder from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ScriptSource {
    /// A plugin decided.
    Plugin,
    /// The route's own fallback script.
    RouteFallback,
    /// The domain's default destination.
    DefaultDestination,
    /// Nothing was left: 480.
    None,
}
