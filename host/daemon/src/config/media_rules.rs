//! What a domain, a client or a trunk says of its media: `codecs`, `transcoding`, `media`.

use switchhook_call::config::media_rules::MediaRules;
use switchhook_media::codec::Encoding;
use switchhook_media::sdp::Encodings;

use crate::config::section::{Located, Section};

/// The codecs that are known though they are not transcoded: a mistyped name is more likely than another one.
const RELAYED: [&str; 9] = [
    "iLBC", "speex", "G723", "G728", "G726-32", "AMR", "AMR-WB", "SILK", "L16",
];

/// What holds for all of a domain that says nothing else.
pub fn of_domain(section: &Section<'_>) -> MediaRules {
    let rules = MediaRules {
        codecs: Vec::new(),
        transcoding: Encodings::available(),
        direct: false,
    };
    media_rules(section, &rules)
}

/// What holds for a client or a trunk: what it says itself, else what the domain says.
pub fn media_rules(section: &Section<'_>, general: &MediaRules) -> MediaRules {
    let mut codecs = match section.value("codecs") {
        Some(_) => codecs(section),
        None => general.codecs.clone(),
    };
    let ways = [("relay", false), ("direct", true)];
    let direct = section.choice("media", &ways).unwrap_or(general.direct);
    // Configurations that people bring along have it so.
    let among = codecs.iter().position(|name| name == "DIRECT");
    let is_among = among.map(|place| codecs.remove(place)).is_some();
    MediaRules {
        codecs,
        transcoding: transcoding(section, general.transcoding),
        direct: direct || is_among,
    }
}

fn codecs(section: &Section<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for Located { value, offset } in section.strings("codecs") {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        let same = |other: &String| other.eq_ignore_ascii_case(&value);
        if value.is_empty() || !value.chars().all(is_token) {
            let message = format!("`codecs`: \"{value}\" is not the name of a codec in SDP");
            section.problems().error(offset, message);
        } else if names.iter().any(same) {
            let message = format!("`codecs`: \"{value}\" stands here twice");
            section.problems().error(offset, message);
        } else {
            if !is_known(&value) {
                let message = format!(
                    "`codecs`: \"{value}\" is none that is known; it is passed on where somebody offers it"
                );
                section.problems().warning(offset, message);
            }
            names.push(value);
        }
    }
    names
}

fn is_known(name: &str) -> bool {
    let relayed = || RELAYED.iter().any(|known| known.eq_ignore_ascii_case(name));
    Encoding::named(name).is_some() || relayed() || name == "DIRECT"
}

/// `transcoding = true`, `false`, or a list of encodings; never more than `general`.
fn transcoding(section: &Section<'_>, general: Encodings) -> Encodings {
    const KEY: &str = "transcoding";
    let Some(value) = section.value(KEY) else {
        return general;
    };
    if let Some(wanted) = value.get_ref().as_bool() {
        return if wanted { general } else { Encodings::NONE };
    }
    if value.get_ref().as_array().is_none() {
        let message = "`transcoding` must be true, false or an array of encodings";
        section.problems().error(value.span().start, message);
        return general;
    }
    let mut wanted = Vec::new();
    for Located { value, offset } in section.strings(KEY) {
        match Encoding::named(&value).filter(|encoding| encoding.is_available()) {
            Some(encoding) => wanted.push(encoding),
            None => {
                let all = Encoding::ALL
                    .into_iter()
                    .filter(|known| known.is_available());
                let all: Vec<_> = all.map(|known| format!("\"{}\"", known.name())).collect();
                let all = all.join(", ");
                let message = format!("`transcoding`: \"{value}\" is none of {all}");
                section.problems().error(offset, message);
            }
        }
    }
    wanted.into_iter().collect::<Encodings>().common(general)
}

#[cfg(test)]
#[path = "media_rules_tests.rs"]
mod tests;
