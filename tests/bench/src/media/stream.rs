//! What one telephone of a call says: its RTP stream, a packet every 20 ms, whoever sends it off.

use std::net::SocketAddrV4;
use std::sync::Arc;

use crate::media::voice::{Chance, Cycle, FRAMES, KeyPacket, Keys};

/// The largest packet that is sent: bytes.
pub const PACKET_BYTES: usize = 1_500;
/// A G.711 payload of 20 ms.
const STAMPED_BYTES: usize = 160;
const HEADER: usize = 12;
const FILL: u8 = 0x55;

/// What is said.
#[derive(Debug, Clone)]
pub enum Voice {
    /// Payloads that carry when and by whom they were sent: for relays, which must not touch them.
    Stamped,
    /// Sound.
    Sound(Arc<Cycle>),
}

/// Which telephone of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Who {
    /// The call.
    pub call: u32,
    /// Whether it is the called one.
    pub called: bool,
}

impl Who {
    fn number(self) -> u32 {
        self.call << 1 | u32::from(self.called)
    }

    /// The other telephone of the call.
    #[must_use]
    pub fn other(self) -> Who {
        Who {
            called: !self.called,
            ..self
        }
    }
}

/// A stream that is sent.
#[derive(Debug)]
pub struct Stream {
    /// Where it goes.
    pub destination: SocketAddrV4,
    who: Who,
    voice: Voice,
    payload_type: u8,
    /// Timestamp units a packet.
    ticks: u32,
    keys: Option<(Keys, u8)>,
    /// The share of packets that are not sent though their number is used.
    loss: f64,
    chance: Chance,
    sequence: u16,
    timestamp: u32,
    packets: usize,
    burst_sent: Option<u64>,
}

impl Stream {
    /// A stream that has sent nothing yet.
    #[must_use]
    pub fn new(
        who: Who,
        destination: SocketAddrV4,
        voice: Voice,
        payload_type: u8,
        ticks: u32,
    ) -> Stream {
        Stream {
            destination,
            who,
            voice,
            payload_type,
            ticks,
            keys: None,
            loss: 0.0,
            chance: Chance(0x9e37_79b9_7f4a_7c15 ^ u64::from(who.number())),
            sequence: (who.number() as u16).wrapping_mul(101),
            timestamp: who.number().wrapping_mul(7_919),
            packets: 0,
            burst_sent: None,
        }
    }

    /// Presses keys, with this payload type, and loses this share of all packets.
    #[must_use]
    pub fn pressing(self, keys: Keys, payload_type: u8, loss: f64) -> Stream {
        Stream {
            keys: Some((keys, payload_type)),
            loss,
            ..self
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn who(&self) -> Who {
        self.who
    }

    /// When the last burst was sent.
    #[must_use]
    pub fn burst_sent(&self) -> Option<u64> {
        self.burst_sent
    }

    /// Writes the next packet, at this time (nanoseconds since the epoch). Its length; `None` if it gets lost.
    pub fn write(&mut self, now: u64, packet: &mut [u8; PACKET_BYTES]) -> Option<usize> {
        let key = self.next_key();
        let payload_type = match (&key, &self.keys) {
            (Some(_), Some((_, events))) => *events,
            _ => self.payload_type,
        };
        let back = key.map_or(0, |key| key.number as u32 * self.ticks);
        let first_of_key = key.is_some_and(|key| key.number == 0);
        packet[0] = 0x80;
        packet[1] = payload_type
            | if first_of_key || self.packets == 0 {
                0x80
            } else {
                0
            };
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.wrapping_sub(back).to_be_bytes());
        packet[8..12].copy_from_slice(&self.who.number().to_be_bytes());
        let room = &mut packet[HEADER..];
        let length = match (&key, &self.voice) {
            (Some(key), _) => {
                room[..4].copy_from_slice(&key.payload);
                4
            }
            (None, Voice::Stamped) => {
                room[..STAMPED_BYTES].fill(FILL);
                room[..8].copy_from_slice(&now.to_be_bytes());
                room[8..12].copy_from_slice(&self.who.number().to_be_bytes());
                STAMPED_BYTES
            }
            (None, Voice::Sound(cycle)) => {
                if self.packets.is_multiple_of(FRAMES) {
                    self.burst_sent = Some(now);
                }
                let payload = cycle.payload(self.packets);
                room[..payload.len()].copy_from_slice(payload);
                payload.len()
            }
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(self.ticks);
        self.packets += 1;
        let lost = self.loss > 0.0 && self.chance.next_share() < self.loss;
        (!lost).then_some(HEADER + length)
    }

    fn next_key(&mut self) -> Option<KeyPacket> {
        let (keys, _) = self.keys.as_mut()?;
        let packet = keys.next_packet();
        if keys.is_over() {
            self.keys = None;
        }
        packet
    }
}

/// When a stamped payload was sent; `None` if it is not as its sender, who must be this one, has sent it.
#[must_use]
pub fn stamp(payload: &[u8], sender: Who) -> Option<u64> {
    let (stamp, rest) = payload.split_first_chunk::<8>()?;
    let (number, fill) = rest.split_first_chunk::<4>()?;
    let whole = payload.len() == STAMPED_BYTES
        && u32::from_be_bytes(*number) == sender.number()
        && fill.iter().all(|byte| *byte == FILL);
    whole.then(|| u64::from_be_bytes(*stamp))
}

#[cfg(test)]
mod tests {
    use super::{PACKET_BYTES, Stream, Voice, Who, stamp};

    const WHO: Who = Who {
        call: 7,
        called: true,
    };

    #[test]
    fn a_stamped_payload_says_when_it_was_sent_unless_it_was_touched_or_is_somebody_elses() {
        let destination = "127.0.0.1:4000".parse().unwrap();
        let mut stream = Stream::new(WHO, destination, Voice::Stamped, 0, 160);
        let mut packet = [0; PACKET_BYTES];
        let length = stream.write(123, &mut packet).unwrap();
        let payload = &mut packet[12..length];
        assert_eq!(stamp(payload, WHO), Some(123));
        assert_eq!(stamp(payload, WHO.other()), None);
        payload[100] ^= 1;
        assert_eq!(stamp(payload, WHO), None);
    }
}
