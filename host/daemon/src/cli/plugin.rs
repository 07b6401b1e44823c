//! `switchhook plugin`: asks the running switch about its plugins, or looks into a component's file.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use crate::cli::runtime::block_on;
use crate::config;
use crate::config::secret::Surroundings;
use crate::config::system::default_control_socket;
use crate::control::{Answer, PluginLine, Request, ask};

/// Which of them.
#[derive(Debug, Args)]
pub struct PluginArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// The plugins of the running switch, their versions and how they are
    List {
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Load a plugin's file again; calls that are up keep their version
    Reload {
        /// The plugin's name; without it the configuration and all plugins
        name: Option<String>,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
    /// What a component exports and imports
    Inspect {
        /// The component
        file: PathBuf,
    },
}

/// Where the running switch is asked.
#[derive(Debug, Args)]
pub struct Socket {
    /// The control socket of the switch; without it the one that the configuration names
    #[arg(long)]
    socket: Option<PathBuf>,
    /// The configuration file of the switch
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    config: PathBuf,
}

impl Socket {
    fn path(self) -> PathBuf {
        let Socket { socket, config } = self;
        socket
            .or_else(|| {
                config::load(&config)
                    .ok()
                    .map(|(settings, _)| settings.control_socket)
            })
            .unwrap_or_else(|| {
                let variable = |name: &str| std::env::var(name).ok();
                let folder = PathBuf::new();
                default_control_socket(&Surroundings {
                    folder: &folder,
                    variable: &variable,
                })
            })
    }
}

/// Does it and prints the answer.
///
/// # Errors
/// No switch runs there, it could not do it, or the file is no plugin.
pub fn run(args: PluginArgs) -> anyhow::Result<()> {
    match args.command {
        PluginCommand::Inspect { file } => inspect(&file),
        PluginCommand::List { socket, json } => {
            match ask_blocking(socket, &Request::ListPlugins)? {
                Answer::Plugins { plugins } if json => {
                    println!("{}", serde_json::to_string_pretty(&plugins)?);
                }
                Answer::Plugins { plugins } => print(&plugins),
                Answer::Done { message } | Answer::Failed { message } => bail!(message),
            }
            Ok(())
        }
        PluginCommand::Reload { name, socket } => {
            let request = name.map_or(Request::Reload, |name| Request::ReloadPlugin { name });
            match ask_blocking(socket, &request)? {
                Answer::Done { message } => println!("{message}"),
                Answer::Failed { message } => bail!(message),
                Answer::Plugins { .. } => bail!("the switch answered something else"),
            }
            Ok(())
        }
    }
}

fn ask_blocking(socket: Socket, request: &Request) -> anyhow::Result<Answer> {
    block_on(ask(&socket.path(), request))
}

fn print(plugins: &[PluginLine]) {
    println!(
        "{:<20} {:<12} {:>4} {:>10} {:>9} {:>6}  STATE",
        "NAME", "VERSION", "LOAD", "DECISIONS", "FAILURES", "CALLS"
    );
    for plugin in plugins {
        let mut state = if plugin.available {
            "serving"
        } else {
            "set aside"
        }
        .to_owned();
        for (version, calls) in &plugin.draining {
            state.push_str(&format!(", {calls} calls keep {version}"));
        }
        println!(
            "{:<20} {:<12} {:>4} {:>10} {:>9} {:>6}  {state}",
            plugin.name,
            plugin.version,
            plugin.generation,
            plugin.decisions,
            plugin.failures,
            plugin.calls
        );
        if let Some(error) = &plugin.last_error {
            println!("{:<20} last reload failed: {error}", "");
        }
    }
}

fn inspect(file: &std::path::Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let inspection = switchhook_wasm::inspect::inspect(&bytes)
        .with_context(|| format!("{} is no plugin", file.display()))?;
    println!("{}", file.display());
    println!("size      {} bytes", inspection.size);
    println!("version   {}", inspection.version);
    println!(
        "contract  {}",
        inspection.contract.as_deref().unwrap_or("-")
    );
    for export in &inspection.exports {
        println!("exports   {export}");
    }
    for import in &inspection.imports {
        println!("imports   {import}");
    }
    Ok(())
}
