//! What came of a verb with a tag: what the plugin is told when it is asked back.

/// How a verb ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Outcome {
    /// It did what it was told.
    Completed,
    /// Keys were pressed.
    Digits(Digits),
    /// The caller pressed or said nothing.
    NoInput,
    /// Nobody answered.
    Unconnected(Unconnected),
    /// A message was recorded.
    Recorded(Recorded),
    /// The time for it was over.
    TimedOut,
    /// It could not be done; the text says why.
    Failed(String),
    /// The switch cannot do this here, or not yet; the text says why.
    NotAvailable(String),
}

/// Keys that were pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Digits {
    /// The keys, without the one that finished them.
    pub digits: String,
    /// The key that ended it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub finish_key: Option<String>,
}

/// Why nobody answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Unconnected {
    /// The reason of the destination that came closest.
    pub reason: UnconnectedReason,
    /// Its final status, if one came.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub status: Option<u16>,
}

/// Why a destination did not take a call.
#[derive(Debug, Clone, PartialEq, Eq, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum UnconnectedReason {
    /// It rang and nobody answered in time.
    NoAnswer,
    /// Busy (486, 600).
    Busy,
    /// Declined (603 and the like).
    Declined,
    /// Not registered, no address, no way there, or no response.
    Unreachable,
    /// Anything else.
    Failed,
}

/// A message that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Recorded {
    /// Where it can be fetched.
    pub url: String,
    /// How long it is: milliseconds.
    pub milliseconds: u64,
}
