//! The sections `[plugins.NAME]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use switchhook_wasm::limits;
use switchhook_wasm::spec::{HostGrant, PluginSpec, PoolSpec};
use switchhook_wasm::status::Roles;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::components::{Component, KnownPlugin, Schema};
use crate::config::place;
use crate::config::problem::{Problem, Problems, Severity};
use crate::config::schema;
use crate::config::secret::{Surroundings, expand_table};
use crate::config::section::{Located, Section};
use crate::config::settings::Plugin;

const MEBIBYTE: usize = 1 << 20;

/// How components are looked into while a configuration is read.
pub struct Components<'a> {
    /// Looks into a file; `None`: nothing is known of it, and nothing is checked.
    pub look_into: &'a dyn Fn(&Path) -> Option<Result<Component, String>>,
    /// How bad a component is that cannot be looked into.
    pub broken: Severity,
    /// The text of the configuration file.
    pub text: &'a str,
}

/// Reads every `[plugins.NAME]`. Beside them the names of all plugins, also of those with mistakes: one mistake is told once.
pub fn plugins(
    root: &Section<'_>,
    surroundings: &Surroundings<'_>,
    components: &Components<'_>,
) -> (Vec<Plugin>, Vec<KnownPlugin>) {
    let (mut plugins, mut known) = (Vec::new(), Vec::new());
    let Some(section) = root.section("plugins") else {
        return (plugins, known);
    };
    for (name, section) in section.named_sections() {
        let (plugin, roles) = plugin(&name, &section, surroundings, components);
        plugins.extend(plugin);
        known.push(KnownPlugin {
            name: name.value,
            roles,
        });
        section.finish();
    }
    (plugins, known)
}

fn plugin(
    name: &Located<String>,
    section: &Section<'_>,
    surroundings: &Surroundings<'_>,
    components: &Components<'_>,
) -> (Option<Plugin>, Option<Roles>) {
    let problems = section.problems();
    if !is_name(&name.value) {
        let message = "a plugin's name is made of letters, digits, `-` and `_`";
        problems.error(name.offset, message);
    }
    let file = section.required_string("file");
    let path = file.as_ref().map(|file| surroundings.path(&file.value));
    let component = file.as_ref().zip(path.as_ref());
    let component = component.and_then(|(file, path)| look_into(file, path, problems, components));
    let roles = component.as_ref().map(|component| component.roles);
    let settings = settings(section, surroundings);
    let mut spec = PluginSpec::new(&name.value, path.unwrap_or_default());
    budget(section, &mut spec);
    grants(section, &mut spec);
    trust(section, &mut spec);
    spec.pool = pool(section);
    let (Some(_), Some((settings, settings_file))) = (file, settings) else {
        return (None, roles);
    };
    spec.settings = settings;
    let plugin = Plugin {
        spec,
        line: problems.line(name.offset),
        settings_file,
    };
    if let Some(schema) = component.and_then(|component| component.schema) {
        let found = setting_problems(&plugin, &schema, problems.file(), Some(components.text));
        found.into_iter().for_each(|problem| problems.add(problem));
    }
    (Some(plugin), roles)
}

fn look_into(
    file: &Located<String>,
    path: &Path,
    problems: &Problems,
    components: &Components<'_>,
) -> Option<Component> {
    if !path.is_file() {
        let message = format!("there is no file {}", path.display());
        problems.error(file.offset, message);
        return None;
    }
    match (components.look_into)(path)? {
        Ok(component) => Some(component),
        Err(message) => {
            problems.add(Problem {
                file: problems.file().to_owned(),
                line: problems.line(file.offset),
                severity: components.broken,
                message: format!("{}: {message}", path.display()),
            });
            None
        }
    }
}

/// What the schema does not allow in a plugin's settings, each with the file and the line where it stands.
/// `text`: that of the configuration file `file`; `None`: it is read.
pub fn setting_problems(
    plugin: &Plugin,
    schema: &Schema,
    file: &Path,
    text: Option<&str>,
) -> Vec<Problem> {
    let name = plugin.spec.name.as_str();
    let problem = |file: &Path, line, message: String| Problem {
        file: file.to_owned(),
        line,
        severity: Severity::Error,
        message: format!("settings of the plugin \"{name}\": {message}"),
    };
    let violations = match schema::violations(&schema.text, &plugin.spec.settings) {
        Ok(violations) => violations,
        Err(error) => {
            let message = format!("{}: {error}", schema.file.display());
            return vec![problem(file, plugin.line, message)];
        }
    };
    let place = plugin.settings_file.as_deref().unwrap_or(file);
    let text = match (&plugin.settings_file, text) {
        (None, Some(text)) => text.to_owned(),
        _ => std::fs::read_to_string(place).unwrap_or_default(),
    };
    let root = ["plugins", name, "settings"];
    let line = |pointer: &str| {
        let at = match &plugin.settings_file {
            None => place::in_toml(&text, &root, pointer),
            Some(file) if is_toml(file) => place::in_toml(&text, &[], pointer),
            Some(_) => place::in_json(&text, pointer),
        };
        let before = text.get(..at).unwrap_or_default();
        before.matches('\n').count() + 1
    };
    let told = |violation: &schema::Violation| {
        problem(place, line(&violation.pointer), violation.to_string())
    };
    violations.iter().map(told).collect()
}

/// `pool = { size = …, uses = … }`: instances that stay, for plugins that are slow to begin.
fn pool(section: &Section<'_>) -> Option<PoolSpec> {
    let pool = section.section("pool")?;
    let size = pool.integer("size", 1..=1_000);
    let uses = pool.integer("uses", 1..=1_000_000_000);
    if size.is_none() && pool.value("size").is_none() {
        pool.error("`pool` needs `size`: how many instances are kept");
    }
    pool.finish();
    Some(PoolSpec {
        size: u32::try_from(size?).unwrap_or(u32::MAX),
        uses: u32::try_from(uses.unwrap_or(1_000)).unwrap_or(u32::MAX),
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
pub fn settings_from_file(path: &Path, surroundings: &Surroundings<'_>) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    if is_toml(path) {
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

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

/// Whether a text can name a plugin.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
