//! GSM 06.10 decoding (§4.3).

use crate::codec::error::CodecError;

use super::arithmetic::product;
use super::filter::Filter;
use super::frame::Frame;
use super::residual::restore;
use super::{FRAME_BYTES, FRAME_SAMPLES, PART_SAMPLES};

/// Table 4.3b: the gains of the long-term predictor.
pub(super) const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];

/// Decodes one stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    filter: Filter,
    /// The excitation of the last 120 samples.
    past: [i16; 120],
    lag: i16,
    deemphasis: i16,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            filter: Filter::default(),
            past: [0; 120],
            lag: 40,
            deemphasis: 0,
        }
    }
}

impl Decoder {
    /// Appends the samples of a payload's frames.
    ///
    /// # Errors
    /// [`CodecError::Payload`]: not whole frames, or one without the signature of RTP. Nothing was appended.
    pub fn decode_all(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        let (payloads, rest) = payload.as_chunks::<FRAME_BYTES>();
        let frames: Option<Vec<Frame>> = payloads.iter().map(Frame::read).collect();
        let frames = frames.filter(|frames| rest.is_empty() && !frames.is_empty());
        for frame in frames.ok_or(CodecError::Payload)? {
            self.decode(&frame, out);
        }
        Ok(())
    }

    fn decode(&mut self, frame: &Frame, out: &mut Vec<i16>) {
        let mut excitation = [0; FRAME_SAMPLES];
        let (parts, _) = excitation.as_chunks_mut::<PART_SAMPLES>();
        for (place, part) in parts.iter_mut().zip(&frame.parts) {
            // §4.3.2: a lag out of range means that of the part before.
            if (40..=120).contains(&part.lag) {
                self.lag = part.lag;
            }
            let gain = usize::try_from(part.gain).unwrap_or(0);
            let gain = GAINS.get(gain).copied().unwrap_or(0);
            let start = 120 - usize::try_from(self.lag).unwrap_or(40);
            let residual = restore(part);
            for ((sample, residual), old) in place
                .iter_mut()
                .zip(residual)
                .zip(self.past.iter().skip(start))
            {
                *sample = residual.saturating_add(product(gain, *old));
            }
            remember(&mut self.past, place);
        }
        self.filter.synthesise(&frame.reflection, &mut excitation);
        out.extend(excitation.iter().map(|sample| {
            // §4.3.5 to §4.3.7
            self.deemphasis = sample.saturating_add(product(self.deemphasis, 28_180));
            self.deemphasis.saturating_add(self.deemphasis) & !7
        }));
    }
}

/// Moves `past` on by a part.
pub(super) fn remember(past: &mut [i16; 120], part: &[i16; PART_SAMPLES]) {
    past.copy_within(PART_SAMPLES.., 0);
    for (place, sample) in past.iter_mut().rev().zip(part.iter().rev()) {
        *place = *sample;
    }
}
