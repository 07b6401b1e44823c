//! `switchhook client`, `mailbox` and `subscription`: what a running switch knows of phones.

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, Request, ask};
use crate::control_phones::{MailboxLine, PhoneAnswer, PhoneRequest};

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// The clients, how many contacts and calls they have, and what they have set
    List {
        /// Where and how.
        #[command(flatten)]
        how: How,
    },
}

/// What can be done with mailboxes.
#[derive(Debug, Subcommand)]
pub enum MailboxCommand {
    /// The mailboxes in which messages wait
    List {
        /// Where and how.
        #[command(flatten)]
        how: How,
    },
    /// The messages of a mailbox
    Show {
        /// The mailbox: NAME@DOMAIN
        mailbox: String,
        /// Where and how.
        #[command(flatten)]
        how: How,
    },
    /// Remove a message
    Delete {
        /// The mailbox: NAME@DOMAIN
        mailbox: String,
        /// What the message is called: see `show`
        id: String,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
    /// Say how many messages wait in a mailbox that is kept elsewhere: phones are told at once
    Set(SetArgs),
}

/// What can be done with calls.
#[derive(Debug, Subcommand)]
pub enum CallCommand {
    /// Record a call from now on, leave out what follows, or end the recording
    Record {
        /// `start`, `pause` or `stop`
        wish: String,
        /// The call's identifier, as in events and records
        call_id: String,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
}

/// What can be done with subscriptions.
#[derive(Debug, Subcommand)]
pub enum SubscriptionCommand {
    /// Who watches whose calls, messages or presence
    List {
        /// Where and how.
        #[command(flatten)]
        how: How,
    },
}

/// How a list is printed, and of which switch.
#[derive(Debug, Args)]
pub struct How {
    /// Where the switch is.
    #[command(flatten)]
    socket: Socket,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How many messages wait where.
#[derive(Debug, Args)]
pub struct SetArgs {
    /// The mailbox: NAME@DOMAIN
    mailbox: String,
    /// Messages that nobody has heard
    #[arg(long, default_value_t = 0)]
    new: u32,
    /// Messages that somebody has heard
    #[arg(long, default_value_t = 0)]
    old: u32,
    /// How many of the new ones are urgent
    #[arg(long, default_value_t = 0)]
    urgent_new: u32,
    /// How many of the old ones are urgent
    #[arg(long, default_value_t = 0)]
    urgent_old: u32,
    /// Where the switch is.
    #[command(flatten)]
    socket: Socket,
}

/// Prints clients.
///
/// # Errors
/// No switch runs there.
pub fn client(command: ClientCommand) -> anyhow::Result<()> {
    let ClientCommand::List { how } = command;
    print(&how, PhoneRequest::ListClients)
}

/// Prints mailboxes, or sets one.
///
/// # Errors
/// No switch runs there, or it has no such domain.
pub fn mailbox(command: MailboxCommand) -> anyhow::Result<()> {
    match command {
        MailboxCommand::List { how } => print(&how, PhoneRequest::ListMailboxes),
        MailboxCommand::Show { mailbox, how } => {
            let (mailbox, domain) = parts(&mailbox)?;
            print(&how, PhoneRequest::ShowMailbox { domain, mailbox })
        }
        MailboxCommand::Delete {
            mailbox,
            id,
            socket,
        } => {
            let (mailbox, domain) = parts(&mailbox)?;
            let request = PhoneRequest::DeleteMessage {
                domain,
                mailbox,
                id,
            };
            question(&socket, request).map(drop)
        }
        MailboxCommand::Set(args) => set(args),
    }
}

/// Does something with a call.
///
/// # Errors
/// No switch runs there, or it has no such call.
pub fn call(command: CallCommand) -> anyhow::Result<()> {
    let CallCommand::Record {
        wish,
        call_id,
        socket,
    } = command;
    question(&socket, PhoneRequest::Record { call_id, wish }).map(drop)
}

/// The name and the domain of a mailbox.
fn parts(mailbox: &str) -> anyhow::Result<(String, String)> {
    match mailbox.rsplit_once('@') {
        Some((mailbox, domain)) => Ok((mailbox.to_owned(), domain.to_owned())),
        None => bail!("a mailbox is NAME@DOMAIN, such as 1001@example.org"),
    }
}

/// Prints who watches.
///
/// # Errors
/// No switch runs there.
pub fn subscription(command: SubscriptionCommand) -> anyhow::Result<()> {
    let SubscriptionCommand::List { how } = command;
    print(&how, PhoneRequest::ListSubscriptions)
}

fn set(args: SetArgs) -> anyhow::Result<()> {
    let (mailbox, domain) = parts(&args.mailbox)?;
    let mailbox = MailboxLine {
        domain,
        mailbox,
        new: args.new,
        old: args.old,
        urgent_new: args.urgent_new,
        urgent_old: args.urgent_old,
    };
    question(&args.socket, PhoneRequest::SetMailbox { mailbox })?;
    println!("{}: {} new, {} old", args.mailbox, args.new, args.old);
    Ok(())
}

fn question(socket: &Socket, request: PhoneRequest) -> anyhow::Result<PhoneAnswer> {
    match block_on(ask(&socket.path(), &Request::Phones { request }))? {
        Answer::Phones { of } => Ok(of),
        _ => bail!("the switch answered something else"),
    }
}

fn print(how: &How, request: PhoneRequest) -> anyhow::Result<()> {
    let answer = question(&how.socket, request)?;
    if how.json {
        let text = match &answer {
            PhoneAnswer::Clients { clients } => serde_json::to_string_pretty(clients)?,
            PhoneAnswer::Mailboxes { mailboxes } => serde_json::to_string_pretty(mailboxes)?,
            PhoneAnswer::Messages { messages } => serde_json::to_string_pretty(messages)?,
            PhoneAnswer::Subscriptions { subscriptions } => {
                serde_json::to_string_pretty(subscriptions)?
            }
            PhoneAnswer::Done => String::new(),
        };
        println!("{text}");
        return Ok(());
    }
    for line in lines(&answer) {
        println!("{line}");
    }
    Ok(())
}

fn lines(answer: &PhoneAnswer) -> Vec<String> {
    match answer {
        PhoneAnswer::Clients { clients } => (clients.iter())
            .map(|one| {
                let name = format!("{}@{}", one.client, one.domain);
                let mut line = format!("{name:<32} {} contacts, {} calls", one.contacts, one.calls);
                if one.do_not_disturb {
                    line.push_str(", do not disturb");
                }
                for (occasion, to) in &one.forward {
                    line.push_str(&format!(", {occasion} -> {to}"));
                }
                line
            })
            .collect(),
        PhoneAnswer::Mailboxes { mailboxes } => (mailboxes.iter())
            .map(|one| {
                let name = format!("{}@{}", one.mailbox, one.domain);
                format!(
                    "{name:<32} {} new ({} urgent), {} old ({} urgent)",
                    one.new, one.urgent_new, one.old, one.urgent_old
                )
            })
            .collect(),
        PhoneAnswer::Messages { messages } => (messages.iter())
            .map(|one| {
                let state = if one.heard { "heard" } else { "new" };
                let seconds = one.milliseconds.div_ceil(1_000);
                format!("{} {state:<5} {seconds:>4} s  {}", one.id, one.caller)
            })
            .collect(),
        PhoneAnswer::Subscriptions { subscriptions } => (subscriptions.iter())
            .map(|one| {
                let name = format!("{}@{}", one.subscriber, one.domain);
                format!(
                    "{name:<32} {:<16} {:<24} {} s",
                    one.event, one.watched, one.expires_seconds
                )
            })
            .collect(),
        PhoneAnswer::Done => Vec::new(),
    }
}
