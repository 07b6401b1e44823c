//! Keys that a side presses, heard in its RTP events (RFC 4733): each once, however often its packets are repeated.

use crate::audio::digit::Event;
use crate::rtp::Packet;

/// What a packet of an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyNews {
    /// A key is pressed.
    Down(char),
    /// A key is pressed and was let go: its first packets were lost.
    Stroke(char),
    /// The key that was pressed is let go.
    Up,
}

/// How many keys back a packet that was overtaken is recognised.
const RECENT: usize = 4;

/// Tells keys in a stream of event packets.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyHearing {
    source: u32,
    last: Option<Last>,
    /// The timestamps of the keys before the last one.
    recent: [Option<u32>; RECENT],
}

#[derive(Debug, Clone, Copy)]
struct Last {
    number: u8,
    timestamp: u32,
    ended: bool,
}

impl KeyHearing {
    /// Takes a packet of an event. All packets of one have the same timestamp (RFC 4733 §2.2); those that come after packets of
    /// a later one are passed over.
    pub fn receive(&mut self, packet: &Packet<'_>) -> Option<KeyNews> {
        let event = Event::read(packet.payload)?;
        let key = event.digit()?;
        if self.source != packet.ssrc {
            *self = KeyHearing {
                source: packet.ssrc,
                ..KeyHearing::default()
            };
        }
        if let Some(last) = &mut self.last {
            let ahead = packet.timestamp.wrapping_sub(last.timestamp);
            // A long key is several events, each beginning where the one before it has no room left (RFC 4733 §2.5.1.3).
            let goes_on =
                ahead == u32::from(u16::MAX) && !last.ended && last.number == event.number;
            if ahead == 0 || goes_on {
                let is_news = event.end && !last.ended;
                last.ended |= event.end;
                last.timestamp = packet.timestamp;
                return is_news.then_some(KeyNews::Up);
            }
            if self.recent.contains(&Some(packet.timestamp)) {
                return None;
            }
            self.recent.rotate_right(1);
            if let Some(newest) = self.recent.first_mut() {
                *newest = Some(last.timestamp);
            }
        }
        self.last = Some(Last {
            number: event.number,
            timestamp: packet.timestamp,
            ended: event.end,
        });
        Some(news(key, event.end))
    }
}

fn news(key: char, ended: bool) -> KeyNews {
    if ended {
        KeyNews::Stroke(key)
    } else {
        KeyNews::Down(key)
    }
}

#[cfg(test)]
mod tests;
