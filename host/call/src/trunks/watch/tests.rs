//! Hosts go down and come up.

use super::*;

fn health() -> Health {
    Health {
        interval: Duration::from_secs(30),
        timeout: Duration::from_secs(5),
        down_after: 3,
        up_after: 2,
    }
}

fn failed() -> Finding {
    Finding::Failed("no response".to_owned())
}

#[test]
fn a_host_is_down_after_several_failures_and_up_after_several_responses() {
    let (now, health) = (Instant::now(), health());
    let mut watch = Watch::new(now, Some(now));
    assert!(
        watch.found(now, &health, Finding::Answered),
        "the first answer counts"
    );
    assert!(!watch.found(now, &health, failed()));
    assert!(!watch.found(now, &health, failed()));
    assert!(
        !watch.found(now, &health, Finding::Answered),
        "and begins anew"
    );
    assert!(!watch.found(now, &health, failed()));
    assert!(!watch.found(now, &health, failed()));
    assert!(!watch.is_down(now));
    assert!(watch.found(now, &health, failed()));
    assert!(watch.is_down(now));
    assert!(!watch.found(now, &health, Finding::Answered));
    assert!(watch.is_down(now));
    assert!(watch.found(now, &health, Finding::Answered));
    assert_eq!(watch.shown(now), (HostState::Up, "it answers", now));
}

#[test]
fn a_question_that_waits_too_long_is_a_failure_and_the_next_one_comes_after_the_interval() {
    let (start, health) = (Instant::now(), health());
    let mut watch = Watch::new(start, Some(start));
    assert_eq!(watch.due(start, &health), Wish::Ask);
    assert_eq!(watch.due, Some(start + health.timeout));
    let late = start + health.timeout;
    assert_eq!(watch.due(late, &health), Wish::GiveUp(false));
    assert_eq!(watch.due, Some(late + health.interval));
}

#[test]
fn a_host_that_asked_for_it_is_left_alone_for_so_long_and_no_longer_than_ten_minutes() {
    let now = Instant::now();
    let mut watch = Watch::new(now, None);
    watch.rest(now, Duration::from_secs(60));
    watch.rest(now, Duration::from_secs(1));
    assert!(watch.is_down(now + Duration::from_secs(59)));
    assert!(!watch.is_down(now + Duration::from_secs(60)));
    watch.rest(now, Duration::from_secs(86_400));
    assert!(!watch.is_down(now + REST_MAX));
    assert_eq!(watch.shown(now).0, HostState::Down);
}
