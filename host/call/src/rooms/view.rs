//! A look at the rooms of an exchange between two inputs: plain copies, for an operator who asks.

use crate::exchange::Exchange;

/// A room at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoomView {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub room: String,
    /// Whether nobody but moderators is let in.
    pub locked: bool,
    /// Whether the conference has begun; if not, its members wait for a moderator.
    pub begun: bool,
    /// Who is there, in the order in which they came.
    pub members: Vec<MemberView>,
}

/// A member of a room at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberView {
    /// The identifier of its call (that of events and records).
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

impl Exchange {
    /// The rooms that somebody is in, by domain and name.
    pub fn rooms(&self) -> Vec<RoomView> {
        let mut views: Vec<_> = (self.core.rooms.iter())
            .map(|(domain, name, room)| RoomView {
                domain: domain.to_string(),
                room: name.clone(),
                locked: room.locked,
                begun: room.begun,
                members: (room.members.iter())
                    .map(|member| MemberView {
                        call_id: member.who.call_id.clone(),
                        number: member.who.number.clone(),
                        muted: member.muted,
                        moderator: member.who.moderator,
                        since: member.who.since,
                    })
                    .collect(),
            })
            .collect();
        views.sort();
        views
    }
}
