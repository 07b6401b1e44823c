//! The relay: what it is told, its silence, its ports.

use switchhook_media::relay::{Side, SideStatistics, Statistics};
use switchhook_routing::record::{Disposition, Party};

use super::basic::established;
use super::harness::*;
use super::wording::*;
use crate::input::Input;
use crate::media_command::{MediaCommand, MediaEvent};

#[test]
fn each_side_is_told_an_address_of_ours_and_the_relay_where_they_are() {
    let mut world = World::new();
    established(&mut world);
    let opened = world.media.iter().find_map(|command| match command {
        MediaCommand::Open {
            session,
            caller,
            callee,
        } => Some((*session, *caller, *callee)),
        _ => None,
    });
    let (session, caller, callee) = opened.unwrap();
    assert_ne!(caller.rtp_port, callee.rtp_port);
    let remotes: Vec<_> = (world.media.iter())
        .filter_map(|command| match command {
            MediaCommand::SetRemote {
                session: s,
                side,
                remote,
            } if *s == session => Some((
                *side,
                remote.rtp.unwrap().to_string(),
                remote.signalling.unwrap().to_string(),
            )),
            _ => None,
        })
        .collect();
    let expected = [
        (
            Side::Caller,
            "192.0.2.10:4000".to_owned(),
            "192.0.2.10".to_owned(),
        ),
        (
            Side::Callee,
            "192.0.2.20:5000".to_owned(),
            "192.0.2.20".to_owned(),
        ),
    ];
    assert_eq!(remotes, expected);
}

#[test]
fn silence_of_one_side_ends_the_call_on_both() {
    let mut world = World::new();
    established(&mut world);
    let session = *world.exchange.core.owners.sessions.keys().next().unwrap();
    world.input(Input::Media {
        session,
        event: MediaEvent::Timeout { side: Side::Caller },
    });
    let bye = world.request_to("alice", "BYE");
    world.answer("alice", &bye, 200, None);
    let bye = world.request_to("bob", "BYE");
    world.answer("bob", &bye, 200, None);
    world.finish();
    assert_eq!(world.records[0].ended_by, Party::Switch);
    assert_eq!(world.records[0].disposition, Disposition::Answered);
}

#[test]
fn without_ports_the_caller_gets_503_with_retry_after() {
    let mut world = World::new();
    world.ports = 0;
    while world
        .exchange
        .core
        .stock
        .draw("192.0.2.1".parse().unwrap(), "192.0.2.1".parse().unwrap())
        .is_some()
    {}
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let refused = world.expect_status("alice", 503);
    assert!(refused.header("Retry-After").is_some());
    world.expect_nothing("bob");
    world.finish();
    assert_eq!(world.exchange.counters().ports_exhausted, 1);
}

#[test]
fn statistics_of_the_relay_are_in_the_record_even_if_they_come_late_or_never() {
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    let session = *world.exchange.core.owners.sessions.keys().next().unwrap();
    let side = |packets| SideStatistics {
        packets,
        refused: 1,
        lost: packets / 10,
        opinion_hundredths: Some(400),
        ..SideStatistics::default()
    };
    let statistics = Statistics {
        caller: side(50),
        callee: side(60),
    };
    world.input(Input::Media {
        session,
        event: MediaEvent::Closed(statistics),
    });
    world.request_to("alice", "BYE");
    let record = world.records[0].media.unwrap();
    assert_eq!(
        (
            record.packets_from_caller,
            record.packets_from_callee,
            record.packets_refused
        ),
        (50, 60, 2)
    );
    assert_eq!(
        (
            record.packets_lost_from_caller,
            record.packets_lost_from_callee,
            record.callee_opinion_hundredths,
            record.callee_round_trip_microseconds
        ),
        (5, 6, Some(400), None)
    );
    drop(ok);
}

#[test]
fn a_malformed_offer_gets_400_and_one_without_audio_488() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", "nonsense"));
    world.expect_status("alice", 400);
    let video = sdp("alice", 4000).replace("m=audio", "m=video");
    world.send(
        "alice",
        &invite("alice", "bob", "", &video)
            .replace("CSeq: 1", "CSeq: 2")
            .replace("INVITE1;", "INVITE2;"),
    );
    world.expect_status("alice", 488);
    world.finish();
}
