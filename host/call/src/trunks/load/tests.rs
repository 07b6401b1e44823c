//! Channels and rates.

use super::*;

fn limits() -> TrunkLimits {
    TrunkLimits {
        calls: Some(3),
        calls_in: Some(2),
        ..TrunkLimits::default()
    }
}

#[test]
fn channels_are_counted_each_way_and_together_and_given_back_when_dropped() {
    let now = Instant::now();
    let (mut load, limits) = (Load::new(now), limits());
    let first = load.take(now, &limits, Direction::In).unwrap();
    let _second = load.take(now, &limits, Direction::In).unwrap();
    let third = load.take(now, &limits, Direction::In);
    assert_eq!(third.unwrap_err(), Excess::Channels);
    let _third = load.take(now, &limits, Direction::Out).unwrap();
    assert!(load.take(now, &limits, Direction::Out).is_err());
    assert_eq!(load.open(), (2, 1));
    drop(first);
    assert_eq!(load.open(), (1, 1));
    assert!(load.take(now, &limits, Direction::Out).is_ok());
    assert_eq!((load.taken_in, load.taken_out, load.refused), (2, 2, 2));
}

#[test]
fn calls_per_second_are_an_average_over_one_second() {
    let start = Instant::now();
    let limits = TrunkLimits {
        calls_per_second_out: Some(5),
        ..TrunkLimits::default()
    };
    let mut load = Load::new(start);
    let mut taken = |at: u64| {
        let now = start + Duration::from_millis(at);
        load.take(now, &limits, Direction::Out).is_ok()
    };
    let burst: Vec<_> = (0..6).map(|_| taken(0)).collect();
    assert_eq!(burst, [true, true, true, true, true, false]);
    assert!(!taken(199));
    assert!(taken(200));
    assert!(!taken(399));
    assert!(taken(400));
    let after_a_pause: Vec<_> = (0..6).map(|_| taken(60_000)).collect();
    assert_eq!(after_a_pause.iter().filter(|taken| **taken).count(), 5);
}

#[test]
fn one_way_does_not_use_up_the_rate_of_the_other() {
    let now = Instant::now();
    let limits = TrunkLimits {
        calls_per_second_in: Some(1),
        calls_per_second_out: Some(1),
        ..TrunkLimits::default()
    };
    let mut load = Load::new(now);
    assert!(load.take(now, &limits, Direction::In).is_ok());
    assert!(load.take(now, &limits, Direction::Out).is_ok());
    assert_eq!(
        load.take(now, &limits, Direction::In).unwrap_err(),
        Excess::Rate
    );
}
