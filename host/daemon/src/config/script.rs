//! Fallback scripts: read, and checked for being something that cannot fail for a reason known beforehand.

use std::path::Path;

use switchhook_call::dialplan::Pattern;
use switchhook_routing::verb::{Connect, Endpoint, Script, Target, TrunkNumber, Verb};
use switchhook_sip::uri::Uri;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::chains::check_router;
use crate::config::components::KnownPlugin;
use crate::config::problem::Problems;
use crate::config::prompts;
use crate::config::section::{deserialise, nearest};
use crate::config::settings::is_pattern;
use crate::config::verbs;

/// What a script may refer to.
pub struct Known<'a> {
    /// The domain's name.
    pub domain: &'a str,
    /// Usernames of the domain's clients, patterns among them.
    pub clients: &'a [String],
    /// The domain's trunks, and whether calls can be sent to them.
    pub trunks: &'a [(String, bool)],
    /// The domain's ring groups.
    pub ring_groups: &'a [String],
    /// The plugins of the switch.
    pub plugins: &'a [KnownPlugin],
    /// Where the files of prompts are.
    pub media_folder: Option<&'a Path>,
}

impl Known<'_> {
    /// Whether there is such a client, by its name or by a pattern.
    fn has_client(&self, name: &str) -> bool {
        let fits = |client: &String| {
            client == name
                || is_pattern(client)
                    && Pattern::new(client).is_ok_and(|pattern| pattern.matches(name).is_some())
        };
        self.clients.iter().any(fits)
    }
}

/// Reads a script: an array of verbs, or one or more destinations in short form (`"client:1001"`, `"trunk:NAME/NUMBER"`,
/// `"group:NAME"`, `"sip:…"`), which ring at once.
pub fn script(value: &Spanned<DeValue<'_>>, problems: &Problems) -> Option<Script> {
    let at = value.span().start;
    let short: Option<Vec<_>> = match value.get_ref() {
        DeValue::String(_) => Some(vec![value]),
        DeValue::Array(items) if items.iter().any(is_destination) => Some(items.iter().collect()),
        _ => None,
    };
    let script = match short {
        Some(items) => {
            let mut targets = Vec::new();
            for item in items {
                targets.push(target(item, problems)?);
            }
            vec![Verb::Connect(Connect {
                targets,
                ..Connect::default()
            })]
        }
        None if value.get_ref().is_table() => {
            problems.error(at, "a script is an array of verbs: [{ … }]");
            return None;
        }
        None => deserialise::<Script>(value, problems)?,
    };
    if script.is_empty() {
        problems.error(at, "the script is empty");
        return None;
    }
    Some(script)
}

/// Texts are destinations, but for the verb that has nothing to say besides its name.
fn is_destination(item: &Spanned<DeValue<'_>>) -> bool {
    item.get_ref().as_str().is_some_and(|text| text != "answer")
}

/// Reads a destination in short form.
pub fn target(item: &Spanned<DeValue<'_>>, problems: &Problems) -> Option<Target> {
    let at = item.span().start;
    let Some(text) = item.get_ref().as_str() else {
        problems.error(at, "destinations in short form and verbs cannot be mixed");
        return None;
    };
    let endpoint = match text.split_once(':') {
        Some(("client", username)) => Endpoint::Client(username.to_owned()),
        Some(("trunk", rest)) => {
            let Some((trunk, number)) = rest.split_once('/') else {
                problems.error(at, format!("\"{text}\" must be \"trunk:NAME/NUMBER\""));
                return None;
            };
            Endpoint::Trunk(TrunkNumber {
                trunk: trunk.to_owned(),
                number: number.to_owned(),
            })
        }
        Some(("group", name)) => Endpoint::RingGroup(name.to_owned()),
        Some(("sip" | "sips", _)) => Endpoint::Uri(text.to_owned()),
        _ => {
            let message = format!(
                "\"{text}\" must be \"client:NAME\", \"trunk:NAME/NUMBER\", \"group:NAME\" or a \"sip:\" URI"
            );
            problems.error(at, message);
            return None;
        }
    };
    Some(Target {
        endpoint,
        ring_seconds: None,
    })
}

/// Checks that a script refers only to what there is and keeps the limits of the contract. `last_resort`: it must also
/// do without plugins, because it is what comes after them.
pub fn check(
    script: &Script,
    known: &Known<'_>,
    last_resort: bool,
    at: usize,
    problems: &Problems,
) {
    let mut ends = false;
    for (index, verb) in script.iter().enumerate() {
        if index > 0 && matches!(script[index - 1], Verb::Respond(_)) {
            problems.warning(at, "nothing after `respond` is ever carried out");
        }
        ends |= takes_the_call(verb);
        if verb.tag().is_some() {
            problems.error(
                at,
                "a `tag` cannot stand here: this script is of no plugin that could be asked what follows",
            );
        }
        for message in verbs::mistakes(verb) {
            problems.error(at, message);
        }
        prompts::check_files(verb.prompts(), known.media_folder, at, problems);
        match verb {
            Verb::Connect(connect) => {
                for target in &connect.targets {
                    check_endpoint(&target.endpoint, known, at, problems);
                }
            }
            Verb::Delegate(_) | Verb::Redial(_) if last_resort => problems.error(
                at,
                "a default destination must not depend on a plugin: `delegate` and `redial` cannot stand here",
            ),
            Verb::Delegate(delegate) => check_router(&delegate.plugin, known.plugins, at, problems),
            _ => {}
        }
    }
    if !ends {
        problems.error(at, "the script never connects or answers the call");
    }
}

/// Whether the caller can be anywhere but where it was after this verb.
fn takes_the_call(verb: &Verb) -> bool {
    match verb {
        Verb::Connect(_)
        | Verb::Enqueue(_)
        | Verb::Voicemail(_)
        | Verb::Conference(_)
        | Verb::Delegate(_)
        | Verb::Redial(_)
        | Verb::Respond(_) => true,
        Verb::Answer
        | Verb::Announce(_)
        | Verb::Gather(_)
        | Verb::Record(_)
        | Verb::Stream(_)
        | Verb::Pause(_)
        | Verb::SendDigits(_)
        | Verb::SetVariable(_) => false,
    }
}

/// Checks that a destination exists and can be called.
pub fn check_endpoint(endpoint: &Endpoint, known: &Known<'_>, at: usize, problems: &Problems) {
    match endpoint {
        Endpoint::Client(name) if !known.has_client(name) => {
            let names = known.clients.iter();
            problems.error(at, unknown("client", name, known.domain, names));
        }
        Endpoint::RingGroup(name) if !known.ring_groups.contains(name) => {
            let names = known.ring_groups.iter();
            problems.error(at, unknown("ring group", name, known.domain, names));
        }
        Endpoint::Trunk(TrunkNumber { trunk, number }) => {
            match known.trunks.iter().find(|(name, _)| name == trunk) {
                None => {
                    let names = known.trunks.iter().map(|(name, _)| name);
                    problems.error(at, unknown("trunk", trunk, known.domain, names));
                }
                Some((_, false)) => {
                    let message = format!(
                        "trunk \"{trunk}\" has no `outbound`: nothing can be called through it"
                    );
                    problems.error(at, message);
                }
                Some(_) if number.is_empty() => {
                    problems.error(at, format!("trunk \"{trunk}\": the number is empty"));
                }
                Some(_) => {}
            }
        }
        Endpoint::Uri(uri) if !is_sip_uri(uri) => {
            problems.error(at, format!("\"{uri}\" is not a SIP URI"));
        }
        Endpoint::Client(_) | Endpoint::RingGroup(_) | Endpoint::Uri(_) => {}
    }
}

fn is_sip_uri(text: &str) -> bool {
    let sip = text.starts_with("sip:") || text.starts_with("sips:");
    sip && Uri::parse(text).is_ok()
}

/// A sentence about a name that nothing has in `place` (may be empty), with the likeliest one that exists.
pub fn unknown<'n>(
    kind: &str,
    name: &str,
    place: &str,
    known: impl Iterator<Item = &'n String>,
) -> String {
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(" in {place}")
    };
    let mut message = format!("there is no {kind} \"{name}\"{place}");
    if let Some(near) = nearest(name, known.map(String::as_str)) {
        message.push_str(&format!("; did you mean \"{near}\"?"));
    }
    message
}
