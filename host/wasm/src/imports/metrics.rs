//! Numbers about a plugin's work: a few series for each plugin, kept when the plugin is replaced.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::contract::v0_2::metrics as wit;
use crate::limits;
use crate::metrics::{Series, Value};
use crate::store::Host;

const INTERFACE: &str = "metrics";

/// The series of one plugin.
#[derive(Debug, Default)]
pub(crate) struct MetricSpace {
    series: Mutex<HashMap<Key, Value>>,
    dropped: AtomicU64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    name: String,
    labels: Vec<(String, String)>,
}

impl Key {
    /// None if a name is not one, or a value is too long.
    fn of(name: String, labels: Vec<wit::Label>) -> Option<Key> {
        let mut labels: Vec<_> = labels
            .into_iter()
            .map(|label| (label.name, label.value))
            .collect();
        labels.sort();
        let are_valid = labels
            .iter()
            .all(|(name, value)| is_name(name) && value.len() <= limits::METRIC_LABEL_BYTES);
        let are_distinct = labels
            .iter()
            .zip(labels.iter().skip(1))
            .all(|(first, second)| first.0 != second.0);
        // Two labels are the switch's and the format's own.
        let are_free = labels
            .iter()
            .all(|(name, _)| name != "plugin" && name != "le");
        let is_valid = is_name(&name) && are_valid && are_distinct && are_free;
        is_valid.then_some(Key { name, labels })
    }
}

fn is_name(name: &str) -> bool {
    let begins = name
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    begins
        && name.len() <= limits::METRIC_NAME_BYTES
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl MetricSpace {
    fn count(&self, key: Option<Key>, by: u64) {
        self.change(key, Value::Counter(0), |value| match value {
            Value::Counter(sum) => {
                *sum = sum.saturating_add(by);
                true
            }
            _ => false,
        });
    }

    fn gauge(&self, key: Option<Key>, set: f64) {
        self.change(key, Value::Gauge(set), |value| match value {
            Value::Gauge(value) => {
                *value = set;
                true
            }
            _ => false,
        });
    }

    fn observe(&self, key: Option<Key>, seconds: f64) {
        // One value that is no number would spoil the sum for ever.
        let key = key.filter(|_| seconds.is_finite());
        let empty = Value::Histogram {
            buckets: vec![0; limits::METRIC_BUCKETS.len()],
            sum: 0.0,
            count: 0,
        };
        self.change(key, empty, |value| match value {
            Value::Histogram {
                buckets,
                sum,
                count,
            } => {
                for (bucket, bound) in buckets.iter_mut().zip(limits::METRIC_BUCKETS) {
                    *bucket += u64::from(seconds <= bound);
                }
                *sum += seconds;
                *count += 1;
                true
            }
            _ => false,
        });
    }

    /// Changes a series, made if there is room. What cannot be done is counted.
    fn change(&self, key: Option<Key>, new: Value, change: impl FnOnce(&mut Value) -> bool) {
        let mut series = self.series();
        let has_room = series.len() < limits::METRIC_SERIES;
        let changed = key.is_some_and(|key| match series.entry(key) {
            Entry::Occupied(mut entry) => change(entry.get_mut()),
            Entry::Vacant(entry) if has_room => change(entry.insert(new)),
            Entry::Vacant(_) => false,
        });
        if !changed {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Every series, by name and labels.
    pub(crate) fn all(&self) -> Vec<Series> {
        let series = self.series();
        let mut all: Vec<_> = series
            .iter()
            .map(|(key, value)| Series {
                name: key.name.clone(),
                labels: key.labels.clone(),
                value: value.clone(),
            })
            .collect();
        all.sort_by(|a, b| (&a.name, &a.labels).cmp(&(&b.name, &b.labels)));
        all
    }

    /// How often something could not be counted.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn series(&self) -> MutexGuard<'_, HashMap<Key, Value>> {
        // Numbers have no state that a panic could leave half done.
        self.series.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl wit::Host for Host {
    fn count(&mut self, name: String, labels: Vec<wit::Label>, by: u64) {
        let noting = self.note(INTERFACE, "count", || format!("{name}{labels:?} +{by}"));
        self.core.shared.metrics.count(Key::of(name, labels), by);
        self.noted(noting, String::new);
    }

    fn gauge(&mut self, name: String, labels: Vec<wit::Label>, value: f64) {
        let noting = self.note(INTERFACE, "gauge", || format!("{name}{labels:?} = {value}"));
        self.core.shared.metrics.gauge(Key::of(name, labels), value);
        self.noted(noting, String::new);
    }

    fn observe(&mut self, name: String, labels: Vec<wit::Label>, seconds: f64) {
        let noting = self.note(INTERFACE, "observe", || {
            format!("{name}{labels:?} {seconds} s")
        });
        let metrics = &self.core.shared.metrics;
        metrics.observe(Key::of(name, labels), seconds);
        self.noted(noting, String::new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, labels: &[(&str, &str)]) -> Option<Key> {
        let label = |(name, value): &(&str, &str)| wit::Label {
            name: (*name).into(),
            value: (*value).into(),
        };
        Key::of(name.into(), labels.iter().map(label).collect())
    }

    #[test]
    fn a_series_is_a_name_with_its_labels_in_any_order() {
        let space = MetricSpace::default();
        space.count(key("calls_total", &[("a", "1"), ("b", "2")]), 2);
        space.count(key("calls_total", &[("b", "2"), ("a", "1")]), 3);
        space.count(key("calls_total", &[]), 1);
        space.gauge(key("open", &[]), 4.0);
        space.gauge(key("open", &[]), 1.5);
        let all = space.all();
        let values: Vec<_> = all.iter().map(|series| series.value.clone()).collect();
        assert_eq!(
            values,
            [Value::Counter(1), Value::Counter(5), Value::Gauge(1.5)]
        );
        assert_eq!(space.dropped(), 0);
    }

    #[test]
    fn a_histogram_has_fixed_buckets() {
        let space = MetricSpace::default();
        for seconds in [0.001, 0.3, 60.0] {
            space.observe(key("took_seconds", &[]), seconds);
        }
        space.observe(key("took_seconds", &[]), f64::NAN);
        let Value::Histogram {
            buckets,
            sum,
            count,
        } = &space.all()[0].value
        else {
            panic!("no histogram");
        };
        assert_eq!(buckets, &[1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]);
        assert!((sum - 60.301).abs() < 1e-9);
        assert_eq!((*count, space.dropped()), (3, 1));
    }

    #[test]
    fn series_beyond_the_limit_are_counted_and_dropped() {
        let space = MetricSpace::default();
        for number in 0..limits::METRIC_SERIES + 5 {
            space.count(key("calls_total", &[("number", &number.to_string())]), 1);
        }
        assert_eq!(space.all().len(), limits::METRIC_SERIES);
        assert_eq!(space.dropped(), 5);
        space.count(key("calls_total", &[("number", "1")]), 1);
        assert_eq!(space.dropped(), 5);
    }

    #[test]
    fn names_that_monitoring_does_not_take_are_dropped() {
        assert!(key("1st", &[]).is_none());
        assert!(key("", &[]).is_none());
        assert!(key("a-b", &[]).is_none());
        assert!(key(&"x".repeat(65), &[]).is_none());
        assert!(key("ok", &[("l", &"x".repeat(129))]).is_none());
        assert!(key("ok", &[("l", "1"), ("l", "2")]).is_none());
        assert!(key("ok", &[("plugin", "mine")]).is_none());
        assert!(key("_ok9", &[("_l", "")]).is_some());
        let space = MetricSpace::default();
        space.count(key("both", &[]), 1);
        space.gauge(key("both", &[]), 1.0);
        assert_eq!(space.dropped(), 1);
    }
}
