//! One decision of one version: a fresh instance, the call in, the decision out, everything that can go wrong in between turned
//! into an error.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use switchhook_routing::call::Call;
use switchhook_routing::decision::Decision;
use tokio::time::Instant;
use wasmtime::{Store, Trap};

use crate::bindings::RouteAnswer;
use crate::convert::{self, CallLists};
use crate::error::PluginError;
use crate::imports::log;
use crate::limits;
use crate::store::{self, Host};
use crate::version::Version;

/// Asks a version about a call. It takes no longer than the wall-clock budget; dropping the future stops the guest.
pub(crate) async fn ask(version: &Arc<Version>, call: &Call) -> Result<Decision, PluginError> {
    let deadline = Instant::now() + version.spec().budget.wall;
    bounded(deadline, async {
        let runtime = version.runtime();
        let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
        let _ticking = runtime.ticker().keep_awake();
        let mut store = store::store(version, Some((&call.id, &call.domain)), deadline);
        let answer = route(version, &mut store, call).await;
        match answer {
            Ok(Ok(decision)) => convert::decision(decision).map_err(PluginError::BadDecision),
            Ok(Err(text)) => Err(PluginError::Refused(
                log::cut(&text, limits::ERROR_TEXT).to_owned(),
            )),
            Err(error) => Err(stopped(&store, &error)),
        }
    })
    .await
}

async fn route(
    version: &Version,
    store: &mut Store<Host>,
    call: &Call,
) -> wasmtime::Result<RouteAnswer> {
    let instance = version.pre().instantiate_async(&mut *store).await?;
    let lists = CallLists::of(call);
    instance
        .switchhook_plugin_router()
        .call_route(store, lists.with(call))
        .await
}

/// Makes and drops an instance: what can fail fails now and not with the first call, and the pool has its pages mapped.
pub(crate) async fn warm(version: &Arc<Version>) -> Result<(), PluginError> {
    const WARM_UP: Duration = Duration::from_secs(10);
    let deadline = Instant::now() + version.spec().budget.wall.max(WARM_UP);
    let warmed = bounded(deadline, async {
        let runtime = version.runtime();
        let _slot = runtime.slots().acquire().await.map_err(|_| no_slot())?;
        let _ticking = runtime.ticker().keep_awake();
        let mut store = store::store(version, None, deadline);
        match version.pre().instantiate_async(&mut store).await {
            Ok(_) => Ok(()),
            Err(error) => Err(stopped(&store, &error)),
        }
    });
    warmed.await.map_err(|error| {
        PluginError::Invalid(format!(
            "an instance of the component cannot be made: {error}"
        ))
    })
}

/// Runs until the deadline, and turns a panic of the host's own code into an error.
async fn bounded<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, PluginError>>,
) -> Result<T, PluginError> {
    let mut work = pin!(work);
    let contained = poll_fn(|context| {
        // After a panic the future is dropped and with it everything that it could have left half done: the store.
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
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
