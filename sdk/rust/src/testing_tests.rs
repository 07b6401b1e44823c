//! The test double itself.

use std::time::Duration;

use super::*;
use crate::directory::{AgentStatus, Queue};
use crate::event::EventKind;
use crate::registration::{Grant, Refusal, Registration};
use crate::state::StateError;
use crate::{directory, gate, http, log, metrics, random, script, state, time};

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

#[test]
fn a_value_is_replaced_only_if_nobody_came_between() {
    let host = Host::new().state("a", "1");
    host.run(|| {
        assert_eq!(
            state::compare_and_set("a", Some(b"2"), "3", None),
            Ok(false)
        );
        assert_eq!(state::compare_and_set("a", None, "3", None), Ok(false));
        assert_eq!(state::compare_and_set("a", Some(b"1"), "3", None), Ok(true));
        assert_eq!(state::compare_and_set("b", None, "4", None), Ok(true));
        assert_eq!(
            state::compare_and_set("", None, "4", None),
            Err(StateError::BadKey)
        );
    });
    assert_eq!(host.stored("a").as_deref(), Some("3"));
    assert_eq!(host.stored("b").as_deref(), Some("4"));
}

#[test]
fn the_directory_knows_agents_and_queues() {
    let queue = Queue {
        name: "support".to_owned(),
        waiting: 2,
        ..Queue::default()
    };
    let host = Host::new()
        .agent("alice", AgentStatus::Away, &["de"])
        .agent("bob", AgentStatus::Available, &["de", "en"])
        .queue(queue.clone());
    host.run(|| {
        assert_eq!(
            directory::agent("alice").map(|a| a.status),
            Some(AgentStatus::Away)
        );
        assert_eq!(directory::agent("carol"), None);
        assert_eq!(directory::agents(None).len(), 2);
        assert_eq!(directory::agents(Some("en"))[0].client, "bob");
        assert_eq!(directory::queue("support"), Some(queue));
        assert_eq!(directory::queue("sales"), None);
    });
}

#[test]
fn clocks_show_what_they_show_in_their_zones() {
    let host = Host::new().at_time("2026-07-01T00:30:05+02:00");
    let berlin = host
        .run(|| time::local("Europe/Berlin", time::now()))
        .unwrap();
    assert_eq!((berlin.year, berlin.month, berlin.day), (2026, 7, 1));
    assert_eq!((berlin.hour, berlin.minute, berlin.second), (0, 30, 5));
    assert_eq!((berlin.weekday, berlin.offset_minutes), (3, 120));
    assert_eq!(
        (berlin.minute_of_day(), berlin.is_working_day()),
        (30, true)
    );
    let utc = host.run(|| time::local("UTC", time::now())).unwrap();
    assert_eq!((utc.day, utc.hour), (30, 22));
    let error = host.run(|| time::local("Mars/Olympus", 0)).unwrap_err();
    assert_eq!(error.text(), "there is no time zone `Mars/Olympus`");
}

#[test]
fn what_a_plugin_measures_is_kept() {
    let host = Host::new();
    host.run(|| {
        metrics::count("a_total", &[("k", "v")]);
        metrics::add("a_total", &[], 3);
        metrics::gauge("b", &[], -0.5);
        metrics::observe("c", &[], Duration::from_millis(250));
    });
    let values: Vec<(String, f64)> = host
        .metrics()
        .into_iter()
        .map(|m| (m.name, m.value))
        .collect();
    let expected = [("a_total", 1.0), ("a_total", 3.0), ("b", -0.5), ("c", 0.25)];
    assert_eq!(
        values,
        expected.map(|(name, value)| (name.to_owned(), value))
    );
}

struct Plugin;

impl Router for Plugin {
    fn route(call: &Call) -> Result<Decision, Error> {
        match call.callee.as_str() {
            "state" => {
                let count = state::increment("count", 1, None)?;
                Ok(script::next().with("count", count.to_string()).into())
            }
            "http" => {
                let answer = http::get("http://a/").send()?;
                Ok(script::respond(answer.status).into())
            }
            _ => Ok(script::ring([call.callee.as_str()]).into()),
        }
    }

    fn resume(_: &Call, tag: &str, _: &Outcome) -> Result<Continuation, Error> {
        if tag == "bad" {
            Err(Error::new("a bad tag"))
        } else {
            Ok(Continuation::Proceed)
        }
    }
}

impl Gatekeeper for Plugin {
    fn register(registration: &Registration) -> Result<Grant, Refusal> {
        if registration.username != "alice" {
            return Err(gate::refuse_because(403, "who?"));
        }
        Ok(gate::password("secret").dialplan("house").into())
    }
}

impl Observer for Plugin {
    fn on_event(event: &Event) {
        if matches!(event.kind, EventKind::Initiated) {
            let _ = state::set("heard", &event.subject.callee, None);
        }
    }
}

fn cases(cases: &str) -> Cases {
    Cases::new(&format!("{{\"cases\": [{cases}]}}"))
        .router::<Plugin>()
        .gatekeeper::<Plugin>()
        .observer::<Plugin>()
}

#[test]
fn a_case_asks_what_it_says_and_compares_what_it_expects() {
    cases(
        r#"
        {"name": "defaults are filled in", "call": {"callee": "bob"},
         "expect": {"script": [{"connect": {"targets": [{"endpoint": {"client": "bob"}}]}}]}},
        {"name": "state", "call": {"callee": "state"}, "state": {"count": "4"},
         "expect": {"next": [{"name": "count", "value": "5"}]}, "expect_state": {"count": "5"}},
        {"name": "http", "call": {"callee": "http"},
         "http": [{"url": "http://a/", "method": "POST", "error": "timeout"}, {"url": "http://a/", "response": {"status": 404}}],
         "expect": {"script": [{"respond": {"status": 404}}]}, "expect_http": [{"url": "http://a/", "method": "GET", "body": ""}]},
        {"name": "no answer", "call": {"callee": "http"}, "http": [{"url": "http://a/", "error": "timeout"}], "expect": {"error": "in time"}},
        {"name": "resume", "call": {}, "resume": {"tag": "x", "outcome": "completed"}, "expect": "proceed"},
        {"name": "resume fails", "call": {}, "resume": {"tag": "bad", "outcome": "timed-out"}, "expect": {"error": "bad"}},
        {"name": "register", "register": {"domain": "d", "username": "alice", "credentials": {"username": "alice", "realm": "d",
            "nonce": "n", "uri": "u", "response": "r", "method": "REGISTER"}},
         "expect": {"grant": {"proof": {"password": "secret"}, "dialplan": {"named": "house"}}}},
        {"name": "refuse", "register": {"domain": "d", "username": "bob", "credentials": {"username": "bob", "realm": "d",
            "nonce": "n", "uri": "u", "response": "r", "method": "REGISTER"}}, "expect": {"refusal": {"status": 403}}},
        {"name": "event", "event": {"call_id": "1", "sip_call_id": "1", "domain": "d", "caller": "a", "callee": "b", "origin": "api",
            "sequence": 0, "at": 0, "type": "call.initiated"}, "expect_state": {"heard": "b"}, "expect_http": []}"#,
    )
    .run();
}

/// What is said of cases that fail.
fn complaint(text: &str) -> String {
    let cases = cases(text);
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cases.run())).unwrap_err();
    panicked
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn a_case_that_fails_says_what_was_expected_and_what_came() {
    let text = complaint(
        r#"{"name": "bob", "call": {"callee": "bob"}, "expect": "proceed"}, {"name": "ok", "call": {}}"#,
    );
    assert!(
        text.starts_with(
            "1 of 2 cases failed:\n  bob\n    expected \"proceed\"\n    got      {\"script\""
        ),
        "{text}"
    );
    let text =
        complaint(r#"{"name": "s", "call": {"callee": "state"}, "expect_state": {"count": "7"}}"#);
    assert!(
        text.contains("expected count = 7 in the state, got Some(\"1\")"),
        "{text}"
    );
    let text = complaint(r#"{"name": "h", "call": {"callee": "http"}, "expect_http": []}"#);
    assert!(
        text.contains("expected 0 requests, sent [\"http://a/\"]"),
        "{text}"
    );
    let text = complaint(r#"{"name": "e", "call": {}, "at": "noon"}"#);
    assert!(text.contains("`noon` is no RFC 3339 time"), "{text}");
}
