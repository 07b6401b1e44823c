//! `switchhook check`: everything that is wrong with a configuration, its plugins' files included.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use crate::config;
use crate::config::problem::{Problem, Report, Severity};
use crate::config::settings::Settings;

/// What is checked.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The configuration file
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
}

/// Prints every finding with file and line.
///
/// # Errors
/// Something found is an error.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let report = report(&args.config);
    let (errors, warnings) = report.counts();
    if !report.0.is_empty() {
        println!("{report}");
    }
    if errors > 0 {
        bail!(
            "{}: {errors} errors, {warnings} warnings",
            args.config.display()
        );
    }
    println!("{}: good, {warnings} warnings", args.config.display());
    Ok(())
}

/// Every finding.
pub fn report(file: &Path) -> Report {
    match config::load(file) {
        Err(report) => report,
        Ok((settings, mut report)) => {
            report.0.extend(plugins(file, &settings));
            report.0.sort_by_key(|problem| problem.line);
            report
        }
    }
}

/// Whether the plugins' files are what they should be.
fn plugins(file: &Path, settings: &Settings) -> Vec<Problem> {
    let plugins = settings.plugins.iter();
    let problem = |plugin: &config::settings::Plugin| {
        let bytes = std::fs::read(&plugin.spec.path).map_err(|error| error.to_string());
        let found = bytes.and_then(|bytes| {
            switchhook_wasm::inspect::inspect(&bytes)
                .map(drop)
                .map_err(|error| error.to_string())
        });
        let message = found.err()?;
        Some(Problem {
            file: file.to_owned(),
            line: plugin.line,
            severity: Severity::Error,
            message: format!("{}: {message}", plugin.spec.path.display()),
        })
    };
    plugins.filter_map(problem).collect()
}
