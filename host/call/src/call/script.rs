//! Scripts: what is carried out, verb after verb, and what comes when nothing helps. The ladder: plugin, its retries, the
//! route's fallback, the domain's default destination, 480.

use std::sync::Arc;
use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::call::Header;
use switchhook_routing::decision::{Phase as ChainPhase, Stage};
use switchhook_routing::event::{EventKind, ScriptSource, VerbEnd};
use switchhook_routing::outcome::{Outcome, UnconnectedReason};
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::{Connect, Delegate, Pause, Redial, Respond, Script, Verb};

use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::failure::Failure;
use crate::call::invite::may_be_set;
use crate::call::leg::Leg;
use crate::call::media_verbs::Begun;
use crate::call::routing::{Plan, Running};
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::dialplan::{PluginStep, Route};
use crate::limits;

impl Call {
    /// Carries out the next verbs, until one takes time or the script is over.
    pub(crate) fn advance(&mut self, core: &mut Core) {
        while self.phase != Phase::Ending {
            self.routing.verbs += 1;
            let verb = match self.routing.script.pop_front() {
                Some(verb) if self.routing.verbs <= limits::VERBS => verb,
                _ => return self.script_over(core),
            };
            self.begin_verb(core, &verb);
            let waits = match verb {
                Verb::Connect(connect) if self.skips(&connect) => {
                    self.close_verb(core, VerbEnd::Skipped);
                    false
                }
                Verb::Connect(connect) => self.connect(core, connect) || self.connect_over(core),
                Verb::Pause(pause) => self.pause(core, &pause),
                Verb::SetVariable(variable) => {
                    self.facts.set(variable);
                    self.finish_verb(core, VerbEnd::Completed, Outcome::Completed)
                }
                Verb::Respond(respond) => return self.respond(core, respond),
                Verb::Delegate(delegate) => return self.delegate(core, delegate),
                Verb::Redial(redial) => return self.redial(core, redial),
                other => self.perform(core, &other),
            };
            if waits {
                return;
            }
        }
    }

    /// A verb is over. `true`: the author of the script is asked what follows; else the next verb does.
    pub(crate) fn finish_verb(&mut self, core: &mut Core, end: VerbEnd, outcome: Outcome) -> bool {
        let tag = self.close_verb(core, end).and_then(|verb| verb.tag);
        let (Some(tag), Some(author)) = (tag, &self.routing.author) else {
            return false;
        };
        if self.routing.resumes >= limits::RESUMES || self.phase == Phase::Ending {
            return false;
        }
        let author = author.clone();
        self.ask_back(core, author, tag, outcome);
        true
    }

    /// Tells that a verb is over, and what it was.
    pub(crate) fn close_verb(&mut self, core: &mut Core, end: VerbEnd) -> Option<Running> {
        let mut running = self.routing.running.take()?;
        let milliseconds = core
            .now
            .saturating_duration_since(running.began)
            .as_millis();
        let kind = EventKind::VerbEnded {
            verb: running.name,
            label: running.label.take(),
            end,
            milliseconds: u64::try_from(milliseconds).unwrap_or(u64::MAX),
        };
        self.journal.tell(core, &self.facts, kind);
        Some(running)
    }

    /// A `pause` is over.
    pub(crate) fn pause_over(&mut self, core: &mut Core) {
        if !self.finish_verb(core, VerbEnd::Completed, Outcome::Completed) {
            self.advance(core);
        }
    }

    /// Nobody answered. `true`: the author of the script is asked what follows.
    pub(crate) fn connect_over(&mut self, core: &mut Core) -> bool {
        if self.phase == Phase::Ending {
            return true;
        }
        self.phase = Phase::Pausing;
        self.stop_background(core, Side::Caller);
        let failure = self.routing.failure.unwrap_or(Failure::Unreachable(480));
        let unconnected = failure.unconnected();
        let text = match unconnected.reason {
            UnconnectedReason::NoAnswer => "nobody answered in time",
            UnconnectedReason::Busy => "busy",
            UnconnectedReason::Declined => "declined",
            UnconnectedReason::Unreachable => "nobody could be reached",
            UnconnectedReason::Failed => "it failed",
        };
        let text = match unconnected.status {
            Some(status) => format!("{text} ({status})"),
            None => text.to_owned(),
        };
        let outcome = Outcome::Unconnected(unconnected);
        self.finish_verb(core, VerbEnd::Failed(text), outcome)
    }

    /// Carries out a script that was decided on.
    pub(crate) fn run(
        &mut self,
        core: &mut Core,
        script: Script,
        source: ScriptSource,
        stages: Vec<Stage>,
    ) {
        self.routing.put_script(script, source, &stages);
        let decision = (self.routing.attempt, source);
        self.journal
            .decided(core, &self.facts, &self.routing.callee, decision, stages);
        self.advance(core);
    }

    /// No plugin gave a script.
    pub(crate) fn fall_back(&mut self, core: &mut Core, stages: Vec<Stage>) {
        core.counters.undecided += 1;
        match self.routing.route.fallback.clone() {
            Some(script) => self.run(core, script, ScriptSource::RouteFallback, stages),
            None => self.fall_to_default(core, stages),
        }
    }

    fn begin_verb(&mut self, core: &mut Core, verb: &Verb) {
        let (label, keep_caller) = match verb {
            Verb::Connect(connect) => (connect.label.clone(), connect.keep_caller),
            _ => (None, false),
        };
        let running = Running {
            name: verb.name(),
            label,
            tag: verb.tag().map(str::to_owned),
            keep_caller,
            began: core.now,
        };
        let is_skipped = matches!(verb, Verb::Connect(connect) if self.skips(connect));
        if !is_skipped {
            let kind = EventKind::VerbStarted {
                verb: running.name,
                label: running.label.clone(),
            };
            self.journal.tell(core, &self.facts, kind);
        }
        self.routing.running = Some(running);
    }

    /// A `connect` after an answered one does not apply, unless it says so.
    fn skips(&self, connect: &Connect) -> bool {
        self.routing.connected && !connect.reconnect
    }

    fn pause(&mut self, core: &mut Core, pause: &Pause) -> bool {
        let length = pause.milliseconds.min(limits::PAUSE_MILLISECONDS);
        self.phase = Phase::Pausing;
        let at = core.now + Duration::from_millis(u64::from(length));
        self.deadlines.set(Timer::Pause, at);
        true
    }

    fn perform(&mut self, core: &mut Core, verb: &Verb) -> bool {
        match self.begin_media_verb(core, verb) {
            Begun::Waits => true,
            Begun::Over(end, outcome) => self.finish_verb(core, end, outcome),
        }
    }

    fn fall_to_default(&mut self, core: &mut Core, stages: Vec<Stage>) {
        let script = self
            .domain()
            .map(|domain| Arc::clone(&domain.default_destination));
        match script.filter(|script| !script.is_empty()) {
            Some(script) => {
                let script = Script::clone(&script);
                self.run(core, script, ScriptSource::DefaultDestination, stages);
            }
            None => {
                self.routing.failure = None;
                let decision = (self.routing.attempt, ScriptSource::None);
                self.journal
                    .decided(core, &self.facts, &self.routing.callee, decision, stages);
                self.give_up(core);
            }
        }
    }

    /// The script ended and nobody is connected (any more).
    fn script_over(&mut self, core: &mut Core) {
        if self.journal.answered_at.is_some() {
            return self.end(core, self.ended_by_switch());
        }
        if self.caller.state == CallerState::Elsewhere && !self.legs.is_empty() {
            // Whoever asked for the transfer has the call still, and hears why it failed.
            return self.give_up(core);
        }
        let exhausted = self.routing.verbs > limits::VERBS;
        match self.routing.source {
            ScriptSource::Plugin if self.routing.attempt < limits::RETRIES && !exhausted => {
                self.routing.attempt += 1;
                self.decide_by_route(core);
            }
            ScriptSource::Plugin | ScriptSource::RouteFallback if !exhausted => {
                self.fall_to_default(core, Vec::new());
            }
            _ => self.give_up(core),
        }
    }

    /// Nothing is left to try.
    pub(crate) fn give_up(&mut self, core: &mut Core) {
        let failure = self.routing.failure.map(Failure::status);
        let status = match failure {
            Some(status) if tells_the_caller(status) => status,
            _ => 480,
        };
        let rang = self.legs.iter().any(|leg| leg.rang);
        let disposition = match failure.or(self.last_leg_status()) {
            Some(486 | 600) => Disposition::Busy,
            Some(603 | 607 | 608 | 403) => Disposition::Rejected,
            Some(408 | 480) if rang => Disposition::NoAnswer,
            None if rang => Disposition::NoAnswer,
            _ => Disposition::Failed,
        };
        let said = |leg: &&Leg| {
            leg.refusal
                .as_ref()
                .is_some_and(|said| said.status == status)
        };
        let refusal = self.legs.iter().rev().find(said);
        let refusal = refusal.and_then(|leg| leg.refusal.as_ref());
        let end = End {
            headers: refusal.map_or(Vec::new(), |said| said.headers.clone()),
            ..End::of(disposition, status, Party::Switch)
        };
        self.end(core, end);
    }

    fn last_leg_status(&self) -> Option<u16> {
        self.journal.legs.iter().rev().find_map(|leg| leg.status)
    }

    fn respond(&mut self, core: &mut Core, respond: Respond) {
        let mut headers = Vec::new();
        for header in respond.headers.into_iter().filter(may_be_set_in_response) {
            headers.push((header.name, header.value));
        }
        let status = if (300..700).contains(&respond.status) {
            respond.status
        } else {
            480
        };
        let disposition = match status {
            486 | 600 => Disposition::Busy,
            408 | 480 => Disposition::NoAnswer,
            _ => Disposition::Rejected,
        };
        let end = End {
            reason: respond.reason,
            headers,
            ..End::of(disposition, status, Party::Switch)
        };
        self.close_verb(core, VerbEnd::Completed);
        self.end(core, end);
    }

    fn delegate(&mut self, core: &mut Core, delegate: Delegate) {
        self.routing.delegations += 1;
        if self.routing.delegations > limits::DELEGATIONS {
            self.close_verb(core, VerbEnd::Failed("too many of them".to_owned()));
            return self.fall_to_default(core, Vec::new());
        }
        self.close_verb(core, VerbEnd::Completed);
        let step = PluginStep {
            name: delegate.plugin,
            phase: ChainPhase::Route,
            fail_open: false,
        };
        let vetoes = self.routing.vetoes();
        let steps = std::iter::once(step).chain(vetoes.iter().cloned());
        self.decide(core, steps.collect());
    }

    fn redial(&mut self, core: &mut Core, redial: Redial) {
        self.routing.redials += 1;
        let route = self.route_of(&redial.callee);
        match route {
            Some(route) if self.routing.redials <= limits::REDIALS => {
                for variable in &route.variables {
                    self.facts.set(variable.clone());
                }
                self.close_verb(core, VerbEnd::Completed);
                self.routing.callee = redial.callee;
                self.routing.leave_for(route);
                self.decide_by_route(core);
            }
            Some(_) => {
                self.close_verb(core, VerbEnd::Failed("too many of them".to_owned()));
                self.fall_to_default(core, Vec::new());
            }
            None => {
                let end = VerbEnd::Failed("the dialplan has no such number".to_owned());
                self.close_verb(core, end);
                self.fall_to_default(core, Vec::new());
            }
        }
    }

    /// The route of a number in the caller's own dialplan.
    fn route_of(&self, callee: &str) -> Option<Arc<Route>> {
        match &self.routing.plan {
            Plan::Named(name) => self.domain()?.dialplans.get(name)?.route(callee),
            Plan::Assigned(plan) => plan.route(callee),
        }
        .map(Arc::clone)
    }
}

/// What of a destination's failure the caller is told: not that we could not authenticate, were redirected, or that a
/// server failed (RFC 3261 §16.7 steps 6 and 7).
fn tells_the_caller(status: u16) -> bool {
    matches!(status, 400..=499 | 600..=699) && !matches!(status, 401 | 407 | 408 | 481 | 482 | 487)
}

fn may_be_set_in_response(header: &Header) -> bool {
    may_be_set(header) || header.name.eq_ignore_ascii_case("Contact")
}
