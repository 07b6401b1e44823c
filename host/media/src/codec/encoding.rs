//! The encodings that the switch can turn into samples, and what RTP and SDP say of each. Coding itself is in
//! [`crate::codec::Decoder`] and [`crate::codec::Encoder`].

use crate::sdp::codec::Codec;

/// An audio encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722 at 64 kbit/s: wideband.
    G722,
    /// Opus (RFC 6716, RFC 7587): any bandwidth.
    Opus,
    /// GSM 06.10 full rate.
    Gsm,
    /// G.729 annex A, with the comfort noise of annex B.
    G729,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Encoding; 6] = [
        Encoding::Pcmu,
        Encoding::Pcma,
        Encoding::G722,
        Encoding::Opus,
        Encoding::Gsm,
        Encoding::G729,
    ];

    /// The encoding of a name in `a=rtpmap`, without regard to case.
    pub fn named(name: &str) -> Option<Encoding> {
        Encoding::ALL
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }

    /// The encoding that a payload format means: name, clock rate and channels must be those of the encoding.
    pub fn of(codec: &Codec) -> Option<Encoding> {
        Encoding::named(&codec.name).filter(|encoding| {
            codec.clock_rate == encoding.clock_rate() && codec.channels == encoding.channels()
        })
    }

    /// The name in `a=rtpmap` (RFC 3551 §6, RFC 7587 §7).
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Pcmu => "PCMU",
            Encoding::Pcma => "PCMA",
            Encoding::G722 => "G722",
            Encoding::Opus => "opus",
            Encoding::Gsm => "GSM",
            Encoding::G729 => "G729",
        }
    }

    /// The clock rate of RTP timestamps in Hz. That of G.722 is 8,000, half of its sample rate (RFC 3551 §4.5.2).
    pub fn clock_rate(self) -> u32 {
        match self {
            Encoding::Opus => 48_000,
            _ => 8_000,
        }
    }

    /// The channels that `a=rtpmap` states. Opus says 2 whatever is sent (RFC 7587 §7); we decode to and encode one.
    pub fn channels(self) -> u8 {
        match self {
            Encoding::Opus => 2,
            _ => 1,
        }
    }

    /// The sample rate of the sound in Hz; the best one where there are several.
    pub fn sample_rate(self) -> u32 {
        match self {
            Encoding::Opus => 48_000,
            Encoding::G722 => 16_000,
            _ => 8_000,
        }
    }

    /// The sample rates in Hz that decoders and encoders can be made for.
    pub fn rates(self) -> &'static [u32] {
        match self {
            Encoding::Opus => &[8_000, 12_000, 16_000, 24_000, 48_000],
            Encoding::G722 => &[16_000],
            _ => &[8_000],
        }
    }

    /// The payload type that needs no `a=rtpmap` (RFC 3551 §6). Opus has none.
    pub fn payload_type(self) -> Option<u8> {
        match self {
            Encoding::Pcmu => Some(0),
            Encoding::Pcma => Some(8),
            Encoding::G722 => Some(9),
            Encoding::Opus => None,
            Encoding::Gsm => Some(3),
            Encoding::G729 => Some(18),
        }
    }

    /// How it is written in SDP under a payload type, without parameters.
    pub fn format(self, payload_type: u8) -> Codec {
        Codec {
            channels: self.channels(),
            ..Codec::new(payload_type, self.name(), self.clock_rate())
        }
    }

    /// Whether this build can decode and encode it. Others can still be relayed.
    pub fn is_available(self) -> bool {
        match self {
            Encoding::Opus => cfg!(feature = "opus"),
            Encoding::G729 => cfg!(feature = "g729"),
            _ => true,
        }
    }

    /// How much sound a payload holds, in ticks of the RTP clock. None: it is no payload of this encoding. A payload that a
    /// decoder then refuses may have a length here all the same.
    pub fn ticks(self, payload: &[u8]) -> Option<u32> {
        let bytes = u32::try_from(payload.len()).ok()?;
        match self {
            Encoding::Pcmu | Encoding::Pcma | Encoding::G722 => (bytes > 0).then_some(bytes),
            Encoding::Gsm => (bytes > 0 && bytes % 33 == 0).then_some(bytes / 33 * 160),
            Encoding::G729 => g729_ticks(bytes),
            Encoding::Opus => opus_ticks(payload),
        }
    }
}

/// Frames of ten bytes and 10 ms, a silence descriptor of two bytes perhaps after them (RFC 3551 §4.5.6).
fn g729_ticks(bytes: u32) -> Option<u32> {
    let silence = match bytes % 10 {
        0 => 0,
        2 => 80,
        _ => return None,
    };
    (bytes > 0).then_some(bytes / 10 * 80 + silence)
}

/// RFC 6716 §3.1 and §3.2: the first byte tells the length of a frame and how their number is told.
fn opus_ticks(payload: &[u8]) -> Option<u32> {
    let first = *payload.first()?;
    let configuration = first >> 3;
    let frame = match (configuration, configuration & 3) {
        (0..12, 0) => 480,
        (0..12, 1) => 960,
        (0..12, 2) => 1_920,
        (0..12, _) => 2_880,
        (12..16, 0 | 2) => 480,
        (12..16, _) => 960,
        (_, 0) => 120,
        (_, 1) => 240,
        (_, 2) => 480,
        _ => 960,
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1)? & 0x3f),
    };
    // At most 120 ms (RFC 6716 §3.4 R5).
    (1..=5_760)
        .contains(&(frame * frames))
        .then_some(frame * frames)
}
