//! What is read out of what was dialled.

use super::*;

fn codes() -> Codes {
    let list = [
        ("*78", Feature::DoNotDisturb(Switch::On)),
        ("*72", Feature::Forward(Occasion::Always, true)),
        ("*720", Feature::Forward(Occasion::Always, false)),
        ("*21*", Feature::Forward(Occasion::Busy, true)),
        ("*8", Feature::Pickup),
        ("*8", Feature::PickupGroup),
        ("*68", Feature::Park),
    ];
    Codes {
        list: list
            .map(|(code, feature)| (code.to_owned(), feature))
            .into(),
    }
}

#[track_caller]
fn read(dialled: &str) -> (Feature, String) {
    let Dialled { feature, argument } = codes().read(dialled).expect("a code");
    (feature, argument)
}

#[test]
fn a_code_alone_is_no_prefix() {
    assert_eq!(read("*78").0, Feature::DoNotDisturb(Switch::On));
    assert_eq!(codes().read("*79"), None);
    assert_eq!(codes().read("1001"), None);
    assert_eq!(codes().read(""), None);
}

#[test]
fn a_code_with_an_argument_needs_it() {
    let always = Feature::Forward(Occasion::Always, true);
    assert_eq!(read("*721002"), (always, "1002".to_owned()));
    assert_eq!(codes().read("*72"), None);
    let busy = Feature::Forward(Occasion::Busy, true);
    assert_eq!(read("*21*1002#"), (busy, "1002".to_owned()));
    assert_eq!(codes().read("*21*#"), None);
}

#[test]
fn the_longest_code_counts() {
    assert_eq!(read("*720").0, Feature::Forward(Occasion::Always, false));
    let always = Feature::Forward(Occasion::Always, true);
    assert_eq!(read("*7201"), (always, "01".to_owned()));
}

#[test]
fn one_code_may_stand_for_a_group_and_for_an_extension() {
    assert_eq!(read("*8").0, Feature::PickupGroup);
    assert_eq!(read("*81001"), (Feature::Pickup, "1001".to_owned()));
    assert_eq!(read("*68"), (Feature::Park, String::new()));
    assert_eq!(read("*68701"), (Feature::Park, "701".to_owned()));
}

#[test]
fn a_setting_is_toggled() {
    assert!(Switch::Toggle.apply(false) && !Switch::Toggle.apply(true));
    assert!(Switch::On.apply(true) && !Switch::Off.apply(true));
}
