//! Instances that live on: the warm pool of one version.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::spec::PoolSpec;
use crate::store::Host;

/// An instance and what it has on the host's side.
pub(crate) struct Live {
    pub(crate) store: Store<Host>,
    pub(crate) instance: Instance,
    uses: u32,
    /// Its place among the idle ones of all plugins, while it is idle.
    place: Option<OwnedSemaphorePermit>,
}

impl Live {
    pub(crate) fn new(store: Store<Host>, instance: Instance) -> Live {
        Live {
            store,
            instance,
            uses: 0,
            place: None,
        }
    }

    /// Counts a question that it has answered.
    pub(crate) fn used(&mut self) {
        self.uses = self.uses.saturating_add(1);
    }
}

/// The idle instances of one version. An instance that answers a question is not in here, so none ever answers two at once.
pub(crate) struct Pool {
    spec: Option<PoolSpec>,
    /// Places for idle instances, shared by all plugins: what bounds them beside the decisions under way.
    places: Arc<Semaphore>,
    idle: Mutex<Idle>,
    /// Whether somebody is making instances for it.
    is_being_filled: AtomicBool,
}

#[derive(Default)]
struct Idle {
    instances: Vec<Live>,
    is_closed: bool,
}

impl Pool {
    pub(crate) fn new(spec: Option<PoolSpec>, places: Arc<Semaphore>) -> Pool {
        Pool {
            spec,
            places,
            idle: Mutex::default(),
            is_being_filled: AtomicBool::new(false),
        }
    }

    /// Whether instances are kept at all.
    pub(crate) fn is_on(&self) -> bool {
        self.spec.is_some()
    }

    /// The instance that was used last, its caches warm.
    pub(crate) fn take(&self) -> Option<Live> {
        self.spec?;
        let mut live = self.idle().instances.pop()?;
        live.place = None;
        Some(live)
    }

    /// Keeps an instance for the next question, unless it has answered enough, or there are enough of them. False if it is gone.
    pub(crate) fn put(&self, mut live: Live) -> bool {
        let Some(spec) = self.spec else {
            return false;
        };
        if live.uses >= spec.uses {
            return false;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return false;
        };
        let mut idle = self.idle();
        if idle.is_closed || idle.instances.len() >= spec.size as usize {
            return false;
        }
        live.place = Some(place);
        idle.instances.push(live);
        true
    }

    /// Keeps nothing from now on: another version has taken over.
    pub(crate) fn close(&self) {
        let instances = {
            let mut idle = self.idle();
            idle.is_closed = true;
            std::mem::take(&mut idle.instances)
        };
        drop(instances);
    }

    /// How many are idle.
    pub(crate) fn idle_count(&self) -> usize {
        self.idle().instances.len()
    }

    /// Whether more instances are wanted, and nobody makes them yet. After true, `is_filled` must follow.
    pub(crate) fn wants_filling(&self) -> bool {
        self.has_room() && !self.is_being_filled.swap(true, Ordering::Relaxed)
    }

    /// Whether there are fewer idle instances than there may be.
    pub(crate) fn has_room(&self) -> bool {
        let Some(spec) = self.spec else {
            return false;
        };
        let idle = self.idle();
        !idle.is_closed
            && idle.instances.len() < spec.size as usize
            && self.places.available_permits() > 0
    }

    pub(crate) fn is_filled(&self) {
        self.is_being_filled.store(false, Ordering::Relaxed);
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        // A list of instances has no state that a panic could leave half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
