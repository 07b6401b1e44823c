//! What can be said of clients' limits, and what is said about limits that are wrong.

use crate::config::exchange;
use crate::config::tests::Folder;

const BEGINNING: &str = r#"
[[listen]]
transport = "udp"
address = "127.0.0.1:5060"
[domains."example.org"]
default_destination = ["client:1001"]
"#;

#[test]
fn a_clients_own_limits_go_before_those_of_its_domain() {
    let folder = Folder::new("client-limits");
    let text = format!(
        r#"{BEGINNING}
registrations = 500
client_limits = {{ contacts = 3, calls = 2, minutes_per_day = 600, destinations = {{ deny = ["00*"] }} }}
[[domains."example.org".clients]]
username = "1001"
password = "x"
dialplan = "office"
limits = {{ calls = 9, minutes_per_month = 5, destinations = {{ allow = ["1*", "00*"] }} }}
[domains."example.org".dialplans.office]
"*" = {{ fallback = ["client:1001"] }}
[limits]
registrations = 200000
"#
    );
    let (settings, _) = folder.parse(&text).unwrap();
    let config = exchange::config(&settings, &["127.0.0.1:5060".parse().unwrap()]);
    assert_eq!(config.limits.registrations, 200_000);
    let domain = &config.domains["example.org"];
    assert_eq!(domain.registrations, Some(500));
    let own = domain.limits_of("1001");
    assert_eq!((own.contacts, own.calls), (Some(3), Some(9)));
    assert_eq!(
        (own.minutes_per_day, own.minutes_per_month),
        (Some(600), Some(5))
    );
    assert!(own.destinations.unwrap().allows("0049"));
    let others = domain.limits_of("1002");
    assert!(!others.destinations.unwrap().allows("0049"));
}

#[test]
fn limits_that_are_wrong_are_found() {
    let folder = Folder::new("wrong-limits");
    let text = format!(
        r#"{BEGINNING}
client_limits = {{ call = 2, minutes_per_day = -1, destinations = {{ deny = ["{{a"], allowed = [] }} }}
"#
    );
    let findings = folder.findings(&text);
    for part in [
        "unknown key `call`",
        "did you mean `calls`?",
        "`minutes_per_day` must be a whole number",
        "`deny`: \"{a\"",
        "unknown key `allowed`",
    ] {
        assert!(findings.contains(part), "{part} in {findings}");
    }
}
