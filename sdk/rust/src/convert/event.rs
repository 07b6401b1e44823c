//! Events, from the switch.

use std::sync::Arc;

use crate::bindings::switchhook::plugin::types as wit;
use crate::convert::call::{origin, variables};
use crate::event::{Event, EventKind, Leg, LegFailure, ScriptSource, Subject, VerbEnd};
use crate::record::{Disposition, Party};
use crate::verb::VerbName;

pub(super) fn event(event: wit::Event) -> Event {
    Event {
        subject: Arc::new(Subject {
            call_id: event.call_id,
            sip_call_id: event.sip_call_id,
            domain: event.domain,
            caller: event.caller,
            callee: event.callee,
            origin: origin(event.origin),
            variables: variables(event.variables),
        }),
        sequence: event.sequence,
        at: event.at,
        kind: kind(event.kind),
    }
}

fn kind(kind: wit::EventKind) -> EventKind {
    match kind {
        wit::EventKind::Initiated => EventKind::Initiated,
        wit::EventKind::Decided(it) => EventKind::Decided {
            attempt: it.attempt,
            source: match it.source {
                wit::ScriptSource::Plugin => ScriptSource::Plugin,
                wit::ScriptSource::RouteFallback => ScriptSource::RouteFallback,
                wit::ScriptSource::DefaultDestination => ScriptSource::DefaultDestination,
                wit::ScriptSource::None => ScriptSource::None,
            },
        },
        wit::EventKind::VerbStarted(it) => EventKind::VerbStarted {
            verb: verb_name(it.verb),
            label: it.label,
        },
        wit::EventKind::VerbEnded(it) => EventKind::VerbEnded {
            verb: verb_name(it.verb),
            label: it.label,
            end: verb_end(it.end),
            milliseconds: it.milliseconds,
        },
        wit::EventKind::LegTrying(it) => EventKind::Trying(leg(it)),
        wit::EventKind::LegRinging(it) => EventKind::Ringing(leg(it)),
        wit::EventKind::LegAnswered(it) => EventKind::Answered(leg(it)),
        wit::EventKind::LegFailed(it) => EventKind::LegFailed {
            leg: leg(it.leg),
            reason: leg_failure(it.reason),
        },
        wit::EventKind::LegHungUp(it) => EventKind::HungUp {
            by: party(it.by),
            label: it.label,
        },
        wit::EventKind::Reinvited(by) => EventKind::Reinvited { by: party(by) },
        wit::EventKind::TransferRequested(it) => EventKind::TransferRequested {
            by: party(it.by),
            target: it.target,
        },
        wit::EventKind::RecordingAvailable(it) => EventKind::RecordingAvailable {
            url: it.url,
            milliseconds: it.milliseconds,
            format: it.format,
        },
        wit::EventKind::Completed(it) => EventKind::Completed {
            disposition: disposition(it.disposition),
            status: it.status,
            ended_by: party(it.ended_by),
            talk_milliseconds: it.talk_milliseconds,
        },
    }
}

fn verb_name(verb: wit::VerbName) -> VerbName {
    match verb {
        wit::VerbName::Answer => VerbName::Answer,
        wit::VerbName::Announce => VerbName::Announce,
        wit::VerbName::Gather => VerbName::Gather,
        wit::VerbName::Connect => VerbName::Connect,
        wit::VerbName::Enqueue => VerbName::Enqueue,
        wit::VerbName::Voicemail => VerbName::Voicemail,
        wit::VerbName::Record => VerbName::Record,
        wit::VerbName::Conference => VerbName::Conference,
        wit::VerbName::Stream => VerbName::Stream,
        wit::VerbName::Pause => VerbName::Pause,
        wit::VerbName::SendDigits => VerbName::SendDigits,
        wit::VerbName::SetVariable => VerbName::SetVariable,
        wit::VerbName::Delegate => VerbName::Delegate,
        wit::VerbName::Redial => VerbName::Redial,
        wit::VerbName::Respond => VerbName::Respond,
    }
}

fn verb_end(end: wit::VerbEnd) -> VerbEnd {
    match end {
        wit::VerbEnd::Completed => VerbEnd::Completed,
        wit::VerbEnd::Skipped => VerbEnd::Skipped,
        wit::VerbEnd::Failed(why) => VerbEnd::Failed(why),
        wit::VerbEnd::NotAvailable(why) => VerbEnd::NotAvailable(why),
    }
}

fn leg(leg: wit::Leg) -> Leg {
    Leg {
        target: leg.target,
        index: leg.index,
        label: leg.label,
    }
}

fn leg_failure(reason: wit::LegFailure) -> LegFailure {
    match reason {
        wit::LegFailure::Timeout => LegFailure::Timeout,
        wit::LegFailure::Cancelled => LegFailure::Cancelled,
        wit::LegFailure::Status(status) => LegFailure::Status(status),
        wit::LegFailure::Unreachable(why) => LegFailure::Unreachable(why),
    }
}

fn party(party: wit::Party) -> Party {
    match party {
        wit::Party::Caller => Party::Caller,
        wit::Party::Callee => Party::Callee,
        wit::Party::Switch => Party::Switch,
    }
}

fn disposition(disposition: wit::Disposition) -> Disposition {
    match disposition {
        wit::Disposition::Answered => Disposition::Answered,
        wit::Disposition::NoAnswer => Disposition::NoAnswer,
        wit::Disposition::Busy => Disposition::Busy,
        wit::Disposition::Cancelled => Disposition::Cancelled,
        wit::Disposition::Rejected => Disposition::Rejected,
        wit::Disposition::Failed => Disposition::Failed,
    }
}
