//! Conditions: an object whose members must all hold. `all`, `any` and `not` put conditions together; every other member asks one thing.

use plugin_common::list;
use plugin_common::local::Local;
use plugin_common::node::Node;
use switchhook_sdk::prelude::*;

use crate::{availability, moment, split, texts};

/// Conditions within conditions: deeper is a mistake.
const DEEPEST: usize = 16;

/// What conditions look at.
pub struct Context<'a> {
    /// The call.
    pub call: &'a Call,
    /// The zone of rules that name none.
    pub zone: &'a str,
}

/// Everything that a condition may have as a member.
const KNOWN: [&str; 26] = [
    "all",
    "any",
    "not",
    "zone",
    "time",
    "weekday",
    "date",
    "caller",
    "callee",
    "caller_name",
    "domain",
    "header",
    "variable",
    "origin",
    "attestation",
    "client",
    "agent",
    "skill",
    "queue",
    "percent",
    "by",
    "attempt",
    "transferred",
    "answered",
    "codec",
    "source_address",
];

impl<'a> Context<'a> {
    /// For a call.
    pub fn new(call: &'a Call, zone: &'a str) -> Context<'a> {
        Context { call, zone }
    }

    /// What the clocks of a zone showed as the call arrived.
    pub fn local(&self, zone: &str) -> Result<Local, Error> {
        plugin_common::local::local(zone, self.call.received_at)
    }
}

/// Whether a condition holds.
///
/// # Errors
/// If it is wrong; the text says where. What is not looked at any more because the answer is clear is not checked.
pub fn holds(node: &Node<'_, '_>, context: &Context<'_>) -> Result<bool, Error> {
    holds_at(node, context, 0)
}

fn holds_at(node: &Node<'_, '_>, context: &Context<'_>, depth: usize) -> Result<bool, Error> {
    if depth > DEEPEST {
        return Err(node.error("conditions are nested too deep"));
    }
    node.object(&KNOWN)?;
    for (name, value) in node.members()? {
        if value.value.is_null() {
            continue;
        }
        let holds = match name {
            "all" => every(&value, context, depth)?,
            "any" => some(&value, context, depth)?,
            "not" => !holds_at(&value, context, depth + 1)?,
            _ => one(name, &value, node, context)?,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn every(node: &Node<'_, '_>, context: &Context<'_>, depth: usize) -> Result<bool, Error> {
    for item in node.items()? {
        if !holds_at(&item, context, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn some(node: &Node<'_, '_>, context: &Context<'_>, depth: usize) -> Result<bool, Error> {
    for item in node.items()? {
        if holds_at(&item, context, depth + 1)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One member. `whole` is the condition that it is a member of: `zone` and `by` go with others.
fn one(
    name: &str,
    value: &Node<'_, '_>,
    whole: &Node<'_, '_>,
    context: &Context<'_>,
) -> Result<bool, Error> {
    let call = context.call;
    match name {
        "time" | "weekday" | "date" => {
            let zone = whole.text_at("zone")?.unwrap_or(context.zone);
            let local = context.local(zone).map_err(|error| whole.error(error))?;
            moment::holds(name, value, local)
        }
        "zone" | "by" => value.text().map(|_| true),
        "caller" => number(value, &call.caller),
        "callee" => number(value, &call.callee),
        "caller_name" => list::matches_any(value, &call.caller_name),
        "domain" => list::matches_any(value, &call.domain),
        "source_address" => list::matches_any(value, &call.source_address),
        "codec" => texts::has_codec(value, call),
        "header" => texts::header(value, call),
        "variable" => texts::variable(value, call),
        "origin" => texts::origin(value, call),
        "attestation" => texts::attestation(value, call),
        "client" => availability::client(value, call),
        "agent" => availability::agent(value, call),
        "skill" => availability::skill(value, call),
        "queue" => availability::queue(value, call),
        "percent" => split::holds(value, whole.text_at("by")?, whole, call),
        "attempt" => Ok(value.integer(0, 3)? == u32::from(call.attempt)),
        "transferred" => Ok(value.boolean()? == call.transferred),
        "answered" => Ok(value.boolean()? == call.answered),
        _ => Err(value.error("is not known")),
    }
}

/// A number: patterns, or the name of a list of the settings.
fn number(node: &Node<'_, '_>, number: &str) -> Result<bool, Error> {
    if !node.value.is_object() {
        return list::matches_any(node, number);
    }
    node.object(&["list"])?;
    let name = node.required("list")?;
    let pointer = settings::child("/lists", name.text()?);
    if settings::json(&pointer).is_none() {
        return Err(name.error("there is no list of this name in `lists`"));
    }
    list::contains(&pointer, number)
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
