//! `switchhook room`: the conference rooms of a running switch.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::cli::plugin::operator::Socket;
use crate::cli::runtime::block_on;
use crate::control::{Answer, Request, ask};
use crate::control_rooms::{RoomAnswer, RoomLine, RoomOf, RoomRequest};

/// What can be done with rooms.
#[derive(Debug, Subcommand)]
pub enum RoomCommand {
    /// The rooms and who is in them
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
    /// One room and who is in it
    Show {
        /// Which.
        #[command(flatten)]
        room: Which,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Where the switch is.
        #[command(flatten)]
        socket: Socket,
    },
    /// Let nobody hear a member
    Mute(Member),
    /// Let all hear a member, even one that could only listen
    Unmute(Member),
    /// Let nobody in but moderators
    Lock(Whole),
    /// Let anybody in again
    Unlock(Whole),
    /// Send a member out; the script of its call goes on
    Remove(Member),
    /// Send all out
    End(Whole),
}

/// A room.
#[derive(Debug, Args)]
pub struct Which {
    /// The room's name
    pub room: String,
    /// Its domain, if several have a room of that name
    #[arg(long)]
    pub domain: Option<String>,
}

/// A room of a running switch.
#[derive(Debug, Args)]
pub struct Whole {
    /// Which.
    #[command(flatten)]
    pub room: Which,
    /// Where the switch is.
    #[command(flatten)]
    pub socket: Socket,
}

/// A member of a room.
#[derive(Debug, Args)]
pub struct Member {
    /// The room.
    #[command(flatten)]
    pub room: Which,
    /// The identifier of its call, or its number
    pub member: String,
    /// Where the switch is.
    #[command(flatten)]
    pub socket: Socket,
}

impl From<Which> for RoomOf {
    fn from(which: Which) -> RoomOf {
        RoomOf {
            room: which.room,
            domain: which.domain,
        }
    }
}

/// Does it and prints the answer.
///
/// # Errors
/// No switch runs there, or it could not do it.
pub fn run(command: RoomCommand) -> anyhow::Result<()> {
    let mute = |member: Member, muted: bool| {
        let request = RoomRequest::Mute {
            room: member.room.into(),
            member: member.member,
            muted,
        };
        (member.socket, request)
    };
    let lock = |whole: Whole, locked: bool| {
        let room = whole.room.into();
        (whole.socket, RoomRequest::Lock { room, locked })
    };
    let mut only = None;
    let mut as_json = false;
    let (socket, request) = match command {
        RoomCommand::List {
            domain,
            json,
            socket,
        } => {
            as_json = json;
            (socket, RoomRequest::List { domain })
        }
        RoomCommand::Show { room, json, socket } => {
            as_json = json;
            only = Some(room.room);
            let domain = room.domain;
            (socket, RoomRequest::List { domain })
        }
        RoomCommand::Mute(member) => mute(member, true),
        RoomCommand::Unmute(member) => mute(member, false),
        RoomCommand::Lock(whole) => lock(whole, true),
        RoomCommand::Unlock(whole) => lock(whole, false),
        RoomCommand::Remove(member) => {
            let room = member.room.into();
            let request = RoomRequest::Remove {
                room,
                member: member.member,
            };
            (member.socket, request)
        }
        RoomCommand::End(whole) => {
            let room = whole.room.into();
            (whole.socket, RoomRequest::End { room })
        }
    };
    match block_on(ask(&socket.path(), &Request::Rooms { request }))? {
        Answer::Rooms { of } => print(of, only.as_deref(), as_json),
        _ => bail!("the switch answered something else"),
    }
}

fn print(answer: RoomAnswer, only: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let mut rooms = match answer {
        RoomAnswer::Done { message } => {
            println!("{message}");
            return Ok(());
        }
        RoomAnswer::Rooms { rooms } => rooms,
    };
    if let Some(only) = only {
        rooms.retain(|room| room.room == only);
        if rooms.is_empty() {
            bail!("nobody is in a room \"{only}\"");
        }
    }
    if as_json {
        println!("{}", serde_json::to_string_pretty(&rooms)?);
        return Ok(());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = now.map_or(0, |now| now.as_millis() as u64);
    print!("{}", table(&rooms, now_ms));
    Ok(())
}

fn table(rooms: &[RoomLine], now_ms: u64) -> String {
    if rooms.is_empty() {
        return "nobody is in a room\n".to_owned();
    }
    let mut text = String::new();
    for room in rooms {
        let locked = if room.locked { ", locked" } else { "" };
        let waits = if room.begun {
            ""
        } else {
            ", waits for a moderator"
        };
        let _ = writeln!(
            text,
            "{} ({}): {} members{locked}{waits}",
            room.room,
            room.domain,
            room.members.len()
        );
        for member in &room.members {
            let seconds = now_ms.saturating_sub(member.since) / 1000;
            let _ = writeln!(
                text,
                "  {:<20} {:>6} s  {:<9} {:<5} {}",
                member.number,
                seconds,
                if member.moderator { "moderator" } else { "" },
                if member.muted { "muted" } else { "" },
                member.call_id
            );
        }
    }
    text
}
