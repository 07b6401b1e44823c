//! What is told of a call: its events, numbered, and its record. It decides nothing.

use switchhook_routing::call::Origin;
use switchhook_routing::decision::Stage;
use switchhook_routing::event::{Event, EventKind, ScriptSource};
use switchhook_routing::record::{
    CallRecord, DecisionRecord, Disposition, EndedBy, LegRecord, MediaRecord,
};

use crate::core::Core;
use crate::limits;
use crate::output::Output;

/// What never changes of a call.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The switch's identifier.
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) caller: String,
    pub(crate) caller_name: String,
    pub(crate) callee: String,
    pub(crate) origin: Origin,
    pub(crate) source_address: String,
    pub(crate) started_at: u64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) disposition: Disposition,
    pub(crate) status: u16,
    pub(crate) by: EndedBy,
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
    pub(crate) written: bool,
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
            written: false,
        }
    }

    /// Tells that something happened.
    pub(crate) fn tell(&mut self, core: &mut Core, facts: &Facts, kind: EventKind) {
        if self.next_event >= limits::EVENTS && !matches!(kind, EventKind::Completed { .. }) {
            return;
        }
        let event = Event {
            call_id: facts.id.clone(),
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

    /// Tells that the call is over.
    pub(crate) fn completed(&mut self, core: &mut Core, facts: &Facts, ending: Ending) {
        self.ending = Some(ending);
        let talk_milliseconds = self
            .answered_at
            .map_or(0, |at| ending.at.saturating_sub(at));
        let disposition = ending.disposition;
        self.tell(
            core,
            facts,
            EventKind::Completed {
                disposition,
                talk_milliseconds,
            },
        );
    }

    /// Writes the record, once.
    pub(crate) fn write(&mut self, core: &mut Core, facts: &Facts, sip_call_id: &str) {
        let Some(ending) = self.ending.filter(|_| !self.written) else {
            return;
        };
        self.written = true;
        core.outputs.push_back(Output::Record(Box::new(CallRecord {
            id: facts.id.clone(),
            sip_call_id: sip_call_id.to_owned(),
            domain: facts.domain.clone(),
            caller: facts.caller.clone(),
            callee: facts.callee.clone(),
            origin: facts.origin.clone(),
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
        })));
    }
}
