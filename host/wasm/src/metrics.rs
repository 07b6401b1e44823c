//! Numbers that plugins keep about their work, for the operator's monitoring.

/// One series of a plugin: a name with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The name.
    pub name: String,
    /// The labels, by name.
    pub labels: Vec<(String, String)>,
    /// The value.
    pub value: Value,
}

/// The value of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// It only grows.
    Counter(u64),
    /// It goes up and down.
    Gauge(f64),
    /// Times, in seconds.
    Histogram {
        /// For each bound of [`limits::METRIC_BUCKETS`](crate::limits::METRIC_BUCKETS): how many observations were at most that,
        /// as Prometheus wants it (each bucket includes those before it).
        buckets: Vec<u64>,
        /// All observations together: seconds.
        sum: f64,
        /// How many observations.
        count: u64,
    },
}
