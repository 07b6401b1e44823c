//! Which script of a call is carried out and how it came to that: its author, its verb of the moment, what is left of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use switchhook_routing::decision::{Stage, StageOutcome};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::verb::{Script, Verb, VerbName};

use crate::call::failure::Failure;
use crate::dialplan::{Dialplan, PluginStep, Route};

/// The caller's dialplan.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// One of the domain's, by its name.
    Named(String),
    /// One that a gatekeeper gave to the client that calls.
    Assigned(Arc<Dialplan>),
}

/// What the call waits for in the phase `Deciding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A script.
    Decision,
    /// What follows a verb with a tag.
    Resumption,
}

/// The verb that is being carried out.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) name: VerbName,
    pub(crate) label: Option<String>,
    pub(crate) tag: Option<String>,
    /// Whether the caller stays when the called side hangs up.
    pub(crate) keep_caller: bool,
    pub(crate) began: Instant,
}

/// Which script is carried out, and how it came to that.
#[derive(Debug)]
pub(crate) struct Routing {
    pub(crate) plan: Plan,
    pub(crate) route: Arc<Route>,
    /// The number that is routed: what was dialled, or what a `redial` put in its place.
    pub(crate) callee: String,
    pub(crate) attempt: u8,
    pub(crate) source: ScriptSource,
    /// The plugin that wrote the script, which its tags are asked back to.
    pub(crate) author: Option<String>,
    pub(crate) awaited: Awaited,
    /// How many decisions and resumptions were asked for.
    pub(crate) serial: u32,
    pub(crate) delegations: u32,
    pub(crate) redials: u32,
    pub(crate) resumes: u32,
    pub(crate) verbs: u32,
    pub(crate) script: VecDeque<Verb>,
    pub(crate) running: Option<Running>,
    /// Whether a `connect` of this script was answered.
    pub(crate) connected: bool,
    /// What the last `connect` failed with.
    pub(crate) failure: Option<Failure>,
    /// The vetoes of routes that a `redial` has left: they guard what comes after it too.
    inherited: Vec<PluginStep>,
}

impl Routing {
    pub(crate) fn new(plan: Plan, route: Arc<Route>, callee: String) -> Routing {
        Routing {
            plan,
            route,
            callee,
            attempt: 0,
            source: ScriptSource::None,
            author: None,
            awaited: Awaited::Decision,
            serial: 0,
            delegations: 0,
            redials: 0,
            resumes: 0,
            verbs: 0,
            script: VecDeque::new(),
            running: None,
            connected: false,
            failure: None,
            inherited: Vec::new(),
        }
    }

    /// Puts a script in place. `stages` say who wrote it; a fallback has no author.
    pub(crate) fn put_script(&mut self, script: Script, source: ScriptSource, stages: &[Stage]) {
        self.script = script.into();
        self.source = source;
        self.author = match source {
            ScriptSource::Plugin => author(stages).or(self.author.take()),
            _ => None,
        };
        self.connected = false;
        self.failure = None;
    }

    /// The label of the `connect` that is being carried out.
    pub(crate) fn label(&self) -> Option<String> {
        self.running.as_ref()?.label.clone()
    }

    /// Whether the caller stays when the called side hangs up.
    pub(crate) fn keeps_caller(&self) -> bool {
        self.running.as_ref().is_some_and(|verb| verb.keep_caller)
    }

    /// The plugins of the route, and the vetoes of routes that were left.
    pub(crate) fn plugins(&self) -> Arc<[PluginStep]> {
        if self.inherited.is_empty() {
            return Arc::clone(&self.route.plugins);
        }
        let own = self.route.plugins.iter();
        own.chain(self.left_behind()).cloned().collect()
    }

    /// The plugins that have a veto over what this call does.
    pub(crate) fn vetoes(&self) -> Arc<[PluginStep]> {
        let own = self.route.vetoes();
        if self.inherited.is_empty() {
            return own;
        }
        own.iter().chain(self.left_behind()).cloned().collect()
    }

    /// Goes over to another route, whose vetoes come on top of those of this one.
    pub(crate) fn leave_for(&mut self, route: Arc<Route>) {
        for veto in self.route.vetoes().iter() {
            if !self.inherited.iter().any(|known| known.name == veto.name) {
                self.inherited.push(veto.clone());
            }
        }
        self.route = route;
    }

    fn left_behind(&self) -> impl Iterator<Item = &PluginStep> {
        let own = self.route.vetoes();
        let inherited = self.inherited.iter();
        inherited.filter(move |veto| !own.iter().any(|other| other.name == veto.name))
    }
}

/// Who wrote the script: the last who gave one.
fn author(stages: &[Stage]) -> Option<String> {
    let wrote = |stage: &&Stage| stage.outcome == StageOutcome::Script;
    stages
        .iter()
        .rev()
        .find(wrote)
        .map(|stage| stage.plugin.clone())
}
