//! What the operator sets for this plugin. `settings.schema.json` says the same to `switchhook check`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use switchhook_sdk::serde;

/// The settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Settings {
    /// Where the application is asked about calls, unless the route says. A `file:` URL is looked up in `files`.
    #[serde(default)]
    pub url: Option<String>,
    /// Where it is asked about registrations.
    #[serde(default)]
    pub register_url: Option<RegisterUrl>,
    /// Where it is told what happens, unless the route says.
    #[serde(default)]
    pub status_url: Option<String>,
    /// Which payloads are spoken about calls.
    #[serde(default)]
    pub format: Format,
    /// How long the answer may take, all tries together: milliseconds. The wall deadline of the decision ends it too.
    #[serde(default = "default_timeout")]
    pub timeout_ms: u32,
    /// How long one event may take: milliseconds.
    #[serde(default = "default_timeout")]
    pub status_timeout_ms: u32,
    /// Signs the requests (Standard Webhooks): `whsec_` and Base64, or any other text as it is.
    #[serde(default)]
    pub secret: Option<String>,
    /// Header fields added to each request, such as `authorization`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Asks again after a failure.
    #[serde(default)]
    pub retry: Retry,
    /// Gives a slow answer up and asks a second time.
    #[serde(default)]
    pub hedge: Option<Hedge>,
    /// Keeps the last answer for when the application fails.
    #[serde(default)]
    pub cache: Option<Cache>,
    /// Leaves an application in peace that keeps failing.
    #[serde(default)]
    pub breaker: Breaker,
    /// Scripts that `file:` URLs name. They are read one at a time, by pointer.
    #[serde(default)]
    pub files: Option<IgnoredAny>,
    /// The trunk for numbers that are not registered clients (format `incoming_call`).
    #[serde(default)]
    pub trunk: Option<String>,
    /// How long each member of a sequential ring group rings: seconds (format `incoming_call`).
    #[serde(default = "default_ring_seconds")]
    pub ring_seconds: u32,
    /// Files of the media folder by the name of a `message` (format `incoming_call`).
    #[serde(default)]
    pub messages: BTreeMap<String, String>,
    /// The mailbox of the action `voicemail`; absent: that of the dialled number (format `incoming_call`).
    #[serde(default)]
    pub mailbox: Option<String>,
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

/// One URL for all clients, or one for each pattern.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", untagged)]
pub enum RegisterUrl {
    /// For all.
    One(String),
    /// By patterns over the username, those with `@` over `username@domain`. The most specific wins.
    ByClient(BTreeMap<String, String>),
}

/// Asking again.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Retry {
    /// How often.
    pub count: u8,
    /// How long each try may take: milliseconds; absent: what is left of the time.
    #[serde(default)]
    pub each_ms: Option<u32>,
}

/// Asking a second time instead of waiting on.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Hedge {
    /// How long the first request may take: milliseconds.
    pub after_ms: u32,
    /// Where the second one goes; absent: the same.
    #[serde(default)]
    pub url: Option<String>,
}

/// Keeping the last answer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Cache {
    /// How long it may be used: seconds.
    pub seconds: u32,
    /// Whether each caller has an answer of its own.
    #[serde(default)]
    pub by_caller: bool,
}

/// Leaving an application in peace.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Breaker {
    /// After how many failures in a row; 0: never.
    #[serde(default = "default_failures")]
    pub failures: u32,
    /// For how long: seconds.
    #[serde(default = "default_rest")]
    pub seconds: u32,
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker {
            failures: default_failures(),
            seconds: default_rest(),
        }
    }
}

fn default_timeout() -> u32 {
    3_000
}

fn default_ring_seconds() -> u32 {
    20
}

fn default_failures() -> u32 {
    10
}

fn default_rest() -> u32 {
    5
}
