//! What the operator says about a plugin: where it is, what it may use up and whom it may ask.

use std::path::PathBuf;
use std::time::Duration;

use crate::error::PluginError;
use crate::limits;

pub use crate::capability::HostGrant;

/// A plugin as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSpec {
    /// Its name: dialplans and `delegate` refer to it.
    pub name: String,
    /// The file of the component.
    pub path: PathBuf,
    /// Its settings: a JSON document. Empty is the same as `{}`.
    pub settings: String,
    /// What one decision may use up.
    pub budget: Budget,
    /// Whom it may ask.
    pub grants: Grants,
    /// When it is set aside.
    pub breaker: BreakerConfig,
    /// How long a new version has to prove itself.
    pub probation: Probation,
    /// A warm pool, for runtimes that take long to start. `None`: every question gets a fresh instance.
    pub pool: Option<PoolSpec>,
}

/// Instances that are kept after a question and used again. What a plugin leaves in memory is then there the next time, and may
/// be of another call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSpec {
    /// How many may be idle at once; more are made when they are needed.
    pub size: u32,
    /// How many questions one instance answers before it is thrown away; at least 1.
    pub uses: u32,
}

impl PluginSpec {
    /// A plugin with default budget, no settings and no grants.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> PluginSpec {
        PluginSpec {
            name: name.into(),
            path: path.into(),
            settings: String::new(),
            budget: Budget::default(),
            grants: Grants::default(),
            breaker: BreakerConfig::default(),
            probation: Probation::default(),
            pool: None,
        }
    }
}

/// What one decision of a plugin, and the plugin as a whole, may use up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// CPU time of one decision, rounded up to milliseconds.
    pub cpu: Duration,
    /// Wall-clock time of one decision, waiting for host calls and for a free slot included.
    pub wall: Duration,
    /// Linear memory of one instance, all its memories together: bytes, at most [`limits::MEMORY_BYTES_MAX`].
    pub memory_bytes: usize,
    /// Keys in the plugin's state.
    pub state_keys: usize,
    /// Keys and values of the plugin's state together: bytes.
    pub state_bytes: usize,
    /// The body of one HTTP response: bytes.
    pub response_bytes: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            cpu: limits::CPU,
            wall: limits::WALL,
            memory_bytes: limits::MEMORY_BYTES,
            state_keys: limits::STATE_KEYS,
            state_bytes: limits::STATE_BYTES,
            response_bytes: limits::HTTP_RESPONSE_BODY,
        }
    }
}

/// Whom a plugin may ask over the network. Nobody, unless named here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// The hosts that it may send HTTP requests to.
    pub hosts: Vec<HostGrant>,
}

impl Grants {
    /// Grants from their texts; see [`HostGrant::parse`].
    ///
    /// # Errors
    /// [`PluginError::Invalid`] for the first text that is no host.
    pub fn parse<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Result<Grants, PluginError> {
        let hosts = hosts
            .into_iter()
            .map(HostGrant::parse)
            .collect::<Result<_, _>>()?;
        Ok(Grants { hosts })
    }
}

/// When a plugin is set aside, and for how long. Traps, time-outs, exhausted memory and bad decisions count as failures; an error
/// that the plugin returns does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerConfig {
    /// It is set aside when this many decisions failed within `window`; 0: never.
    pub failures: u32,
    /// … and they are at least this share of the decisions of that time: percent.
    pub percent: u32,
    /// The time that is looked at.
    pub window: Duration,
    /// How long it is set aside; doubled each time a trial fails, up to 16 times as long.
    pub pause: Duration,
    /// So many trials, one at a time, must succeed before all calls are put to it again.
    pub trials: u32,
}

impl Default for BreakerConfig {
    fn default() -> BreakerConfig {
        BreakerConfig {
            failures: 20,
            percent: 50,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(5),
            trials: 3,
        }
    }
}

/// How long a new version has to prove itself. Until then a decision that it fails is made by the version before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probation {
    /// So many decisions must have succeeded,
    pub decisions: u32,
    /// … and so much time must have passed.
    pub time: Duration,
}

impl Default for Probation {
    fn default() -> Probation {
        Probation {
            decisions: 100,
            time: Duration::from_secs(60),
        }
    }
}
