//! The production engine for a developer: one plugin, loaded as the switch would load it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use switchhook_wasm::directory::EmptyDirectory;
use switchhook_wasm::error::PluginError;
use switchhook_wasm::plugins::Plugins;
use switchhook_wasm::runtime::{Runtime, RuntimeConfig};
use switchhook_wasm::spec::{Grants, PluginSpec, PoolSpec};
use switchhook_wasm::status::VersionInfo;
use switchhook_wasm::trace::{Asked, Question, Scene};

use crate::case::Case;
use crate::manifest::Manifest;
use crate::trial::{self, Verdict};

/// A plugin that can be asked.
pub struct Sandbox {
    plugins: Plugins,
    name: String,
    info: VersionInfo,
}

/// Where compiled plugins are kept for this user: the folder that the switch takes as well.
pub fn cache_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty());
    let cache = folder("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".cache")));
    cache.map(|cache| cache.join("switchhook"))
}

/// An engine as the switch has it, only for fewer decisions at once.
///
/// # Errors
/// The machine cannot give what it needs.
pub fn plugins(
    cache_dir: Option<PathBuf>,
    count_instructions: bool,
) -> Result<Plugins, PluginError> {
    let runtime = Runtime::new(RuntimeConfig {
        cache_dir,
        concurrent_decisions: 8,
        warm_instances: 8,
        warm_slots: 8,
        count_instructions,
        ..RuntimeConfig::default()
    })?;
    Ok(Plugins::new(runtime, Arc::new(EmptyDirectory)))
}

/// How a component is to be loaded: what its project says of it.
///
/// # Errors
/// A host under `[needs]` is none.
pub fn spec(
    name: &str,
    component: &Path,
    manifest: Option<&Manifest>,
) -> Result<PluginSpec, PluginError> {
    let mut spec = PluginSpec::new(name, component);
    if let Some(manifest) = manifest {
        spec.grants = Grants::parse(manifest.needs.http.iter().map(String::as_str))?;
        spec.pool = manifest.pool.map(|pool| PoolSpec {
            size: pool.size,
            uses: pool.uses,
        });
    }
    Ok(spec)
}

impl Sandbox {
    /// Loads a plugin. `count_instructions` costs time; leave it out where time is measured.
    ///
    /// # Errors
    /// The component cannot be used; the text says why.
    pub async fn load(spec: PluginSpec, count_instructions: bool) -> Result<Sandbox, PluginError> {
        let plugins = plugins(cache_folder(), count_instructions)?;
        let name = spec.name.clone();
        let info = plugins.load(spec).await?;
        Ok(Sandbox {
            plugins,
            name,
            info,
        })
    }

    /// What was loaded.
    pub fn info(&self) -> &VersionInfo {
        &self.info
    }

    /// Puts a case to it. `settings`: for cases that bring none.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub async fn run(&self, case: &Case, settings: &Value) -> Result<Verdict, PluginError> {
        trial::run(&self.plugins, &self.name, case, settings).await
    }

    /// Asks it in any surroundings.
    ///
    /// # Errors
    /// The settings cannot be used.
    pub async fn ask(&self, question: Question<'_>, scene: &Scene) -> Result<Asked, PluginError> {
        self.plugins.trace(&self.name, question, scene).await
    }
}
