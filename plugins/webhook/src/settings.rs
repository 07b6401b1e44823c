//! What the operator sets for this plugin. `settings.schema.json` says the same to `switchhook check`.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchhook_sdk::serde;

/// The settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Settings {
    /// Where the application is asked; its host must be among the plugin's granted hosts.
    pub url: String,
    /// Which payloads are spoken.
    #[serde(default)]
    pub format: Format,
    /// How long the answer may take: milliseconds. The wall deadline of the decision ends it too.
    #[serde(default = "default_timeout")]
    pub timeout_ms: u32,
    /// Signs the requests (Standard Webhooks): `whsec_` and Base64, or any other text as it is.
    #[serde(default)]
    pub secret: Option<String>,
    /// Header fields added to each request, such as `authorization`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The trunk for numbers that are not registered clients (format `incoming_call`).
    #[serde(default)]
    pub trunk: Option<String>,
    /// How long each member of a sequential ring group rings: seconds (format `incoming_call`).
    #[serde(default = "default_ring_seconds")]
    pub ring_seconds: u32,
    /// Names of trunks by the `trunk_id` that the application uses (format `callhook`).
    #[serde(default)]
    pub trunk_ids: BTreeMap<String, String>,
}

/// Which payloads are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(crate = "serde", rename_all = "snake_case")]
pub enum Format {
    /// An array of verbs.
    #[default]
    Callhook,
    /// One action.
    IncomingCall,
}

fn default_timeout() -> u32 {
    3_000
}

fn default_ring_seconds() -> u32 {
    20
}
