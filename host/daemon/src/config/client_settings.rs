//! What a client may have set in `[[domains.NAME.clients]]` for the calls that are for it, and how it learns of messages.

use switchhook_call::codes::Occasion;
use switchhook_call::config::Mwi;
use switchhook_call::forwarding::{ClientSettings, ForwardTo};
use switchhook_routing::verb::Endpoint;

use crate::config::script;
use crate::config::section::Section;

/// A destination that stands somewhere in the file, to be looked up when all are known.
pub struct Wanted {
    /// The destination.
    pub endpoint: Endpoint,
    /// Where it stands.
    pub offset: usize,
}

const OCCASIONS: [(&str, Occasion); 4] = [
    ("always", Occasion::Always),
    ("busy", Occasion::Busy),
    ("no_answer", Occasion::NoAnswer),
    ("unreachable", Occasion::Unreachable),
];

/// Reads `do_not_disturb` and `forward`.
pub fn settings(client: &Section<'_>, wanted: &mut Vec<Wanted>) -> ClientSettings {
    let mut settings = ClientSettings {
        do_not_disturb: client.boolean("do_not_disturb").unwrap_or_default(),
        ..ClientSettings::default()
    };
    let Some(section) = client.section("forward") else {
        return settings;
    };
    for (key, occasion) in OCCASIONS {
        if let Some(to) = destination(&section, key, wanted) {
            settings.set_forward(occasion, Some(to));
        }
    }
    let seconds = section.integer("seconds", 1..=600);
    settings.seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    if settings.seconds.is_some() && settings.no_answer.is_none() {
        section.error("`seconds` without `no_answer`: after that long calls go nowhere");
    }
    section.finish();
    settings
}

/// Reads `mwi`.
pub fn mwi(client: &Section<'_>) -> Mwi {
    let choices = [
        ("subscribed", Mwi::Subscribed),
        ("unsolicited", Mwi::Unsolicited),
    ];
    client.choice("mwi", &choices).unwrap_or_default()
}

/// A destination in short form, or a number that the client's own dialplan knows where to send.
fn destination(section: &Section<'_>, key: &str, wanted: &mut Vec<Wanted>) -> Option<ForwardTo> {
    let text = section.string(key)?;
    if !text.value.contains(':') {
        if text.value.is_empty() || text.value.contains(char::is_whitespace) {
            let message =
                format!("`{key}` must be a number or a destination such as \"client:1001\"");
            section.problems().error(text.offset, message);
            return None;
        }
        return Some(ForwardTo::Number(text.value));
    }
    let target = script::target(section.value(key)?, section.problems())?;
    wanted.push(Wanted {
        endpoint: target.endpoint.clone(),
        offset: text.offset,
    });
    Some(ForwardTo::Endpoint(target.endpoint))
}
