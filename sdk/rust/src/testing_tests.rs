//! The test double itself.

use std::time::Duration;

use super::*;
use crate::state::StateError;
use crate::{directory, http, log, random, state, time};

#[test]
fn state_is_kept_between_calls_until_its_time_to_live_is_over() {
    let host = Host::new().at(0);
    host.run(|| state::set("a", "1", Some(Duration::from_secs(10))))
        .unwrap();
    assert_eq!(host.run(|| state::increment("a", 4, None)), Ok(5));
    let host = host.at(9_999);
    assert_eq!(host.run(|| state::get_text("a")), Some("5".to_owned()));
    let host = host.at(10_000);
    assert_eq!(host.run(|| state::get("a")), None);
    assert!(!host.run(|| state::delete("a")));
}

#[test]
fn state_refuses_what_the_switch_refuses() {
    Host::new().run(|| {
        assert_eq!(state::set("", "1", None), Err(StateError::BadKey));
        assert_eq!(
            state::set("a", vec![0; 65_537], None),
            Err(StateError::TooLarge)
        );
        state::set("a", "text", None).unwrap();
        assert_eq!(state::increment("a", 1, None), Err(StateError::NotANumber));
        state::set("b", i64::MAX.to_string(), None).unwrap();
        assert_eq!(state::increment("b", 1, None), Err(StateError::NotANumber));
        assert_eq!(state::increment("c", -2, None), Ok(-2));
    });
}

#[test]
fn the_directory_knows_the_clients_of_the_test() {
    Host::new()
        .registered("1001")
        .client("1002", &[], 2)
        .run(|| {
            assert!(directory::registered("1001"));
            assert!(!directory::registered("1002"));
            assert_eq!(directory::active_calls("1002"), 2);
            assert!(directory::contacts("1003").is_empty());
        });
}

#[test]
fn requests_are_kept_and_answered_by_the_test() {
    let host = Host::new().server(|request| Ok(response(201, request.body.clone())));
    let answer = host
        .run(|| http::post("http://a/").body("text/plain", "hi").send())
        .unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (201, b"hi".as_slice())
    );
    assert_eq!(host.requests()[0].headers[0].value, "text/plain");
    assert!(matches!(
        Host::new().run(|| http::get("http://a/").send()),
        Err(HttpError::Denied(_))
    ));
}

#[test]
fn chance_time_and_log_are_the_same_in_every_run() {
    let host = Host::new().at(5);
    assert_eq!(
        host.run(|| random::bytes(4)),
        Host::new().run(|| random::bytes(4))
    );
    assert_eq!(host.run(time::now), 5);
    host.run(|| log::warn("late"));
    assert_eq!(host.log(), [(Level::Warn, "late".to_owned())]);
}

#[test]
fn a_host_within_a_host_gives_way_again() {
    Host::new().at(1).run(|| {
        Host::new().at(2).run(|| assert_eq!(time::now(), 2));
        assert_eq!(time::now(), 1);
    });
}
