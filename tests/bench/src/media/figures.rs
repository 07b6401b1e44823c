//! What telephones measure: times in a histogram, and how a stream's clock runs against the real one.

/// The width of a bucket: nanoseconds.
const BUCKET: u64 = 10_000;
/// What is longer than all buckets together (2 s) counts in the last one; the maximum is exact.
const BUCKETS: usize = 200_000;

/// How often times of each length were seen.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u32>,
    count: u64,
    longest: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram {
            buckets: vec![0; BUCKETS],
            count: 0,
            longest: 0,
        }
    }
}

impl Histogram {
    /// Counts a time in nanoseconds.
    pub fn add(&mut self, nanoseconds: u64) {
        let bucket = usize::try_from(nanoseconds / BUCKET).unwrap_or(BUCKETS);
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
        self.count += 1;
        self.longest = self.longest.max(nanoseconds);
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (own, more) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += more;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }

    /// How many times were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What this share of the times does not exceed, in milliseconds; `None` if there are none.
    #[must_use]
    pub fn at(&self, share: f64) -> Option<f64> {
        let wanted = ((self.count as f64 * share).ceil() as u64).clamp(1, self.count.max(1));
        let mut passed = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            passed += u64::from(*count);
            if passed >= wanted {
                let upper = (bucket as u64 + 1) * BUCKET;
                return Some(upper.min(self.longest) as f64 / 1e6);
            }
        }
        None
    }

    /// The longest, in milliseconds; `None` if there are none.
    #[must_use]
    pub fn longest(&self) -> Option<f64> {
        (self.count > 0).then_some(self.longest as f64 / 1e6)
    }
}

/// A straight line through points, by least squares.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    first: Option<(f64, f64)>,
    count: f64,
    sums: [f64; 4],
}

impl Line {
    /// Adds a point.
    pub fn add(&mut self, x: f64, y: f64) {
        // Near the first point the sums keep their precision.
        let (x0, y0) = *self.first.get_or_insert((x, y));
        let (x, y) = (x - x0, y - y0);
        self.count += 1.0;
        for (sum, more) in self.sums.iter_mut().zip([x, y, x * x, x * y]) {
            *sum += more;
        }
    }

    /// How many points it has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count as u64
    }

    /// How much y grows for each x; `None` with fewer than two points.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        let [x, y, xx, xy] = self.sums;
        let spread = self.count * xx - x * x;
        (spread > 0.0).then(|| (self.count * xy - x * y) / spread)
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, Line};

    #[test]
    fn quantiles_are_those_of_the_times_counted() {
        let mut times = Histogram::default();
        assert_eq!(times.at(0.5), None);
        for milliseconds in 1..=100 {
            times.add(milliseconds * 1_000_000);
        }
        let close = |share: f64, wanted: f64| (times.at(share).unwrap() - wanted).abs() < 0.011;
        assert!(close(0.5, 50.0) && close(0.99, 99.0));
        assert_eq!(times.longest(), Some(100.0));
    }

    #[test]
    fn a_clock_that_is_fast_by_ten_in_a_million_is_found_to_be_so_after_ten_minutes() {
        let mut line = Line::default();
        for packet in 0..30_000 {
            let real = 1.7e9 + f64::from(packet) * 0.02;
            let jitter = f64::from(packet % 7) * 1e-3;
            line.add(real, f64::from(packet) * 0.02 * (1.0 + 10e-6) + jitter);
        }
        let ppm = (line.slope().unwrap() - 1.0) * 1e6;
        assert!((ppm - 10.0).abs() < 0.5, "{ppm}");
    }
}
