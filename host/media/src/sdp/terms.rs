//! In which formats a side takes media: the numbers that its description gives to the encodings that we know. What is
//! made of them is the session's.

use crate::codec::{Encoding, Parameters};
use crate::limits;

/// The most formats of a description that are kept.
const FORMATS: usize = 8;

/// A payload type and the encoding that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    /// The RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// What it stands for.
    pub encoding: Encoding,
}

/// A payload type and its clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clocked {
    /// The RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// The clock rate in Hz.
    pub clock_rate: u32,
}

/// In which formats a side takes media, as its description says. A side whose formats are all unknown has none here: its
/// media can be relayed, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Terms {
    formats: [Option<Format>; FORMATS],
    /// Keys as events (RFC 4733), if it takes them: at the clock of the preferred format where there are several.
    pub events: Option<Clocked>,
    /// The same at another clock.
    other_events: Option<Clocked>,
    /// Comfort noise (RFC 3389), if it takes it.
    pub comfort_noise: Option<Clocked>,
    /// How much sound it wants in a packet (`a=ptime`), in milliseconds; 0: it does not say.
    pub packet_ms: u8,
    /// How much sound there may be in a packet at most (`a=maxptime`), in milliseconds; 0: it does not say.
    pub longest_packet_ms: u8,
    /// How it wants to get Opus (the `a=fmtp` of that, RFC 7587 §6.1).
    pub parameters: Parameters,
    /// The sample rate in Hz of the best that there is to be sent to it, above which nothing is worth encoding; 0: that is not
    /// known. Its description does not say it: it is the other side's.
    pub source_rate: u32,
}

impl Terms {
    /// Adds a format that is less preferred than those before. What does not fit is left out: it is never chosen.
    pub fn push(&mut self, format: Format) {
        if let Some(free) = self.formats.iter_mut().find(|place| place.is_none()) {
            *free = Some(format);
        }
    }

    /// The formats that carry sound, preferred first.
    pub fn formats(&self) -> impl Iterator<Item = Format> {
        self.formats.iter().map_while(|format| *format)
    }

    /// The sample rate in Hz of the best that it may send; `None`: it has no formats.
    pub fn best_rate(&self) -> Option<u32> {
        self.formats()
            .map(|format| format.encoding.sample_rate())
            .max()
    }

    /// What it prefers to get.
    pub fn preferred(&self) -> Option<Format> {
        self.formats().next()
    }

    /// What a payload type stands for.
    pub fn encoding(&self, payload_type: u8) -> Option<Encoding> {
        let mut formats = self.formats();
        let found = formats.find(|format| format.payload_type == payload_type);
        found.map(|format| format.encoding)
    }

    /// The payload type of an encoding, if it takes that.
    pub fn payload_type(&self, encoding: Encoding) -> Option<u8> {
        let mut formats = self.formats();
        let found = formats.find(|format| format.encoding == encoding);
        found.map(|format| format.payload_type)
    }

    /// Whether a payload type carries events or comfort noise.
    pub(crate) fn is_silent(&self, payload_type: u8) -> bool {
        let silent = [self.events, self.other_events, self.comfort_noise];
        let mut silent = silent.iter().flatten();
        silent.any(|other| other.payload_type == payload_type)
    }

    /// Whether a payload type stands for the same in both, as far as it is known in both.
    pub(crate) fn means_the_same(&self, other: &Terms, payload_type: u8) -> bool {
        let is_events = |terms: &Terms| {
            let events = [terms.events, terms.other_events];
            let mut found = events.into_iter().flatten();
            found.find(|events| events.payload_type == payload_type)
        };
        match self.encoding(payload_type) {
            Some(encoding) => other.encoding(payload_type) == Some(encoding),
            None => is_events(self).is_some_and(|events| is_events(other) == Some(events)),
        }
    }

    /// Events at a clock, if it takes any at that.
    pub(crate) fn has_events_at(&self, clock_rate: u32) -> bool {
        let mut events = [self.events, self.other_events].into_iter().flatten();
        events.any(|events| events.clock_rate == clock_rate)
    }

    /// Events for sound of a clock: at that clock if it takes them so, else at another one.
    pub(crate) fn events_for(&self, clock_rate: u32) -> Option<Clocked> {
        let events = [self.events, self.other_events].into_iter().flatten();
        let at = |events: &Clocked| events.clock_rate == clock_rate;
        events.clone().find(at).or(self.events)
    }

    pub(crate) fn push_events(&mut self, events: Clocked) {
        match self.events {
            None => self.events = Some(events),
            Some(_) => {
                self.other_events.get_or_insert(events);
            }
        }
    }

    /// Nothing but these payload types, in their order.
    #[must_use]
    pub(crate) fn only(&self, payload_types: &[u8]) -> Terms {
        let stays = |clocked: &Clocked| payload_types.contains(&clocked.payload_type);
        let mut terms = Terms {
            formats: [None; FORMATS],
            events: self.events.filter(stays),
            other_events: self.other_events.filter(stays),
            comfort_noise: self.comfort_noise.filter(stays),
            ..*self
        };
        for payload_type in payload_types {
            if let Some(encoding) = self.encoding(*payload_type) {
                terms.push(Format {
                    payload_type: *payload_type,
                    encoding,
                });
            }
        }
        if terms.events.is_none() {
            terms.events = terms.other_events.take();
        }
        terms
    }

    /// These terms as they hold once `told` was the answer to the description that they are of: with nothing else than what
    /// was accepted, in the order of the answer, under their own numbers.
    #[must_use]
    pub fn agreed(&self, told: &Terms) -> Terms {
        let mut agreed = Terms {
            formats: [None; FORMATS],
            comfort_noise: self.comfort_noise.filter(|_| told.comfort_noise.is_some()),
            ..*self
        };
        for Format { encoding, .. } in told.formats() {
            if let Some(payload_type) = self.payload_type(encoding)
                && agreed.payload_type(encoding).is_none()
            {
                agreed.push(Format {
                    payload_type,
                    encoding,
                });
            }
        }
        let own = [self.events, self.other_events];
        let at_clock = |told: Clocked| {
            let mut own = own.iter().flatten();
            own.find(|own| own.clock_rate == told.clock_rate).copied()
        };
        agreed.events = told.events.and_then(at_clock);
        agreed.other_events = told.other_events.and_then(at_clock);
        agreed
    }
}

/// What the formats of a media line turn out to mean, while its attributes are read.
pub(crate) struct Reader {
    meanings: [Meaning; limits::SDP_FORMATS],
    packet_ms: u8,
    longest_packet_ms: u8,
}

/// What a format means.
#[derive(Clone, Copy)]
enum Meaning {
    /// Nothing was said of it.
    Unsaid,
    /// Nothing that we know.
    Unknown,
    Sound(Encoding),
    Events(u32),
    ComfortNoise(u32),
}

impl Reader {
    pub(crate) fn new() -> Reader {
        Reader {
            meanings: [Meaning::Unsaid; limits::SDP_FORMATS],
            packet_ms: 0,
            longest_packet_ms: 0,
        }
    }

    /// An attribute of the line, of whose formats this is one if it says something of a format.
    pub(crate) fn note(&mut self, name: &str, value: &str, formats: &[u8]) {
        match name {
            "rtpmap" => self.note_map(value, formats),
            "ptime" => self.packet_ms = milliseconds(value),
            "maxptime" => self.longest_packet_ms = milliseconds(value),
            _ => {}
        }
    }

    fn note_map(&mut self, value: &str, formats: &[u8]) {
        let Some((number, map)) = value.split_once(' ') else {
            return;
        };
        let number = number.parse::<u8>().ok();
        let place = number.and_then(|number| formats.iter().position(|format| *format == number));
        if let Some(meaning) = place.and_then(|place| self.meanings.get_mut(place))
            && matches!(meaning, Meaning::Unsaid)
        {
            *meaning = Meaning::of_map(map.trim()).unwrap_or(Meaning::Unknown);
        }
    }

    /// The terms, once all attributes are noted. `described` says what `a=fmtp` says of a format.
    pub(crate) fn finish<'a>(
        self,
        formats: &[u8],
        described: impl Fn(u8) -> Option<&'a str>,
    ) -> Terms {
        let mut terms = Terms {
            packet_ms: self.packet_ms,
            longest_packet_ms: self.longest_packet_ms,
            ..Terms::default()
        };
        let mut clocks = Clocks::default();
        for (payload_type, meaning) in formats.iter().copied().zip(self.meanings) {
            let meaning = match meaning {
                Meaning::Unsaid => Meaning::well_known(payload_type),
                said => said,
            };
            let clocked = |clock_rate| Clocked {
                payload_type,
                clock_rate,
            };
            match meaning {
                Meaning::Sound(encoding) => {
                    if encoding == Encoding::Opus && terms.payload_type(encoding).is_none() {
                        terms.parameters = described(payload_type)
                            .map(Parameters::read)
                            .unwrap_or_default();
                    }
                    terms.push(Format {
                        payload_type,
                        encoding,
                    });
                }
                Meaning::Events(clock_rate) => clocks.push(clocked(clock_rate)),
                Meaning::ComfortNoise(clock_rate) => {
                    terms.comfort_noise.get_or_insert(clocked(clock_rate));
                }
                Meaning::Unsaid | Meaning::Unknown => {}
            }
        }
        let preferred = terms.preferred().map(|format| format.encoding.clock_rate());
        (terms.events, terms.other_events) = clocks.ordered(preferred);
        terms
    }
}

/// The first two formats of events.
#[derive(Default)]
struct Clocks([Option<Clocked>; 2]);

impl Clocks {
    fn push(&mut self, events: Clocked) {
        let [first, second] = &mut self.0;
        match first {
            None => *first = Some(events),
            Some(first) if first.clock_rate != events.clock_rate => {
                second.get_or_insert(events);
            }
            Some(_) => {}
        }
    }

    fn ordered(self, clock_rate: Option<u32>) -> (Option<Clocked>, Option<Clocked>) {
        let [first, second] = self.0;
        match second {
            Some(events) if Some(events.clock_rate) == clock_rate => (second, first),
            _ => (first, second),
        }
    }
}

impl Meaning {
    /// Of a name, a clock and perhaps channels. Some devices give G.722 the clock of its samples, or Opus one channel; what
    /// they send is what all send.
    fn of_map(map: &str) -> Option<Meaning> {
        let mut parts = map.split('/');
        let name = parts.next()?;
        let clock_rate: u32 = parts.next()?.trim().parse().ok()?;
        let channels = parts
            .next()
            .map_or(Some(1), |text| text.trim().parse().ok());
        match Encoding::named(name) {
            Some(Encoding::Opus) => {
                (clock_rate == 48_000).then_some(Meaning::Sound(Encoding::Opus))
            }
            _ if channels != Some(1) => None,
            Some(Encoding::G722) => {
                matches!(clock_rate, 8_000 | 16_000).then_some(Meaning::Sound(Encoding::G722))
            }
            Some(encoding) => {
                (clock_rate == encoding.clock_rate()).then_some(Meaning::Sound(encoding))
            }
            None if name.eq_ignore_ascii_case("telephone-event") => {
                Some(Meaning::Events(clock_rate))
            }
            None if name.eq_ignore_ascii_case("CN") => Some(Meaning::ComfortNoise(clock_rate)),
            None => None,
        }
    }

    /// Of a payload type that no `a=rtpmap` describes (RFC 3551 §6).
    fn well_known(payload_type: u8) -> Meaning {
        match payload_type {
            0 => Meaning::Sound(Encoding::Pcmu),
            3 => Meaning::Sound(Encoding::Gsm),
            8 => Meaning::Sound(Encoding::Pcma),
            9 => Meaning::Sound(Encoding::G722),
            13 => Meaning::ComfortNoise(8_000),
            18 => Meaning::Sound(Encoding::G729),
            _ => Meaning::Unknown,
        }
    }
}

/// A length of time; 0: none that makes sense.
fn milliseconds(value: &str) -> u8 {
    value.trim().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests;
