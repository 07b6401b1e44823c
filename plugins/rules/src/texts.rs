//! Conditions on what the call carries: header fields, variables, codecs, where it came from and who vouches for it.

use plugin_common::list;
use plugin_common::node::Node;
use switchhook_sdk::pattern::specificity;
use switchhook_sdk::prelude::*;

const COMPARISONS: [&str; 8] = [
    "name", "present", "equals", "contains", "matches", "one_of", "at_least", "at_most",
];

/// Whether a header field fits: any one of its name.
///
/// # Errors
/// If the condition is wrong.
pub fn header(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let name = comparison(node)?;
    let values = call
        .headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.as_str());
    any(node, values)
}

/// Whether a variable fits.
///
/// # Errors
/// If the condition is wrong.
pub fn variable(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let name = comparison(node)?;
    any(node, call.variable(name).into_iter())
}

/// Whether the caller offers a codec.
///
/// # Errors
/// If the condition is no text.
pub fn has_codec(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    for wanted in node.one_or_more() {
        let wanted = wanted.text()?;
        if call
            .codecs
            .iter()
            .any(|codec| codec.eq_ignore_ascii_case(wanted))
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the call came from there: `client`, `trunk`, `api`, or `{"trunk": "carrier*"}`.
///
/// # Errors
/// If the condition is none of these.
pub fn origin(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let (kind, name) = match &call.origin {
        Origin::Client(name) => ("client", name.as_str()),
        Origin::Trunk(name) => ("trunk", name.as_str()),
        Origin::Api => ("api", ""),
    };
    if node.value.is_object() {
        node.object(&["client", "trunk"])?;
        return match node.member(kind) {
            Some(patterns) => list::matches_any(&patterns, name),
            None => Ok(false),
        };
    }
    let mut any = false;
    for wanted in node.one_or_more() {
        match wanted.text()? {
            known @ ("client" | "trunk" | "api") => any |= known == kind,
            _ => return Err(wanted.error("must be `client`, `trunk` or `api`")),
        }
    }
    Ok(any)
}

/// Whether the network vouches for the number in one of these ways.
///
/// # Errors
/// If there is no such way.
pub fn attestation(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let mut any = false;
    for wanted in node.one_or_more() {
        let level = match wanted.text()? {
            "unknown" => Attestation::Unknown,
            "full" => Attestation::Full,
            "partial" => Attestation::Partial,
            "gateway" => Attestation::Gateway,
            "failed" => Attestation::Failed,
            _ => {
                return Err(
                    wanted.error("must be `full`, `partial`, `gateway`, `unknown` or `failed`")
                );
            }
        };
        any |= level == call.attestation;
    }
    Ok(any)
}

/// The name of what is compared.
fn comparison<'v>(node: &Node<'v, '_>) -> Result<&'v str, Error> {
    let members = node.object(&COMPARISONS)?;
    if members.len() < 2 {
        let ways = COMPARISONS[1..].join(", ");
        return Err(node.error(format_args!("one of {ways} is missing")));
    }
    node.required("name")?.text()
}

fn any<'c>(node: &Node<'_, '_>, values: impl Iterator<Item = &'c str>) -> Result<bool, Error> {
    let mut found = false;
    for value in values {
        found = true;
        if fits(node, value)? {
            return Ok(true);
        }
    }
    // What is not there fits only if it is not to be there.
    match node.member("present") {
        Some(present) if !found => Ok(!present.boolean()?),
        _ => Ok(false),
    }
}

/// Whether a value that is there passes all comparisons.
fn fits(node: &Node<'_, '_>, value: &str) -> Result<bool, Error> {
    for (way, wanted) in node.members()? {
        let fits = match way {
            "name" => true,
            "present" => wanted.boolean()?,
            "equals" => wanted.scalar()? == value,
            "contains" => value.contains(wanted.text()?),
            "matches" => specificity(wanted.text()?, value).is_some(),
            "one_of" => {
                let mut any = false;
                for item in wanted.items()? {
                    any |= item.scalar()? == value;
                }
                any
            }
            "at_least" => {
                let low = wanted.number()?;
                number(value).is_some_and(|number| number >= low)
            }
            _ => {
                let high = wanted.number()?;
                number(value).is_some_and(|number| number <= high)
            }
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}
