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
    /// By the supervisor's call: its session, and what it supervises.
    supervisors: Map<CallKey, (SessionId, Supervised)>,
}

impl Supervisions {
    /// Somebody begins to. Whether it is the first to supervise that call: then its two sides have to join.
    pub(crate) fn begin(&mut self, by: (CallKey, SessionId), of: Supervised) -> bool {
        let is_first = !self.is_supervised(of.call);
        self.supervisors.insert(by.0, (by.1, of));
        is_first
    }

    /// What a call supervises.
    pub(crate) fn of(&self, supervisor: CallKey) -> Option<Supervised> {
        self.supervisors.get(&supervisor).map(|(_, of)| *of)
    }

    /// A call supervises nobody any more. With the last one who does the sides of a call have each other again.
    pub(crate) fn end(&mut self, supervisor: CallKey) -> Vec<Order> {
        let Some((_, of)) = self.supervisors.remove(&supervisor) else {
            return Vec::new();
        };
        if self.is_supervised(of.call) {
            return Vec::new();
        }
        let sides = [Side::Caller, Side::Callee];
        sides
            .map(|side| (of.session, side, SideOrder::Leave))
            .into()
    }

    /// A call that may be supervised is over: so is that.
    pub(crate) fn supervised_ended(&self, call: CallKey) -> Vec<Order> {
        let supervisors = self.supervisors.values();
        let of_call = supervisors.filter(|(_, of)| of.call == call);
        let leave =
            |(session, _): &(SessionId, Supervised)| (*session, Side::Caller, SideOrder::Leave);
        let mut orders: Vec<_> = of_call.map(leave).collect();
        orders.sort_by_key(|(session, _, _)| *session);
        orders
    }

    /// Whether somebody supervises this call.
    pub(crate) fn is_supervised(&self, call: CallKey) -> bool {
        self.supervisors.values().any(|(_, of)| of.call == call)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.supervisors.len()
    }
}
