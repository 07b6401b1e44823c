//! Days and ranges of days.

use super::*;

fn contains(days: &str, date: &str) -> bool {
    let days = Days::parse(days).unwrap_or_else(|| panic!("{days}"));
    days.contain(Date::parse(date).expect("a date"))
}

#[test]
fn days_are_found_and_their_neighbours_are_not() {
    for (days, inside, outside) in [
        ("2026-05-14", "2026-05-14", "2027-05-14"),
        ("12-25", "2031-12-25", "2031-12-24"),
        ("02-29", "2028-02-29", "2027-03-01"),
        ("easter", "2026-04-05", "2026-04-06"),
        ("easter+1", "2026-04-06", "2026-04-05"),
        ("easter-2", "2027-03-26", "2027-03-28"),
    ] {
        assert!(contains(days, inside), "{days} {inside}");
        assert!(!contains(days, outside), "{days} {outside}");
    }
}

#[test]
fn ranges_hold_both_ends() {
    for date in ["2026-08-03", "2026-08-09", "2026-08-14"] {
        assert!(contains("2026-08-03..2026-08-14", date));
    }
    assert!(!contains("2026-08-03..2026-08-14", "2026-08-15"));
    assert!(!contains("2026-08-03..2026-08-14", "2027-08-09"));
    assert!(contains("easter-2..easter+1", "2026-04-04"));
    assert!(!contains("easter-2..easter+1", "2026-04-07"));
}

#[test]
fn a_yearly_range_goes_over_new_year() {
    for date in ["2026-12-24", "2026-12-31", "2027-01-01", "2027-01-02"] {
        assert!(contains("12-24..01-02", date), "{date}");
    }
    assert!(!contains("12-24..01-02", "2027-01-03"));
    assert!(!contains("12-24..01-02", "2026-12-23"));
}

#[test]
fn what_is_no_day_is_none() {
    for text in [
        "",
        "easter+",
        "easterx",
        "13-01",
        "12-24..2026-12-26",
        "..",
        "2026",
        "easter+500",
        "ü",
    ] {
        assert_eq!(Days::parse(text), None, "{text}");
    }
}
