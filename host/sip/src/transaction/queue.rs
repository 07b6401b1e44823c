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
    /// Nanoseconds after the first timer was started: half of what an `Instant` takes.
    deadline: u64,
    owner: Handle,
    timer: Timer,
}

#[derive(Debug)]
struct Lane {
    duration: Duration,
    entries: VecDeque<Entry>,
}

impl Lane {
    fn next(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.deadline)
    }
}

/// All running timers.
#[derive(Debug, Default)]
pub(super) struct TimerQueue {
    epoch: Option<Instant>,
    lanes: Vec<Lane>,
    entries: usize,
}

impl TimerQueue {
    /// Starts a timer. `now` never goes back.
    pub(super) fn start(&mut self, now: Instant, duration: Duration, owner: Handle, timer: Timer) {
        let since_epoch = now.saturating_duration_since(*self.epoch.get_or_insert(now));
        let entry = Entry {
            deadline: nanoseconds(since_epoch.saturating_add(duration)),
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
        let fronts = self.lanes.iter().filter_map(Lane::next);
        Some(self.epoch? + Duration::from_nanos(fronts.min()?))
    }

    /// Takes a timer that is due, the earliest first.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Handle, Timer)> {
        let now = nanoseconds(now.saturating_duration_since(self.epoch?));
        let lanes = self.lanes.iter_mut();
        let earliest = lanes
            .filter(|lane| lane.next().is_some_and(|deadline| deadline <= now))
            .min_by_key(|lane| lane.next())?;
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

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
