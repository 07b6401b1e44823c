//! What one instance has on the host's side: its call, its limits and what it has used up. Made for one decision, gone with it.

use std::sync::Arc;

use tokio::time::Instant;
use wasmtime::component::HasData;
use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

use crate::imports::wasi::Wasi;
use crate::limits;
use crate::version::Version;

/// The data of a store.
pub(crate) struct Host {
    pub(crate) version: Arc<Version>,
    pub(crate) call_id: String,
    pub(crate) domain: String,
    /// When the decision must be there.
    pub(crate) deadline: Instant,
    pub(crate) log_lines: u32,
    pub(crate) http_requests: u32,
    /// Whether the limit on memory refused something.
    pub(crate) out_of_memory: bool,
    memory_bytes: usize,
    ticks_left: u64,
    /// Made when a guest first uses WASI; most never do.
    pub(crate) wasi: Option<Box<Wasi>>,
}

impl HasData for Host {
    type Data<'a> = &'a mut Host;
}

/// Bytes that one call from the guest to the host, or its result, may carry over.
const CARRIED_BYTES: usize = 4 << 20;

/// A store for one decision, or for trying out a version (then without a call).
pub(crate) fn store(
    version: &Arc<Version>,
    call: Option<(&str, &str)>,
    deadline: Instant,
) -> Store<Host> {
    let (call_id, domain) = call.unwrap_or_default();
    let host = Host {
        version: Arc::clone(version),
        call_id: call_id.to_owned(),
        domain: domain.to_owned(),
        deadline,
        log_lines: 0,
        http_requests: 0,
        out_of_memory: false,
        memory_bytes: 0,
        ticks_left: version.ticks(),
        wasi: None,
    };
    let mut store = Store::new(version.runtime().engine(), host);
    store.limiter(|host| host);
    store.set_hostcall_fuel(CARRIED_BYTES);
    // Two, because the first may be over at once.
    store.set_epoch_deadline(2);
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
        if total > self.version.spec().budget.memory_bytes {
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
