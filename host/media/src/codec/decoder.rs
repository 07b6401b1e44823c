//! Payloads to samples, whatever the encoding. A decoder keeps the state of one stream.

use std::fmt;

use crate::codec::concealment::Concealment;
use crate::codec::encoding::Encoding;
use crate::codec::error::CodecError;
use crate::codec::g711::Law;
use crate::codec::g722;
#[cfg(feature = "g729")]
use crate::codec::g729;
use crate::codec::gsm;
#[cfg(feature = "opus")]
use crate::codec::opus;
use crate::limits;

/// Decodes one stream.
pub struct Decoder {
    encoding: Encoding,
    rate: u32,
    kind: Kind,
    /// For those that cannot do it themselves.
    concealment: Concealment,
}

enum Kind {
    G711(Law),
    G722(Box<g722::Decoder>),
    Gsm(Box<gsm::Decoder>),
    #[cfg(feature = "opus")]
    Opus(opus::Decoder),
    #[cfg(feature = "g729")]
    G729(Box<g729::Decoder>),
}

impl Decoder {
    /// A decoder that gives samples at `rate` Hz, one of [`Encoding::rates`].
    ///
    /// # Errors
    /// [`CodecError::Unavailable`] or [`CodecError::Rate`].
    pub fn new(encoding: Encoding, rate: u32) -> Result<Decoder, CodecError> {
        if !encoding.rates().contains(&rate) {
            return Err(CodecError::Rate);
        }
        let kind = match encoding {
            Encoding::Pcmu => Kind::G711(Law::Mu),
            Encoding::Pcma => Kind::G711(Law::A),
            Encoding::G722 => Kind::G722(Box::default()),
            Encoding::Gsm => Kind::Gsm(Box::default()),
            #[cfg(feature = "opus")]
            Encoding::Opus => Kind::Opus(opus::Decoder::new(rate)?),
            #[cfg(feature = "g729")]
            Encoding::G729 => Kind::G729(Box::new(g729::Decoder::new())),
            #[allow(unreachable_patterns, reason = "depends on the features")]
            _ => return Err(CodecError::Unavailable),
        };
        Ok(Decoder {
            encoding,
            rate,
            kind,
            concealment: Concealment::new(rate),
        })
    }

    /// What it decodes.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The samples per second that it gives.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Appends the samples of a payload to `out`: at most [`limits::PAYLOAD_MILLISECONDS`] of them, whatever the payload is.
    ///
    /// # Errors
    /// [`CodecError::Payload`]: nothing was appended; call [`Decoder::conceal`] in its place.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        let ticks = self.encoding.ticks(payload).ok_or(CodecError::Payload)?;
        if ticks > self.encoding.clock_rate() / 1_000 * limits::PAYLOAD_MILLISECONDS {
            return Err(CodecError::Payload);
        }
        let start = out.len();
        match &mut self.kind {
            Kind::G711(law) => out.extend(payload.iter().map(|byte| law.decode(*byte))),
            Kind::G722(decoder) => decoder.decode(payload, out),
            Kind::Gsm(decoder) => decoder.decode_all(payload, out)?,
            #[cfg(feature = "opus")]
            Kind::Opus(decoder) => return decoder.decode(payload, out),
            #[cfg(feature = "g729")]
            Kind::G729(decoder) => return decoder.decode(payload, out),
        }
        self.concealment
            .heard(out.get_mut(start..).unwrap_or(&mut []));
        Ok(())
    }

    /// Appends `samples` samples that stand for a lost stretch, or for one in which the other side sent nothing because it was silent.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        match &mut self.kind {
            #[cfg(feature = "opus")]
            Kind::Opus(decoder) => decoder.conceal(samples, out),
            #[cfg(feature = "g729")]
            Kind::G729(decoder) => decoder.conceal(samples, out),
            _ => self.concealment.conceal(samples, out),
        }
    }

    /// As [`Decoder::conceal`], with the help of the payload that follows the lost one, where it carries a copy of what was lost
    /// (Opus with in-band FEC). That payload is still to be decoded afterwards.
    pub fn recover(&mut self, following: &[u8], samples: usize, out: &mut Vec<i16>) {
        match &mut self.kind {
            #[cfg(feature = "opus")]
            Kind::Opus(decoder) if self.encoding.ticks(following).is_some() => {
                decoder.recover(following, samples, out);
            }
            _ => self.conceal(samples, out),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Decoder({} at {})",
            self.encoding.name(),
            self.rate
        )
    }
}
