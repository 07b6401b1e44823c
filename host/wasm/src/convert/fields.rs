//! Header fields and variables in an answer.

use switchhook_routing::call;

use crate::contract::v0_2::types as wit;
use crate::convert::rules::{Broken, at_most, has_control, text};
use crate::limits;

/// Header fields that a verb adds to a message.
pub(crate) fn headers(
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

/// So many variables at most.
pub(crate) fn variables(
    what: &str,
    variables: Vec<wit::VariableResult>,
    limit: usize,
) -> Result<Vec<call::Variable>, Broken> {
    at_most(what, variables.len(), limit)?;
    variables.into_iter().map(variable).collect()
}

pub(crate) fn variable(variable: wit::VariableResult) -> Result<call::Variable, Broken> {
    let name = text("a variable's name", variable.name, limits::NAME_BYTES)?;
    if variable.value.len() > limits::VALUE_BYTES {
        return Err(format!("the value of the variable {name} is too long"));
    }
    Ok(call::Variable {
        name,
        value: variable.value,
    })
}

/// A token of RFC 3261 §25.1.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// Fields that carry the dialog, the route or the body; the compact forms of RFC 3261 §7.3.3 are the same fields.
pub(crate) fn is_written_in_responses(name: &str) -> bool {
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
pub(crate) fn is_written_in_requests(name: &str) -> bool {
    is_written_in_responses(name)
        || ["contact", "m"]
            .iter()
            .any(|written| written.eq_ignore_ascii_case(name))
}
