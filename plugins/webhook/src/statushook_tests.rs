//! What the application hears of a call.

use std::sync::Arc;

use switchhook_sdk::event::ScriptSource;
use switchhook_sdk::http::HttpError;
use switchhook_sdk::record::Disposition;
use switchhook_sdk::serde_json::{self, json};

use super::*;
use crate::Webhook;

fn with_hook(kind: EventKind) -> Event {
    let mut event = testing::event(kind);
    Arc::make_mut(&mut event.subject).variables.push(Variable {
        name: hooks::STATUS_HOOK.to_owned(),
        value: "http://app/status".to_owned(),
    });
    event
}

/// What is sent for an event, without the identifier of the call.
fn heard(kind: EventKind) -> Option<Value> {
    testing::Host::new().run(|| {
        let mut told = message(&testing::event(kind))?;
        assert_eq!(told.remove("callId"), Some(json!("sip-call-1")));
        Some(Value::Object(told))
    })
}

fn started(verb: VerbName) -> EventKind {
    EventKind::VerbStarted {
        verb,
        label: (verb == VerbName::Connect).then(|| "desk".to_owned()),
    }
}

fn over(verb: VerbName, end: VerbEnd) -> EventKind {
    EventKind::VerbEnded {
        verb,
        label: (verb == VerbName::Connect).then(|| "desk".to_owned()),
        end,
        milliseconds: 1_500,
    }
}

fn leg() -> Leg {
    Leg {
        target: "carrier/+49".to_owned(),
        index: 1,
        label: Some("desk".to_owned()),
    }
}

fn failed(reason: LegFailure) -> EventKind {
    EventKind::LegFailed { leg: leg(), reason }
}

fn hang_up(by: Party) -> EventKind {
    EventKind::HungUp {
        by,
        label: Some("desk".to_owned()),
    }
}

#[test]
fn every_event_has_the_application_s_name_and_fields() {
    let broken = || VerbEnd::Failed("no such file".to_owned());
    let dest = json!("carrier/+49");
    let cases = [
        (
            started(VerbName::Announce),
            json!({"event": "playback:start"}),
        ),
        (
            over(VerbName::Announce, VerbEnd::Completed),
            json!({"event": "playback:complete", "duration": 1.5}),
        ),
        (
            over(VerbName::Announce, broken()),
            json!({"event": "playback:failed", "duration": 1.5, "error": "no such file"}),
        ),
        (
            over(
                VerbName::Announce,
                VerbEnd::NotAvailable("no media".to_owned()),
            ),
            json!({"event": "playback:failed", "duration": 1.5, "error": "no media"}),
        ),
        (started(VerbName::Pause), json!({"event": "pause:start"})),
        (
            over(VerbName::Pause, VerbEnd::Completed),
            json!({"event": "pause:complete", "duration": 1.5}),
        ),
        (
            started(VerbName::Respond),
            json!({"event": "response:start"}),
        ),
        (
            over(VerbName::Respond, VerbEnd::Completed),
            json!({"event": "response:complete", "duration": 1.5}),
        ),
        (
            over(VerbName::Respond, VerbEnd::Skipped),
            json!({"event": "response:notsent", "duration": 1.5}),
        ),
        (
            started(VerbName::Connect),
            json!({"event": "connect:start", "label": "desk"}),
        ),
        (
            over(VerbName::Connect, VerbEnd::Skipped),
            json!({"event": "connect:skipped", "label": "desk"}),
        ),
        (
            over(VerbName::Connect, VerbEnd::Completed),
            json!({"event": "connect:complete", "label": "desk"}),
        ),
        (
            over(VerbName::Connect, broken()),
            json!({"event": "connect:complete", "label": "desk"}),
        ),
        (
            EventKind::Trying(leg()),
            json!({"event": "connect:trying", "label": "desk", "dest": dest, "index": 1}),
        ),
        (
            EventKind::Answered(leg()),
            json!({"event": "connect:answered", "label": "desk", "dest": dest, "index": 1}),
        ),
        (
            failed(LegFailure::Timeout),
            json!({"event": "connect:timeout", "label": "desk", "dest": dest, "index": 1}),
        ),
        (
            failed(LegFailure::Cancelled),
            json!({"event": "connect:cancel", "label": "desk", "dest": dest, "index": 1}),
        ),
        (
            failed(LegFailure::Status(486)),
            json!({"event": "connect:error", "label": "desk", "dest": dest, "index": 1, "error": "486"}),
        ),
        (
            failed(LegFailure::Unreachable("not registered".to_owned())),
            json!({"event": "connect:error", "label": "desk", "dest": dest, "index": 1, "error": "not registered"}),
        ),
        (
            hang_up(Party::Caller),
            json!({"event": "connect:hangup", "label": "desk", "endedby": "A"}),
        ),
        (
            hang_up(Party::Callee),
            json!({"event": "connect:hangup", "label": "desk", "endedby": "B"}),
        ),
        (
            hang_up(Party::Switch),
            json!({"event": "connect:hangup", "label": "desk"}),
        ),
        (
            EventKind::Reinvited { by: Party::Caller },
            json!({"event": "connect:reinvite"}),
        ),
        (
            EventKind::TransferRequested {
                by: Party::Caller,
                target: "sip:a@b".to_owned(),
            },
            json!({"event": "connect:refer"}),
        ),
        (
            EventKind::RecordingAvailable {
                url: "file:///a.wav".to_owned(),
                milliseconds: 1_500,
                format: "wav".to_owned(),
            },
            json!({"event": "recording.available", "url": "file:///a.wav", "duration": 1.5, "format": "wav"}),
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(heard(kind.clone()), Some(expected), "{kind:?}");
    }
}

fn completed() -> EventKind {
    EventKind::Completed {
        disposition: Disposition::Answered,
        status: 200,
        ended_by: Party::Caller,
        talk_milliseconds: 1,
    }
}

#[test]
fn what_the_application_has_no_word_for_is_not_told() {
    let kinds = [
        EventKind::Initiated,
        EventKind::Decided {
            attempt: 0,
            source: ScriptSource::Plugin,
        },
        EventKind::Ringing(leg()),
        started(VerbName::SetVariable),
        over(VerbName::Gather, VerbEnd::Completed),
        completed(),
    ];
    for kind in kinds {
        assert_eq!(heard(kind.clone()), None, "{kind:?}");
    }
}

#[test]
fn a_connection_without_a_label_has_none_and_a_silent_one_is_not_told() {
    let with = |label: Option<&str>| {
        heard(EventKind::VerbStarted {
            verb: VerbName::Connect,
            label: label.map(str::to_owned),
        })
    };
    assert_eq!(with(None), Some(json!({"event": "connect:start"})));
    assert_eq!(with(Some(SILENT)), None);
}

#[test]
fn what_happens_inside_of_a_connected_call_has_its_label_until_it_is_over() {
    let host = testing::Host::new().server(|_| Ok(testing::response(200, "")));
    let last = |host: &testing::Host| {
        let request = host.requests().pop().unwrap();
        serde_json::from_slice::<Value>(&request.body).unwrap()
    };
    let reinvited = || with_hook(EventKind::Reinvited { by: Party::Callee });
    host.observe::<Webhook>(&with_hook(EventKind::Answered(leg())));
    host.observe::<Webhook>(&reinvited());
    assert_eq!(last(&host)["label"], "desk");
    host.observe::<Webhook>(&with_hook(completed()));
    host.observe::<Webhook>(&reinvited());
    assert_eq!(last(&host).get("label"), None);

    let mut silent = leg();
    silent.label = Some(SILENT.to_owned());
    host.observe::<Webhook>(&with_hook(EventKind::Answered(silent)));
    let before = host.requests().len();
    host.observe::<Webhook>(&reinvited());
    assert_eq!(host.requests().len(), before);
}

#[test]
fn events_go_to_the_hook_of_their_call_signed_and_within_three_seconds() {
    let host = testing::Host::new()
        .settings(json!({"secret": "s", "headers": {"authorization": "Bearer x"}}))
        .server(|_| Ok(testing::response(204, "")));
    host.observe::<Webhook>(&with_hook(started(VerbName::Pause)));
    let request = &host.requests()[0];
    assert_eq!(request.url, "http://app/status");
    assert_eq!(request.timeout_milliseconds, Some(3_000));
    let names: Vec<&str> = request.headers.iter().map(|h| h.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "authorization",
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
            "content-type"
        ]
    );
    host.observe::<Webhook>(&testing::event(started(VerbName::Pause)));
    assert_eq!(
        host.requests().len(),
        1,
        "a call without a hook is nobody's business"
    );
}

#[test]
fn an_application_that_does_not_listen_is_a_line_in_the_log() {
    let host = testing::Host::new().server(|_| Err(HttpError::Timeout));
    host.observe::<Webhook>(&with_hook(started(VerbName::Pause)));
    assert_eq!(host.log()[0].1, "StatusHook: no response in time");
}

#[test]
fn while_the_application_is_left_in_peace_the_log_is_quiet() {
    let host = testing::Host::new()
        .settings(json!({"breaker": {"failures": 2, "seconds": 5}}))
        .server(|_| Err(HttpError::Timeout));
    for _ in 0..5 {
        host.observe::<Webhook>(&with_hook(started(VerbName::Pause)));
    }
    assert_eq!((host.requests().len(), host.log().len()), (2, 2));
    let last = host.metrics().pop().unwrap();
    assert_eq!(last.labels[1].1, "resting");
}
