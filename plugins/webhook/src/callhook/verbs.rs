//! The application's array of verbs as a script.

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;
use switchhook_sdk::verb::{Announce, Connect, Pause, Respond, TrunkNumber};

use crate::json;
use crate::settings::Settings;

/// The label of a connection whose events the application does not want.
pub const SILENT: &str = "webhook:silent";

/// The limit of the switch: a longer pause is cut to it.
const LONGEST_PAUSE_MILLISECONDS: f64 = 60_000.0;
/// The limit of the switch: a longer ring time is cut to it.
const LONGEST_RING_SECONDS: f64 = 600.0;
/// The limit of the switch: bytes.
const LONGEST_LABEL: usize = 128;

/// A script of the application's verbs. What the switch cannot do is left out with a line in the log.
///
/// # Errors
/// If the answer is not an array of verbs, a verb is malformed or unknown, or nothing is left to carry out.
pub fn script(answer: &Value, settings: &Settings) -> Result<Script, Error> {
    let verbs = answer
        .as_array()
        .ok_or_else(|| Error::new("not an array of verbs"))?;
    let mut script = Script::new();
    for verb in verbs {
        match verb.get("verb").and_then(Value::as_str) {
            Some("announce") => script.push(announce_of(verb)?),
            Some("pause") => script.extend(pause_of(verb)?),
            Some("connect") => script.push(connect_of(verb, settings)?),
            Some("response") => {
                script.push(response_of(verb)?);
                // The hook's script ends there, and the switch refuses one that goes on.
                break;
            }
            Some(other) => return Err(Error::new(format_args!("unknown verb `{other}`"))),
            None => return Err(Error::new("a verb without its name")),
        }
    }
    if script.is_empty() {
        return Err(Error::new("no verb that the switch can carry out"));
    }
    keep_callers(&mut script);
    Ok(script)
}

/// An answered connect ends the call when either side hangs up, unless a later one connects anew: then the caller stays for it.
fn keep_callers(script: &mut Script) {
    let mut reconnects_later = false;
    for verb in script.iter_mut().rev() {
        if let Verb::Connect(connect) = verb {
            connect.keep_caller = reconnects_later;
            reconnects_later |= connect.reconnect;
        }
    }
}

/// A `file:` URL or a bare path leads into the media folder; a URL of the web is fetched by the switch.
fn announce_of(verb: &Value) -> Result<Verb, Error> {
    let url = json::text(verb, "url").ok_or_else(|| Error::new("announce without `url`"))?;
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    let is = |name: &str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(name));
    let prompt = if is("http") || is("https") {
        web(url)
    } else {
        let path = if is("file") {
            &url["file:".len()..]
        } else {
            &url
        };
        let path = path.trim_start_matches('/');
        if path.is_empty() || path.split('/').any(|part| part == "..") {
            return Err(Error::new(
                "announce with a `url` outside of the media folder",
            ));
        }
        file(path)
    };
    Ok(Verb::Announce(Announce {
        prompts: vec![prompt],
        times: 1,
        stop_keys: String::new(),
        tag: None,
    }))
}

/// The one verb; none for a pause of no length.
fn pause_of(verb: &Value) -> Result<Option<Verb>, Error> {
    let seconds =
        json::number(verb, "duration")?.ok_or_else(|| Error::new("pause without `duration`"))?;
    let milliseconds = (seconds * 1_000.0).round().min(LONGEST_PAUSE_MILLISECONDS);
    // In range by the line above and the check that a number is not negative.
    let milliseconds = milliseconds as u32;
    Ok((milliseconds > 0).then_some(Verb::Pause(Pause {
        milliseconds,
        tag: None,
    })))
}

fn connect_of(verb: &Value, settings: &Settings) -> Result<Verb, Error> {
    let destinations = verb
        .get("dest")
        .and_then(Value::as_array)
        .ok_or_else(|| Error::new("connect without `dest`"))?;
    let mut connect = Connect {
        reconnect: verb.get("reconnect").is_some_and(is_true),
        label: label_of(verb),
        ..Connect::default()
    };
    for destination in destinations {
        if destination
            .get("proxy")
            .is_some_and(|proxy| !proxy.is_null() && proxy != "")
        {
            log::warn("a destination with `proxy` cannot be called and was left out");
            continue;
        }
        connect.targets.push(target_of(destination, settings)?);
    }
    // Without a limit of its own, the domain's ring time would cut short a destination that may ring longer.
    connect.timeout_seconds = connect
        .targets
        .iter()
        .map(|target| target.ring_seconds)
        .collect::<Option<Vec<u32>>>()
        .and_then(|seconds| seconds.into_iter().max());
    if connect.targets.is_empty() {
        return Err(Error::new(
            "connect without a destination that the switch can call",
        ));
    }
    Ok(Verb::Connect(connect))
}

/// `false` keeps the application from being told; the mark says so to the part of this plugin that tells.
fn label_of(verb: &Value) -> Option<String> {
    match verb.get("statusLabel")? {
        Value::Bool(false) => Some(SILENT.to_owned()),
        _ => {
            json::text(verb, "statusLabel").map(|label| json::cut(&label, LONGEST_LABEL).to_owned())
        }
    }
}

fn is_true(value: &Value) -> bool {
    *value == true || *value == "true" || *value == 1
}

fn target_of(destination: &Value, settings: &Settings) -> Result<Target, Error> {
    let address = json::text(destination, "address")
        .ok_or_else(|| Error::new("a destination without `address`"))?;
    let endpoint = match destination.get("type").and_then(Value::as_str) {
        Some("client") => Endpoint::Client(address),
        Some("trunk") => Endpoint::Trunk(TrunkNumber {
            trunk: trunk_of(destination, settings)?,
            number: address,
        }),
        Some("sip") if has_sip_scheme(&address) => Endpoint::Uri(address),
        Some("sip") => Endpoint::Uri(format!("sip:{address}")),
        Some(other) => {
            return Err(Error::new(format_args!(
                "unknown type of destination `{other}`"
            )));
        }
        None => return Err(Error::new("a destination without `type`")),
    };
    let ring_seconds = json::number(destination, "timeout")?
        .filter(|seconds| *seconds > 0.0)
        .map(|seconds| seconds.ceil().min(LONGEST_RING_SECONDS) as u32);
    Ok(Target {
        endpoint,
        ring_seconds,
    })
}

/// `trunk_id` goes before `trunk_name`, as it does there. An identifier that the settings do not map is taken for a name
/// only if there is no other.
fn trunk_of(destination: &Value, settings: &Settings) -> Result<String, Error> {
    let id = json::text(destination, "trunk_id");
    let mapped = id
        .as_ref()
        .and_then(|id| settings.trunk_ids.get(id))
        .cloned();
    mapped
        .or_else(|| json::text(destination, "trunk_name"))
        .or(id)
        .ok_or_else(|| Error::new("a trunk without `trunk_id` and `trunk_name`"))
}

fn response_of(verb: &Value) -> Result<Verb, Error> {
    let code = json::number(verb, "code")?.ok_or_else(|| Error::new("response without `code`"))?;
    if !(300.0..700.0).contains(&code) {
        return Err(Error::new(format_args!(
            "response with `code` {code}, not 300 to 699"
        )));
    }
    let mut headers = Vec::new();
    for (name, value) in verb
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        headers.push(Header {
            name: name.clone(),
            value,
        });
    }
    Ok(Verb::Respond(Respond {
        status: code as u16,
        reason: None,
        headers,
    }))
}

fn has_sip_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
    })
}
