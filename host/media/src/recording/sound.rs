//! The payloads of one stream as samples at the rate of the recording, whatever payload types it uses.

use crate::codec::{Decoder, Encoding, Resampler};

/// Payload types and what they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formats(Vec<(u8, Encoding)>);

impl Formats {
    /// Those that were agreed; the first of a payload type counts.
    pub fn new(agreed: impl IntoIterator<Item = (u8, Encoding)>) -> Formats {
        Formats(agreed.into_iter().collect())
    }

    /// What a payload type stands for: as agreed, else as RFC 3551 §6 says.
    pub fn encoding(&self, payload_type: u8) -> Option<Encoding> {
        let agreed = self.0.iter().find(|(number, _)| *number == payload_type);
        agreed.map(|(_, encoding)| *encoding).or_else(|| {
            let mut all = Encoding::ALL.into_iter();
            all.find(|encoding| encoding.payload_type() == Some(payload_type))
        })
    }

    /// The best sample rate of them in Hz.
    pub fn sample_rate(&self) -> u32 {
        let rates = self.0.iter().map(|(_, encoding)| encoding.sample_rate());
        rates.max().unwrap_or(8_000)
    }
}

/// Decodes the payloads of a stream.
pub(crate) struct Sound {
    rate: u32,
    decoder: Option<Decoder>,
    /// From the decoder's rate to the recording's, where they differ.
    resampler: Option<Resampler>,
    decoded: Vec<i16>,
}

impl Sound {
    pub(crate) fn new(rate: u32) -> Sound {
        Sound {
            rate,
            decoder: None,
            resampler: None,
            decoded: Vec::new(),
        }
    }

    /// Another stream begins: what the decoder remembers is not its past.
    pub(crate) fn restart(&mut self) {
        self.decoder = None;
    }

    /// Appends what a payload sounds like. `false`: it cannot be decoded.
    pub(crate) fn decode(
        &mut self,
        encoding: Encoding,
        payload: &[u8],
        out: &mut Vec<i16>,
    ) -> bool {
        if self.decoder.as_ref().map(Decoder::encoding) != Some(encoding) && !self.prepare(encoding)
        {
            return false;
        }
        let Some(decoder) = &mut self.decoder else {
            return false;
        };
        self.decoded.clear();
        if decoder.decode(payload, &mut self.decoded).is_err() {
            return false;
        }
        self.deliver(out);
        true
    }

    /// Appends about so many samples for what was lost; none if there is nothing to guess from.
    pub(crate) fn conceal(&mut self, samples: u64, out: &mut Vec<i16>) {
        let Some(decoder) = &mut self.decoder else {
            return;
        };
        let own = samples * u64::from(decoder.rate()) / u64::from(self.rate.max(1));
        self.decoded.clear();
        decoder.conceal(usize::try_from(own).unwrap_or(0), &mut self.decoded);
        self.deliver(out);
    }

    fn prepare(&mut self, encoding: Encoding) -> bool {
        let own = if encoding.rates().contains(&self.rate) {
            self.rate
        } else {
            encoding.sample_rate()
        };
        self.decoder = Decoder::new(encoding, own).ok();
        self.resampler = (own != self.rate).then(|| Resampler::new(own, self.rate));
        self.decoder.is_some()
    }

    fn deliver(&mut self, out: &mut Vec<i16>) {
        match &mut self.resampler {
            Some(resampler) => resampler.process(&self.decoded, out),
            None => out.extend(&self.decoded),
        }
    }
}
