//! `switchhook check`: everything that is wrong with a configuration, its plugins' files included.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use crate::config;
use crate::config::problem::{Report, Severity};

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

/// Every finding. A plugin whose component cannot be looked into is an error here: the switch would serve without it.
pub fn report(file: &Path) -> Report {
    match config::load_with(file, Severity::Error) {
        Err(report) | Ok((_, report)) => report,
    }
}
