//! Tables of events and the effects that RFC 3261 §17.1.1 and RFC 6026 §7.2 ask for.

use std::time::Duration;

use super::*;
use Class::{Failure, Provisional, Success};
use Effect::{Acknowledge, Cancel as SendCancel, Forget, Inform, Keep, Resend, Send, Start};
use State::{Accepted, Calling, Completed, Proceeding, Terminated};

const T1: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(32);

type Step<'a> = (Event, &'a [Effect], State);

fn started(reliable: bool) -> InviteClient {
    InviteClient::start(reliable, &Timing::default(), &mut Vec::new())
}

fn check(mut machine: InviteClient, steps: &[Step<'_>]) {
    for (at, (event, expected, state)) in steps.iter().enumerate() {
        let mut effects = Vec::new();
        machine.handle(*event, &Timing::default(), &mut effects);
        assert_eq!(effects, *expected, "step {at}: {event:?}");
        assert_eq!(machine.state(), *state, "step {at}: {event:?}");
    }
}

#[test]
fn it_starts_by_sending_with_timers_a_and_b_if_unreliable() {
    let mut effects = Vec::new();
    let machine = InviteClient::start(false, &Timing::default(), &mut effects);
    assert_eq!(
        effects,
        [Send, Keep, Start(Timer::A, T1), Start(Timer::B, TIMEOUT)]
    );
    assert_eq!(machine.state(), Calling);
}

#[test]
fn it_starts_without_timer_a_if_reliable() {
    let mut effects = Vec::new();
    InviteClient::start(true, &Timing::default(), &mut effects);
    assert_eq!(effects, [Send, Keep, Start(Timer::B, TIMEOUT)]);
}

#[test]
fn invite_is_resent_at_doubling_intervals_until_timer_b() {
    let resent = |factor: u32| [Resend, Start(Timer::A, T1 * factor)];
    let fire = Event::Timer(Timer::A);
    check(
        started(false),
        &[
            (fire, &resent(2), Calling),
            (fire, &resent(4), Calling),
            (fire, &resent(8), Calling),
            (fire, &resent(16), Calling),
            (fire, &resent(32), Calling),
            (fire, &resent(64), Calling),
            (Event::Timer(Timer::B), &[Inform(News::Timeout)], Terminated),
        ],
    );
}

#[test]
fn a_provisional_response_stops_retransmission_and_time_out() {
    let inform = [Inform(News::Response)];
    check(
        started(false),
        &[
            (Event::Response(Provisional), &inform, Proceeding),
            (Event::Timer(Timer::A), &[], Proceeding),
            (Event::Timer(Timer::B), &[], Proceeding),
            (Event::Response(Provisional), &inform, Proceeding),
        ],
    );
}

#[test]
fn a_success_is_handed_up_and_so_is_every_further_one_until_timer_m() {
    let inform = [Inform(News::Response)];
    for first in [None, Some(Event::Response(Provisional))] {
        let mut machine = started(false);
        if let Some(event) = first {
            machine.handle(event, &Timing::default(), &mut Vec::new());
        }
        check(
            machine,
            &[
                (
                    Event::Response(Success),
                    &[Inform(News::Response), Forget, Start(Timer::M, TIMEOUT)],
                    Accepted,
                ),
                (Event::Response(Success), &inform, Accepted),
                (Event::Response(Provisional), &[], Accepted),
                (Event::Response(Failure), &[], Accepted),
                (Event::Timer(Timer::B), &[], Accepted),
                (Event::TransportError, &[], Accepted),
                (Event::Timer(Timer::M), &[], Terminated),
            ],
        );
    }
}

#[test]
fn a_failure_is_acknowledged_and_its_retransmissions_only_acknowledged_again() {
    check(
        started(false),
        &[
            (
                Event::Response(Failure),
                &[
                    Acknowledge,
                    Inform(News::Response),
                    Start(Timer::D, TIMEOUT),
                ],
                Completed,
            ),
            (Event::Response(Failure), &[Resend], Completed),
            (Event::Response(Success), &[], Completed),
            (Event::Timer(Timer::A), &[], Completed),
            (Event::Timer(Timer::D), &[], Terminated),
        ],
    );
}

#[test]
fn over_a_reliable_transport_a_failure_ends_it_at_once() {
    check(
        started(true),
        &[(
            Event::Response(Failure),
            &[Acknowledge, Inform(News::Response)],
            Terminated,
        )],
    );
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    check(
        started(false),
        &[
            (Event::Cancel, &[], Calling),
            (Event::Cancel, &[], Calling),
            (
                Event::Response(Provisional),
                &[
                    Inform(News::Response),
                    SendCancel,
                    Start(Timer::Abandon, TIMEOUT),
                ],
                Proceeding,
            ),
            (
                Event::Response(Provisional),
                &[Inform(News::Response)],
                Proceeding,
            ),
        ],
    );
}

#[test]
fn cancel_is_sent_once_and_the_invite_given_up_64_t1_later() {
    check(
        started(false),
        &[
            (
                Event::Response(Provisional),
                &[Inform(News::Response)],
                Proceeding,
            ),
            (
                Event::Cancel,
                &[SendCancel, Start(Timer::Abandon, TIMEOUT)],
                Proceeding,
            ),
            (Event::Cancel, &[], Proceeding),
            (
                Event::Timer(Timer::Abandon),
                &[Inform(News::Timeout)],
                Terminated,
            ),
        ],
    );
}

#[test]
fn cancel_after_a_final_response_does_nothing() {
    let mut machine = started(false);
    let mut effects = Vec::new();
    machine.handle(Event::Response(Success), &Timing::default(), &mut effects);
    check(machine, &[(Event::Cancel, &[], Accepted)]);
}

#[test]
fn a_success_after_cancel_is_handed_up() {
    let mut machine = started(false);
    machine.handle(
        Event::Response(Provisional),
        &Timing::default(),
        &mut Vec::new(),
    );
    machine.handle(Event::Cancel, &Timing::default(), &mut Vec::new());
    check(
        machine,
        &[
            (
                Event::Response(Success),
                &[Inform(News::Response), Forget, Start(Timer::M, TIMEOUT)],
                Accepted,
            ),
            (Event::Timer(Timer::Abandon), &[], Accepted),
        ],
    );
}

#[test]
fn a_transport_error_ends_it_and_is_told() {
    let lost = [Inform(News::TransportError)];
    check(
        started(false),
        &[(Event::TransportError, &lost, Terminated)],
    );
    let mut completed = started(false);
    completed.handle(
        Event::Response(Failure),
        &Timing::default(),
        &mut Vec::new(),
    );
    check(completed, &[(Event::TransportError, &lost, Terminated)]);
}
