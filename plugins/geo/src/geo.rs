//! From a number to its longest known beginning, from that to a branch, from that to what follows. Each step reads one member of
//! the settings, so that a table of a hundred thousand prefixes costs no more than one of ten.

use plugin_common::action::{Action, variable};
use plugin_common::list::longest_prefix;
use plugin_common::number::Habits;
use plugin_common::words::Words;
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json;

/// Decides about a call.
///
/// # Errors
/// If a setting that this call needs is wrong; the text says which.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let dialled = number_to_match(call)?;
    let number = Habits::apply(dialled)?;
    let mut own = vec![variable("geo.number", &number)];
    let mut words = Words::new(call);
    words.add("number", &number);
    let branch = match longest_prefix("/prefixes", &number, "") {
        Some((prefix, branch)) => {
            own.push(variable("geo.prefix", prefix));
            words.add("prefix", prefix);
            let branch: Option<String> = serde_json::from_str(&branch).ok();
            Some(branch.ok_or_else(|| {
                Error::new(format_args!(
                    "prefixes.{prefix}: must be the name of a branch"
                ))
            })?)
        }
        None => settings::get::<String>("/default")?,
    };
    let Some(branch) = branch else {
        return Ok(Action::next().decide(call, own));
    };
    own.push(variable("geo.branch", &branch));
    words.add("branch", &branch);
    Ok(action(&branch, &words)?.decide(call, own))
}

fn number_to_match(call: &Call) -> Result<&str, Error> {
    match settings::get::<String>("/match")?.as_deref() {
        None | Some("caller") => Ok(&call.caller),
        Some("callee") => Ok(&call.callee),
        Some(_) => Err(Error::new("match: must be `caller` or `callee`")),
    }
}

/// What the settings say of a branch; without a word about it, the next plugin knows what to do with its name.
fn action(branch: &str, words: &Words<'_>) -> Result<Action, Error> {
    let action = Action::setting(&settings::child("/branches", branch), words)?;
    Ok(action.unwrap_or_default())
}

#[cfg(test)]
#[path = "geo_tests.rs"]
mod tests;
