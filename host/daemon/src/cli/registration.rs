//! `switchhook registration`: who is registered with the running switch.

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, Request, ask};
use crate::registration_lines::RegistrationLine;

/// What about registrations.
#[derive(Debug, Args)]
pub struct RegistrationArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RegistrationCommand,
}

/// What can be done with registrations.
#[derive(Debug, Subcommand)]
pub enum RegistrationCommand {
    /// The contacts that are registered: where they are, for how long, through what, and with which device
    List {
        /// Only those of this domain
        #[arg(long)]
        domain: Option<String>,
        /// Only those of this client
        #[arg(long)]
        client: Option<String>,
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
pub fn run(args: RegistrationArgs) -> anyhow::Result<()> {
    let RegistrationCommand::List {
        domain,
        client,
        json,
        socket,
    } = args.command;
    let request = Request::ListRegistrations { domain, client };
    match block_on(ask(&socket.path(), &request))? {
        Answer::Registrations { registrations, .. } if json => {
            println!("{}", serde_json::to_string_pretty(&registrations)?);
        }
        Answer::Registrations {
            registrations,
            count,
        } => {
            print!("{}", table(&registrations));
            if count > registrations.len() {
                println!("… and {} more: name a client", count - registrations.len());
            }
        }
        _ => bail!("the switch answered something else"),
    }
    Ok(())
}

fn table(registrations: &[RegistrationLine]) -> String {
    use std::fmt::Write;
    let mut text = format!(
        "{:<28} {:>7} {:<4} {:<28} CONTACT\n",
        "CLIENT", "LEFT", "VIA", "ADDRESS"
    );
    for line in registrations {
        let client = format!("{}@{}", line.client, line.domain);
        let _ = write!(
            text,
            "{client:<28} {:>5} s {:<4} {:<28} {}",
            line.seconds_left, line.transport, line.address, line.contact
        );
        if line.q < 1000 {
            let _ = write!(text, " q=0.{:03}", line.q);
        }
        if !line.path.is_empty() {
            let _ = write!(text, " path {}", line.path.join(" "));
        }
        if !line.user_agent.is_empty() {
            let _ = write!(text, " ({})", line.user_agent);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_where_a_contact_is_and_what_it_is() {
        let line = RegistrationLine {
            domain: "example.org".to_owned(),
            client: "1001".to_owned(),
            contact: "sip:1001@10.0.0.5:5060".to_owned(),
            seconds_left: 42,
            transport: "UDP".to_owned(),
            address: "192.0.2.7:61000".to_owned(),
            connected: false,
            q: 500,
            instance: None,
            reg_id: None,
            path: vec!["<sip:edge;lr>".to_owned()],
            user_agent: "Phone/1".to_owned(),
        };
        let text = table(&[line]);
        let shown = text.lines().nth(1).unwrap();
        assert_eq!(
            shown,
            "1001@example.org                42 s UDP  192.0.2.7:61000              sip:1001@10.0.0.5:5060 q=0.500 path <sip:edge;lr> (Phone/1)"
        );
    }
}
