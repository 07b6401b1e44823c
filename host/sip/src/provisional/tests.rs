//! Numbers, repetition and order of reliable provisional responses.

use super::*;

fn timing() -> Timing {
    Timing::default()
}

#[test]
fn the_interval_doubles_and_ends_after_64_t1() {
    let start = Instant::now();
    let mut reliably = Reliably::new(7, timing());
    assert_eq!(reliably.poll_timeout(), None);
    assert_eq!(reliably.send(start), 7);
    let mut seen = Vec::new();
    while let Some(at) = reliably.poll_timeout() {
        let action = reliably.handle_timeout(at).unwrap();
        seen.push(((at - start).as_millis(), action));
    }
    use ProvisionalAction::{GiveUp, Resend};
    assert_eq!(
        seen,
        [
            (500, Resend),
            (1500, Resend),
            (3500, Resend),
            (7500, Resend),
            (15_500, Resend),
            (31_500, Resend),
            (32_000, GiveUp),
        ]
    );
}

#[test]
fn a_prack_must_name_the_response_that_waits() {
    let now = Instant::now();
    let mut reliably = Reliably::new(10, timing());
    assert!(!reliably.acknowledge(10));
    assert_eq!(reliably.send(now), 10);
    assert!(reliably.is_waiting());
    assert!(!reliably.acknowledge(11));
    assert!(reliably.acknowledge(10));
    assert!(!reliably.acknowledge(10));
    assert!(reliably.has_sent(10));
    assert!(!reliably.has_sent(11));
    assert_eq!(reliably.send(now), 11);
}

#[test]
fn after_the_final_response_nothing_is_repeated_but_a_prack_still_matches() {
    let now = Instant::now();
    let mut reliably = Reliably::new(0, timing());
    assert_eq!(reliably.send(now), 1, "never 0");
    reliably.stop();
    assert_eq!(reliably.handle_timeout(now + Duration::from_secs(60)), None);
    assert!(reliably.acknowledge(1));
}

#[test]
fn only_the_next_response_is_acknowledged() {
    let mut order = InOrder::default();
    let arrived: Vec<_> = [40, 42, 40, 41, 41, 42, 39]
        .map(|number| order.receive(number))
        .into();
    use Arrived::{Again, Next, OutOfOrder};
    assert_eq!(arrived, [Next, OutOfOrder, Again, Next, Again, Next, Again]);
    let mut order = InOrder::default();
    assert_eq!(order.receive(u32::MAX), Next);
    assert_eq!(order.receive(u32::MAX), Again);
}

#[test]
fn rack_has_three_words() {
    let rack = RAck::parse("776656 1 INVITE").unwrap();
    assert_eq!(
        (rack.number, rack.cseq, rack.method),
        (776_656, 1, "INVITE")
    );
    for bad in [
        "",
        "1",
        "1 2",
        "x 1 INVITE",
        "1 x INVITE",
        "1 2 INVITE 3",
        "-1 2 INVITE",
    ] {
        assert_eq!(RAck::parse(bad), None, "{bad}");
    }
}
