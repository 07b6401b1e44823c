//! Callers in conference rooms, and supervisors in calls of others: what the media shell is told, and when it is over.

use switchhook_media::relay::Side;
use switchhook_routing::record::Disposition;
use switchhook_routing::verb::{Conference, Script, Verb};
use switchhook_sip::message::Response;

use super::harness::*;
use super::taking_up::{carol_dials, ringing, world_with};
use super::wording::*;
use crate::codes::Feature;
use crate::config::Supervises;
use crate::input::{Command, Input};
use crate::keys::SessionId;
use crate::media_command::{MediaCommand, MediaEvent, Membership, PlayEnd, RoomName, SideOrder};
use crate::rooms::command::{RoomCommand, RoomOrder};
use crate::rooms::supervision::Supervision;

fn conference(pin: Option<&str>, moderator: bool) -> Verb {
    Verb::Conference(Conference {
        room: "daily".to_owned(),
        pin: pin.map(str::to_owned),
        muted: false,
        moderator,
        music: None,
        tag: None,
    })
}

/// What is done for members of rooms, since it was asked for last: a word each, with the number of the session, in the order in
/// which the sessions were opened.
fn rooms(world: &mut World, seen: &mut usize) -> Vec<String> {
    let opened = |command: &MediaCommand| match command {
        MediaCommand::Open { session, .. } => Some(*session),
        _ => None,
    };
    let sessions: Vec<SessionId> = world.media.iter().filter_map(opened).collect();
    let mut words = Vec::new();
    let fresh: Vec<MediaCommand> = world.media[*seen..].to_vec();
    *seen = world.media.len();
    for command in &fresh {
        let MediaCommand::Side {
            session,
            side,
            order,
        } = command
        else {
            continue;
        };
        let held = |membership: &Membership| match membership {
            Membership { muted: true, .. } => " muted",
            Membership { waits: true, .. } => " waits",
            Membership {
                whispers_to: Some(_),
                ..
            } => " whispers",
            _ => "",
        };
        let number = sessions.iter().position(|one| one == session).unwrap();
        let what = match order {
            SideOrder::Join(joining) => {
                let room = match &joining.room {
                    RoomName::Conference(name) => name.as_str(),
                    RoomName::Supervised(_) => "supervised",
                };
                format!("joins {room}{}", held(&joining.membership))
            }
            SideOrder::Membership(membership) => format!("is{}", held(membership)),
            SideOrder::Leave => "leaves".to_owned(),
            _ => continue,
        };
        let side = if *side == Side::Caller { "a" } else { "b" };
        words.push(format!("{number}{side} {what}"));
    }
    // The media shell says that they are out.
    for command in fresh {
        if let MediaCommand::Side {
            session,
            side,
            order: SideOrder::Leave,
        } = command
        {
            let event = MediaEvent::RoomLeft { side };
            world.input(Input::Media { session, event });
        }
    }
    words
}

fn enter(world: &mut World, name: &str, verb: Verb) -> Response {
    let script: Script = vec![verb];
    world.script = Some(Some(script));
    world.send(name, &invite(name, "bob", "", &sdp(name, 4000)));
    let ok = world.expect_status(name, 200);
    world.send(name, &by_caller(name, &ok, "ACK", 1, ""));
    ok
}

fn hung_up(world: &mut World, name: &str) {
    let bye = world.request_to(name, "BYE");
    world.answer(name, &bye, 200, None);
}

#[test]
fn callers_meet_in_a_room_and_all_leave_with_its_moderator() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.conference.wait_for_moderator = true;
    let mut world = World::with(config);
    let mut seen = 0;
    enter(&mut world, "alice", conference(None, false));
    assert_eq!(rooms(&mut world, &mut seen), ["0a joins daily waits"]);
    let ok = enter(&mut world, "provider", conference(None, true));
    assert_eq!(rooms(&mut world, &mut seen), ["0a is", "1a joins daily"]);
    let all = world.exchange.rooms();
    assert_eq!((all.len(), all[0].members.len()), (1, 2));
    assert!(all[0].begun && all[0].members[1].moderator);
    world.send("provider", &by_caller("provider", &ok, "BYE", 2, ""));
    world.expect_status("provider", 200);
    assert_eq!(rooms(&mut world, &mut seen), ["0a leaves"]);
    hung_up(&mut world, "alice");
    world.finish();
    assert_eq!(world.exchange.owned(), 0);
    let told = told(&world);
    assert!(told.contains(&"ended Conference: completed".to_owned()));
    assert_eq!(world.records[0].disposition, Disposition::Answered);
}

#[test]
fn a_pin_opens_a_room_and_keys_work_inside() {
    let mut world = World::new();
    let mut seen = 0;
    enter(&mut world, "alice", conference(Some("42"), true));
    world.press("41");
    assert!(rooms(&mut world, &mut seen).is_empty());
    world.press("42");
    assert_eq!(rooms(&mut world, &mut seen), ["0a joins daily"]);
    world.press("*6");
    assert_eq!(rooms(&mut world, &mut seen), ["0a is muted"]);
    world.press("*6*5");
    assert_eq!(rooms(&mut world, &mut seen), ["0a is"]);
    assert!(world.exchange.rooms()[0].locked);
    enter(&mut world, "provider", conference(None, false));
    assert!(rooms(&mut world, &mut seen).is_empty());
    world.play_ends(PlayEnd::Completed);
    hung_up(&mut world, "provider");
    let end = "ended Conference: failed: the room is locked".to_owned();
    assert!(told(&world).contains(&end));
    let opened = |command: &MediaCommand| match command {
        MediaCommand::Open { session, .. } => Some(*session),
        _ => None,
    };
    let session = world.media.iter().find_map(opened).unwrap();
    let event = MediaEvent::Key {
        side: Side::Caller,
        key: '#',
    };
    world.input(Input::Media { session, event });
    assert_eq!(rooms(&mut world, &mut seen), ["0a leaves"]);
    hung_up(&mut world, "alice");
    world.finish();
    assert_eq!(world.exchange.owned(), 0);
}

#[test]
fn the_operator_mutes_sends_out_and_ends() {
    let mut world = World::new();
    let mut seen = 0;
    enter(&mut world, "alice", conference(None, false));
    enter(&mut world, "provider", conference(None, false));
    rooms(&mut world, &mut seen);
    let members = world.exchange.rooms()[0].members.clone();
    let call_id = members[0].call_id.clone();
    let order = |world: &mut World, order| {
        let command = RoomCommand {
            domain: "example.test".to_owned(),
            room: "daily".to_owned(),
            order,
        };
        world.input(Input::Command(Command::Room(command)));
    };
    let (id, muted) = (call_id.clone(), true);
    order(&mut world, RoomOrder::Mute { call_id: id, muted });
    assert_eq!(rooms(&mut world, &mut seen), ["0a is muted"]);
    assert!(world.exchange.rooms()[0].members[0].muted);
    order(&mut world, RoomOrder::Remove { call_id });
    assert_eq!(rooms(&mut world, &mut seen), ["0a leaves"]);
    hung_up(&mut world, "alice");
    order(&mut world, RoomOrder::End);
    assert_eq!(rooms(&mut world, &mut seen), ["1a leaves"]);
    hung_up(&mut world, "provider");
    order(&mut world, RoomOrder::End);
    world.finish();
}

/// Alice talks to bob, who is 1002; carol, who is 1001, may supervise these.
fn supervised(of: &[&str]) -> World {
    let supervises = Supervises {
        all: false,
        of: of.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut world = world_with(|domain| {
        domain.clients.get_mut("1001").unwrap().supervises = supervises;
        domain.codes.list = vec![
            ("*71".to_owned(), Feature::Supervise(Supervision::Monitor)),
            ("*74".to_owned(), Feature::Supervise(Supervision::Whisper)),
        ];
    });
    let to_bob = ringing(&mut world);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world
}

fn carol_answered(world: &mut World) {
    let ok = world.expect_status("carol", 200);
    world.send("carol", &by_caller("carol", &ok, "ACK", 12, ""));
}

#[test]
fn a_supervisor_joins_a_call_changes_how_and_leaves_it_as_it_was() {
    let mut world = supervised(&["office"]);
    let mut seen = 0;
    rooms(&mut world, &mut seen);
    carol_dials(&mut world, "*711002", "", &sdp("carol", 6000));
    carol_answered(&mut world);
    assert_eq!(
        rooms(&mut world, &mut seen),
        [
            "0a joins supervised",
            "0b joins supervised",
            "1a joins supervised muted"
        ]
    );
    world.press("2");
    assert_eq!(rooms(&mut world, &mut seen), ["1a is whispers"]);
    world.press("3");
    assert_eq!(rooms(&mut world, &mut seen), ["1a is"]);
    let call_id = world.events.last().unwrap().subject.call_id.clone();
    world.input(Input::Command(Command::HangUp { call_id }));
    hung_up(&mut world, "carol");
    assert_eq!(rooms(&mut world, &mut seen), ["0a leaves", "0b leaves"]);
    world.input(Input::Command(Command::HangUpAll));
    hung_up(&mut world, "alice");
    hung_up(&mut world, "bob");
    world.finish();
    assert_eq!(world.exchange.owned(), 0);
}

#[test]
fn a_supervisor_is_alone_when_the_call_ends_and_is_hung_up() {
    let mut world = supervised(&["1002"]);
    let mut seen = 0;
    carol_dials(&mut world, "*741002", "", &sdp("carol", 6000));
    carol_answered(&mut world);
    assert_eq!(
        rooms(&mut world, &mut seen)[2],
        "1a joins supervised whispers"
    );
    let call_id = world.events[0].subject.call_id.clone();
    world.input(Input::Command(Command::HangUp { call_id }));
    hung_up(&mut world, "alice");
    hung_up(&mut world, "bob");
    assert!(rooms(&mut world, &mut seen).contains(&"1a leaves".to_owned()));
    hung_up(&mut world, "carol");
    world.finish();
    assert_eq!(world.exchange.owned(), 0);
}

#[test]
fn who_has_no_right_or_nobody_to_supervise_is_refused() {
    let mut world = supervised(&["1003"]);
    carol_dials(&mut world, "*711002", "", &sdp("carol", 6000));
    world.expect_status("carol", 403);
    world.send(
        "carol",
        &request("carol", "ACK", "sip:*711002@example.test", 12, "", ""),
    );
    world.input(Input::Command(Command::HangUpAll));
    hung_up(&mut world, "alice");
    hung_up(&mut world, "bob");
    world.finish();
}
