//! `switchhook ban`: whom a running switch does not hear.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use switchhook_call::cidr::Cidr;

use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, BanLine, GuardLine, Request, ask};

/// What to do.
#[derive(Debug, Args)]
pub struct BanArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BanCommand,
}

/// What can be done with bans.
#[derive(Debug, Subcommand)]
pub enum BanCommand {
    /// Who is banned, for what, how long yet; and what was dropped
    List {
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Ban an address or a range such as 203.0.113.0/24, even if a phone is registered from there
    Add {
        /// The address or range
        range: String,
        /// For so many minutes; without it until it is lifted or the switch ends
        #[arg(long)]
        minutes: Option<u64>,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
    /// Lift the bans of an address, or of all addresses in a range, and forget what they were for
    Lift {
        /// The address or range
        range: String,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
}

/// Does it and prints the answer.
///
/// # Errors
/// No switch runs there, or it could not do it.
pub fn run(args: BanArgs) -> anyhow::Result<()> {
    let (socket, request, json) = match args.command {
        BanCommand::List { socket, json } => (socket, Request::ListBans, json),
        BanCommand::Add {
            range,
            minutes,
            socket,
        } => {
            let range = checked(range)?;
            let seconds = minutes.map(|minutes| minutes.saturating_mul(60));
            (socket, Request::AddBan { range, seconds }, false)
        }
        BanCommand::Lift { range, socket } => {
            let range = checked(range)?;
            (socket, Request::LiftBan { range }, false)
        }
    };
    match block_on(ask(&socket.path(), &request))? {
        Answer::Bans { bans, guard } if json => {
            let all = serde_json::json!({ "bans": bans, "guard": guard });
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
        Answer::Bans { bans, guard } => print(&bans, &guard),
        Answer::Done { message } => println!("{message}"),
        _ => bail!("the switch answered something else"),
    }
    Ok(())
}

fn checked(range: String) -> anyhow::Result<String> {
    range
        .parse::<Cidr>()
        .with_context(|| format!("\"{range}\" is no address and no range"))?;
    Ok(range)
}

fn print(bans: &[BanLine], guard: &GuardLine) {
    if bans.is_empty() {
        println!("nobody is banned");
    } else {
        println!(
            "{:<40} {:<22} {:>10} {:>6} {:>9}  HOLDS FOR",
            "SOURCE", "REASON", "LEFT", "TIMES", "DROPPED"
        );
    }
    for ban in bans {
        let left = ban.seconds_left.map(|seconds| format!("{seconds} s"));
        println!(
            "{:<40} {:<22} {:>10} {:>6} {:>9}  {}",
            ban.source,
            ban.reason,
            left.as_deref().unwrap_or("no end"),
            ban.times,
            ban.dropped,
            if ban.proven {
                "everything"
            } else {
                "datagrams"
            },
        );
    }
    println!(
        "dropped: {} messages of banned sources, {} of sources that sent too many; seen: {} wrong credentials, {} unknown \
         domains, {} malformed messages, {} of scanners; {} bans",
        guard.banned_messages,
        guard.limited_messages,
        guard.wrong_credentials,
        guard.unknown_domains,
        guard.malformed,
        guard.scanners,
        guard.bans,
    );
}
