//! Numbers, and what they lead to at a time.

use switchhook_sdk::serde_json::json;

use super::*;
use crate::Hours;

/// Friday 2026-11-20 12:00 in Berlin, and 22:00.
const NOON: u64 = 1_795_172_400_000;
const NIGHT: u64 = NOON + 36_000_000;

fn settings_of_a_company() -> Value {
    json!({
        "zone": "Europe/Berlin",
        "schedule": "office",
        "open": [{"connect": {"targets": [{"endpoint": {"ring-group": "sales"}}]}}],
        "closed": [{"voicemail": {"mailbox": "office"}}],
        "numbers": {
            "110": {
                "schedule": "office",
                "team": "support",
                "open": {"delegate": "menu"},
                "closed": [{"connect": {"targets": [
                    {"endpoint": {"client": "{on_call.client}"}},
                    {"endpoint": {"trunk": {"trunk": "carrier", "number": "{on_call.mobile}"}}}
                ]}}],
                "nobody": {"respond": 480}
            },
            "2*": {"schedule": {"week": {"fri": "20:00-23:00"}}, "open": {"redial": "110"}}
        },
        "schedules": {"office": {
            "week": {"mon-fri": "08:00-18:00"},
            "holidays": [{"day": "2026-11-19", "name": "Founder's Day"}]
        }},
        "teams": {"support": {"rotation": {"people": ["alice", "bob"], "weeks": 1, "start": "2026-11-09"}}},
        "people": {"bob": {"client": "1002", "mobile": "+4915112345"}}
    })
}

fn at(settings: &Value, callee: &str, at: u64) -> Result<Decision, Error> {
    let mut call = testing::call("+49301", callee);
    call.received_at = at;
    testing::Host::new()
        .settings(settings.clone())
        .route::<Hours>(&call)
}

fn last(decision: Result<Decision, Error>) -> Verb {
    match decision {
        Ok(Decision::Script(script)) => script.last().expect("a verb").clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_follows_depends_on_the_hour() {
    let settings = settings_of_a_company();
    assert!(matches!(last(at(&settings, "100", NOON)), Verb::Connect(_)));
    assert!(matches!(
        last(at(&settings, "100", NIGHT)),
        Verb::Voicemail(_)
    ));
    assert!(matches!(
        last(at(&settings, "100", NOON - 86_400_000)),
        Verb::Voicemail(_)
    ));
}

#[test]
fn each_number_has_hours_of_its_own() {
    let settings = settings_of_a_company();
    assert!(matches!(
        last(at(&settings, "110", NOON)),
        Verb::Delegate(_)
    ));
    assert!(matches!(last(at(&settings, "215", NIGHT)), Verb::Redial(_)));
    assert_eq!(
        at(&settings, "215", NOON),
        Ok(next().with("hours", "closed").into())
    );
}

#[test]
fn who_is_on_call_is_put_into_the_script() {
    let settings = settings_of_a_company();
    let Verb::Connect(connect) = last(at(&settings, "110", NIGHT)) else {
        panic!("no connect");
    };
    assert_eq!(
        connect.targets,
        [client("1002"), trunk("carrier", "+4915112345")]
    );
}

#[test]
fn nobody_is_called_when_nobody_is_on_call() {
    let mut settings = settings_of_a_company();
    settings["teams"]["support"]["registered_only"] = json!(true);
    assert!(matches!(
        last(at(&settings, "110", NIGHT)),
        Verb::Respond(_)
    ));
    settings["numbers"]["110"]["nobody"] = Value::Null;
    assert_eq!(
        at(&settings, "110", NIGHT),
        Ok(next().with("hours", "closed").into())
    );
    // A script that names nobody needs nobody.
    assert!(matches!(
        last(at(&settings, "110", NOON)),
        Verb::Delegate(_)
    ));
}

#[test]
fn without_anything_to_do_the_hours_are_variables() {
    let settings = json!({
        "zone": "Europe/Berlin",
        "schedule": {
            "week": {"mon-fri": "08:00-18:00"},
            "holidays": [{"day": "2026-11-19", "name": "Founder's Day"}],
            "calendars": "closures"
        },
        "team": {"default": "zoe"},
        "calendars": {"closures": {"text":
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Party\nDTSTART:20261120T130000\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR"
        }}
    });
    for (time, expected) in [
        (NOON, next().with("hours", "open")),
        (
            NOON + 3_600_000,
            next().with("hours", "closed").with("hours.event", "Party"),
        ),
        (
            NOON - 86_400_000,
            next()
                .with("hours", "holiday")
                .with("hours.holiday", "Founder's Day"),
        ),
        (NIGHT, next().with("hours", "closed")),
    ] {
        let expected = expected.with("hours.on_call", "zoe");
        assert_eq!(at(&settings, "100", time), Ok(expected.into()), "{time}");
    }
}

#[test]
fn without_a_schedule_it_is_always_open() {
    assert_eq!(
        at(&json!({}), "100", NIGHT),
        Ok(next().with("hours", "open").into())
    );
}

#[test]
fn a_holiday_can_lead_elsewhere_than_a_night() {
    let mut settings = settings_of_a_company();
    settings["holiday"] = json!({"redial": "900"});
    assert!(matches!(
        last(at(&settings, "100", NOON - 86_400_000)),
        Verb::Redial(_)
    ));
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |settings: Value| at(&settings, "100", NOON).unwrap_err().text().to_owned();
    assert_eq!(
        error(json!({"schedule": "x"})),
        "schedule: there is no `x` in `schedules`"
    );
    assert_eq!(
        error(json!({"numbers": {"100": {"when": 1}}})),
        "numbers.100: unknown key `when` (known: schedule, team, open, closed, holiday, nobody)"
    );
    assert_eq!(
        error(json!({"numbers": {"100": []}})),
        "numbers.100: must be an object"
    );
    assert!(error(json!({"open": {"do": 1}})).starts_with("open: unknown key `do`"));
    assert!(error(json!({"zone": "Mars/Phobos", "schedule": {}})).starts_with("schedule: "));
    assert!(
        error(json!({"team": {"default": "zoe"}, "people": {"zoe": 1}}))
            .starts_with("people.zoe: ")
    );
}
