//! The streams of a room as payloads: what several members hear in the same encoding is encoded once in a frame.

use crate::codec::{Encoder, Encoding, Parameters, Resampler};
use crate::mixer::types::{Heard, Stream};
use crate::terminal::receiver::best_rate;

/// For how many frames a stream that nobody hears is kept: 5 s.
const KEEP: u64 = 250;

/// The encoders of a room.
#[derive(Debug, Default)]
pub struct Streams {
    coders: Vec<Coder>,
    frame: u64,
    encoded: u64,
}

/// In which form a stream is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Payload(Encoding),
    /// Samples, so many a second.
    Samples(u32),
}

#[derive(Debug)]
struct Coder {
    stream: Stream,
    form: Form,
    /// The rate of the room when it was made.
    rate: u32,
    encoder: Option<Encoder>,
    /// What goes to the encoder, or out: samples per second.
    own: u32,
    resampler: Resampler,
    /// What came out of the resampler and belongs to the next frame.
    samples: Vec<i16>,
    frame: Vec<i16>,
    payload: Vec<u8>,
    /// The frame that the payload is of.
    made: u64,
}

impl Streams {
    /// The next 20 ms begin: what was encoded is over.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let frame = self.frame;
        self.coders.retain(|coder| frame - coder.made <= KEEP);
    }

    /// What is heard, in an encoding. `rate` is that of the room ([`crate::mixer::Mixer::rate`]). Empty: nothing is to be sent, or
    /// this build cannot encode so.
    pub fn payload(&mut self, heard: &Heard<'_>, encoding: Encoding, rate: u32) -> &[u8] {
        let coder = self.made(heard, Form::Payload(encoding), rate);
        coder.map_or(&[], |coder| &coder.payload)
    }

    /// What is heard as 20 ms of `wanted` samples per second; `rate` is that of the room.
    pub fn samples(&mut self, heard: &Heard<'_>, wanted: u32, rate: u32) -> &[i16] {
        let coder = self.made(heard, Form::Samples(wanted), rate);
        coder.map_or(&[], |coder| &coder.frame)
    }

    fn made(&mut self, heard: &Heard<'_>, form: Form, rate: u32) -> Option<&Coder> {
        let fits = |coder: &Coder| {
            coder.stream == heard.stream && coder.form == form && coder.rate == rate
        };
        let place = match self.coders.iter().position(fits) {
            Some(place) => place,
            None => {
                let coder = Coder::new(heard.stream, form, rate, self.frame);
                self.coders.push(coder);
                self.coders.len() - 1
            }
        };
        let coder = self.coders.get_mut(place)?;
        if coder.made != self.frame {
            coder.made = self.frame;
            coder.make(heard.samples);
            self.encoded += u64::from(coder.encoder.is_some());
        }
        Some(coder)
    }

    /// How many frames were encoded.
    pub fn encoded(&self) -> u64 {
        self.encoded
    }
}

impl Coder {
    fn new(stream: Stream, form: Form, rate: u32, frame: u64) -> Coder {
        let own = match form {
            Form::Payload(encoding) => best_rate(encoding, rate),
            Form::Samples(wanted) => wanted,
        };
        let encoder = match form {
            Form::Payload(encoding) => Encoder::new(encoding, own, &Parameters::default()).ok(),
            Form::Samples(_) => None,
        };
        Coder {
            stream,
            form,
            rate,
            encoder,
            resampler: Resampler::new(rate, own),
            own,
            samples: Vec::new(),
            frame: Vec::new(),
            payload: Vec::new(),
            // Not of this frame yet.
            made: frame.wrapping_sub(1),
        }
    }

    fn make(&mut self, heard: &[i16]) {
        self.resampler.process(heard, &mut self.samples);
        let wanted = usize::try_from(self.own / 50).unwrap_or(160);
        let rest = self.samples.split_off(wanted.min(self.samples.len()));
        self.frame = std::mem::replace(&mut self.samples, rest);
        self.frame.resize(wanted, 0);
        self.payload.clear();
        if let Some(encoder) = &mut self.encoder {
            // A frame that cannot be encoded is not sent.
            let _ = encoder.encode(&self.frame, &mut self.payload);
        }
    }
}
