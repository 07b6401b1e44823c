//! Agents and queues as routing code sees them.

/// Whether an agent can take a call.
#[derive(Debug, Clone, PartialEq, Eq, Copy, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum AgentStatus {
    /// Ready for a call.
    Available,
    /// In a call, or doing what comes after one.
    Busy,
    /// Logged in, and not to be called.
    Away,
    /// Not logged in.
    #[default]
    Offline,
}

/// Someone who takes calls of queues.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Agent {
    /// The name in the configuration.
    pub name: String,
    /// The client that is rung for it.
    pub client: String,
    /// Whether it can take a call.
    #[cfg_attr(feature = "serde", serde(default))]
    pub status: AgentStatus,
    /// Since when: milliseconds since the Unix epoch.
    #[cfg_attr(feature = "serde", serde(default))]
    pub since: u64,
    /// What it can do.
    #[cfg_attr(feature = "serde", serde(default))]
    pub skills: Vec<String>,
}

/// A queue of callers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Queue {
    /// The name in the configuration.
    pub name: String,
    /// How many callers wait.
    #[cfg_attr(feature = "serde", serde(default))]
    pub waiting: u32,
    /// How long the first of them has waited: seconds.
    #[cfg_attr(feature = "serde", serde(default))]
    pub longest_wait_seconds: u32,
    /// How many of its agents are available.
    #[cfg_attr(feature = "serde", serde(default))]
    pub agents_available: u32,
}
