//! The chain of a route: which plugins are asked, in which phases, and what happens where one fails.

use switchhook_routing::decision::Phase;
use switchhook_wasm::status::Roles;
use toml::Spanned;
use toml::de::DeValue;

use crate::config::components::KnownPlugin;
use crate::config::problem::Problems;
use crate::config::script;
use crate::config::section::Section;
use crate::config::settings::Step;

const PHASES: [(&str, Phase); 4] = [
    ("screen", Phase::Screen),
    ("enrich", Phase::Enrich),
    ("route", Phase::Route),
    ("veto", Phase::Veto),
];

/// Reads `chain` and `fail_open` of a route.
pub fn chain(route: &Section<'_>, plugins: &[KnownPlugin]) -> Vec<Step> {
    let problems = route.problems();
    let mut items: Vec<Item> = Vec::new();
    match route.value("chain").map(|value| (value, value.get_ref())) {
        None => {}
        Some((_, DeValue::Array(values))) => {
            items.extend(values.iter().filter_map(|value| item(value, problems)));
        }
        Some((value, DeValue::String(_))) => items.extend(item(value, problems)),
        Some((value, _)) => problems.error(
            value.span().start,
            "`chain` must be an array of plugins' names or of { plugin = \"…\", phase = \"…\", on_failure = \"…\" }",
        ),
    }
    for item in &items {
        check_router(&item.plugin, plugins, item.offset, problems);
    }
    check_order(&items, problems);
    let open = open_by_name(route, &items);
    items
        .into_iter()
        .map(|item| Step {
            fail_open: item.fail_open.unwrap_or_else(|| match &open {
                Some(open) => open.contains(&item.plugin),
                None => open_by_phase(item.phase),
            }),
            plugin: item.plugin,
            phase: item.phase,
        })
        .collect()
}

/// A chain of one plugin that decides.
pub fn single(plugin: &str, plugins: &[KnownPlugin], at: usize, problems: &Problems) -> Vec<Step> {
    check_router(plugin, plugins, at, problems);
    vec![Step {
        plugin: plugin.to_owned(),
        phase: Phase::Route,
        fail_open: false,
    }]
}

struct Item {
    plugin: String,
    phase: Phase,
    fail_open: Option<bool>,
    offset: usize,
}

fn item(value: &Spanned<DeValue<'_>>, problems: &Problems) -> Option<Item> {
    let offset = value.span().start;
    if let Some(name) = value.get_ref().as_str() {
        return Some(Item {
            plugin: name.to_owned(),
            phase: Phase::Route,
            fail_open: None,
            offset,
        });
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = "a plugin of a chain is its name, or { plugin = \"…\", phase = \"…\", on_failure = \"…\" }";
        problems.error(offset, message);
        return None;
    };
    let section = Section::new(table, offset, "the plugin of the chain", problems);
    let plugin = section.required_string("plugin");
    let phase = section.choice("phase", &PHASES).unwrap_or_default();
    let fail_open = section.choice("on_failure", &[("open", true), ("closed", false)]);
    section.finish();
    Some(Item {
        plugin: plugin?.value,
        phase,
        fail_open,
        offset,
    })
}

/// What merely looks or finds out must not cost calls; what decides or forbids must not be passed over.
fn open_by_phase(phase: Phase) -> bool {
    match phase {
        Phase::Screen | Phase::Enrich => true,
        Phase::Route | Phase::Veto => false,
    }
}

fn check_order(items: &[Item], problems: &Problems) {
    for pair in items.windows(2) {
        let [before, after] = pair else { continue };
        if after.phase < before.phase {
            let message = format!(
                "\"{}\" is asked in the phase {} after \"{}\" in the phase {}: the order is screen, enrich, route, veto",
                after.plugin,
                name(after.phase),
                before.plugin,
                name(before.phase)
            );
            problems.error(after.offset, message);
        }
    }
}

fn name(phase: Phase) -> &'static str {
    PHASES
        .iter()
        .find(|(_, other)| *other == phase)
        .map_or("", |(name, _)| name)
}

/// `fail_open`: true for all plugins of the chain, or the names of those it holds for. `None`: it is not said.
fn open_by_name(route: &Section<'_>, chain: &[Item]) -> Option<Vec<String>> {
    let value = route.value("fail_open")?;
    match value.get_ref() {
        DeValue::Boolean(true) => Some(chain.iter().map(|item| item.plugin.clone()).collect()),
        DeValue::Boolean(false) => Some(Vec::new()),
        _ => {
            let names = route.strings("fail_open");
            for name in &names {
                if !chain.iter().any(|item| item.plugin == name.value) {
                    let message = format!("`fail_open`: \"{}\" is not in the chain", name.value);
                    route.problems().error(name.offset, message);
                }
            }
            Some(names.into_iter().map(|name| name.value).collect())
        }
    }
}

/// A plugin that decides calls.
pub fn check_router(name: &str, plugins: &[KnownPlugin], at: usize, problems: &Problems) {
    let router = |roles: &Roles| roles.router;
    let cannot = "exports no `router`: it decides no calls";
    check_role(name, plugins, &router, cannot, at, problems);
}

/// A plugin that is used for something it must export.
pub fn check_role(
    name: &str,
    plugins: &[KnownPlugin],
    has: &dyn Fn(&Roles) -> bool,
    cannot: &str,
    at: usize,
    problems: &Problems,
) {
    let Some(plugin) = plugins.iter().find(|plugin| plugin.name == name) else {
        let names = plugins.iter().map(|plugin| &plugin.name);
        problems.error(at, script::unknown("plugin", name, "", names));
        return;
    };
    if plugin.roles.as_ref().is_some_and(|roles| !has(roles)) {
        problems.error(at, format!("the plugin \"{name}\" {cannot}"));
    }
}
