//! Periods.

use switchhook_sdk::serde_json::{Value, json};

use super::*;

fn week(value: &Value) -> Result<Week, Error> {
    Week::read(&Node::root(value, "week"))
}

fn holds(week: &Week, date: &str, time: &str) -> bool {
    week.holds(Date::parse(date).unwrap(), minutes(time).unwrap())
}

#[test]
fn a_period_holds_its_first_minute_and_not_its_last() {
    let week = week(&json!({"friday": ["08:00-12:00", "13:00-18:00"]})).unwrap();
    for time in ["08:00", "11:59", "13:00", "17:59"] {
        assert!(holds(&week, "2026-11-20", time), "{time}");
    }
    for time in ["07:59", "12:00", "12:59", "18:00"] {
        assert!(!holds(&week, "2026-11-20", time), "{time}");
    }
    assert!(!holds(&week, "2026-11-19", "09:00"));
}

#[test]
fn a_period_over_midnight_belongs_to_the_day_it_begins_on() {
    let week = week(&json!({"sunday": "22:00-06:00"})).unwrap();
    assert!(holds(&week, "2026-11-22", "22:00"));
    assert!(holds(&week, "2026-11-23", "05:59"));
    assert!(!holds(&week, "2026-11-23", "06:00"));
    assert!(!holds(&week, "2026-11-23", "22:00"));
    assert!(!holds(&week, "2026-11-22", "05:00"));
}

#[test]
fn a_whole_day_is_a_period() {
    assert_eq!(
        Period::parse("00:00-24:00"),
        Some(Period { from: 0, to: DAY })
    );
    assert_eq!(
        Period::parse("08:00-08:00"),
        Some(Period {
            from: 480,
            to: 480 + DAY
        })
    );
    assert_eq!(Period::parse("24:00-01:00"), None);
}

#[test]
fn ranges_of_weekdays_add_up() {
    let week = week(&json!({"mon-fri": "08:00-12:00", "fri": ["13:00-14:00"]})).unwrap();
    assert!(holds(&week, "2026-11-20", "09:00"));
    assert!(holds(&week, "2026-11-20", "13:30"));
    assert!(!holds(&week, "2026-11-19", "13:30"));
}

#[test]
fn mistakes_say_where_they_are() {
    let error = |value: Value| week(&value).unwrap_err().text().to_owned();
    assert_eq!(
        error(json!({"mo": []})),
        "week.mo: must be named after a weekday, such as monday or mon-fri"
    );
    assert_eq!(
        error(json!({"mon": ["8-12"]})),
        "week.mon[0]: must be a period such as 08:00-12:00"
    );
}
