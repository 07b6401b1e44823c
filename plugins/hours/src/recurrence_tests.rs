//! Rules and the days they fall on. The examples are those of RFC 5545 §3.8.5.3 where it has one.

use super::*;

fn days(rule: &str, start: &str, to: &str) -> Vec<String> {
    let rule = Rule::parse(rule).unwrap_or_else(|part| panic!("{rule}: {part}"));
    let (start, to) = (Date::parse(start).unwrap(), Date::parse(to).unwrap());
    let days = (start.0..=to.0).map(Date);
    days.filter(|day| rule.falls_on(start, *day))
        .map(|day| {
            let (_, month, day) = day.civil();
            format!("{month}-{day}")
        })
        .collect()
}

#[test]
fn rules_fall_on_the_days_that_the_rfc_says() {
    for (rule, start, to, expected) in [
        (
            "FREQ=DAILY;COUNT=3",
            "1997-09-02",
            "1998-01-01",
            "9-2 9-3 9-4",
        ),
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            "1997-09-02",
            "1998-01-01",
            "9-2 9-12 9-22 10-2 10-12",
        ),
        (
            "FREQ=WEEKLY;COUNT=3",
            "1997-09-02",
            "1998-01-01",
            "9-2 9-9 9-16",
        ),
        (
            "FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH",
            "1997-09-02",
            "1998-01-01",
            "9-2 9-4 9-9 9-11",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
            "1997-09-01",
            "1997-10-01",
            "9-1 9-3 9-5 9-15 9-17 9-19 9-29 10-1",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            "1998-01-01",
            "8-5 8-10 8-19 8-24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            "1998-01-01",
            "8-5 8-17 8-19 8-31",
        ),
        (
            "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
            "1997-09-05",
            "1998-03-01",
            "9-5 10-3 11-7 12-5",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO",
            "1997-09-22",
            "1998-03-01",
            "9-22 10-20 11-17",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28",
            "1997-12-31",
            "9-28 10-29 11-28 12-29",
        ),
        (
            "FREQ=MONTHLY",
            "1997-10-31",
            "1998-02-28",
            "10-31 12-31 1-31",
        ),
        (
            "FREQ=YEARLY;COUNT=4;BYMONTH=6,7",
            "1997-06-10",
            "2000-01-01",
            "6-10 7-10 6-10 7-10",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19",
            "1999-12-31",
            "5-19 5-18 5-17",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05",
            "2004-12-31",
            "11-5 11-7 11-2",
        ),
        ("FREQ=YEARLY", "2024-02-29", "2028-12-31", "2-29 2-29"),
    ] {
        assert_eq!(days(rule, start, to).join(" "), expected, "{rule}");
    }
}

#[test]
fn what_cannot_be_followed_is_named() {
    for (rule, part) in [
        ("FREQ=HOURLY", "FREQ=HOURLY"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1", "BYSETPOS=1"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX"),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY="),
        ("FREQ=WEEKLY;BYDAY=ü", "BYDAY=ü"),
        ("INTERVAL=2", "no FREQ"),
        ("nonsense", "nonsense"),
    ] {
        assert_eq!(Rule::parse(rule), Err(part.to_owned()));
    }
}
