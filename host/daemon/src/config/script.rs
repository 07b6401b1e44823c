//! Fallback scripts: read, and checked for being something that cannot fail for a reason known beforehand.

use switchhook_routing::verb::{Connect, Endpoint, Script, Target, TrunkNumber, Verb};
use switchhook_sip::uri::Uri;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::problem::Problems;
use crate::config::section::{deserialise, nearest};

/// What a script may refer to.
pub struct Known<'a> {
    /// The domain's name.
    pub domain: &'a str,
    /// Usernames of the domain's clients.
    pub clients: &'a [String],
    /// The domain's trunks, and whether calls can be sent to them.
    pub trunks: &'a [(String, bool)],
    /// The plugins of the switch.
    pub plugins: &'a [String],
}

/// Reads a script: an array of verbs, or one or more destinations in short form (`"client:1001"`, `"trunk:NAME/NUMBER"`,
/// `"sip:…"`), which ring at once.
pub fn script(value: &Spanned<DeValue<'_>>, problems: &Problems) -> Option<Script> {
    let at = value.span().start;
    let short: Option<Vec<_>> = match value.get_ref() {
        DeValue::String(_) => Some(vec![value]),
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_str()) => {
            Some(items.iter().collect())
        }
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
        None => deserialise::<Script>(value, problems)?,
    };
    if script.is_empty() {
        problems.error(at, "the script is empty");
        return None;
    }
    Some(script)
}

fn target(item: &Spanned<DeValue<'_>>, problems: &Problems) -> Option<Target> {
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
        Some(("sip" | "sips", _)) => Endpoint::Uri(text.to_owned()),
        _ => {
            let message = format!(
                "\"{text}\" must be \"client:NAME\", \"trunk:NAME/NUMBER\" or a \"sip:\" URI"
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

/// Checks that a script refers only to what there is. `last_resort`: it must also do without plugins, because it is
/// what comes after them.
pub fn check(
    script: &Script,
    known: &Known<'_>,
    last_resort: bool,
    at: usize,
    problems: &Problems,
) {
    let mut ends = false;
    for (index, verb) in script.iter().enumerate() {
        if ends && matches!(script[index - 1], Verb::Respond(_)) {
            problems.warning(at, "nothing after `respond` is ever carried out");
        }
        ends |= !matches!(verb, Verb::Pause(_));
        match verb {
            Verb::Connect(connect) => check_connect(connect, known, at, problems),
            Verb::Respond(respond) if !(300..=699).contains(&respond.status) => {
                let message = format!("`status` must be from 300 to 699, not {}", respond.status);
                problems.error(at, message);
            }
            Verb::Delegate(_) | Verb::Redial(_) if last_resort => problems.error(
                at,
                "a default destination must not depend on a plugin: `delegate` and `redial` cannot stand here",
            ),
            Verb::Delegate(delegate) if !known.plugins.contains(&delegate.plugin) => {
                problems.error(at, unknown("plugin", &delegate.plugin, "", known.plugins.iter()));
            }
            Verb::Respond(_) | Verb::Pause(_) | Verb::Delegate(_) | Verb::Redial(_) => {}
        }
    }
    if !ends {
        problems.error(at, "the script never connects or answers the call");
    }
}

fn check_connect(connect: &Connect, known: &Known<'_>, at: usize, problems: &Problems) {
    if connect.targets.is_empty() {
        problems.error(at, "`connect` has no targets");
    }
    for target in &connect.targets {
        match &target.endpoint {
            Endpoint::Client(name) if !known.clients.contains(name) => {
                problems.error(
                    at,
                    unknown("client", name, known.domain, known.clients.iter()),
                );
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
            Endpoint::Client(_) | Endpoint::Uri(_) => {}
        }
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
