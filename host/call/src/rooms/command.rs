//! What an operator does to a room.

use crate::core::Core;
use crate::rooms::{Order, Room};

/// What is to be done to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomCommand {
    /// Its domain.
    pub domain: String,
    /// Its name.
    pub room: String,
    /// What.
    pub order: RoomOrder,
}

/// What can be done to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomOrder {
    /// Nobody hears the member of this call any more (`true`), or all do again, even if it could only listen.
    Mute {
        /// The identifier of its call.
        call_id: String,
        /// Whether it is muted.
        muted: bool,
    },
    /// Only moderators are let in (`true`), or anybody again.
    Lock(bool),
    /// The member of this call has to leave; its script goes on.
    Remove {
        /// The identifier of its call.
        call_id: String,
    },
    /// All have to leave.
    End,
}

/// Carries it out. A room or a member that is not there is none to do anything to.
pub(crate) fn carry_out(core: &mut Core, command: &RoomCommand) {
    let room = core.rooms.room_mut(&command.domain, &command.room);
    let orders = room.map(|room| orders(room, &command.order));
    core.order_rooms(orders.unwrap_or_default());
}

fn orders(room: &mut Room, order: &RoomOrder) -> Vec<Order> {
    let mut orders = Vec::new();
    let begun = room.begun;
    match order {
        RoomOrder::Mute { call_id, muted } => {
            if let Some(member) = room.member(call_id) {
                orders.push(member.mute(*muted, begun));
            }
        }
        RoomOrder::Lock(locked) => room.locked = *locked,
        RoomOrder::Remove { call_id } => {
            orders.extend(room.member(call_id).and_then(|member| member.send_out()));
        }
        RoomOrder::End => room.send_out_all(&mut orders),
    }
    orders
}
