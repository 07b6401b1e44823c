//! One question to one version: an instance, the question in, the answer out, everything that can go wrong in between turned into
//! an error.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::InstancePre;
use wasmtime::{Store, Trap};

use crate::contract::Exports;
use crate::core::Core;
use crate::error::PluginError;
use crate::imports::log;
use crate::limits;
use crate::live::Live;
use crate::recording::Recorder;
use crate::runtime::Runtime;
use crate::store::{self, Host};
use crate::trace::{Answer, Asked, Question, Scene};
use crate::version::Version;

/// How long an instance may take to be made where no call waits for it, or where it is kept.
const START_UP: Duration = Duration::from_secs(10);

/// Asks a version. It takes no longer than the wall-clock budget; dropping the future stops the guest. `busy` becomes the time that
/// was spent, waiting left out.
pub(crate) async fn ask(
    version: &Arc<Version>,
    question: Question<'_>,
    busy: &mut Duration,
) -> Result<Answer, PluginError> {
    if let Some(answer) = version.exports().without_asking(&question)? {
        return Ok(answer);
    }
    let core = version.core();
    let deadline = Instant::now() + core.spec.budget.wall;
    let mut meter = Meter::default();
    let answer = bounded(deadline, &mut meter, async {
        let runtime = version.runtime();
        let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
        let _ticking = runtime.ticker().keep_awake();
        let pool = version.pool();
        let _asking = pool.asking();
        let mut live = match pool.take() {
            Some(live) => live,
            None => make(version, Arc::clone(core), None, Some(&question), deadline).await?,
        };
        if pool.is_on() {
            store::begin(&mut live.store, Some(&question), deadline, core.ticks());
        }
        let given = version
            .exports()
            .ask(&mut live.store, &live.instance, question)
            .await;
        let answer = given.map_err(|error| stopped(&live.store, &error))?;
        if pool.is_on() {
            live.used();
            if !live.store.data().out_of_memory {
                pool.put(live);
            }
        }
        answer
    })
    .await;
    *busy = meter.busy;
    fill(version);
    answer
}

/// Asks a version in a scene; everything that happens is noted. Always a fresh instance.
pub(crate) async fn ask_in(
    version: &Arc<Version>,
    question: Question<'_>,
    scene: &Scene,
) -> Result<Asked, PluginError> {
    let core = Arc::new(version.core().in_scene(scene)?);
    let recorder = Recorder::default();
    let begun = Instant::now();
    let deadline = begun + core.spec.budget.wall;
    let mut meter = Meter {
        cpu: Some(Duration::ZERO),
        ..Meter::default()
    };
    let mut kept: Option<Live> = None;
    let answer = match version.exports().without_asking(&question) {
        Ok(Some(answer)) => Ok(answer),
        Err(error) => Err(error),
        Ok(None) => {
            bounded(deadline, &mut meter, async {
                let runtime = version.runtime();
                let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
                let _ticking = runtime.ticker().keep_awake();
                let noted = Some(recorder.clone());
                let made = make(version, Arc::clone(&core), noted, Some(&question), deadline);
                let live = kept.insert(made.await?);
                if core.spec.pool.is_some() {
                    store::begin(&mut live.store, Some(&question), deadline, core.ticks());
                }
                let given = version
                    .exports()
                    .ask(&mut live.store, &live.instance, question)
                    .await;
                given.map_err(|error| stopped(&live.store, &error))?
            })
            .await
        }
    };
    let nanoseconds = nanoseconds(begun.elapsed());
    let instructions = kept
        .as_ref()
        .and_then(|live| store::instructions(&live.store));
    let memory_bytes = kept
        .as_ref()
        .map_or(0, |live| live.store.data().memory_bytes());
    drop(kept);
    let notes = std::mem::take(&mut *recorder.notes());
    Ok(Asked {
        plugin: core.spec.name.clone(),
        answer,
        log: notes.log,
        host_calls: notes.host_calls,
        http: notes.http,
        state: scene.state.as_ref().map(|_| core.shared.state.entries()),
        nanoseconds,
        cpu_nanoseconds: self::nanoseconds(meter.cpu.unwrap_or_default()),
        instructions,
        memory_bytes,
    })
}

/// The first instance of a component: what can fail fails now and not with the first call, the types of what it exports are
/// compared with the contract, and the pool of memory has its pages mapped.
pub(crate) async fn first(
    runtime: &Runtime,
    core: &Arc<Core>,
    pre: &InstancePre<Host>,
) -> Result<Live, PluginError> {
    let deadline = Instant::now() + core.spec.budget.wall.max(START_UP);
    let mut meter = Meter::default();
    let warmed = bounded(deadline, &mut meter, async {
        let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
        let _ticking = runtime.ticker().keep_awake();
        instance(runtime, pre, Arc::clone(core), None, None, deadline).await
    });
    let mut live = warmed.await.map_err(|error| {
        PluginError::Invalid(format!(
            "an instance of the component cannot be made: {error}"
        ))
    })?;
    Exports::check(&mut live.store, pre, &live.instance).map_err(|error| {
        PluginError::Invalid(format!(
            "the component does not keep the contract it names: {error:#}"
        ))
    })?;
    Ok(live)
}

/// Makes instances for a version's pool in the background, if there is room.
pub(crate) fn fill(version: &Arc<Version>) {
    if !version.pool().is_on() || !version.pool().wants_filling() {
        return;
    }
    let version = Arc::clone(version);
    tokio::spawn(async move {
        while version.pool().has_room() {
            let deadline = Instant::now() + START_UP;
            let mut meter = Meter::default();
            let made = bounded(deadline, &mut meter, async {
                let runtime = version.runtime();
                let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
                let _ticking = runtime.ticker().keep_awake();
                let core = Arc::clone(version.core());
                let live = make(&version, core, None, None, deadline).await?;
                Ok(version.pool().put(live))
            });
            match made.await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    let plugin = &version.info().name;
                    tracing::warn!(plugin, %error, "no instance could be made for the warm pool");
                    break;
                }
            }
        }
        version.pool().is_filled();
    });
}

async fn make(
    version: &Version,
    core: Arc<Core>,
    recorder: Option<Recorder>,
    question: Option<&Question<'_>>,
    deadline: Instant,
) -> Result<Live, PluginError> {
    let (runtime, pre) = (version.runtime(), version.pre());
    instance(runtime, pre, core, recorder, question, deadline).await
}

async fn instance(
    runtime: &Runtime,
    pre: &InstancePre<Host>,
    core: Arc<Core>,
    recorder: Option<Recorder>,
    question: Option<&Question<'_>>,
    deadline: Instant,
) -> Result<Live, PluginError> {
    let ticks = start_up_ticks(&core);
    let mut store = store::store(runtime, core, recorder);
    store::begin(&mut store, question, deadline, ticks);
    match pre.instantiate_async(&mut store).await {
        Ok(instance) => Ok(Live::new(store, instance)),
        Err(error) => Err(stopped(&store, &error)),
    }
}

/// CPU time for making an instance: part of the question's, unless the instance is kept for others.
fn start_up_ticks(core: &Core) -> u64 {
    if core.spec.pool.is_none() {
        return core.ticks();
    }
    let ticks = START_UP.as_nanos() / limits::TICK.as_nanos();
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

/// What work took.
#[derive(Debug, Default)]
struct Meter {
    /// Time on the clock, waiting left out.
    busy: Duration,
    /// CPU time of the thread, if it is wanted: asking for it costs as much as a small host call.
    cpu: Option<Duration>,
}

impl Meter {
    fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let cpu = self.cpu.map(|_| thread_time());
        let begun = std::time::Instant::now();
        let result = work();
        self.busy += begun.elapsed();
        if let (Some(total), Some(before)) = (&mut self.cpu, cpu) {
            *total += thread_time().saturating_sub(before);
        }
        result
    }
}

/// CPU time of this thread.
#[expect(unsafe_code, reason = "std has no clock of CPU time")]
fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec of our own; the clock is there on every Linux (clock_gettime(2)).
    unsafe {
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time);
    }
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Runs until the deadline, and turns a panic of the host's own code into an error.
async fn bounded<T>(
    deadline: Instant,
    meter: &mut Meter,
    work: impl Future<Output = Result<T, PluginError>>,
) -> Result<T, PluginError> {
    let mut work = pin!(work);
    let contained = poll_fn(|context| {
        // After a panic the future is dropped and with it everything that it could have left half done: the store.
        let poll = || catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        match meter.measure(poll) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        }
    });
    tokio::time::timeout_at(deadline, contained)
        .await
        .unwrap_or(Err(PluginError::TimedOut))
}

fn panicked(panic: &(dyn Any + Send)) -> PluginError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!("the host's side of a plugin panicked: {text}");
    PluginError::Trapped("the host failed to serve the plugin".into())
}

/// Why the guest was stopped.
fn stopped(store: &Store<Host>, error: &wasmtime::Error) -> PluginError {
    if let Some(Trap::Interrupt) = error.downcast_ref::<Trap>() {
        return PluginError::TimedOut;
    }
    // A guest that is refused memory traps in its own allocator; the refusal is the cause.
    if store.data().out_of_memory {
        return PluginError::OutOfMemory;
    }
    let cause = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => format!("{:#}", error.root_cause()),
    };
    let place = error
        .downcast_ref::<wasmtime::WasmBacktrace>()
        .and_then(|backtrace| backtrace.frames().first()?.func_name().map(str::to_owned));
    let text = match place {
        Some(function) => format!("{cause}, in {function}"),
        None => cause,
    };
    PluginError::Trapped(log::cut(&text, limits::ERROR_TEXT).to_owned())
}

fn no_slot() -> PluginError {
    PluginError::Unavailable("the plugin engine is shutting down".into())
}

/// A duration as it is written down.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
