//! Tables of events and the effects that RFC 3261 §17.1.2 asks for.

use std::time::Duration;

use super::*;
use Class::{Failure, Provisional, Success};
use Effect::{Forget, Inform, Keep, Resend, Send, Start};
use State::{Completed, Proceeding, Terminated, Trying};

const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
const T4: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(32);

type Step<'a> = (Event, &'a [Effect], State);

fn started(reliable: bool) -> NonInviteClient {
    NonInviteClient::start(reliable, &Timing::default(), &mut Vec::new())
}

fn check(mut machine: NonInviteClient, steps: &[Step<'_>]) {
    for (at, (event, expected, state)) in steps.iter().enumerate() {
        let mut effects = Vec::new();
        machine.handle(*event, &Timing::default(), &mut effects);
        assert_eq!(effects, *expected, "step {at}: {event:?}");
        assert_eq!(machine.state(), *state, "step {at}: {event:?}");
    }
}

#[test]
fn it_starts_by_sending_with_timers_e_and_f_if_unreliable_and_f_alone_if_reliable() {
    let mut effects = Vec::new();
    let machine = NonInviteClient::start(false, &Timing::default(), &mut effects);
    let (e, f) = (Start(Timer::E, T1), Start(Timer::F, TIMEOUT));
    assert_eq!(effects, [Send, Keep, e, f]);
    assert_eq!(machine.state(), Trying);
    effects.clear();
    NonInviteClient::start(true, &Timing::default(), &mut effects);
    assert_eq!(effects, [Send, Keep, f]);
}

#[test]
fn the_request_is_resent_at_intervals_that_double_up_to_t2_until_timer_f() {
    let resent = |interval| [Resend, Start(Timer::E, interval)];
    let fire = Event::Timer(Timer::E);
    check(
        started(false),
        &[
            (fire, &resent(T1 * 2), Trying),
            (fire, &resent(T1 * 4), Trying),
            (fire, &resent(T2), Trying),
            (fire, &resent(T2), Trying),
            (Event::Timer(Timer::F), &[Inform(News::Timeout)], Terminated),
        ],
    );
}

#[test]
fn after_a_provisional_response_it_is_resent_every_t2() {
    check(
        started(false),
        &[
            (
                Event::Response(Provisional),
                &[Inform(News::Response)],
                Proceeding,
            ),
            (
                Event::Timer(Timer::E),
                &[Resend, Start(Timer::E, T2)],
                Proceeding,
            ),
            (Event::Timer(Timer::F), &[Inform(News::Timeout)], Terminated),
        ],
    );
}

#[test]
fn a_final_response_is_handed_up_once_and_its_retransmissions_absorbed_until_timer_k() {
    for class in [Success, Failure] {
        check(
            started(false),
            &[
                (
                    Event::Response(class),
                    &[Inform(News::Response), Forget, Start(Timer::K, T4)],
                    Completed,
                ),
                (Event::Response(class), &[], Completed),
                (Event::Timer(Timer::E), &[], Completed),
                (Event::Timer(Timer::F), &[], Completed),
                (Event::TransportError, &[], Completed),
                (Event::Timer(Timer::K), &[], Terminated),
            ],
        );
    }
}

#[test]
fn over_a_reliable_transport_a_final_response_ends_it_at_once() {
    check(
        started(true),
        &[(
            Event::Response(Success),
            &[Inform(News::Response), Forget],
            Terminated,
        )],
    );
}

#[test]
fn a_transport_error_ends_it_and_is_told() {
    check(
        started(false),
        &[(
            Event::TransportError,
            &[Inform(News::TransportError)],
            Terminated,
        )],
    );
}
