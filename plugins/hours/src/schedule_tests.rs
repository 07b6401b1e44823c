//! Schedules: a week, its holidays and its exceptions.

use plugin_common::local::MINUTE;
use switchhook_sdk::serde_json::json;

use super::*;

fn office() -> Value {
    json!({
        "week": {"mon-fri": ["08:00-12:00", "13:00-18:00"], "sat": "22:00-06:00"},
        "holidays": [
            "germany",
            {"day": "12-24", "name": "Christmas Eve", "hours": "08:00-12:00"},
            "2026-11-30"
        ],
        "exceptions": {
            "2026-12-25": "10:00-12:00",
            "2026-11-16..2026-11-17": []
        }
    })
}

fn asked(schedule: &Value, time: &str) -> Result<Status, Error> {
    let (date, clock) = time.split_once(' ').expect("date and time");
    let shown = Local {
        date: Date::parse(date).expect("a date"),
        minute: plugin_common::civil::minutes(clock).expect("a time"),
    };
    // In winter the clocks in Berlin are one hour ahead.
    let mut call = testing::call("alice", "100");
    call.received_at = ((shown.as_minutes() - 60) * MINUTE) as u64;
    testing::Host::new()
        .settings(json!({"holidays": {"germany": [
            {"day": "01-01", "name": "New Year"}, "12-25..12-26", "easter-2", "easter+1"
        ]}}))
        .run(|| status(&Node::root(schedule, "office"), "Europe/Berlin", &call))
}

#[test]
fn an_office_is_open_when_it_says_so() {
    let holiday = |name: &str| Status::Holiday(name.to_owned());
    let closed = || Status::Closed(None);
    for (time, expected) in [
        ("2026-11-20 08:00", Status::Open),
        ("2026-11-20 12:00", closed()),
        ("2026-11-20 17:59", Status::Open),
        ("2026-11-20 18:00", closed()),
        ("2026-11-21 12:00", closed()),
        ("2026-11-21 22:00", Status::Open),
        ("2026-11-22 05:59", Status::Open),
        ("2026-11-22 06:00", closed()),
        ("2026-11-16 09:00", closed()),
        ("2026-11-17 09:00", closed()),
        ("2026-11-18 09:00", Status::Open),
        ("2026-11-30 09:00", holiday("2026-11-30")),
        ("2026-12-24 09:00", Status::Open),
        ("2026-12-24 14:00", holiday("Christmas Eve")),
        ("2026-12-25 11:00", Status::Open),
        ("2026-12-25 13:00", closed()),
        ("2027-01-01 09:00", holiday("New Year")),
        ("2027-03-26 09:00", holiday("easter-2")),
    ] {
        assert_eq!(asked(&office(), time), Ok(expected), "{time}");
    }
}

#[test]
fn a_shift_that_began_the_day_before_goes_on_into_a_holiday() {
    let schedule = json!({"week": {"thu": "22:00-06:00"}, "holidays": "2026-11-20"});
    assert_eq!(asked(&schedule, "2026-11-20 05:00"), Ok(Status::Open));
    let after = asked(&schedule, "2026-11-20 07:00");
    assert_eq!(after, Ok(Status::Holiday("2026-11-20".to_owned())));
}

#[test]
fn a_schedule_has_its_own_zone() {
    let schedule = json!({"zone": "America/New_York", "week": {"fri": "09:00-17:00"}});
    assert_eq!(
        asked(&schedule, "2026-11-20 14:59"),
        Ok(Status::Closed(None))
    );
    assert_eq!(asked(&schedule, "2026-11-20 15:00"), Ok(Status::Open));
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |schedule: Value| {
        let error = asked(&schedule, "2026-11-20 09:00").unwrap_err();
        error.text().to_owned()
    };
    assert!(error(json!({"weeks": {}})).starts_with("office: unknown key `weeks`"));
    assert!(error(json!({"zone": "Mars/Phobos"})).starts_with("office: "));
    assert!(
        error(json!({"holidays": ["france"]})).starts_with("office.holidays[0]: `france` is no")
    );
    assert!(
        error(json!({"holidays": [{"name": "x"}]})).starts_with("office.holidays[0]: `day` is")
    );
    assert!(
        error(json!({"exceptions": {"soon": []}})).starts_with("office.exceptions: `soon` must")
    );
    assert_eq!(
        error(json!({"calendars": ["x"], "week": {"fri": "00:00-24:00"}})),
        "calendars.x is missing"
    );
}
