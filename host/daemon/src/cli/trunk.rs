//! `switchhook trunk`: the trunks of the running switch.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, Request, ask};
use crate::trunk_lines::TrunkLine;

/// What about trunks.
#[derive(Debug, Args)]
pub struct TrunkArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: TrunkCommand,
}

/// What can be done with trunks.
#[derive(Debug, Subcommand)]
pub enum TrunkCommand {
    /// The trunks: our registration there and why it is so, which hosts are up, how many calls they have and may have
    List {
        /// Only those of this domain
        #[arg(long)]
        domain: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
}

/// Does it and prints the answer.
///
/// # Errors
/// No switch runs there.
pub fn run(args: TrunkArgs) -> anyhow::Result<()> {
    let TrunkCommand::List {
        domain,
        json,
        socket,
    } = args.command;
    let request = Request::ListTrunks { domain };
    match block_on(ask(&socket.path(), &request))? {
        Answer::Trunks { trunks } if json => {
            println!("{}", serde_json::to_string_pretty(&trunks)?);
        }
        Answer::Trunks { trunks } => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now_ms = now.map_or(0, |now| now.as_millis() as u64);
            print!("{}", table(&trunks, now_ms));
        }
        _ => bail!("the switch answered something else"),
    }
    Ok(())
}

fn table(trunks: &[TrunkLine], now_ms: u64) -> String {
    use std::fmt::Write;
    let mut text = format!(
        "{:<28} {:<12} {:>9} {:>9} {:>8} {:>8} {:>7} {:>7}\n",
        "TRUNK", "REGISTRATION", "CALLS IN", "OUT", "TAKEN IN", "OUT", "REFUSED", "MOVED ON"
    );
    for line in trunks {
        let name = format!("{} ({})", line.name, line.domain);
        let state = line.registration.as_ref().map_or("-", |r| r.state.as_str());
        let of = |calls: u32, own: Option<u32>| match own.or(line.limit) {
            Some(limit) => format!("{calls}/{limit}"),
            None => calls.to_string(),
        };
        let _ = writeln!(
            text,
            "{name:<28} {state:<12} {:>9} {:>9} {:>8} {:>8} {:>7} {:>7}",
            of(line.calls_in, line.limit_in),
            of(line.calls_out, line.limit_out),
            line.taken_in,
            line.taken_out,
            line.refused,
            line.failed_over
        );
        if let Some(registration) = &line.registration {
            let _ = write!(
                text,
                "    {} since {}: {}",
                registration.state,
                span(now_ms.saturating_sub(registration.since_ms)),
                registration.reason
            );
            if let Some(next) = registration.next_ms {
                let _ = write!(
                    text,
                    "; asked again in {}",
                    span(next.saturating_sub(now_ms))
                );
            }
            text.push('\n');
        }
        for host in line.hosts.iter().filter(|host| host.state != "unknown") {
            let _ = writeln!(
                text,
                "    {} is {} since {}: {}",
                host.host,
                host.state,
                span(now_ms.saturating_sub(host.since_ms)),
                host.reason
            );
        }
    }
    text
}

/// A length of time in its largest whole unit or two.
fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trunk_lines::{HostLine, RegistrationState};

    #[test]
    fn a_table_says_how_a_trunk_is_why_and_since_when() {
        let line = TrunkLine {
            domain: "example.org".to_owned(),
            name: "carrier".to_owned(),
            registration: Some(RegistrationState {
                state: "failed".to_owned(),
                reason: "403 Forbidden".to_owned(),
                since_ms: 40_000,
                next_ms: Some(130_000),
                until_ms: None,
            }),
            hosts: vec![HostLine {
                host: "sip.carrier.example:5061".to_owned(),
                state: "down".to_owned(),
                reason: "no response".to_owned(),
                since_ms: 0,
            }],
            calls_in: 1,
            calls_out: 2,
            limit: Some(30),
            limit_in: None,
            limit_out: Some(20),
            taken_in: 7,
            taken_out: 8,
            refused: 3,
            failed_over: 4,
        };
        let text = table(&[line], 100_000);
        let shown: Vec<_> = text.lines().skip(1).collect();
        assert_eq!(
            shown,
            [
                "carrier (example.org)        failed            1/30      2/20        7        8       3       4",
                "    failed since 60 s: 403 Forbidden; asked again in 30 s",
                "    sip.carrier.example:5061 is down since 100 s: no response",
            ]
        );
    }
}
