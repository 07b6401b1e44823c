//! The engine: one per process, shared by all plugins. It compiles components, links what they may import, and bounds how many
//! decisions are made at once.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::CodeCache;
use crate::clock::{Clock, SystemClock};
use crate::contract;
use crate::error::PluginError;
use crate::limits;
use crate::store::Host;
use crate::ticker::Ticker;

/// What the runtime needs to know.
#[derive(Debug, Clone)]
pub struct RuntimeConfig {
    /// Where machine code is kept, in a directory that only this user can read and write (it is made so if it is not there).
    /// `None`: every start compiles anew.
    pub cache_dir: Option<PathBuf>,
    /// How many decisions may be under way at once; further ones wait, at most for their wall-clock budget.
    pub concurrent_decisions: u32,
    /// The largest memory that a budget can give: bytes. It costs address space, not memory.
    pub memory_bytes_max: usize,
    /// How much of an instance's memory stays mapped for the next one, per slot of the pool: bytes.
    pub keep_resident_bytes: usize,
    /// Pool slots that stay mapped while unused.
    pub warm_slots: u32,
    /// How many instances of warm pools may be idle at once, all plugins together (see [`PoolSpec`](crate::spec::PoolSpec)).
    /// They have places of their own: idle ones never take the place of a decision.
    pub warm_instances: u32,
    /// What time it is for plugins.
    pub clock: Arc<dyn Clock>,
    /// Whether instructions are counted: for `plugin run`. Plugins run a little slower then.
    pub count_instructions: bool,
}

impl Default for RuntimeConfig {
    fn default() -> RuntimeConfig {
        RuntimeConfig {
            cache_dir: None,
            concurrent_decisions: limits::CONCURRENT_DECISIONS,
            memory_bytes_max: 256 << 20,
            keep_resident_bytes: 1 << 20,
            warm_slots: 100,
            warm_instances: limits::WARM_INSTANCES,
            clock: Arc::new(SystemClock),
            count_instructions: false,
        }
    }
}

/// The engine with its thread, its cache and its limits.
pub struct Runtime {
    engine: Engine,
    linker: Linker<Host>,
    ticker: Ticker,
    cache: Option<CodeCache>,
    slots: Semaphore,
    places: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    counts_instructions: bool,
    memory_bytes_max: usize,
}

impl Runtime {
    /// Starts the engine and its ticker thread.
    ///
    /// # Errors
    /// [`PluginError::Invalid`] if the machine cannot give what the configuration asks for (address space, a cache directory that
    /// belongs to somebody else).
    pub fn new(config: RuntimeConfig) -> Result<Arc<Runtime>, PluginError> {
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            PluginError::Invalid(format!("the plugin engine cannot {what}: {error}"))
        };
        let engine = Engine::new(&engine_config(&config))
            .map_err(|error| failed("start", &format!("{error:#}")))?;
        let linker = linker(&engine).map_err(|error| failed("link its imports", &error))?;
        let ticker = Ticker::start(engine.weak())
            .map_err(|error| failed("start its ticker thread", &error))?;
        let cache = match config.cache_dir {
            Some(directory) => Some(CodeCache::open(directory, &engine)?),
            None => None,
        };
        Ok(Arc::new(Runtime {
            engine,
            linker,
            ticker,
            cache,
            slots: Semaphore::new(config.concurrent_decisions as usize),
            places: Arc::new(Semaphore::new(config.warm_instances as usize)),
            clock: config.clock,
            counts_instructions: config.count_instructions,
            memory_bytes_max: config.memory_bytes_max.min(limits::MEMORY_BYTES_MAX),
        }))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn linker(&self) -> &Linker<Host> {
        &self.linker
    }

    pub(crate) fn ticker(&self) -> &Ticker {
        &self.ticker
    }

    /// Places for decisions under way; each may use one slot of every pool.
    pub(crate) fn slots(&self) -> &Semaphore {
        &self.slots
    }

    /// Places for idle instances of warm pools.
    pub(crate) fn places(&self) -> &Arc<Semaphore> {
        &self.places
    }

    /// What time it is for plugins.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn counts_instructions(&self) -> bool {
        self.counts_instructions
    }

    pub(crate) fn memory_bytes_max(&self) -> usize {
        self.memory_bytes_max
    }

    /// Machine code for a component, out of the cache if it is there. The flag says whether it was. Blocks for as long as
    /// compiling takes.
    pub(crate) fn compile(
        &self,
        bytes: &[u8],
        digest: &str,
    ) -> Result<(Component, bool), PluginError> {
        let Some(cache) = &self.cache else {
            return Ok((compile(&self.engine, bytes)?, false));
        };
        if let Some(component) = cache.load(&self.engine, digest) {
            return Ok((component, true));
        }
        let component = compile(&self.engine, bytes)?;
        cache.store(&component, digest);
        Ok((component, false))
    }
}

/// A linker with everything that the host offers.
fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::<Host>::new(engine);
    contract::link(&mut linker)?;
    // All of WASI, because the standard libraries of many languages name all of it: there are no files, no environment and no
    // sockets behind it, see `imports::wasi`.
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Ok(linker)
}

fn compile(engine: &Engine, bytes: &[u8]) -> Result<Component, PluginError> {
    Component::from_binary(engine, bytes)
        .map_err(|error| PluginError::Invalid(format!("the component is not valid: {error:#}")))
}

fn engine_config(config: &RuntimeConfig) -> Config {
    let mut engine = Config::new();
    engine
        .wasm_component_model(true)
        .epoch_interruption(true)
        .consume_fuel(config.count_instructions)
        .memory_init_cow(true)
        // Without the component model's own concurrency, which no plugin uses, calls cost less.
        .concurrency_support(false)
        .generate_address_map(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(1 << 20)
        .memory_reservation(4 << 30)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
    engine
}

fn pool(config: &RuntimeConfig) -> PoolingAllocationConfig {
    // A component is several core instances (adapters, shims) around one that has the memory; some tools make two.
    const CORE_INSTANCES: u32 = 10;
    const MEMORIES: u32 = 2;
    const TABLES: u32 = 4;
    let decisions = config.concurrent_decisions;
    // An instance is asked or idle; the semaphores bound both.
    let instances = decisions.saturating_add(config.warm_instances);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .total_memories(instances.saturating_mul(MEMORIES))
        .total_tables(instances.saturating_mul(TABLES))
        .total_stacks(decisions)
        .max_core_instances_per_component(2 * CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(2 * TABLES)
        .max_core_instance_size(1 << 20)
        .max_component_instance_size(1 << 20)
        .max_memory_size(config.memory_bytes_max.min(limits::MEMORY_BYTES_MAX))
        .table_elements(limits::TABLE_ELEMENTS)
        .max_unused_warm_slots(config.warm_slots)
        .linear_memory_keep_resident(config.keep_resident_bytes)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(64 << 10)
        .decommit_batch_size(1)
        .pagemap_scan(Enabled::Auto);
    pool
}
