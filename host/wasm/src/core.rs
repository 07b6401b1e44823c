//! What the instances of a version see: its settings and limits, and the part of the switch that is theirs. A scene replaces parts
//! of it for one question.

use std::sync::Arc;

use crate::clock::Clock;
use crate::directory::Directory;
use crate::error::PluginError;
use crate::imports::http_client::HttpClient;
use crate::imports::metrics::MetricSpace;
use crate::imports::settings::Settings;
use crate::imports::state::StateSpace;
use crate::limits;
use crate::slot::Counters;
use crate::spec::PluginSpec;
use crate::trace::{HttpAnswers, Scene};

/// What instances see.
pub(crate) struct Core {
    pub(crate) spec: PluginSpec,
    pub(crate) settings: Arc<Settings>,
    pub(crate) shared: Shared,
    /// Answers to HTTP requests in place of the network.
    pub(crate) answers: Option<Arc<HttpAnswers>>,
}

/// What outlives a version.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) state: Arc<StateSpace>,
    pub(crate) http: Arc<HttpClient>,
    pub(crate) metrics: Arc<MetricSpace>,
    pub(crate) counters: Arc<Counters>,
}

impl Core {
    pub(crate) fn new(spec: PluginSpec, shared: Shared) -> Result<Core, PluginError> {
        Ok(Core {
            settings: Arc::new(Settings::parse(&spec.settings)?),
            spec,
            shared,
            answers: None,
        })
    }

    /// The same with what a scene sets. Metrics are kept apart always: nothing of a scene is work that was done.
    pub(crate) fn in_scene(&self, scene: &Scene) -> Result<Core, PluginError> {
        let mut shared = self.shared.clone();
        shared.metrics = Arc::default();
        if let Some(directory) = &scene.directory {
            shared.directory = Arc::clone(directory);
        }
        if let Some(clock) = &scene.clock {
            shared.clock = Arc::clone(clock);
        }
        if let Some(state) = &scene.state {
            shared.state = Arc::new(StateSpace::of(state.clone()));
        }
        let settings = match &scene.settings {
            Some(text) => Arc::new(Settings::parse(text)?),
            None => Arc::clone(&self.settings),
        };
        Ok(Core {
            spec: self.spec.clone(),
            settings,
            shared,
            answers: scene.http.clone(),
        })
    }

    /// Ticks of CPU time that a question may use up before the guest is interrupted at the next.
    pub(crate) fn ticks(&self) -> u64 {
        let ticks = self
            .spec
            .budget
            .cpu
            .as_nanos()
            .div_ceil(limits::TICK.as_nanos());
        u64::try_from(ticks).unwrap_or(u64::MAX).saturating_sub(1)
    }
}
