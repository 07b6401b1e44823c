//! Follows one call through its decisions as the exchange would: chain, ladder, delegate, redial, resume. What only a real call
//! could tell (does somebody answer, which key is pressed) is assumed, or left open.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use switchhook_call::dialplan::{Dialplan, PluginStep, Route};
use switchhook_call::limits;
use switchhook_routing::call::{Call, Variable};
use switchhook_routing::decision::{Continuation, Decision, Phase, Stage, StageOutcome};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::outcome::{Outcome, Unconnected, UnconnectedReason};
use switchhook_routing::verb::{Script, Verb};
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::Step;
use switchhook_wasm::trace::{Answer, Question, Scene};

use crate::cli::simulate::heard::heard;
use crate::cli::simulate::story::{Assumptions, Chapter, Simulated, words};
use crate::cli::simulate::world::{Found, World, find};

enum Next {
    Decide(String, Option<Found>, Vec<PluginStep>),
    Resume(String, Outcome),
    Carry,
    FallBack(Box<Chapter>),
    Default(Box<Chapter>),
    End(String),
}

struct Walk<'w> {
    world: &'w World,
    scene: &'w Scene,
    assumed: &'w Assumptions,
    dialplan: &'w Dialplan,
    default_destination: Arc<Script>,
    call: Call,
    pins: Pins,
    route: Arc<Route>,
    inherited: Vec<PluginStep>,
    script: VecDeque<Verb>,
    source: ScriptSource,
    author: Option<String>,
    delegations: u32,
    redials: u32,
    resumes: u32,
    verbs: u32,
    chapters: Vec<Chapter>,
    microseconds: f64,
}

/// Follows a call to its end, or to where only a real call could tell.
///
/// # Errors
/// The call does not fit the configuration, or the plugins cannot be asked at all.
pub async fn follow(
    world: &World,
    call: Call,
    scene: &Scene,
    assumed: &Assumptions,
) -> anyhow::Result<Simulated> {
    let (place, dialplan) = world.place(&call)?;
    let mut call = call;
    call.domain.clone_from(&place.domain);
    let (route, found) = find(dialplan, &call.callee);
    let Some(route) = route else {
        let number = &call.callee;
        let end = format!("404: no pattern of \"{}\" matches {number}", place.dialplan);
        let mut chapter = Chapter::new("the number is routed".to_owned(), &call);
        chapter.found = Some(found);
        return Ok(Simulated {
            place,
            chapters: vec![chapter],
            end,
            microseconds: 0.0,
        });
    };
    set(&mut call.variables, route.variables.clone());
    let steps = route.plugins.to_vec();
    let mut walk = Walk {
        world,
        scene,
        assumed,
        dialplan,
        default_destination: Arc::clone(&world.domain(&call)?.default_destination),
        call,
        pins: Pins::default(),
        route,
        inherited: Vec::new(),
        script: VecDeque::new(),
        source: ScriptSource::None,
        author: None,
        delegations: 0,
        redials: 0,
        resumes: 0,
        verbs: 0,
        chapters: Vec::new(),
        microseconds: 0.0,
    };
    let mut next = Next::Decide("the number is routed".to_owned(), Some(found), steps);
    let end = loop {
        next = match next {
            Next::Decide(why, found, steps) => walk.decide(why, found, steps).await,
            Next::Resume(tag, outcome) => walk.resume(tag, outcome).await?,
            Next::Carry => walk.carry(),
            Next::FallBack(chapter) => walk.fall_back(*chapter),
            Next::Default(chapter) => walk.fall_to_default(*chapter),
            Next::End(end) => break end,
        }
    };
    Ok(Simulated {
        place,
        chapters: walk.chapters,
        end,
        microseconds: walk.microseconds,
    })
}

impl Walk<'_> {
    async fn decide(&mut self, why: String, found: Option<Found>, steps: Vec<PluginStep>) -> Next {
        let mut chapter = Chapter::new(why, &self.call);
        chapter.found = found;
        if steps.is_empty() {
            return Next::FallBack(Box::new(chapter));
        }
        let chain: Vec<Step<'_>> = steps.iter().map(step).collect();
        let begun = Instant::now();
        let (decided, asked) = (self.world.plugins)
            .simulate(&mut self.pins, &chain, &mut self.call, self.scene)
            .await;
        self.microseconds += begun.elapsed().as_secs_f64() * 1e6;
        self.call.variables.clone_from(&decided.variables);
        self.call.proposed.clear();
        chapter.stages = decided.stages;
        chapter.asked = asked;
        chapter.variables = decided.variables;
        match decided.script {
            Some(script) => self.begin(chapter, script, ScriptSource::Plugin),
            None => Next::FallBack(Box::new(chapter)),
        }
    }

    /// Puts a script in place.
    fn begin(&mut self, mut chapter: Chapter, script: Script, source: ScriptSource) -> Next {
        let wrote = |stage: &&Stage| stage.outcome == StageOutcome::Script;
        let author = chapter.stages.iter().rev().find(wrote);
        self.author = match source {
            ScriptSource::Plugin => author
                .map(|stage| stage.plugin.clone())
                .or(self.author.take()),
            _ => None,
        };
        chapter.source = source;
        chapter.script.clone_from(&script);
        self.script = script.into();
        self.source = source;
        self.chapters.push(chapter);
        Next::Carry
    }

    fn fall_back(&mut self, chapter: Chapter) -> Next {
        match self.route.fallback.clone() {
            Some(script) => self.begin(chapter, script, ScriptSource::RouteFallback),
            None => Next::Default(Box::new(chapter)),
        }
    }

    fn fall_to_default(&mut self, chapter: Chapter) -> Next {
        if self.default_destination.is_empty() {
            self.source = ScriptSource::None;
            self.chapters.push(chapter);
            return Next::End("480: nothing is left to try".to_owned());
        }
        let script = Script::clone(&self.default_destination);
        self.begin(chapter, script, ScriptSource::DefaultDestination)
    }

    /// Carries out the verbs of the script, as far as it is known what comes of them.
    fn carry(&mut self) -> Next {
        loop {
            self.verbs += 1;
            let verb = match self.script.pop_front() {
                Some(verb) if self.verbs <= limits::VERBS => verb,
                _ => return self.script_over(),
            };
            let (note, next) = self.perform(&verb);
            let heard = heard(&verb);
            let note = match (heard.is_empty(), note.is_empty()) {
                (true, _) => note,
                (false, true) => heard,
                (false, false) => format!("{heard}; {note}"),
            };
            if let Some(chapter) = self.chapters.last_mut() {
                chapter.carried.push((verb, note));
                if next.is_some() {
                    chapter.left = self.script.iter().cloned().collect();
                }
            }
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// What comes of a verb: a note, and what follows if it is not the next verb.
    fn perform(&mut self, verb: &Verb) -> (String, Option<Next>) {
        match verb {
            Verb::Respond(respond) => {
                let end = format!("the caller gets {}", respond.status);
                return (String::new(), Some(Next::End(end)));
            }
            Verb::Answer | Verb::Voicemail(_) | Verb::Conference(_) => self.call.answered = true,
            Verb::Delegate(delegate) => return self.delegate(&delegate.plugin),
            Verb::Redial(redial) => return self.redial(&redial.callee),
            Verb::SetVariable(variable) => {
                set(&mut self.call.variables, vec![variable.clone()]);
                return (String::new(), None);
            }
            _ => {}
        }
        if let Some(assumed) = self.assume(verb) {
            return assumed;
        }
        let takes_the_call = match verb {
            Verb::Connect(_) if self.assumed.unanswered => {
                return ("nobody answers".to_owned(), None);
            }
            Verb::Connect(_) => "it rings; the call ends here if somebody answers",
            Verb::Enqueue(_) => "the caller waits; the call ends here if an agent answers",
            Verb::Voicemail(_) => "the call ends here once a message was left",
            Verb::Conference(_) => "the caller takes part",
            _ => return (open(verb), None),
        };
        let end = format!("{takes_the_call}{}", open(verb));
        (String::new(), Some(Next::End(end)))
    }

    /// What is assumed of a verb with a tag.
    fn assume(&self, verb: &Verb) -> Option<(String, Option<Next>)> {
        let tag = verb.tag()?;
        if self.author.is_none() || self.resumes >= limits::RESUMES {
            return None;
        }
        let outcome = match self.assumed.outcomes.get(tag) {
            Some(outcome) => outcome.clone(),
            None if matches!(verb, Verb::Connect(_)) && self.assumed.unanswered => {
                Outcome::Unconnected(Unconnected {
                    reason: UnconnectedReason::NoAnswer,
                    status: None,
                })
            }
            None => return None,
        };
        let note = format!("assumed: {}", words(&outcome));
        Some((note, Some(Next::Resume(tag.to_owned(), outcome))))
    }

    fn delegate(&mut self, plugin: &str) -> (String, Option<Next>) {
        self.delegations += 1;
        if self.delegations > limits::DELEGATIONS {
            let chapter = Chapter::new("too many delegations".to_owned(), &self.call);
            return (
                "too many of them".to_owned(),
                Some(Next::Default(Box::new(chapter))),
            );
        }
        let first = PluginStep {
            name: plugin.to_owned(),
            phase: Phase::Route,
            fail_open: false,
        };
        let steps = std::iter::once(first).chain(self.vetoes()).collect();
        let why = format!("`{plugin}` is to decide (delegate)");
        (String::new(), Some(Next::Decide(why, None, steps)))
    }

    fn redial(&mut self, number: &str) -> (String, Option<Next>) {
        self.redials += 1;
        let (route, found) = find(self.dialplan, number);
        let failed = |why: &str, call: &Call| {
            let chapter = Chapter::new(format!("{number} is not routed: {why}"), call);
            (why.to_owned(), Some(Next::Default(Box::new(chapter))))
        };
        let Some(route) = route else {
            return failed("the dialplan has no such number", &self.call);
        };
        if self.redials > limits::REDIALS {
            return failed("too many of them", &self.call);
        }
        set(&mut self.call.variables, route.variables.clone());
        number.clone_into(&mut self.call.callee);
        for veto in self.route.vetoes().iter() {
            if !self.inherited.iter().any(|known| known.name == veto.name) {
                self.inherited.push(veto.clone());
            }
        }
        self.route = route;
        let why = format!("{number} is routed (redial)");
        (
            String::new(),
            Some(Next::Decide(why, Some(found), self.plugins())),
        )
    }

    /// The plugins of the route, and the vetoes of routes that were left.
    fn plugins(&self) -> Vec<PluginStep> {
        let own = self.route.plugins.iter();
        own.chain(self.left_behind()).cloned().collect()
    }

    fn vetoes(&self) -> Vec<PluginStep> {
        let own = self.route.plugins.iter();
        let own = own.filter(|step| step.phase == Phase::Veto);
        own.chain(self.left_behind()).cloned().collect()
    }

    fn left_behind(&self) -> impl Iterator<Item = &PluginStep> {
        let own = &self.route.plugins;
        let has = |veto: &PluginStep| {
            let mut own = own.iter().filter(|step| step.phase == Phase::Veto);
            own.any(|step| step.name == veto.name)
        };
        self.inherited.iter().filter(move |veto| !has(veto))
    }

    fn script_over(&mut self) -> Next {
        if self.call.answered {
            return Next::End("the script is over: the caller is hung up".to_owned());
        }
        let exhausted = self.verbs > limits::VERBS;
        match self.source {
            ScriptSource::Plugin if self.call.attempt < limits::RETRIES && !exhausted => {
                self.call.attempt += 1;
                let why = format!(
                    "the script ended without a connected call: attempt {}",
                    self.call.attempt
                );
                Next::Decide(why, None, self.plugins())
            }
            ScriptSource::Plugin | ScriptSource::RouteFallback if !exhausted => {
                let why = "the script ended without a connected call".to_owned();
                Next::Default(Box::new(Chapter::new(why, &self.call)))
            }
            _ => Next::End("480: nothing is left to try".to_owned()),
        }
    }

    /// Asks the author of the script what follows a verb.
    async fn resume(&mut self, tag: String, outcome: Outcome) -> anyhow::Result<Next> {
        self.resumes += 1;
        let Some(author) = self.author.clone() else {
            return Ok(Next::Carry);
        };
        let why = format!("\"{tag}\" is over: {}", words(&outcome));
        let mut chapter = Chapter::new(why, &self.call);
        let mut call = self.call.clone();
        let question = Question::Resume {
            call: &call,
            tag: &tag,
            outcome: &outcome,
        };
        let asked = self
            .ask(&author, question, Phase::Route, &mut chapter)
            .await?;
        let mut script = match asked {
            Some(Answer::Continuation(Continuation::Script(script))) => script,
            Some(_) => {
                chapter.decides = false;
                self.chapters.push(chapter);
                return Ok(Next::Carry);
            }
            None if self.script.is_empty() => return Ok(Next::FallBack(Box::new(chapter))),
            None => {
                chapter.decides = false;
                self.chapters.push(chapter);
                return Ok(Next::Carry);
            }
        };
        for veto in self.vetoes() {
            call.proposed.clone_from(&script);
            let question = Question::Route(&call);
            match self
                .ask(&veto.name, question, Phase::Veto, &mut chapter)
                .await?
            {
                Some(Answer::Decision(Decision::Script(other))) => script = other,
                Some(_) => {}
                None if veto.fail_open => {}
                None => {
                    chapter.decides = false;
                    self.chapters.push(chapter);
                    return Ok(Next::Carry);
                }
            }
        }
        Ok(self.begin(chapter, script, ScriptSource::Plugin))
    }

    /// Asks one plugin by itself, and keeps what happened.
    async fn ask(
        &mut self,
        plugin: &str,
        question: Question<'_>,
        phase: Phase,
        chapter: &mut Chapter,
    ) -> anyhow::Result<Option<Answer>> {
        let begun = Instant::now();
        let plugins = &self.world.plugins;
        let asked = plugins.trace(plugin, question, self.scene).await?;
        self.microseconds += begun.elapsed().as_secs_f64() * 1e6;
        let version = plugins.status(plugin).map(|status| status.current.version);
        let outcome = match &asked.answer {
            Ok(
                Answer::Decision(Decision::Script(_))
                | Answer::Continuation(Continuation::Script(_)),
            ) => StageOutcome::Script,
            Ok(Answer::Continuation(Continuation::Proceed)) => StageOutcome::Proceed,
            Ok(_) => StageOutcome::Next,
            Err(error) => error.clone().into_outcome(),
        };
        let answer = asked.answer.clone().ok();
        chapter.stages.push(Stage {
            plugin: plugin.to_owned(),
            version: version.unwrap_or_default(),
            phase,
            outcome,
            nanoseconds: asked.nanoseconds,
        });
        chapter.asked.push(asked);
        Ok(answer)
    }
}

fn step(step: &PluginStep) -> Step<'_> {
    Step {
        plugin: &step.name,
        phase: step.phase,
        fail_open: step.fail_open,
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

/// What a tag leaves open.
fn open(verb: &Verb) -> String {
    let separator = if matches!(
        verb,
        Verb::Connect(_) | Verb::Enqueue(_) | Verb::Voicemail(_)
    ) {
        "; "
    } else {
        ""
    };
    verb.tag().map_or_else(String::new, |tag| {
        format!(
            "{separator}asked back under \"{tag}\": assume what comes of it with --outcome {tag}=…"
        )
    })
}
