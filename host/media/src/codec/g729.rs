//! G.729 annex A at 8,000 samples per second, by the crate `g729-sys`; silence descriptors of annex B are understood, never sent. Part of a
//! build only with the feature `g729`: what that means for the licence of the program is said in `Cargo.toml`.

use g729_sys::{FRAME_SAMPLES, VOICE_FRAME_BYTES};

use crate::codec::error::CodecError;

/// Encodes one stream.
pub(super) struct Encoder {
    inner: g729_sys::Encoder,
}

impl Encoder {
    /// An encoder that sends all frames.
    pub(super) fn new() -> Encoder {
        Encoder {
            inner: g729_sys::Encoder::new(false),
        }
    }

    /// Appends ten bytes for every 10 ms.
    pub(super) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let (frames, rest) = samples.as_chunks::<FRAME_SAMPLES>();
        if !rest.is_empty() {
            return Err(CodecError::Frame);
        }
        for frame in frames {
            let mut bytes = [0; VOICE_FRAME_BYTES];
            self.inner.encode_into(frame, &mut bytes);
            out.extend_from_slice(&bytes);
        }
        Ok(())
    }
}

/// Decodes one stream.
pub(super) struct Decoder {
    inner: g729_sys::Decoder,
    /// The last frame was a silence descriptor: what is missing since then is silence, not lost.
    silent: bool,
}

impl Decoder {
    pub(super) fn new() -> Decoder {
        Decoder {
            inner: g729_sys::Decoder::new(),
            silent: false,
        }
    }

    /// Appends 80 samples for each frame: ten bytes each, two for a silence descriptor at the end.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        let (frames, rest) = payload.as_chunks::<VOICE_FRAME_BYTES>();
        if !matches!(rest.len(), 0 | 2) {
            return Err(CodecError::Payload);
        }
        for frame in frames {
            out.extend(self.inner.decode(frame, false, false, false));
        }
        self.silent = !rest.is_empty();
        if self.silent {
            out.extend(self.inner.decode(rest, false, true, false));
        }
        Ok(())
    }

    /// Appends `samples` samples that stand for a lost stretch, or for silence.
    pub(super) fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        while out.len() < end {
            out.extend(self.inner.decode(&[], !self.silent, self.silent, false));
        }
        out.truncate(end);
    }
}
