//! Goes through the rules in their order until one fits. Each rule is read when its turn comes: a call that an early rule decides costs
//! nothing of the later ones, and a mistake in a rule is met only by the calls that get that far.

use plugin_common::action::{Action, variable};
use plugin_common::node::{Node, setting};
use plugin_common::words::Words;
use switchhook_sdk::prelude::*;

use crate::condition::{self, Context};

/// More rules are not looked at: each costs time in every call.
const MOST_RULES: usize = 1_000;
/// The variable that says which rule decided.
const RULE: &str = "rule";

/// Decides about a call.
///
/// # Errors
/// If there are no rules, or one that is looked at is wrong; the text says where.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let zone = settings::get::<String>("/zone")?.unwrap_or_else(|| "UTC".to_owned());
    let context = Context::new(call, &zone);
    for index in 0..MOST_RULES {
        let Some(value) = setting(&format!("/rules/{index}"))? else {
            if index == 0 {
                rules_are_an_array()?;
            }
            break;
        };
        let place = format!("rules[{index}]");
        if let Some(decision) = try_rule(&Node::root(&value, &place), index, &context)? {
            return Ok(decision);
        }
    }
    match setting("/otherwise")? {
        Some(value) => decide(&Node::root(&value, "otherwise"), "otherwise", call),
        None => Ok(Action::next().decide(call, Vec::new())),
    }
}

/// Asked only when there is no first rule.
fn rules_are_an_array() -> Result<(), Error> {
    match settings::json("/rules") {
        Some(text) if text.starts_with('[') => Ok(()),
        _ => Err(Error::new("rules: must be an array of rules")),
    }
}

fn try_rule(
    rule: &Node<'_, '_>,
    index: usize,
    context: &Context<'_>,
) -> Result<Option<Decision>, Error> {
    rule.object(&["name", "enabled", "when", "then"])?;
    if let Some(enabled) = rule.member("enabled")
        && !enabled.boolean()?
    {
        return Ok(None);
    }
    let name = rule.text_at("name")?;
    let fits = match rule.member("when") {
        Some(when) => condition::holds(&when, context)?,
        None => true,
    };
    if !fits {
        return Ok(None);
    }
    let number = format!("{}", index + 1);
    let name = name.unwrap_or(&number);
    log::info(format!("rule `{name}`"));
    let then = rule.required("then")?;
    decide(&then, name, context.call).map(Some)
}

fn decide(then: &Node<'_, '_>, name: &str, call: &Call) -> Result<Decision, Error> {
    let mut words = Words::new(call);
    words.add(RULE, name);
    let action = Action::read(then, &words)?;
    Ok(action.decide(call, vec![variable(RULE, name)]))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
