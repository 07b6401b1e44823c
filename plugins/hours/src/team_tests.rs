//! Who is on call.

use plugin_common::local::MINUTE;
use switchhook_sdk::serde_json::{Value, json};

use super::*;

fn asked(host: &testing::Host, team: &Value, time: &str) -> Result<Option<String>, Error> {
    let (date, clock) = time.split_once(' ').expect("date and time");
    let shown = Local {
        date: Date::parse(date).expect("a date"),
        minute: minutes(clock).expect("a time"),
    };
    let mut call = testing::call("alice", "100");
    call.received_at = (shown.as_minutes() * MINUTE) as u64;
    host.run(|| on_call(&Node::root(team, "support"), "UTC", &call))
}

fn check(team: &Value, turns: &[(&str, Option<&str>)]) {
    let host = testing::Host::new();
    for (time, person) in turns {
        let person = person.map(str::to_owned);
        assert_eq!(asked(&host, team, time), Ok(person), "{time}");
    }
}

#[test]
fn a_rotation_goes_round_and_hands_over_at_its_time() {
    let weekly = json!({"rotation": {
        "people": ["alice", "bob", "carol"], "weeks": 1, "start": "2026-11-02", "hand_over": "09:00"
    }});
    check(
        &weekly,
        &[
            ("2026-11-02 08:59", None),
            ("2026-11-02 09:00", Some("alice")),
            ("2026-11-09 08:59", Some("alice")),
            ("2026-11-09 09:00", Some("bob")),
            ("2026-11-20 12:00", Some("carol")),
            ("2026-11-23 09:00", Some("alice")),
        ],
    );
    let daily = json!({"rotation": {"people": ["alice", "bob"], "days": 1, "start": "2026-11-19"}});
    check(
        &daily,
        &[
            ("2026-11-19 23:59", Some("alice")),
            ("2026-11-20 00:00", Some("bob")),
            ("2026-11-21 00:00", Some("alice")),
        ],
    );
}

#[test]
fn an_override_comes_before_a_shift_and_a_shift_before_the_rotation() {
    let team = json!({
        "overrides": [{"from": "2026-11-20T12:00", "to": "2026-11-20T13:00", "who": "dora"}],
        "shifts": [{"name": "early", "week": {"mon-fri": "06:00-14:00"}, "who": ["erin", "finn"]}],
        "rotation": {"people": "alice", "start": "2026-11-20"},
        "default": "zoe"
    });
    check(
        &team,
        &[
            ("2026-11-20 11:59", Some("erin")),
            ("2026-11-20 12:00", Some("dora")),
            ("2026-11-20 13:00", Some("erin")),
            ("2026-11-20 14:00", Some("alice")),
            ("2026-11-18 20:00", Some("zoe")),
        ],
    );
}

#[test]
fn only_who_is_registered_is_on_call_if_the_team_says_so() {
    let team = json!({
        "rotation": {"people": ["alice", "bob", "carol"], "start": "2026-11-02"},
        "default": "zoe",
        "registered_only": true
    });
    let people = json!({"people": {"carol": {"client": "1003"}}});
    let nobody = testing::Host::new().settings(people);
    let time = "2026-11-09 12:00";
    assert_eq!(asked(&nobody, &team, time), Ok(None));
    let host = nobody.clone().registered("zoe");
    assert_eq!(asked(&host, &team, time), Ok(Some("zoe".to_owned())));
    let host = host.registered("alice");
    assert_eq!(asked(&host, &team, time), Ok(Some("alice".to_owned())));
    let host = host.registered("1003");
    assert_eq!(asked(&host, &team, time), Ok(Some("carol".to_owned())));
}

#[test]
fn settings_that_are_wrong_say_where() {
    let host = testing::Host::new();
    let error = |team: Value| {
        let error = asked(&host, &team, "2026-11-20 12:00").unwrap_err();
        error.text().to_owned()
    };
    assert!(error(json!({"people": []})).starts_with("support: unknown key `people`"));
    assert_eq!(
        error(json!({"rotation": {"people": ["a"], "start": "1.1.2026"}})),
        "support.rotation.start: must be a date such as 2026-01-05"
    );
    assert_eq!(
        error(json!({"rotation": {"people": ["a"], "start": "2026-01-01", "days": 1, "weeks": 1}})),
        "support.rotation: either `days` or `weeks`"
    );
    assert_eq!(
        error(json!({"overrides": [{"from": "now", "to": "2026-01-01", "who": "a"}]})),
        "support.overrides[0].from: must be such as 2026-12-24T09:00"
    );
    assert!(error(json!({"zone": "Nowhere"})).starts_with("support: "));
}
