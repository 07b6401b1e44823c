//! The tones of the telephone network (ITU-T E.180): which frequencies, how long on and off, and the samples of them.

use std::f64::consts::TAU;

use crate::sound::countries;

/// The tones there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Dial tone.
    Dial,
    /// Ringing tone.
    Ringing,
    /// Busy tone.
    Busy,
    /// Congestion (reorder) tone.
    Congestion,
    /// Special information tone.
    Information,
    /// A beep of 1,000 Hz, as long as it is played.
    Beep,
    /// Nothing.
    Silence,
}

/// What sounds during a segment; frequencies in hertz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Nothing.
    Silence,
    /// One frequency.
    One(u16),
    /// Two at once, equally loud.
    Two(u16, u16),
    /// The first, whose amplitude follows the second.
    Modulated(u16, u16),
}

/// One part of a cadence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// What sounds.
    pub voice: Voice,
    /// For how long: milliseconds.
    pub milliseconds: u16,
}

/// What a tone consists of: its segments, one after another, over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence(&'static [Segment]);

/// The tone of a country: an ISO 3166 code, in either case. A country that is not known has the tones that E.180 recommends (425 Hz,
/// ringing 1 s in 5 s).
pub fn cadence(kind: Kind, country: &str) -> Cadence {
    let country = countries::country(&country.to_ascii_lowercase());
    let country = country.unwrap_or(&countries::RECOMMENDED);
    Cadence(match kind {
        Kind::Dial => country.dial,
        Kind::Ringing => country.ringing,
        Kind::Busy => country.busy,
        Kind::Congestion => country.congestion,
        Kind::Information => country.information,
        Kind::Beep => countries::BEEP,
        Kind::Silence => countries::SILENCE,
    })
}

/// Whether the tones of a country (an ISO 3166 code, in either case) are known.
pub fn is_known(country: &str) -> bool {
    countries::country(&country.to_ascii_lowercase()).is_some()
}

impl Cadence {
    /// Its segments; at least one, none of length 0.
    pub fn segments(self) -> &'static [Segment] {
        self.0
    }

    /// Its samples, from its beginning and without end.
    pub fn generator(self, rate: u32) -> Generator {
        Generator::new(self, rate)
    }
}

/// The peak of one frequency at -10 dBm0, the level that E.180 recommends: 0 dBm0 is 3.14 dB below the loudest sine.
const PEAK: f64 = 7_220.0;
/// How deep a modulated tone's amplitude goes.
const DEPTH: f64 = 0.9;

/// The samples of a cadence, without end.
#[derive(Debug, Clone)]
pub struct Generator {
    cadence: Cadence,
    rate: u32,
    /// Which segment sounds, and how many samples of it were given already.
    segment: usize,
    given: u64,
    first: Oscillator,
    second: Oscillator,
}

impl Generator {
    fn new(cadence: Cadence, rate: u32) -> Generator {
        let mut generator = Generator {
            cadence,
            rate: rate.max(1),
            segment: 0,
            given: 0,
            first: Oscillator::new(0, 1),
            second: Oscillator::new(0, 1),
        };
        generator.tune();
        generator
    }

    /// The samples that one round of the cadence takes.
    fn round(&self) -> u64 {
        let segments = self.cadence.0.iter();
        segments.map(|segment| self.length(*segment)).sum()
    }

    fn length(&self, segment: Segment) -> u64 {
        (u64::from(segment.milliseconds) * u64::from(self.rate) / 1_000).max(1)
    }

    /// Goes to where it is after so many samples from its beginning.
    pub fn go_to(&mut self, samples: u64) {
        let mut left = samples % self.round().max(1);
        self.segment = 0;
        for segment in self.cadence.0 {
            let length = self.length(*segment);
            if left < length {
                break;
            }
            left -= length;
            self.segment += 1;
        }
        self.tune();
        self.given = left;
        self.first.go_to(left);
        self.second.go_to(left);
    }

    /// Fills `out` with what comes next.
    pub fn fill(&mut self, out: &mut [i16]) {
        let mut rest = out;
        while !rest.is_empty() {
            let Some(segment) = self.cadence.0.get(self.segment).copied() else {
                return rest.fill(0);
            };
            let left = self.length(segment).saturating_sub(self.given);
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            self.sound(segment.voice, now);
            self.given += count as u64;
            rest = later;
            if self.given >= self.length(segment) {
                self.segment = (self.segment + 1) % self.cadence.0.len().max(1);
                self.tune();
            }
        }
    }

    /// Begins the segment anew. A tone of one segment goes on as it is: every frequency is whole within a second.
    fn tune(&mut self) {
        self.given = 0;
        let voice = self.cadence.0.get(self.segment).map(|s| s.voice);
        let (first, second) = match voice {
            None | Some(Voice::Silence) => (0, 0),
            Some(Voice::One(hertz)) => (hertz, 0),
            Some(Voice::Two(first, second) | Voice::Modulated(first, second)) => (first, second),
        };
        self.first = Oscillator::new(first, self.rate);
        self.second = Oscillator::new(second, self.rate);
    }

    fn sound(&mut self, voice: Voice, out: &mut [i16]) {
        match voice {
            Voice::Silence => out.fill(0),
            Voice::One(_) => {
                for sample in out {
                    *sample = (self.first.next() * PEAK) as i16;
                }
            }
            Voice::Two(..) => {
                // Together they are as loud as one.
                let peak = PEAK * std::f64::consts::FRAC_1_SQRT_2;
                for sample in out {
                    *sample = ((self.first.next() + self.second.next()) * peak) as i16;
                }
            }
            Voice::Modulated(..) => {
                for sample in out {
                    let amplitude = 1.0 + DEPTH * self.second.next();
                    *sample = (self.first.next() * amplitude * PEAK / (1.0 + DEPTH)) as i16;
                }
            }
        }
    }
}

/// A sine by recurrence: one multiplication a sample.
#[derive(Debug, Clone, Copy)]
struct Oscillator {
    angle: f64,
    factor: f64,
    last: f64,
    before: f64,
}

impl Oscillator {
    fn new(hertz: u16, rate: u32) -> Oscillator {
        let angle = TAU * f64::from(hertz) / f64::from(rate);
        let mut oscillator = Oscillator {
            angle,
            factor: 2.0 * angle.cos(),
            last: 0.0,
            before: 0.0,
        };
        oscillator.go_to(0);
        oscillator
    }

    fn go_to(&mut self, samples: u64) {
        let sine = |back: f64| ((samples as f64 - back) * self.angle).sin();
        (self.last, self.before) = (sine(1.0), sine(2.0));
    }

    fn next(&mut self) -> f64 {
        let next = self.factor * self.last - self.before;
        self.before = self.last;
        self.last = next;
        next
    }
}

#[cfg(test)]
mod tests;
