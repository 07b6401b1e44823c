//! The only place where WIT types and those of `routing` meet: a call goes out by reference, a decision comes in and is held
//! against the limits of the contract. A decision that breaks one is refused whole.

use switchhook_routing::call::{self, Call};
use switchhook_routing::decision::Decision;
use switchhook_routing::verb::{self, Verb};

use crate::bindings::switchhook::plugin::types as wit;
use crate::limits;

/// The lists of a call in the form that the bindings take: slices of borrowing structs need a place to be.
pub(crate) struct CallLists<'a> {
    headers: Vec<wit::HeaderParam<'a>>,
    codecs: Vec<&'a str>,
    variables: Vec<wit::VariableParam<'a>>,
}

impl<'a> CallLists<'a> {
    pub(crate) fn of(call: &'a Call) -> CallLists<'a> {
        let header = |header: &'a call::Header| wit::HeaderParam {
            name: &header.name,
            value: &header.value,
        };
        let variable = |variable: &'a call::Variable| wit::VariableParam {
            name: &variable.name,
            value: &variable.value,
        };
        CallLists {
            headers: call.headers.iter().map(header).collect(),
            codecs: call.codecs.iter().map(String::as_str).collect(),
            variables: call.variables.iter().map(variable).collect(),
        }
    }

    /// The call as the guest gets it; no text is copied before it reaches the guest's memory.
    pub(crate) fn with(&'a self, call: &'a Call) -> wit::Call<'a> {
        wit::Call {
            id: &call.id,
            sip_call_id: &call.sip_call_id,
            domain: &call.domain,
            caller: &call.caller,
            caller_name: &call.caller_name,
            callee: &call.callee,
            origin: match &call.origin {
                call::Origin::Client(username) => wit::Origin::Client(username),
                call::Origin::Trunk(name) => wit::Origin::Trunk(name),
                call::Origin::Api => wit::Origin::Api,
            },
            source_address: &call.source_address,
            received_at: call.received_at,
            attempt: call.attempt,
            transferred: call.transferred,
            answered: call.answered,
            headers: &self.headers,
            codecs: &self.codecs,
            variables: &self.variables,
        }
    }
}

/// Which rule of the contract a decision breaks, in words for the plugin's author.
pub(crate) type Broken = String;

/// A decision out of the guest, if it keeps every rule.
pub(crate) fn decision(decision: wit::Decision) -> Result<Decision, Broken> {
    match decision {
        wit::Decision::Script(verbs) => script(verbs).map(Decision::Script),
        wit::Decision::Next(variables) => {
            at_most("variables", variables.len(), limits::VARIABLES)?;
            let variables = variables
                .into_iter()
                .map(variable)
                .collect::<Result<_, _>>()?;
            Ok(Decision::Next(variables))
        }
    }
}

fn script(verbs: Vec<wit::Verb>) -> Result<verb::Script, Broken> {
    if verbs.is_empty() {
        return Err("the script has no verb".into());
    }
    at_most("verbs in the script", verbs.len(), limits::VERBS)?;
    let last = verbs.len() - 1;
    let mut script = Vec::with_capacity(verbs.len());
    for (index, guest_verb) in verbs.into_iter().enumerate() {
        let verb = verb(guest_verb).map_err(|broken| format!("verb {}: {broken}", index + 1))?;
        let ends = matches!(verb, Verb::Respond(_) | Verb::Delegate(_) | Verb::Redial(_));
        if ends && index < last {
            return Err(format!(
                "verb {} ends the script, but {} follow it",
                index + 1,
                last - index
            ));
        }
        script.push(verb);
    }
    Ok(script)
}

fn verb(verb: wit::Verb) -> Result<Verb, Broken> {
    Ok(match verb {
        wit::Verb::Connect(connect) => Verb::Connect(self::connect(connect)?),
        wit::Verb::Respond(respond) => Verb::Respond(self::respond(respond)?),
        wit::Verb::Pause(pause) => Verb::Pause(verb::Pause {
            milliseconds: within("pause", pause.milliseconds, limits::PAUSE_MILLISECONDS)?,
            tag: None,
        }),
        wit::Verb::Delegate(delegate) => Verb::Delegate(verb::Delegate {
            plugin: text("the plugin's name", delegate.plugin, limits::NAME_BYTES)?,
        }),
        wit::Verb::Redial(redial) => Verb::Redial(verb::Redial {
            callee: text("the number to redial", redial.callee, limits::NUMBER_BYTES)?,
        }),
    })
}

fn connect(connect: wit::Connect) -> Result<verb::Connect, Broken> {
    if connect.targets.is_empty() {
        return Err("connect has no target".into());
    }
    at_most("targets", connect.targets.len(), limits::TARGETS)?;
    Ok(verb::Connect {
        targets: connect
            .targets
            .into_iter()
            .map(target)
            .collect::<Result<_, _>>()?,
        strategy: match connect.strategy {
            wit::Strategy::Simultaneous => verb::Strategy::Simultaneous,
            wit::Strategy::Sequential => verb::Strategy::Sequential,
        },
        timeout_seconds: ring_seconds("timeout-seconds", connect.timeout_seconds)?,
        caller_id: connect
            .caller_id
            .map(|number| text("the caller id", number, limits::NUMBER_BYTES))
            .transpose()?,
        headers: headers(connect.headers, is_written_in_requests)?,
        ..verb::Connect::default()
    })
}

fn target(target: wit::Target) -> Result<verb::Target, Broken> {
    let endpoint = match target.endpoint {
        wit::Endpoint::Client(username) => {
            verb::Endpoint::Client(text("the client's name", username, limits::NUMBER_BYTES)?)
        }
        wit::Endpoint::Trunk(number) => verb::Endpoint::Trunk(verb::TrunkNumber {
            trunk: text("the trunk's name", number.trunk, limits::NUMBER_BYTES)?,
            number: text("the number", number.number, limits::NUMBER_BYTES)?,
        }),
        wit::Endpoint::Uri(uri) => verb::Endpoint::Uri(sip_uri(uri)?),
    };
    Ok(verb::Target {
        endpoint,
        ring_seconds: ring_seconds("ring-seconds", target.ring_seconds)?,
    })
}

fn respond(respond: wit::Respond) -> Result<verb::Respond, Broken> {
    if !(300..=699).contains(&respond.status) {
        return Err(format!(
            "the status {} is not between 300 and 699",
            respond.status
        ));
    }
    let reason = match respond.reason {
        Some(reason) if reason.len() > limits::REASON_BYTES || has_control(&reason) => {
            return Err("the reason is too long or has control characters".into());
        }
        reason => reason,
    };
    Ok(verb::Respond {
        status: respond.status,
        reason,
        headers: headers(respond.headers, is_written_in_responses)?,
    })
}

fn headers(
    headers: Vec<wit::HeaderResult>,
    is_written_by_the_switch: fn(&str) -> bool,
) -> Result<Vec<call::Header>, Broken> {
    at_most("header fields", headers.len(), limits::HEADERS)?;
    let header = |header: wit::HeaderResult| {
        let wit::HeaderResult { name, value } = header;
        if name.len() > limits::NAME_BYTES || !is_token(&name) {
            return Err("a header field's name is too long or no token".to_owned());
        }
        if is_written_by_the_switch(&name) {
            return Err(format!(
                "the header field {name} is written by the switch alone"
            ));
        }
        if value.len() > limits::VALUE_BYTES || has_control(&value) {
            return Err(format!(
                "the value of {name} is too long or has control characters"
            ));
        }
        Ok(call::Header { name, value })
    };
    headers.into_iter().map(header).collect()
}

fn variable(variable: wit::VariableResult) -> Result<call::Variable, Broken> {
    let name = text("a variable's name", variable.name, limits::NAME_BYTES)?;
    if variable.value.len() > limits::VALUE_BYTES {
        return Err(format!("the value of the variable {name} is too long"));
    }
    Ok(call::Variable {
        name,
        value: variable.value,
    })
}

/// A text of 1 to `limit` bytes without control characters.
fn text(what: &str, text: String, limit: usize) -> Result<String, Broken> {
    match text.len() {
        0 => Err(format!("{what} is empty")),
        length if length > limit => Err(format!("{what} has {length} bytes, {limit} are allowed")),
        _ if has_control(&text) => Err(format!("{what} has control characters")),
        _ => Ok(text),
    }
}

fn sip_uri(uri: String) -> Result<String, Broken> {
    let uri = text("the URI", uri, limits::URI_BYTES)?;
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    let is_sip =
        scheme.is_some_and(|s| s.eq_ignore_ascii_case("sip") || s.eq_ignore_ascii_case("sips"));
    let is_clean = !uri
        .bytes()
        .any(|b| b == b' ' || b == b'<' || b == b'>' || b == b'"');
    if is_sip && is_clean {
        Ok(uri)
    } else {
        Err("the URI is not a sip: or sips: URI".into())
    }
}

fn ring_seconds(what: &str, seconds: Option<u32>) -> Result<Option<u32>, Broken> {
    seconds
        .map(|seconds| within(what, seconds, limits::RING_SECONDS))
        .transpose()
}

fn within(what: &str, value: u32, limit: u32) -> Result<u32, Broken> {
    if (1..=limit).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{what} is {value}, not between 1 and {limit}"))
    }
}

fn at_most(what: &str, count: usize, limit: usize) -> Result<(), Broken> {
    if count > limit {
        Err(format!("{count} {what}, {limit} are allowed"))
    } else {
        Ok(())
    }
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

/// A token of RFC 3261 §25.1.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// Fields that carry the dialog, the route or the body; the compact forms of RFC 3261 §7.3.3 are the same fields.
fn is_written_in_responses(name: &str) -> bool {
    const WRITTEN: [&str; 19] = [
        "via",
        "v",
        "from",
        "f",
        "to",
        "t",
        "call-id",
        "i",
        "cseq",
        "max-forwards",
        "route",
        "record-route",
        "content-length",
        "l",
        "content-type",
        "c",
        "content-encoding",
        "e",
        "content-disposition",
    ];
    WRITTEN
        .iter()
        .any(|written| written.eq_ignore_ascii_case(name))
}

/// A redirecting response may name a Contact; a request's Contact is where the switch itself is reached.
fn is_written_in_requests(name: &str) -> bool {
    is_written_in_responses(name)
        || ["contact", "m"]
            .iter()
            .any(|written| written.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
