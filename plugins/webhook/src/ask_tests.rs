//! Questions that do not succeed at once.

use std::cell::RefCell;
use std::rc::Rc;

use switchhook_sdk::serde_json::json;

use super::*;

/// Asks a server that gives these results one after another, each after so many milliseconds (or when its time is over).
fn asked(
    settings: Value,
    results: Vec<(u64, Result<u16, HttpError>)>,
) -> (Result<Value, Failure>, Vec<http::Request>) {
    let host = testing::Host::new().at(0);
    let clock = host.clone();
    let results = Rc::new(RefCell::new(results.into_iter()));
    let now = Rc::new(RefCell::new(0_u64));
    let host = host.server(move |request| {
        let (milliseconds, result) = results.borrow_mut().next().expect("no further request");
        let limit = u64::from(request.timeout_milliseconds.unwrap_or(u32::MAX));
        *now.borrow_mut() += milliseconds.min(limit);
        let _ = clock.clone().at(*now.borrow());
        if milliseconds > limit {
            return Err(HttpError::Timeout);
        }
        result.map(|status| testing::response(status, "[1]"))
    });
    let settings: Settings = serde_json::from_value(settings).unwrap();
    let question = Question {
        hook: "call",
        url: "http://app/",
        id: "call-1_0".to_owned(),
        body: b"{}".to_vec(),
    };
    let answer = host.run(|| ask(&question, &settings));
    (answer, host.requests())
}

fn refused() -> Result<u16, HttpError> {
    Err(HttpError::Connection("refused".to_owned()))
}

fn limits(requests: &[http::Request]) -> Vec<Option<u32>> {
    requests.iter().map(|r| r.timeout_milliseconds).collect()
}

#[test]
fn a_failure_is_final_unless_the_settings_say_to_try_again() {
    let (answer, requests) = asked(json!({}), vec![(1, refused())]);
    assert!(matches!(answer, Err(Failure::Down(_))));
    assert_eq!(requests.len(), 1);
    let settings = json!({"retry": {"count": 2}, "timeout_ms": 1000});
    let (answer, requests) = asked(settings, vec![(1, refused()), (2, Ok(503)), (3, Ok(200))]);
    assert_eq!(answer, Ok(json!([1])));
    assert_eq!(limits(&requests), [Some(1000), Some(999), Some(997)]);
}

#[test]
fn tries_are_the_same_question_and_end_with_the_time_for_all_of_them() {
    let settings =
        json!({"retry": {"count": 5, "each_ms": 400}, "timeout_ms": 1000, "secret": "s"});
    let slow = || (2_000, Ok(200));
    let (answer, requests) = asked(settings, vec![slow(), slow(), slow()]);
    assert_eq!(
        answer,
        Err(Failure::Down(Error::new("no response in time")))
    );
    assert_eq!(limits(&requests), [Some(400), Some(400), Some(200)]);
    let id = |r: &http::Request| r.headers.iter().find(|h| h.name == "webhook-id").cloned();
    assert_eq!(id(&requests[0]), id(&requests[2]));
}

#[test]
fn an_answer_that_says_no_is_not_asked_for_again() {
    let settings = json!({"retry": {"count": 3}});
    let (answer, requests) = asked(settings.clone(), vec![(1, Ok(404))]);
    assert_eq!(answer, Err(Failure::Refused(Error::new("status 404"))));
    assert_eq!(requests.len(), 1);
    let denied = Err(HttpError::Denied("app".to_owned()));
    let (answer, requests) = asked(settings, vec![(1, denied)]);
    assert!(matches!(answer, Err(Failure::Refused(_))));
    assert_eq!(requests.len(), 1);
}

#[test]
fn a_slow_answer_is_given_up_for_a_second_request_elsewhere() {
    let settings = json!({"hedge": {"after_ms": 300, "url": "http://second/"}, "timeout_ms": 1000});
    let (answer, requests) = asked(settings.clone(), vec![(5_000, Ok(200)), (10, Ok(200))]);
    assert!(answer.is_ok());
    let urls: Vec<&str> = requests.iter().map(|r| r.url.as_str()).collect();
    assert_eq!(urls, ["http://app/", "http://second/"]);
    assert_eq!(limits(&requests), [Some(300), Some(700)]);
    let (_, requests) = asked(settings, vec![(299, Ok(200))]);
    assert_eq!(requests.len(), 1);
}

#[test]
fn what_becomes_of_questions_is_counted() {
    let host = testing::Host::new();
    let settings: Settings = serde_json::from_value(json!({})).unwrap();
    let question = Question {
        hook: "status",
        url: "http://app/",
        id: "1".to_owned(),
        body: Vec::new(),
    };
    assert!(host.run(|| tell(&question, &settings)).is_err());
    let counted = &host.metrics()[0];
    assert_eq!(counted.name, "requests_total");
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        counted.labels,
        [label("hook", "status"), label("result", "refused")]
    );
}
