//! An event on its way to an observer.

use switchhook_routing::event::{Event, EventKind, Leg, LegFailure, ScriptSource, VerbEnd};
use switchhook_routing::record::{Disposition, Party};
use switchhook_routing::verb::VerbName;

use crate::contract::v0_2::types as wit;
use crate::convert::call::{origin, variables};

/// The lists of an event.
pub(crate) struct EventLists<'a> {
    variables: Vec<wit::VariableParam<'a>>,
}

impl<'a> EventLists<'a> {
    pub(crate) fn of(event: &'a Event) -> EventLists<'a> {
        EventLists {
            variables: variables(&event.subject.variables),
        }
    }
}

/// The event as the guest gets it.
pub(crate) fn with<'a>(event: &'a Event, lists: &'a EventLists<'a>) -> wit::Event<'a> {
    let subject = &event.subject;
    wit::Event {
        call_id: &subject.call_id,
        sip_call_id: &subject.sip_call_id,
        domain: &subject.domain,
        caller: &subject.caller,
        callee: &subject.callee,
        origin: origin(&subject.origin),
        sequence: event.sequence,
        at: event.at,
        variables: &lists.variables,
        kind: kind(&event.kind),
    }
}

fn kind(kind: &EventKind) -> wit::EventKind<'_> {
    match kind {
        EventKind::Initiated => wit::EventKind::Initiated,
        EventKind::Decided { attempt, source } => wit::EventKind::Decided(wit::Decided {
            attempt: *attempt,
            source: match source {
                ScriptSource::Plugin => wit::ScriptSource::Plugin,
                ScriptSource::RouteFallback => wit::ScriptSource::RouteFallback,
                ScriptSource::DefaultDestination => wit::ScriptSource::DefaultDestination,
                ScriptSource::None => wit::ScriptSource::None,
            },
        }),
        EventKind::VerbStarted { verb, label } => wit::EventKind::VerbStarted(wit::VerbStarted {
            verb: verb_name(*verb),
            label: label.as_deref(),
        }),
        EventKind::VerbEnded {
            verb,
            label,
            end,
            milliseconds,
        } => wit::EventKind::VerbEnded(wit::VerbEnded {
            verb: verb_name(*verb),
            label: label.as_deref(),
            end: verb_end(end),
            milliseconds: *milliseconds,
        }),
        EventKind::Trying(trying) => wit::EventKind::LegTrying(leg(trying)),
        EventKind::Ringing(ringing) => wit::EventKind::LegRinging(leg(ringing)),
        EventKind::Answered(answered) => wit::EventKind::LegAnswered(leg(answered)),
        EventKind::LegFailed {
            leg: failed,
            reason,
        } => wit::EventKind::LegFailed(wit::LegFailed {
            leg: leg(failed),
            reason: leg_failure(reason),
        }),
        EventKind::HungUp { by, label } => wit::EventKind::LegHungUp(wit::HungUp {
            by: party(*by),
            label: label.as_deref(),
        }),
        EventKind::Reinvited { by } => wit::EventKind::Reinvited(party(*by)),
        EventKind::TransferRequested { by, target } => {
            wit::EventKind::TransferRequested(wit::Transfer {
                by: party(*by),
                target,
            })
        }
        EventKind::RecordingAvailable {
            url,
            milliseconds,
            format,
        } => wit::EventKind::RecordingAvailable(wit::RecordingAvailable {
            url,
            milliseconds: *milliseconds,
            format,
        }),
        EventKind::Completed {
            disposition,
            status,
            ended_by,
            talk_milliseconds,
        } => wit::EventKind::Completed(wit::Completed {
            disposition: self::disposition(*disposition),
            status: *status,
            ended_by: party(*ended_by),
            talk_milliseconds: *talk_milliseconds,
        }),
    }
}

fn verb_end(end: &VerbEnd) -> wit::VerbEnd<'_> {
    match end {
        VerbEnd::Completed => wit::VerbEnd::Completed,
        VerbEnd::Skipped => wit::VerbEnd::Skipped,
        VerbEnd::Failed(text) => wit::VerbEnd::Failed(text),
        VerbEnd::NotAvailable(text) => wit::VerbEnd::NotAvailable(text),
    }
}

fn leg_failure(failure: &LegFailure) -> wit::LegFailure<'_> {
    match failure {
        LegFailure::Timeout => wit::LegFailure::Timeout,
        LegFailure::Cancelled => wit::LegFailure::Cancelled,
        LegFailure::Status(status) => wit::LegFailure::Status(*status),
        LegFailure::Unreachable(text) => wit::LegFailure::Unreachable(text),
    }
}

fn leg(leg: &Leg) -> wit::Leg<'_> {
    wit::Leg {
        target: &leg.target,
        index: leg.index,
        label: leg.label.as_deref(),
    }
}

fn party(party: Party) -> wit::Party {
    match party {
        Party::Caller => wit::Party::Caller,
        Party::Callee => wit::Party::Callee,
        Party::Switch => wit::Party::Switch,
    }
}

fn disposition(disposition: Disposition) -> wit::Disposition {
    match disposition {
        Disposition::Answered => wit::Disposition::Answered,
        Disposition::NoAnswer => wit::Disposition::NoAnswer,
        Disposition::Busy => wit::Disposition::Busy,
        Disposition::Cancelled => wit::Disposition::Cancelled,
        Disposition::Rejected => wit::Disposition::Rejected,
        Disposition::Failed => wit::Disposition::Failed,
    }
}

fn verb_name(name: VerbName) -> wit::VerbName {
    match name {
        VerbName::Answer => wit::VerbName::Answer,
        VerbName::Announce => wit::VerbName::Announce,
        VerbName::Gather => wit::VerbName::Gather,
        VerbName::Connect => wit::VerbName::Connect,
        VerbName::Enqueue => wit::VerbName::Enqueue,
        VerbName::Voicemail => wit::VerbName::Voicemail,
        VerbName::Record => wit::VerbName::Record,
        VerbName::Conference => wit::VerbName::Conference,
        VerbName::Stream => wit::VerbName::Stream,
        VerbName::Pause => wit::VerbName::Pause,
        VerbName::SendDigits => wit::VerbName::SendDigits,
        VerbName::SetVariable => wit::VerbName::SetVariable,
        VerbName::Delegate => wit::VerbName::Delegate,
        VerbName::Redial => wit::VerbName::Redial,
        VerbName::Respond => wit::VerbName::Respond,
    }
}
