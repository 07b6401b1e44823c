//! StatusHook: the application is told what happens to its calls, event by event. Its answers are not looked at.

use switchhook_sdk::event::{Event, EventKind, Leg, LegFailure, VerbEnd};
use switchhook_sdk::prelude::*;
use switchhook_sdk::record::Party;
use switchhook_sdk::serde_json::{Map, Value};
use switchhook_sdk::verb::VerbName;

use crate::ask::{self, Failure, Question};
use crate::callhook::SILENT;
use crate::hooks;
use crate::settings::Settings;

/// How long the label of a connection is remembered, if the end of its call is never told: seconds.
const LABEL_SECONDS: u32 = 21_600;

/// Tells the application of an event, if the call has a StatusHook and the application knows such events.
pub fn tell(event: &Event) {
    let Some(url) = hooks::of_event(event) else {
        return;
    };
    if matches!(event.kind, EventKind::Completed { .. }) {
        state::delete(&label_key(event));
    }
    let Some(told) = message(event) else { return };
    if let Err(error) = send(event, url, told) {
        log::warn(format!("StatusHook: {error}"));
    }
}

fn send(event: &Event, url: &str, told: Map<String, Value>) -> Result<(), Error> {
    let settings: Settings = settings::load()?;
    let question = Question {
        hook: "status",
        url,
        id: format!("{}_{}", event.subject.call_id, event.sequence),
        body: ask::body(&Value::Object(told))?,
    };
    match ask::tell(&question, &settings) {
        // A line for each event that nobody waits for would fill the log.
        Ok(()) | Err(Failure::Resting(_)) => Ok(()),
        Err(failure) => Err(failure.into_error()),
    }
}

/// The event in the application's words; `None`: it has none for it, or wants to hear nothing of this connection.
pub fn message(event: &Event) -> Option<Map<String, Value>> {
    let word = word(&event.kind)?;
    let label = label_of(event);
    if label.as_deref() == Some(SILENT) {
        return None;
    }
    let mut told = Map::new();
    told.insert(
        "callId".to_owned(),
        event.subject.sip_call_id.clone().into(),
    );
    told.insert("event".to_owned(), word.name.into());
    if let Some(label) = label {
        told.insert("label".to_owned(), label.into());
    }
    for (name, value) in word.fields {
        told.insert(name.to_owned(), value);
    }
    Some(told)
}

/// An event in the application's words.
struct Word {
    name: &'static str,
    fields: Vec<(&'static str, Value)>,
}

fn word(kind: &EventKind) -> Option<Word> {
    let plain = |name| Word {
        name,
        fields: Vec::new(),
    };
    Some(match kind {
        EventKind::VerbStarted { verb, .. } => plain(match verb {
            VerbName::Announce => "playback:start",
            VerbName::Pause => "pause:start",
            VerbName::Respond => "response:start",
            VerbName::Connect => "connect:start",
            _ => return None,
        }),
        EventKind::VerbEnded {
            verb,
            end,
            milliseconds,
            ..
        } => ended(*verb, end, *milliseconds)?,
        EventKind::Trying(leg) => of_leg("connect:trying", leg),
        EventKind::Answered(leg) => of_leg("connect:answered", leg),
        EventKind::LegFailed { leg, reason } => leg_failed(leg, reason),
        EventKind::HungUp { by, .. } => hung_up(*by),
        EventKind::Reinvited { .. } => plain("connect:reinvite"),
        EventKind::TransferRequested { .. } => plain("connect:refer"),
        EventKind::RecordingAvailable {
            url,
            milliseconds,
            format,
        } => Word {
            name: "recording.available",
            fields: vec![
                ("url", url.as_str().into()),
                ("duration", seconds(*milliseconds)),
                ("format", format.as_str().into()),
            ],
        },
        EventKind::Initiated
        | EventKind::Decided { .. }
        | EventKind::Ringing(_)
        | EventKind::Completed { .. } => return None,
    })
}

fn ended(verb: VerbName, end: &VerbEnd, milliseconds: u64) -> Option<Word> {
    let why = match end {
        VerbEnd::Failed(why) | VerbEnd::NotAvailable(why) => Some(why.as_str()),
        VerbEnd::Completed | VerbEnd::Skipped => None,
    };
    let done = *end == VerbEnd::Completed;
    let name = match verb {
        VerbName::Announce if done => "playback:complete",
        VerbName::Announce => "playback:failed",
        VerbName::Pause => "pause:complete",
        VerbName::Respond if done => "response:complete",
        VerbName::Respond => "response:notsent",
        VerbName::Connect if *end == VerbEnd::Skipped => "connect:skipped",
        VerbName::Connect => "connect:complete",
        _ => return None,
    };
    let mut fields = Vec::new();
    if verb != VerbName::Connect {
        fields.push(("duration", seconds(milliseconds)));
    }
    if verb == VerbName::Announce
        && let Some(why) = why
    {
        fields.push(("error", why.into()));
    }
    Some(Word { name, fields })
}

fn seconds(milliseconds: u64) -> Value {
    (milliseconds as f64 / 1_000.0).into()
}

fn of_leg(name: &'static str, leg: &Leg) -> Word {
    Word {
        name,
        fields: vec![
            ("dest", leg.target.as_str().into()),
            ("index", leg.index.into()),
        ],
    }
}

fn leg_failed(leg: &Leg, reason: &LegFailure) -> Word {
    let (name, error) = match reason {
        LegFailure::Timeout => ("connect:timeout", None),
        LegFailure::Cancelled => ("connect:cancel", None),
        LegFailure::Status(status) => ("connect:error", Some(status.to_string())),
        LegFailure::Unreachable(why) => ("connect:error", Some(why.clone())),
    };
    let mut word = of_leg(name, leg);
    word.fields
        .extend(error.map(|error| ("error", error.into())));
    word
}

/// Who ended it: `A` called, `B` was called. When it was the switch, there is no word for that.
fn hung_up(by: Party) -> Word {
    let side = match by {
        Party::Caller => Some("A"),
        Party::Callee => Some("B"),
        Party::Switch => None,
    };
    Word {
        name: "connect:hangup",
        fields: side
            .map(|side| ("endedby", side.into()))
            .into_iter()
            .collect(),
    }
}

/// The label of the connection that an event is of. Events inside of a connected call have none of their own: it is that of the
/// destination that answered.
fn label_of(event: &Event) -> Option<String> {
    match &event.kind {
        EventKind::VerbStarted { label, .. }
        | EventKind::VerbEnded { label, .. }
        | EventKind::HungUp { label, .. } => label.clone(),
        EventKind::Answered(leg) => {
            if let Some(label) = &leg.label {
                // Without room for it, later events have no label.
                let _ = state::set(&label_key(event), label, Some(LABEL_SECONDS.seconds()));
            }
            leg.label.clone()
        }
        EventKind::Trying(leg) | EventKind::LegFailed { leg, .. } => leg.label.clone(),
        EventKind::Reinvited { .. } | EventKind::TransferRequested { .. } => {
            state::get_text(&label_key(event))
        }
        EventKind::Initiated
        | EventKind::Decided { .. }
        | EventKind::Ringing(_)
        | EventKind::RecordingAvailable { .. }
        | EventKind::Completed { .. } => None,
    }
}

fn label_key(event: &Event) -> String {
    format!("label/{}", event.subject.call_id)
}

#[cfg(test)]
#[path = "statushook_tests.rs"]
mod tests;
