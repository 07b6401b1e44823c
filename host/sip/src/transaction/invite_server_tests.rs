//! Tables of events and the effects that RFC 3261 §17.2.1 and RFC 6026 §7.1 ask for.

use std::time::Duration;

use super::*;
use Class::{Failure, Provisional, Success};
use Effect::{Forget, Inform, Keep, Resend, Send, Start};
use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};

const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
const T4: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(32);

type Step<'a> = (Event, &'a [Effect], State);

fn check(mut machine: InviteServer, steps: &[Step<'_>]) {
    for (at, (event, expected, state)) in steps.iter().enumerate() {
        let mut effects = Vec::new();
        machine.handle(*event, &Timing::default(), &mut effects);
        assert_eq!(effects, *expected, "step {at}: {event:?}");
        assert_eq!(machine.state(), *state, "step {at}: {event:?}");
    }
}

#[test]
fn a_retransmitted_invite_gets_the_latest_provisional_response_again() {
    check(
        InviteServer::start(false),
        &[
            (Event::Respond(Provisional), &[Send, Keep], Proceeding),
            (Event::Retransmission, &[Resend], Proceeding),
            (Event::Respond(Provisional), &[Send, Keep], Proceeding),
            (Event::Retransmission, &[Resend], Proceeding),
        ],
    );
}

#[test]
fn after_a_success_invites_are_absorbed_acks_and_further_successes_pass_until_timer_l() {
    check(
        InviteServer::start(false),
        &[
            (
                Event::Respond(Success),
                &[Send, Forget, Start(Timer::L, TIMEOUT)],
                Accepted,
            ),
            (Event::Retransmission, &[], Accepted),
            (Event::Respond(Success), &[Send], Accepted),
            (Event::Respond(Failure), &[], Accepted),
            (Event::Ack, &[Inform(News::Ack)], Accepted),
            (
                Event::TransportError,
                &[Inform(News::TransportError)],
                Accepted,
            ),
            (Event::Timer(Timer::L), &[], Terminated),
        ],
    );
}

#[test]
fn timer_l_runs_over_reliable_transports_too() {
    check(
        InviteServer::start(true),
        &[(
            Event::Respond(Success),
            &[Send, Forget, Start(Timer::L, TIMEOUT)],
            Accepted,
        )],
    );
}

#[test]
fn a_failure_is_resent_at_intervals_that_double_up_to_t2_until_the_ack() {
    let resent = |interval| [Resend, Start(Timer::G, interval)];
    let fire = Event::Timer(Timer::G);
    check(
        InviteServer::start(false),
        &[
            (
                Event::Respond(Failure),
                &[Send, Keep, Start(Timer::G, T1), Start(Timer::H, TIMEOUT)],
                Completed,
            ),
            (fire, &resent(T1 * 2), Completed),
            (fire, &resent(T1 * 4), Completed),
            (fire, &resent(T2), Completed),
            (fire, &resent(T2), Completed),
            (Event::Retransmission, &[Resend], Completed),
            (Event::Respond(Success), &[], Completed),
            (Event::Ack, &[Forget, Start(Timer::I, T4)], Confirmed),
            (Event::Ack, &[], Confirmed),
            (Event::Retransmission, &[], Confirmed),
            (fire, &[], Confirmed),
            (Event::Timer(Timer::H), &[], Confirmed),
            (Event::Timer(Timer::I), &[], Terminated),
        ],
    );
}

#[test]
fn a_failure_that_is_never_acknowledged_is_told_at_timer_h() {
    check(
        InviteServer::start(true),
        &[
            (
                Event::Respond(Failure),
                &[Send, Keep, Start(Timer::H, TIMEOUT)],
                Completed,
            ),
            (Event::Timer(Timer::H), &[Inform(News::Timeout)], Terminated),
        ],
    );
}

#[test]
fn over_a_reliable_transport_the_ack_ends_it_at_once() {
    let mut machine = InviteServer::start(true);
    machine.handle(Event::Respond(Failure), &Timing::default(), &mut Vec::new());
    check(machine, &[(Event::Ack, &[Forget], Terminated)]);
}

#[test]
fn a_transport_error_is_told_and_changes_no_state() {
    check(
        InviteServer::start(false),
        &[(
            Event::TransportError,
            &[Inform(News::TransportError)],
            Proceeding,
        )],
    );
}
