//! Who calls: allowed, blocked, or what a CRM knows. Whatever the CRM does, the call goes on.

use plugin_common::action::{Action, variable};
use plugin_common::list;
use plugin_common::lookup::Policy;
use plugin_common::node::{Node, setting};
use plugin_common::number::{Habits, is_anonymous};
use plugin_common::server::Server;
use plugin_common::words::Words;
use switchhook_sdk::prelude::*;

use crate::answer::{Fields, digest, fields};

/// What is usual if the settings say nothing.
const USUAL: Policy = Policy {
    budget_ms: 250,
    cache_seconds: 300,
    negative_cache_seconds: 60,
    stale_seconds: 86_400,
    pause_after_failures: 5,
    pause_seconds: 10,
};

/// What the lookup came to.
enum Lookup {
    /// There is none.
    Skipped,
    /// The caller hides the number, so that there is nobody to look up.
    Anonymous,
    /// The CRM knows the caller, or knew the last time it answered (`stale`).
    Found { fields: Fields, stale: bool },
    /// The CRM does not know the caller.
    Unknown,
    /// No answer.
    Failed,
}

/// Decides about a call.
///
/// # Errors
/// If a setting that this call needs is wrong; the text says which. What the CRM does is never an error.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let number = Habits::apply(&call.caller)?;
    let mut words = Words::new(call);
    words.add("number", &number);
    let mut own = Vec::new();
    if list::holds_caller("/allow", call, &number)? {
        own.push(variable("caller.list", "allowed"));
        if let Some(action) = Action::setting("/allowed", &words)? {
            return Ok(action.decide(call, own));
        }
    } else if list::holds_caller("/block", call, &number)? {
        own.push(variable("caller.list", "blocked"));
        log::info("a blocked caller");
        let blocked = Action::setting("/blocked", &words)?;
        return Ok(blocked
            .unwrap_or_else(|| Action::script(respond(603)))
            .decide(call, own));
    }
    let lookup = look_up(call, &words)?;
    metrics::count("lookups_total", &[("result", lookup.name())]);
    own.push(variable("caller.lookup", lookup.name()));
    if let Lookup::Found { fields, .. } = &lookup {
        for (name, value) in fields {
            let name = format!("caller.{name}");
            own.push(variable(&name, value));
            words.add(name, value);
        }
    }
    Ok(what_follows(&lookup, &words)?.decide(call, own))
}

fn look_up(call: &Call, words: &Words<'_>) -> Result<Lookup, Error> {
    let Some(settings) = setting("/lookup")? else {
        return Ok(Lookup::Skipped);
    };
    let node = Node::root(&settings, "lookup");
    let server = Server::read(&node, &["fields"], USUAL)?;
    let pointers = node.member("fields");
    check(pointers.as_ref())?;
    if is_anonymous(call) {
        return Ok(Lookup::Anonymous);
    }
    let asked = server.ask("crm", words, |response| digest(response, pointers.as_ref()));
    Ok(match asked {
        Ok(found) => match fields(&found.text) {
            none if none.is_empty() => Lookup::Unknown,
            fields => Lookup::Found {
                fields,
                stale: found.stale,
            },
        },
        Err(error) => {
            log::warn(format!("the lookup failed: {error}"));
            Lookup::Failed
        }
    })
}

/// Makes sure that every field has a pointer: later a mistake would look like a failure of the server.
fn check(pointers: Option<&Node<'_, '_>>) -> Result<(), Error> {
    let Some(pointers) = pointers else {
        return Ok(());
    };
    for (_, pointer) in pointers.members()? {
        let text = pointer.text()?;
        if !text.is_empty() && !text.starts_with('/') {
            return Err(pointer.error("must be a JSON pointer such as /contact/tier"));
        }
    }
    Ok(())
}

fn what_follows(lookup: &Lookup, words: &Words<'_>) -> Result<Action, Error> {
    let pointer = match lookup {
        Lookup::Skipped => return Ok(Action::next()),
        Lookup::Failed => "/failed",
        Lookup::Unknown | Lookup::Anonymous => "/unknown",
        Lookup::Found { fields, .. } => return tier(fields, words),
    };
    Ok(Action::setting(pointer, words)?.unwrap_or_default())
}

/// What is set for the value of the field that tiers go by, else for `*`.
fn tier(fields: &Fields, words: &Words<'_>) -> Result<Action, Error> {
    let by = settings::get::<String>("/tier_field")?.unwrap_or_else(|| "tier".to_owned());
    if let Some(tier) = fields.get(&by)
        && let Some(action) = Action::setting(&settings::child("/tiers", tier), words)?
    {
        return Ok(action);
    }
    Ok(Action::setting("/tiers/*", words)?.unwrap_or_default())
}

impl Lookup {
    fn name(&self) -> &'static str {
        match self {
            Lookup::Skipped => "skipped",
            Lookup::Anonymous => "anonymous",
            Lookup::Found { stale: false, .. } => "found",
            Lookup::Found { stale: true, .. } => "stale",
            Lookup::Unknown => "unknown",
            Lookup::Failed => "failed",
        }
    }
}

#[cfg(test)]
#[path = "caller_tests.rs"]
mod tests;
