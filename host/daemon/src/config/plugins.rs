//! The sections `[plugins.NAME]`.

use std::path::PathBuf;
use std::time::Duration;

use switchhook_wasm::limits;
use switchhook_wasm::spec::{HostGrant, PluginSpec};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::problem::Problems;
use crate::config::secret::{Surroundings, expand_table};
use crate::config::section::{Located, Section};
use crate::config::settings::Plugin;

const MEBIBYTE: usize = 1 << 20;

/// Reads every `[plugins.NAME]`.
pub fn plugins(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Vec<Plugin> {
    let Some(section) = root.section("plugins") else {
        return Vec::new();
    };
    let mut plugins = Vec::new();
    for (name, section) in section.named_sections() {
        plugins.extend(plugin(&name, &section, surroundings));
        section.finish();
    }
    plugins
}

fn plugin(
    name: &Located<String>,
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
) -> Option<Plugin> {
    if !is_name(&name.value) {
        let message = "a plugin's name is made of letters, digits, `-` and `_`";
        section.problems().error(name.offset, message);
    }
    let file = section.required_string("file");
    if let Some(file) = &file
        && !surroundings.path(&file.value).is_file()
    {
        let message = format!(
            "there is no file {}",
            surroundings.path(&file.value).display()
        );
        section.problems().error(file.offset, message);
    }
    let settings = settings(section, surroundings);
    let path = file
        .as_ref()
        .map(|file| surroundings.path(&file.value))
        .unwrap_or_default();
    let mut spec = PluginSpec::new(&name.value, path);
    budget(section, &mut spec);
    grants(section, &mut spec);
    trust(section, &mut spec);
    let settings_file;
    (spec.settings, settings_file) = settings?;
    let line = section.problems().line(name.offset);
    file.map(|_| Plugin {
        spec,
        line,
        settings_file,
    })
}

fn budget(section: &Section<'_>, spec: &mut PluginSpec) {
    let Some(budget) = section.section("budget") else {
        return;
    };
    if let Some(ms) = budget.integer("cpu_ms", 1..=60_000) {
        spec.budget.cpu = Duration::from_millis(ms);
    }
    if let Some(ms) = budget.integer("wall_ms", 1..=60_000) {
        spec.budget.wall = Duration::from_millis(ms);
    }
    let most = limits::MEMORY_BYTES_MAX / MEBIBYTE;
    if let Some(mb) = budget.integer("memory_mb", 1..=most as u64) {
        spec.budget.memory_bytes = mb as usize * MEBIBYTE;
    }
    if let Some(keys) = budget.integer("state_keys", 0..=10_000_000) {
        spec.budget.state_keys = keys as usize;
    }
    if let Some(mb) = budget.integer("state_mb", 0..=4_096) {
        spec.budget.state_bytes = mb as usize * MEBIBYTE;
    }
    if spec.budget.wall < spec.budget.cpu {
        budget.error("`wall_ms` is less than `cpu_ms`");
    }
    budget.finish();
}

fn grants(section: &Section<'_>, spec: &mut PluginSpec) {
    let Some(grants) = section.section("grants") else {
        return;
    };
    for host in grants.strings("http") {
        match HostGrant::parse(&host.value) {
            Ok(host) => spec.grants.hosts.push(host),
            Err(error) => section
                .problems()
                .error(host.offset, format!("`http`: {error}")),
        }
    }
    grants.finish();
}

/// When its failures count against a plugin.
fn trust(section: &Section<'_>, spec: &mut PluginSpec) {
    let seconds =
        |section: &Section<'_>, key| section.integer(key, 0..=86_400).map(Duration::from_secs);
    if let Some(probation) = section.section("probation") {
        if let Some(decisions) = probation.integer("decisions", 0..=1_000_000) {
            spec.probation.decisions = decisions as u32;
        }
        spec.probation.time = seconds(&probation, "seconds").unwrap_or(spec.probation.time);
        probation.finish();
    }
    if let Some(breaker) = section.section("breaker") {
        if let Some(failures) = breaker.integer("failures", 0..=1_000_000) {
            spec.breaker.failures = failures as u32;
        }
        if let Some(percent) = breaker.integer("percent", 0..=100) {
            spec.breaker.percent = percent as u32;
        }
        spec.breaker.window = seconds(&breaker, "window_seconds").unwrap_or(spec.breaker.window);
        spec.breaker.pause = seconds(&breaker, "pause_seconds").unwrap_or(spec.breaker.pause);
        breaker.finish();
    }
}

fn settings(
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
) -> Option<(String, Option<PathBuf>)> {
    let problems = section.problems();
    let inline = section.value("settings");
    let file = section.string("settings_file");
    match (inline, file) {
        (Some(value), Some(file)) => {
            let line = problems.line(value.span().start);
            let message =
                format!("`settings_file` beside `settings` (line {line}): use one of them");
            problems.error(file.offset, message);
            None
        }
        (Some(value), None) => match json(value, surroundings) {
            Ok(json) => Some((json.to_string(), None)),
            Err((at, message)) => {
                problems.error(at, message);
                None
            }
        },
        (None, Some(file)) => {
            let path = surroundings.path(&file.value);
            match settings_from_file(&path, surroundings) {
                Ok(settings) => Some((settings, Some(path))),
                Err(message) => {
                    problems.error(file.offset, format!("{}: {message}", path.display()));
                    None
                }
            }
        }
        (None, None) => Some(("{}".to_owned(), None)),
    }
}

/// Reads a plugin's settings file, JSON or (by its ending) TOML, with secrets filled in, and gives it as JSON.
///
/// # Errors
/// A sentence with the line in that file.
pub fn settings_from_file(
    path: &std::path::Path,
    surroundings: &Surroundings<'_>,
) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if path.extension().is_some_and(|ending| ending == "toml") {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let mut table = DeTable::parse(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            format!("line {}: {}", line(at), error.message())
        })?;
        let problems = Problems::new(path, &text);
        expand_table(table.get_mut(), surroundings, &problems);
        if let Some(problem) = problems.into_report().0.first() {
            return Err(format!("line {}: {}", problem.line, problem.message));
        }
        let span = table.span();
        let value = Spanned::new(span, DeValue::Table(table.into_inner()));
        return match json(&value, surroundings) {
            Ok(json) => Ok(json.to_string()),
            Err((at, message)) => Err(format!("line {}: {message}", line(at))),
        };
    }
    let mut value: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    expand_json(&mut value, surroundings)?;
    Ok(value.to_string())
}

fn expand_json(
    value: &mut serde_json::Value,
    surroundings: &Surroundings<'_>,
) -> Result<(), String> {
    match value {
        serde_json::Value::String(text) => *text = surroundings.expand(text)?,
        serde_json::Value::Array(items) => {
            for item in items {
                expand_json(item, surroundings)?;
            }
        }
        serde_json::Value::Object(members) => {
            if let [(key, serde_json::Value::String(name))] =
                &members.iter().collect::<Vec<_>>()[..]
                && let Some(secret) = surroundings.secret(key, name)
            {
                *value = serde_json::Value::from(secret?);
                return Ok(());
            }
            for member in members.values_mut() {
                expand_json(member, surroundings)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// TOML as JSON, secrets filled in. Order of keys is kept, because routing tables may depend on it.
fn json(
    value: &Spanned<DeValue<'_>>,
    surroundings: &Surroundings<'_>,
) -> Result<serde_json::Value, (usize, String)> {
    let at = value.span().start;
    Ok(match value.get_ref() {
        DeValue::String(text) => serde_json::Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            serde_json::Value::from(number.map_err(|error| (at, error.to_string()))?)
        }
        DeValue::Float(number) => {
            let number = number
                .as_str()
                .parse::<f64>()
                .map_err(|error| (at, error.to_string()))?;
            serde_json::Value::from(number)
        }
        DeValue::Boolean(yes) => serde_json::Value::from(*yes),
        DeValue::Datetime(time) => serde_json::Value::from(time.to_string()),
        DeValue::Array(items) => items
            .iter()
            .map(|item| json(item, surroundings))
            .collect::<Result<_, _>>()?,
        DeValue::Table(table) => {
            let mut members: Vec<_> = table.iter().collect();
            members.sort_by_key(|(key, _)| key.span().start);
            if let [(key, name)] = members[..]
                && let Some(name) = name.get_ref().as_str()
                && let Some(secret) = surroundings.secret(key.get_ref(), name)
            {
                return secret
                    .map(serde_json::Value::from)
                    .map_err(|message| (at, message));
            }
            let mut object = serde_json::Map::new();
            for (key, value) in members {
                object.insert(key.get_ref().to_string(), json(value, surroundings)?);
            }
            serde_json::Value::Object(object)
        }
    })
}

/// Whether a text can name a plugin.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
