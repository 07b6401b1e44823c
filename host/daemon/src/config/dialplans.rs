//! The sections `[domains.NAME.dialplans.NAME]`: patterns and what they lead to, and what is odd about their order.

use switchhook_call::dialplan::Pattern;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::patterns;
use crate::config::problem::Problems;
use crate::config::script::{self, Known};
use crate::config::section::Section;
use crate::config::settings::Route;

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
        if let Some((chain, fallback)) = route(value, known, section.problems()) {
            routes.push(Route {
                pattern: key.value,
                chain,
                fallback,
            });
            compiled.push((pattern, key.offset));
        }
    }
    warn_about_order(&compiled, section.problems());
    routes
}

type ChainAndFallback = (
    Vec<(String, bool)>,
    Option<switchhook_routing::verb::Script>,
);

fn route(
    value: &Spanned<DeValue<'_>>,
    known: &Known<'_>,
    problems: &Problems,
) -> Option<ChainAndFallback> {
    let at = value.span().start;
    if let Some(plugin) = value.get_ref().as_str() {
        check_plugin(plugin, known, at, problems);
        return Some((vec![(plugin.to_owned(), false)], None));
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = "a pattern leads to a plugin's name, or to { chain = [\"…\"], fail_open = …, fallback = … }";
        problems.error(at, message);
        return None;
    };
    let section = Section::new(table, at, "the route", problems);
    let names = section.strings("chain");
    for name in &names {
        check_plugin(&name.value, known, name.offset, problems);
    }
    let open = fail_open(
        &section,
        &names.iter().map(|n| n.value.clone()).collect::<Vec<_>>(),
    );
    let fallback = section.value("fallback").and_then(|value| {
        let script = script::script(value, problems)?;
        script::check(&script, known, false, value.span().start, problems);
        Some(script)
    });
    if names.is_empty() && fallback.is_none() && section.value("chain").is_none() {
        section.error("a route needs `chain`, `fallback` or both");
    }
    section.finish();
    let chain = names
        .into_iter()
        .map(|name| (open.contains(&name.value), name.value));
    Some((chain.map(|(open, name)| (name, open)).collect(), fallback))
}

/// `fail_open`: true for all plugins of the chain, or the names of those it holds for.
fn fail_open(section: &Section<'_>, chain: &[String]) -> Vec<String> {
    let Some(value) = section.value("fail_open") else {
        return Vec::new();
    };
    match value.get_ref() {
        DeValue::Boolean(true) => chain.to_vec(),
        DeValue::Boolean(false) => Vec::new(),
        _ => {
            let names = section.strings("fail_open");
            for name in &names {
                if !chain.contains(&name.value) {
                    let message = format!("`fail_open`: \"{}\" is not in the chain", name.value);
                    section.problems().error(name.offset, message);
                }
            }
            names.into_iter().map(|name| name.value).collect()
        }
    }
}

fn check_plugin(name: &str, known: &Known<'_>, at: usize, problems: &Problems) {
    if !known.plugins.iter().any(|plugin| plugin == name) {
        problems.error(
            at,
            script::unknown("plugin", name, "", known.plugins.iter()),
        );
    }
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
