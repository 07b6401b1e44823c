//! Whether a new version has proved itself. Pure but for its counter; time is an argument.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use crate::spec::Probation;

/// The proof of one version.
#[derive(Debug)]
pub(crate) struct Proof {
    terms: Probation,
    begun: Instant,
    succeeded: AtomicU32,
    /// Errors that the version before it returned as well, or that nobody else was asked about.
    excused: AtomicU32,
    is_given: AtomicBool,
}

impl Proof {
    pub(crate) fn new(terms: Probation, now: Instant) -> Proof {
        Proof {
            terms,
            begun: now,
            succeeded: AtomicU32::new(0),
            excused: AtomicU32::new(0),
            is_given: AtomicBool::new(false),
        }
    }

    /// Counts a good decision. True for the one that completes the proof.
    pub(crate) fn succeed(&self, now: Instant) -> bool {
        if self.is_given() {
            return false;
        }
        self.succeeded.fetch_add(1, Ordering::Relaxed);
        self.completes(now)
    }

    /// Counts an error that it returned in good order and that nobody did better. True if that completes the proof.
    pub(crate) fn excuse(&self, now: Instant) -> bool {
        if self.is_given() {
            return false;
        }
        self.excused.fetch_add(1, Ordering::Relaxed);
        self.completes(now)
    }

    fn completes(&self, now: Instant) -> bool {
        let succeeded = self.succeeded.load(Ordering::Relaxed);
        let answered = succeeded.saturating_add(self.excused.load(Ordering::Relaxed));
        let enough = answered >= self.terms.decisions
            && now.saturating_duration_since(self.begun) >= self.terms.time;
        enough && !self.is_given.swap(true, Ordering::Relaxed)
    }

    /// Whether the version stands on its own.
    pub(crate) fn is_given(&self) -> bool {
        self.is_given.load(Ordering::Relaxed)
    }

    /// Whether it has made a good decision at all.
    pub(crate) fn has_begun(&self) -> bool {
        self.succeeded.load(Ordering::Relaxed) > 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const TERMS: Probation = Probation {
        decisions: 2,
        time: Duration::from_secs(60),
    };

    #[test]
    fn it_takes_both_the_decisions_and_the_time() {
        let now = Instant::now();
        let proof = Proof::new(TERMS, now);
        assert!(!proof.has_begun());
        for _ in 0..5 {
            assert!(!proof.succeed(now + Duration::from_secs(59)));
        }
        assert!(proof.has_begun() && !proof.is_given());
        assert!(proof.succeed(now + Duration::from_secs(60)));
        assert!(proof.is_given());

        let proof = Proof::new(TERMS, now);
        assert!(!proof.succeed(now + Duration::from_secs(99)));
        assert!(proof.succeed(now + Duration::from_secs(99)));
    }

    #[test]
    fn errors_that_nobody_did_better_count_but_are_no_good_decisions() {
        let now = Instant::now();
        let proof = Proof::new(TERMS, now);
        assert!(!proof.excuse(now));
        assert!(proof.excuse(now + TERMS.time));
        assert!(proof.is_given() && !proof.has_begun());
    }

    #[test]
    fn it_is_completed_once() {
        let later = Instant::now() + TERMS.time;
        let proof = Proof::new(
            Probation {
                decisions: 1,
                ..TERMS
            },
            later - TERMS.time,
        );
        assert!(proof.succeed(later));
        assert!(!proof.succeed(later));
    }
}
