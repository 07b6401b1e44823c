//! What one telephone of a call hears: how much, how late, how regularly, and whether it is what was said.

use switchhook_media::codec::Decoder;
use switchhook_media::rtp::Packet;

use crate::media::figures::{Histogram, Line};
use crate::media::stream::{Who, stamp};
use crate::media::voice::{BURST_THRESHOLD, SOUND_THRESHOLD};

/// A burst is a new one after so much without: nanoseconds.
const BURST_PAUSE: u64 = 300_000_000;
/// A burst that was sent longer ago is not the one that is heard: nanoseconds.
const BURST_LATEST: u64 = 900_000_000;
/// Fewer packets say nothing of a clock.
const CLOCK_PACKETS: u64 = 250;

/// What all telephones of a worker heard while it was measured.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Packets.
    pub packets: u64,
    /// Packets that never came, by the gaps in their numbers.
    pub lost: u64,
    /// Packets that came twice or after a later one.
    pub disordered: u64,
    /// Packets that are not what was agreed: of another payload type, or none of RTP.
    pub wrong: u64,
    /// Payloads that are not as they were sent, where they should be.
    pub altered: u64,
    /// How often the SSRC of a stream changed.
    pub new_sources: u64,
    /// Telephones that heard nothing at all.
    pub deaf: u64,
    /// How much later than it was sent something was heard: by its stamp, or by the beginning of a burst.
    pub delay: Histogram,
    /// How much the time between two packets differs from what their timestamps say.
    pub jitter: Histogram,
    /// How much faster than real time the streams are: parts in a million, one figure a stream.
    pub drift: Vec<f64>,
}

impl Heard {
    /// Adds what another worker's telephones heard.
    pub fn merge(&mut self, other: Heard) {
        self.packets += other.packets;
        self.lost += other.lost;
        self.disordered += other.disordered;
        self.wrong += other.wrong;
        self.altered += other.altered;
        self.new_sources += other.new_sources;
        self.deaf += other.deaf;
        self.delay.merge(&other.delay);
        self.jitter.merge(&other.jitter);
        self.drift.extend(other.drift);
    }
}

/// A packet that arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// Nanoseconds since the epoch.
    pub at: u64,
    /// All of it.
    pub packet: &'a [u8],
    /// When who is heard has sent its last burst.
    pub burst_sent: Option<u64>,
}

/// How a telephone listens.
pub struct Hearing {
    /// Whose stamps it expects; `None`: it hears sound.
    stamps_of: Option<Who>,
    payload_type: u8,
    events: Option<u8>,
    clock_rate: u32,
    /// Decodes what is heard; `None`: only its packets are counted.
    decoder: Option<Decoder>,
    samples: Vec<i16>,
    loud_at: u64,
    /// When the call was answered, until the first sound is heard.
    waits_since: Option<u64>,
    numbers: Option<Numbers>,
    clock: Line,
    ssrc: Option<u32>,
}

/// The numbers of a stream's packets since measuring began, without their wrap-around.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    first: u64,
    highest: u64,
    received: u64,
    /// Of the packet of sound with the highest number.
    timestamp: u64,
    arrived: u64,
}

impl Hearing {
    /// Hears stamped payloads.
    #[must_use]
    pub fn of_stamps(
        sender: Who,
        payload_type: u8,
        events: Option<u8>,
        clock_rate: u32,
    ) -> Hearing {
        Hearing {
            stamps_of: Some(sender),
            ..Hearing::of_sound(payload_type, events, clock_rate, None)
        }
    }

    /// Hears sound; with a decoder it also notices when bursts begin.
    #[must_use]
    pub fn of_sound(
        payload_type: u8,
        events: Option<u8>,
        clock_rate: u32,
        decoder: Option<Decoder>,
    ) -> Hearing {
        Hearing {
            stamps_of: None,
            payload_type,
            events,
            clock_rate,
            decoder,
            samples: Vec::new(),
            loud_at: 0,
            waits_since: None,
            numbers: None,
            clock: Line::default(),
            ssrc: None,
        }
    }

    /// Notices the first sound, after an answer at this time; then the decoder is done.
    #[must_use]
    pub fn waiting_since(self, answered: u64) -> Hearing {
        Hearing {
            waits_since: Some(answered),
            ..self
        }
    }

    /// Whether it notices the beginnings of bursts.
    #[must_use]
    pub fn hears_bursts(&self) -> bool {
        self.decoder.is_some() && self.waits_since.is_none()
    }

    /// From now on it is measured.
    pub fn begin(&mut self) {
        self.numbers = None;
        self.clock = Line::default();
    }

    /// What is known at the end only.
    pub fn end(&self, heard: &mut Heard) {
        match self.numbers {
            None => heard.deaf += 1,
            Some(numbers) => {
                let expected = numbers.highest - numbers.first + 1;
                heard.lost += expected.saturating_sub(numbers.received);
            }
        }
        if self.stamps_of.is_none() && self.clock.count() >= CLOCK_PACKETS {
            heard
                .drift
                .extend(self.clock.slope().map(|slope| (slope - 1.0) * 1e6));
        }
    }

    /// A packet arrived. The time from the answer to the first sound, if it is the one with it: nanoseconds.
    pub fn hear(&mut self, arrival: Arrival<'_>, heard: &mut Heard) -> Option<u64> {
        let Some(packet) = Packet::read(arrival.packet) else {
            heard.wrong += 1;
            return None;
        };
        heard.packets += 1;
        let changed = self.ssrc.replace(packet.ssrc);
        if changed.is_some_and(|before| before != packet.ssrc) {
            heard.new_sources += 1;
            self.numbers = None;
        }
        let ours = packet.payload_type == self.payload_type;
        self.count(&packet, ours, arrival.at, heard);
        if !ours {
            // Keys come in the stream's numbers; anything else is not what was agreed.
            heard.wrong += u64::from(Some(packet.payload_type) != self.events);
            return None;
        }
        let payload = packet.payload;
        match self.stamps_of {
            Some(sender) => {
                match stamp(payload, sender) {
                    Some(sent) => heard.delay.add(arrival.at.saturating_sub(sent)),
                    None => heard.altered += 1,
                }
                None
            }
            None => self.listen(payload, arrival, heard),
        }
    }

    fn count(&mut self, packet: &Packet<'_>, sound: bool, at: u64, heard: &mut Heard) {
        let Packet {
            sequence,
            timestamp,
            ..
        } = *packet;
        let Some(numbers) = &mut self.numbers else {
            let (number, timestamp) = (
                u64::from(sequence) + (1 << 32),
                u64::from(timestamp) + (1 << 40),
            );
            self.numbers = Some(Numbers {
                first: number,
                highest: number,
                received: 1,
                timestamp,
                arrived: at,
            });
            return;
        };
        numbers.received += 1;
        let step = sequence.wrapping_sub(numbers.highest as u16);
        if step == 0 || step > 0x8000 {
            heard.disordered += 1;
            return;
        }
        numbers.highest += u64::from(step);
        if !sound {
            return;
        }
        let ticks = timestamp.wrapping_sub(numbers.timestamp as u32) as i32;
        numbers.timestamp = numbers.timestamp.wrapping_add_signed(i64::from(ticks));
        let media = i64::from(ticks) * 1_000_000_000 / i64::from(self.clock_rate);
        let real = at.saturating_sub(numbers.arrived) as i64;
        heard.jitter.add((real - media).unsigned_abs());
        numbers.arrived = at;
        let seconds = numbers.timestamp as f64 / f64::from(self.clock_rate);
        self.clock.add(at as f64 / 1e9, seconds);
    }

    fn listen(&mut self, payload: &[u8], arrival: Arrival<'_>, heard: &mut Heard) -> Option<u64> {
        let decoder = self.decoder.as_mut()?;
        self.samples.clear();
        if decoder.decode(payload, &mut self.samples).is_err() {
            heard.wrong += 1;
            return None;
        }
        let rate = u64::from(decoder.rate());
        let time_of = |threshold: i16| {
            let place = self
                .samples
                .iter()
                .position(|sample| sample.unsigned_abs() > threshold.unsigned_abs());
            place.map(|place| arrival.at + place as u64 * 1_000_000_000 / rate)
        };
        if let Some(answered) = self.waits_since {
            time_of(SOUND_THRESHOLD)?;
            self.waits_since = None;
            self.decoder = None;
            return Some(arrival.at.saturating_sub(answered));
        }
        let loud = time_of(BURST_THRESHOLD)?;
        if loud > self.loud_at + BURST_PAUSE
            && let Some(late) = (arrival.burst_sent).and_then(|sent| loud.checked_sub(sent))
            && late < BURST_LATEST
        {
            heard.delay.add(late);
        }
        self.loud_at = loud;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Heard, Hearing};

    fn packet(sequence: u16, timestamp: u32, ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0x80, 0];
        packet.extend(sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend([0xff; 160]);
        packet
    }

    fn hear(hearing: &mut Hearing, heard: &mut Heard, milliseconds: u64, packet: &[u8]) {
        let arrival = Arrival {
            at: milliseconds * 1_000_000,
            packet,
            burst_sent: None,
        };
        hearing.hear(arrival, heard);
    }

    #[test]
    fn gaps_and_disorder_are_counted_over_the_wrap_around_of_numbers() {
        let (mut hearing, mut heard) = (Hearing::of_sound(0, None, 8_000, None), Heard::default());
        let arrivals = [
            (65_534, 0),
            (65_535, 20),
            (1, 60),
            (0, 61),
            (4, 120),
            (4, 121),
        ];
        for (sequence, milliseconds) in arrivals {
            let timestamp = milliseconds as u32 / 20 * 160;
            hear(
                &mut hearing,
                &mut heard,
                milliseconds,
                &packet(sequence, timestamp, 9),
            );
        }
        hearing.end(&mut heard);
        // 2 and 3 are missing, 4 came twice: by RFC 3550 §6.4.1 one is lost.
        assert_eq!((heard.packets, heard.disordered, heard.lost), (6, 2, 1));
    }

    #[test]
    fn a_stream_that_is_a_thousandth_too_fast_is_seen_to_be_so() {
        let (mut hearing, mut heard) = (Hearing::of_sound(0, None, 8_000, None), Heard::default());
        for number in 0..1_000_u16 {
            let at = u64::from(number) * 19_980_000;
            let packet = packet(number, u32::from(number) * 160, 9);
            hearing.hear(
                Arrival {
                    at,
                    packet: &packet,
                    burst_sent: None,
                },
                &mut heard,
            );
        }
        hearing.end(&mut heard);
        assert!((heard.drift[0] - 1_001.0).abs() < 1.0, "{:?}", heard.drift);
        assert_eq!(heard.jitter.longest(), Some(0.02));
    }

    #[test]
    fn who_hears_nothing_is_deaf_and_another_source_is_noticed() {
        let (mut hearing, mut heard) = (Hearing::of_sound(0, None, 8_000, None), Heard::default());
        hearing.end(&mut heard);
        assert_eq!(heard.deaf, 1);
        hear(&mut hearing, &mut heard, 0, &packet(1, 0, 9));
        hear(&mut hearing, &mut heard, 20, &packet(500, 160, 10));
        hearing.end(&mut heard);
        assert_eq!((heard.new_sources, heard.lost), (1, 0));
    }
}
