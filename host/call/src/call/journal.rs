//! What is told of a call: its events, numbered, and its record. It decides nothing.

use std::sync::Arc;

use switchhook_media::relay::Side;
use switchhook_routing::call::Variable;
use switchhook_routing::decision::Stage;
use switchhook_routing::event::{Event, EventKind, Leg, LegFailure, ScriptSource, Subject};
use switchhook_routing::record::{
    CallRecord, DecisionRecord, Disposition, LegRecord, MediaRecord, Party,
};

use crate::call::failure::Failure;
use crate::call::state::Call;
use crate::core::Core;
use crate::limits;
use crate::media_command::{RecordingEnd, RecordingStop};
use crate::output::Output;
use crate::trunks::privacy::Presentation;

/// What is known of a call. Only its variables ever change.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// What events carry, variables included.
    pub(crate) subject: Arc<Subject>,
    pub(crate) caller_name: String,
    pub(crate) source_address: String,
    pub(crate) started_at: u64,
    /// Whether the caller may be shown.
    pub(crate) presentation: Presentation,
}

/// A side as events name it.
pub(crate) fn party(side: Side) -> Party {
    match side {
        Side::Caller => Party::Caller,
        Side::Callee => Party::Callee,
    }
}

impl Facts {
    /// Sets a variable; one that is set already is replaced. Beyond [`limits::VARIABLES`] a new one is left out.
    pub(crate) fn set(&mut self, variable: Variable) {
        let variables = &self.subject.variables;
        if variables.contains(&variable) {
            return;
        }
        let place = variables.iter().position(|v| v.name == variable.name);
        if place.is_none() && variables.len() >= limits::VARIABLES {
            return;
        }
        // Events that have been told keep what they were told with.
        let variables = &mut Arc::make_mut(&mut self.subject).variables;
        match place.and_then(|at| variables.get_mut(at)) {
            Some(known) => *known = variable,
            None => variables.push(variable),
        }
    }

    /// Sets the variables that a chain of plugins left.
    pub(crate) fn set_all(&mut self, variables: Vec<Variable>) {
        if self.subject.variables != variables {
            for variable in variables {
                self.set(variable);
            }
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) disposition: Disposition,
    pub(crate) status: u16,
    pub(crate) by: Party,
    pub(crate) at: u64,
}

/// What is told of a call.
#[derive(Debug)]
pub(crate) struct Journal {
    next_event: u32,
    decisions: Vec<DecisionRecord>,
    pub(crate) legs: Vec<LegRecord>,
    pub(crate) answered_at: Option<u64>,
    pub(crate) media: Option<MediaRecord>,
    pub(crate) ending: Option<Ending>,
    /// Whether it was told how it ended.
    told: bool,
    pub(crate) written: bool,
    /// Where its recordings can be fetched.
    recordings: Vec<String>,
    /// What failed of them.
    recording_failures: Vec<String>,
    /// The calls that this one came from and went on as.
    pub(crate) transferred_from: Option<String>,
    pub(crate) transferred_to: Option<String>,
}

impl Journal {
    pub(crate) fn new() -> Journal {
        Journal {
            next_event: 0,
            decisions: Vec::new(),
            legs: Vec::new(),
            answered_at: None,
            media: None,
            ending: None,
            told: false,
            written: false,
            recordings: Vec::new(),
            recording_failures: Vec::new(),
            transferred_from: None,
            transferred_to: None,
        }
    }

    /// Tells that something happened.
    pub(crate) fn tell(&mut self, core: &mut Core, facts: &Facts, kind: EventKind) {
        if self.next_event >= limits::EVENTS && !matches!(kind, EventKind::Completed { .. }) {
            return;
        }
        let event = Event {
            subject: Arc::clone(&facts.subject),
            sequence: self.next_event,
            at: core.epoch_ms(core.now),
            kind,
        };
        self.next_event += 1;
        core.outputs.push_back(Output::Event(event));
    }

    /// Tells where the script of an attempt came from.
    pub(crate) fn decided(
        &mut self,
        core: &mut Core,
        facts: &Facts,
        callee: &str,
        decision: (u8, ScriptSource),
        stages: Vec<Stage>,
    ) {
        let (attempt, source) = decision;
        self.decisions.reserve_exact(1);
        self.decisions.push(DecisionRecord {
            attempt,
            callee: callee.to_owned(),
            source,
            stages,
        });
        self.tell(core, facts, EventKind::Decided { attempt, source });
    }

    /// Keeps what came of asking the author of a script back.
    pub(crate) fn resumed(
        &mut self,
        callee: &str,
        decision: (u8, ScriptSource),
        stages: Vec<Stage>,
    ) {
        let (attempt, source) = decision;
        self.decisions.push(DecisionRecord {
            attempt,
            callee: callee.to_owned(),
            source,
            stages,
        });
    }

    /// Tells that the call is over, once.
    pub(crate) fn tell_completed(&mut self, core: &mut Core, facts: &Facts) {
        let Some(ending) = self.ending.filter(|_| !self.told) else {
            return;
        };
        self.told = true;
        let talk_milliseconds = self
            .answered_at
            .map_or(0, |at| ending.at.saturating_sub(at));
        let disposition = ending.disposition;
        self.tell(
            core,
            facts,
            EventKind::Completed {
                disposition,
                status: ending.status,
                ended_by: ending.by,
                talk_milliseconds,
            },
        );
    }

    /// Tells that a recording is complete, or keeps why it is not.
    pub(crate) fn recorded(&mut self, core: &mut Core, facts: &Facts, end: &RecordingEnd) {
        if let RecordingStop::Failed(why) = &end.why {
            self.recording_failures.push(why.clone());
        }
        let Some(url) = &end.url else { return };
        self.recordings.push(url.clone());
        let kind = EventKind::RecordingAvailable {
            url: url.clone(),
            milliseconds: u64::try_from(end.length.as_millis()).unwrap_or(u64::MAX),
            format: end.format.to_owned(),
        };
        self.tell(core, facts, kind);
    }

    /// Writes the record, once.
    pub(crate) fn write(&mut self, core: &mut Core, facts: &Facts) {
        let Some(ending) = self.ending.filter(|_| !self.written) else {
            return;
        };
        self.written = true;
        self.tell_completed(core, facts);
        core.outputs.push_back(Output::Record(Box::new(CallRecord {
            id: facts.subject.call_id.clone(),
            sip_call_id: facts.subject.sip_call_id.clone(),
            domain: facts.subject.domain.clone(),
            caller: facts.subject.caller.clone(),
            callee: facts.subject.callee.clone(),
            origin: facts.subject.origin.clone(),
            source_address: facts.source_address.clone(),
            started_at: facts.started_at,
            answered_at: self.answered_at,
            ended_at: ending.at,
            disposition: ending.disposition,
            status: ending.status,
            ended_by: ending.by,
            decisions: std::mem::take(&mut self.decisions),
            legs: std::mem::take(&mut self.legs),
            media: self.media,
            recordings: std::mem::take(&mut self.recordings),
            recording_failures: std::mem::take(&mut self.recording_failures),
            transferred_from: self.transferred_from.take(),
            transferred_to: self.transferred_to.take(),
        })));
    }
}

impl Call {
    /// Tells something of a leg.
    pub(crate) fn tell_leg(
        &mut self,
        core: &mut Core,
        index: usize,
        kind: impl FnOnce(Leg) -> EventKind,
    ) {
        let Some(leg) = self.legs.get(index) else {
            return;
        };
        let leg = Leg {
            target: leg.destination.text.clone(),
            index: leg.place,
            label: self.routing.label(),
        };
        self.journal.tell(core, &self.facts, kind(leg));
    }

    /// Tells that a leg will not answer.
    pub(crate) fn tell_failed(&mut self, core: &mut Core, index: usize, reason: LegFailure) {
        self.tell_leg(core, index, |leg| EventKind::LegFailed { leg, reason });
    }

    /// Tells that a target cannot be called at all.
    pub(crate) fn tell_unreachable(
        &mut self,
        core: &mut Core,
        place: u32,
        target: String,
        failure: Failure,
    ) {
        let leg = Leg {
            target,
            index: place,
            label: self.routing.label(),
        };
        let reason = failure.told();
        self.journal
            .tell(core, &self.facts, EventKind::LegFailed { leg, reason });
    }
}
