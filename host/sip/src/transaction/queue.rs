//! The deadlines of all transactions. RFC 3261 knows a handful of durations, so a queue per duration is sorted by itself:
//! adding and taking cost O(1). Nothing is cancelled: a timer that no longer matters is ignored by its state machine,
//! and those of dropped transactions are swept away when they become many.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::handle::Handle;
use super::timer::Timer;

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;

/// Below so many entries a sweep is not worth its time.
const SWEEP_ABOVE: usize = 4096;

#[derive(Debug, Clone, Copy)]
struct Entry {
    deadline: Instant,
    owner: Handle,
    timer: Timer,
}

#[derive(Debug)]
struct Lane {
    duration: Duration,
    entries: VecDeque<Entry>,
}

/// All running timers.
#[derive(Debug, Default)]
pub(super) struct TimerQueue {
    lanes: Vec<Lane>,
    entries: usize,
}

impl TimerQueue {
    /// Starts a timer. `now` never goes back.
    pub(super) fn start(&mut self, now: Instant, duration: Duration, owner: Handle, timer: Timer) {
        let entry = Entry {
            deadline: now + duration,
            owner,
            timer,
        };
        self.entries += 1;
        match self.lanes.iter_mut().find(|lane| lane.duration == duration) {
            Some(lane) => lane.entries.push_back(entry),
            None => self.lanes.push(Lane {
                duration,
                entries: VecDeque::from([entry]),
            }),
        }
    }

    /// The earliest deadline.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lanes
            .iter()
            .filter_map(|lane| lane.entries.front().map(|entry| entry.deadline))
            .min()
    }

    /// Takes a timer that is due, the earliest first.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Handle, Timer)> {
        let earliest = self
            .lanes
            .iter_mut()
            .filter(|lane| {
                lane.entries
                    .front()
                    .is_some_and(|entry| entry.deadline <= now)
            })
            .min_by_key(|lane| lane.entries.front().map(|entry| entry.deadline))?;
        let entry = earliest.entries.pop_front()?;
        self.entries -= 1;
        Some((entry.owner, entry.timer))
    }

    /// Drops the timers of owners that are gone if they may be the greater part; `owners` is how many there are.
    pub(super) fn sweep(&mut self, owners: usize, is_alive: impl Fn(Handle) -> bool) {
        // A live transaction has four running timers at most.
        if self.entries < SWEEP_ABOVE.max(owners.saturating_mul(8)) {
            return;
        }
        for lane in &mut self.lanes {
            lane.entries.retain(|entry| is_alive(entry.owner));
            lane.entries.shrink_to(lane.entries.len() * 2);
        }
        self.entries = self.lanes.iter().map(|lane| lane.entries.len()).sum();
    }

    /// Drops all timers.
    pub(super) fn clear(&mut self) {
        self.lanes.clear();
        self.entries = 0;
    }
}
