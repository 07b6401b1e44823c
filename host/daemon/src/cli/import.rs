//! `switchhook import`: makes a configuration of what another system was configured with.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};

use crate::cli::check;
use crate::import::dragon::{self, Imported, Surroundings};

/// The folder of the secrets, beside the configuration.
const SECRETS: &str = "secrets";

/// What is imported.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// From which system.
    #[command(subcommand)]
    pub system: System,
}

/// The systems whose configurations are understood.
#[derive(Debug, Subcommand)]
pub enum System {
    /// Dragon PBX: its applications go on behind the plugin webhook
    Dragon(DragonArgs),
}

/// A configuration of Dragon PBX.
#[derive(Debug, Args)]
pub struct DragonArgs {
    /// Its JSON file
    pub config: PathBuf,
    /// Where the configuration is written, and passwords into the folder `secrets` beside it; without it the configuration goes to
    /// standard output, and passwords nowhere
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The address that the switch listens on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub address: IpAddr,
    /// The component of the plugin webhook, as the configuration is to name it
    #[arg(long, default_value = "plugins/webhook.wasm")]
    pub plugin: String,
}

/// Imports, and says what is different from before.
///
/// # Errors
/// The file is no such configuration, or the new one cannot be written.
pub fn run(args: &ImportArgs) -> anyhow::Result<()> {
    let System::Dragon(args) = &args.system;
    let text =
        fs::read_to_string(&args.config).with_context(|| args.config.display().to_string())?;
    let folder = args.config.parent().unwrap_or(Path::new(""));
    let surroundings = Surroundings {
        address: args.address,
        component: &args.plugin,
        secrets: SECRETS,
        read: &|path| fs::read_to_string(folder.join(path)).ok(),
    };
    let imported = dragon::import(&text, surroundings).map_err(|error| {
        anyhow!(
            "{} is no configuration of Dragon PBX: {error}",
            args.config.display()
        )
    })?;
    for note in &imported.notes {
        eprintln!("note: {note}");
    }
    match &args.out {
        Some(out) => write(&imported, out),
        None => {
            for (name, _) in &imported.secrets {
                eprintln!("note: {SECRETS}/{name} must hold a password; --out writes it");
            }
            print!("{}", imported.text);
            Ok(())
        }
    }
}

fn write(imported: &Imported, out: &Path) -> anyhow::Result<()> {
    let secrets = out.parent().unwrap_or(Path::new("")).join(SECRETS);
    if !imported.secrets.is_empty() {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder
            .create(&secrets)
            .with_context(|| secrets.display().to_string())?;
    }
    for (name, secret) in &imported.secrets {
        let path = secrets.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let written = options
            .open(&path)
            .and_then(|mut file| writeln!(file, "{secret}"));
        written.with_context(|| path.display().to_string())?;
    }
    fs::write(out, &imported.text).with_context(|| out.display().to_string())?;
    let report = check::report(out);
    if !report.0.is_empty() {
        eprintln!("{report}");
    }
    let (errors, warnings) = report.counts();
    println!(
        "{}: written, {} secrets; switchhook check: {errors} errors, {warnings} warnings",
        out.display(),
        imported.secrets.len()
    );
    Ok(())
}
