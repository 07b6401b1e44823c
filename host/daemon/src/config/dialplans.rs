//! The sections `[domains.NAME.dialplans.NAME]`: patterns and what they lead to, and what is odd about their order.

use switchhook_call::dialplan::Pattern;
use switchhook_routing::call::Variable;
use switchhook_routing::decision::Phase;
use switchhook_wasm::limits as wasm_limits;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::chains;
use crate::config::patterns;
use crate::config::problem::Problems;
use crate::config::script::{self, Known};
use crate::config::section::{Located, Section};
use crate::config::settings::{Route, Step};
use crate::limits;

/// Reads every dialplan of a domain, in the order of the file.
pub fn dialplans(domain: &Section<'_>, known: &Known<'_>) -> Vec<(String, Vec<Route>)> {
    let Some(section) = domain.section("dialplans") else {
        return Vec::new();
    };
    let mut dialplans = Vec::new();
    for (name, section) in section.named_sections() {
        dialplans.push((name.value, routes(&section, known)));
        section.finish();
    }
    dialplans
}

fn routes(section: &Section<'_>, known: &Known<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut compiled: Vec<(Pattern, usize)> = Vec::new();
    for (key, value) in section.entries() {
        let pattern = match Pattern::new(&key.value) {
            Ok(pattern) => pattern,
            Err(error) => {
                section
                    .problems()
                    .error(key.offset, format!("\"{}\": {error}", key.value));
                continue;
            }
        };
        if let Some(route) = route(value, known, section.problems(), key.value) {
            routes.push(route);
            compiled.push((pattern, key.offset));
        }
    }
    warn_about_order(&compiled, section.problems());
    routes
}

fn route(
    value: &Spanned<DeValue<'_>>,
    known: &Known<'_>,
    problems: &Problems,
    pattern: String,
) -> Option<Route> {
    let at = value.span().start;
    if let Some(plugin) = value.get_ref().as_str() {
        return Some(Route {
            pattern,
            chain: chains::single(plugin, known.plugins, at, problems),
            fallback: None,
            variables: Vec::new(),
        });
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = "a pattern leads to a plugin's name, or to { chain = [\"…\"], fallback = …, variables = { … } }";
        problems.error(at, message);
        return None;
    };
    let section = Section::new(table, at, "the route", problems);
    let chain = chains::chain(&section, known.plugins);
    let fallback = section.value("fallback").and_then(|value| {
        let script = script::script(value, problems)?;
        script::check(&script, known, false, value.span().start, problems);
        Some(script)
    });
    if section.value("chain").is_none() && fallback.is_none() {
        section.error("a route needs `chain`, `fallback` or both");
    }
    let decides = |step: &Step| matches!(step.phase, Phase::Route);
    if !chain.is_empty() && fallback.is_none() && !chain.iter().any(decides) {
        let message = "no plugin of this chain is asked in the phase route: what is not screened out goes to the default destination";
        problems.warning(at, message);
    }
    let variables = variables(&section);
    section.finish();
    Some(Route {
        pattern,
        chain,
        fallback,
        variables,
    })
}

/// `variables = { name = "value" }`: numbers and booleans are taken as text.
fn variables(route: &Section<'_>) -> Vec<Variable> {
    let Some(section) = route.section("variables") else {
        return Vec::new();
    };
    let problems = section.problems();
    let entries = section.entries();
    if entries.len() > limits::ROUTE_VARIABLES {
        let most = limits::ROUTE_VARIABLES;
        section.error(format!("`variables` has more than {most} entries"));
    }
    let variable = |(key, value): (Located<String>, &Spanned<DeValue<'_>>)| {
        let text = match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Boolean(yes) => Some(yes.to_string()),
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            _ => None,
        };
        let Some(text) = text.filter(|text| text.len() <= wasm_limits::VALUE_BYTES) else {
            let most = wasm_limits::VALUE_BYTES;
            let message = format!(
                "the variable \"{}\" must be a text of at most {most} bytes",
                key.value
            );
            problems.error(value.span().start, message);
            return None;
        };
        if key.value.is_empty() || key.value.len() > wasm_limits::NAME_BYTES {
            let most = wasm_limits::NAME_BYTES;
            problems.error(
                key.offset,
                format!("a variable's name has 1 to {most} bytes"),
            );
            return None;
        }
        Some(Variable {
            name: key.value,
            value: text,
        })
    };
    entries.into_iter().filter_map(variable).collect()
}

fn warn_about_order(entries: &[(Pattern, usize)], problems: &Problems) {
    for (index, (pattern, at)) in entries.iter().enumerate() {
        let hidden_by = entries.iter().enumerate().find(|(other, (candidate, _))| {
            *other != index && patterns::hides(candidate, *other < index, pattern)
        });
        if let Some((_, (other, other_at))) = hidden_by {
            let message = format!(
                "\"{}\" is never reached: \"{}\" (line {}) is as specific and takes all its numbers",
                pattern.text(),
                other.text(),
                problems.line(*other_at)
            );
            problems.warning(*at, message);
            continue;
        }
        let later = &entries[index + 1..];
        if let Some((other, other_at)) = later
            .iter()
            .find(|(other, _)| patterns::first_wins(pattern, other))
        {
            let message = format!(
                "numbers that match both \"{}\" and the later \"{}\" (line {}) go to the former here, because it is more \
                 specific; in Dragon PBX the last match wins. Write the general pattern first to mean the same in both",
                pattern.text(),
                other.text(),
                problems.line(*other_at)
            );
            problems.warning(*at, message);
        }
    }
}
