//! The circuit breaker, in times of the test's own.

use super::*;

fn config() -> BreakerConfig {
    BreakerConfig {
        failures: 3,
        percent: 50,
        window: Duration::from_secs(10),
        pause: Duration::from_secs(5),
        trials: 2,
    }
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn decide(breaker: &mut Breaker, now: Instant, failed: bool) -> (Admission, Option<Change>) {
    let admission = breaker.admit(now);
    let change = match admission {
        Admission::SetAside => None,
        admitted => breaker.record(now, admitted, failed),
    };
    (admission, change)
}

fn opened(start: Instant) -> Breaker {
    let mut breaker = Breaker::new(config());
    for _ in 0..3 {
        decide(&mut breaker, start, true);
    }
    assert_eq!(breaker.set_aside(start), Some(seconds(5)));
    breaker
}

#[test]
fn many_failures_within_the_window_set_it_aside() {
    let start = Instant::now();
    let mut breaker = Breaker::new(config());
    assert_eq!(decide(&mut breaker, start, true), (Admission::Ask, None));
    assert_eq!(decide(&mut breaker, start, true), (Admission::Ask, None));
    assert_eq!(
        decide(&mut breaker, start, true),
        (Admission::Ask, Some(Change::Opened(seconds(5))))
    );
    assert_eq!(
        decide(&mut breaker, start + seconds(4), true).0,
        Admission::SetAside
    );
}

#[test]
fn failures_that_are_few_among_many_decisions_do_not() {
    let start = Instant::now();
    let mut breaker = Breaker::new(config());
    for _ in 0..10 {
        decide(&mut breaker, start, false);
    }
    for _ in 0..9 {
        assert_eq!(decide(&mut breaker, start, true), (Admission::Ask, None));
    }
    assert!(decide(&mut breaker, start, true).1.is_some());
}

#[test]
fn failures_are_forgotten_after_the_window() {
    let start = Instant::now();
    let mut breaker = Breaker::new(config());
    decide(&mut breaker, start, true);
    decide(&mut breaker, start, true);
    assert_eq!(
        decide(&mut breaker, start + seconds(11), true),
        (Admission::Ask, None)
    );
}

#[test]
fn after_the_pause_one_trial_at_a_time_is_made_until_enough_succeeded() {
    let start = Instant::now();
    let mut breaker = opened(start);
    let later = start + seconds(5);
    assert_eq!(breaker.admit(later), Admission::Trial);
    assert_eq!(breaker.admit(later), Admission::SetAside);
    assert!(breaker.on_trial());
    assert_eq!(breaker.record(later, Admission::Trial, false), None);
    assert_eq!(
        decide(&mut breaker, later, false),
        (Admission::Trial, Some(Change::Closed))
    );
    assert_eq!(decide(&mut breaker, later, false), (Admission::Ask, None));
}

#[test]
fn a_trial_that_fails_doubles_the_pause() {
    let start = Instant::now();
    let mut breaker = opened(start);
    let later = start + seconds(5);
    assert_eq!(
        decide(&mut breaker, later, true).1,
        Some(Change::Opened(seconds(10)))
    );
    assert_eq!(
        decide(&mut breaker, later + seconds(9), true).0,
        Admission::SetAside
    );
    assert_eq!(
        decide(&mut breaker, later + seconds(10), true).1,
        Some(Change::Opened(seconds(20)))
    );
}

#[test]
fn a_trial_whose_end_is_never_heard_makes_room_after_the_window() {
    let start = Instant::now();
    let mut breaker = opened(start);
    assert_eq!(breaker.admit(start + seconds(5)), Admission::Trial);
    assert_eq!(breaker.admit(start + seconds(15)), Admission::Trial);
}

#[test]
fn decisions_that_were_under_way_when_it_opened_change_nothing() {
    let start = Instant::now();
    let mut breaker = opened(start);
    assert_eq!(breaker.record(start, Admission::Ask, true), None);
    assert_eq!(breaker.set_aside(start), Some(seconds(5)));
}

#[test]
fn a_limit_of_zero_switches_it_off() {
    let start = Instant::now();
    let mut breaker = Breaker::new(BreakerConfig {
        failures: 0,
        ..config()
    });
    for _ in 0..1_000 {
        assert_eq!(decide(&mut breaker, start, true), (Admission::Ask, None));
    }
}
