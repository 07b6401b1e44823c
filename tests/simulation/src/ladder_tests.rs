//! The canonical flows, as ladders. Everything that matters to a reader of a trace is in them: who sends what, when.

use std::time::Duration;

use expect_test::{Expect, expect};
use rand::rngs::SmallRng;
use switchhook_phone::config::Behaviour;
use switchhook_phone::ladder::Ladder;
use switchhook_routing::call::Call;
use switchhook_routing::record::Disposition;
use switchhook_routing::verb::{Script, Strategy};
use switchhook_sip::flow::Transport;

use crate::checks;
use crate::handset::{Action, Handset, Tag};
use crate::network::Weather;
use crate::town::{self, DESK};
use crate::world::{Verdict, World};

const ALICE: usize = 0;
const CALL: Tag = Tag(1);
const SECOND: Duration = Duration::from_secs(1);

/// Alice, Bob, Carol and the desk, all registered; the plugin gives this script each time, or fails.
fn story(bob: Behaviour, carol: Behaviour, script: Option<Script>) -> World {
    let names = ["alice", "bob", "carol", DESK];
    let verdict = Verdict {
        after: Some(Duration::ZERO),
        script,
    };
    let decider = Box::new(move |_: &Call, _: &mut SmallRng| verdict.clone());
    let mut world = World::new(1, town::config(&names), Weather::FAIR, decider);
    let behaviours = [Behaviour::default(), bob, carol, answering(100)];
    for (index, (name, behaviour)) in names.iter().zip(behaviours).enumerate() {
        let number = index as u8 + 1;
        let registrar = world.switch_address();
        let handset = Handset::new(
            name,
            number,
            Transport::Udp,
            registrar,
            u64::from(number),
            behaviour,
        );
        world.add(handset);
        world.plan(Duration::ZERO, index, Action::Register(3600));
    }
    world.run_for(SECOND * 40);
    // The story begins when the registrations are forgotten.
    world.start = world.now;
    world
}

fn answering(milliseconds: u64) -> Behaviour {
    Behaviour {
        auto_answer_after: Some(Duration::from_millis(milliseconds)),
        ..Behaviour::default()
    }
}

fn rejecting(status: u16) -> Behaviour {
    Behaviour {
        reject_with: Some(status),
        ..Behaviour::default()
    }
}

fn ring(clients: &[&str], strategy: Strategy) -> Option<Script> {
    Some(vec![town::connect(clients, strategy, 20)])
}

/// Tells the story to its end; the people in it, in the order of the ladder.
fn tell(mut world: World, people: &[&str], expected: Expect) -> Disposition {
    world.ladder = Some(Ladder::new(people));
    world.act(ALICE, Action::Call(CALL, "2001".to_owned()));
    let rested = world.run_to_rest(SECOND * 200);
    let mut broken = checks::everything_ends(&world, rested);
    broken.extend(checks::nobody_talks_to_himself(&world));
    broken.extend(checks::accounts_balance(&world));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    expected.assert_eq(
        &world
            .ladder
            .as_ref()
            .map(Ladder::render)
            .unwrap_or_default(),
    );
    world.seen.records.first().expect("a record").disposition
}

#[test]
fn a_call_is_decided_rings_is_answered_and_hung_up() {
    let world = {
        let mut world = story(
            answering(1_000),
            rejecting(486),
            ring(&["bob"], Strategy::Sequential),
        );
        world.plan(SECOND * 3, ALICE, Action::HangUp(CALL));
        world
    };
    let disposition = tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        1.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        1.005     |                                       |-- ACK ------------------------------->|
        1.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        1.006     |-- ACK ------------------------------->|                                       |
        3.000     |-- BYE ------------------------------->|                                       |
        3.001     |<- 200 OK (BYE) -----------------------|                                       |
        3.001     |                                       |-- BYE ------------------------------->|
        3.002     |                                       |<- 200 OK (BYE) -----------------------|
    "#]],
    );
    assert_eq!(disposition, Disposition::Answered);
}

#[test]
fn the_called_side_hangs_up() {
    let bob = Behaviour {
        hang_up_after: Some(SECOND),
        ..answering(0)
    };
    let world = story(bob, rejecting(486), ring(&["bob"], Strategy::Sequential));
    tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        0.005     |                                       |-- ACK ------------------------------->|
        0.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        0.006     |-- ACK ------------------------------->|                                       |
        1.004     |                                       |<- BYE --------------------------------|
        1.005     |                                       |-- 200 OK (BYE) ---------------------->|
        1.005     |<- BYE --------------------------------|                                       |
        1.006     |-- 200 OK (BYE) ---------------------->|                                       |
    "#]],
    );
}

#[test]
fn the_caller_gives_up_while_it_rings() {
    let mut world = story(
        Behaviour::default(),
        rejecting(486),
        ring(&["bob"], Strategy::Sequential),
    );
    world.plan(SECOND * 2, ALICE, Action::HangUp(CALL));
    let disposition = tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        2.000     |-- CANCEL ---------------------------->|                                       |
        2.001     |<- 200 OK (CANCEL) --------------------|                                       |
        2.001     |<- 487 Request Terminated (INVITE) ----|                                       |
        2.001     |                                       |-- CANCEL ---------------------------->|
        2.002     |-- ACK ------------------------------->|                                       |
        2.002     |                                       |<- 200 OK (CANCEL) --------------------|
        2.002     |                                       |<- 487 Request Terminated (INVITE) ----|
        2.003     |                                       |-- ACK ------------------------------->|
    "#]],
    );
    assert_eq!(disposition, Disposition::Cancelled);
}

#[test]
fn both_ring_and_the_slower_one_is_cancelled() {
    let script = ring(&["bob", "carol"], Strategy::Simultaneous);
    let mut world = story(answering(1_000), Behaviour::default(), script);
    world.plan(SECOND * 2, ALICE, Action::HangUp(CALL));
    tell(
        world,
        &["alice", "switchhook", "bob", "carol"],
        expect![[r#"
                  alice                              switchhook                                  bob                                    carol
        0.000     |-- INVITE +sdp ----------------------->|                                       |                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |                                       |
        0.002     |-- ACK ------------------------------->|                                       |                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|                                       |
        0.003     |                                       |-- INVITE +sdp --------------------------------------------------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|                                       |
        0.004     |                                       |<- 180 Ringing (INVITE) -------------------------------------------------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |                                       |
        1.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|                                       |
        1.005     |                                       |-- ACK ------------------------------->|                                       |
        1.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |                                       |
        1.005     |                                       |-- CANCEL -------------------------------------------------------------------->|
        1.006     |-- ACK ------------------------------->|                                       |                                       |
        1.006     |                                       |<- 200 OK (CANCEL) ------------------------------------------------------------|
        1.006     |                                       |<- 487 Request Terminated (INVITE) --------------------------------------------|
        1.007     |                                       |-- ACK ----------------------------------------------------------------------->|
        2.000     |-- BYE ------------------------------->|                                       |                                       |
        2.001     |<- 200 OK (BYE) -----------------------|                                       |                                       |
        2.001     |                                       |-- BYE ------------------------------->|                                       |
        2.002     |                                       |<- 200 OK (BYE) -----------------------|                                       |
    "#]],
    );
}

#[test]
fn one_after_another_is_called() {
    let script = ring(&["bob", "carol"], Strategy::Sequential);
    let mut world = story(rejecting(486), answering(500), script);
    world.plan(SECOND * 2, ALICE, Action::HangUp(CALL));
    tell(
        world,
        &["alice", "switchhook", "bob", "carol"],
        expect![[r#"
                  alice                              switchhook                                  bob                                    carol
        0.000     |-- INVITE +sdp ----------------------->|                                       |                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |                                       |
        0.002     |-- ACK ------------------------------->|                                       |                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|                                       |
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|                                       |
        0.004     |                                       |<- 486 Busy Here (INVITE) -------------|                                       |
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |                                       |
        0.005     |                                       |-- ACK ------------------------------->|                                       |
        0.005     |                                       |-- INVITE +sdp --------------------------------------------------------------->|
        0.006     |                                       |<- 180 Ringing (INVITE) -------------------------------------------------------|
        0.506     |                                       |<- 200 OK (INVITE) +sdp -------------------------------------------------------|
        0.507     |                                       |-- ACK ----------------------------------------------------------------------->|
        0.507     |<- 200 OK (INVITE) +sdp ---------------|                                       |                                       |
        0.508     |-- ACK ------------------------------->|                                       |                                       |
        2.000     |-- BYE ------------------------------->|                                       |                                       |
        2.001     |<- 200 OK (BYE) -----------------------|                                       |                                       |
        2.001     |                                       |-- BYE ----------------------------------------------------------------------->|
        2.002     |                                       |<- 200 OK (BYE) ---------------------------------------------------------------|
    "#]],
    );
}

#[test]
fn hold_and_resume_pass_through() {
    let mut world = story(
        answering(0),
        rejecting(486),
        ring(&["bob"], Strategy::Sequential),
    );
    world.plan(SECOND, ALICE, Action::HoldAll);
    world.plan(SECOND * 2, ALICE, Action::ResumeAll);
    world.plan(SECOND * 3, ALICE, Action::HangUp(CALL));
    tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        0.005     |                                       |-- ACK ------------------------------->|
        0.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        0.006     |-- ACK ------------------------------->|                                       |
        1.000     |-- INVITE +sdp ----------------------->|                                       |
        1.001     |<- 100 Trying (INVITE) ----------------|                                       |
        1.001     |                                       |-- INVITE +sdp ----------------------->|
        1.002     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        1.003     |                                       |-- ACK ------------------------------->|
        1.003     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        1.004     |-- ACK ------------------------------->|                                       |
        2.000     |-- INVITE +sdp ----------------------->|                                       |
        2.001     |<- 100 Trying (INVITE) ----------------|                                       |
        2.001     |                                       |-- INVITE +sdp ----------------------->|
        2.002     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        2.003     |                                       |-- ACK ------------------------------->|
        2.003     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        2.004     |-- ACK ------------------------------->|                                       |
        3.000     |-- BYE ------------------------------->|                                       |
        3.001     |<- 200 OK (BYE) -----------------------|                                       |
        3.001     |                                       |-- BYE ------------------------------->|
        3.002     |                                       |<- 200 OK (BYE) -----------------------|
    "#]],
    );
}

#[test]
fn re_invites_that_cross_are_tried_again() {
    let mut world = story(
        answering(0),
        rejecting(486),
        ring(&["bob"], Strategy::Sequential),
    );
    for phone in 0..2 {
        world.plan(SECOND, phone, Action::HoldAll);
    }
    world.plan(SECOND * 10, ALICE, Action::HangUp(CALL));
    tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        0.005     |                                       |-- ACK ------------------------------->|
        0.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        0.006     |-- ACK ------------------------------->|                                       |
        1.000     |-- INVITE +sdp ----------------------->|                                       |
        1.000     |                                       |<- INVITE +sdp ------------------------|
        1.001     |<- 100 Trying (INVITE) ----------------|                                       |
        1.001     |                                       |-- INVITE +sdp ----------------------->|
        1.001     |                                       |-- 491 Request Pending (INVITE) ------>|
        1.002     |                                       |<- 491 Request Pending (INVITE) -------|
        1.002     |                                       |<- ACK --------------------------------|
        1.003     |                                       |-- ACK ------------------------------->|
        1.003     |<- 491 Request Pending (INVITE) -------|                                       |
        1.004     |-- ACK ------------------------------->|                                       |
        1.972     |                                       |<- INVITE +sdp ------------------------|
        1.973     |                                       |-- 100 Trying (INVITE) --------------->|
        1.973     |<- INVITE +sdp ------------------------|                                       |
        1.974     |-- 200 OK (INVITE) +sdp -------------->|                                       |
        1.975     |<- ACK --------------------------------|                                       |
        1.975     |                                       |-- 200 OK (INVITE) +sdp -------------->|
        1.976     |                                       |<- ACK --------------------------------|
        4.184     |-- INVITE +sdp ----------------------->|                                       |
        4.185     |<- 100 Trying (INVITE) ----------------|                                       |
        4.185     |                                       |-- INVITE +sdp ----------------------->|
        4.186     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        4.187     |                                       |-- ACK ------------------------------->|
        4.187     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        4.188     |-- ACK ------------------------------->|                                       |
        10.000    |-- BYE ------------------------------->|                                       |
        10.001    |<- 200 OK (BYE) -----------------------|                                       |
        10.001    |                                       |-- BYE ------------------------------->|
        10.002    |                                       |<- 200 OK (BYE) -----------------------|
    "#]],
    );
}

#[test]
fn a_failed_decision_reaches_the_default_destination() {
    let mut world = story(answering(0), rejecting(486), None);
    world.plan(SECOND, ALICE, Action::HangUp(CALL));
    let disposition = tell(
        world,
        &["alice", "switchhook", DESK],
        expect![[r#"
                  alice                              switchhook                                 desk
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 180 Ringing (INVITE) ---------------|
        0.005     |<- 180 Ringing (INVITE) ---------------|                                       |
        0.104     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        0.105     |                                       |-- ACK ------------------------------->|
        0.105     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        0.106     |-- ACK ------------------------------->|                                       |
        1.000     |-- BYE ------------------------------->|                                       |
        1.001     |<- 200 OK (BYE) -----------------------|                                       |
        1.001     |                                       |-- BYE ------------------------------->|
        1.002     |                                       |<- 200 OK (BYE) -----------------------|
    "#]],
    );
    assert_eq!(disposition, Disposition::Answered);
}

#[test]
fn early_media_reaches_the_caller() {
    let bob = Behaviour {
        early_media: true,
        ..answering(1_000)
    };
    let mut world = story(bob, rejecting(486), ring(&["bob"], Strategy::Sequential));
    world.plan(SECOND * 2, ALICE, Action::HangUp(CALL));
    tell(
        world,
        &["alice", "switchhook", "bob"],
        expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- INVITE +sdp ----------------------->|                                       |
        0.001     |<- 407 Proxy Authentication Required --|                                       |
        0.002     |-- ACK ------------------------------->|                                       |
        0.002     |-- INVITE +sdp ----------------------->|                                       |
        0.003     |<- 100 Trying (INVITE) ----------------|                                       |
        0.003     |                                       |-- INVITE +sdp ----------------------->|
        0.004     |                                       |<- 183 Session Progress (INVITE) +sd --|
        0.005     |<- 183 Session Progress (INVITE) +sd --|                                       |
        1.004     |                                       |<- 200 OK (INVITE) +sdp ---------------|
        1.005     |                                       |-- ACK ------------------------------->|
        1.005     |<- 200 OK (INVITE) +sdp ---------------|                                       |
        1.006     |-- ACK ------------------------------->|                                       |
        2.000     |-- BYE ------------------------------->|                                       |
        2.001     |<- 200 OK (BYE) -----------------------|                                       |
        2.001     |                                       |-- BYE ------------------------------->|
        2.002     |                                       |<- 200 OK (BYE) -----------------------|
    "#]],
    );
}
