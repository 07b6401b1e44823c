//! The circuit breaker of one version: it says whether the plugin is asked, from what came of asking it before. Pure; time is
//! an argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::spec::BreakerConfig;

/// Slices that the window is divided into.
const SLICES: u32 = 10;

/// A circuit breaker.
#[derive(Debug)]
pub struct Breaker {
    config: BreakerConfig,
    state: State,
    slices: VecDeque<Slice>,
    /// How often in a row it was opened without having closed in between.
    reopened: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        until: Instant,
    },
    Trial {
        succeeded: u32,
        running_since: Option<Instant>,
    },
}

#[derive(Debug)]
struct Slice {
    begun: Instant,
    decisions: u32,
    failures: u32,
}

/// What the breaker says about one decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Ask.
    Ask,
    /// Ask, and everything hangs on it: the plugin was set aside before.
    Trial,
    /// Do not ask: the plugin is set aside.
    SetAside,
}

/// A change that somebody should hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It was set aside for this long.
    Opened(Duration),
    /// It has recovered.
    Closed,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(config: BreakerConfig) -> Breaker {
        Breaker {
            config,
            state: State::Closed,
            slices: VecDeque::new(),
            reopened: 0,
        }
    }

    /// Whether the plugin is asked now. A trial must be followed by [`Breaker::record`]; one that never is, because its call
    /// ended, makes room for the next after the window.
    pub fn admit(&mut self, now: Instant) -> Admission {
        match self.state {
            State::Closed => Admission::Ask,
            State::Open { until } if now < until => Admission::SetAside,
            State::Open { .. } => {
                self.state = State::Trial {
                    succeeded: 0,
                    running_since: Some(now),
                };
                Admission::Trial
            }
            State::Trial {
                running_since: Some(since),
                ..
            } if now < since + self.config.window => Admission::SetAside,
            State::Trial { succeeded, .. } => {
                self.state = State::Trial {
                    succeeded,
                    running_since: Some(now),
                };
                Admission::Trial
            }
        }
    }

    /// What came of a decision that was admitted.
    pub fn record(&mut self, now: Instant, admission: Admission, failed: bool) -> Option<Change> {
        match (self.state, admission) {
            (State::Closed, _) => {
                self.count(now, failed);
                (failed && self.is_over_limit(now)).then(|| self.open(now))
            }
            (State::Trial { .. }, Admission::Trial) if failed => Some(self.open(now)),
            (State::Trial { succeeded, .. }, Admission::Trial) => {
                let succeeded = succeeded + 1;
                if succeeded < self.config.trials {
                    self.state = State::Trial {
                        succeeded,
                        running_since: None,
                    };
                    return None;
                }
                self.state = State::Closed;
                self.slices.clear();
                self.reopened = 0;
                Some(Change::Closed)
            }
            // Decisions that were under way when it was set aside say nothing new.
            (State::Open { .. } | State::Trial { .. }, _) => None,
        }
    }

    /// How long it is set aside yet; `None` if it is not.
    pub fn set_aside(&self, now: Instant) -> Option<Duration> {
        match self.state {
            State::Open { until } => Some(until.saturating_duration_since(now)),
            State::Closed | State::Trial { .. } => None,
        }
    }

    /// Whether it is being tried after having been set aside.
    pub fn on_trial(&self) -> bool {
        matches!(self.state, State::Trial { .. })
    }

    fn open(&mut self, now: Instant) -> Change {
        let pause = self.config.pause * (1 << self.reopened.min(4));
        self.reopened += 1;
        self.state = State::Open { until: now + pause };
        Change::Opened(pause)
    }

    fn count(&mut self, now: Instant, failed: bool) {
        let slice_length = self.config.window / SLICES;
        if self
            .slices
            .back()
            .is_none_or(|slice| now >= slice.begun + slice_length)
        {
            self.forget(now);
            self.slices.push_back(Slice {
                begun: now,
                decisions: 0,
                failures: 0,
            });
        }
        if let Some(slice) = self.slices.back_mut() {
            slice.decisions = slice.decisions.saturating_add(1);
            slice.failures = slice.failures.saturating_add(u32::from(failed));
        }
    }

    fn forget(&mut self, now: Instant) {
        while self
            .slices
            .front()
            .is_some_and(|slice| now >= slice.begun + self.config.window)
        {
            self.slices.pop_front();
        }
    }

    fn is_over_limit(&mut self, now: Instant) -> bool {
        self.forget(now);
        let failures: u64 = self
            .slices
            .iter()
            .map(|slice| u64::from(slice.failures))
            .sum();
        let decisions: u64 = self
            .slices
            .iter()
            .map(|slice| u64::from(slice.decisions))
            .sum();
        self.config.failures > 0
            && failures >= u64::from(self.config.failures)
            && failures * 100 >= decisions * u64::from(self.config.percent)
    }
}

#[cfg(test)]
mod tests;
