//! Copies, failures and pauses.

use super::*;

const POLICY: Policy = Policy {
    budget_ms: 250,
    cache_seconds: 60,
    negative_cache_seconds: 10,
    stale_seconds: 600,
    pause_after_failures: 3,
    pause_seconds: 30,
};
const START: u64 = 1_776_781_920_000;

fn ask(host: &testing::Host, seconds: u64, answer: Result<&str, &str>) -> Result<Found, Error> {
    let host = host.clone().at(START + seconds * 1_000);
    let fetched = answer.map_err(Error::new).map(|text| Fetched {
        text: text.to_owned(),
        negative: text.is_empty(),
    });
    host.run(|| lookup("crm", "+4930", &POLICY, || fetched))
}

fn found(text: &str, stale: bool) -> Result<Found, Error> {
    let text = text.to_owned();
    Ok(Found { text, stale })
}

#[test]
fn an_answer_is_kept_while_it_is_fresh() {
    let host = testing::Host::new();
    assert_eq!(ask(&host, 0, Ok("gold")), found("gold", false));
    assert_eq!(ask(&host, 59, Ok("new")), found("gold", false));
    assert_eq!(ask(&host, 60, Ok("new")), found("new", false));
}

#[test]
fn the_answer_that_there_is_nothing_is_kept_for_a_time_of_its_own() {
    let host = testing::Host::new();
    assert_eq!(ask(&host, 0, Ok("")), found("", false));
    assert_eq!(ask(&host, 9, Ok("new")), found("", false));
    assert_eq!(ask(&host, 10, Ok("new")), found("new", false));
}

#[test]
fn the_old_copy_serves_while_the_server_is_down_and_not_for_ever() {
    let host = testing::Host::new();
    assert_eq!(ask(&host, 0, Ok("gold")), found("gold", false));
    assert_eq!(ask(&host, 100, Err("down")), found("gold", true));
    assert_eq!(ask(&host, 661, Err("down")), Err(Error::new("down")));
}

#[test]
fn one_call_renews_the_copy_and_the_others_do_not_wait() {
    let host = testing::Host::new();
    let _ = ask(&host, 0, Ok("gold"));
    assert_eq!(ask(&host, 100, Err("slow")), found("gold", true));
    assert_eq!(ask(&host, 101, Ok("never asked")), found("gold", true));
    assert_eq!(ask(&host, 110, Ok("new")), found("new", false));
}

#[test]
fn after_repeated_failures_the_server_is_left_alone_for_a_while() {
    let host = testing::Host::new();
    for second in 0..3 {
        assert_eq!(ask(&host, second, Err("down")), Err(Error::new("down")));
    }
    let error = ask(&host, 3, Ok("never asked")).unwrap_err();
    assert_eq!(error.text(), "left alone after repeated failures");
    assert_eq!(ask(&host, 30, Ok("gold")), found("gold", false));
}

#[test]
fn a_success_ends_the_counting_of_failures() {
    let host = testing::Host::new();
    let other = |seconds: u64, answer: Result<&str, &str>| {
        let host = host.clone().at(START + seconds * 1_000);
        let fetched = answer.map_err(Error::new).map(|text| Fetched {
            text: text.to_owned(),
            negative: false,
        });
        host.run(|| lookup("crm", &seconds.to_string(), &POLICY, || fetched))
    };
    for round in 0..5 {
        assert!(other(round * 3, Err("down")).is_err());
        assert!(other(round * 3 + 1, Err("down")).is_err());
        assert!(other(round * 3 + 2, Ok("up")).is_ok());
    }
}

#[test]
fn a_subject_of_any_length_is_asked_about() {
    let host = testing::Host::new();
    let long = "9".repeat(1_000);
    for text in ["a", "b"] {
        let fetched = Fetched {
            text: text.to_owned(),
            negative: false,
        };
        let answer = host.run(|| lookup("crm", &long, &POLICY, || Ok(fetched)));
        assert_eq!(answer, found(text, false));
    }
}
