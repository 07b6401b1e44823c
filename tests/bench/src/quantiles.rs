//! Quantiles of a set of measurements.

use std::fmt;

/// Measurements in order.
#[derive(Debug)]
pub struct Quantiles(Vec<f64>);

impl Quantiles {
    /// Of these measurements.
    pub fn of(mut values: Vec<f64>) -> Quantiles {
        values.sort_by(f64::total_cmp);
        Quantiles(values)
    }

    /// The value that this share of the measurements does not exceed; 0 if there are none.
    pub fn at(&self, share: f64) -> f64 {
        let index = (self.0.len() as f64 * share) as usize;
        self.0
            .get(index.min(self.0.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    }

    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64
    }
}

/// p50, p99, p99.9 and the mean, in columns.
impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99, p999) = (self.at(0.5), self.at(0.99), self.at(0.999));
        write!(f, "{p50:8.1} {p99:8.1} {p999:8.1} {:8.1}", self.mean())
    }
}
