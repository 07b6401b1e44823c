//! One channel of a recording: packets as they arrive, put in order, decoded and laid on the recording's clock.
//!
//! A recording may be late, so packets are held for a while before they are decoded: what was reordered is in order then, and a
//! burst after a stall tells itself from a sender that had stopped its clock. The first packet of a stream lies where it arrived;
//! what follows lies where its timestamps say, for as long as that agrees with when packets arrive. Networks only ever delay, so
//! the *least* delayed packet of those that are held tells how far the sender's clock has drifted away.

use std::collections::VecDeque;

use crate::limits;
use crate::recording::line::Line;
use crate::recording::sound::{Formats, Sound};
use crate::rtp::{Packet, distance};

/// Beyond this the timestamps have jumped and say nothing any more: milliseconds.
const JUMP: i64 = 60;
/// The same where too few packets are held to tell a jump from one that was delayed.
const JUMP_OF_FEW: i64 = 400;
/// So many packets tell how late the least delayed one is.
const ENOUGH: usize = 10;
/// The sender's clock may be so far off before it is corrected: milliseconds.
const TOLERANCE: i64 = 2;
/// A gap up to this is concealed, a longer one is silence: milliseconds.
const CONCEALED: u64 = 60;

/// What was counted of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Packets whose sound is in the recording.
    pub packets: u64,
    /// Packets that came twice or too late.
    pub late: u64,
    /// Packets that could not be read or decoded.
    pub refused: u64,
}

/// One channel.
pub struct Track {
    rate: i64,
    hold: u64,
    formats: Formats,
    held: VecDeque<Held>,
    stream: Option<Stream>,
    sound: Sound,
    line: Line,
    frame: Vec<i16>,
    counts: Counts,
}

#[derive(Debug)]
struct Held {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    payload_type: u8,
    /// When it arrived, on the recording's clock: samples.
    arrived: i64,
    payload: Box<[u8]>,
}

/// Where a stream is on the recording's clock.
#[derive(Debug, Clone, Copy)]
struct Stream {
    ssrc: u32,
    /// Of the packet that was placed last.
    sequence: u16,
    timestamp: u32,
    clock_rate: u32,
    place: i64,
}

impl Stream {
    /// Where the timestamp of a packet says that it lies.
    fn place_of(&self, packet: &Held, rate: i64) -> i64 {
        let ticks = packet.timestamp.wrapping_sub(self.timestamp).cast_signed();
        self.place + i64::from(ticks) * rate / i64::from(self.clock_rate.max(1))
    }
}

impl Track {
    /// A channel at `rate` samples per second, whose packets are held for `hold` samples.
    pub fn new(rate: u32, hold: u64, formats: Formats) -> Track {
        Track {
            rate: i64::from(rate.max(1)),
            hold,
            formats,
            held: VecDeque::new(),
            stream: None,
            sound: Sound::new(rate),
            line: Line::default(),
            frame: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Other formats were agreed.
    pub fn set_formats(&mut self, formats: Formats) {
        self.formats = formats;
    }

    /// Takes an RTP packet that arrived at this place of the recording's clock (samples).
    pub fn push(&mut self, arrived: u64, bytes: &[u8]) {
        let Some(packet) = Packet::read(bytes) else {
            self.counts.refused += 1;
            return;
        };
        let is_late = self.stream.is_some_and(|stream| {
            let ahead = distance(packet.sequence, stream.sequence);
            stream.ssrc == packet.ssrc && ahead <= 0 && ahead > -limits::RECORDED_LATE
        });
        if is_late {
            self.counts.late += 1;
            return;
        }
        let mut place = self.held.len();
        for other in self.held.iter().rev() {
            if other.ssrc != packet.ssrc {
                break;
            }
            match distance(packet.sequence, other.sequence) {
                0 => {
                    self.counts.late += 1;
                    return;
                }
                ahead if ahead > 0 => break,
                _ => place -= 1,
            }
        }
        self.held.insert(
            place,
            Held {
                ssrc: packet.ssrc,
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload_type: packet.payload_type,
                arrived: i64::try_from(arrived).unwrap_or(i64::MAX),
                payload: packet.payload.into(),
            },
        );
        if self.held.len() > limits::RECORDED_HELD {
            self.place_first();
        }
    }

    /// Appends what is before this place of the recording's clock to `out`. `now` is the place of the present.
    pub fn take(&mut self, now: u64, place: u64, out: &mut Vec<i16>) {
        let due = i64::try_from(now.saturating_sub(self.hold)).unwrap_or(i64::MAX);
        while self.held.front().is_some_and(|held| held.arrived <= due) {
            self.place_first();
        }
        self.line.take(place, out);
    }

    /// Decodes all that is held. What arrives from now on is a stream that begins where it arrives.
    pub fn flush(&mut self) {
        while !self.held.is_empty() {
            self.place_first();
        }
        self.stream = None;
        self.sound.restart();
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn place_first(&mut self) {
        let Some(packet) = self.held.pop_front() else {
            return;
        };
        let Some(encoding) = self.formats.encoding(packet.payload_type) else {
            // Keys and comfort noise have no sound here, and the key that somebody pressed is nobody's to keep.
            return;
        };
        let clock_rate = encoding.clock_rate();
        let known = self.stream.filter(|stream| stream.ssrc == packet.ssrc);
        if known.is_none() {
            self.sound.restart();
        }
        let lost = known.map(|stream| distance(packet.sequence, stream.sequence) > 1);
        let goes_on = known.filter(|stream| stream.clock_rate == clock_rate);
        let mut stream = goes_on.unwrap_or(Stream {
            ssrc: packet.ssrc,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            clock_rate,
            place: packet.arrived,
        });
        let late = self.lateness(&stream, &packet);
        let mut place = stream.place_of(&packet, self.rate);
        let is_certain = self.held.len() >= ENOUGH;
        let jump = if is_certain { JUMP } else { JUMP_OF_FEW };
        let mut stretch = 0;
        if goes_on.is_none() || late.abs() > self.milliseconds(jump) {
            place += late;
        } else if is_certain && late.abs() > self.milliseconds(TOLERANCE) {
            stretch = late.signum();
        }
        stream.sequence = packet.sequence;
        stream.timestamp = packet.timestamp;
        stream.place = place + stretch;
        self.stream = Some(stream);
        self.lay(place, lost == Some(true), |sound, out| {
            sound.decode(encoding, &packet.payload, out)
        });
    }

    /// How much later than their timestamps say the packets of the stream arrive, at least.
    fn lateness(&self, stream: &Stream, first: &Held) -> i64 {
        let of = |packet: &Held| packet.arrived - stream.place_of(packet, self.rate);
        let alike = |packet: &&Held| {
            let encoding = self.formats.encoding(packet.payload_type);
            packet.ssrc == first.ssrc
                && encoding.is_some_and(|encoding| encoding.clock_rate() == stream.clock_rate)
        };
        let others = self.held.iter().filter(alike).map(of);
        others.chain(std::iter::once(of(first))).min().unwrap_or(0)
    }

    /// Lays what a packet sounds like on the line.
    fn lay(
        &mut self,
        place: i64,
        lost: bool,
        decode: impl FnOnce(&mut Sound, &mut Vec<i16>) -> bool,
    ) {
        let place = u64::try_from(place).unwrap_or(0);
        let end = self.line.end();
        let tolerance = u64::try_from(self.milliseconds(TOLERANCE * 2)).unwrap_or(0);
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        let gap = place.saturating_sub(end);
        if lost && gap > tolerance && gap <= self.samples(CONCEALED) {
            self.sound.conceal(gap, &mut frame);
            self.line.append(&frame);
            frame.clear();
        }
        if decode(&mut self.sound, &mut frame) {
            self.counts.packets += 1;
            let end = self.line.end();
            if place.abs_diff(end) <= tolerance && place != end {
                // Continuous sound whose clock is a little off: a sample more or less, spread over the frame.
                let longer = place > end;
                stretched(&mut frame, longer);
                self.line.append(&frame);
            } else {
                self.line.put(place, &frame);
            }
        } else {
            self.counts.refused += 1;
        }
        self.frame = frame;
    }

    fn milliseconds(&self, count: i64) -> i64 {
        count * self.rate / 1_000
    }

    fn samples(&self, milliseconds: u64) -> u64 {
        milliseconds * self.rate.unsigned_abs() / 1_000
    }
}

/// Makes a frame one sample longer or shorter by drawing a line between its samples.
fn stretched(frame: &mut Vec<i16>, longer: bool) {
    let count = if longer {
        frame.len() + 1
    } else {
        frame.len().saturating_sub(1)
    };
    let (Some(steps), Some(span)) = (
        count.checked_sub(1).filter(|n| *n > 0),
        frame.len().checked_sub(1),
    ) else {
        return;
    };
    let at = |index: usize| i64::from(frame.get(index).copied().unwrap_or(0));
    let other = (0..count).map(|number| {
        let (whole, part) = (number * span / steps, number * span % steps);
        let (low, high) = (at(whole), at((whole + 1).min(span)));
        let (part, steps) = (
            i64::try_from(part).unwrap_or(0),
            i64::try_from(steps).unwrap_or(1),
        );
        i16::try_from(low + (high - low) * part / steps).unwrap_or(0)
    });
    *frame = other.collect();
}

#[cfg(test)]
mod tests;
