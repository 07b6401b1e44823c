//! Calendars as they come, and when their events take place.

use plugin_common::local::local;

use super::*;
use crate::event::Span;

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"))
}

/// Milliseconds of a time by the clocks in Berlin.
fn berlin(text: &str) -> u64 {
    let (stamp, _) = stamp(text, None).expect("a stamp");
    u64::try_from(
        stamp
            .local
            .in_zone("Europe/Berlin", &local)
            .expect("a zone"),
    )
    .expect("after 1970")
}

fn busy_at(calendar: &Calendar, at: u64) -> Vec<String> {
    let span = Span {
        from: at,
        to: at,
        zone: "Europe/Berlin",
        zones: &local,
    };
    let occurrences = calendar.events.iter();
    let occurrences = occurrences.flat_map(|event| event.occurrences(&span).unwrap_or_default());
    occurrences
        .filter(|occurrence| occurrence.from <= at as i64)
        .map(|occurrence| occurrence.summary)
        .collect()
}

/// Whether the one event of a calendar takes place at each of these times in Berlin.
fn check(lines: &[&str], times: &[(&str, bool)]) {
    let calendar = parse(&calendar(&event(lines))).expect("a calendar");
    assert_eq!(calendar.ignored, Vec::<String>::new());
    for (time, expected) in times {
        let busy = !busy_at(&calendar, berlin(time)).is_empty();
        assert_eq!(busy, *expected, "{lines:?} at {time}");
    }
}

#[test]
fn an_event_lasts_from_its_start_to_its_end() {
    let times = [
        ("20261120T085900", false),
        ("20261120T090000", true),
        ("20261120T102900", true),
        ("20261120T103000", false),
        ("20261121T090000", false),
    ];
    for lines in [
        ["DTSTART:20261120T090000", "DTEND:20261120T103000"],
        ["DTSTART:20261120T080000Z", "DTEND:20261120T093000Z"],
        [
            "DTSTART;TZID=Europe/Berlin:20261120T090000",
            "DURATION:PT1H30M",
        ],
        [
            "DTSTART;TZID=\"W. Europe Standard Time\":20261120T090000",
            "DURATION:PT90M",
        ],
        [
            "DTSTART;TZID=America/New_York:20261120T030000",
            "DTEND:20261120T093000Z",
        ],
    ] {
        check(&lines, &times);
    }
}

#[test]
fn a_whole_day_is_one_where_the_calendar_is() {
    let times = [
        ("20261223T235900", false),
        ("20261224T000000", true),
        ("20261224T235900", true),
        ("20261225T000000", false),
    ];
    check(&["DTSTART;VALUE=DATE:20261224"], &times);
    check(
        &["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261225"],
        &times,
    );
    check(
        &["DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"],
        &[("20261226T120000", true), ("20261227T000000", false)],
    );
}

#[test]
fn an_event_comes_round_by_its_rule_except_when_it_is_excluded() {
    check(
        &[
            "DTSTART;TZID=Europe/Berlin:20260105T220000",
            "DTEND;TZID=Europe/Berlin:20260106T060000",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,FR",
            "EXDATE;TZID=Europe/Berlin:20261123T220000,20261130T220000",
            "EXDATE:20261127T210000Z",
            "EXDATE;VALUE=DATE:20261204",
        ],
        &[
            ("20261120T220000", true),
            ("20261121T055900", true),
            ("20261121T060000", false),
            ("20261123T230000", false),
            ("20261127T230000", false),
            ("20261130T230000", false),
            ("20261204T230000", false),
            ("20261207T230000", true),
            // By the clocks it begins at 22:00 in summer too.
            ("20260706T220000", true),
            ("20260706T215900", false),
            ("20251229T230000", false),
        ],
    );
}

#[test]
fn until_is_the_last_time_in_whatever_form_it_is_written() {
    for until in ["20261127", "20261127T080000Z", "20261127T090000"] {
        check(
            &[
                "DTSTART;TZID=Europe/Berlin:20261113T090000",
                "DURATION:PT1H",
                &format!("RRULE:FREQ=WEEKLY;UNTIL={until}"),
            ],
            &[("20261127T093000", true), ("20261204T093000", false)],
        );
    }
}

#[test]
fn one_time_of_a_series_can_be_another() {
    let series = event(&[
        "UID:1",
        "SUMMARY:alice",
        "DTSTART:20261116T090000",
        "DURATION:PT8H",
        "RRULE:FREQ=DAILY",
    ]);
    let other = event(&[
        "UID:1",
        "SUMMARY:bob",
        "RECURRENCE-ID:20261120T090000",
        "DTSTART:20261120T120000",
        "DURATION:PT8H",
    ]);
    let cancelled = event(&[
        "UID:1",
        "STATUS:CANCELLED",
        "RECURRENCE-ID:20261121T090000",
        "DTSTART:20261121T090000",
    ]);
    let calendar = parse(&calendar(&format!("{series}{other}{cancelled}"))).expect("a calendar");
    for (time, who) in [
        ("20261119T100000", vec!["alice"]),
        ("20261120T100000", vec![]),
        ("20261120T190000", vec!["bob"]),
        ("20261121T100000", vec![]),
        ("20261122T100000", vec!["alice"]),
    ] {
        assert_eq!(busy_at(&calendar, berlin(time)), who, "{time}");
    }
}

#[test]
fn only_events_that_take_up_time_count() {
    let events = [
        event(&[
            "DTSTART:20261120T090000",
            "DTEND:20261120T100000",
            "TRANSP:TRANSPARENT",
        ]),
        event(&[
            "DTSTART:20261120T090000",
            "DTEND:20261120T100000",
            "STATUS:CANCELLED",
        ]),
        event(&["DTSTART:20261120T093000"]),
        event(&["DTSTART:20261120T100000", "DTEND:20261120T090000"]),
    ];
    let calendar = parse(&calendar(&events.concat())).expect("a calendar");
    assert_eq!(
        busy_at(&calendar, berlin("20261120T093000")),
        Vec::<String>::new()
    );
}

#[test]
fn lines_are_unfolded_and_texts_unescaped_and_alarms_left_out() {
    let text = calendar(&event(&[
        "SUMMARY;LANGUAGE=\"de:x;y\":Betriebs\r\n  versammlung\\, alle\\nzusammen",
        "DTSTART;VALUE=DATE:20261120",
        "BEGIN:VALARM",
        "DURATION:PT5M",
        "SUMMARY:alarm",
        "END:VALARM",
    ]));
    let calendar = parse(&text).expect("a calendar");
    assert_eq!(
        calendar.events[0].summary,
        "Betriebs versammlung, alle zusammen"
    );
    assert_eq!(calendar.events[0].minutes, 1_440);
}

#[test]
fn what_cannot_be_followed_is_left_out_and_named() {
    let events = [
        event(&["DTSTART:20261120T090000", "RRULE:FREQ=SECONDLY"]),
        event(&["DTSTART:yesterday"]),
        event(&["SUMMARY:when?"]),
        event(&["DTSTART:20261120T090000", "RDATE:20261121T090000"]),
        event(&["SUMMARY:good", "DTSTART;VALUE=DATE:20261120"]),
    ];
    let calendar = parse(&calendar(&events.concat())).expect("a calendar");
    assert_eq!(
        calendar.ignored,
        [
            "RRULE:FREQ=SECONDLY",
            "DTSTART:yesterday",
            "an event without DTSTART",
            "RDATE:20261121T090000"
        ]
    );
    assert_eq!(busy_at(&calendar, berlin("20261120T093000")), ["good"]);
}

#[test]
fn what_is_no_calendar_is_an_error_and_nonsense_does_no_harm() {
    for text in ["", "<html>", "BEGIN:VEVENT\nEND:VEVENT"] {
        assert!(parse(text).is_err(), "{text}");
    }
    for text in [
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:ü\nDTSTART;VALUE=DATE:2026112\nEND:VEVENT",
        "BEGIN:VCALENDAR\nEND:VEVENT\n:\n;:\n\"\nBEGIN:VEVENT",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261120TüüZ\nDURATION:P99999999D\nEND:VEVENT",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:00010101\nDTEND:99991231\nRRULE:FREQ=DAILY\nEND:VEVENT",
    ] {
        let calendar = parse(text).expect("a calendar");
        let _ = busy_at(&calendar, berlin("20261120T093000"));
    }
}
