//! Dialplans: which plugins decide about a dialled number. Patterns are compiled once, when the configuration is
//! loaded; the most specific one wins. Nothing here knows calls.

use std::sync::Arc;

use switchhook_routing::call::Variable;
use switchhook_routing::decision::Phase;
use switchhook_routing::verb::Script;

use crate::limits;

/// The dialplan of callers that have none of their own.
pub const DEFAULT_DIALPLAN: &str = "default";

/// One plugin of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginStep {
    /// The plugin's name in the configuration.
    pub name: String,
    /// Its part in the chain. Those of a route stand in the order screen, enrich, route, veto.
    pub phase: Phase,
    /// Whether the next plugin of the chain is asked when this one fails.
    pub fail_open: bool,
}

/// What a dialled number leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// The plugins that are asked, in order. Empty: the fallback is the route.
    pub plugins: Arc<[PluginStep]>,
    /// What is carried out when no plugin gives a script.
    pub fallback: Option<Script>,
    /// The variables that a call has from the beginning.
    pub variables: Vec<Variable>,
}

impl Route {
    /// The plugins that have a veto: they also guard what a `delegate`, a `redial` or a resumption brings.
    pub fn vetoes(&self) -> Arc<[PluginStep]> {
        let vetoes = self.plugins.iter().filter(|step| step.phase == Phase::Veto);
        vetoes.cloned().collect()
    }
}

/// Why a pattern cannot be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// It is empty.
    Empty,
    /// It is longer than [`limits::PATTERN_BYTES`] or has more than [`limits::PATTERN_ALTERNATIVES`] alternatives.
    TooLong,
    /// A `{` without its `}`, or the other way round, or one within another.
    Braces,
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PatternError::Empty => "the pattern is empty",
            PatternError::TooLong => "the pattern is too long or has too many alternatives",
            PatternError::Braces => "the braces of the pattern do not match",
        })
    }
}

impl std::error::Error for PatternError {}

/// A pattern over dialled numbers: `?` one character, `*` any number of them, `{a,b}` alternatives, which may hold
/// the other two but no further braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    /// The pattern with its alternatives spelled out.
    alternatives: Vec<String>,
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > limits::PATTERN_BYTES {
            return Err(PatternError::TooLong);
        }
        Ok(Pattern {
            text: text.to_owned(),
            alternatives: expand(text)?,
        })
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The pattern with its braces spelled out: each with `?` and `*` only.
    pub fn alternatives(&self) -> &[String] {
        &self.alternatives
    }

    /// How specific the match is, the length of the literal prefix of the alternative that matches; `None` if none does.
    pub fn matches(&self, number: &str) -> Option<usize> {
        self.alternatives
            .iter()
            .filter(|a| glob(a, number))
            .map(|a| literal_prefix(a))
            .max()
    }
}

/// A caller's dialplan: patterns in order, each with its route.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialplan {
    entries: Vec<(Pattern, Arc<Route>)>,
}

impl Dialplan {
    /// Compiles a dialplan; the error names the pattern that cannot be compiled by its index.
    pub fn new<'a>(
        entries: impl IntoIterator<Item = (&'a str, Route)>,
    ) -> Result<Dialplan, (usize, PatternError)> {
        let mut compiled = Vec::new();
        for (index, (pattern, route)) in entries.into_iter().enumerate() {
            let pattern = Pattern::new(pattern).map_err(|error| (index, error))?;
            compiled.push((pattern, Arc::new(route)));
        }
        Ok(Dialplan { entries: compiled })
    }

    /// The route of a dialled number: of the patterns that match the one with the longest literal prefix; among equals
    /// one that is the number itself, then the one written first.
    pub fn route(&self, number: &str) -> Option<&Arc<Route>> {
        let mut best: Option<((usize, bool), &Arc<Route>)> = None;
        for (pattern, route) in &self.entries {
            let Some(prefix) = pattern.matches(number) else {
                continue;
            };
            let specific = (prefix, pattern.text == number);
            if best.is_none_or(|(most, _)| specific > most) {
                best = Some((specific, route));
            }
        }
        best.map(|(_, route)| route)
    }

    /// The entries, in the order they were written.
    pub fn entries(&self) -> impl Iterator<Item = (&Pattern, &Arc<Route>)> {
        self.entries.iter().map(|(pattern, route)| (pattern, route))
    }
}

fn expand(text: &str) -> Result<Vec<String>, PatternError> {
    let mut done = vec![String::new()];
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (literal, group) = rest.split_at(at);
        let inner = group.strip_prefix('{').ok_or(PatternError::Braces)?;
        let (inner, after) = inner.split_once('}').ok_or(PatternError::Braces)?;
        if inner.contains('{') {
            return Err(PatternError::Braces);
        }
        let mut next = Vec::new();
        for prefix in &done {
            for choice in inner.split(',') {
                next.push(format!("{prefix}{literal}{}", choice.trim()));
            }
        }
        if next.len() > limits::PATTERN_ALTERNATIVES {
            return Err(PatternError::TooLong);
        }
        done = next;
        rest = after;
    }
    for prefix in &mut done {
        prefix.push_str(rest);
    }
    Ok(done)
}

fn literal_prefix(pattern: &str) -> usize {
    pattern.find(['?', '*']).unwrap_or(pattern.len())
}

/// Iterative matching that goes back to the last `*` only: linear in practice, never exponential.
fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut star: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        let subject = text.clone();
        let matched = match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = subject.clone();
                star = Some((pattern.clone(), subject));
                continue;
            }
            (Some('?'), Some(_)) => true,
            (Some(p), Some(t)) => p == t,
            _ => false,
        };
        if matched {
            continue;
        }
        let Some((after_star, mut from)) = star.take() else {
            return false;
        };
        if from.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = from.clone();
        star = Some((after_star, from));
    }
}

#[cfg(test)]
#[path = "dialplan_tests.rs"]
mod tests;
