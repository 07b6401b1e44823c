//! Receiving the stream of a call of the built-in phone: RTP packets in, samples and digits out.

use std::collections::VecDeque;

use crate::codec::Encoding;
use crate::rtp::Packet;
use crate::sdp::codec::Codec;
use crate::terminal::jitter::Content;
use crate::terminal::key_hearing::{KeyHearing, KeyNews};
use crate::terminal::receiver::Receiver as Stream;

/// The samples per second that a receiver gives.
pub const RATE: u32 = 8_000;
/// The most digits that wait to be read.
const DIGITS_WAITING: usize = 64;

/// What a receiver has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// Packets of sound that were played.
    pub packets: u64,
    /// Frames that were made up in place of packets that did not come in time.
    pub lost: u64,
    /// Packets that came after their time, or twice.
    pub late: u64,
    /// Packets that were no RTP, or of a format that was not agreed on.
    pub refused: u64,
}

/// A stream that is received.
pub struct Receiver {
    formats: Vec<(u8, Content)>,
    stream: Stream,
    hearing: KeyHearing,
    digits: VecDeque<char>,
    refused: u64,
}

impl Receiver {
    /// A receiver of those of the agreed formats that can be decoded, and of `telephone-event`. Playing begins when so many
    /// milliseconds wait.
    pub fn new(formats: &[Codec], start_ms: u32) -> Receiver {
        let content = |codec: &Codec| {
            if codec.is_telephone_event() {
                return Some((codec.payload_type, Content::Other));
            }
            let encoding = Encoding::of(codec).filter(|encoding| encoding.is_available())?;
            Some((codec.payload_type, Content::Sound(encoding)))
        };
        Receiver {
            formats: formats.iter().filter_map(content).collect(),
            stream: Stream::new(RATE, start_ms),
            hearing: KeyHearing::default(),
            digits: VecDeque::new(),
            refused: 0,
        }
    }

    /// Takes a packet from the network.
    pub fn push(&mut self, bytes: &[u8]) {
        let read = Packet::read(bytes).and_then(|packet| {
            let mut formats = self.formats.iter();
            let format = formats.find(|(number, _)| *number == packet.payload_type)?;
            Some((packet, format.1))
        });
        let Some((packet, content)) = read else {
            self.refused += 1;
            return;
        };
        if content == Content::Other
            && let Some(KeyNews::Down(digit) | KeyNews::Stroke(digit)) =
                self.hearing.receive(&packet)
            && self.digits.len() < DIGITS_WAITING
        {
            self.digits.push_back(digit);
        }
        self.stream.push(&packet, content);
    }

    /// Fills `samples` with what is played now, at [`RATE`]: sound as far as it has arrived, else what stands for it.
    pub fn pull(&mut self, samples: &mut [i16]) {
        self.stream.pull(samples);
    }

    /// The next digit that was heard as an event.
    pub fn poll_digit(&mut self) -> Option<char> {
        self.digits.pop_front()
    }

    /// What was counted so far.
    pub fn received(&self) -> Received {
        let played = self.stream.played();
        Received {
            packets: played.packets,
            lost: played.concealed,
            late: played.late,
            refused: self.refused + self.stream.refused(),
        }
    }
}

#[cfg(test)]
mod tests;
