//! The verbs of a script: what the switch can be told to do with a call.

use crate::call::Header;

/// What the switch does, one verb after another, for a call.
pub type Script = Vec<Verb>;

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Verb {
    /// Call one or more destinations. A script ends when one of them answered and the call is over.
    Connect(Connect),
    /// End the call with a final response; the script ends here.
    Respond(Respond),
    /// Wait before the next verb.
    Pause(Pause),
    /// Let another plugin of the same domain decide.
    Delegate(Delegate),
    /// Route the call anew, as if this number had been dialled.
    Redial(Redial),
}

/// Call destinations, at once or one after another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Connect {
    /// Whom to call; at least one.
    pub targets: Vec<Target>,
    /// In what order.
    #[cfg_attr(feature = "serde", serde(default))]
    pub strategy: Strategy,
    /// How long all of it may take: seconds. `None`: the domain's ring time.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub timeout_seconds: Option<u32>,
    /// The number shown to the called side instead of the caller's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub caller_id: Option<String>,
    /// Header fields added to the INVITE of every target.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub headers: Vec<Header>,
}

/// One destination of a [`Connect`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Target {
    /// Who or what is called.
    pub endpoint: Endpoint,
    /// How long this destination may ring: seconds. `None`: as long as the whole [`Connect`] may take.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ring_seconds: Option<u32>,
}

/// Who or what a [`Target`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Endpoint {
    /// Every contact that this client of the domain has registered.
    Client(String),
    /// A number reached through a trunk of the domain.
    Trunk(TrunkNumber),
    /// A SIP URI.
    Uri(String),
}

/// A number behind a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct TrunkNumber {
    /// The name of the trunk.
    pub trunk: String,
    /// The number to call there.
    pub number: String,
}

/// In what order the targets of a [`Connect`] are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Strategy {
    /// All at once; the first that answers gets the call, the others are cancelled.
    #[default]
    Simultaneous,
    /// One after another, in the order given.
    Sequential,
}

/// A final response to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Respond {
    /// The status code: 300 to 699.
    pub status: u16,
    /// The reason phrase; the one of RFC 3261 if absent.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub reason: Option<String>,
    /// Header fields added to the response.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub headers: Vec<Header>,
}

/// Wait before the next verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Pause {
    /// How long: milliseconds.
    pub milliseconds: u32,
}

/// Let another plugin decide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Delegate {
    /// The plugin's name in the configuration.
    pub plugin: String,
}

/// Route the call anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Redial {
    /// The number to route by, matched against the caller's own dialplan.
    pub callee: String,
}
