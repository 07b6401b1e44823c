//! A registration as a gatekeeper sees it, and what it answers.

use crate::call::{Header, Variable};
use crate::decision::Stage;

/// A client that wants to register (RFC 3261 §10).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Registration {
    /// The domain.
    pub domain: String,
    /// The username: user part of To and of the credentials.
    pub username: String,
    /// The contacts it wants to be reached at, as SIP URIs; empty if it takes all of them back.
    #[cfg_attr(feature = "serde", serde(default))]
    pub contacts: Vec<String>,
    /// How long it wants to be registered: seconds; 0: it unregisters.
    #[cfg_attr(feature = "serde", serde(default))]
    pub expires_seconds: u32,
    /// Address and port that the REGISTER arrived from.
    #[cfg_attr(feature = "serde", serde(default))]
    pub source_address: String,
    /// When it arrived: milliseconds since the Unix epoch.
    #[cfg_attr(feature = "serde", serde(default))]
    pub received_at: u64,
    /// The header fields of the REGISTER in order, credentials left out.
    #[cfg_attr(feature = "serde", serde(default))]
    pub headers: Vec<Header>,
    /// Its digest credentials; their nonce has been checked.
    pub credentials: Credentials,
}

/// Digest credentials (RFC 7616 §3.4, RFC 8760).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Credentials {
    /// The username.
    pub username: String,
    /// The realm: the domain.
    pub realm: String,
    /// The nonce that the switch gave.
    pub nonce: String,
    /// The URI that was signed.
    pub uri: String,
    /// The response, hexadecimal.
    pub response: String,
    /// The method that was signed.
    pub method: String,
    /// The algorithm, if the client named one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub algorithm: Option<String>,
    /// The quality of protection, if the client named one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub qop: Option<String>,
    /// The nonce count, hexadecimal.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub nc: Option<String>,
    /// The client's nonce.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub cnonce: Option<String>,
}

/// What an accepted client gets, until its registration ends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Grant {
    /// How the client is known to be who it says it is.
    pub proof: Proof,
    /// How long it is registered: seconds; `None`: as it asked.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub expires_seconds: Option<u32>,
    /// The dialplan for its calls; `None`: the one of the configuration.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub dialplan: Option<AssignedDialplan>,
    /// The codecs it prefers, preferred first; empty: as it offers.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub codecs: Vec<String>,
}

/// How a client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Proof {
    /// The plugin has checked the credentials.
    Checked,
    /// The switch is to check them against this password.
    Password(String),
    /// The switch is to check them against this hash of username, realm and password, hexadecimal.
    Ha1(String),
}

/// The dialplan of a registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum AssignedDialplan {
    /// A dialplan of the domain by its name.
    Named(String),
    /// A dialplan of the client's own.
    Entries(Vec<DialplanEntry>),
}

/// What a dialled number leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct DialplanEntry {
    /// A pattern of dialled numbers.
    pub pattern: String,
    /// The plugins that are asked, in order; empty: the gatekeeper itself.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub plugins: Vec<String>,
    /// Variables that a call has from the beginning.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub variables: Vec<Variable>,
}

/// Why a client is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Refusal {
    /// The status it gets: 400 to 699; 401 challenges it anew, 500 to 599 say that the plugin cannot tell.
    pub status: u16,
    /// The reason phrase; `None`: the one of the RFC.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub reason: Option<String>,
}

/// What came of asking a gatekeeper, as the exchange receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gated {
    /// Its answer, or `None` if no usable one came: then who is registered stays so.
    pub answer: Option<Result<Grant, Refusal>>,
    /// The plugin that was asked.
    pub stage: Stage,
}
