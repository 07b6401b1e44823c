//! What a decision leads to, as operators write it: an array of verbs, or an object with `variables` and at most one of `script`,
//! `delegate`, `redial` and `respond`. Without one of these the next plugin of the chain is asked.

use std::collections::BTreeMap;

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Value, json};
use switchhook_sdk::verb::VerbName;

use crate::node::{Node, setting};
use crate::words::{Escape, Words};

/// The limit of a script (WIT `decision`).
const MOST_VERBS: usize = 32;
/// The limits of a variable (WIT `variable`): bytes.
const LONGEST_NAME: usize = 128;
const LONGEST_VALUE: usize = 1_024;

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    variables: Vec<Variable>,
    script: Option<Script>,
}

impl Action {
    /// Leaves it to the next plugin of the chain.
    pub fn next() -> Action {
        Action::default()
    }

    /// This script.
    pub fn script(script: impl IntoScript) -> Action {
        Action {
            variables: Vec::new(),
            script: Some(script.into_script()),
        }
    }

    /// Whether it does something, rather than to leave it to the next plugin.
    pub fn does_something(&self, call: &Call) -> bool {
        let script = self.script.as_ref();
        script.is_some_and(|script| is_worth_it(script, call))
    }

    /// Reads the action at a place of the settings; `None` if there is none.
    ///
    /// # Errors
    /// If there is something else.
    pub fn setting(pointer: &str, words: &Words<'_>) -> Result<Option<Action>, Error> {
        let Some(value) = setting(pointer)? else {
            return Ok(None);
        };
        let place = pointer.trim_start_matches('/').replace('/', ".");
        Action::read(&Node::root(&value, &place), words).map(Some)
    }

    /// Reads an action and fills its placeholders.
    ///
    /// # Errors
    /// If it is none; the text says where.
    pub fn read(node: &Node<'_, '_>, words: &Words<'_>) -> Result<Action, Error> {
        if node.value.is_array() {
            let script = Some(script(node, words)?);
            let variables = Vec::new();
            return Ok(Action { variables, script });
        }
        const KINDS: [&str; 4] = ["script", "delegate", "redial", "respond"];
        let members = node.object(&["variables", "script", "delegate", "redial", "respond"])?;
        if KINDS
            .iter()
            .filter(|kind| members.contains_key(**kind))
            .count()
            > 1
        {
            return Err(node.error("one of `script`, `delegate`, `redial` and `respond` at most"));
        }
        let mut action = Action {
            variables: Vec::new(),
            script: step(node, words)?,
        };
        if let Some(variables) = node.member("variables") {
            let mut sorted = BTreeMap::new();
            for (name, value) in variables.members()? {
                sorted.insert(name, words.text(&value.scalar()?, Escape::Plain));
            }
            for (name, value) in sorted {
                action.variables.push(variable(name, &value));
            }
        }
        Ok(action)
    }

    /// The decision about a call. The variables of the plugin, then those of the action, are set whatever follows.
    ///
    /// Left to the next plugin is a redial of the number that was dialled (it would only come here again), and, once it was
    /// tried, a script that may end without a connected call.
    pub fn decide(self, call: &Call, mut own: Vec<Variable>) -> Decision {
        for variable in self.variables {
            own.retain(|other| other.name != variable.name);
            own.push(variable);
        }
        let Some(script) = self.script.filter(|script| is_worth_it(script, call)) else {
            return Decision::Next(own);
        };
        let room = MOST_VERBS.saturating_sub(script.len());
        let settings = own.into_iter().take(room).map(Verb::SetVariable);
        Decision::Script(settings.chain(script).collect())
    }
}

/// A variable within the contract's limits.
pub fn variable(name: &str, value: &str) -> Variable {
    Variable {
        name: cut(name, LONGEST_NAME).to_owned(),
        value: cut(value, LONGEST_VALUE).to_owned(),
    }
}

/// A script of the settings with its placeholders filled.
fn script(node: &Node<'_, '_>, words: &Words<'_>) -> Result<Script, Error> {
    let mut script = Script::new();
    for verb in node.items()? {
        let mut value = verb.value.clone();
        words.fill(&mut value);
        script.push(serde_json::from_value(value).map_err(|error| verb.error(error))?);
    }
    if script.is_empty() || script.len() > MOST_VERBS {
        return Err(node.error(format_args!("must hold 1 to {MOST_VERBS} verbs")));
    }
    Ok(script)
}

fn step(node: &Node<'_, '_>, words: &Words<'_>) -> Result<Option<Script>, Error> {
    if let Some(verbs) = node.member("script") {
        return script(&verbs, words).map(Some);
    }
    if let Some(plugin) = node.text_at("delegate")? {
        return Ok(Some(
            delegate(words.text(plugin, Escape::Plain)).into_script(),
        ));
    }
    if let Some(number) = node.text_at("redial")? {
        return Ok(Some(
            redial(words.text(number, Escape::Plain)).into_script(),
        ));
    }
    let Some(answer) = node.member("respond") else {
        return Ok(None);
    };
    let mut value = match answer.value {
        Value::Number(status) => json!({ "respond": { "status": status } }),
        other => json!({ "respond": other }),
    };
    words.fill(&mut value);
    let verb: Verb = serde_json::from_value(value).map_err(|error| answer.error(error))?;
    match &verb {
        Verb::Respond(respond) if (300..700).contains(&respond.status) => Ok(Some(vec![verb])),
        _ => Err(answer.error("the status must be from 300 to 699")),
    }
}

fn is_worth_it(script: &Script, call: &Call) -> bool {
    match script.last() {
        Some(Verb::Redial(redial)) => redial.callee != call.callee,
        Some(last) => call.attempt == 0 || ends_the_matter(last.name()),
        None => false,
    }
}

fn ends_the_matter(verb: VerbName) -> bool {
    matches!(verb, VerbName::Respond | VerbName::Delegate)
}

fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
#[path = "action_tests.rs"]
mod tests;
