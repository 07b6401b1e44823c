//! Dates and times of day.

use super::*;

#[test]
fn every_day_of_two_thousand_years_is_itself_again_and_follows_the_day_before() {
    let first = Date::new(1000, 1, 1).unwrap().0;
    let last = Date::new(3000, 12, 31).unwrap().0;
    for day in first..=last {
        let (year, month, day_of_month) = Date(day).civil();
        assert_eq!(Date::new(year, month, day_of_month), Some(Date(day)));
    }
    assert_eq!(Date::new(1970, 1, 1), Some(Date(0)));
    assert_eq!(Date::new(2000, 3, 1), Some(Date(11_017)));
}

#[test]
fn weekdays_are_those_of_the_calendar() {
    for (text, weekday) in [
        ("1970-01-01", 3),
        ("2026-11-20", 4),
        ("2024-02-29", 3),
        ("1900-01-01", 0),
    ] {
        assert_eq!(Date::parse(text).unwrap().weekday(), weekday, "{text}");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "2026-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-1",
        "2026-04-31",
        "-1-01-01",
        "2026-+1-01",
        "",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
}

#[test]
fn easter_is_when_it_is() {
    for text in [
        "1818-03-22",
        "1943-04-25",
        "2000-04-23",
        "2008-03-23",
        "2024-03-31",
        "2025-04-20",
        "2026-04-05",
        "2027-03-28",
        "2038-04-25",
    ] {
        let date = Date::parse(text).unwrap();
        assert_eq!(easter(date.year()), date);
    }
}

#[test]
fn times_of_day_are_read() {
    assert_eq!(minutes("00:00"), Some(0));
    assert_eq!(minutes("8:05"), Some(485));
    assert_eq!(minutes(" 24:00"), Some(1_440));
    for text in ["24:01", "12:60", "12", "1200", "-1:00", "12:+1", ":"] {
        assert_eq!(minutes(text), None, "{text}");
    }
}

#[test]
fn weekdays_have_names_and_ranges_that_go_over_the_week() {
    assert_eq!(weekday("Sunday"), Some(6));
    assert_eq!(weekday("mon"), Some(0));
    assert_eq!(weekday("mo"), None);
    assert_eq!(weekday("ü"), None);
    let days = weekdays("sat-mon").unwrap();
    assert_eq!(days, [true, false, false, false, false, true, true]);
    assert_eq!(weekdays("monday-"), None);
}
