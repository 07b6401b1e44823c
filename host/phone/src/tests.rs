//! Two phones that call each other directly, each taking the other for its proxy: a pair in a box, in virtual time.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use expect_test::{Expect, expect};
use switchhook_media::sdp::LocalMedia;
use switchhook_sip::flow::{Flow, ListenerId, Transport};

use crate::config::{Behaviour, PhoneConfig};
use crate::input::{Command, Input, LineCall};
use crate::ladder::{Fate, Ladder};
use crate::output::{EndedBy, Event, Output};
use crate::phone::Phone;

const NAMES: [&str; 2] = ["alice", "bob"];
const DELAY: Duration = Duration::from_millis(10);
/// The first call of a phone.
const CALL: LineCall = LineCall(1);

struct Pair {
    now: Instant,
    start: Instant,
    phones: [Phone; 2],
    events: [Vec<Event>; 2],
    on_the_way: Vec<(Instant, usize, Bytes)>,
    ladder: Ladder,
    /// Messages whose summary is this are lost, so many times.
    lose: Option<(&'static str, usize)>,
}

fn address(index: usize) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, index as u8 + 1)), 5060)
}

impl Pair {
    fn new(alice: Behaviour, bob: Behaviour) -> Pair {
        let phone = |index: usize, behaviour| {
            let config = PhoneConfig {
                username: NAMES[index].to_owned(),
                password: String::new(),
                domain: "example.test".to_owned(),
                local: address(index),
                listener: ListenerId(0),
                registrar: address(1 - index),
                transport: Transport::Udp,
                user_agent: String::new(),
                media: LocalMedia {
                    address: address(index).ip(),
                    port: 4000,
                },
                t1: Duration::from_millis(500),
                max_calls: 2,
                behaviour,
            };
            Phone::new(index as u64, config)
        };
        let start = Instant::now();
        Pair {
            now: start,
            start,
            phones: [phone(0, alice), phone(1, bob)],
            events: [Vec::new(), Vec::new()],
            on_the_way: Vec::new(),
            ladder: Ladder::new(&NAMES),
            lose: None,
        }
    }

    fn command(&mut self, index: usize, command: Command) {
        self.phones[index].handle(self.now, Input::Command(command));
        self.drain(index);
    }

    fn call(&mut self) {
        self.command(
            0,
            Command::Call {
                to: "bob".to_owned(),
            },
        );
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let arrival = self.on_the_way.iter().map(|(at, ..)| *at).min();
            let timers = self.phones.iter().filter_map(Phone::poll_timeout).min();
            let Some(next) = [arrival, timers]
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at <= end)
            else {
                break;
            };
            self.now = self.now.max(next);
            if let Some(index) = self.on_the_way.iter().position(|(at, ..)| *at <= self.now) {
                let (_, to, bytes) = self.on_the_way.remove(index);
                let flow = Flow {
                    transport: Transport::Udp,
                    listener: ListenerId(0),
                    peer: address(1 - to),
                    connection: None,
                };
                self.phones[to].handle(self.now, Input::Received { flow, bytes });
                self.drain(to);
                continue;
            }
            for index in 0..2 {
                if self.phones[index]
                    .poll_timeout()
                    .is_some_and(|at| at <= self.now)
                {
                    self.phones[index].handle(self.now, Input::Timeout);
                    self.drain(index);
                }
            }
        }
        self.now = end;
    }

    fn drain(&mut self, index: usize) {
        while let Some(output) = self.phones[index].poll_output() {
            match output {
                Output::Event(event) => self.events[index].push(event),
                Output::Send { bytes, .. } => {
                    let lost = self.is_lost(&bytes);
                    let fate = if lost { Fate::Lost } else { Fate::Sent };
                    let at = self.now - self.start;
                    self.ladder
                        .message(at, NAMES[index], NAMES[1 - index], &bytes, fate);
                    if !lost {
                        self.on_the_way.push((self.now + DELAY, 1 - index, bytes));
                    }
                }
            }
        }
    }

    fn is_lost(&mut self, bytes: &[u8]) -> bool {
        match &mut self.lose {
            Some((summary, times)) if *times > 0 && crate::ladder::summary(bytes) == *summary => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }

    /// Both phones come to rest; then the ladder is as expected.
    fn ends_as(mut self, expected: Expect) -> Pair {
        self.run(Duration::from_secs(200));
        for (name, phone) in NAMES.iter().zip(&self.phones) {
            assert!(phone.is_idle(), "{name} is not idle");
        }
        expected.assert_eq(&self.ladder.render());
        self
    }

    fn has(&self, index: usize, event: &Event) -> bool {
        self.events[index].contains(event)
    }
}

fn answering(milliseconds: u64) -> Behaviour {
    Behaviour {
        auto_answer_after: Some(Duration::from_millis(milliseconds)),
        ..Behaviour::default()
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_rings_is_answered_and_is_hung_up_by_the_caller() {
    let mut pair = Pair::new(Behaviour::default(), answering(1_000));
    pair.call();
    pair.run(SECOND * 3);
    pair.command(0, Command::HangUp(CALL));
    let pair = pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        1.010     |<- 200 OK (INVITE) +sdp ---------------|
        1.020     |-- ACK ------------------------------->|
        3.000     |-- BYE ------------------------------->|
        3.010     |<- 200 OK (BYE) -----------------------|
    "#]]);
    assert!(pair.has(
        0,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Us
        }
    ));
    assert!(pair.has(
        1,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Peer
        }
    ));
}

#[test]
fn an_unanswered_call_is_cancelled() {
    let mut pair = Pair::new(Behaviour::default(), Behaviour::default());
    pair.call();
    pair.run(SECOND);
    pair.command(0, Command::HangUp(CALL));
    let pair = pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        1.000     |-- CANCEL ---------------------------->|
        1.010     |<- 200 OK (CANCEL) --------------------|
        1.010     |<- 487 Request Terminated (INVITE) ----|
        1.020     |-- ACK ------------------------------->|
    "#]]);
    for index in 0..2 {
        assert!(pair.has(
            index,
            &Event::Failed {
                call: CALL,
                status: 487
            }
        ));
    }
}

#[test]
fn a_call_cancelled_too_late_is_ended_by_bye() {
    let mut pair = Pair::new(Behaviour::default(), answering(1_000));
    pair.call();
    // The 200 is on its way.
    pair.run(Duration::from_millis(1_015));
    pair.command(0, Command::HangUp(CALL));
    let pair = pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        1.010     |<- 200 OK (INVITE) +sdp ---------------|
        1.015     |-- CANCEL ---------------------------->|
        1.020     |-- ACK ------------------------------->|
        1.020     |-- BYE ------------------------------->|
        1.025     |<- 200 OK (CANCEL) --------------------|
        1.030     |<- 200 OK (BYE) -----------------------|
    "#]]);
    assert!(pair.has(
        0,
        &Event::Failed {
            call: CALL,
            status: 487
        }
    ));
    assert!(pair.has(
        1,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Peer
        }
    ));
}

#[test]
fn a_lost_ack_is_sent_again_when_the_success_is() {
    let mut pair = Pair::new(Behaviour::default(), answering(0));
    pair.lose = Some(("ACK", 2));
    pair.call();
    pair.run(SECOND * 5);
    pair.command(1, Command::HangUp(CALL));
    pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        0.010     |<- 200 OK (INVITE) +sdp ---------------|
        0.020     |-- ACK -------------------------------x|
        0.510     |<- 200 OK (INVITE) +sdp ---------------|
        0.520     |-- ACK -------------------------------x|
        1.510     |<- 200 OK (INVITE) +sdp ---------------|
        1.520     |-- ACK ------------------------------->|
        5.000     |<- BYE --------------------------------|
        5.010     |-- 200 OK (BYE) ---------------------->|
    "#]]);
}

#[test]
fn a_caller_that_never_acknowledges_is_hung_up_on_after_64_t1() {
    let alice = Behaviour {
        drop_ack: true,
        ..Behaviour::default()
    };
    let mut pair = Pair::new(alice, answering(0));
    pair.call();
    pair.run(SECOND * 200);
    assert!(pair.has(
        1,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Lost
        }
    ));
    assert!(pair.has(
        0,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Peer
        }
    ));
    assert!(pair.phones.iter().all(Phone::is_idle));
}

#[test]
fn hold_and_resume_are_re_invites() {
    let mut pair = Pair::new(Behaviour::default(), answering(0));
    pair.call();
    pair.run(SECOND);
    pair.command(0, Command::Hold(CALL));
    pair.run(SECOND);
    pair.command(0, Command::Resume(CALL));
    pair.run(SECOND);
    pair.command(1, Command::HangUp(CALL));
    let pair = pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        0.010     |<- 200 OK (INVITE) +sdp ---------------|
        0.020     |-- ACK ------------------------------->|
        1.000     |-- INVITE +sdp ----------------------->|
        1.010     |<- 200 OK (INVITE) +sdp ---------------|
        1.020     |-- ACK ------------------------------->|
        2.000     |-- INVITE +sdp ----------------------->|
        2.010     |<- 200 OK (INVITE) +sdp ---------------|
        2.020     |-- ACK ------------------------------->|
        3.000     |<- BYE --------------------------------|
        3.010     |-- 200 OK (BYE) ---------------------->|
    "#]]);
    for event in [Event::Held(CALL), Event::Resumed(CALL)] {
        assert!(pair.has(0, &event), "{event:?}");
    }
    for event in [Event::HeldByPeer(CALL), Event::ResumedByPeer(CALL)] {
        assert!(pair.has(1, &event), "{event:?}");
    }
}

#[test]
fn re_invites_that_cross_are_refused_with_491_and_tried_again() {
    let mut pair = Pair::new(Behaviour::default(), answering(0));
    pair.call();
    pair.run(SECOND);
    pair.command(0, Command::Hold(CALL));
    pair.command(1, Command::Hold(CALL));
    pair.run(SECOND * 10);
    for (index, name) in NAMES.iter().enumerate() {
        assert!(pair.has(index, &Event::Held(CALL)), "{}", name);
        assert!(pair.has(index, &Event::HeldByPeer(CALL)), "{}", name);
    }
    pair.command(0, Command::HangUpAll);
    pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        0.010     |<- 200 OK (INVITE) +sdp ---------------|
        0.020     |-- ACK ------------------------------->|
        1.000     |-- INVITE +sdp ----------------------->|
        1.000     |<- INVITE +sdp ------------------------|
        1.010     |<- 491 Request Pending (INVITE) -------|
        1.010     |-- 491 Request Pending (INVITE) ------>|
        1.020     |-- ACK ------------------------------->|
        1.020     |<- ACK --------------------------------|
        1.330     |<- INVITE +sdp ------------------------|
        1.340     |-- 200 OK (INVITE) +sdp -------------->|
        1.350     |<- ACK --------------------------------|
        3.590     |-- INVITE +sdp ----------------------->|
        3.600     |<- 200 OK (INVITE) +sdp ---------------|
        3.610     |-- ACK ------------------------------->|
        11.000    |-- BYE ------------------------------->|
        11.010    |<- 200 OK (BYE) -----------------------|
    "#]]);
}

#[test]
fn an_offer_may_come_in_the_answer() {
    let alice = Behaviour {
        delayed_offer: true,
        ..Behaviour::default()
    };
    let mut pair = Pair::new(alice, answering(0));
    pair.call();
    pair.run(SECOND);
    for (index, name) in NAMES.iter().enumerate() {
        let answered = |event: &Event| matches!(event, Event::Answered { .. });
        assert!(pair.events[index].iter().any(answered), "{}", name);
    }
    pair.command(0, Command::HangUp(CALL));
    pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE ---------------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        0.010     |<- 200 OK (INVITE) +sdp ---------------|
        0.020     |-- ACK +sdp -------------------------->|
        1.000     |-- BYE ------------------------------->|
        1.010     |<- 200 OK (BYE) -----------------------|
    "#]]);
}

#[test]
fn a_phone_that_is_in_two_calls_is_busy() {
    let mut pair = Pair::new(Behaviour::default(), Behaviour::default());
    pair.command(
        1,
        Command::Call {
            to: "alice".to_owned(),
        },
    );
    pair.command(
        1,
        Command::Call {
            to: "alice".to_owned(),
        },
    );
    pair.run(SECOND);
    pair.call();
    assert!(
        pair.events[0]
            .iter()
            .all(|event| !matches!(event, Event::Calling { .. }))
    );
    pair.command(1, Command::HangUp(LineCall(2)));
    pair.run(SECOND);
    pair.call();
    pair.run(SECOND);
    assert_eq!(pair.phones[0].live_calls().len(), 2);
}

#[test]
fn a_refusal_is_told_with_its_status() {
    let bob = Behaviour {
        reject_with: Some(486),
        ..Behaviour::default()
    };
    let mut pair = Pair::new(Behaviour::default(), bob);
    pair.call();
    let pair = pair.ends_as(expect![[r#"
                  alice                                  bob
        0.000     |-- INVITE +sdp ----------------------->|
        0.010     |<- 180 Ringing (INVITE) ---------------|
        0.010     |<- 486 Busy Here (INVITE) -------------|
        0.020     |-- ACK ------------------------------->|
    "#]]);
    assert!(pair.has(
        0,
        &Event::Failed {
            call: CALL,
            status: 486
        }
    ));
}

#[test]
fn nobody_answers_at_all() {
    let mut pair = Pair::new(Behaviour::default(), Behaviour::default());
    pair.lose = Some(("INVITE +sdp", usize::MAX));
    pair.call();
    pair.run(SECOND * 40);
    assert!(pair.has(
        0,
        &Event::Failed {
            call: CALL,
            status: 408
        }
    ));
    pair.run(SECOND * 40);
    assert!(pair.phones[0].is_idle());
}

#[test]
fn a_transport_that_fails_ends_the_call_at_once() {
    let mut pair = Pair::new(Behaviour::default(), Behaviour::default());
    pair.lose = Some(("INVITE +sdp", usize::MAX));
    pair.call();
    let flow = Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: address(1),
        connection: None,
    };
    pair.phones[0].handle(pair.now, Input::FlowFailed { flow });
    pair.drain(0);
    assert!(pair.has(
        0,
        &Event::Failed {
            call: CALL,
            status: 503
        }
    ));
}

#[test]
fn a_request_of_an_unknown_dialog_does_not_exist() {
    let mut pair = Pair::new(Behaviour::default(), answering(0));
    pair.call();
    pair.run(SECOND);
    // Bob forgets everything.
    pair.phones[1] = Pair::new(Behaviour::default(), Behaviour::default())
        .phones
        .into_iter()
        .nth(1)
        .unwrap();
    pair.command(0, Command::Hold(CALL));
    pair.run(SECOND);
    assert!(pair.has(
        0,
        &Event::Ended {
            call: CALL,
            by: EndedBy::Lost
        }
    ));
}
