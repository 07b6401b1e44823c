//! The circuit breaker.

use super::*;

fn circuit() -> Circuit {
    let settings = Breaker {
        failures: 3,
        seconds: 10,
    };
    Circuit::new(settings, "http://app/")
}

fn fail(times: usize) {
    for _ in 0..times {
        circuit().failed();
    }
}

fn may_ask(host: &testing::Host) -> bool {
    host.run(|| circuit().enter().is_ok())
}

#[test]
fn after_so_many_failures_in_a_row_nobody_asks_for_a_while() {
    let host = testing::Host::new().at(0);
    host.run(|| fail(2));
    assert!(may_ask(&host));
    host.run(|| circuit().succeeded());
    host.run(|| fail(2));
    assert!(may_ask(&host));
    host.run(|| fail(1));
    assert!(!may_ask(&host));
    assert!(!may_ask(&host.at(9_999)));
}

#[test]
fn then_one_tries_and_the_others_wait_for_what_becomes_of_it() {
    let host = testing::Host::new().at(0);
    host.run(|| fail(3));
    let host = host.at(10_000);
    assert!(may_ask(&host));
    assert!(!may_ask(&host));
    host.run(|| circuit().failed());
    assert!(!may_ask(&host.clone().at(19_999)));
    let host = host.at(20_000);
    assert!(may_ask(&host));
    host.run(|| circuit().succeeded());
    assert!(may_ask(&host));
    assert!(may_ask(&host));
}

#[test]
fn one_that_tried_and_never_said_blocks_nobody_for_long() {
    let host = testing::Host::new().at(0);
    host.run(|| fail(3));
    let host = host.at(10_000);
    assert!(may_ask(&host));
    assert!(may_ask(&host.at(15_000)));
}

#[test]
fn each_url_is_judged_by_itself_and_the_breaker_can_be_off() {
    testing::Host::new().run(|| {
        fail(3);
        let settings = circuit().settings;
        assert!(Circuit::new(settings, "http://other/").enter().is_ok());
        let off = Breaker {
            failures: 0,
            seconds: 10,
        };
        assert!(Circuit::new(off, "http://app/").enter().is_ok());
    });
}
