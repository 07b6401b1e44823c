//! How the calls of a domain are conducted: `reliable_provisional` of a domain, a client or a trunk, and `session_timer`.

use switchhook_call::dialog_rules::{DialogRules, Reliability};
use switchhook_sip::session_timer::{MIN_SECONDS, Terms};

use crate::config::section::Section;

/// The key of a domain, a client or a trunk.
const RELIABLE: &str = "reliable_provisional";

/// The longest session interval: a day.
const MAX_SECONDS: u64 = 86_400;

/// Whether provisional responses are exchanged reliably with somebody; `None`: as with the others of the domain.
pub fn reliability(section: &Section<'_>) -> Option<Reliability> {
    let words = [
        ("off", Reliability::Off),
        ("supported", Reliability::Supported),
        ("required", Reliability::Required),
    ];
    section.choice(RELIABLE, &words)
}

/// What a domain says of all its calls.
pub fn dialogs(section: &Section<'_>) -> DialogRules {
    let mut rules = DialogRules {
        reliability: reliability(section).unwrap_or_default(),
        ..DialogRules::default()
    };
    let is_off = (section.value("session_timer"))
        .is_some_and(|value| value.get_ref().as_str() == Some("off"));
    if is_off {
        rules.session_timer = None;
        return rules;
    }
    let Some(table) = section.section("session_timer") else {
        return rules;
    };
    let least = u64::from(MIN_SECONDS);
    let seconds = |key| {
        let seconds = table.integer(key, least..=MAX_SECONDS);
        seconds.and_then(|seconds| u32::try_from(seconds).ok())
    };
    let standard = rules.session_timer.unwrap_or(Terms {
        seconds: 1800,
        min_seconds: MIN_SECONDS,
    });
    let (wanted, min) = (seconds("seconds"), seconds("min_seconds"));
    let terms = Terms {
        seconds: wanted.unwrap_or(standard.seconds.max(min.unwrap_or(0))),
        min_seconds: min.unwrap_or(standard.min_seconds),
    };
    if terms.min_seconds > terms.seconds {
        table.error("`session_timer` must keep min_seconds ≤ seconds");
    }
    table.finish();
    rules.session_timer = Some(terms);
    rules
}
