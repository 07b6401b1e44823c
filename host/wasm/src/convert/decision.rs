//! Decisions and continuations out of a guest.

use switchhook_routing::decision::{Continuation, Decision};
use switchhook_routing::verb::{Script, Verb};

use crate::contract::v0_2::types as wit;
use crate::convert::fields;
use crate::convert::rules::{Broken, at_most};
use crate::convert::verbs;
use crate::limits;

/// A decision, if it keeps every rule.
pub(crate) fn decision(decision: wit::Decision) -> Result<Decision, Broken> {
    match decision {
        wit::Decision::Script(verbs) => script(verbs).map(Decision::Script),
        wit::Decision::Next(variables) => {
            fields::variables("variables", variables, limits::VARIABLES).map(Decision::Next)
        }
    }
}

/// A continuation, if it keeps every rule.
pub(crate) fn continuation(continuation: wit::Continuation) -> Result<Continuation, Broken> {
    match continuation {
        wit::Continuation::Script(verbs) => script(verbs).map(Continuation::Script),
        wit::Continuation::Proceed => Ok(Continuation::Proceed),
    }
}

fn script(verbs: Vec<wit::VerbResult>) -> Result<Script, Broken> {
    if verbs.is_empty() {
        return Err("the script has no verb".into());
    }
    at_most("verbs in the script", verbs.len(), limits::VERBS)?;
    let last = verbs.len() - 1;
    let mut script = Vec::with_capacity(verbs.len());
    for (index, guest_verb) in verbs.into_iter().enumerate() {
        let verb =
            verbs::verb(guest_verb).map_err(|broken| format!("verb {}: {broken}", index + 1))?;
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
