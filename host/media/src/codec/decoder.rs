//! Payloads to samples, whatever the encoding. A decoder keeps the state of one stream.

use crate::codec::encoding::Encoding;
use crate::codec::error::CodecError;
use crate::codec::g711::Law;
use crate::limits;

/// Decodes one stream.
pub struct Decoder {
    encoding: Encoding,
    rate: u32,
    kind: Kind,
}

enum Kind {
    G711(Law),
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
            _ => return Err(CodecError::Unavailable),
        };
        Ok(Decoder {
            encoding,
            rate,
            kind,
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
        match &mut self.kind {
            Kind::G711(law) => out.extend(payload.iter().map(|byte| law.decode(*byte))),
        }
        Ok(())
    }

    /// Appends `samples` samples that stand for a lost stretch.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        out.extend(std::iter::repeat_n(0, samples));
    }

    /// As [`Decoder::conceal`], with the help of the payload that follows the lost one, where it carries a copy of what was lost
    /// (Opus with in-band FEC). That payload is still to be decoded afterwards.
    pub fn recover(&mut self, _following: &[u8], samples: usize, out: &mut Vec<i16>) {
        self.conceal(samples, out);
    }
}
