//! Samples to payloads, whatever the encoding. An encoder keeps the state of one stream.

use crate::codec::encoding::Encoding;
use crate::codec::error::CodecError;
use crate::codec::g711::Law;
use crate::codec::parameters::Parameters;

/// Encodes one stream.
pub struct Encoder {
    encoding: Encoding,
    rate: u32,
    kind: Kind,
}

enum Kind {
    G711(Law),
}

impl Encoder {
    /// An encoder of samples at `rate` Hz, one of [`Encoding::rates`].
    ///
    /// # Errors
    /// [`CodecError::Unavailable`] or [`CodecError::Rate`].
    pub fn new(
        encoding: Encoding,
        rate: u32,
        _parameters: &Parameters,
    ) -> Result<Encoder, CodecError> {
        if !encoding.rates().contains(&rate) {
            return Err(CodecError::Rate);
        }
        let kind = match encoding {
            Encoding::Pcmu => Kind::G711(Law::Mu),
            Encoding::Pcma => Kind::G711(Law::A),
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

    /// Appends the payload of `samples` to `out`: 20 ms, or 10, 40 or 60 ms where the encoding allows it. Nothing is appended, and
    /// nothing is to be sent, where silence is suppressed.
    ///
    /// # Errors
    /// [`CodecError::Frame`]: not such a number of samples; nothing was appended.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), CodecError> {
        match &mut self.kind {
            Kind::G711(law) => out.extend(samples.iter().map(|sample| law.encode(*sample))),
        }
        Ok(())
    }
}
