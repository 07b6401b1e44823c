//! The configuration: `switchhook.toml`, read whole, checked whole, every mistake told with its file and line.
//!
//! [`load`] gives [`settings::Settings`]; [`exchange`] makes of them what the exchange is configured with.

pub mod chains;
pub mod client_limits;
pub mod client_settings;
pub mod clients;
pub mod codes;
pub mod components;
pub mod conference;
pub mod dialogs;
pub mod dialplans;
pub mod dns;
pub mod domains;
pub mod exchange;
pub mod media_rules;
pub mod music;
pub mod nat;
pub mod parking;
pub mod patterns;
pub mod place;
pub mod plugins;
pub mod problem;
pub mod prompts;
pub mod protection;
pub mod recording;
pub mod ring_groups;
pub mod schema;
pub mod script;
pub mod secret;
pub mod section;
pub mod settings;
pub mod system;
pub mod trunk_identity;
pub mod trunk_numbers;
pub mod trunks;
pub mod verbs;

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use crate::config::plugins::Components;
use crate::config::problem::{Problem, Problems, Report, Severity};
use crate::config::secret::Surroundings;
use crate::config::section::Section;
use crate::config::settings::Settings;

/// The name of the configuration file if none is given.
pub const DEFAULT_FILE: &str = "switchhook.toml";

/// Loads a configuration file, with the process's environment, and looks into the components that it names. One that
/// cannot be looked into is a warning: its calls go to their fallbacks.
///
/// # Errors
/// Everything that is wrong, warnings among it, if anything of it is an error. Warnings alone come beside the settings.
pub fn load(file: &Path) -> Result<(Settings, Report), Report> {
    load_with(file, Severity::Warning)
}

/// [`load`], with a choice of how bad a component is that cannot be looked into.
///
/// # Errors
/// As [`load`].
pub fn load_with(file: &Path, broken: Severity) -> Result<(Settings, Report), Report> {
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
    let components = Components {
        look_into: &|file| Some(components::look_into(file)),
        broken,
        text: &text,
    };
    read(file, &components, &|name| std::env::var(name).ok())
}

/// The control socket of the switch that a configuration file is for, whatever else is wrong with the file.
pub fn control_socket(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut table = DeTable::parse(&text).ok()?;
    let problems = Problems::new(file, &text);
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let surroundings = Surroundings {
        folder: &folder,
        variable: &|name| std::env::var(name).ok(),
    };
    secret::expand_table(table.get_mut(), &surroundings, &problems);
    let root = Section::new(table.get_ref(), 0, "", &problems);
    Some(system::control_socket(&root, &surroundings))
}

/// Reads a configuration from a text; `file` is its name in messages, and paths in it start from that file's folder. The
/// components that it names are not looked into.
///
/// # Errors
/// As [`load`].
pub fn parse(
    file: &Path,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Settings, Report), Report> {
    let components = Components {
        look_into: &|_| None,
        broken: Severity::Warning,
        text,
    };
    read(file, &components, variable)
}

/// Reads a configuration, with whatever is to be known of its components.
///
/// # Errors
/// As [`load`].
pub fn read(
    file: &Path,
    components: &Components<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(Settings, Report), Report> {
    let text = components.text;
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
    let settings = settings(file, &root, &surroundings, components);
    root.finish();
    let report = problems.into_report();
    if report.has_errors() {
        Err(report)
    } else {
        Ok((settings, report))
    }
}

fn settings(
    file: &Path,
    root: &Section<'_>,
    surroundings: &Surroundings<'_>,
    components: &Components<'_>,
) -> Settings {
    let listen = system::listeners(root, surroundings);
    let exchanges = system::exchanges(root);
    let (media, media_folder) = system::media(root, &listen, exchanges, surroundings);
    let plugin_cache = system::plugin_cache(root, surroundings);
    let (plugins, known) = plugins::plugins(root, surroundings, components);
    let (recording, recording_beep) = recording::recording(root, surroundings);
    Settings {
        file: Some(file.to_owned()),
        media,
        exchanges,
        protection: protection::protection(root),
        dns: dns::dns(root),
        nat: nat::nat(root),
        log: system::log(root),
        control_socket: system::control_socket(root, surroundings),
        records_file: system::records_file(root, surroundings),
        state_file: system::state_file(root, surroundings),
        voicemail: recording::voicemail(root, surroundings),
        recording,
        recording_beep,
        limits: system::limits(root),
        domains: domains::domains(root, &known, media_folder.as_deref(), surroundings),
        prompts: prompts::prompts(root, media_folder, plugin_cache.clone(), surroundings),
        plugin_cache,
        plugins,
        tls_authorities: system::tls(root, surroundings),
        listen,
    }
}

#[cfg(test)]
mod codes_tests;
#[cfg(test)]
mod platform_tests;
#[cfg(test)]
mod prompts_tests;
#[cfg(test)]
mod protection_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trunks_tests;
