//! `[protection]` and `[signalling]` in a configuration.

use std::time::Duration;

use super::tests::{Folder, MINIMAL};
use crate::config::exchange;

#[test]
fn protection_is_on_by_itself_and_trunks_are_above_suspicion() {
    let folder = Folder::new("protection");
    let trunk = "[[domains.\"example.org\".trunks]]\nname = \"carrier\"\nsources = [\"198.51.100.0/24\"]\ndialplan = \"default\"\n";
    let (settings, _) = folder.parse(&format!("{MINIMAL}\n{trunk}")).unwrap();
    assert_eq!(settings.exchanges, 1);
    let guard = exchange::protection(&settings);
    assert!(guard.enabled);
    let allowed: Vec<_> = guard.allow.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, ["127.0.0.0/8", "::1", "198.51.100.0/24"]);
    let scanners = &settings.protection.scanners;
    assert!(scanners.contains(&"friendly-scanner".to_owned()));
}

#[test]
fn protection_is_set_as_the_file_says() {
    let folder = Folder::new("protection-set");
    let text = "[signalling]\nexchanges = 4\n[protection]\nallow = [\"192.0.2.7\"]\nfailures = 3\nwindow_seconds = 60\n\
                ban_seconds = 30\nban_max_seconds = 90\nscanners = [\"EvilPhone\"]\n";
    let (settings, _) = folder.parse(&format!("{text}{MINIMAL}")).unwrap();
    assert_eq!(settings.exchanges, 4);
    let guard = &settings.protection.guard;
    assert_eq!((guard.failures, guard.allow.len()), (3, 1));
    assert_eq!(guard.window, Duration::from_secs(60));
    assert_eq!(guard.ban_max, Duration::from_secs(90));
    assert_eq!(settings.protection.scanners, ["evilphone"]);
    let off = format!("[protection]\nenabled = false\n{MINIMAL}");
    let (settings, _) = folder.parse(&off).unwrap();
    assert!(settings.protection.scanners.is_empty());
}

#[test]
fn what_cannot_be_is_named() {
    let folder = Folder::new("protection-wrong");
    let findings = |text: &str| folder.findings(&format!("{text}\n{MINIMAL}"));
    let range = findings("[protection]\nallow = [\"192.0.2.0/33\"]");
    assert!(
        range.contains("the prefix length is out of range"),
        "{range}"
    );
    let long = findings("[protection]\nban_seconds = 100\nban_max_seconds = 99");
    assert!(long.contains("`ban_seconds` is more than"), "{long}");
    let empty = findings("[protection]\nscanners = [\"\"]");
    assert!(empty.contains("in every User-Agent"), "{empty}");
    let none = findings("[signalling]\nexchanges = 0");
    assert!(none.contains("a whole number from 1 to 64"), "{none}");
    let ports = findings("[signalling]\nexchanges = 8\n[media]\nports = \"20000-20019\"");
    assert!(
        ports.contains("8 exchanges need four ports each"),
        "{ports}"
    );
}
