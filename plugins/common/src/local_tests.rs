//! From clocks to moments.

use super::*;
use crate::civil::minutes;

/// UTC+1, and from 2026-03-29 01:00 UTC to 2026-10-25 01:00 UTC UTC+2.
fn berlin(zone: &str, at: u64) -> Result<Local, Error> {
    if zone != "Europe/Berlin" {
        return Err(Error::new("no such zone"));
    }
    let summer = 1_774_746_000_000..1_792_890_000_000;
    let offset = if summer.contains(&at) { 120 } else { 60 };
    Ok(Local::from_minutes(at as i64 / MINUTE + offset))
}

fn moment(date: &str, time: &str) -> i64 {
    let local = Local {
        date: Date::parse(date).unwrap(),
        minute: minutes(time).unwrap(),
    };
    local.in_zone("Europe/Berlin", &berlin).unwrap()
}

#[test]
fn a_moment_is_found_on_both_sides_of_a_change_of_the_clocks() {
    for (date, time, seconds) in [
        ("2026-01-15", "13:00", 1_768_478_400),
        ("2026-07-15", "14:00", 1_784_116_800),
        ("2026-03-29", "01:59", 1_774_745_940),
        ("2026-03-29", "03:00", 1_774_746_000),
        ("2026-10-25", "03:00", 1_792_893_600),
        ("2026-10-25", "01:30", 1_792_884_600),
    ] {
        assert_eq!(moment(date, time), seconds * 1_000, "{date} {time}");
    }
}

#[test]
fn minutes_and_dates_turn_into_each_other() {
    for minutes in [-1, 0, 1_439, 1_440, 29_000_000] {
        assert_eq!(Local::from_minutes(minutes).as_minutes(), minutes);
    }
}

#[test]
fn an_unknown_zone_is_an_error() {
    let local = Local::from_minutes(0);
    assert!(local.in_zone("Mars/Phobos", &berlin).is_err());
}
