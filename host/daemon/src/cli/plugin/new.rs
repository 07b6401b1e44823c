//! `switchhook plugin new`: a project that builds, tests and runs.

use std::path::PathBuf;

use clap::Args;
use switchhook_workbench::manifest::Language;
use switchhook_workbench::scaffold;

use crate::cli::paint::Paint;

/// What is begun.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchhook plugin new reception --lang python
  switchhook plugin new crm-lookup --lang ts --dir plugins/crm-lookup

The project holds its plugin.toml, sources, cases.json (calls and what must be decided about them), a native test and the
SDK; nothing else is needed but the language's own tools, which the first build finds or installs.")]
pub struct NewArgs {
    /// The plugin's name: lower-case letters, digits and `-`
    pub name: String,
    /// The language: rust, js, ts, python, c, cpp or go
    #[arg(long, short, value_name = "LANGUAGE", value_parser = Language::parse)]
    pub lang: Language,
    /// The folder to write it to; without it one of the plugin's name
    #[arg(long, short)]
    pub dir: Option<PathBuf>,
}

/// Writes the project and says how to go on.
///
/// # Errors
/// The name cannot be used, or there is something in the folder already.
pub fn run(args: &NewArgs) -> anyhow::Result<()> {
    let folder = args
        .dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(&args.name));
    let written = scaffold::write(&args.name, args.lang, &folder)?;
    let paint = Paint::stdout();
    println!(
        "{} {} plugin `{}` in {} ({} files, the SDK in its folder sdk/)\n",
        paint.green("Created"),
        args.lang.title(),
        args.name,
        folder.display(),
        written.files
    );
    let cases = written.cases.as_deref().unwrap_or("call.json");
    println!("  cd {}", folder.display());
    println!("  switchhook plugin test             # builds it, then decides the calls of {cases}");
    println!(
        "  switchhook plugin run {cases}   # one call: the decision, what the plugin did, what it cost"
    );
    println!(
        "\nREADME.md there says the rest; `switchhook plugin watch` does all of it at every change."
    );
    Ok(())
}
