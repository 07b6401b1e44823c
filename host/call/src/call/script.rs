//! Decisions and scripts: who is asked, what is carried out, what comes when nothing helps. The ladder: plugin, its
//! retries, the route's fallback, the domain's default destination, 480.

use std::time::Duration;

use std::sync::Arc;
use switchhook_routing::call::{Call as Question, Header};
use switchhook_routing::decision::{Decided, Stage};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::{Delegate, Redial, Respond, Script, Verb};
use switchhook_sip::message::HeaderName;

use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::invite::may_be_set;
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::dialplan::PluginStep;
use crate::keys::Ticket;
use crate::limits;
use crate::output::{DecideRequest, Output};

/// Room for the fields of most INVITEs.
const HEADERS: usize = 16;

impl Call {
    /// Asks the plugins of the route.
    pub(crate) fn decide_by_route(&mut self, core: &mut Core) {
        let plugins = Arc::clone(&self.routing.route.plugins);
        self.decide(core, plugins);
    }

    /// A decision came back.
    pub(crate) fn decided(&mut self, core: &mut Core, serial: u32, decided: Decided) {
        if self.phase != Phase::Deciding || serial != self.routing.serial {
            return;
        }
        self.leave_decision(core);
        match decided.script {
            Some(script) => self.run(core, script, ScriptSource::Plugin, decided.stages),
            None => self.fall_back(core, decided.stages),
        }
    }

    /// A decision never came back.
    pub(crate) fn decision_lost(&mut self, core: &mut Core) {
        core.counters.decisions_lost += 1;
        self.leave_decision(core);
        self.fall_back(core, Vec::new());
    }

    /// The call no longer waits for a decision.
    pub(crate) fn leave_decision(&mut self, core: &mut Core) {
        if self.phase == Phase::Deciding {
            core.decisions = core.decisions.saturating_sub(1);
            self.deadlines.clear(Timer::Decision);
        }
    }

    /// Carries out the next verbs, until one takes time or the script is over.
    pub(crate) fn advance(&mut self, core: &mut Core) {
        while self.phase != Phase::Ending {
            self.routing.verbs += 1;
            let verb = match self.routing.script.pop_front() {
                Some(verb) if self.routing.verbs <= limits::VERBS => verb,
                _ => return self.script_over(core),
            };
            match verb {
                Verb::Connect(connect) => {
                    if self.connect(core, connect) {
                        return;
                    }
                }
                Verb::Respond(respond) => return self.respond(core, respond),
                Verb::Pause(pause) => {
                    let length = pause.milliseconds.min(limits::PAUSE_MILLISECONDS);
                    self.phase = Phase::Pausing;
                    let at = core.now + Duration::from_millis(u64::from(length));
                    return self.deadlines.set(Timer::Pause, at);
                }
                Verb::Delegate(delegate) => return self.delegate(core, delegate),
                Verb::Redial(redial) => return self.redial(core, redial),
                Verb::SetVariable(variable) => self.facts.set(variable),
                _ => {}
            }
        }
    }

    fn decide(&mut self, core: &mut Core, plugins: Arc<[PluginStep]>) {
        if plugins.is_empty() {
            return self.fall_back(core, Vec::new());
        }
        self.routing.serial += 1;
        self.phase = Phase::Deciding;
        core.decisions += 1;
        core.counters.decisions += 1;
        self.deadlines.set(
            Timer::Decision,
            core.now + self.config.timing.decision_guard,
        );
        let ticket = Ticket {
            call: self.key,
            serial: self.routing.serial,
        };
        let call = self.question();
        let request = DecideRequest {
            ticket,
            call,
            plugins,
        };
        core.outputs.push_back(Output::Decide(Box::new(request)));
    }

    fn run(&mut self, core: &mut Core, script: Script, source: ScriptSource, stages: Vec<Stage>) {
        self.routing.put_script(script, source);
        let decision = (self.routing.attempt, source);
        self.journal
            .decided(core, &self.facts, &self.routing.callee, decision, stages);
        self.advance(core);
    }

    /// No plugin gave a script.
    fn fall_back(&mut self, core: &mut Core, stages: Vec<Stage>) {
        core.counters.undecided += 1;
        match self.routing.route.fallback.clone() {
            Some(script) => self.run(core, script, ScriptSource::RouteFallback, stages),
            None => self.fall_to_default(core, stages),
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

    /// The script ended and nobody is connected.
    fn script_over(&mut self, core: &mut Core) {
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
    fn give_up(&mut self, core: &mut Core) {
        let failure = self.routing.failure;
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
        self.end(core, End::of(disposition, status, Party::Switch));
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
        self.end(core, end);
    }

    fn delegate(&mut self, core: &mut Core, delegate: Delegate) {
        self.routing.delegations += 1;
        if self.routing.delegations > limits::DELEGATIONS {
            return self.fall_to_default(core, Vec::new());
        }
        let step = PluginStep {
            name: delegate.plugin,
            phase: switchhook_routing::decision::Phase::Route,
            fail_open: false,
        };
        self.decide(core, Arc::from([step]));
    }

    fn redial(&mut self, core: &mut Core, redial: Redial) {
        self.routing.redials += 1;
        let dialplan = self
            .domain()
            .and_then(|d| d.dialplans.get(&self.routing.dialplan));
        let route = dialplan
            .and_then(|plan| plan.route(&redial.callee))
            .map(Arc::clone);
        match route {
            Some(route) if self.routing.redials <= limits::REDIALS => {
                self.routing.callee = redial.callee;
                self.routing.route = route;
                self.decide_by_route(core);
            }
            _ => self.fall_to_default(core, Vec::new()),
        }
    }

    /// The call as routing code sees it.
    fn question(&self) -> Question {
        let request = &self.caller.request;
        let mut headers = Vec::with_capacity(limits::CALL_HEADERS.min(HEADERS));
        let told = request
            .all_headers()
            .filter(|(name, _)| !carries_credentials(name));
        headers.extend(told.take(limits::CALL_HEADERS).map(|(name, value)| Header {
            name: name.to_owned(),
            value: unfolded(value),
        }));
        Question {
            id: self.facts.subject.call_id.clone(),
            sip_call_id: self.facts.subject.sip_call_id.clone(),
            domain: self.facts.subject.domain.clone(),
            caller: self.facts.subject.caller.clone(),
            caller_name: self.facts.caller_name.clone(),
            callee: self.routing.callee.clone(),
            origin: self.facts.subject.origin.clone(),
            source_address: self.facts.source_address.clone(),
            received_at: self.facts.started_at,
            attempt: self.routing.attempt,
            transferred: false,
            answered: self.journal.answered_at.is_some(),
            headers,
            codecs: self
                .caller
                .offer
                .as_ref()
                .map(|offer| offer.codecs())
                .unwrap_or_default(),
            attestation: self.attestation,
            variables: self.facts.subject.variables.clone(),
            proposed: Vec::new(),
        }
    }
}

/// What of a destination's failure the caller is told: not that we could not authenticate, were redirected, or that a
/// server failed (RFC 3261 §16.7 steps 6 and 7).
fn tells_the_caller(status: u16) -> bool {
    matches!(status, 400..=499 | 600..=699) && !matches!(status, 401 | 407 | 408 | 481 | 482 | 487)
}

fn carries_credentials(name: &str) -> bool {
    let name = HeaderName::from_name(name);
    matches!(
        name,
        HeaderName::Authorization | HeaderName::ProxyAuthorization
    )
}

fn may_be_set_in_response(header: &Header) -> bool {
    may_be_set(header) || header.name.eq_ignore_ascii_case("Contact")
}

fn unfolded(value: &[u8]) -> String {
    // Without an early exit the compiler makes vectors of it.
    let is_folded = (value.iter()).fold(false, |found, byte| found | matches!(byte, b'\r' | b'\n'));
    let text = match std::str::from_utf8(value) {
        Ok(text) if !is_folded => return text.to_owned(),
        _ => String::from_utf8_lossy(value),
    };
    if !is_folded {
        return text.into_owned();
    }
    text.split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
