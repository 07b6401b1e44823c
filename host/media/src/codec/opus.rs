//! Opus by the library of its authors (libopus, RFC 6716), as RTP carries it (RFC 7587): one channel, any of its sample rates.

use ::opus::{Application, Bandwidth, Bitrate, Channels};

use crate::codec::error::CodecError;
use crate::codec::parameters::Parameters;

/// The largest payload that is made: bytes. A frame of Opus is never larger (RFC 6716 §3.2.1).
const LARGEST: usize = 1_275;
/// Payloads of up to so many bytes say that nothing has to be said.
const SILENCE: usize = 2;
/// The longest payload, in units of 2.5 ms: 120 ms (RFC 6716 §3.4 R5).
const MOST_UNITS: usize = 48;

/// Encodes one stream.
pub(super) struct Encoder {
    inner: ::opus::Encoder,
    silence_suppression: bool,
}

impl Encoder {
    /// An encoder for speech at `rate` Hz.
    pub(super) fn new(rate: u32, parameters: &Parameters) -> Result<Encoder, CodecError> {
        configured(rate, parameters).map_err(|_| CodecError::Unavailable)
    }

    /// Appends the payload of 10, 20, 40 or 60 ms, or nothing in silence.
    pub(super) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let mut payload = [0; LARGEST];
        let encoded = self.inner.encode(samples, &mut payload);
        let length = encoded.map_err(|_| CodecError::Frame)?;
        if !self.silence_suppression || length > SILENCE {
            out.extend_from_slice(payload.get(..length).unwrap_or(&[]));
        }
        Ok(())
    }
}

fn configured(rate: u32, parameters: &Parameters) -> ::opus::Result<Encoder> {
    let mut inner = ::opus::Encoder::new(rate, Channels::Mono, Application::Voip)?;
    let heard = parameters.playback_rate.map_or(rate, |most| most.min(rate));
    // The lower ends of what RFC 7587 §3.1.1 recommends for speech, with room for in-band recovery.
    let (bandwidth, suited) = match heard {
        ..12_000 => (Bandwidth::Narrowband, 16_000),
        12_000..16_000 => (Bandwidth::Mediumband, 20_000),
        16_000..24_000 => (Bandwidth::Wideband, 24_000),
        24_000..48_000 => (Bandwidth::Superwideband, 28_000),
        _ => (Bandwidth::Fullband, 32_000),
    };
    inner.set_max_bandwidth(bandwidth)?;
    let bits = parameters.bits_per_second.map_or(suited, |most| {
        suited.min(i32::try_from(most).unwrap_or(suited))
    });
    inner.set_bitrate(Bitrate::Bits(bits))?;
    inner.set_inband_fec(parameters.recovery)?;
    inner.set_packet_loss_perc(i32::from(parameters.loss_percent.min(100)))?;
    inner.set_dtx(parameters.silence_suppression)?;
    inner.set_vbr(!parameters.constant_rate)?;
    Ok(Encoder {
        inner,
        silence_suppression: parameters.silence_suppression,
    })
}

/// Decodes one stream.
pub(super) struct Decoder {
    inner: ::opus::Decoder,
    /// The samples of 2.5 ms, the unit of all lengths.
    unit: usize,
}

impl Decoder {
    /// A decoder that gives `rate` samples per second.
    pub(super) fn new(rate: u32) -> Result<Decoder, CodecError> {
        let inner =
            ::opus::Decoder::new(rate, Channels::Mono).map_err(|_| CodecError::Unavailable)?;
        let unit = usize::try_from(rate / 400).unwrap_or(1);
        Ok(Decoder { inner, unit })
    }

    /// Appends the samples of a payload: at most 120 ms.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> Result<(), CodecError> {
        if payload.is_empty() {
            return Err(CodecError::Payload);
        }
        let most = self.unit * MOST_UNITS;
        self.append(payload, most, false, out)
            .map_err(|_| CodecError::Payload)
    }

    /// Appends `samples` samples that stand for a lost stretch.
    pub(super) fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        while out.len() < end {
            let units = (end - out.len()).div_ceil(self.unit).min(MOST_UNITS);
            if self.append(&[], units * self.unit, false, out).is_err() {
                break;
            }
        }
        out.resize(end, 0);
    }

    /// As `conceal`, the end of it from what `following` says of it.
    pub(super) fn recover(&mut self, following: &[u8], samples: usize, out: &mut Vec<i16>) {
        let end = out.len() + samples;
        let known = (samples - samples % self.unit).min(self.unit * MOST_UNITS);
        if !following.is_empty() && known > 0 {
            self.conceal(samples - known, out);
            // An error leaves the stretch to what follows.
            let _ = self.append(following, known, true, out);
        }
        self.conceal(end.saturating_sub(out.len()), out);
        out.truncate(end);
    }

    fn append(
        &mut self,
        payload: &[u8],
        room: usize,
        recovery: bool,
        out: &mut Vec<i16>,
    ) -> ::opus::Result<()> {
        let start = out.len();
        out.resize(start + room, 0);
        let place = out.get_mut(start..).unwrap_or(&mut []);
        let decoded = self.inner.decode(payload, place, recovery);
        out.truncate(start + decoded.as_ref().map_or(0, |samples| *samples));
        decoded.map(|_| ())
    }
}
