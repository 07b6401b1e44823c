//! What the control socket says of conference rooms, and does to them.

use serde::{Deserialize, Serialize};
use switchhook_call::exchange::Exchange;
use switchhook_call::input::{Command, Input};
use switchhook_call::rooms::command::{RoomCommand, RoomOrder};
use switchhook_call::rooms::view::{MemberView, RoomView};

use crate::operator::Operator;

/// A room as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct RoomLine {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub room: String,
    /// Whether nobody but moderators is let in.
    pub locked: bool,
    /// Whether the conference has begun; if not, its members wait for a moderator.
    pub begun: bool,
    /// Who is there, in the order in which they came.
    pub members: Vec<MemberLine>,
}

/// A member of a room.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct MemberLine {
    /// The identifier of its call.
    pub call_id: String,
    /// The caller's number.
    pub number: String,
    /// Whether nobody hears it.
    pub muted: bool,
    /// Whether the conference begins and ends with it.
    pub moderator: bool,
    /// When it came: milliseconds since the Unix epoch.
    pub since: u64,
}

/// What can be asked.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum RoomRequest {
    /// The rooms.
    List {
        /// Only those of this domain.
        domain: Option<String>,
    },
    /// Mute a member, or let it be heard again.
    Mute {
        /// The room.
        room: RoomOf,
        /// Its call's identifier, or its number if that is one member's alone.
        member: String,
        /// Whether it is muted.
        muted: bool,
    },
    /// Let only moderators in, or anybody again.
    Lock {
        /// The room.
        room: RoomOf,
        /// Whether it is locked.
        locked: bool,
    },
    /// Send a member out.
    Remove {
        /// The room.
        room: RoomOf,
        /// Its call's identifier, or its number if that is one member's alone.
        member: String,
    },
    /// Send all members out.
    End {
        /// The room.
        room: RoomOf,
    },
}

/// Which room.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct RoomOf {
    /// Its name.
    pub room: String,
    /// Its domain; absent: the only one that has such a room.
    pub domain: Option<String>,
}

/// What is answered: the rooms, or what was done.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum RoomAnswer {
    /// By domain and name.
    Rooms {
        /// The rooms.
        rooms: Vec<RoomLine>,
    },
    /// It is done.
    Done {
        /// What.
        message: String,
    },
}

/// Answers what is asked.
///
/// # Errors
/// Why it cannot be done.
pub async fn answer(request: RoomRequest, operator: &Operator) -> Result<RoomAnswer, String> {
    let all = operator.inspect(Exchange::rooms).await;
    let mut all: Vec<RoomView> = all.into_iter().flatten().collect();
    all.sort();
    let (found, order, done) = match request {
        RoomRequest::List { domain } => {
            let wanted = |room: &RoomView| domain.as_ref().is_none_or(|name| *name == room.domain);
            let rooms = all.into_iter().filter(wanted).map(RoomLine::from).collect();
            return Ok(RoomAnswer::Rooms { rooms });
        }
        RoomRequest::Mute {
            room,
            member,
            muted,
        } => {
            let found = find(&all, &room)?;
            let MemberView { call_id, .. } = member_of(found, &member)?;
            let call_id = call_id.clone();
            let done = if muted { "muted" } else { "heard again" };
            let done = format!("{member} is {done}");
            (found, RoomOrder::Mute { call_id, muted }, done)
        }
        RoomRequest::Lock { room, locked } => {
            let done = if locked { "locked" } else { "open" };
            let done = format!("{} is {done}", room.room);
            (find(&all, &room)?, RoomOrder::Lock(locked), done)
        }
        RoomRequest::Remove { room, member } => {
            let found = find(&all, &room)?;
            let MemberView { call_id, .. } = member_of(found, &member)?;
            let call_id = call_id.clone();
            let done = format!("{member} has to leave");
            (found, RoomOrder::Remove { call_id }, done)
        }
        RoomRequest::End { room } => {
            let done = format!("all have to leave {}", room.room);
            (find(&all, &room)?, RoomOrder::End, done)
        }
    };
    let command = RoomCommand {
        domain: found.domain.clone(),
        room: found.room.clone(),
        order,
    };
    operator.tell_domain(&found.domain, Input::Command(Command::Room(command)));
    Ok(RoomAnswer::Done { message: done })
}

fn find<'r>(all: &'r [RoomView], wanted: &RoomOf) -> Result<&'r RoomView, String> {
    let is_it = |room: &&RoomView| {
        let domain = wanted.domain.as_ref();
        room.room == wanted.room && domain.is_none_or(|domain| *domain == room.domain)
    };
    let mut found = all.iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(room), None) => Ok(room),
        (None, _) => Err(format!("nobody is in a room \"{}\"", wanted.room)),
        (Some(_), Some(_)) => Err(format!(
            "several domains have a room \"{}\": say which with --domain",
            wanted.room
        )),
    }
}

fn member_of<'r>(room: &'r RoomView, wanted: &str) -> Result<&'r MemberView, String> {
    let by_call = room.members.iter().find(|member| member.call_id == wanted);
    if let Some(member) = by_call {
        return Ok(member);
    }
    let mut found = room.members.iter().filter(|member| member.number == wanted);
    match (found.next(), found.next()) {
        (Some(member), None) => Ok(member),
        (None, _) => Err(format!("{wanted} is not in the room \"{}\"", room.room)),
        (Some(_), Some(_)) => Err(format!(
            "{wanted} is in the room \"{}\" more than once: name the call",
            room.room
        )),
    }
}

impl From<RoomView> for RoomLine {
    fn from(room: RoomView) -> RoomLine {
        RoomLine {
            domain: room.domain,
            room: room.room,
            locked: room.locked,
            begun: room.begun,
            members: room.members.into_iter().map(MemberLine::from).collect(),
        }
    }
}

impl From<MemberView> for MemberLine {
    fn from(member: MemberView) -> MemberLine {
        MemberLine {
            call_id: member.call_id,
            number: member.number,
            muted: member.muted,
            moderator: member.moderator,
            since: member.since,
        }
    }
}

#[cfg(test)]
#[path = "control_rooms_tests.rs"]
mod tests;
