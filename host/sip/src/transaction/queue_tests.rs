//! The queue gives timers in the order of their deadlines and never grows without bound.

use super::*;

fn owner(index: u32) -> Handle {
    Handle {
        index,
        generation: 0,
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn timers_come_out_in_the_order_of_their_deadlines() {
    let now = Instant::now();
    let mut queue = TimerQueue::default();
    queue.start(now, SECOND * 3, owner(1), Timer::B);
    queue.start(now, SECOND, owner(2), Timer::A);
    queue.start(now + SECOND, SECOND, owner(3), Timer::A);
    assert_eq!(queue.next_deadline(), Some(now + SECOND));
    assert_eq!(queue.take_due(now), None);
    let late = now + SECOND * 10;
    assert_eq!(queue.take_due(late), Some((owner(2), Timer::A)));
    assert_eq!(queue.take_due(late), Some((owner(3), Timer::A)));
    assert_eq!(queue.take_due(late), Some((owner(1), Timer::B)));
    assert_eq!(queue.take_due(late), None);
    assert_eq!(queue.next_deadline(), None);
}

#[test]
fn timers_of_dropped_transactions_are_swept_when_they_are_many() {
    let now = Instant::now();
    let mut queue = TimerQueue::default();
    for index in 0..100_000 {
        queue.start(now, SECOND * 32, owner(index), Timer::H);
        queue.sweep(1, |handle| handle.index == 0);
        assert!(queue.entries <= SWEEP_ABOVE);
    }
    let late = now + SECOND * 32;
    assert_eq!(queue.take_due(late), Some((owner(0), Timer::H)));
}
