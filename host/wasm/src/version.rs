//! One version of a plugin: a component ready to be instantiated, with everything that its instances share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use wasmtime::component::InstancePre;

use crate::asking;
use crate::breaker::Breaker;
use crate::contract::Exports;
use crate::core::{Core, Shared};
use crate::error::PluginError;
use crate::inspect::{self, Inspection};
use crate::limits;
use crate::live::Pool;
use crate::probation::Proof;
use crate::runtime::Runtime;
use crate::spec::PluginSpec;
use crate::status::VersionInfo;
use crate::store::Host;

/// What a plugin is asked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Router,
    Gatekeeper,
    Observer,
}

impl Role {
    pub(crate) const COUNT: usize = 3;
    pub(crate) const ALL: [Role; Role::COUNT] = [Role::Router, Role::Gatekeeper, Role::Observer];
}

/// A version. Its calls hold it; the last one that ends frees it.
pub(crate) struct Version {
    runtime: Arc<Runtime>,
    core: Arc<Core>,
    info: VersionInfo,
    pre: InstancePre<Host>,
    exports: Exports,
    pool: Pool,
    /// One for each role: an observer whose server hangs must not keep the plugin from routing.
    breakers: [Mutex<Breaker>; Role::COUNT],
    proof: Proof,
    calls: AtomicU64,
}

impl Version {
    /// Reads, checks and compiles a component, and makes an instance of it.
    pub(crate) async fn build(
        runtime: &Arc<Runtime>,
        spec: PluginSpec,
        shared: Shared,
        generation: u64,
    ) -> Result<Version, PluginError> {
        let begun = Instant::now();
        check_spec(&spec, runtime.memory_bytes_max())?;
        let core = Arc::new(Core::new(spec, shared)?);
        let spec = &core.spec;
        let bytes = read(spec).await?;
        let size = bytes.len() as u64;
        let compiler = Arc::clone(runtime);
        let compiled = tokio::task::spawn_blocking(move || compile(&compiler, &bytes)).await;
        let compiled = compiled
            .map_err(|error| PluginError::Invalid(format!("the compiler failed: {error}")))??;
        let exports = Exports::of(compiled.pre.component());
        let live = asking::first(runtime, &core, &compiled.pre).await?;
        let pool = Pool::new(spec.pool, Arc::clone(runtime.places()));
        pool.put(live);
        let info = VersionInfo {
            name: spec.name.clone(),
            version: compiled.inspection.version().to_owned(),
            generation,
            roles: exports.roles(),
            contract: compiled.inspection.contract.unwrap_or_default(),
            size,
            from_cache: compiled.from_cache,
            load_time: begun.elapsed(),
            loaded_at: SystemTime::now(),
        };
        Ok(Version {
            runtime: Arc::clone(runtime),
            breakers: std::array::from_fn(|_| Mutex::new(Breaker::new(spec.breaker))),
            proof: Proof::new(spec.probation, Instant::now()),
            info,
            pre: compiled.pre,
            exports,
            pool,
            core,
            calls: AtomicU64::new(0),
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(crate) fn spec(&self) -> &PluginSpec {
        &self.core.spec
    }

    pub(crate) fn info(&self) -> &VersionInfo {
        &self.info
    }

    pub(crate) fn pre(&self) -> &InstancePre<Host> {
        &self.pre
    }

    pub(crate) fn exports(&self) -> &Exports {
        &self.exports
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    pub(crate) fn breaker(&self, role: Role) -> MutexGuard<'_, Breaker> {
        // A breaker is consistent after each of its steps.
        self.breakers[role as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls that keep this version.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn call_begins(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn call_ends(&self) {
        self.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

fn check_spec(spec: &PluginSpec, memory_bytes_max: usize) -> Result<(), PluginError> {
    let invalid = |text: String| Err(PluginError::Invalid(text));
    if spec.name.is_empty() || spec.name.len() > limits::NAME_BYTES {
        return invalid(format!(
            "a plugin's name has 1 to {} bytes",
            limits::NAME_BYTES
        ));
    }
    if spec.budget.cpu.is_zero() || spec.budget.wall.is_zero() {
        return invalid("the plugin's time budget is zero".into());
    }
    if spec
        .pool
        .is_some_and(|pool| pool.size == 0 || pool.uses == 0)
    {
        return invalid("the warm pool's size and uses are at least 1".into());
    }
    if spec.budget.memory_bytes > memory_bytes_max {
        let asked = spec.budget.memory_bytes;
        return invalid(format!(
            "the plugin's budget of {asked} bytes of memory is above the engine's {memory_bytes_max}"
        ));
    }
    Ok(())
}

async fn read(spec: &PluginSpec) -> Result<Vec<u8>, PluginError> {
    let path = &spec.path;
    let failed = |error: std::io::Error| {
        PluginError::Invalid(format!("{} cannot be read: {error}", path.display()))
    };
    let size = tokio::fs::metadata(path).await.map_err(failed)?.len();
    if size > limits::COMPONENT_BYTES {
        let limit = limits::COMPONENT_BYTES;
        let text = format!("{} has {size} bytes, {limit} are allowed", path.display());
        return Err(PluginError::Invalid(text));
    }
    tokio::fs::read(path).await.map_err(failed)
}

struct Compiled {
    inspection: Inspection,
    pre: InstancePre<Host>,
    from_cache: bool,
}

fn compile(runtime: &Runtime, bytes: &[u8]) -> Result<Compiled, PluginError> {
    let inspection = inspect::check_contract(bytes)?;
    let (component, from_cache) = runtime.compile(bytes, &inspection.digest)?;
    let pre = runtime
        .linker()
        .instantiate_pre(&component)
        .map_err(|error| {
            PluginError::Invalid(format!("the component does not fit the host: {error:#}"))
        })?;
    Ok(Compiled {
        inspection,
        pre,
        from_cache,
    })
}
