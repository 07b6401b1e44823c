//! The way of a question through several plugins: the phases of a chain, the version before the one that failed, the vetoes.

use std::sync::Arc;
use std::time::Instant;

use switchhook_routing::call::{Call, Variable};
use switchhook_routing::decision::{Continuation, Decision, Phase, Stage};
use switchhook_routing::verb::Script;

use crate::asking;
use crate::consult;
use crate::error::PluginError;
use crate::pins::{Pinned, Pins};
use crate::plugins::{Plugins, Step};
use crate::trace::{Answer, Asked, Question, Scene};
use crate::version::Version;

/// A question on its way. With a scene nothing counts, and everything is noted.
pub(crate) struct Inquiry<'a> {
    plugins: &'a Plugins,
    scene: Option<&'a Scene>,
    stages: Vec<Stage>,
    asked: Vec<Asked>,
    /// Versions that returned an error which nobody did better so far.
    refused: Vec<Arc<Version>>,
}

/// A plugin gave no answer of use; its stage says why.
struct Failed;

impl<'a> Inquiry<'a> {
    pub(crate) fn new(plugins: &'a Plugins, scene: Option<&'a Scene>) -> Inquiry<'a> {
        Inquiry {
            plugins,
            scene,
            stages: Vec::with_capacity(1),
            asked: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// The plugins that were asked, in order, and in a scene what happened in each.
    pub(crate) fn finish(self) -> (Vec<Stage>, Vec<Asked>) {
        if self.scene.is_none() {
            for version in &self.refused {
                consult::excuse(self.plugins, version);
            }
        }
        (self.stages, self.asked)
    }

    /// Asks the plugins of a chain until one returns a script that nobody objects to.
    pub(crate) async fn decide(
        &mut self,
        pins: &mut Pins,
        chain: &[Step<'_>],
        call: &mut Call,
    ) -> Option<Script> {
        let script = self.find(pins, chain, call).await?;
        self.put_to_vetoes(pins, chain, call, script).await
    }

    async fn find(
        &mut self,
        pins: &mut Pins,
        chain: &[Step<'_>],
        call: &mut Call,
    ) -> Option<Script> {
        let mut failed = Vec::new();
        for phase in [Phase::Screen, Phase::Enrich, Phase::Route] {
            for step in chain.iter().filter(|step| step.phase == phase) {
                match self.ask_step(pins, step, call).await {
                    Ok(Decision::Script(script)) => return Some(script),
                    Ok(Decision::Next(variables)) => set(&mut call.variables, variables),
                    Err(Failed) if !step.fail_open => return None,
                    Err(Failed) if phase == Phase::Route => failed.push(step.plugin),
                    Err(Failed) => {}
                }
            }
        }
        for plugin in failed {
            let question = Question::Route(call);
            let rescued = self.rescue(pins, plugin, Phase::Route, question).await;
            if let Ok(Answer::Decision(Decision::Script(script))) = rescued {
                return Some(script);
            }
        }
        None
    }

    /// Lets the plugins with a veto see the script, one after another; each may put another in its place.
    async fn put_to_vetoes(
        &mut self,
        pins: &mut Pins,
        chain: &[Step<'_>],
        call: &mut Call,
        mut script: Script,
    ) -> Option<Script> {
        for step in chain.iter().filter(|step| step.phase == Phase::Veto) {
            call.proposed = script;
            let decision = self.ask_step(pins, step, call).await;
            script = std::mem::take(&mut call.proposed);
            match decision {
                Ok(Decision::Script(other)) => script = other,
                Ok(Decision::Next(variables)) => set(&mut call.variables, variables),
                Err(Failed) if step.fail_open => {}
                Err(Failed) => return None,
            }
        }
        Some(script)
    }

    /// Asks the author of a script what follows. None if there is no answer of use.
    pub(crate) async fn resume(
        &mut self,
        pins: &mut Pins,
        plugin: &str,
        question: Question<'_>,
        call: &Call,
        vetoes: &[Step<'_>],
    ) -> Option<Continuation> {
        let answer = self.ask(pins, plugin, Phase::Route, question).await;
        let Ok(Answer::Continuation(continuation)) = answer else {
            return None;
        };
        let script = match continuation {
            Continuation::Script(script) if !vetoes.is_empty() => script,
            continuation => return Some(continuation),
        };
        let mut call = call.clone();
        let script = self.put_to_vetoes(pins, vetoes, &mut call, script).await?;
        Some(Continuation::Script(script))
    }

    /// Asks the current version of a plugin, and where it fails the one before it.
    pub(crate) async fn ask_or_rescue(
        &mut self,
        plugin: &str,
        question: Question<'_>,
    ) -> Option<Answer> {
        let mut pins = Pins::default();
        if let Ok(answer) = self.ask(&mut pins, plugin, Phase::Route, question).await {
            return Some(answer);
        }
        let rescued = self.rescue(&mut pins, plugin, Phase::Route, question).await;
        rescued.ok()
    }

    async fn ask_step(
        &mut self,
        pins: &mut Pins,
        step: &Step<'_>,
        call: &Call,
    ) -> Result<Decision, Failed> {
        let question = Question::Route(call);
        let mut answer = self.ask(pins, step.plugin, step.phase, question).await;
        if answer.is_err() && !step.fail_open {
            answer = self.rescue(pins, step.plugin, step.phase, question).await;
        }
        match answer? {
            Answer::Decision(decision) => Ok(decision),
            _ => Err(Failed),
        }
    }

    /// Asks the version of a plugin that the call keeps, or else the current one, which it then keeps.
    async fn ask(
        &mut self,
        pins: &mut Pins,
        plugin: &str,
        phase: Phase,
        question: Question<'_>,
    ) -> Result<Answer, Failed> {
        let pinned = match pins.get(plugin) {
            Some(pinned) => pinned.clone(),
            None => match self.plugins.pin(plugin) {
                Some(pinned) => {
                    pins.keep(pinned.clone());
                    pinned
                }
                None => {
                    self.stages.push(consult::not_loaded(plugin, phase));
                    if self.scene.is_some() {
                        let error = PluginError::Unknown(plugin.to_owned());
                        self.asked.push(Asked::nothing(plugin, error));
                    }
                    return Err(Failed);
                }
            },
        };
        self.put(pinned.inner(), phase, question).await
    }

    /// Asks the version before the one that failed, if there is one to ask. The call keeps it from then on.
    async fn rescue(
        &mut self,
        pins: &mut Pins,
        plugin: &str,
        phase: Phase,
        question: Question<'_>,
    ) -> Result<Answer, Failed> {
        let failed = pins.get(plugin).ok_or(Failed)?.inner().clone();
        let rescuer = self
            .plugins
            .slot(plugin)
            .and_then(|slot| slot.rescuer_of(&failed))
            .ok_or(Failed)?;
        let answer = self.put(&rescuer, phase, question).await?;
        self.refused
            .retain(|version| !Arc::ptr_eq(version, &failed));
        if self.scene.is_none() {
            rescuer.core().shared.counters.count_rescue();
        }
        pins.keep(Pinned::new(rescuer));
        Ok(answer)
    }

    /// Puts the question to a version and writes down what came of it.
    async fn put(
        &mut self,
        version: &Arc<Version>,
        phase: Phase,
        question: Question<'_>,
    ) -> Result<Answer, Failed> {
        let begun = Instant::now();
        let result = match self.scene {
            None => consult::consult(self.plugins, version, phase, question).await,
            Some(scene) => self.put_in(scene, version, phase, question).await,
        };
        let stage = consult::stage(version, phase, &result, begun.elapsed());
        self.stages.push(stage);
        if let Err(PluginError::Refused(_)) = result {
            self.refused.push(Arc::clone(version));
        }
        result.map_err(|_| Failed)
    }

    async fn put_in(
        &mut self,
        scene: &Scene,
        version: &Arc<Version>,
        phase: Phase,
        question: Question<'_>,
    ) -> Result<Answer, PluginError> {
        let mut asked = match asking::ask_in(version, question, scene).await {
            Ok(asked) => asked,
            Err(error) => Asked::nothing(&version.info().name, error),
        };
        let answer = asked
            .answer
            .and_then(|answer| consult::judge(phase, question, answer));
        asked.answer = answer.clone();
        self.asked.push(asked);
        answer
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
