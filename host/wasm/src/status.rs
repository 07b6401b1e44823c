//! What the switch can say about its plugins.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A version of a plugin that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionInfo {
    /// The plugin's name.
    pub name: String,
    /// The first 12 hexadecimal digits of the component's SHA-256.
    pub version: String,
    /// Counts the loads of this name since the switch started, from 1: the same component with other settings has another one.
    pub generation: u64,
    /// What it exports.
    pub roles: Roles,
    /// The version of `switchhook:plugin` that it was made for.
    pub contract: String,
    /// Size of the component: bytes.
    pub size: u64,
    /// Whether the machine code came from the cache.
    pub from_cache: bool,
    /// How long reading, compiling and warming took.
    pub load_time: Duration,
    /// When it took over.
    pub loaded_at: SystemTime,
}

/// What a plugin exports of `switchhook:plugin`: at least one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles {
    /// It decides where calls go.
    pub router: bool,
    /// It decides who may register.
    pub gatekeeper: bool,
    /// It is told what happens.
    pub observer: bool,
}

/// A plugin as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginStatus {
    /// The version that new calls get.
    pub current: VersionInfo,
    /// The file it came from.
    pub path: PathBuf,
    /// Calls that keep the current version.
    pub calls: u64,
    /// Older versions that calls still keep, newest first.
    pub draining: Vec<Draining>,
    /// The version that decides where the current one fails; `None` once that one has proved itself.
    pub previous: Option<String>,
    /// Decisions since the plugin was first loaded, failed ones included.
    pub counts: Counts,
    /// Whether calls are put to it.
    pub availability: Availability,
    /// Why the last reload failed, if it did.
    pub last_error: Option<String>,
    /// Keys in its state.
    pub state_keys: usize,
    /// Size of its state: bytes.
    pub state_bytes: usize,
    /// Instances of its warm pool that are idle.
    pub idle_instances: usize,
    /// Numbers of the plugin that were dropped, because it has too many series or a name is not valid.
    pub metrics_dropped: u64,
}

/// An older version that calls still keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draining {
    /// The version.
    pub version: String,
    /// Its generation.
    pub generation: u64,
    /// Calls that keep it.
    pub calls: u64,
}

/// What came of the decisions of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// It returned a script.
    pub scripts: u64,
    /// It left the decision to the next one.
    pub nexts: u64,
    /// Asked what follows a verb, it let the rest of the script follow.
    pub proceeds: u64,
    /// It let a client register.
    pub grants: u64,
    /// It did not let a client register.
    pub refusals: u64,
    /// It took note of an event.
    pub events: u64,
    /// It returned an error.
    pub errors: u64,
    /// It trapped.
    pub traps: u64,
    /// It ran out of time.
    pub timeouts: u64,
    /// It ran out of memory.
    pub out_of_memory: u64,
    /// Its decision broke a rule.
    pub bad_decisions: u64,
    /// It was not asked.
    pub unavailable: u64,
    /// The version before it decided instead.
    pub rescued: u64,
    /// Time that was spent on it, instances and host calls included, waiting left out: nanoseconds.
    pub busy_nanoseconds: u64,
}

impl Counts {
    /// All questions that it was asked, events included.
    pub fn decisions(&self) -> u64 {
        self.scripts
            + self.nexts
            + self.proceeds
            + self.grants
            + self.refusals
            + self.events
            + self.errors
            + self.traps
            + self.timeouts
            + self.out_of_memory
            + self.bad_decisions
    }
}

/// Whether calls are put to a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// They are.
    Available,
    /// It failed too often, and is left out for this much longer.
    SetAside {
        /// The time that is left.
        remaining: Duration,
    },
    /// It was set aside, and single calls are put to it to see whether it has recovered.
    OnTrial,
}
