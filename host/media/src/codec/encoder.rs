//! Samples to payloads, whatever the encoding. An encoder keeps the state of one stream.

use std::fmt;

use crate::codec::encoding::Encoding;
use crate::codec::error::CodecError;
use crate::codec::g711::Law;
use crate::codec::g722;
#[cfg(feature = "g729")]
use crate::codec::g729;
use crate::codec::gsm;
#[cfg(feature = "opus")]
use crate::codec::opus;
use crate::codec::parameters::Parameters;

/// Encodes one stream.
pub struct Encoder {
    encoding: Encoding,
    rate: u32,
    kind: Kind,
}

enum Kind {
    G711(Law),
    G722(Box<g722::Encoder>),
    Gsm(Box<gsm::Encoder>),
    #[cfg(feature = "opus")]
    Opus(opus::Encoder),
    #[cfg(feature = "g729")]
    G729(Box<g729::Encoder>),
}

impl Encoder {
    /// An encoder of samples at `rate` Hz, one of [`Encoding::rates`].
    ///
    /// # Errors
    /// [`CodecError::Unavailable`] or [`CodecError::Rate`].
    pub fn new(
        encoding: Encoding,
        rate: u32,
        parameters: &Parameters,
    ) -> Result<Encoder, CodecError> {
        if !encoding.rates().contains(&rate) {
            return Err(CodecError::Rate);
        }
        let kind = match encoding {
            Encoding::Pcmu => Kind::G711(Law::Mu),
            Encoding::Pcma => Kind::G711(Law::A),
            Encoding::G722 => Kind::G722(Box::default()),
            Encoding::Gsm => Kind::Gsm(Box::default()),
            #[cfg(feature = "opus")]
            Encoding::Opus => Kind::Opus(opus::Encoder::new(rate, parameters)?),
            #[cfg(feature = "g729")]
            Encoding::G729 => Kind::G729(Box::new(g729::Encoder::new())),
            #[allow(unreachable_patterns, reason = "depends on the features")]
            _ => return Err(CodecError::Unavailable),
        };
        Ok(Encoder {
            encoding,
            rate,
            kind,
        })
    }

    /// What it encodes to.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The samples per second that it takes.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Appends the payload of `samples` to `out`: 20 ms, or 10 (not GSM), 40 or 60. Nothing is appended, and nothing is to be sent, where
    /// silence is suppressed.
    ///
    /// # Errors
    /// [`CodecError::Frame`]: not such a number of samples; nothing was appended.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let unit = usize::try_from(self.rate / 100).unwrap_or(1);
        if !samples.len().is_multiple_of(unit) || !matches!(samples.len() / unit, 1 | 2 | 4 | 6) {
            return Err(CodecError::Frame);
        }
        match &mut self.kind {
            Kind::G711(law) => out.extend(samples.iter().map(|sample| law.encode(*sample))),
            Kind::G722(encoder) => encoder.encode(samples, out),
            Kind::Gsm(encoder) => encoder.encode_all(samples, out)?,
            #[cfg(feature = "opus")]
            Kind::Opus(encoder) => encoder.encode(samples, out)?,
            #[cfg(feature = "g729")]
            Kind::G729(encoder) => encoder.encode(samples, out)?,
        }
        Ok(())
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Encoder({} at {})",
            self.encoding.name(),
            self.rate
        )
    }
}
