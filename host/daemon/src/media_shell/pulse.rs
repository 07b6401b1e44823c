//! The 20 ms clock of a media thread: which sessions are due when. It does not drift: what is due is counted from the beginning, and
//! what was missed is caught up with. Sessions are spread over phases, so that not all of the work comes at once.

use std::time::{Duration, Instant};

/// The time between two ticks of a session.
pub(crate) const TICK: Duration = Duration::from_millis(20);
/// How many phases sessions are spread over.
const PHASES: u32 = 4;
/// How many ticks are caught up with. A process that stood still for longer has lost its calls' patience anyway.
const CATCH_UP: u32 = 25;

/// When the sessions of a thread are due.
#[derive(Debug)]
pub(crate) struct Pulse {
    epoch: Instant,
    phases: Vec<Phase>,
}

#[derive(Debug)]
struct Phase {
    /// Only kept up while the phase has sessions.
    next: Instant,
    keys: Vec<usize>,
}

impl Pulse {
    /// A clock without sessions.
    pub(crate) fn new(epoch: Instant) -> Pulse {
        let phase = |number| Phase {
            next: epoch + TICK / PHASES * number,
            keys: Vec::new(),
        };
        Pulse {
            epoch,
            phases: (0..PHASES).map(phase).collect(),
        }
    }

    /// From now on a session is due every [`TICK`]. It must not be in the clock already.
    pub(crate) fn add(&mut self, now: Instant, key: usize) {
        let epoch = self.epoch;
        let emptiest = (0..).zip(&mut self.phases);
        if let Some((number, phase)) = emptiest.min_by_key(|(_, phase)| phase.keys.len()) {
            if phase.keys.is_empty() {
                let first = epoch + TICK / PHASES * number;
                let since = now.saturating_duration_since(first);
                let ticks = since.as_nanos().div_ceil(TICK.as_nanos());
                phase.next = first + TICK * u32::try_from(ticks).unwrap_or(0);
            }
            phase.keys.push(key);
        }
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        let busy = self.phases.iter().filter(|phase| !phase.keys.is_empty());
        busy.map(|phase| phase.next).min()
    }

    /// Sessions that are due, and when they were; they are no longer in the clock until they are given back.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Due> {
        let busy = (0..).zip(&mut self.phases);
        let mut due = busy.filter(|(_, phase)| !phase.keys.is_empty() && phase.next <= now);
        let (number, phase) = due.next()?;
        let late = now.saturating_duration_since(phase.next);
        if late > TICK * CATCH_UP {
            let missed = late.as_nanos() / TICK.as_nanos();
            phase.next += TICK * u32::try_from(missed).unwrap_or(0);
        }
        let at = phase.next;
        phase.next += TICK;
        Some(Due {
            phase: number,
            at,
            keys: std::mem::take(&mut phase.keys),
        })
    }

    /// Gives back those that go on; others may have been added to the phase meanwhile.
    pub(crate) fn give_back(&mut self, mut due: Due) {
        if let Some(phase) = self.phases.get_mut(due.phase) {
            due.keys.append(&mut phase.keys);
            phase.keys = due.keys;
        }
    }

    /// A session is no longer due.
    pub(crate) fn remove(&mut self, key: usize) {
        for phase in &mut self.phases {
            phase.keys.retain(|other| *other != key);
        }
    }
}

/// Sessions that are due.
#[derive(Debug)]
pub(crate) struct Due {
    phase: usize,
    /// When they were due.
    pub(crate) at: Instant,
    /// Which.
    pub(crate) keys: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::media_shell::pulse::{Pulse, TICK};

    /// All ticks until `end`, as milliseconds since the beginning, when the clock is looked at at these moments.
    fn ticks(pulse: &mut Pulse, epoch: Instant, looks: &[u64]) -> Vec<(u64, usize)> {
        let mut ticks = Vec::new();
        for look in looks {
            while let Some(due) = pulse.due(epoch + Duration::from_millis(*look)) {
                let at = due.at.duration_since(epoch).as_millis();
                ticks.extend(
                    due.keys
                        .iter()
                        .map(|key| (u64::try_from(at).unwrap(), *key)),
                );
                pulse.give_back(due);
            }
        }
        ticks
    }

    #[test]
    fn ticks_are_on_the_grid_whenever_the_clock_is_looked_at() {
        let epoch = Instant::now();
        let mut pulse = Pulse::new(epoch);
        pulse.add(epoch + Duration::from_millis(33), 7);
        assert_eq!(pulse.next(), Some(epoch + TICK * 2));
        let heard = ticks(&mut pulse, epoch, &[39, 43, 61, 62, 155]);
        let expected = [40, 60, 80, 100, 120, 140].map(|at| (at, 7));
        assert_eq!(heard, expected);
    }

    #[test]
    fn sessions_are_spread_over_the_phases() {
        let epoch = Instant::now();
        let mut pulse = Pulse::new(epoch);
        for key in 0..8 {
            pulse.add(epoch, key);
        }
        let mut heard = ticks(&mut pulse, epoch, &[19]);
        heard.sort_unstable();
        let expected = [
            (0, 0),
            (0, 4),
            (5, 1),
            (5, 5),
            (10, 2),
            (10, 6),
            (15, 3),
            (15, 7),
        ];
        assert_eq!(heard, expected);
        pulse.remove(0);
        pulse.remove(4);
        assert_eq!(pulse.next(), Some(epoch + Duration::from_millis(25)));
    }

    #[test]
    fn after_a_long_stand_still_only_the_present_is_played() {
        let epoch = Instant::now();
        let mut pulse = Pulse::new(epoch);
        pulse.add(epoch, 1);
        assert_eq!(ticks(&mut pulse, epoch, &[60_007]), [(60_000, 1)]);
        assert_eq!(
            ticks(&mut pulse, epoch, &[60_041]),
            [(60_020, 1), (60_040, 1)]
        );
    }
}
