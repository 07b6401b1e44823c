//! What the switch uses while it is measured: CPU time by kinds of threads, memory, descriptors.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::cpu::{descriptors, process_seconds, resident_set_kib, thread_seconds};
use crate::media::figures::Line;

/// What a process used up to a moment.
#[derive(Debug, Clone)]
pub struct Used {
    at: Instant,
    /// CPU time of all, seconds.
    all: f64,
    /// CPU time by the first word of the threads' names, seconds.
    threads: BTreeMap<String, f64>,
}

impl Used {
    /// Looks.
    #[must_use]
    pub fn by(pid: u32) -> Used {
        let mut threads = BTreeMap::new();
        for (name, seconds) in thread_seconds(pid) {
            let kind = name.split('-').next().unwrap_or_default().to_owned();
            *threads.entry(kind).or_insert(0.0) += seconds;
        }
        Used {
            at: Instant::now(),
            all: process_seconds(pid),
            threads,
        }
    }

    /// What was used since an earlier look: the share of a core by kinds of threads, those that did anything; and of all.
    #[must_use]
    pub fn since(&self, before: &Used) -> (BTreeMap<String, f64>, f64) {
        let seconds = self.at.duration_since(before.at).as_secs_f64().max(0.001);
        let share = |(kind, after): (&String, &f64)| {
            let used = after - before.threads.get(kind).copied().unwrap_or(0.0);
            (kind.clone(), used / seconds)
        };
        let threads = self.threads.iter().map(share);
        let all = (self.all - before.all) / seconds;
        (threads.filter(|(_, share)| *share >= 0.001).collect(), all)
    }
}

/// What a process held at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Seconds since measuring began.
    pub seconds: f64,
    /// Resident memory: KiB.
    pub kib: u64,
    /// Open descriptors.
    pub descriptors: usize,
}

impl Held {
    /// Looks; `None`: the process is gone.
    #[must_use]
    pub fn by(pid: u32, since: Instant) -> Option<Held> {
        Some(Held {
            seconds: since.elapsed().as_secs_f64(),
            kib: resident_set_kib(pid)?,
            descriptors: descriptors(pid)?,
        })
    }
}

/// How memory grows: KiB a minute; `None` with fewer than two looks.
#[must_use]
pub fn growth(held: &[Held]) -> Option<f64> {
    let mut line = Line::default();
    for held in held {
        line.add(held.seconds / 60.0, held.kib as f64);
    }
    line.slope()
}
