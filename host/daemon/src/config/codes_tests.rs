//! Feature codes and settings of clients in a configuration.

use switchhook_call::codes::{Feature, Occasion};
use switchhook_call::config::Mwi;
use switchhook_call::forwarding::ForwardTo;

use super::tests::{Folder, MINIMAL};

fn with_codes(codes: &str) -> String {
    format!("{MINIMAL}\n[domains.\"example.org\".codes]\n{codes}\n")
}

#[test]
fn codes_are_read_by_what_they_are_for() {
    let folder = Folder::new("codes");
    let text = with_codes("forward_always = \"*72\"\npickup = \"*8\"\npickup_group = \"*8\"");
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let codes = &settings.domains[0].codes;
    let dialled = codes.read("*72200").unwrap();
    assert_eq!(dialled.feature, Feature::Forward(Occasion::Always, true));
    assert_eq!(codes.read("*8").unwrap().feature, Feature::PickupGroup);
}

#[test]
fn a_code_is_dialled_and_stands_for_one_thing() {
    let folder = Folder::new("codes-wrong");
    let text = with_codes("forward_off = \"*7 0\"\ndo_not_disturb = \"*7\"\npark = \"*7\"");
    let findings = folder.findings(&text);
    assert!(
        findings.contains("`forward_off` must be 1 to 16"),
        "{findings}"
    );
    let taken = "`park`: \"*7\" is already the code of `do_not_disturb`";
    assert!(findings.contains(taken), "{findings}");
    let unknown = folder.findings(&with_codes("parks = \"*7\""));
    assert!(unknown.contains("did you mean `park`?"), "{unknown}");
}

fn with_client(settings: &str) -> String {
    MINIMAL.replace(
        "password = \"secret\"",
        &format!("password = \"secret\"\n{settings}"),
    )
}

#[test]
fn a_client_may_have_its_calls_forwarded() {
    let folder = Folder::new("forward");
    let text = with_client(
        "mailbox = \"office\"\nmwi = \"unsolicited\"\ndo_not_disturb = true\n\
         forward = { always = \"1002\", no_answer = \"client:1001\", seconds = 20 }",
    );
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let client = &settings.domains[0].clients[0];
    assert_eq!(client.mwi, Mwi::Unsolicited);
    assert_eq!(client.mailbox.as_deref(), Some("office"));
    let settings = &client.settings;
    assert!(settings.do_not_disturb);
    assert_eq!(settings.always, Some(ForwardTo::Number("1002".to_owned())));
    assert_eq!(settings.seconds, Some(20));
    assert!(settings.forward(Occasion::NoAnswer).is_some());
}

#[test]
fn forwarding_to_what_is_not_there_is_found() {
    let folder = Folder::new("forward-wrong");
    let findings = |text: &str| folder.findings(&with_client(text));
    let unknown = findings("forward = { busy = \"client:1009\" }");
    assert!(unknown.contains("1009"), "{unknown}");
    let trunk = findings("forward = { busy = \"trunk:nowhere/1\" }");
    assert!(trunk.contains("nowhere"), "{trunk}");
    let idle = findings("forward = { seconds = 5 }");
    assert!(idle.contains("without `no_answer`"), "{idle}");
    let odd = findings("forward = { sometimes = \"1002\" }");
    assert!(odd.contains("unknown key `sometimes`"), "{odd}");
    let mwi = findings("mwi = \"loud\"");
    assert!(mwi.contains("\"unsolicited\""), "{mwi}");
}

#[test]
fn the_life_of_subscriptions_is_in_order() {
    let folder = Folder::new("subscriptions");
    let with = |value: &str| {
        let line = format!("subscription_seconds = {value}\ndefault_destination");
        MINIMAL.replace("default_destination", &line)
    };
    let (settings, _) = folder.parse(&with("{ min = 30, max = 600 }")).unwrap();
    let seconds = settings.domains[0].subscription_seconds;
    assert_eq!((seconds.min, seconds.default, seconds.max), (30, 600, 600));
    let wrong = folder.findings(&with("{ min = 90, max = 60 }"));
    assert!(wrong.contains("min ≤ default ≤ max"), "{wrong}");
}

#[test]
fn messages_may_go_to_a_trunk_that_is_there() {
    let folder = Folder::new("messages");
    let with = |lines: &str| format!("{MINIMAL}\n[domains.\"example.org\".messages]\n{lines}\n");
    let (settings, _) = folder.parse(&with("uris = true")).unwrap();
    let messages = &settings.domains[0].messages;
    assert!(messages.uris && messages.trunk.is_none());
    let unknown = folder.findings(&with("trunk = \"nowhere\""));
    assert!(unknown.contains("nowhere"), "{unknown}");
}
