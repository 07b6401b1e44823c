//! Offers and answers between two sides that may have no encoding in common: an offer goes on with what the switch can
//! transcode besides, and whoever offered is answered with a format of its own.

use std::fmt::Write;

use crate::codec::Encoding;
use crate::sdp::answer::Answer;
use crate::sdp::codec::Codec;
use crate::sdp::description::Stream;
use crate::sdp::encodings::Encodings;
use crate::sdp::offer::Offer;
use crate::sdp::terms::{Clocked, Format, Terms};

/// What is added to an offer of narrow sound, cheapest first, and to one of wide sound.
const TO_NARROW: [Encoding; 6] = [
    Encoding::Pcma,
    Encoding::Pcmu,
    Encoding::G722,
    Encoding::Opus,
    Encoding::G729,
    Encoding::Gsm,
];
const TO_WIDE: [Encoding; 6] = [
    Encoding::Opus,
    Encoding::G722,
    Encoding::Pcma,
    Encoding::Pcmu,
    Encoding::G729,
    Encoding::Gsm,
];

impl Offer {
    /// This offer as somebody gets it who prefers the codecs `names` (none: any), where the switch may transcode between
    /// `encodings`. `None`: as it is.
    ///
    /// Its own formats come first, in their order or that of `names`; then what was not offered and can be transcoded, under
    /// payload types that are free, if the offerer takes anything that can be. Formats that `names` lacks are left out, unless
    /// nothing would remain; what carries no sound stays.
    pub fn widened(&self, names: &[String], encodings: Encodings) -> Option<Offer> {
        let own = self.own_among(names);
        let wanted = self.wanted(names, encodings);
        if own.is_empty() && wanted.is_empty() {
            let rest = self.wanted(&[], encodings);
            return (!rest.is_empty()).then(|| self.with_added(&rest));
        }
        let chosen = (!names.is_empty()).then(|| self.with_sound(&own));
        if wanted.is_empty() {
            return chosen;
        }
        // Numbers that the offerer has used for something else are not free, even where that was left out.
        let base = chosen.unwrap_or_else(|| self.clone());
        Some(base.adding(&wanted, &self.description.stream))
    }

    /// Those of its formats with sound whose codecs are among `names`, in the order of these.
    fn own_among(&self, names: &[String]) -> Vec<u8> {
        if names.is_empty() {
            return Vec::new();
        }
        let codecs = self.formats();
        let mut formats = Vec::with_capacity(codecs.len());
        for name in names {
            for codec in codecs.iter().filter(|codec| codec.carries_sound()) {
                let wanted = codec.name.eq_ignore_ascii_case(name);
                if wanted && !formats.contains(&codec.payload_type) {
                    formats.push(codec.payload_type);
                }
            }
        }
        formats
    }

    /// The encodings that are to be added.
    fn wanted(&self, names: &[String], encodings: Encodings) -> Vec<Encoding> {
        let terms = &self.description.stream.remote.terms;
        let mut own = terms.formats().map(|format| format.encoding);
        if encodings.is_empty() || !own.any(|encoding| encodings.contains(encoding)) {
            return Vec::new();
        }
        let is_new = |encoding: &Encoding| {
            encodings.contains(*encoding) && terms.payload_type(*encoding).is_none()
        };
        if !names.is_empty() {
            let named = names.iter().filter_map(|name| Encoding::named(name));
            return named.filter(is_new).collect();
        }
        let mut own = terms.formats();
        let is_wide = own.any(|format| format.encoding.sample_rate() > 8_000);
        let order = if is_wide { TO_WIDE } else { TO_NARROW };
        order.into_iter().filter(is_new).collect()
    }

    /// This offer with these formats and those that carry no sound.
    fn with_sound(&self, sound: &[u8]) -> Offer {
        let codecs = self.formats();
        let silent = codecs.iter().filter(|codec| !codec.carries_sound());
        let silent = silent.map(|codec| codec.payload_type);
        self.with(sound.iter().copied().chain(silent).collect())
    }

    fn with_added(&self, encodings: &[Encoding]) -> Offer {
        self.clone().adding(encodings, &self.description.stream)
    }

    /// Adds encodings; events too, at the clocks that come with them (RFC 4733 §2.1), if there are any. `taken` says which
    /// numbers are not free.
    fn adding(mut self, encodings: &[Encoding], taken: &Stream) -> Offer {
        let stream = &mut self.description.stream;
        let mut formats = Vec::with_capacity(stream.formats.len() + encodings.len() + 1);
        formats.extend_from_slice(&stream.formats);
        let mut lines = String::with_capacity(stream.lines.len() + 48 * encodings.len());
        lines.push_str(&stream.lines);
        let terms = &mut stream.remote.terms;
        let has_events = terms.events.is_some();
        for encoding in encodings {
            let number = free(encoding.payload_type(), &formats, taken);
            let Some(payload_type) = number else { break };
            formats.push(payload_type);
            terms.push(Format {
                payload_type,
                encoding: *encoding,
            });
            describe(&mut lines, payload_type, *encoding);
        }
        for encoding in encodings.iter().filter(|_| has_events) {
            let clock_rate = encoding.clock_rate();
            if terms.has_events_at(clock_rate) {
                continue;
            }
            let Some(payload_type) = free(None, &formats, taken) else {
                break;
            };
            formats.push(payload_type);
            terms.push_events(Clocked {
                payload_type,
                clock_rate,
            });
            describe_events(&mut lines, payload_type, clock_rate);
        }
        stream.formats = formats.into();
        stream.lines = lines.into();
        self
    }

    /// What its offerer is answered where the other side has accepted none of its formats, but what can be transcoded: its
    /// best format that can be, and events. Empty: there is no way between them.
    pub(crate) fn own_best(&self, answer: &Answer, encodings: Encodings) -> Vec<Codec> {
        let (own, other) = (&self.remote().terms, &answer.remote().terms);
        let codable = |format: &Format| encodings.contains(format.encoding);
        let Some(best) = own.formats().find(codable) else {
            return Vec::new();
        };
        if !other.formats().any(|format| codable(&format)) {
            return Vec::new();
        }
        let mut codecs = vec![Codec {
            parameters: parameters(best.encoding).map(str::to_owned),
            ..best.encoding.format(best.payload_type)
        }];
        let events = own.events_for(best.encoding.clock_rate());
        codecs.extend(events.map(|events| Codec {
            clock_rate: events.clock_rate,
            ..Codec::telephone_event(events.payload_type)
        }));
        codecs
    }
}

impl Answer {
    /// Whether somebody who was told `told` can go on as if this had been said, with the switch transcoding between `encodings`
    /// where it must: the direction is the same, and for all that they may send there is a way.
    pub fn covers(&self, told: &Offer, encodings: Encodings) -> bool {
        let (own, told) = (&self.description.stream, &told.description.stream);
        let codable = |format: Format| encodings.contains(format.encoding);
        let hears = own.remote.terms.formats().any(codable);
        let passes = |format: &u8| {
            let encoding = told.remote.terms.encoding(*format);
            match encoding.filter(|_| hears) {
                Some(encoding) if encodings.contains(encoding) => true,
                // Digits become tones where they are not taken; nobody misses comfort noise.
                None if encoding.is_none() && hears && told.remote.terms.is_silent(*format) => true,
                _ => accepts(own, told, *format),
            }
        };
        own.accepted
            && own.remote.direction == told.remote.direction
            && told.formats.iter().all(passes)
    }

    /// Whether this accepts what somebody who was told `told` sends first of all.
    pub fn takes_preferred(&self, told: &Offer) -> bool {
        let preferred = told.remote().terms.preferred();
        let own = &self.description.stream.remote.terms;
        preferred.is_some_and(|format| own.payload_type(format.encoding).is_some())
    }
}

/// Whether a description accepts a format of another one, under the same number.
fn accepts(own: &Stream, told: &Stream, format: u8) -> bool {
    own.formats.contains(&format)
        && match (own.codec(format), told.codec(format)) {
            (Some(own), Some(told)) => own.matches(&told),
            (own, told) => own.is_none() && told.is_none(),
        }
}

/// A payload type that nobody has: the usual one of an encoding, else a dynamic one (RFC 3551 §3), the highest first, since
/// devices begin with the lowest.
fn free(usual: Option<u8>, formats: &[u8], taken: &Stream) -> Option<u8> {
    let is_free = |number: &u8| !formats.contains(number) && !taken.formats.contains(number);
    (usual.into_iter().chain((96..=127).rev())).find(is_free)
}

/// What we say of an encoding: what we want to get.
fn parameters(encoding: Encoding) -> Option<&'static str> {
    match encoding {
        Encoding::Opus => Some("useinbandfec=1"),
        Encoding::G729 => Some("annexb=no"),
        _ => None,
    }
}

fn describe(lines: &mut String, payload_type: u8, encoding: Encoding) {
    let (name, clock_rate) = (encoding.name(), encoding.clock_rate());
    // Writing to a string does not fail.
    let _ = write!(lines, "a=rtpmap:{payload_type} {name}/{clock_rate}");
    if encoding.channels() > 1 {
        let _ = write!(lines, "/{}", encoding.channels());
    }
    lines.push_str("\r\n");
    if let Some(parameters) = parameters(encoding) {
        let _ = write!(lines, "a=fmtp:{payload_type} {parameters}\r\n");
    }
}

fn describe_events(lines: &mut String, payload_type: u8, clock_rate: u32) {
    let _ = write!(
        lines,
        "a=rtpmap:{payload_type} telephone-event/{clock_rate}\r\na=fmtp:{payload_type} 0-15\r\n"
    );
}

/// Those formats of an answer that were offered: by number, or by name under another number.
pub(crate) fn agreed(offered: &Stream, answered: &Stream) -> Vec<u8> {
    let is_offered = |format: &u8| is_offered(offered, answered, *format);
    let formats = answered.formats.iter().copied();
    formats.filter(is_offered).collect()
}

fn is_offered(offered: &Stream, answered: &Stream, format: u8) -> bool {
    let same_number = offered.formats.contains(&format);
    let (own, other) = (&offered.remote.terms, &answered.remote.terms);
    if same_number && own.means_the_same(other, format) {
        return true;
    }
    let Some(codec) = answered.codec(format) else {
        return same_number;
    };
    if same_number {
        match offered.codec(format) {
            Some(offered) if !offered.name.eq_ignore_ascii_case(&codec.name) => {}
            _ => return true,
        }
    }
    offered.codecs().iter().any(|other| other.matches(&codec))
}

/// Whether any of these formats of a description carries sound.
pub(crate) fn any_sound(stream: &Stream, formats: &[u8]) -> bool {
    let terms: &Terms = &stream.remote.terms;
    let carries = |format: u8| {
        stream
            .codec(format)
            .is_none_or(|codec| codec.carries_sound())
    };
    let known = formats
        .iter()
        .any(|format| terms.encoding(*format).is_some());
    known || (formats.iter()).any(|format| !terms.is_silent(*format) && carries(*format))
}

#[cfg(test)]
mod tests;
