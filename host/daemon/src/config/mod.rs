//! The configuration: `switchhook.toml`, read whole, checked whole, every mistake told with its file and line.
//!
//! [`load`] gives [`settings::Settings`]; [`exchange`] makes of them what the exchange is configured with.

pub mod dialplans;
pub mod domains;
pub mod exchange;
pub mod patterns;
pub mod plugins;
pub mod problem;
pub mod script;
pub mod secret;
pub mod section;
pub mod settings;
pub mod system;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::config::problem::{Problem, Problems, Report, Severity};
use crate::config::secret::Surroundings;
use crate::config::section::Section;
use crate::config::settings::Settings;

/// The name of the configuration file if none is given.
pub const DEFAULT_FILE: &str = "switchhook.toml";

/// Loads a configuration file, with the process's environment.
///
/// # Errors
/// Everything that is wrong, warnings among it, if anything of it is an error. Warnings alone come beside the settings.
pub fn load(file: &Path) -> Result<(Settings, Report), Report> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let message = format!("cannot be read: {error}");
        let file = file.to_owned();
        Report(vec![Problem {
            file,
            line: 1,
            severity: Severity::Error,
            message,
        }])
    })?;
    parse(file, &text, &|name| std::env::var(name).ok())
}

/// Reads a configuration from a text; `file` is its name in messages, and paths in it start from that file's folder.
///
/// # Errors
/// As [`load`].
pub fn parse(
    file: &Path,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Settings, Report), Report> {
    let problems = Problems::new(file, text);
    let mut table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            problems.error(error.span().map_or(0, |span| span.start), error.message());
            return Err(problems.into_report());
        }
    };
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let surroundings = Surroundings {
        folder: &folder,
        variable,
    };
    secret::expand_table(table.get_mut(), &surroundings, &problems);
    let root = Section::new(table.get_ref(), 0, "", &problems);
    let settings = settings(file, &root, &surroundings);
    root.finish();
    let report = problems.into_report();
    if report.has_errors() {
        Err(report)
    } else {
        Ok((settings, report))
    }
}

fn settings(file: &Path, root: &Section<'_>, surroundings: &Surroundings<'_>) -> Settings {
    let listen = system::listeners(root);
    let plugins = plugins::plugins(root, surroundings);
    let names = plugin_names(root);
    Settings {
        file: Some(file.to_owned()),
        media: system::media(root, &listen),
        log: system::log(root),
        control_socket: system::control_socket(root, surroundings),
        records_file: system::records_file(root, surroundings),
        limits: system::limits(root),
        plugin_cache: system::plugin_cache(root, surroundings),
        domains: domains::domains(root, &names, surroundings),
        plugins,
        listen,
    }
}

/// The names of all plugins, also of those with mistakes: one mistake is told once.
fn plugin_names(root: &Section<'_>) -> Vec<String> {
    let Some(table) = root
        .value("plugins")
        .and_then(|value| value.get_ref().as_table())
    else {
        return Vec::new();
    };
    table
        .iter()
        .map(|(name, _)| name.get_ref().to_string())
        .collect()
}

#[cfg(test)]
mod tests;
