//! A payload format of an audio line: its number, its name and its parameters.

/// A payload format of an audio line (RFC 8866 §6.6, §6.15).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Codec {
    /// The RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// The encoding name, such as `PCMU` or `telephone-event`.
    pub name: String,
    /// The clock rate in Hz.
    pub clock_rate: u32,
    /// The number of channels, 1 if none is stated.
    pub channels: u8,
    /// The format parameters (`a=fmtp`), if there are any.
    pub parameters: Option<String>,
}

impl Codec {
    /// G.711 µ-law at 8,000 Hz, payload type 0.
    pub fn pcmu() -> Codec {
        Codec::new(0, "PCMU", 8_000)
    }

    /// G.711 A-law at 8,000 Hz, payload type 8.
    pub fn pcma() -> Codec {
        Codec::new(8, "PCMA", 8_000)
    }

    /// Digits as events (RFC 4733) at 8,000 Hz, events 0 to 15.
    pub fn telephone_event(payload_type: u8) -> Codec {
        Codec {
            parameters: Some("0-15".to_owned()),
            ..Codec::new(payload_type, "telephone-event", 8_000)
        }
    }

    /// A format with one channel and without parameters.
    pub fn new(payload_type: u8, name: &str, clock_rate: u32) -> Codec {
        Codec {
            payload_type,
            name: name.to_owned(),
            clock_rate,
            channels: 1,
            parameters: None,
        }
    }

    /// Whether both name the same encoding: names without regard to case, clock rate, channels. Payload types may differ.
    pub fn matches(&self, other: &Codec) -> bool {
        self.name.eq_ignore_ascii_case(&other.name)
            && self.clock_rate == other.clock_rate
            && self.channels == other.channels
    }

    /// Whether this is RFC 4733 `telephone-event`, which carries digits rather than sound.
    pub fn is_telephone_event(&self) -> bool {
        self.name.eq_ignore_ascii_case("telephone-event")
    }

    /// Whether this format carries sound, not digits or comfort noise (RFC 3389).
    pub fn carries_sound(&self) -> bool {
        !self.is_telephone_event() && !self.name.eq_ignore_ascii_case("CN")
    }

    /// The format that a payload type means when no `a=rtpmap` says otherwise (RFC 3551 §6).
    pub fn well_known(payload_type: u8) -> Option<Codec> {
        let (name, clock_rate) = match payload_type {
            0 => ("PCMU", 8_000),
            3 => ("GSM", 8_000),
            4 => ("G723", 8_000),
            5 => ("DVI4", 8_000),
            7 => ("LPC", 8_000),
            8 => ("PCMA", 8_000),
            9 => ("G722", 8_000),
            13 => ("CN", 8_000),
            15 => ("G728", 8_000),
            18 => ("G729", 8_000),
            _ => return None,
        };
        Some(Codec::new(payload_type, name, clock_rate))
    }
}
