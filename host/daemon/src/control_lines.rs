//! Plugins and their numbers as the control socket tells them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use switchhook_wasm::limits::METRIC_BUCKETS;
use switchhook_wasm::metrics::{Series, Value};
use switchhook_wasm::spec::PoolSpec;
use switchhook_wasm::status::{Availability, PluginStatus, Roles};
use switchhook_workbench::component;

use crate::observers::ObserverStatus;
use crate::operator::Operator;

/// A plugin as `switchhook plugin list` shows it.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct PluginLine {
    /// Its name.
    pub name: String,
    /// The version that new calls get.
    pub version: String,
    /// The version of the contract that it was made for.
    pub contract: String,
    /// What it can be used for: `router`, `gatekeeper`, `observer`.
    pub roles: Vec<String>,
    /// How often it was loaded since the switch started.
    pub generation: u64,
    /// Its file.
    pub path: PathBuf,
    /// Calls that keep the current version.
    pub calls: u64,
    /// Older versions that calls keep, and how many.
    pub draining: Vec<(String, u64)>,
    /// Questions that it was asked, events included.
    pub decisions: u64,
    /// Of them failed: errors of its own, traps, time-outs, memory, bad answers.
    pub failures: u64,
    /// Time spent on them in all: microseconds.
    pub busy_microseconds: u64,
    /// Whether calls are put to it.
    pub available: bool,
    /// Its warm pool; absent: a fresh instance for every question.
    pub pool: Option<PoolLine>,
    /// Its queue of events; absent: it was never told one.
    pub observing: Option<ObservingLine>,
    /// Keys in its state.
    pub state_keys: usize,
    /// Size of its state: bytes.
    pub state_bytes: usize,
    /// Why the last reload failed.
    pub last_error: Option<String>,
}

/// A warm pool.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct PoolLine {
    /// How many instances may be idle.
    pub size: u32,
    /// How many questions one instance answers.
    pub uses: u32,
    /// How many are idle now.
    pub idle: usize,
}

/// What an observer has been told and is still to be told.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct ObservingLine {
    /// Events that wait.
    pub waiting: u64,
    /// Events that it was told.
    pub told: u64,
    /// Of them, those that it failed at.
    pub failed: u64,
    /// Events that were dropped because too many waited.
    pub dropped: u64,
}

/// One number of a plugin.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub struct SeriesLine {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its value.
    #[serde(flatten)]
    pub value: SeriesValue,
}

/// The value of a series.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SeriesValue {
    /// It only grows.
    Counter {
        /// The value.
        value: u64,
    },
    /// It goes up and down.
    Gauge {
        /// The value.
        value: f64,
    },
    /// Times.
    Histogram {
        /// How many of them were at most how many seconds; each includes those before it.
        buckets: Vec<(f64, u64)>,
        /// All together: seconds.
        sum: f64,
        /// How many.
        count: u64,
    },
}

impl PluginLine {
    /// Every plugin of a switch, by name.
    pub async fn all(operator: &Operator) -> Vec<PluginLine> {
        let pools = operator.pools().await;
        let observing = operator.observers().status();
        let mut plugins: Vec<_> = operator
            .list()
            .into_iter()
            .map(|status| {
                let name = &status.current.name;
                let observing = observing.get(name).copied();
                let pool = pools.get(name).copied();
                PluginLine::new(status, pool, observing)
            })
            .collect();
        plugins.sort_by(|a, b| a.name.cmp(&b.name));
        plugins
    }

    fn new(
        status: PluginStatus,
        pool: Option<PoolSpec>,
        observing: Option<ObserverStatus>,
    ) -> PluginLine {
        let counts = status.counts;
        let draining = status.draining.into_iter();
        PluginLine {
            name: status.current.name,
            version: status.current.version,
            contract: status.current.contract,
            roles: role_names(status.current.roles),
            generation: status.current.generation,
            path: status.path,
            calls: status.calls,
            draining: draining.map(|d| (d.version, d.calls)).collect(),
            decisions: counts.decisions(),
            failures: counts.errors
                + counts.traps
                + counts.timeouts
                + counts.out_of_memory
                + counts.bad_decisions,
            busy_microseconds: counts.busy_nanoseconds / 1_000,
            available: !matches!(status.availability, Availability::SetAside { .. }),
            pool: pool.map(|pool| PoolLine {
                size: pool.size,
                uses: pool.uses,
                idle: status.idle_instances,
            }),
            observing: observing.map(|status| ObservingLine {
                waiting: status.waiting,
                told: status.told,
                failed: status.failed,
                dropped: status.dropped,
            }),
            state_keys: status.state_keys,
            state_bytes: status.state_bytes,
            last_error: status.last_error,
        }
    }
}

fn role_names(roles: Roles) -> Vec<String> {
    let names = component::role_names(roles).into_iter();
    names.map(str::to_owned).collect()
}

impl From<Series> for SeriesLine {
    fn from(series: Series) -> SeriesLine {
        SeriesLine {
            name: series.name,
            labels: series.labels,
            value: match series.value {
                Value::Counter(value) => SeriesValue::Counter { value },
                Value::Gauge(value) => SeriesValue::Gauge { value },
                Value::Histogram {
                    buckets,
                    sum,
                    count,
                } => SeriesValue::Histogram {
                    buckets: METRIC_BUCKETS.iter().copied().zip(buckets).collect(),
                    sum,
                    count,
                },
            },
        }
    }
}
