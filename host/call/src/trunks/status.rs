//! How trunks are, for whoever wants to see it. Plain values.

use crate::config::trunks::TrunkLimits;

/// How a trunk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkStatus {
    /// The domain that it belongs to.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// Our registration there; `None`: we do not register.
    pub registration: Option<RegistrationStatus>,
    /// Its hosts, in the order in which they are tried.
    pub hosts: Vec<HostStatus>,
    /// Calls from it that there are.
    pub calls_in: u32,
    /// Calls to it that there are.
    pub calls_out: u32,
    /// How many it may have.
    pub limits: TrunkLimits,
    /// Calls from it that were taken on since the switch started.
    pub taken_in: u64,
    /// Calls that were sent to it since the switch started.
    pub taken_out: u64,
    /// Calls that were one too many, both ways.
    pub refused: u64,
    /// Calls to it that went on to another host or trunk, since this one did not take them.
    pub failed_over: u64,
}

/// How our registration at a trunk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationStatus {
    /// Its state.
    pub state: RegistrationState,
    /// Why it is in this state, for people.
    pub reason: String,
    /// Since when it is in this state: milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// When we ask again: milliseconds since the Unix epoch. `None`: an answer is awaited.
    pub next_ms: Option<u64>,
    /// Until when the trunk keeps our contact: milliseconds since the Unix epoch. `None`: it does not have it.
    pub until_ms: Option<u64>,
}

/// The state of a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationState {
    /// An answer is awaited, and there is no registration.
    Registering,
    /// The trunk has our contact.
    Registered,
    /// It did not work; it is tried again later.
    Failed,
    /// The contact is being taken back, or was.
    Leaving,
}

impl RegistrationState {
    /// The state as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistrationState::Registering => "registering",
            RegistrationState::Registered => "registered",
            RegistrationState::Failed => "failed",
            RegistrationState::Leaving => "leaving",
        }
    }
}

/// How a host of a trunk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostStatus {
    /// The host, with its port if one was given.
    pub host: String,
    /// Its state.
    pub state: HostState,
    /// Why it is in this state, for people.
    pub reason: String,
    /// Since when it is in this state: milliseconds since the Unix epoch.
    pub since_ms: u64,
}

/// The state of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostState {
    /// Nobody has asked it yet, or nobody does.
    Unknown,
    /// It answers.
    Up,
    /// It does not answer, or asked to be left alone (503 with Retry-After).
    Down,
}

impl HostState {
    /// The state as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            HostState::Unknown => "unknown",
            HostState::Up => "up",
            HostState::Down => "down",
        }
    }
}

/// Something about a trunk has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkNews {
    /// The domain that it belongs to.
    pub domain: String,
    /// Its name.
    pub trunk: String,
    /// What has changed.
    pub change: TrunkChange,
}

/// What has changed about a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrunkChange {
    /// The state of our registration.
    Registration {
        /// What it is now.
        state: RegistrationState,
        /// Why, for people.
        reason: String,
    },
    /// The state of a host.
    Host {
        /// The host, with its port if one was given.
        host: String,
        /// What it is now.
        state: HostState,
        /// Why, for people.
        reason: String,
    },
}
