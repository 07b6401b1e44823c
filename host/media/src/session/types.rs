//! The words of a session: what happens in it, and the packets that it makes.

use std::net::SocketAddr;

use crate::relay::{Kind, Side};

/// What happened in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionEvent {
    /// Nothing came from this side for too long although it was expected to send.
    MediaTimeout {
        /// The silent side.
        side: Side,
    },
    /// A side that is listened to has pressed a key.
    Key {
        /// The side.
        side: Side,
        /// `0123456789*#ABCD`.
        key: char,
    },
    /// What was played to a side is over.
    PlayEnded {
        /// The side.
        side: Side,
        /// The number that it was begun with.
        play: u64,
        /// How it ended.
        outcome: PlayOutcome,
    },
    /// The keys that were to be sent to a side were sent.
    KeysSent {
        /// The side.
        side: Side,
    },
}

/// How something that was played ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayOutcome {
    /// All of it was played.
    Completed,
    /// It was stopped, or something else is played in its place.
    Stopped,
    /// The side takes no format that this build can encode.
    NoFormat,
}

/// Packets that a session has made, one after another in one buffer that is used again and again.
#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    packets: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    side: Side,
    kind: Kind,
    to: SocketAddr,
    end: usize,
}

/// A packet that a session has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnPacket<'a> {
    /// Send it from this side's own socket.
    pub side: Side,
    /// From this one of its two.
    pub kind: Kind,
    /// To this address.
    pub to: SocketAddr,
    /// The packet.
    pub bytes: &'a [u8],
}

impl Outbox {
    /// Adds a packet.
    pub fn push(&mut self, side: Side, kind: Kind, to: SocketAddr, packet: &[u8]) {
        self.bytes.extend_from_slice(packet);
        let end = self.bytes.len();
        self.packets.push(Entry {
            side,
            kind,
            to,
            end,
        });
    }

    /// The packets, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = OwnPacket<'_>> {
        let mut start = 0;
        self.packets.iter().map(move |entry| {
            let bytes = self.bytes.get(start..entry.end).unwrap_or_default();
            start = entry.end;
            OwnPacket {
                side: entry.side,
                kind: entry.kind,
                to: entry.to,
                bytes,
            }
        })
    }

    /// Throws the packets away and keeps the room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }
}
