//! What happens to a call, as it happens.

/// Something that happened to a call. Events of one call are numbered from 0 without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Event {
    /// The switch's identifier of the call.
    pub call_id: String,
    /// The number of this event within its call.
    pub sequence: u32,
    /// When: milliseconds since the Unix epoch.
    pub at: u64,
    /// What.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: EventKind,
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
    Initiated {
        /// The domain.
        domain: String,
        /// The calling number (ANI).
        caller: String,
        /// The dialled number (DNIS).
        callee: String,
    },
    /// Routing code was asked and answered, or its fallback took over.
    #[cfg_attr(feature = "serde", serde(rename = "call.decided"))]
    Decided {
        /// The attempt that the decision was for.
        attempt: u8,
        /// What the script that is carried out came from.
        source: ScriptSource,
    },
    /// A destination is being called.
    #[cfg_attr(feature = "serde", serde(rename = "call.ringing"))]
    Ringing {
        /// The destination, as text.
        target: String,
    },
    /// A destination answered and both sides are connected.
    #[cfg_attr(feature = "serde", serde(rename = "call.answered"))]
    Answered {
        /// The destination, as text.
        target: String,
    },
    /// The call is over.
    #[cfg_attr(feature = "serde", serde(rename = "call.completed"))]
    Completed {
        /// How it ended.
        disposition: crate::record::Disposition,
        /// From answer to end: milliseconds; 0 if never answered.
        talk_milliseconds: u64,
    },
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
