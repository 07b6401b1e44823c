//! What may be said of trunks, and what is said about one that is wrong.

use std::time::Duration;

use switchhook_call::dialplan::Pattern;
use switchhook_call::trunks::identity::{CallerIdPolicy, IdentityHeader};
use switchhook_call::trunks::numbers::{Edit, Which};

use super::tests::{Folder, MINIMAL};

fn with(trunks: &str) -> String {
    format!("{MINIMAL}\n{trunks}")
}

const FULL: &str = r#"
[[domains."example.org".trunks]]
name = "carrier"
certificate_names = ["SIP.carrier.example"]
inbound = { username = "pbx", password = "p" }
outbound = { hosts = ["a.example", "b.example:5070", "[2001:db8::1]:5080"], username = "me", password = "x", first_response_seconds = 3, fail_over = [403, "5xx", "600-603"] }
register = { expires_seconds = 600, domain = "carrier.example" }
health = { interval_seconds = 10, down_after = 3 }
limits = { calls = 30, calls_per_second = 5, calls_per_second_out = 2, refusal_status = 486, refusal_reason = "Full" }
rewrite_out = [{ match = "+49*", strip = 3, add = "0" }, { match = "0*", replace = "+49*", number = "caller" }]
e164 = { country = "49", area = "30", write = "international" }
trusted = true
caller_id = { allowed = ["+4930*"], default = "+49300" }
identity = ["P-Asserted-Identity", "remote-party-id"]
from = { user = "me" }
diversion = false

[[domains."example.org".trunks]]
name = "backup"
outbound = { host = "192.0.2.7" }
register = false

[[domains."example.org".trunk_groups]]
name = "out"
members = [{ trunk = "carrier", priority = 1, weight = 3 }, "backup"]
"#;

#[test]
fn all_that_can_be_said_of_a_trunk_is_understood() {
    let folder = Folder::new("trunks");
    let (settings, report) = folder.parse(&with(FULL)).unwrap();
    assert_eq!(report.to_string(), "");
    let domain = &settings.domains[0];
    let carrier = &domain.trunks[0];
    assert_eq!(carrier.certificate_names, ["sip.carrier.example"]);
    let outbound = carrier.outbound.as_ref().unwrap();
    let places: Vec<_> = outbound
        .places()
        .map(|place| (place.host, place.port))
        .collect();
    assert_eq!(
        places,
        [
            ("a.example".to_owned(), None),
            ("b.example".to_owned(), Some(5070)),
            ("2001:db8::1".to_owned(), Some(5080)),
        ]
    );
    assert_eq!(outbound.fail_over, [403..=403, 500..=599, 600..=603]);
    assert_eq!(outbound.first_response, Some(Duration::from_secs(3)));
    assert_eq!(outbound.transport, None);
    let registration = carrier.registration.as_ref().unwrap();
    assert_eq!(registration.expires_seconds, 600);
    assert_eq!(registration.token.len(), 32);
    let health = carrier.health.as_ref().unwrap();
    assert_eq!(
        (health.interval, health.down_after),
        (Duration::from_secs(10), 3)
    );
    let limits = &carrier.limits;
    assert_eq!(
        (limits.calls, limits.calls_per_second_in),
        (Some(30), Some(5))
    );
    assert_eq!(limits.calls_per_second_out, Some(2));
    let rules = &carrier.numbers.outward;
    assert_eq!(rules[1].which, Some(Which::Caller));
    assert_eq!(rules[1].edit, Edit::Replace("+49*".to_owned()));
    assert_eq!(carrier.numbers.outward(Which::Callee, "+4930"), "030");
    let identity = &carrier.identity;
    let headers = [IdentityHeader::Asserted, IdentityHeader::RemoteParty];
    assert_eq!(identity.headers, headers);
    let allowed = CallerIdPolicy::Allowed {
        numbers: vec![Pattern::new("+4930*").unwrap()],
        default: Some("+49300".to_owned()),
    };
    assert_eq!(identity.caller_id, allowed);
    assert!(identity.trusted && !identity.diversion && identity.history_info);
    assert!(domain.trunks[1].registration.is_none());
    let members = &domain.trunk_groups[0].members;
    assert_eq!((members[0].priority, members[0].weight), (1, 3));
    assert_eq!(
        (members[1].trunk.as_str(), members[1].weight),
        ("backup", 1)
    );
}

#[test]
fn a_script_may_name_a_group() {
    let folder = Folder::new("trunk-groups");
    let text = with(FULL);
    let to = |name: &str| text.replace("[\"client:1001\"]", &format!("[\"trunk:{name}/112\"]"));
    assert_eq!(folder.findings(&to("out")), "");
    assert_eq!(
        folder.findings(&to("outt")),
        "switchhook.toml:10: there is no trunk \"outt\" in example.org; did you mean \"out\"?"
    );
}

#[test]
fn every_mistake_about_a_trunk_is_told_with_its_line() {
    let folder = Folder::new("trunk-mistakes");
    let wrong = r#"
[[domains."example.org".trunks]]
name = "a/b"
register = true
health = true

[[domains."example.org".trunks]]
name = "c"
outbound = { hosts = ["x:0", "y"], fail_over = ["4xx", 200, "6x"] }
register = true
inbound = { username = "1001", password = "p" }
rewrite_in = [{ match = "{1", add = "0" }, { match = "?*1", replace = "+*" }, { match = "1", replace = "2", strip = 1 }]
e164 = { area = "3O" }
caller_id = { fixed = "1", default = "2" }
identity = ["paid"]
limits = { calls = 0 }

[[domains."example.org".trunk_groups]]
name = "c"
members = ["d", { trunk = "c", wieght = 2 }]
"#;
    let first = MINIMAL.lines().count() + 1;
    let found = folder.findings(&with(wrong));
    let found: Vec<_> = found
        .lines()
        .map(|line| {
            let line = line.strip_prefix("switchhook.toml:").unwrap();
            let (number, message) = line.split_once(": ").unwrap();
            format!("{}: {message}", number.parse::<usize>().unwrap() - first)
        })
        .collect();
    assert_eq!(
        found,
        [
            "2: `register` needs `outbound`: where to",
            "2: `health` needs `outbound`: whom to watch",
            "3: a trunk's name must not contain /",
            "7: `register` needs a `user`, or a `username` in `outbound`: as whom",
            "9: `hosts`: \"x:0\" is not HOST or HOST:PORT",
            "9: `fail_over`: a status from 400 to 699, a class such as \"5xx\" or a range such as \"500-503\"",
            "11: \"1001\" is the username of a client too",
            "12: \"{1\": the braces of the pattern do not match",
            "12: a `*` in `replace` stands for the one `*` at the end of `match`",
            "12: `replace` beside `strip`, `add` and the like: use one of them",
            "13: `e164` needs `country`, such as \"49\"",
            "13: `area` must be digits",
            "14: `caller_id` is \"pass\", \"anonymous\", { fixed = \"NUMBER\" } or { allowed = [\"PATTERN\"], default = \"NUMBER\" }",
            "15: `identity`: \"paid\" is none of \"p-asserted-identity\", \"p-preferred-identity\", \"remote-party-id\"",
            "16: `calls` must be a whole number from 1 to 1000000",
            "19: \"c\" is the name of a trunk too",
            "20: there is no trunk \"d\"",
            "20: unknown key `wieght` in a member; did you mean `weight`?",
        ]
    );
}
