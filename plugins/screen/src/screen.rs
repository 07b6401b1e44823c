//! Goes through the checks. The first verdict that ends the call decides; one that only marks it lets the other checks follow, so that a
//! caller who is marked for hiding the number does not pass the limit of calls unseen.

use plugin_common::action::{Action, variable};
use plugin_common::list;
use plugin_common::number::{Habits, is_anonymous};
use plugin_common::words::Words;
use switchhook_sdk::prelude::*;

use crate::{checks, rate};

/// The variable that says what came of it, unless the settings name another.
const VARIABLE: &str = "screen";

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The caller is on the list of those who are blocked.
    Blocked,
    /// The network does not vouch for the number as it should.
    Unattested,
    /// Too many calls: for so many seconds at most.
    Rate {
        /// The window.
        seconds: u32,
    },
    /// The number is hidden.
    Anonymous,
    /// The score says spam.
    Spam,
    /// The score says that it may be spam.
    Suspicious,
}

impl Verdict {
    /// Its name in the settings.
    pub fn name(&self) -> &'static str {
        match self {
            Verdict::Blocked => "blocked",
            Verdict::Unattested => "unattested",
            Verdict::Rate { .. } => "rate",
            Verdict::Anonymous => "anonymous",
            Verdict::Spam => "spam",
            Verdict::Suspicious => "suspicious",
        }
    }

    /// What follows if the settings say nothing. RFC 8688 has 608 for calls that a machine takes for unwanted.
    fn usual(&self) -> Action {
        match self {
            Verdict::Blocked | Verdict::Unattested => Action::script(respond(603)),
            Verdict::Rate { seconds } => {
                Action::script(respond(480).header("Retry-After", seconds.to_string()))
            }
            Verdict::Spam => Action::script(respond(608).reason("Rejected")),
            Verdict::Anonymous | Verdict::Suspicious => Action::next(),
        }
    }
}

/// Decides about a call.
///
/// # Errors
/// If a setting that this call needs is wrong; the text says which. What a server of scores does is never an error.
pub fn route(call: &Call) -> Result<Decision, Error> {
    let name = settings::get::<String>("/variable")?.unwrap_or_else(|| VARIABLE.to_owned());
    // It has been here: a script failed, or a redial brought it back from the menu that it was sent to.
    if call.attempt > 0 || call.variable(&name).is_some() || !is_from_where_it_is_screened(call)? {
        return Ok(next().into());
    }
    let number = Habits::apply(&call.caller)?;
    let mut words = Words::new(call);
    words.add("number", &number);
    if list::holds_caller("/allow", call, &number)? {
        return verdict_decides(call, &words, &name, "allowed", Action::next());
    }
    let mut marked: Option<Verdict> = None;
    let mut checks = Checks::new(call, &number, &mut words);
    while let Some(verdict) = checks.next_verdict()? {
        metrics::count("verdicts_total", &[("verdict", verdict.name())]);
        let action = action(&verdict, checks.words)?;
        if action.does_something(call) {
            log::info(format!("a call is {}", verdict.name()));
            let own = variables(&name, "suspicious", Some(&verdict), checks.words);
            return Ok(action.decide(call, own));
        }
        marked.get_or_insert(verdict);
    }
    match marked {
        Some(verdict) => {
            let own = variables(&name, "suspicious", Some(&verdict), &words);
            Ok(action(&verdict, &words)?.decide(call, own))
        }
        None => verdict_decides(call, &words, &name, "clean", Action::next()),
    }
}

fn verdict_decides(
    call: &Call,
    words: &Words<'_>,
    name: &str,
    verdict: &str,
    usual: Action,
) -> Result<Decision, Error> {
    let action = Action::setting(&settings::child("/verdicts", verdict), words)?.unwrap_or(usual);
    Ok(action.decide(call, variables(name, verdict, None, words)))
}

fn action(verdict: &Verdict, words: &Words<'_>) -> Result<Action, Error> {
    let pointer = settings::child("/verdicts", verdict.name());
    Ok(Action::setting(&pointer, words)?.unwrap_or_else(|| verdict.usual()))
}

fn variables(
    name: &str,
    value: &str,
    verdict: Option<&Verdict>,
    words: &Words<'_>,
) -> Vec<Variable> {
    let mut variables = vec![variable(name, value)];
    if let Some(verdict) = verdict {
        variables.push(variable(&format!("{name}.reason"), verdict.name()));
    }
    if let Some(score) = words.own("score") {
        variables.push(variable(&format!("{name}.score"), score));
    }
    variables
}

/// The checks that are left, from the cheap ones to the one that asks a server.
struct Checks<'c, 'w> {
    call: &'c Call,
    number: &'c str,
    words: &'w mut Words<'c>,
    done: u8,
}

impl<'c, 'w> Checks<'c, 'w> {
    fn new(call: &'c Call, number: &'c str, words: &'w mut Words<'c>) -> Checks<'c, 'w> {
        let done = 0;
        Checks {
            call,
            number,
            words,
            done,
        }
    }

    fn next_verdict(&mut self) -> Result<Option<Verdict>, Error> {
        while self.done < 5 {
            self.done += 1;
            if let Some(verdict) = self.check(self.done)? {
                return Ok(Some(verdict));
            }
        }
        Ok(None)
    }

    fn check(&mut self, which: u8) -> Result<Option<Verdict>, Error> {
        match which {
            1 => {
                Ok(list::holds_caller("/block", self.call, self.number)?
                    .then_some(Verdict::Blocked))
            }
            2 => checks::attestation(self.call),
            3 => rate::check(self.call),
            4 => Ok(is_anonymous(self.call).then_some(Verdict::Anonymous)),
            _ => checks::score(self.call, self.words),
        }
    }
}

/// Only calls from trunks are screened, unless the settings say otherwise.
fn is_from_where_it_is_screened(call: &Call) -> Result<bool, Error> {
    let kind = match &call.origin {
        Origin::Client(_) => "client",
        Origin::Trunk(_) => "trunk",
        Origin::Api => "api",
    };
    match settings::get::<Vec<String>>("/origins")? {
        Some(origins) => Ok(origins.iter().any(|origin| origin == kind)),
        None => Ok(kind == "trunk"),
    }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
