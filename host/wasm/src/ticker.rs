//! The thread that counts time for running guests: it increments the engine's epoch each [`limits::TICK`] while decisions are
//! made, and sleeps while none are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, Thread};

use wasmtime::EngineWeak;

use crate::limits;

/// Ticks without a decision after which the thread sleeps.
const IDLE_TICKS: u32 = 1_000;

/// The thread and what it is told.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    running: AtomicU64,
    begun: AtomicU64,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

/// Stands for a decision that is being made; the ticker stays awake until it is dropped.
#[derive(Debug)]
pub(crate) struct Ticking<'a>(&'a Shared);

impl Ticker {
    pub(crate) fn start(engine: EngineWeak) -> std::io::Result<Ticker> {
        let shared = Arc::new(Shared::default());
        let on_thread = Arc::clone(&shared);
        let handle = thread::Builder::new()
            .name("epoch-ticker".into())
            .spawn(move || tick(&on_thread, &engine))?;
        Ok(Ticker {
            shared,
            thread: handle.thread().clone(),
            handle: Some(handle),
        })
    }

    /// To be held while a guest may run.
    pub(crate) fn keep_awake(&self) -> Ticking<'_> {
        // Sequentially consistent, like the thread's own pair: either it sees the guest, or we see that it is about to sleep.
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        self.shared.begun.fetch_add(1, Ordering::Relaxed);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Ticking(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
        if let Some(handle) = self.handle.take() {
            // The thread does not panic, and nothing could be done if it had.
            let _ = handle.join();
        }
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(shared: &Shared, engine: &EngineWeak) {
    raise_priority();
    let mut begun = 0;
    let mut idle_ticks = 0;
    while !shared.stopped.load(Ordering::SeqCst) {
        thread::sleep(limits::TICK);
        let Some(engine) = engine.upgrade() else {
            return;
        };
        engine.increment_epoch();
        let begun_now = shared.begun.load(Ordering::Relaxed);
        idle_ticks = if begun_now == begun {
            idle_ticks + 1
        } else {
            0
        };
        begun = begun_now;
        if idle_ticks > IDLE_TICKS {
            sleep_until_needed(shared);
            idle_ticks = 0;
        }
    }
}

fn sleep_until_needed(shared: &Shared) {
    shared.asleep.store(true, Ordering::SeqCst);
    while shared.running.load(Ordering::SeqCst) == 0 && !shared.stopped.load(Ordering::SeqCst) {
        thread::park();
    }
    shared.asleep.store(false, Ordering::SeqCst);
}

/// On a busy machine a ticker of ordinary priority comes late, and deadlines stretch with it. Where the process may not raise it
/// (no `CAP_SYS_NICE`), it stays as it is.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "there is no safe call for the priority of one thread"
)]
fn raise_priority() {
    const NICENESS: i32 = -15;
    // SAFETY: no memory is passed. On Linux `who` 0 is the calling thread, not the process.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
    }
}

#[cfg(not(target_os = "linux"))]
fn raise_priority() {}
