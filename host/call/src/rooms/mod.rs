//! Conference rooms: who is in which, what holds for them, when a conference begins and ends. The exchange is the only one that
//! decides it; the media shell is told what follows ([`Order`]), and knows nothing of moderators or locks.

pub mod command;
pub mod supervision;
pub mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use switchhook_media::relay::Side;

use crate::config::Conference;
use crate::keys::{CallKey, Map, SessionId};
use crate::media_command::{Membership, SideOrder};

/// What the media shell is told of one side of a session.
pub(crate) type Order = (SessionId, Side, SideOrder);

/// Somebody who wants to enter a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    pub(crate) call: CallKey,
    /// The call's identifier, by which the operator names the member.
    pub(crate) call_id: String,
    /// The number of who calls.
    pub(crate) number: String,
    pub(crate) session: SessionId,
    pub(crate) side: Side,
    /// Whether it may only listen.
    pub(crate) listens_only: bool,
    pub(crate) moderator: bool,
    /// When it came: milliseconds since the Unix epoch.
    pub(crate) since: u64,
}

/// Why somebody cannot enter a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A moderator has locked it.
    Locked,
    /// It has as many members as it may.
    Full,
    /// The domain has as many rooms as it may.
    TooManyRooms,
    /// The caller has no media, or is in a room.
    Impossible,
}

impl Refusal {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Refusal::Locked => "the room is locked",
            Refusal::Full => "the room is full",
            Refusal::TooManyRooms => "the domain has too many rooms",
            Refusal::Impossible => "the caller cannot be put into a room",
        }
    }
}

/// What a member wants of its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoomWish {
    /// To be muted, or heard again.
    Mute,
    /// To let nobody in any more, or again: a moderator's.
    Lock,
    /// To know how many others are there.
    Count,
}

/// What a member is told that wanted something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RoomNews {
    /// It is in the room; whether it waits for the conference to begin.
    Entered { waits: bool },
    /// It is not.
    Refused(Refusal),
    /// Whether it is muted now.
    Muted(bool),
    /// Whether the room is locked now.
    Locked(bool),
    /// So many others are there.
    Others(usize),
    /// It may not do that.
    NotAllowed,
}

/// A room that somebody is in.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// In the order in which they came.
    pub(crate) members: Vec<Member>,
    pub(crate) locked: bool,
    /// Whether a moderator has been here: then the conference ends when the last one leaves.
    moderated: bool,
    /// Whether the conference has begun.
    pub(crate) begun: bool,
}

/// A member of a room.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) who: Newcomer,
    pub(crate) muted: bool,
    /// Whether it was sent out and is not gone yet.
    leaving: bool,
}

impl Member {
    fn membership(&self, begun: bool) -> Membership {
        Membership {
            muted: self.muted,
            waits: !begun,
            whispers_to: None,
        }
    }

    fn order(&self, order: SideOrder) -> Order {
        (self.who.session, self.who.side, order)
    }
}

/// All rooms of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    of_domain: Map<Arc<str>, BTreeMap<String, Room>>,
    /// Where each call is.
    of_call: Map<CallKey, (Arc<str>, String)>,
}

impl Rooms {
    /// Lets somebody in. What holds for it, and what follows for the others.
    ///
    /// # Errors
    /// The room is locked (which does not keep moderators out) or full, or there are too many.
    pub(crate) fn enter(
        &mut self,
        domain: &Arc<str>,
        name: &str,
        rules: &Conference,
        who: Newcomer,
    ) -> Result<(Membership, Vec<Order>), Refusal> {
        if self.of_call.contains_key(&who.call) {
            return Err(Refusal::Impossible);
        }
        let rooms = self.of_domain.entry(Arc::clone(domain)).or_default();
        let of_domain = rooms.len();
        let known = rooms.get(name);
        let refusal = match known {
            Some(room) if room.locked && !who.moderator => Some(Refusal::Locked),
            Some(room) if room.members.len() >= rules.members => Some(Refusal::Full),
            None if of_domain >= rules.rooms => Some(Refusal::TooManyRooms),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.forget_empty(domain);
            return Err(refusal);
        }
        let room = rooms.entry(name.to_owned()).or_default();
        room.moderated |= who.moderator;
        let began = !room.begun;
        room.begun |= who.moderator || !rules.wait_for_moderator;
        let mut orders = Vec::new();
        if began && room.begun {
            for member in &room.members {
                let membership = member.membership(true);
                orders.push(member.order(SideOrder::Membership(membership)));
            }
        }
        self.of_call
            .insert(who.call, (Arc::clone(domain), name.to_owned()));
        let member = Member {
            muted: who.listens_only,
            who,
            leaving: false,
        };
        let membership = member.membership(room.begun);
        room.members.push(member);
        Ok((membership, orders))
    }

    /// A call is in its room no longer, by whatever way. With the last moderator the conference ends for all.
    pub(crate) fn leave(&mut self, call: CallKey) -> Vec<Order> {
        let Some((domain, name)) = self.of_call.remove(&call) else {
            return Vec::new();
        };
        let mut orders = Vec::new();
        if let Some(room) = self.room_mut(&domain, &name) {
            let before = room.members.len();
            room.members.retain(|member| member.who.call != call);
            let has_moderator = room.members.iter().any(|member| member.who.moderator);
            if room.moderated && !has_moderator && room.members.len() < before {
                room.send_out_all(&mut orders);
            }
        }
        self.forget_empty(&domain);
        orders
    }

    /// What a member wants of its room. `None`: it is in none.
    pub(crate) fn wish(&mut self, call: CallKey, wish: RoomWish) -> Option<(RoomNews, Vec<Order>)> {
        let (domain, name) = self.of_call.get(&call)?.clone();
        let room = self.room_mut(&domain, &name)?;
        let begun = room.begun;
        let others = room.members.len().saturating_sub(1);
        let members = &mut room.members;
        let member = members.iter_mut().find(|member| member.who.call == call)?;
        Some(match wish {
            RoomWish::Mute if member.who.listens_only => (RoomNews::NotAllowed, Vec::new()),
            RoomWish::Mute => {
                let muted = !member.muted;
                let order = member.mute(muted, begun);
                (RoomNews::Muted(muted), vec![order])
            }
            RoomWish::Lock if !member.who.moderator => (RoomNews::NotAllowed, Vec::new()),
            RoomWish::Lock => {
                room.locked = !room.locked;
                (RoomNews::Locked(room.locked), Vec::new())
            }
            RoomWish::Count => (RoomNews::Others(others), Vec::new()),
        })
    }

    /// A room that somebody is in.
    pub(crate) fn room_mut(&mut self, domain: &str, name: &str) -> Option<&mut Room> {
        self.of_domain.get_mut(domain)?.get_mut(name)
    }

    /// All rooms: domain, name, room.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &String, &Room)> {
        self.of_domain
            .iter()
            .flat_map(|(domain, rooms)| rooms.iter().map(move |(name, room)| (domain, name, room)))
    }

    /// How many rooms there are.
    pub(crate) fn len(&self) -> usize {
        self.of_domain.values().map(BTreeMap::len).sum()
    }

    fn forget_empty(&mut self, domain: &str) {
        if let Some(rooms) = self.of_domain.get_mut(domain) {
            rooms.retain(|_, room| !room.members.is_empty());
            if rooms.is_empty() {
                self.of_domain.remove(domain);
            }
        }
    }
}

impl Room {
    /// All who are here have to leave.
    pub(crate) fn send_out_all(&mut self, orders: &mut Vec<Order>) {
        for member in &mut self.members {
            orders.extend(member.send_out());
        }
    }

    /// The member whose call has this identifier.
    pub(crate) fn member(&mut self, call_id: &str) -> Option<&mut Member> {
        let mut members = self.members.iter_mut();
        members.find(|member| member.who.call_id == call_id)
    }
}

impl Member {
    /// It has to leave, and is gone when the media shell says so.
    pub(crate) fn send_out(&mut self) -> Option<Order> {
        let order = (!self.leaving).then(|| self.order(SideOrder::Leave));
        self.leaving = true;
        order
    }

    pub(crate) fn mute(&mut self, muted: bool, begun: bool) -> Order {
        self.muted = muted;
        self.order(SideOrder::Membership(self.membership(begun)))
    }
}

#[cfg(test)]
mod tests;
