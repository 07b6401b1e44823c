//! The command line.

pub mod ban;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod paint;
pub mod phone;
pub mod phones;
pub mod plugin;
pub mod prompt;
pub mod registration;
pub mod room;
pub mod runtime;
pub mod serve;
pub mod simulate;
pub mod trunk;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A programmable telephone switch: WebAssembly plugins decide, in process, where calls go.
#[derive(Debug, Parser)]
#[command(name = "switchhook", version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve calls until SIGTERM or SIGINT; SIGHUP reloads
    Serve(serve::ServeArgs),
    /// Check a configuration file and say everything that is wrong with it
    Check(check::CheckArgs),
    /// Make, test and run plugins; list and reload those of a running switch
    Plugin(plugin::PluginArgs),
    /// Who is registered with the running switch
    Registration(registration::RegistrationArgs),
    /// How the trunks of a running switch are
    Trunk(trunk::TrunkArgs),
    /// Whom a running switch does not hear: list, add, lift
    Ban(ban::BanArgs),
    /// What the running switch advertises, what it observes, and what of it cannot work
    Doctor(doctor::DoctorArgs),
    /// Be a telephone: register, call, answer
    Phone(phone::PhoneArgs),
    /// The clients of a running switch
    Client {
        /// What to do.
        #[command(subcommand)]
        command: phones::ClientCommand,
    },
    /// Record a call of a running switch
    Call {
        /// What to do.
        #[command(subcommand)]
        command: phones::CallCommand,
    },
    /// The mailboxes of a running switch: how many messages wait
    Mailbox {
        /// What to do.
        #[command(subcommand)]
        command: phones::MailboxCommand,
    },
    /// Who is told by a running switch of calls, messages and presence
    Subscription {
        /// What to do.
        #[command(subcommand)]
        command: phones::SubscriptionCommand,
    },
    /// The conference rooms of a running switch: list, show, mute, lock, remove, end
    Room {
        /// What to do.
        #[command(subcommand)]
        command: room::RoomCommand,
    },
    /// What callers would be played: fetch it, speak it, look whether it can be played
    Prompt {
        /// What to do.
        #[command(subcommand)]
        command: prompt::PromptCommand,
    },
    /// Let the plugins decide about a call that nobody makes
    Simulate(simulate::SimulateArgs),
    /// Make a configuration of that of another system
    Import(import::ImportArgs),
}

/// Runs the program. 0: done; 1: could not be done; 2: wrong arguments.
pub fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Check(args) => check::run(&args),
        Command::Plugin(args) => plugin::run(args),
        Command::Registration(args) => registration::run(args),
        Command::Trunk(args) => trunk::run(args),
        Command::Ban(args) => ban::run(args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Phone(args) => runtime::block_on(phone::run(args)),
        Command::Client { command } => phones::client(command),
        Command::Call { command } => phones::call(command),
        Command::Mailbox { command } => phones::mailbox(command),
        Command::Subscription { command } => phones::subscription(command),
        Command::Room { command } => room::run(command),
        Command::Prompt { command } => prompt::run(command),
        Command::Simulate(args) => simulate::run(args),
        Command::Import(args) => import::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
