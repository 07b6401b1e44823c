//! What becomes of a payload type on its way from one side to the other, by what both have agreed to.

use crate::codec::Encoding;
use crate::sdp::terms::Terms;

/// What a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Sound of an encoding.
    Sound(Encoding),
    /// A key (RFC 4733).
    Key,
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Something that the terms do not name.
    Unknown,
}

/// How a packet reaches the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In place, with this payload type if it is another one there.
    Pass(Option<u8>),
    /// As sound that is decoded and encoded.
    Transcode,
    /// As tones: the side takes no keys as events.
    Tones,
}

/// What becomes of a payload type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) payload_type: u8,
    pub(super) meaning: Meaning,
    pub(super) way: Way,
    /// The clock rate of its timestamps.
    pub(super) clock: u32,
}

impl Path {
    /// Of packets with this payload type, from a side with the terms `from` to one with the terms `to`. A side sends under the
    /// numbers that it was told, which mostly are its own.
    pub(super) fn find(payload_type: u8, from: &Terms, to: &Terms) -> Path {
        let (meaning, clock) = meaning(payload_type, from)
            .or_else(|| meaning(payload_type, to))
            .unwrap_or((Meaning::Unknown, 8_000));
        let number = |own: u8| (own != payload_type).then_some(own);
        let takes_sound = to.preferred().is_some();
        let way = match meaning {
            Meaning::Sound(encoding) => match to.payload_type(encoding) {
                Some(own) => Way::Pass(number(own)),
                None if encoding.is_available() && encodes(to) => Way::Transcode,
                None => Way::Pass(None),
            },
            Meaning::Key => match to.events {
                Some(events) => Way::Pass(number(events.payload_type)),
                None if takes_sound && encodes(to) => Way::Tones,
                None => Way::Pass(None),
            },
            Meaning::ComfortNoise => {
                Way::Pass(to.comfort_noise.and_then(|own| number(own.payload_type)))
            }
            Meaning::Unknown => Way::Pass(None),
        };
        Path {
            payload_type,
            meaning,
            way,
            clock,
        }
    }
}

fn meaning(payload_type: u8, terms: &Terms) -> Option<(Meaning, u32)> {
    if let Some(encoding) = terms.encoding(payload_type) {
        return Some((Meaning::Sound(encoding), encoding.clock_rate()));
    }
    let named = |own: Option<crate::sdp::terms::Clocked>, meaning| {
        own.filter(|own| own.payload_type == payload_type)
            .map(|own| (meaning, own.clock_rate))
    };
    named(terms.events, Meaning::Key).or_else(|| named(terms.comfort_noise, Meaning::ComfortNoise))
}

/// Whether something can be encoded that a side with these terms takes.
fn encodes(terms: &Terms) -> bool {
    terms.formats().any(|format| format.encoding.is_available())
}
