//! Conference rooms and supervisors in a configuration.

use switchhook_call::config::{Conference, Supervises};
use switchhook_routing::prompt::Prompt;

use crate::config::tests::{Folder, MINIMAL};

fn with(conference: &str) -> String {
    format!("{MINIMAL}\n[domains.\"example.org\".conference]\n{conference}\n")
}

#[track_caller]
fn read(folder: &Folder, text: &str) -> Conference {
    let (settings, report) = folder.parse(text).unwrap();
    assert_eq!(report.to_string(), "");
    settings.domains[0].conference.clone()
}

#[test]
fn what_is_not_said_of_rooms_is_as_usual() {
    let folder = Folder::new("conference");
    assert_eq!(read(&folder, MINIMAL), Conference::default());
    assert_eq!(
        read(&folder, &with("announce = \"tone\"")),
        Conference::default()
    );
}

#[test]
fn rooms_are_announced_left_and_limited_as_it_is_written() {
    let folder = Folder::new("conference-all");
    let text = with(
        "announce = { file = \"enter.wav\" }\nannounce_exit = \"none\"\nleave_key = \"\"\nwait_for_moderator = true\nmembers = 20\nrooms = 3",
    );
    let expected = Conference {
        entry: vec![Prompt::File("enter.wav".to_owned())],
        exit: Vec::new(),
        leave_key: None,
        wait_for_moderator: true,
        members: 20,
        rooms: 3,
        language: "en".to_owned(),
    };
    assert_eq!(read(&folder, &text), expected);
    let silent = read(&folder, &with("announce = \"none\""));
    assert!(silent.entry.is_empty() && silent.exit.is_empty());
}

#[test]
fn what_cannot_be_of_rooms_is_told() {
    let folder = Folder::new("conference-wrong");
    for (conference, message) in [
        (
            "announce = \"bell\"",
            "must be \"tone\", \"none\" or a prompt",
        ),
        (
            "announce = { file = \"../x.wav\" }",
            "leads out of the media folder",
        ),
        ("leave_key = \"*\"", "`leave_key` must be a digit"),
        ("members = 1", "`members` must be a whole number"),
        ("member = 5", "did you mean `members`?"),
    ] {
        let findings = folder.findings(&with(conference));
        assert!(findings.contains(message), "{conference}: {findings}");
    }
}

#[test]
fn a_client_supervises_whom_its_entry_names() {
    let folder = Folder::new("supervises");
    let with = |whom: &str| {
        MINIMAL.replacen(
            "username = ",
            &format!("supervises = {whom}\nusername = "),
            1,
        )
    };
    let read = |whom: &str| {
        let (settings, _) = folder.parse(&with(whom)).unwrap();
        settings.domains[0].clients[0].supervises.clone()
    };
    let all = Supervises {
        all: true,
        of: Vec::new(),
    };
    assert_eq!(read("[\"*\"]"), all);
    assert_eq!(read("[\"1002\", \"office\"]").of, ["1002", "office"]);
    let findings = folder.findings(&with("[\"\"]"));
    assert!(
        findings.contains("`supervises` names clients"),
        "{findings}"
    );
}
