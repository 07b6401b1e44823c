//! Tables of events and the effects that RFC 3261 §17.2.2 asks for.

use std::time::Duration;

use super::*;
use Class::{Failure, Provisional, Success};
use Effect::{Inform, Keep, Resend, Send, Start};
use State::{Completed, Proceeding, Terminated, Trying};

const TIMEOUT: Duration = Duration::from_secs(32);

type Step<'a> = (Event, &'a [Effect], State);

fn started(reliable: bool) -> NonInviteServer {
    NonInviteServer::start(reliable, &Timing::default(), &mut Vec::new())
}

fn check(mut machine: NonInviteServer, steps: &[Step<'_>]) {
    for (at, (event, expected, state)) in steps.iter().enumerate() {
        let mut effects = Vec::new();
        machine.handle(*event, &Timing::default(), &mut effects);
        assert_eq!(effects, *expected, "step {at}: {event:?}");
        assert_eq!(machine.state(), *state, "step {at}: {event:?}");
    }
}

#[test]
fn a_retransmission_before_any_response_is_absorbed() {
    check(started(false), &[(Event::Retransmission, &[], Trying)]);
}

#[test]
fn a_retransmission_gets_the_latest_response_again() {
    for class in [Success, Failure] {
        check(
            started(false),
            &[
                (Event::Respond(Provisional), &[Send, Keep], Proceeding),
                (Event::Retransmission, &[Resend], Proceeding),
                (
                    Event::Respond(class),
                    &[Send, Keep, Start(Timer::J, TIMEOUT)],
                    Completed,
                ),
                (Event::Retransmission, &[Resend], Completed),
                (Event::Retransmission, &[Resend], Completed),
                (Event::Timer(Timer::J), &[], Terminated),
            ],
        );
    }
}

#[test]
fn a_second_final_response_is_discarded() {
    let mut machine = started(false);
    machine.handle(Event::Respond(Success), &Timing::default(), &mut Vec::new());
    check(
        machine,
        &[
            (Event::Respond(Failure), &[], Completed),
            (Event::Timer(Timer::Abandon), &[], Completed),
        ],
    );
}

#[test]
fn over_a_reliable_transport_a_final_response_ends_it_at_once() {
    check(
        started(true),
        &[(Event::Respond(Success), &[Send], Terminated)],
    );
}

#[test]
fn a_request_that_is_never_answered_is_given_up() {
    check(
        started(true),
        &[(Event::Timer(Timer::Abandon), &[], Terminated)],
    );
}

#[test]
fn a_transport_error_is_told_and_changes_no_state() {
    check(
        started(false),
        &[(
            Event::TransportError,
            &[Inform(News::TransportError)],
            Trying,
        )],
    );
}
