//! Whom a connect calls in which order: strategies and ring groups.

use std::time::Duration;

use switchhook_routing::event::EventKind;
use switchhook_routing::verb::{Connect, Endpoint, Strategy, Target, Verb};

use super::harness::*;
use super::wording::*;
use crate::config::RingGroup;
use crate::input::{Command, Input};
use crate::limits;

fn group(name: &str) -> Target {
    Target {
        endpoint: Endpoint::RingGroup(name.to_owned()),
        ring_seconds: None,
    }
}

fn world(strategy: Strategy) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let members = |names: &[&str]| names.iter().map(|name| target(name)).collect();
    domain.ring_groups = [
        ("three", members(&["bob", "carol", "dave"]), Some(10)),
        ("nested", vec![target("bob"), group("three")], None),
        ("empty", Vec::new(), None),
    ]
    .map(|(name, members, ring_seconds)| {
        let group = RingGroup {
            members,
            strategy,
            ring_seconds,
        };
        (name.to_owned(), group)
    })
    .into();
    World::with(config)
}

fn connect(targets: Vec<Target>, strategy: Strategy) -> Connect {
    Connect {
        targets,
        strategy,
        ..Connect::default()
    }
}

/// Who is called, in order, when everybody refuses: names and places.
fn called(world: &mut World, connect: &Connect) -> Vec<(String, u32)> {
    world.script = Some(Some(vec![Verb::Connect(connect.clone()), respond(404)]));
    world.events.clear();
    let number = world.records.len();
    let text = invite("alice", "bob", "", &sdp("alice", 4000))
        .replace("call-of-alice", &format!("call-{number}"))
        .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
    world.send("alice", &text);
    for _ in 0..limits::TARGETS {
        for name in ["bob", "carol", "dave"] {
            for message in world.inbox(name) {
                if let switchhook_sip::message::Message::Request(request) = message
                    && request.method().as_str() == "INVITE"
                {
                    world.pass(Duration::from_millis(10));
                    world.answer(name, &request, 480, None);
                }
            }
        }
    }
    world.expect_final("alice", 404);
    world.inbox("alice");
    world.pass(Duration::from_secs(40));
    let tried = world.events.iter().filter_map(|event| match &event.kind {
        EventKind::Trying(leg) => {
            let name = leg.target.trim_start_matches("sip:").split('@').next();
            Some((name.unwrap().to_owned(), leg.index))
        }
        _ => None,
    });
    tried.collect()
}

fn names(called: &[(String, u32)]) -> Vec<&str> {
    called.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn round_robin_begins_with_the_next_one_each_time_and_keeps_lists_apart() {
    let mut world = world(Strategy::Simultaneous);
    let three = ["bob", "carol", "dave"].map(target).to_vec();
    let three = connect(three, Strategy::RoundRobin);
    let two = connect(["carol", "bob"].map(target).to_vec(), Strategy::RoundRobin);
    let expected = [
        ["bob", "carol", "dave"],
        ["carol", "dave", "bob"],
        ["dave", "bob", "carol"],
        ["bob", "carol", "dave"],
    ];
    for (round, expected) in expected.iter().enumerate() {
        assert_eq!(names(&called(&mut world, &three)), expected);
        let first = ["carol", "bob"][round % 2];
        assert_eq!(names(&called(&mut world, &two))[0], first);
    }
    world.finish();
}

#[test]
fn random_calls_everybody_once_and_not_always_in_one_order() {
    let mut world = world(Strategy::Simultaneous);
    let three = connect(
        ["bob", "carol", "dave"].map(target).to_vec(),
        Strategy::Random,
    );
    let mut orders = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let called = called(&mut world, &three);
        let mut sorted = called.clone();
        sorted.sort();
        assert_eq!(names(&sorted), ["bob", "carol", "dave"]);
        orders.insert(called);
    }
    assert!(orders.len() > 1);
    world.finish();
}

#[test]
fn who_has_been_idle_for_longest_is_called_first_and_who_talks_last() {
    let mut world = world(Strategy::Simultaneous);
    register(&mut world, "bob", "1001", 1, "");
    register(&mut world, "carol", "1002", 1, "");
    let both = connect(["1001", "1002"].map(target).to_vec(), Strategy::LongestIdle);
    assert_eq!(
        names(&called(&mut world, &both)),
        ["1001", "1002"],
        "nobody ever talked"
    );
    let one = connect(vec![target("1001")], Strategy::Simultaneous);
    called(&mut world, &one);
    assert_eq!(names(&called(&mut world, &both)), ["1002", "1001"]);
    // Both have been called; the last one that was is the less idle one.
    assert_eq!(names(&called(&mut world, &both)), ["1002", "1001"]);
    world.script = Some(Some(vec![Verb::Connect(connect(
        vec![target("1002")],
        Strategy::Simultaneous,
    ))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    assert_eq!(
        names(&called(&mut world, &both)),
        ["1001", "1002"],
        "carol talks"
    );
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn a_group_alone_is_called_in_its_own_order_and_its_members_ring_as_long_as_it_says() {
    let alone = connect(vec![group("three")], Strategy::Simultaneous);
    let mut world = world(Strategy::RoundRobin);
    assert_eq!(names(&called(&mut world, &alone)), ["bob", "carol", "dave"]);
    assert_eq!(names(&called(&mut world, &alone)), ["carol", "dave", "bob"]);
    world.script = Some(Some(vec![Verb::Connect(alone), respond(404)]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    for name in ["dave", "bob", "carol"] {
        let invited = world.request_to_skipping(name, "INVITE", "ACK");
        world.answer(name, &invited, 180, None);
        world.pass(Duration::from_secs(11));
        world.answer(name, &invited, 487, None);
    }
    world.expect_final("alice", 404);
    world.finish();
}

#[test]
fn a_group_among_others_is_called_in_the_order_of_the_connect() {
    let mut world = world(Strategy::Simultaneous);
    let cases = [
        (
            vec![group("three"), target("dave")],
            vec![("bob", 0), ("carol", 1), ("dave", 2), ("dave", 3)],
        ),
        (vec![group("nobody"), target("dave")], vec![("dave", 1)]),
        (vec![group("empty"), target("dave")], vec![("dave", 0)]),
        (vec![group("nested")], vec![("bob", 0)]),
        (vec![group("empty")], vec![]),
    ];
    for (targets, expected) in cases {
        let called = called(&mut world, &connect(targets.clone(), Strategy::Sequential));
        let called: Vec<_> = called
            .iter()
            .map(|(name, at)| (name.as_str(), *at))
            .collect();
        assert_eq!(called, expected, "{targets:?}");
    }
    world.finish();
}

#[test]
fn a_group_of_a_thousand_is_cut_off() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let crowd = RingGroup {
        members: vec![target("1001"); 1000],
        ..RingGroup::default()
    };
    domain.ring_groups.insert("crowd".to_owned(), crowd);
    let mut world = World::with(config);
    world.script = Some(Some(vec![
        Verb::Connect(connect(vec![group("crowd")], Strategy::Sequential)),
        respond(404),
    ]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    world.expect_status("alice", 404);
    world.finish();
    assert_eq!(world.records[0].legs.len(), limits::LEGS);
}

#[test]
fn what_is_remembered_of_orders_is_bounded() {
    let mut turns = crate::call::strategy::Turns::default();
    for number in 0..2 * limits::ROUND_ROBINS as u64 {
        turns.begin(number, 3);
    }
    assert!(turns.remembered() <= limits::ROUND_ROBINS);
}
