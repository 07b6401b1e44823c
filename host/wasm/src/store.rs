//! What one instance has on the host's side: its question, its limits and what it has used up. What belongs to a question is set
//! anew for each one.

use std::sync::Arc;

use tokio::time::Instant;
use wasmtime::component::HasData;
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

use crate::core::Core;
use crate::imports::wasi::Wasi;
use crate::limits;
use crate::recording::Recorder;
use crate::runtime::Runtime;
use crate::trace::Question;

/// The data of a store.
pub(crate) struct Host {
    pub(crate) core: Arc<Core>,
    /// The call, or the client that registers: what lines in the log are marked with.
    pub(crate) call_id: String,
    pub(crate) domain: String,
    /// When the answer must be there.
    pub(crate) deadline: Instant,
    pub(crate) log_lines: u32,
    /// Requests by `http.fetch`; those by `wasi:http` are counted with it.
    pub(crate) http_requests: u32,
    /// Whether the limit on memory refused something.
    pub(crate) out_of_memory: bool,
    /// Where what happens is noted down, if somebody wants to know.
    pub(crate) recorder: Option<Recorder>,
    memory_bytes: usize,
    ticks_left: u64,
    counts_instructions: bool,
    /// Made when a guest first uses WASI; most never do. It lives as long as the instance, whose handles are in it.
    pub(crate) wasi: Option<Box<Wasi>>,
}

impl HasData for Host {
    type Data<'a> = &'a mut Host;
}

/// Bytes that one call from the guest to the host, or its result, may carry over.
const CARRIED_BYTES: usize = 4 << 20;

/// Instructions that a guest may carry out where they are counted: the limit is its time.
const FUEL: u64 = u64::MAX;

/// A store for one instance.
pub(crate) fn store(runtime: &Runtime, core: Arc<Core>, recorder: Option<Recorder>) -> Store<Host> {
    let host = Host {
        core,
        call_id: String::new(),
        domain: String::new(),
        deadline: Instant::now(),
        log_lines: 0,
        http_requests: 0,
        out_of_memory: false,
        recorder,
        memory_bytes: 0,
        ticks_left: 0,
        counts_instructions: runtime.counts_instructions(),
        wasi: None,
    };
    let mut store = Store::new(runtime.engine(), host);
    store.limiter(|host| host);
    store.set_hostcall_fuel(CARRIED_BYTES);
    // This runs when a guest that is running sees that a tick has passed, so it counts CPU time: not the time that a host call
    // waits, nor the time that other tasks take after the yield. The yield is what keeps one guest from holding up the others.
    store.epoch_deadline_callback(|mut context| {
        let host = context.data_mut();
        Ok(match host.ticks_left.checked_sub(1) {
            None => UpdateDeadline::Interrupt,
            Some(left) => {
                host.ticks_left = left;
                UpdateDeadline::Yield(1)
            }
        })
    });
    store
}

/// Sets everything that belongs to one question; none: the instance is made for later ones.
pub(crate) fn begin(
    store: &mut Store<Host>,
    question: Option<&Question<'_>>,
    deadline: Instant,
    ticks: u64,
) {
    let (call_id, domain) = question.map(Question::subject).unwrap_or_default();
    let host = store.data_mut();
    host.call_id.clear();
    host.call_id.push_str(call_id);
    host.domain.clear();
    host.domain.push_str(domain);
    host.deadline = deadline;
    host.log_lines = 0;
    host.http_requests = 0;
    host.out_of_memory = false;
    host.ticks_left = ticks;
    if let Some(wasi) = &mut host.wasi {
        wasi.begin(&host.call_id);
    }
    // Two, because the first may be over at once.
    store.set_epoch_deadline(2);
    if store.data().counts_instructions {
        // It fails only where instructions are not counted.
        let _ = store.set_fuel(FUEL);
    }
}

/// Instructions since `begin`, if they are counted.
pub(crate) fn instructions(store: &Store<Host>) -> Option<u64> {
    let counts = store.data().counts_instructions;
    let left = counts.then(|| store.get_fuel().ok()).flatten()?;
    Some(FUEL - left)
}

impl Host {
    /// Linear memory that the instance has: bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .memory_bytes
            .saturating_sub(current)
            .saturating_add(desired);
        if total > self.core.spec.budget.memory_bytes {
            self.out_of_memory = true;
            return Ok(false);
        }
        self.memory_bytes = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.out_of_memory = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > limits::TABLE_ELEMENTS {
            self.out_of_memory = true;
            return Ok(false);
        }
        Ok(true)
    }
}
