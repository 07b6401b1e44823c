//! Tests of moments.

use super::*;

#[test]
fn a_moment_is_read_in_each_of_its_forms() {
    let moment = Moment(1_795_209_300_000);
    assert_eq!(moment.to_string(), "2026-11-20T21:15:00Z");
    for text in [
        "2026-11-20T22:15:00+01:00",
        "2026-11-20T21:15:00Z",
        "2026-11-20T22:15[Europe/Berlin]",
        "2026-11-20 21:15",
    ] {
        assert_eq!(Moment::parse(text), Ok(moment), "{text}");
    }
    assert_eq!(
        Moment::parse("2026-11-20").map(|m| m.to_string()),
        Ok("2026-11-20T00:00:00Z".into())
    );
}

#[test]
fn the_usual_moment_is_noon_of_a_thursday() {
    assert_eq!(USUAL.to_string(), "2026-01-15T12:00:00Z");
}

#[test]
fn what_is_no_time_says_how_to_write_one() {
    for text in ["", "noon", "22:15", "2026-13-01", "1969-12-31T00:00:00Z"] {
        assert!(Moment::parse(text).is_err(), "{text}");
    }
}
