//! The section `[domains.NAME.codes]`: what clients dial to change their settings or to take part in calls of others.

use switchhook_call::codes::{Argument, Codes, Feature, Occasion, Switch};
use switchhook_call::rooms::supervision::Supervision;

use crate::config::section::Section;

/// The keys of the section and what each is for.
const KEYS: [(&str, Feature); 20] = [
    ("do_not_disturb", Feature::DoNotDisturb(Switch::On)),
    ("do_not_disturb_off", Feature::DoNotDisturb(Switch::Off)),
    (
        "do_not_disturb_toggle",
        Feature::DoNotDisturb(Switch::Toggle),
    ),
    ("forward_always", Feature::Forward(Occasion::Always, true)),
    (
        "forward_always_off",
        Feature::Forward(Occasion::Always, false),
    ),
    ("forward_busy", Feature::Forward(Occasion::Busy, true)),
    ("forward_busy_off", Feature::Forward(Occasion::Busy, false)),
    (
        "forward_no_answer",
        Feature::Forward(Occasion::NoAnswer, true),
    ),
    (
        "forward_no_answer_off",
        Feature::Forward(Occasion::NoAnswer, false),
    ),
    (
        "forward_unreachable",
        Feature::Forward(Occasion::Unreachable, true),
    ),
    (
        "forward_unreachable_off",
        Feature::Forward(Occasion::Unreachable, false),
    ),
    ("forward_off", Feature::ForwardNothing),
    ("pickup", Feature::Pickup),
    ("pickup_group", Feature::PickupGroup),
    ("park", Feature::Park),
    ("mailbox", Feature::OwnMailbox),
    ("any_mailbox", Feature::AnyMailbox),
    ("monitor", Feature::Supervise(Supervision::Monitor)),
    ("whisper", Feature::Supervise(Supervision::Whisper)),
    ("barge", Feature::Supervise(Supervision::Barge)),
];

/// Reads the codes of a domain; without the section there are none.
pub fn codes(domain: &Section<'_>) -> Codes {
    let mut codes = Codes::default();
    let Some(section) = domain.section("codes") else {
        return codes;
    };
    for (key, feature) in KEYS {
        let Some(code) = section.string(key) else {
            continue;
        };
        let problems = section.problems();
        let dialled = |byte: u8| byte.is_ascii_alphanumeric() || b"*#".contains(&byte);
        if code.value.is_empty() || code.value.len() > 16 || !code.value.bytes().all(dialled) {
            let message = format!("`{key}` must be 1 to 16 digits, letters, * or #");
            problems.error(code.offset, message);
            continue;
        }
        let alone = |feature: Feature| feature.argument() != Argument::Needed;
        let taken =
            |(other, of): &&(String, Feature)| *other == code.value && alone(*of) == alone(feature);
        if let Some((_, other)) = codes.list.iter().find(taken) {
            let other = KEYS.iter().find(|(_, feature)| feature == other);
            let message = format!(
                "`{key}`: \"{}\" is already the code of `{}`",
                code.value,
                other.map_or("", |(key, _)| key)
            );
            problems.error(code.offset, message);
            continue;
        }
        codes.list.push((code.value, feature));
    }
    section.finish();
    codes
}
