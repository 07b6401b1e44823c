//! Numbers about the plugin's work, for the operator's monitoring. The switch adds the plugin's name. At most 100 series (a name with
//! its labels) per plugin: keep callers' numbers out of labels. None of these fails.

use std::time::Duration;

use crate::backend;

/// Adds 1 to a counter: `metrics::count("lookups_total", &[("result", "hit")])`.
pub fn count(name: &str, labels: &[(&str, &str)]) {
    backend::metrics_count(name, labels, 1);
}

/// Adds to a counter.
pub fn add(name: &str, labels: &[(&str, &str)], by: u64) {
    backend::metrics_count(name, labels, by);
}

/// Sets a gauge.
pub fn gauge(name: &str, labels: &[(&str, &str)], value: f64) {
    backend::metrics_gauge(name, labels, value);
}

/// Adds one observation to a histogram of times.
pub fn observe(name: &str, labels: &[(&str, &str)], time: Duration) {
    backend::metrics_observe(name, labels, time.as_secs_f64());
}
