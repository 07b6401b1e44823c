//! Parking, pickup groups and transfers in a configuration.

use crate::config::tests::{Folder, MINIMAL};

fn with(parking: &str) -> String {
    format!("{MINIMAL}\n[domains.\"example.org\".parking]\n{parking}\n")
}

#[test]
fn slots_are_numbers_and_ranges() {
    let folder = Folder::new("parking");
    let text = with("slots = [\"098-101\", \"777\"]\ntimeout_seconds = 30");
    let (settings, report) = folder.parse(&text).unwrap();
    assert_eq!(report.to_string(), "");
    let parking = &settings.domains[0].parking;
    assert_eq!(parking.slots, ["098", "099", "100", "101", "777"]);
    assert_eq!(parking.timeout_seconds, 30);
}

#[test]
fn what_is_no_slot_is_told_with_its_place() {
    let folder = Folder::new("parking-wrong");
    for (parking, message) in [
        ("slots = [\"7-x\"]", "neither a number nor a range"),
        ("slots = [\"709-701\"]", "neither a number nor a range"),
        ("slots = [\"1-999999999\"]", "neither a number nor a range"),
        ("slots = [\"000000001-999999999\"]", "more than 1000"),
        ("slots = [\"701-703\", \"702\"]", "702 stands here twice"),
        ("timeout_seconds = 5", "parking needs `slots`"),
        ("slots = [\"701\"]\nslot = 1", "did you mean `slots`?"),
    ] {
        let findings = folder.findings(&with(parking));
        assert!(findings.contains(message), "{parking}: {findings}");
    }
}
