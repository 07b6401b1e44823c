//! Calls that somebody supervises: each is a room of its two sides and of those who listen, whisper or barge in.

use switchhook_media::relay::Side;

use crate::keys::{CallKey, Map, SessionId};
use crate::media_command::{Membership, SideOrder};
use crate::rooms::Order;

/// How somebody supervises a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Supervision {
    /// It hears both sides, and nobody hears it.
    Monitor,
    /// Only the client hears it that is supervised.
    Whisper,
    /// Both sides hear it.
    Barge,
}

impl Supervision {
    /// What holds for who supervises this side of a session.
    pub(crate) fn membership(self, of: (SessionId, Side)) -> Membership {
        Membership {
            muted: self == Supervision::Monitor,
            waits: false,
            whispers_to: (self == Supervision::Whisper).then_some(of),
        }
    }
}

/// A call that is supervised, or is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supervised {
    pub(crate) call: CallKey,
    pub(crate) session: SessionId,
    /// The side of the client that it is about.
    pub(crate) side: Side,
}

/// Who supervises which call.
#[derive(Debug, Default)]
pub(crate) struct Supervisions {
    supervisors: Map<CallKey, Supervisor>,
}

/// Somebody who supervises a call.
#[derive(Debug, Clone, Copy)]
struct Supervisor {
    session: SessionId,
    of: Supervised,
    /// Whether that call is over, and it was sent out.
    over: bool,
}

impl Supervisions {
    /// Somebody begins to. Whether it is the first to supervise that call: then its two sides have to join.
    pub(crate) fn begin(&mut self, by: (CallKey, SessionId), of: Supervised) -> bool {
        let is_first = !self.is_supervised(of.call);
        let (call, session) = by;
        let over = false;
        self.supervisors
            .insert(call, Supervisor { session, of, over });
        is_first
    }

    /// What a call supervises.
    pub(crate) fn of(&self, supervisor: CallKey) -> Option<Supervised> {
        self.supervisors.get(&supervisor).map(|one| one.of)
    }

    /// A call supervises nobody any more. With the last one who does the sides of a call have each other again.
    pub(crate) fn end(&mut self, supervisor: CallKey) -> Vec<Order> {
        match self.supervisors.remove(&supervisor) {
            Some(one) if !one.over && !self.is_supervised(one.of.call) => apart(one.of.session),
            _ => Vec::new(),
        }
    }

    /// The two sides of a call are not connected any more: nobody supervises it.
    pub(crate) fn supervised_ended(&mut self, call: CallKey) -> Vec<Order> {
        let mut orders = Vec::new();
        for one in self.supervisors.values_mut() {
            if one.of.call == call && !one.over {
                one.over = true;
                orders.push((one.session, Side::Caller, SideOrder::Leave));
                if orders.len() == 1 {
                    orders.extend(apart(one.of.session));
                }
            }
        }
        orders.sort_by_key(|(session, side, _)| (*session, *side == Side::Callee));
        orders
    }

    /// Whether somebody supervises this call.
    pub(crate) fn is_supervised(&self, call: CallKey) -> bool {
        let mut supervisors = self.supervisors.values();
        supervisors.any(|one| one.of.call == call && !one.over)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.supervisors.len()
    }
}

/// The two sides of a call leave the room that they were in.
fn apart(session: SessionId) -> Vec<Order> {
    let sides = [Side::Caller, Side::Callee];
    sides.map(|side| (session, side, SideOrder::Leave)).into()
}
