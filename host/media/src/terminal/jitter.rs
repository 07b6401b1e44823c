//! The jitter buffer: packets in as they come, out in order and in time. It adapts by what happens: the delay grows by as much as
//! a packet came too late, and shrinks when for some seconds more was waiting than was needed.
//!
//! Time is counted in ticks of the RTP clock, and passes by being asked: each call of [`JitterBuffer::next`] moves on.

use std::collections::VecDeque;

use crate::codec::Encoding;
use crate::limits;
use crate::rtp::distance;

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Sound.
    Sound(Encoding),
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// A key (RFC 4733), or something else that takes a sequence number and has no sound.
    Other,
}

/// A packet that waits to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its sequence number.
    pub sequence: u16,
    /// Its timestamp.
    pub timestamp: u32,
    /// How much sound it holds; 0 unless it is sound.
    pub ticks: u32,
    /// What it carries.
    pub content: Content,
    /// The payload.
    pub payload: Vec<u8>,
}

/// What is played next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This packet.
    Packet(Held),
    /// For so long nothing was said (`lost` false), or what was said did not arrive.
    Gap {
        /// How long, at most what was asked for.
        ticks: u32,
        /// Whether packets are missing.
        lost: bool,
    },
    /// Nothing is there: it has not begun, or is late, or is over.
    Empty,
}

/// What a buffer has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Played {
    /// Packets of sound that were played.
    pub packets: u64,
    /// Stretches of at most a frame that were played in place of packets that did not come, or not in time.
    pub concealed: u64,
    /// Packets that came after their time, or twice.
    pub late: u64,
    /// Packets that were left out to make the delay shorter, or since too many waited.
    pub skipped: u64,
}

/// How far apart sequence numbers of one stream may be (RFC 3550 §A.1: MAX_MISORDER backwards, MAX_DROPOUT forwards).
const BEHIND: i16 = -100;
const AHEAD: i16 = 3_000;

/// See the module.
#[derive(Debug, Clone)]
pub struct JitterBuffer {
    clock: u32,
    /// How much must wait before playing begins.
    start: u32,
    held: VecDeque<Held>,
    playing: bool,
    /// How long the first packet has waited for playing to begin.
    waited: u32,
    /// The timestamp of what is played next.
    position: u32,
    /// The sequence number that was played last.
    last: Option<u16>,
    /// How much was played in place of packets since the last one: a late packet may still be put there.
    dry: u32,
    /// How much longer the delay is to become.
    owed: u32,
    /// How much of the delay is to be saved.
    surplus: u32,
    /// The least that has waited in this window of time, and how much of the window is over.
    lowest: u32,
    window: u32,
    played: Played,
}

impl JitterBuffer {
    /// A buffer for a stream with this clock rate that begins to play when `start_ms` of sound wait.
    pub fn new(clock: u32, start_ms: u32) -> JitterBuffer {
        let clock = clock.max(1_000);
        JitterBuffer {
            clock,
            start: clock / 1_000 * start_ms.min(limits::JITTER_MILLISECONDS / 2),
            held: VecDeque::new(),
            playing: false,
            waited: 0,
            position: 0,
            last: None,
            dry: 0,
            owed: 0,
            surplus: 0,
            lowest: u32::MAX,
            window: 0,
            played: Played::default(),
        }
    }

    /// The clock rate that it was made for.
    pub fn clock(&self) -> u32 {
        self.clock
    }

    /// What was counted so far.
    pub fn played(&self) -> Played {
        self.played
    }

    /// Forgets the stream; the next packet begins another one. `clock` is the clock rate of that.
    pub fn restart(&mut self, clock: u32) {
        let start_ms = self.start / (self.clock / 1_000);
        let played = self.played;
        *self = JitterBuffer::new(clock, start_ms);
        self.played = played;
    }

    /// Takes a packet.
    pub fn insert(&mut self, packet: Held) {
        let newest = self.held.back().map(|held| held.sequence).or(self.last);
        if let Some(newest) = newest {
            let ahead = distance(packet.sequence, newest);
            if !(BEHIND..=AHEAD).contains(&ahead) {
                self.restart(self.clock);
            } else if let Some(last) = self.last
                && distance(packet.sequence, last) <= 0
            {
                self.late(&packet);
                return;
            }
        }
        if self.playing && !self.fits(&packet) {
            self.restart(self.clock);
        }
        let mut place = self.held.len();
        for other in self.held.iter().rev() {
            match distance(packet.sequence, other.sequence) {
                0 => {
                    self.played.late += 1;
                    return;
                }
                ahead if ahead > 0 => break,
                _ => place -= 1,
            }
        }
        self.held.insert(place, packet);
        self.bound();
    }

    /// A packet whose place was played already. If it only came late, more delay would have saved it.
    fn late(&mut self, packet: &Held) {
        self.played.late += 1;
        let behind = signed(self.position.wrapping_sub(packet.timestamp));
        let most = i64::from(self.clock / 5);
        if self.playing && packet.ticks > 0 && self.owed == 0 && (1..=most).contains(&behind) {
            // A packet that came twice is no reason: it is behind by its own length, and was played.
            self.owed = if self.lowest < packet.ticks * 2 {
                packet.ticks
            } else {
                0
            };
        }
    }

    /// Whether a packet's time is near what is played. One that is due already, but whose place was filled with something
    /// else only since it was late, gets that place again: from there on the delay is longer by as much.
    fn fits(&mut self, packet: &Held) -> bool {
        if packet.content == Content::Other {
            return true;
        }
        let ahead = signed(packet.timestamp.wrapping_sub(self.position));
        if ahead >= 0 {
            return ahead <= i64::from(self.clock) * 2;
        }
        let behind = u32::try_from(-ahead).unwrap_or(u32::MAX);
        if behind > self.clock / 4 {
            return false;
        }
        if self.held.is_empty() && behind <= self.dry {
            self.position = packet.timestamp;
            self.dry -= behind;
        }
        true
    }

    fn bound(&mut self) {
        let most = self.clock / 1_000 * limits::JITTER_MILLISECONDS;
        while self.held.len() > limits::JITTER_PACKETS
            || (self.held.len() > 1 && self.depth() > most)
        {
            let Some(first) = self.held.pop_front() else {
                return;
            };
            self.last = Some(first.sequence);
            self.played.skipped += u64::from(first.ticks > 0);
            if let Some(first) = self.held.front() {
                self.position = first.timestamp;
            }
        }
    }

    /// How much waits: from what is played next to the end of the last packet.
    fn depth(&self) -> u32 {
        let (Some(first), Some(last)) = (self.held.front(), self.held.back()) else {
            return 0;
        };
        let from = if self.playing {
            self.position
        } else {
            first.timestamp
        };
        let span = signed(last.timestamp.wrapping_add(last.ticks).wrapping_sub(from));
        u32::try_from(span.max(0)).unwrap_or(0)
    }

    /// What is played now, and moves on. `frame` is how much is wanted; a packet may be longer.
    pub fn next(&mut self, frame: u32) -> Next {
        if !self.playing && !self.begin(frame) {
            return Next::Empty;
        }
        if self.owed > 0 {
            let ticks = self.owed.min(frame);
            self.owed -= ticks;
            self.played.concealed += 1;
            return Next::Gap { ticks, lost: true };
        }
        self.watch(frame);
        let Some(first) = self.held.front() else {
            return self.run_dry(frame);
        };
        let ahead = match first.content {
            Content::Other => 0,
            _ => signed(first.timestamp.wrapping_sub(self.position)),
        };
        if ahead > 0 && ahead <= i64::from(self.clock) * 2 {
            let ticks = u32::try_from(ahead).unwrap_or(frame).min(frame);
            let expected = self.last.map(|last| last.wrapping_add(1));
            let lost = expected.is_some_and(|expected| expected != first.sequence);
            self.position = self.position.wrapping_add(ticks);
            self.played.concealed += u64::from(lost);
            return Next::Gap { ticks, lost };
        }
        self.take()
    }

    /// The payload of the packet that is played next, if it is there: it may tell of the one before it that is lost.
    pub fn following(&self) -> Option<&Held> {
        self.held.front()
    }

    /// The packet that comes right after the last one, if leaving its length out brings the delay back to what is needed.
    pub fn spare(&mut self) -> Option<Held> {
        let first = self.held.front()?;
        let contiguous = first.timestamp == self.position && first.ticks > 0;
        if !contiguous || self.surplus < first.ticks {
            return None;
        }
        self.surplus -= first.ticks;
        self.played.skipped += 1;
        match self.take() {
            Next::Packet(packet) => Some(packet),
            _ => None,
        }
    }

    fn take(&mut self) -> Next {
        let Some(packet) = self.held.pop_front() else {
            return Next::Empty;
        };
        self.last = Some(packet.sequence);
        if packet.content != Content::Other {
            self.position = packet.timestamp.wrapping_add(packet.ticks);
            self.dry = 0;
        }
        self.played.packets += u64::from(packet.ticks > 0);
        Next::Packet(packet)
    }

    /// Whether playing begins: enough waits, or the first packet has waited long enough.
    fn begin(&mut self, frame: u32) -> bool {
        let Some(first) = self.held.front() else {
            self.waited = 0;
            return false;
        };
        if self.depth() < self.start && self.waited < self.start {
            self.waited += frame;
            return false;
        }
        self.playing = true;
        self.position = first.timestamp;
        self.waited = 0;
        self.dry = 0;
        true
    }

    /// Time passes without a packet; after a second the stream counts as over.
    fn run_dry(&mut self, frame: u32) -> Next {
        self.position = self.position.wrapping_add(frame);
        self.dry = self.dry.saturating_add(frame);
        self.surplus = 0;
        if self.dry > self.clock {
            self.playing = false;
            self.waited = 0;
        }
        Next::Empty
    }

    /// Watches how much waits at least; half of what is too much at the end of a window is saved.
    fn watch(&mut self, frame: u32) {
        self.lowest = self.lowest.min(self.depth());
        self.window += frame;
        if self.window < self.clock * 4 {
            return;
        }
        let packet = self.held.front().map_or(frame, |held| held.ticks).max(1);
        let needed = packet * 2 + packet / 2;
        self.surplus = match self.lowest.checked_sub(needed) {
            Some(more) => (more / 2).max(packet),
            None => 0,
        };
        self.lowest = u32::MAX;
        self.window = 0;
    }
}

/// A difference of timestamps, by the shorter way around.
fn signed(difference: u32) -> i64 {
    i64::from(difference.cast_signed())
}

#[cfg(test)]
mod tests;
