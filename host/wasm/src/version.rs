//! One version of a plugin: a component ready to be instantiated, with everything that its instances share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use crate::bindings::GuestPre;
use crate::breaker::Breaker;
use crate::cache;
use crate::directory::Directory;
use crate::error::PluginError;
use crate::imports::http_client::HttpClient;
use crate::imports::settings::Settings;
use crate::imports::state::StateSpace;
use crate::inspect;
use crate::limits;
use crate::probation::Proof;
use crate::runtime::Runtime;
use crate::slot::Counters;
use crate::spec::PluginSpec;
use crate::status::{Roles, VersionInfo};
use crate::store::Host;

/// A version. Its calls hold it; the last one that ends frees it.
pub(crate) struct Version {
    runtime: Arc<Runtime>,
    spec: PluginSpec,
    info: VersionInfo,
    settings: Settings,
    shared: Shared,
    pre: GuestPre<Host>,
    breaker: Mutex<Breaker>,
    proof: Proof,
    calls: AtomicU64,
}

/// What outlives a version.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) state: Arc<StateSpace>,
    pub(crate) http: Arc<HttpClient>,
    pub(crate) counters: Arc<Counters>,
}

impl Version {
    /// Reads, checks and compiles a component. Instances can be made of it when this returns; `asking::warm` makes the first.
    pub(crate) async fn build(
        runtime: &Arc<Runtime>,
        spec: PluginSpec,
        shared: Shared,
        generation: u64,
    ) -> Result<Version, PluginError> {
        let begun = Instant::now();
        check_budget(&spec, runtime.memory_bytes_max())?;
        let settings = Settings::parse(&spec.settings)?;
        let bytes = read(&spec).await?;
        let size = bytes.len() as u64;
        let compiler = Arc::clone(runtime);
        let compiled = tokio::task::spawn_blocking(move || compile(&compiler, &bytes)).await;
        let (digest, pre, from_cache) = compiled
            .map_err(|error| PluginError::Invalid(format!("the compiler failed: {error}")))??;
        let info = VersionInfo {
            name: spec.name.clone(),
            version: digest.chars().take(12).collect(),
            generation,
            roles: Roles::default(),
            contract: String::new(),
            size,
            from_cache,
            load_time: begun.elapsed(),
            loaded_at: SystemTime::now(),
        };
        Ok(Version {
            runtime: Arc::clone(runtime),
            breaker: Mutex::new(Breaker::new(spec.breaker)),
            proof: Proof::new(spec.probation, Instant::now()),
            spec,
            info,
            settings,
            shared,
            pre,
            calls: AtomicU64::new(0),
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn spec(&self) -> &PluginSpec {
        &self.spec
    }

    pub(crate) fn info(&self) -> &VersionInfo {
        &self.info
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn state(&self) -> &StateSpace {
        &self.shared.state
    }

    pub(crate) fn http(&self) -> &Arc<HttpClient> {
        &self.shared.http
    }

    pub(crate) fn directory(&self) -> &dyn Directory {
        &*self.shared.directory
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    pub(crate) fn pre(&self) -> &GuestPre<Host> {
        &self.pre
    }

    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }

    pub(crate) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // A breaker is consistent after each of its steps.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ticks of CPU time that a decision may use up before it is interrupted at the next.
    pub(crate) fn ticks(&self) -> u64 {
        let ticks = self
            .spec
            .budget
            .cpu
            .as_nanos()
            .div_ceil(limits::TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX).saturating_sub(1)
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

    pub(crate) fn set_load_time(&mut self, begun: Instant) {
        self.info.load_time = begun.elapsed();
        self.info.loaded_at = SystemTime::now();
    }
}

fn check_budget(spec: &PluginSpec, memory_bytes_max: usize) -> Result<(), PluginError> {
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

type Compiled = (String, GuestPre<Host>, bool);

fn compile(runtime: &Runtime, bytes: &[u8]) -> Result<Compiled, PluginError> {
    inspect::check_contract(bytes)?;
    let digest = cache::digest(bytes);
    let (component, from_cache) = runtime.compile(bytes, &digest)?;
    let pre = runtime
        .linker()
        .instantiate_pre(&component)
        .and_then(GuestPre::new)
        .map_err(|error| {
            PluginError::Invalid(format!("the component does not fit the host: {error:#}"))
        })?;
    Ok((digest, pre, from_cache))
}
