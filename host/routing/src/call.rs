//! A call as routing code sees it: data copied out of the INVITE and of the switch's own knowledge of its source.

use crate::verb::Script;

/// A call that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Call {
    /// The switch's own identifier of the call, unique over restarts.
    pub id: String,
    /// The Call-ID of the caller's dialog (RFC 3261 §8.1.1.4).
    #[cfg_attr(feature = "serde", serde(default))]
    pub sip_call_id: String,
    /// The domain of the switch that the call belongs to.
    pub domain: String,
    /// Who calls: the user part of From, or of the identity that authentication established.
    pub caller: String,
    /// The display name of the caller, empty if none was sent.
    #[cfg_attr(feature = "serde", serde(default))]
    pub caller_name: String,
    /// Who is called: the user part of the Request-URI, or what a `redial` put in its place.
    pub callee: String,
    /// Where the call came from.
    #[cfg_attr(feature = "serde", serde(default))]
    pub origin: Origin,
    /// Address and port that the INVITE arrived from.
    #[cfg_attr(feature = "serde", serde(default))]
    pub source_address: String,
    /// When the INVITE arrived: milliseconds since the Unix epoch.
    #[cfg_attr(feature = "serde", serde(default))]
    pub received_at: u64,
    /// 0 for the first decision; incremented each time a script ended without connecting the call.
    #[cfg_attr(feature = "serde", serde(default))]
    pub attempt: u8,
    /// Whether a transfer (REFER) caused this call.
    #[cfg_attr(feature = "serde", serde(default))]
    pub transferred: bool,
    /// Whether the caller's leg is answered already.
    #[cfg_attr(feature = "serde", serde(default))]
    pub answered: bool,
    /// The header fields of the INVITE, in order, credentials left out.
    #[cfg_attr(feature = "serde", serde(default))]
    pub headers: Vec<Header>,
    /// The codecs that the caller offers, preferred first, as their SDP encoding names.
    #[cfg_attr(feature = "serde", serde(default))]
    pub codecs: Vec<String>,
    /// What the network vouches for about the caller's number.
    #[cfg_attr(feature = "serde", serde(default))]
    pub attestation: Attestation,
    /// What the dialplan entry, earlier plugins of a chain and `set-variable` set.
    #[cfg_attr(feature = "serde", serde(default))]
    pub variables: Vec<Variable>,
    /// In the phase `veto`: the script that was decided on; empty in every other phase.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub proposed: Script,
}

/// How far the network vouches for the caller's number (RFC 8588, ATIS-1000074).
#[derive(Debug, Clone, PartialEq, Eq, Copy, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Attestation {
    /// Nobody vouches for anything.
    #[default]
    Unknown,
    /// A: the originating provider knows the caller and that the number is the caller's.
    Full,
    /// B: the originating provider knows the caller, not the number.
    Partial,
    /// C: the originating provider only passed the call on.
    Gateway,
    /// The signature was there and is wrong.
    Failed,
}

/// Where a call came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Origin {
    /// A client of the domain, authenticated as this username.
    Client(String),
    /// A trunk of the domain, by its name.
    Trunk(String),
    /// Nobody called: the call was made through the switch's own interface.
    #[default]
    Api,
}

/// A header field of a SIP message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Header {
    /// The field name as it was sent.
    pub name: String,
    /// The field value, unfolded.
    pub value: String,
}

/// A named value that stays with a call: plugins hand it on to one another, and events carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}
