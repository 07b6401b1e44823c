//! The plugins of a switch by name: loading, swapping, and the way from a call to a decision through a chain of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use switchhook_routing::call::Call;
use switchhook_routing::decision::{Decided, Phase, Resumed};
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::{Gated, Registration};

use crate::asking;
use crate::consult;
use crate::core::Shared;
use crate::directory::Directory;
use crate::error::PluginError;
use crate::imports::http_client::HttpClient;
use crate::inquiry::Inquiry;
use crate::metrics::Series;
use crate::pins::{Pinned, Pins};
use crate::runtime::Runtime;
use crate::slot::Slot;
use crate::spec::PluginSpec;
use crate::status::{PluginStatus, VersionInfo};
use crate::trace::{Answer, Asked, Question, Scene};
use crate::version::Version;

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
        asking::fill(&version);
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

    /// Asks the plugins of a chain, phase after phase, until one returns a script, and puts that to those with a veto. The versions
    /// that `pins` holds are used, and those that the call meets for the first time are added. Variables that a plugin hands on are
    /// set in `call`.
    ///
    /// Where a plugin fails and its step says fail open, the chain goes on without it; else the version before it is asked while the
    /// plugin is on probation, and if that is of no use either, there is no decision. The version before a failed one is also
    /// asked where plugins of the phase `route` failed open and nobody is left.
    pub async fn decide(&self, pins: &mut Pins, chain: &[Step<'_>], call: &mut Call) -> Decided {
        let mut inquiry = Inquiry::new(self, None);
        let script = inquiry.decide(pins, chain, call).await;
        Decided {
            script,
            stages: inquiry.finish().0,
            variables: call.variables.clone(),
        }
    }

    /// As [`Plugins::decide`], in surroundings that the caller sets; beside the decision what happened in each stage, in the same
    /// order. Nothing counts, as with [`Plugins::trace`].
    pub async fn simulate(
        &self,
        pins: &mut Pins,
        chain: &[Step<'_>],
        call: &mut Call,
        scene: &Scene,
    ) -> (Decided, Vec<Asked>) {
        let mut inquiry = Inquiry::new(self, Some(scene));
        let script = inquiry.decide(pins, chain, call).await;
        let (stages, asked) = inquiry.finish();
        let variables = call.variables.clone();
        let decided = Decided {
            script,
            stages,
            variables,
        };
        (decided, asked)
    }

    /// Asks the author of a script what follows a verb that is over: the version that the call keeps. A new script is put to the
    /// plugins with a veto; where one of these fails closed, there is no continuation. A plugin made for a contract without
    /// `resume` lets the rest of the script follow.
    pub async fn resume(
        &self,
        pins: &mut Pins,
        plugin: &str,
        call: &Call,
        tag: &str,
        outcome: &Outcome,
        vetoes: &[Step<'_>],
    ) -> Resumed {
        let mut inquiry = Inquiry::new(self, None);
        let question = Question::Resume { call, tag, outcome };
        let continuation = inquiry.resume(pins, plugin, question, call, vetoes).await;
        Resumed {
            continuation,
            stages: inquiry.finish().0,
        }
    }

    /// Asks a gatekeeper about a client that wants to register. Where it fails on probation, the version before it is asked. The
    /// stage's outcome is [`StageOutcome::Proceed`](switchhook_routing::decision::StageOutcome::Proceed) for each answer of
    /// use, a refusal as well.
    pub async fn register(&self, plugin: &str, registration: &Registration) -> Gated {
        let mut inquiry = Inquiry::new(self, None);
        let answer = inquiry
            .ask_or_rescue(plugin, Question::Register(registration))
            .await;
        let stage = inquiry.finish().0.pop();
        Gated {
            answer: match answer {
                Some(Answer::Registration(answer)) => Some(answer),
                _ => None,
            },
            stage: stage.unwrap_or_else(|| consult::not_loaded(plugin, Phase::Route)),
        }
    }

    /// Tells an observer about one event, and waits until it has taken note of it.
    ///
    /// # Errors
    /// What went wrong; the plugin's account has it already.
    pub async fn observe(&self, plugin: &str, event: &Event) -> Result<(), PluginError> {
        let version = self.current(plugin)?;
        let question = Question::Observe(event);
        consult::consult(self, &version, Phase::Route, question)
            .await
            .map(|_| ())
    }

    /// The numbers that a plugin keeps about its work, by name; empty if there is no plugin of this name.
    pub fn metrics(&self, plugin: &str) -> Vec<Series> {
        self.current(plugin)
            .map(|version| version.core().shared.metrics.all())
            .unwrap_or_default()
    }

    /// Asks one plugin in surroundings that the caller sets, and returns everything that happened. It does not count: neither in
    /// the plugin's account nor for its breaker. Always a fresh instance.
    ///
    /// # Errors
    /// [`PluginError::Unknown`] if there is no plugin of this name, [`PluginError::Invalid`] if the scene's settings are no JSON.
    pub async fn trace(
        &self,
        plugin: &str,
        question: Question<'_>,
        scene: &Scene,
    ) -> Result<Asked, PluginError> {
        let version = self.current(plugin)?;
        asking::ask_in(&version, question, scene).await
    }

    /// The version that new calls get.
    fn current(&self, plugin: &str) -> Result<Arc<Version>, PluginError> {
        self.slot(plugin)
            .map(|slot| slot.current())
            .ok_or_else(|| PluginError::Unknown(plugin.to_owned()))
    }

    async fn build(
        &self,
        spec: PluginSpec,
        slot: Option<&Slot>,
        generation: u64,
    ) -> Result<Version, PluginError> {
        let old = slot.map(Slot::current);
        let shared = match &old {
            Some(old) => {
                let mut shared = old.core().shared.clone();
                if old.spec().grants != spec.grants {
                    shared.http = Arc::new(HttpClient::new(spec.grants.clone()));
                }
                shared
            }
            None => Shared {
                directory: Arc::clone(&self.directory),
                clock: Arc::clone(self.runtime.clock()),
                state: Arc::default(),
                http: Arc::new(HttpClient::new(spec.grants.clone())),
                metrics: Arc::default(),
                counters: Arc::default(),
            },
        };
        Version::build(&self.runtime, spec, shared, generation).await
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

    pub(crate) fn slot(&self, name: &str) -> Option<Arc<Slot>> {
        self.read().get(name).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, Arc<Slot>>> {
        self.slots.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
