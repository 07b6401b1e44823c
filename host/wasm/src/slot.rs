//! The place of one plugin: its current version, the one before it while that is needed, those that calls still keep, and what
//! all of them share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::time::Instant;

use switchhook_routing::decision::{Continuation, Decision};

use crate::error::PluginError;
use crate::status::{Availability, Counts, Draining, PluginStatus};
use crate::trace::Answer;
use crate::version::Version;

/// Old versions that are remembered for as long as calls keep them.
const DRAINING: usize = 1_000;

/// A plugin's place.
pub(crate) struct Slot {
    versions: RwLock<Versions>,
    last_error: Mutex<Option<String>>,
}

struct Versions {
    current: Arc<Version>,
    previous: Option<Arc<Version>>,
    draining: Vec<Weak<Version>>,
}

impl Slot {
    pub(crate) fn new(version: Arc<Version>) -> Slot {
        let versions = Versions {
            current: version,
            previous: None,
            draining: Vec::new(),
        };
        Slot {
            versions: RwLock::new(versions),
            last_error: Mutex::new(None),
        }
    }

    pub(crate) fn current(&self) -> Arc<Version> {
        Arc::clone(&self.read().current)
    }

    /// The version that decides where `version` fails: the one before it, while it has not proved itself.
    pub(crate) fn rescuer_of(&self, version: &Arc<Version>) -> Option<Arc<Version>> {
        let versions = self.read();
        let is_current = Arc::ptr_eq(&versions.current, version);
        (is_current && !version.proof().is_given())
            .then(|| versions.previous.clone())
            .flatten()
    }

    /// Puts a new version in the place. Calls that began keep theirs.
    pub(crate) fn swap(&self, version: Arc<Version>) {
        let freed = {
            let mut versions = self.write();
            let old = std::mem::replace(&mut versions.current, version);
            old.pool().close();
            versions
                .draining
                .retain(|version| version.strong_count() > 0);
            versions.draining.push(Arc::downgrade(&old));
            let surplus = versions.draining.len().saturating_sub(DRAINING);
            versions.draining.drain(..surplus);
            // A version that never decided well is no fallback for the next one; the one before it stays that.
            if old.proof().has_begun() || versions.previous.is_none() {
                versions.previous.replace(old)
            } else {
                Some(old)
            }
        };
        // Unmapping code takes a while; nobody need wait for it.
        drop(freed);
        *self.last_error() = None;
    }

    pub(crate) fn note_error(&self, error: &PluginError) {
        *self.last_error() = Some(error.to_string());
    }

    /// `version` has proved itself: the one before it is let go.
    pub(crate) fn proved(&self, version: &Arc<Version>) {
        let freed = {
            let mut versions = self.write();
            let is_current = Arc::ptr_eq(&versions.current, version);
            if is_current {
                versions.previous.take()
            } else {
                None
            }
        };
        drop(freed);
    }

    pub(crate) fn status(&self, now: Instant) -> PluginStatus {
        let versions = self.read();
        let current = &versions.current;
        let on_probation = !current.proof().is_given();
        let previous = versions.previous.as_ref().filter(|_| on_probation);
        let draining = versions.draining.iter().rev().filter_map(Weak::upgrade);
        let shared = &current.core().shared;
        let (state_keys, state_bytes) = shared.state.size();
        PluginStatus {
            current: current.info().clone(),
            path: current.spec().path.clone(),
            calls: current.calls(),
            draining: draining
                .filter(|version| version.calls() > 0)
                .map(|version| Draining {
                    version: version.info().version.clone(),
                    generation: version.info().generation,
                    calls: version.calls(),
                })
                .collect(),
            previous: previous.map(|version| version.info().version.clone()),
            counts: shared.counters.snapshot(),
            availability: availability(current, now),
            last_error: self.last_error().clone(),
            state_keys,
            state_bytes,
            idle_instances: current.pool().idle_count(),
            metrics_dropped: shared.metrics.dropped(),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Versions> {
        self.versions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Versions> {
        self.versions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn last_error(&self) -> MutexGuard<'_, Option<String>> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn availability(version: &Version, now: Instant) -> Availability {
    let breaker = version.breaker();
    match breaker.set_aside(now) {
        Some(remaining) => Availability::SetAside { remaining },
        None if breaker.on_trial() => Availability::OnTrial,
        None => Availability::Available,
    }
}

/// What came of the decisions of a plugin, all versions together.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    scripts: AtomicU64,
    nexts: AtomicU64,
    proceeds: AtomicU64,
    grants: AtomicU64,
    refusals: AtomicU64,
    events: AtomicU64,
    errors: AtomicU64,
    traps: AtomicU64,
    timeouts: AtomicU64,
    out_of_memory: AtomicU64,
    bad_decisions: AtomicU64,
    unavailable: AtomicU64,
    rescued: AtomicU64,
    busy_nanoseconds: AtomicU64,
}

impl Counters {
    pub(crate) fn count(&self, result: &Result<Answer, PluginError>, busy_nanoseconds: u64) {
        self.busy_nanoseconds
            .fetch_add(busy_nanoseconds, Ordering::Relaxed);
        let counter = match result {
            Ok(
                Answer::Decision(Decision::Script(_))
                | Answer::Continuation(Continuation::Script(_)),
            ) => &self.scripts,
            Ok(Answer::Decision(Decision::Next(_))) => &self.nexts,
            Ok(Answer::Continuation(Continuation::Proceed)) => &self.proceeds,
            Ok(Answer::Registration(Ok(_))) => &self.grants,
            Ok(Answer::Registration(Err(_))) => &self.refusals,
            Ok(Answer::Observed) => &self.events,
            Err(PluginError::Refused(_)) => &self.errors,
            Err(PluginError::Trapped(_)) => &self.traps,
            Err(PluginError::TimedOut) => &self.timeouts,
            Err(PluginError::OutOfMemory) => &self.out_of_memory,
            Err(PluginError::BadDecision(_)) => &self.bad_decisions,
            Err(
                PluginError::Unavailable(_) | PluginError::Unknown(_) | PluginError::Invalid(_),
            ) => &self.unavailable,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_rescue(&self) {
        self.rescued.fetch_add(1, Ordering::Relaxed);
    }

    fn snapshot(&self) -> Counts {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            scripts: value(&self.scripts),
            nexts: value(&self.nexts),
            errors: value(&self.errors),
            traps: value(&self.traps),
            timeouts: value(&self.timeouts),
            out_of_memory: value(&self.out_of_memory),
            bad_decisions: value(&self.bad_decisions),
            unavailable: value(&self.unavailable),
            proceeds: value(&self.proceeds),
            grants: value(&self.grants),
            refusals: value(&self.refusals),
            events: value(&self.events),
            rescued: value(&self.rescued),
            busy_nanoseconds: value(&self.busy_nanoseconds),
        }
    }
}
