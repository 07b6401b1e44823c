//! The order in which events are told, and what is dropped when too many wait.

use switchhook_routing::call::Origin;
use switchhook_routing::event::{EventKind, Subject};

use super::*;

fn key(observer: &str, call: usize) -> Key {
    Key {
        observer: Arc::from(observer),
        call: Arc::from(format!("call-{call}")),
    }
}

fn event(sequence: u32) -> Event {
    let subject = Subject {
        call_id: String::new(),
        sip_call_id: String::new(),
        domain: String::new(),
        caller: String::new(),
        callee: String::new(),
        origin: Origin::Api,
        variables: Vec::new(),
    };
    Event {
        subject: Arc::new(subject),
        sequence,
        at: 0,
        kind: EventKind::Initiated,
    }
}

fn begun(queues: &mut Queues) -> Option<(Key, u32)> {
    queues.begin().map(|(key, event)| (key, event.sequence))
}

#[test]
fn events_of_one_call_are_told_in_order_and_one_at_a_time() {
    let mut queues = Queues::default();
    for sequence in 0..3 {
        queues.push(key("a", 1), event(sequence));
    }
    queues.push(key("a", 2), event(0));
    queues.push(key("b", 1), event(0));
    assert_eq!(begun(&mut queues), Some((key("a", 1), 0)));
    assert_eq!(begun(&mut queues), Some((key("a", 2), 0)));
    assert_eq!(begun(&mut queues), Some((key("b", 1), 0)));
    assert_eq!(begun(&mut queues), None, "the first call is being told one");
    queues.end(&key("a", 1), false);
    assert_eq!(begun(&mut queues), Some((key("a", 1), 1)));
    assert_eq!(begun(&mut queues), None);
    queues.end(&key("a", 1), true);
    assert_eq!(begun(&mut queues), Some((key("a", 1), 2)));
    for (observer, call) in [("a", 1), ("a", 2), ("b", 1)] {
        assert!(!queues.is_quiet());
        queues.end(&key(observer, call), false);
    }
    assert!(queues.is_quiet() && queues.mailboxes.is_empty());
    let told = ObserverStatus {
        told: 4,
        failed: 1,
        ..ObserverStatus::default()
    };
    assert_eq!(queues.accounts["a"], told);
}

#[test]
fn no_more_calls_are_told_at_once_than_allowed() {
    let mut queues = Queues::default();
    for call in 0..=limits::OBSERVED_AT_ONCE {
        queues.push(key("a", call), event(0));
    }
    let at_once = std::iter::from_fn(|| begun(&mut queues)).count();
    assert_eq!(at_once, limits::OBSERVED_AT_ONCE);
    queues.end(&key("a", 0), false);
    let last = key("a", limits::OBSERVED_AT_ONCE);
    assert_eq!(begun(&mut queues), Some((last, 0)));
}

#[test]
fn beyond_the_limit_the_oldest_events_of_a_call_are_dropped_and_counted() {
    let mut queues = Queues::default();
    for sequence in 0..2 {
        queues.push(key("a", 0), event(sequence));
    }
    for sequence in 0..limits::WAITING_EVENTS as u32 {
        queues.push(key("a", 1), event(sequence));
    }
    let account = queues.accounts["a"];
    assert_eq!((account.waiting, account.dropped), (10_000, 2));
    // A call that has nothing waiting takes the place of the one that has waited longest.
    queues.push(key("a", 2), event(0));
    assert_eq!(begun(&mut queues), Some((key("a", 0), 1)));
    assert_eq!(begun(&mut queues), Some((key("a", 1), 2)));
    assert_eq!(begun(&mut queues), Some((key("a", 2), 0)));
}

#[test]
fn a_call_whose_only_event_is_dropped_leaves_nothing_behind() {
    let mut queues = Queues::default();
    for call in 0..=limits::WAITING_EVENTS {
        queues.push(key("a", call), event(0));
    }
    assert_eq!(queues.mailboxes.len(), limits::WAITING_EVENTS);
    assert_eq!(queues.ready.len(), limits::WAITING_EVENTS);
    assert!(!queues.mailboxes.contains_key(&key("a", 0)));
}
