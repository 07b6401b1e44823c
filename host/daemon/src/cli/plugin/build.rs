//! `switchhook plugin build`: from sources to a component that a switch can load.

use std::path::PathBuf;

use clap::Args;
use switchhook_workbench::building::{self, Built};
use switchhook_workbench::manifest::Project;

use crate::cli::paint::{self, Paint};

/// What is built.
#[derive(Debug, Args)]
#[command(after_help = "\
Runs the command under [build] in plugin.toml, checks that the result is a plugin, and puts plugin.toml and (if there is one)
settings.schema.json into the component, where `switchhook check` and `plugin inspect` find them.

Examples:
  switchhook plugin build
  switchhook plugin build plugins/reception")]
pub struct BuildArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
}

/// Builds and reports.
///
/// # Errors
/// The command failed, or did not make a plugin.
pub fn run(args: &BuildArgs) -> anyhow::Result<()> {
    let project = Project::open(&args.dir)?;
    let built = build(&project)?;
    report(&project, &built, Paint::stdout());
    Ok(())
}

/// Builds, saying so on standard error.
///
/// # Errors
/// As [`run`].
pub fn build(project: &Project) -> anyhow::Result<Built> {
    let about = &project.manifest.plugin;
    eprintln!("building {} ({})", about.name, about.language);
    Ok(building::build(project)?)
}

/// Builds if anything changed since the last build.
///
/// # Errors
/// As [`run`].
pub fn build_if_needed(project: &Project) -> anyhow::Result<()> {
    if building::is_needed(project) {
        build(project)?;
    }
    Ok(())
}

/// Prints what was built.
pub fn report(project: &Project, built: &Built, paint: Paint) {
    let inspection = &built.inspection;
    println!(
        "{} {} in {:.1} s: {}, {}, contract {}, version {}",
        paint.green("built"),
        built.component.display(),
        built.took.as_secs_f64(),
        paint::bytes(inspection.size),
        super::inspect::roles(inspection),
        inspection.contract.as_deref().unwrap_or("unknown"),
        inspection.version()
    );
    if inspection.uses_http() && project.manifest.needs.http.is_empty() {
        println!(
            "{} it can send HTTP requests, but plugin.toml names no host: write them under [needs] http",
            paint.yellow("note")
        );
    }
}
