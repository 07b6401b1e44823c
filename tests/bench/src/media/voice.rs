//! What telephones say: a second of sound that is encoded once and said again and again, and keys.

use std::f64::consts::TAU;

use switchhook_media::codec::{CodecError, Encoder, Encoding, Parameters};

/// Packets in a second.
pub const FRAMES: usize = 50;
/// How loud the first tenth of a second is.
const BURST: f64 = 20_000.0;
/// A sample above this belongs to the burst, whatever the codec did to it.
pub const BURST_THRESHOLD: i16 = 9_000;
/// A sample above this is no murmur.
pub const SOUND_THRESHOLD: i16 = 1_500;

/// What a second sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A loud tenth of a second, then speech of an ordinary level: codecs have work with it.
    Speech,
    /// Noise that is hardly heard.
    Murmur,
}

/// A second of sound, encoded: [`FRAMES`] payloads.
#[derive(Debug)]
pub struct Cycle {
    payloads: Vec<Vec<u8>>,
}

impl Cycle {
    /// Encodes it.
    ///
    /// # Errors
    /// This build has no encoder.
    pub fn new(encoding: Encoding, sound: Sound) -> Result<Cycle, CodecError> {
        let rate = encoding.sample_rate();
        let mut encoder = Encoder::new(encoding, rate, &Parameters::default())?;
        let samples = samples(rate, sound);
        let frame = rate as usize / FRAMES;
        let mut payloads = Vec::new();
        // The second round is kept: its beginning follows its end.
        for round in 0..2 {
            for samples in samples.chunks_exact(frame) {
                let mut payload = Vec::new();
                encoder.encode(samples, &mut payload)?;
                if round == 1 {
                    payloads.push(payload);
                }
            }
        }
        Ok(Cycle { payloads })
    }

    /// The payload of a packet; 0 is the one in which the burst begins.
    #[must_use]
    pub fn payload(&self, packet: usize) -> &[u8] {
        &self.payloads[packet % self.payloads.len()]
    }
}

/// A second of it as samples.
#[must_use]
pub fn samples(rate: u32, sound: Sound) -> Vec<i16> {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    (0..rate)
        .map(|at| {
            let time = f64::from(at) / f64::from(rate);
            let noise = chance.next_share() - 0.5;
            let value = match sound {
                Sound::Murmur => noise * 200.0,
                Sound::Speech if time < 0.1 => BURST * (TAU * 1_000.0 * time).sin(),
                // A voice: harmonics of 120 Hz, syllables five times a second.
                Sound::Speech => {
                    let syllable = (TAU * 2.5 * time).sin().abs();
                    let voice: f64 = (1..20)
                        .map(|harmonic| {
                            let harmonic = f64::from(harmonic);
                            (TAU * 120.0 * harmonic * time).sin() / harmonic
                        })
                        .sum();
                    syllable * (voice * 900.0 + noise * 600.0)
                }
            };
            value as i16
        })
        .collect()
}

/// Chance that is the same in every run (xorshift64).
#[derive(Debug, Clone, Copy)]
pub struct Chance(pub u64);

impl Chance {
    /// From 0 up to but not including 1.
    pub fn next_share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Packets of a key that is held: four that grow, then its end three times (RFC 4733 §2.5.1.4).
const KEY_PACKETS: usize = 7;
/// Packets of sound after a key.
const KEY_PAUSE: usize = 5;

/// Keys that are pressed, packet by packet.
#[derive(Debug, Clone)]
pub struct Keys {
    events: Vec<u8>,
    /// Packets of sound before the first key.
    wait: usize,
    at: usize,
}

/// One packet of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPacket {
    /// The payload.
    pub payload: [u8; 4],
    /// Which of the key's packets it is: the timestamp is that of the first one.
    pub number: usize,
}

impl Keys {
    /// These keys (`0-9`, `*`, `#`), after so many packets of sound.
    #[must_use]
    pub fn new(keys: &str, wait: usize) -> Keys {
        let event = |key: char| match key {
            '*' => 10,
            '#' => 11,
            digit => digit.to_digit(10).unwrap_or(0) as u8,
        };
        Keys {
            events: keys.chars().map(event).collect(),
            wait,
            at: 0,
        }
    }

    /// What goes into the next packet; `None`: sound.
    pub fn next_packet(&mut self) -> Option<KeyPacket> {
        let at = self.at;
        self.at += 1;
        let at = at.checked_sub(self.wait)?;
        let event = *self.events.get(at / (KEY_PACKETS + KEY_PAUSE))?;
        let number = at % (KEY_PACKETS + KEY_PAUSE);
        if number >= KEY_PACKETS {
            return None;
        }
        let steps = (number + 1).min(KEY_PACKETS - 2) as u16;
        let [high, low] = (steps * 160).to_be_bytes();
        let end = if number + 1 >= KEY_PACKETS - 2 {
            0x80
        } else {
            0
        };
        Some(KeyPacket {
            payload: [event, end | 10, high, low],
            number,
        })
    }

    /// Whether the last key has been pressed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.at >= self.wait + self.events.len() * (KEY_PACKETS + KEY_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST_THRESHOLD, Keys, SOUND_THRESHOLD, Sound, samples};

    #[test]
    fn a_key_grows_ends_three_times_and_is_followed_by_sound() {
        let mut keys = Keys::new("5#", 1);
        assert_eq!(keys.next_packet(), None);
        let packets: Vec<_> = (0..12).map(|_| keys.next_packet()).collect();
        let durations: Vec<u16> = (packets.iter().flatten())
            .map(|packet| u16::from_be_bytes([packet.payload[2], packet.payload[3]]))
            .collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let ends = packets
            .iter()
            .flatten()
            .map(|packet| packet.payload[1] >> 7);
        assert_eq!(ends.collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1]);
        assert!(packets[7..].iter().all(Option::is_none) && !keys.is_over());
        assert_eq!(keys.next_packet().unwrap().payload[0], 11);
    }

    #[test]
    fn only_the_burst_is_loud_and_a_murmur_is_no_sound() {
        let loudest = |samples: &[i16]| samples.iter().map(|sample| sample.abs()).max().unwrap();
        let speech = samples(8_000, Sound::Speech);
        assert!(loudest(&speech[..800]) > 2 * BURST_THRESHOLD);
        assert!(loudest(&speech[800..]) < BURST_THRESHOLD / 2);
        assert!(loudest(&speech[800..]) > SOUND_THRESHOLD);
        assert!(loudest(&samples(8_000, Sound::Murmur)) < SOUND_THRESHOLD / 2);
    }
}
