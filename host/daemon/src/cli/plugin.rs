//! `switchhook plugin`: the developer's loop (new, build, test, run, watch, inspect), and a running switch's plugins.

use clap::{Args, Subcommand};

use crate::cli::plugin::operator::Socket;

pub mod build;
pub mod inspect;
pub mod new;
pub mod operator;
pub mod report;
pub mod run;
pub mod test;
pub mod watch;

/// Which of them.
#[derive(Debug, Args)]
#[command(after_help = "\
From nothing to a plugin that decides calls:
  switchhook plugin new reception --lang python && cd reception
  switchhook plugin test
  switchhook plugin run cases.json
  switchhook plugin watch --deploy reception --config ../switchhook.toml")]
pub struct PluginArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: PluginCommand,
}

/// What can be done with plugins.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// Begin a plugin: a project that builds, tests and runs
    New(new::NewArgs),
    /// Build the component of a project
    Build(build::BuildArgs),
    /// Let the component decide the calls of its case files, and compare
    Test(test::TestArgs),
    /// Let the component decide one call; show what it did and what it cost
    Run(run::RunArgs),
    /// Build and test at every change, and swap it into a running switch
    Watch(watch::WatchArgs),
    /// What a component exports, imports, and wants to be granted
    Inspect(inspect::InspectArgs),
    /// The plugins of the running switch, their versions and how they are
    List {
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let the running switch load a plugin's file again; calls that are up keep their version
    Reload {
        /// The plugin's name; without it the configuration and all plugins
        name: Option<String>,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
    /// The numbers that a plugin of the running switch keeps about its work
    Metrics {
        /// The plugin's name
        name: String,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Does it and prints the answer.
///
/// # Errors
/// It could not be done; the text says what to do.
pub fn run(args: PluginArgs) -> anyhow::Result<()> {
    match args.command {
        PluginCommand::New(args) => new::run(&args),
        PluginCommand::Build(args) => build::run(&args),
        PluginCommand::Test(args) => test::run(&args),
        PluginCommand::Run(args) => run::run(&args),
        PluginCommand::Watch(args) => watch::run(&args),
        PluginCommand::Inspect(args) => inspect::run(&args),
        PluginCommand::List { socket, json } => operator::list(&socket, json),
        PluginCommand::Metrics { name, socket, json } => operator::metrics(&socket, name, json),
        PluginCommand::Reload { name, socket } => operator::reload(&socket, name),
    }
}

#[cfg(test)]
mod tests;
