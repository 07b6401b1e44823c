//! What of the traffic of one loop concerns the exchanges of others: messages that came in here and are theirs, and
//! connections of this loop that they use.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use switchhook_call::input::Input;
use switchhook_call::owner::{EXCHANGES, Shares};
use switchhook_sip::flow::Flow;

use crate::event_loop::{Handed, Message};
use crate::inbox::{Inbox, Taken, refuse};
use crate::loops::Loops;

/// The first number of the connections of a loop: they carry the loop's number, so that any loop finds theirs.
pub fn first_connection(number: u8) -> u64 {
    u64::from(number) << 56
}

/// What a loop hands to others, and has from them.
#[derive(Debug)]
pub struct Crossing {
    number: u8,
    loops: Arc<Loops>,
    shares: Arc<Shares>,
    /// Own connections that messages of other exchanges came from or went to, and the bits of their numbers.
    lent: HashMap<u64, u64>,
    /// The names in the certificates of the peers of own connections.
    names: HashMap<u64, Vec<String>>,
    dropped: u64,
}

impl Crossing {
    /// For the loop of this number.
    pub fn new(number: u8, loops: Arc<Loops>, shares: Arc<Shares>) -> Crossing {
        Crossing {
            number,
            loops,
            shares,
            lent: HashMap::new(),
            names: HashMap::new(),
            dropped: 0,
        }
    }

    /// Which domains there are has changed.
    pub fn share(&mut self, shares: Arc<Shares>) {
        self.shares = shares;
    }

    /// Puts what arrived here into the inbox, or into that of the loop whose it is. Given back: a refusal to be sent.
    pub fn take(&mut self, inbox: &mut Inbox, flow: Flow, bytes: Bytes) -> Option<Bytes> {
        let names = flow.connection.and_then(|id| self.names.get(&id));
        let owner = self
            .shares
            .owner_of(flow, names.map_or(&[], Vec::as_slice), &bytes);
        let taken = match owner.filter(|owner| *owner != self.number) {
            None => inbox.push(flow, bytes),
            Some(owner) => self.hand(owner, flow, bytes),
        };
        match taken {
            Taken::Refused(refusal) => Some(refusal),
            Taken::Queued | Taken::Dropped => None,
        }
    }

    fn hand(&mut self, owner: u8, flow: Flow, bytes: Bytes) -> Taken {
        self.lend(owner, flow);
        match self.loops.hand(owner, Handed::Received { flow, bytes }) {
            Ok(()) => Taken::Queued,
            Err(Handed::Received { flow, bytes } | Handed::Send { flow, bytes, .. }) => {
                self.dropped += 1;
                refuse(flow, &bytes)
            }
        }
    }

    /// The peer of a connection of this loop has shown a certificate with these names: all exchanges are told.
    pub fn identified(&mut self, flow: Flow, names: &[String]) {
        let Some(connection) = flow.connection else {
            return;
        };
        self.names.insert(connection, names.to_vec());
        let own = self.number;
        for number in (0..EXCHANGES).filter(|number| *number != own) {
            self.lend(number, flow);
            let names = names.to_vec();
            let identified = Input::PeerIdentified { flow, names };
            self.loops.tell(number, Message::Input(identified));
        }
    }

    /// Notes that another exchange knows a connection of this loop.
    pub fn lend(&mut self, to: u8, flow: Flow) {
        if let Some(connection) = flow.connection {
            *self.lent.entry(connection).or_default() |= 1 << to;
        }
    }

    /// One of the messages that others have handed over was taken from the mailbox.
    pub fn taken(&self) {
        self.loops.taken(self.number);
    }

    /// The loop that has the connection of a flow, if it is not this one.
    pub fn elsewhere(&self, flow: Flow) -> Option<u8> {
        let number = (flow.connection? >> 56) as u8;
        (number != self.number).then_some(number)
    }

    /// Has another loop send on its connection. One that does not keep up loses it: the transaction's timer notices.
    pub fn send(&mut self, to: u8, flow: Flow, bytes: Bytes) {
        let from = self.number;
        if self
            .loops
            .hand(to, Handed::Send { from, flow, bytes })
            .is_err()
        {
            self.dropped += 1;
            tracing::debug!(peer = %flow.peer, "message lost: the loop of its connection does not keep up");
        }
    }

    /// Tells the exchanges that knew a connection of this loop that it is gone.
    pub fn failed(&mut self, flow: Flow) {
        let connection = flow.connection.unwrap_or(u64::MAX);
        self.names.remove(&connection);
        let Some(known) = self.lent.remove(&connection) else {
            return;
        };
        for number in (0..EXCHANGES).filter(|number| known & (1 << number) != 0) {
            let failed = Input::FlowFailed { flow };
            self.loops.tell(number, Message::Input(failed));
        }
    }

    /// Messages that others have handed over and that wait in the mailbox.
    pub fn waiting(&self) -> usize {
        self.loops.handed(self.number)
    }

    /// Messages of this loop that another had no room for.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
