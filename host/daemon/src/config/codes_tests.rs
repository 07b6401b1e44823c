//! Feature codes in a configuration.

use switchhook_call::codes::{Feature, Occasion};

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
