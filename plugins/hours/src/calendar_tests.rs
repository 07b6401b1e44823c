//! Calendars of a server: kept, renewed, and used when the server is down.

use switchhook_sdk::http::HttpError;
use switchhook_sdk::serde_json::{Value, json};

use super::*;

/// 2026-11-20 12:00 in Berlin.
const NOON: u64 = 1_795_172_400_000;

const DUTY: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:alice\r\nDTSTART;TZID=Europe/Berlin:20261116T080000\r\n\
DTEND;TZID=Europe/Berlin:20261116T200000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:bob\r\n\
DTSTART:20261120T110000Z\r\nDTEND:20261120T113000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn host(calendar: Value) -> testing::Host {
    testing::Host::new().settings(json!({"calendars": {"duty": calendar}}))
}

fn names(host: &testing::Host, at: u64) -> Result<Vec<String>, Error> {
    let mut call = testing::call("alice", "100");
    call.received_at = at;
    let events = host
        .clone()
        .at(at)
        .run(|| events("duty", "Europe/Berlin", &call))?;
    Ok(events.into_iter().map(|event| event.summary).collect())
}

fn is(host: &testing::Host, at: u64, expected: &[&str]) {
    let expected = expected.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(names(host, at), Ok(expected));
}

#[test]
fn of_events_at_the_same_time_the_last_that_began_is_the_first() {
    let host = host(json!({"text": DUTY}));
    is(&host, NOON, &["bob", "alice"]);
    is(&host, NOON + 1_800_000, &["alice"]);
    is(&host, NOON + 8 * 3_600_000, &[]);
    assert!(host.requests().is_empty());
}

#[test]
fn only_events_of_a_name_count_if_the_calendar_says_so() {
    is(
        &host(json!({"text": DUTY, "summary": ["ali*", "carol"]})),
        NOON,
        &["alice"],
    );
}

#[test]
fn a_calendar_is_asked_for_once_and_its_copy_used_when_the_server_is_down() {
    let host = host(json!({"url": "https://cal.example.com/duty.ics"}))
        .server(|_| Ok(testing::response(200, DUTY)));
    is(&host, NOON, &["bob", "alice"]);
    is(&host, NOON + 899_000, &["bob", "alice"]);
    assert_eq!(host.requests().len(), 1);
    assert_eq!(host.requests()[0].timeout_milliseconds, Some(1_000));
    let down = host.server(|_| Err(HttpError::Timeout));
    // A day later, from the copy.
    is(&down, NOON + 86_400_000, &["alice"]);
    assert_eq!(down.requests().len(), 2);
    is(&down, NOON + 8 * 86_400_000, &[]);
}

#[test]
fn what_is_no_calendar_leaves_the_copy_alone() {
    let calendar = json!({"url": "https://cal.example.com/duty.ics", "cache_seconds": 60});
    let host = host(calendar).server(|_| Ok(testing::response(200, DUTY)));
    is(&host, NOON, &["bob", "alice"]);
    for answer in [
        testing::response(200, "<html>"),
        testing::response(500, DUTY),
    ] {
        let bad = host.clone().server(move |_| Ok(answer.clone()));
        is(&bad, NOON + 61_000, &["bob", "alice"]);
    }
}

#[test]
fn without_a_copy_a_calendar_that_is_down_is_empty() {
    let host = host(json!({"url": "https://cal.example.com/duty.ics"}));
    is(&host, NOON, &[]);
    assert!(
        host.log()[0]
            .1
            .starts_with("a calendar cannot be had: not granted")
    );
}

#[test]
fn a_calendar_that_is_too_full_is_kept_in_part() {
    let mut text = "BEGIN:VCALENDAR\n".to_owned();
    for number in 0..2_000 {
        text += &format!(
            "BEGIN:VEVENT\nSUMMARY:event number {number}\nDTSTART:20261120T110000Z\nDURATION:PT1H\nEND:VEVENT\n"
        );
    }
    text += "END:VCALENDAR\n";
    let host = host(json!({"url": "https://cal.example.com/duty.ics"}))
        .server(move |_| Ok(testing::response(200, text.clone())));
    assert!(names(&host, NOON).unwrap().len() > 500);
    assert!(names(&host, NOON + 1_000).unwrap().len() > 500);
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |calendar: Value| names(&host(calendar), NOON).unwrap_err().text().to_owned();
    assert_eq!(
        error(json!({"text": "x"})),
        "calendars.duty: this is no iCalendar text"
    );
    assert_eq!(error(json!({})), "calendars.duty: `url` is missing");
    assert!(
        error(json!({"text": DUTY, "url": "https://x"}))
            .starts_with("calendars.duty: unknown key `url`")
    );
    assert!(error(json!({"text": DUTY, "zone": "Mars/Phobos"})).starts_with("calendars.duty: "));
}
