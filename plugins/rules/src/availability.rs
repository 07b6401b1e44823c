//! Conditions on clients, agents and queues, as the switch knows them at this moment: whoever is not there is not called.

use plugin_common::node::Node;
use plugin_common::words::{Escape, Words};
use switchhook_sdk::directory::AgentStatus;
use switchhook_sdk::prelude::*;

/// Whether a client is registered, busy, or in fewer calls than so many.
///
/// # Errors
/// If the condition is wrong.
pub fn client(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let members = node.object(&["name", "registered", "busy", "calls_below"])?;
    let client = name(node, "name", call)?;
    if members.len() == 1 {
        return Ok(directory::registered(&client));
    }
    if let Some(registered) = node.member("registered")
        && registered.boolean()? != directory::registered(&client)
    {
        return Ok(false);
    }
    if let Some(busy) = node.member("busy")
        && busy.boolean()? != (directory::active_calls(&client) > 0)
    {
        return Ok(false);
    }
    match node.member("calls_below") {
        Some(limit) => Ok(directory::active_calls(&client) < limit.integer(1, 1_000)?),
        None => Ok(true),
    }
}

/// Whether an agent has one of some states; `available` if none is given. An agent that there is not is offline.
///
/// # Errors
/// If the condition is wrong.
pub fn agent(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    node.object(&["name", "status"])?;
    let name = name(node, "name", call)?;
    let status = directory::agent(&name).map_or(AgentStatus::Offline, |agent| agent.status);
    let Some(wanted) = node.member("status") else {
        return Ok(status == AgentStatus::Available);
    };
    let mut any = false;
    for wanted in wanted.one_or_more() {
        let wanted = match wanted.text()? {
            "available" => AgentStatus::Available,
            "busy" => AgentStatus::Busy,
            "away" => AgentStatus::Away,
            "offline" => AgentStatus::Offline,
            _ => {
                return Err(wanted.error("must be `available`, `busy`, `away` or `offline`"));
            }
        };
        any |= wanted == status;
    }
    Ok(any)
}

/// Whether enough agents with a skill are available: one, or `agents` of them.
///
/// # Errors
/// If the condition is wrong.
pub fn skill(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    let (skill, enough) = if node.value.is_object() {
        node.object(&["name", "agents"])?;
        let enough = node.integer_at("agents", 1, 1_000, 1)?;
        (name(node, "name", call)?, enough)
    } else {
        (fill(node, call)?, 1)
    };
    let available = directory::agents(Some(&skill))
        .iter()
        .filter(|agent| agent.status == AgentStatus::Available)
        .count();
    Ok(available >= enough as usize)
}

/// Whether a queue is short enough. A queue that there is not fits nothing.
///
/// # Errors
/// If the condition is wrong.
pub fn queue(node: &Node<'_, '_>, call: &Call) -> Result<bool, Error> {
    const MOST: u32 = 1_000_000;
    node.object(&[
        "name",
        "waiting_below",
        "wait_seconds_below",
        "agents_available",
    ])?;
    let Some(queue) = directory::queue(&name(node, "name", call)?) else {
        return Ok(false);
    };
    Ok(
        queue.waiting < node.integer_at("waiting_below", 1, MOST, u32::MAX)?
            && queue.longest_wait_seconds
                < node.integer_at("wait_seconds_below", 1, MOST, u32::MAX)?
            && queue.agents_available >= node.integer_at("agents_available", 0, MOST, 0)?,
    )
}

/// A name, with its placeholders filled: `{callee}`.
fn name(node: &Node<'_, '_>, member: &str, call: &Call) -> Result<String, Error> {
    fill(&node.required(member)?, call)
}

fn fill(node: &Node<'_, '_>, call: &Call) -> Result<String, Error> {
    Ok(Words::new(call).text(node.text()?, Escape::Plain))
}
