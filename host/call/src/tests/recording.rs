//! Recordings of calls, messages for scripts and for mailboxes: what the media shell is asked for, and what is told of it.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::event::EventKind;
use switchhook_routing::outcome::{self, Outcome};
use switchhook_routing::verb::{Message, Recording, RecordingAction, Script, Verb, Voicemail};
use switchhook_sip::message::Response;

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};
use crate::media_command::{
    MediaEvent, PlayEnd, Recorded, RecordingEnd, RecordingId, RecordingOrder, RecordingStop,
    RecordingWish, SideOrder,
};
use crate::voicemail::{MailboxReply, Opened};

fn record(action: RecordingAction) -> Verb {
    let tag = matches!(action, RecordingAction::Message(_)).then(|| "recorded".to_owned());
    Verb::Record(Recording { action, tag })
}

/// Alice calls and is answered by the switch itself.
fn answered(mut script: Script) -> (World, Response) {
    script.insert(0, Verb::Answer);
    let mut world = World::scripted(script);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    (world, ok)
}

fn recordings(world: &mut World) -> Vec<RecordingOrder> {
    let order = |order| match order {
        SideOrder::Record(order) => Some(*order),
        _ => None,
    };
    world
        .orders(Side::Caller)
        .into_iter()
        .filter_map(order)
        .collect()
}

/// The shell tells how a recording ended.
fn ended(world: &mut World, recording: RecordingId, url: Option<&str>) {
    let end = RecordingEnd {
        why: RecordingStop::Stopped,
        length: Duration::from_millis(1_500),
        url: url.map(str::to_owned),
        format: "wav",
    };
    world.media_event(MediaEvent::RecordingEnded { recording, end });
}

/// The shell tells that a recording failed.
fn failed(world: &mut World, recording: RecordingId, why: &str) {
    let end = RecordingEnd {
        why: RecordingStop::Failed(why.to_owned()),
        length: Duration::ZERO,
        url: None,
        format: "wav",
    };
    world.media_event(MediaEvent::RecordingEnded { recording, end });
}

fn available(event: &EventKind) -> bool {
    matches!(event, EventKind::RecordingAvailable { .. })
}

fn completed(event: &EventKind) -> bool {
    matches!(event, EventKind::Completed { .. })
}

fn connect() -> Verb {
    Verb::Connect(ring(&["carol"]))
}

/// Alice talks to Carol, and is recorded.
fn recorded_call() -> (World, Response, RecordingOrder) {
    let script = vec![record(RecordingAction::Start), connect()];
    let (mut world, ok) = answered(script);
    let orders = recordings(&mut world);
    assert_eq!(orders.len(), 1);
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    world.request_to("carol", "ACK");
    world.orders(Side::Caller);
    (world, ok, orders[0].clone())
}

fn end_call(world: &mut World, ok: &Response) {
    world.send("alice", &by_caller("alice", ok, "BYE", 90, ""));
    world.expect_final("alice", 200);
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
}

#[test]
fn a_call_is_recorded_and_told_of_before_it_is_over() {
    let (mut world, ok, order) = recorded_call();
    assert_eq!(order.what, Recorded::Call);
    assert_eq!(
        (order.call.caller.as_str(), &*order.domain),
        ("alice", "example.test")
    );
    assert!(order.name.starts_with(&order.call.call_id));
    end_call(&mut world, &ok);
    assert!(!world.events.iter().any(|event| completed(&event.kind)));
    assert!(world.records.is_empty());
    ended(&mut world, order.recording, Some("file:///a.wav"));
    world.finish();
    let kinds: Vec<_> = world.events.iter().map(|event| &event.kind).collect();
    let place = |is: fn(&EventKind) -> bool| kinds.iter().position(|kind| is(kind)).unwrap();
    assert!(place(available) < place(completed));
    assert_eq!(place(completed), kinds.len() - 1);
    assert_eq!(world.records[0].recordings, ["file:///a.wav"]);
}

#[test]
fn the_record_says_why_a_recording_failed() {
    let (mut world, ok, order) = recorded_call();
    failed(&mut world, order.recording, "no space left");
    end_call(&mut world, &ok);
    world.finish();
    assert!(!world.events.iter().any(|event| available(&event.kind)));
    assert!(world.records[0].recordings.is_empty());
    assert_eq!(world.records[0].recording_failures, ["no space left"]);
}

#[test]
fn a_recording_that_does_not_end_is_waited_for_no_longer_than_a_moment() {
    let (mut world, ok, order) = recorded_call();
    end_call(&mut world, &ok);
    world.pass(Duration::from_secs(3));
    assert!(world.events.iter().any(|event| completed(&event.kind)));
    assert_eq!(world.records.len(), 1);
    assert!(world.records[0].recordings.is_empty());
    assert!(order.recording.0 > 0);
    world.finish();
}

#[test]
fn the_operator_pauses_and_ends_a_recording() {
    let (mut world, ok, order) = recorded_call();
    let call_id = order.call.call_id.clone();
    let tell = |world: &mut World, wish| {
        let call_id = call_id.clone();
        world.input(Input::Command(Command::Record { call_id, wish }));
        world.orders(Side::Caller)
    };
    let recording = order.recording;
    let pause = |paused| vec![SideOrder::PauseRecording(recording, paused)];
    assert_eq!(tell(&mut world, RecordingWish::Pause), pause(true));
    assert_eq!(tell(&mut world, RecordingWish::Pause), []);
    assert_eq!(tell(&mut world, RecordingWish::Start), pause(false));
    let stop = vec![SideOrder::StopRecording(recording)];
    assert_eq!(tell(&mut world, RecordingWish::Stop), stop);
    ended(&mut world, recording, Some("file:///a.wav"));
    assert!(matches!(
        tell(&mut world, RecordingWish::Start)[..],
        [SideOrder::Record(_)]
    ));
    end_call(&mut world, &ok);
    world.finish();
}

#[test]
fn a_script_is_told_where_a_message_is() {
    let message = Message {
        max_seconds: 20,
        silence_seconds: 3,
        finish_keys: "#".to_owned(),
        beep: false,
    };
    let (mut world, ok) = answered(vec![record(RecordingAction::Message(message))]);
    let orders = recordings(&mut world);
    ended(&mut world, orders[0].recording, Some("file:///m.wav"));
    let recorded = outcome::Recorded {
        url: "file:///m.wav".to_owned(),
        milliseconds: 1_500,
    };
    assert_eq!(world.resumes[0].outcome, Outcome::Recorded(recorded));
    world.send("alice", &by_caller("alice", &ok, "BYE", 90, ""));
    world.expect_final("alice", 200);
    world.finish();
}

#[test]
fn a_message_of_a_caller_who_hangs_up_is_told_of() {
    let voicemail = Verb::Voicemail(Voicemail {
        mailbox: "bob".to_owned(),
        greeting: None,
        tag: None,
    });
    let (mut world, ok) = answered(vec![voicemail]);
    let request = world.mailboxes.pop().unwrap();
    assert_eq!(request.mailbox.user, "bob");
    let opened = Opened {
        message_seconds: 60,
        ..Opened::default()
    };
    world.input(Input::Mailbox {
        ticket: request.ticket,
        reply: MailboxReply::Open(opened),
    });
    world.play_ends(PlayEnd::Completed);
    let orders = recordings(&mut world);
    assert!(matches!(
        &orders[0].what,
        Recorded::Message { mailbox: Some(order), .. } if order.mailbox == "bob"
    ));
    world.send("alice", &by_caller("alice", &ok, "BYE", 90, ""));
    world.expect_final("alice", 200);
    ended(&mut world, orders[0].recording, Some("file:///v.wav"));
    world.finish();
    assert!(world.events.iter().any(|event| available(&event.kind)));
}
