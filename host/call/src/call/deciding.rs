//! Asking routing code: what to do with a call, and what follows a verb with a tag. What is done with the answer is
//! `script`'s.

use std::sync::Arc;

use switchhook_routing::call::{Call as Question, Header};
use switchhook_routing::decision::{Continuation, Decided, Resumed};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::outcome::Outcome;
use switchhook_sip::message::{HeaderName, Request};

use crate::call::caller::CallerState;
use crate::call::deadlines::Timer;
use crate::call::routing::Awaited;
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::dialplan::PluginStep;
use crate::keys::Ticket;
use crate::limits;
use crate::output::{DecideRequest, Output, ResumeRequest};

/// Room for the fields of most INVITEs.
const HEADERS: usize = 16;

impl Call {
    /// Asks the plugins of the route.
    pub(crate) fn decide_by_route(&mut self, core: &mut Core) {
        let plugins = self.routing.plugins();
        self.decide(core, plugins);
    }

    /// Asks plugins what to do.
    pub(crate) fn decide(&mut self, core: &mut Core, plugins: Arc<[PluginStep]>) {
        if plugins.is_empty() {
            return self.fall_back(core, Vec::new());
        }
        core.counters.decisions += 1;
        let request = DecideRequest {
            ticket: self.await_answer(core, Awaited::Decision),
            call: self.question(),
            plugins,
        };
        core.outputs.push_back(Output::Decide(Box::new(request)));
    }

    /// Asks the author of the script what follows a verb.
    pub(crate) fn ask_back(
        &mut self,
        core: &mut Core,
        plugin: String,
        tag: String,
        outcome: Outcome,
    ) {
        self.routing.resumes += 1;
        core.counters.resumptions += 1;
        let request = ResumeRequest {
            ticket: self.await_answer(core, Awaited::Resumption),
            call: self.question(),
            plugin,
            tag,
            outcome,
            vetoes: self.routing.vetoes(),
        };
        core.outputs.push_back(Output::Resume(Box::new(request)));
    }

    /// A decision came back.
    pub(crate) fn decided(&mut self, core: &mut Core, serial: u32, decided: Decided) {
        if !self.awaits(serial, Awaited::Decision) {
            return;
        }
        self.leave_decision(core);
        self.facts.set_all(decided.variables);
        match decided.script {
            Some(script) => self.run(core, script, ScriptSource::Plugin, decided.stages),
            None => self.fall_back(core, decided.stages),
        }
    }

    /// What follows a verb came back.
    pub(crate) fn resumed(&mut self, core: &mut Core, serial: u32, resumed: Resumed) {
        if !self.awaits(serial, Awaited::Resumption) {
            return;
        }
        self.leave_decision(core);
        let Resumed {
            continuation,
            stages,
        } = resumed;
        match continuation {
            Some(Continuation::Script(script)) => {
                self.run(core, script, ScriptSource::Plugin, stages);
            }
            None if self.routing.script.is_empty() => self.fall_back(core, stages),
            Some(Continuation::Proceed) | None => {
                let decision = (self.routing.attempt, self.routing.source);
                self.journal.resumed(&self.routing.callee, decision, stages);
                self.advance(core);
            }
        }
    }

    /// An answer never came back.
    pub(crate) fn decision_lost(&mut self, core: &mut Core) {
        core.counters.decisions_lost += 1;
        self.leave_decision(core);
        match self.routing.awaited {
            Awaited::Resumption if !self.routing.script.is_empty() => self.advance(core),
            _ => self.fall_back(core, Vec::new()),
        }
    }

    /// The call no longer waits for an answer.
    pub(crate) fn leave_decision(&mut self, core: &mut Core) {
        if self.phase == Phase::Deciding {
            core.decisions = core.decisions.saturating_sub(1);
            self.deadlines.clear(Timer::Decision);
            self.phase = Phase::Pausing;
        }
    }

    fn await_answer(&mut self, core: &mut Core, awaited: Awaited) -> Ticket {
        self.routing.serial += 1;
        self.routing.awaited = awaited;
        self.phase = Phase::Deciding;
        core.decisions += 1;
        let guard = self.config.timing.decision_guard;
        self.deadlines.set(Timer::Decision, core.now + guard);
        Ticket {
            call: self.key,
            serial: self.routing.serial,
        }
    }

    fn awaits(&self, serial: u32, awaited: Awaited) -> bool {
        self.phase == Phase::Deciding
            && self.routing.serial == serial
            && self.routing.awaited == awaited
    }

    /// The call as routing code sees it.
    pub(crate) fn question(&self) -> Question {
        let subject = &self.facts.subject;
        let offer = self.caller.offer.as_ref();
        Question {
            id: subject.call_id.clone(),
            sip_call_id: subject.sip_call_id.clone(),
            domain: subject.domain.clone(),
            caller: subject.caller.clone(),
            caller_name: self.facts.caller_name.clone(),
            callee: self.routing.callee.clone(),
            origin: subject.origin.clone(),
            source_address: self.facts.source_address.clone(),
            received_at: self.facts.started_at,
            attempt: self.routing.attempt,
            transferred: self.links.transferred,
            answered: self.caller.state != CallerState::Waiting,
            headers: headers(&self.caller.request),
            codecs: offer.map(|offer| offer.codecs()).unwrap_or_default(),
            attestation: self.attestation,
            variables: subject.variables.clone(),
            proposed: Vec::new(),
        }
    }
}

/// The fields of a request as routing code sees them: unfolded, without credentials, not too many.
pub(crate) fn headers(request: &Request) -> Vec<Header> {
    let mut headers = Vec::with_capacity(limits::CALL_HEADERS.min(HEADERS));
    let told = request
        .all_headers()
        .filter(|(name, _)| !carries_credentials(name));
    headers.extend(told.take(limits::CALL_HEADERS).map(|(name, value)| Header {
        name: name.to_owned(),
        value: unfolded(value),
    }));
    headers
}

fn carries_credentials(name: &str) -> bool {
    let name = HeaderName::from_name(name);
    matches!(
        name,
        HeaderName::Authorization | HeaderName::ProxyAuthorization
    )
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
