//! The plugins of a switch by name: loading, swapping, and the way from a call to a decision through a chain of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use switchhook_routing::call::{Call, Variable};
use switchhook_routing::decision::{Decided, Decision, Phase, Resumed, Stage, StageOutcome};
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::{Gated, Registration};

use crate::asking;
use crate::breaker::{Admission, Change};
use crate::directory::Directory;
use crate::error::PluginError;
use crate::imports::http_client::HttpClient;
use crate::limits;
use crate::metrics::Series;
use crate::pins::{Pinned, Pins};
use crate::runtime::Runtime;
use crate::slot::Slot;
use crate::spec::PluginSpec;
use crate::status::{PluginStatus, VersionInfo};
use crate::trace::{Asked, Question, Scene};
use crate::version::{Shared, Version};

/// The plugins. Shared by all tasks; a swap never makes a decision wait.
pub struct Plugins {
    runtime: Arc<Runtime>,
    directory: Arc<dyn Directory>,
    slots: RwLock<HashMap<String, Arc<Slot>>>,
    /// Held while a plugin is loaded, so that two loads of one name do not overtake each other. Keeps the generations.
    loading: tokio::sync::Mutex<BTreeMap<String, u64>>,
}

/// A plugin of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// The plugin's name.
    pub plugin: &'a str,
    /// Its part in the chain.
    pub phase: Phase,
    /// Whether the next of the chain decides where this one fails; otherwise the chain ends there.
    pub fail_open: bool,
}

impl Plugins {
    /// No plugins yet.
    pub fn new(runtime: Arc<Runtime>, directory: Arc<dyn Directory>) -> Plugins {
        Plugins {
            runtime,
            directory,
            slots: RwLock::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// Loads a plugin, or a new version of it: the component is read, checked, compiled and instantiated once before it takes
    /// over. New calls then get it; calls that began keep theirs.
    ///
    /// # Errors
    /// [`PluginError::Invalid`] says what is wrong and what to do. The version that was there stays in place.
    pub async fn load(&self, spec: PluginSpec) -> Result<VersionInfo, PluginError> {
        let mut generations = self.loading.lock().await;
        let name = spec.name.clone();
        let slot = self.slot(&name);
        let generation = generations.get(&name).map_or(1, |last| last + 1);
        let version = match self.build(spec, slot.as_deref(), generation).await {
            Ok(version) => Arc::new(version),
            Err(error) => return Err(self.keep_old(slot.as_deref(), error)),
        };
        let info = version.info().clone();
        match slot {
            Some(slot) => slot.swap(version),
            None => {
                self.write()
                    .insert(name.clone(), Arc::new(Slot::new(version)));
            }
        }
        generations.insert(name, generation);
        tracing::info!(
            plugin = info.name,
            version = info.version,
            generation,
            from_cache = info.from_cache,
            load_ms = info.load_time.as_secs_f64() * 1e3,
            "plugin loaded"
        );
        Ok(info)
    }

    /// Loads a plugin again from its file, with the settings it has.
    ///
    /// # Errors
    /// [`PluginError::Unknown`], and those of [`Plugins::load`].
    pub async fn reload(&self, name: &str) -> Result<VersionInfo, PluginError> {
        let slot = self
            .slot(name)
            .ok_or_else(|| PluginError::Unknown(name.to_owned()))?;
        self.load(slot.current().spec().clone()).await
    }

    /// Takes a plugin away, its state included. Calls that keep a version of it keep it. False if there was none.
    pub fn remove(&self, name: &str) -> bool {
        let removed = self.write().remove(name);
        removed.is_some()
    }

    /// Every plugin, by name.
    pub fn list(&self) -> Vec<PluginStatus> {
        let now = Instant::now();
        let mut list: Vec<_> = self.read().values().map(|slot| slot.status(now)).collect();
        list.sort_by(|a, b| a.current.name.cmp(&b.current.name));
        list
    }

    /// One plugin.
    pub fn status(&self, name: &str) -> Option<PluginStatus> {
        self.slot(name).map(|slot| slot.status(Instant::now()))
    }

    /// The current version of a plugin, kept for as long as the value lives.
    pub fn pin(&self, name: &str) -> Option<Pinned> {
        self.slot(name).map(|slot| Pinned::new(slot.current()))
    }

    /// Asks the plugins of a chain in order until one returns a script. The versions that `pins` holds are used, and those that
    /// the call meets for the first time are added. Variables that a plugin hands on are set in `call`.
    ///
    /// Where a plugin fails, the next decides if the step says fail open; else, or if nobody is left, the version before it
    /// while the plugin is on probation; else nobody does.
    pub async fn decide(&self, pins: &mut Pins, chain: &[Step<'_>], call: &mut Call) -> Decided {
        let mut stages = Vec::with_capacity(chain.len());
        let mut failed = Vec::new();
        for step in chain {
            let mut result = self.ask(pins, step.plugin, call, &mut stages).await;
            if result.is_err() && !step.fail_open {
                result = self.rescue(pins, step.plugin, call, &mut stages).await;
            }
            match result {
                Ok(Decision::Script(script)) => {
                    return Decided {
                        script: Some(script),
                        stages,
                        variables: call.variables.clone(),
                    };
                }
                Ok(Decision::Next(variables)) => set(&mut call.variables, variables),
                Err(()) if step.fail_open => failed.push(step.plugin),
                Err(()) => {
                    return Decided {
                        script: None,
                        stages,
                        variables: call.variables.clone(),
                    };
                }
            }
        }
        for plugin in failed {
            let rescued = self.rescue(pins, plugin, call, &mut stages).await;
            if let Ok(Decision::Script(script)) = rescued {
                return Decided {
                    script: Some(script),
                    stages,
                    variables: call.variables.clone(),
                };
            }
        }
        Decided {
            script: None,
            stages,
            variables: call.variables.clone(),
        }
    }

    /// Asks the author of a script what follows a verb that is over. The version that the call keeps is asked. A new script is put
    /// to the plugins with a veto.
    pub async fn resume(
        &self,
        pins: &mut Pins,
        plugin: &str,
        _call: &Call,
        _tag: &str,
        _outcome: &Outcome,
        _vetoes: &[Step<'_>],
    ) -> Resumed {
        let _ = (pins, plugin);
        Resumed::default()
    }

    /// Asks a gatekeeper about a client that wants to register.
    pub async fn register(&self, plugin: &str, _registration: &Registration) -> Gated {
        Gated {
            answer: None,
            stage: not_loaded(plugin),
        }
    }

    /// Tells an observer about one event, and waits until it has taken note of it.
    ///
    /// # Errors
    /// What went wrong; the plugin's account has it already.
    pub async fn observe(&self, plugin: &str, _event: &Event) -> Result<(), PluginError> {
        Err(PluginError::Unknown(plugin.to_owned()))
    }

    /// The numbers that a plugin keeps about its work; empty if there is no plugin of this name.
    pub fn metrics(&self, _plugin: &str) -> Vec<Series> {
        Vec::new()
    }

    /// Asks one plugin in surroundings that the caller sets, and returns everything that happened. It does not count: neither in
    /// the plugin's account nor for its breaker. A fresh instance, unless nothing of the surroundings is set.
    ///
    /// # Errors
    /// [`PluginError::Unknown`] if there is no plugin of this name, [`PluginError::Invalid`] if the scene's settings are no JSON.
    pub async fn trace(
        &self,
        plugin: &str,
        _question: Question<'_>,
        _scene: &Scene,
    ) -> Result<Asked, PluginError> {
        Err(PluginError::Unknown(plugin.to_owned()))
    }

    /// As [`Plugins::decide`], in surroundings that the caller sets; beside the decision what happened in each stage, in the same
    /// order. Nothing counts, as with [`Plugins::trace`].
    pub async fn simulate(
        &self,
        pins: &mut Pins,
        chain: &[Step<'_>],
        call: &mut Call,
        _scene: &Scene,
    ) -> (Decided, Vec<Asked>) {
        (self.decide(pins, chain, call).await, Vec::new())
    }

    /// Asks the version of a plugin that the call keeps, or else the current one, which it then keeps.
    async fn ask(
        &self,
        pins: &mut Pins,
        plugin: &str,
        call: &Call,
        stages: &mut Vec<Stage>,
    ) -> Result<Decision, ()> {
        let pinned = match pins.get(plugin) {
            Some(pinned) => pinned.clone(),
            None => match self.pin(plugin) {
                Some(pinned) => {
                    pins.keep(pinned.clone());
                    pinned
                }
                None => {
                    stages.push(not_loaded(plugin));
                    return Err(());
                }
            },
        };
        self.ask_version(pinned.inner(), call, stages).await
    }

    /// Asks the version before the one that failed, if there is one to ask. The call keeps it from then on.
    async fn rescue(
        &self,
        pins: &mut Pins,
        plugin: &str,
        call: &Call,
        stages: &mut Vec<Stage>,
    ) -> Result<Decision, ()> {
        let failed = pins.get(plugin).ok_or(())?.inner();
        let rescuer = self
            .slot(plugin)
            .and_then(|slot| slot.rescuer_of(failed))
            .ok_or(())?;
        let decision = self.ask_version(&rescuer, call, stages).await?;
        rescuer.counters().count_rescue();
        pins.keep(Pinned::new(rescuer));
        Ok(decision)
    }

    /// Asks a version, unless it is set aside, and keeps account of what came of it.
    async fn ask_version(
        &self,
        version: &Arc<Version>,
        call: &Call,
        stages: &mut Vec<Stage>,
    ) -> Result<Decision, ()> {
        let begun = Instant::now();
        let admission = version.breaker().admit(begun);
        let result = match admission {
            Admission::SetAside => Err(PluginError::Unavailable("set aside after failures".into())),
            Admission::Ask | Admission::Trial => asking::ask(version, call)
                .await
                .and_then(|decision| fits(call, decision)),
        };
        let ended = Instant::now();
        version.counters().count(&result);
        if admission != Admission::SetAside {
            let failed = result.as_ref().is_err_and(PluginError::is_misbehaviour);
            let change = version.breaker().record(ended, admission, failed);
            report(version, change, result.as_ref().err());
        }
        if result.is_ok() && version.proof().succeed(ended) {
            let slot = self.slot(&version.info().name);
            slot.inspect(|slot| slot.proved(version));
        }
        let (outcome, decision) = match result {
            Ok(decision @ Decision::Script(_)) => (StageOutcome::Script, Ok(decision)),
            Ok(decision @ Decision::Next(_)) => (StageOutcome::Next, Ok(decision)),
            Err(error) => (error.into_outcome(), Err(())),
        };
        stages.push(Stage {
            plugin: version.info().name.clone(),
            version: version.info().version.clone(),
            phase: Phase::Route,
            outcome,
            nanoseconds: u64::try_from((ended - begun).as_nanos()).unwrap_or(u64::MAX),
        });
        decision
    }

    async fn build(
        &self,
        spec: PluginSpec,
        slot: Option<&Slot>,
        generation: u64,
    ) -> Result<Version, PluginError> {
        let begun = Instant::now();
        let old = slot.map(Slot::current);
        let shared = Shared {
            directory: Arc::clone(&self.directory),
            state: old
                .as_ref()
                .map_or_else(Arc::default, |old| old.shared().state.clone()),
            counters: old
                .as_ref()
                .map_or_else(Arc::default, |old| old.shared().counters.clone()),
            http: match old {
                Some(old) if old.spec().grants == spec.grants => old.http().clone(),
                _ => Arc::new(HttpClient::new(spec.grants.clone())),
            },
        };
        let version = Arc::new(Version::build(&self.runtime, spec, shared, generation).await?);
        asking::warm(&version).await?;
        // The instance that warmed it is gone, and with it the only other owner.
        let mut version = Arc::into_inner(version)
            .ok_or_else(|| PluginError::Invalid("the warm-up instance is still there".into()))?;
        version.set_load_time(begun);
        Ok(version)
    }

    fn keep_old(&self, slot: Option<&Slot>, error: PluginError) -> PluginError {
        if let Some(slot) = slot {
            slot.note_error(&error);
            let old = slot.current();
            let (plugin, version) = (&old.info().name, &old.info().version);
            tracing::warn!(plugin, version, %error, "plugin not replaced, the old version stays");
        }
        error
    }

    fn slot(&self, name: &str) -> Option<Arc<Slot>> {
        self.read().get(name).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_loaded(plugin: &str) -> Stage {
    Stage {
        plugin: plugin.to_owned(),
        version: String::new(),
        phase: Phase::Route,
        outcome: StageOutcome::Unavailable("not loaded".into()),
        nanoseconds: 0,
    }
}

/// A chain must not pile up variables without end.
fn fits(call: &Call, decision: Decision) -> Result<Decision, PluginError> {
    match &decision {
        Decision::Next(variables)
            if call.variables.len() + variables.len() > limits::CALL_VARIABLES =>
        {
            let text = format!("more than {} variables in the call", limits::CALL_VARIABLES);
            Err(PluginError::BadDecision(text))
        }
        _ => Ok(decision),
    }
}

fn set(variables: &mut Vec<Variable>, new: Vec<Variable>) {
    for variable in new {
        match variables.iter_mut().find(|old| old.name == variable.name) {
            Some(old) => old.value = variable.value,
            None => variables.push(variable),
        }
    }
}

/// Says that a plugin was set aside, with the failure that made it so, or that it is back.
fn report(version: &Version, change: Option<Change>, error: Option<&PluginError>) {
    let (plugin, version) = (&version.info().name, &version.info().version);
    match change {
        Some(Change::Opened(pause)) => tracing::warn!(
            plugin,
            version,
            seconds = pause.as_secs_f64(),
            last_failure = error.map(tracing::field::display),
            "plugin set aside after too many failures"
        ),
        Some(Change::Closed) => tracing::info!(plugin, version, "plugin recovered"),
        None => {}
    }
}

#[cfg(test)]
mod tests;
