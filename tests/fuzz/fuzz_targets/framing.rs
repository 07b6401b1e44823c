//! Any bytes as a stream, cut into reads of any length: the cut makes no difference to the frames, and none is larger than a message
//! may be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook_sip::framing::{Frame, Framer, FramingError};
use switchhook_sip::limits::MESSAGE_BYTES;

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (bytes, length) = input;
    let whole = frames(bytes.chunks(16 << 10));
    let cut = frames(bytes.chunks(usize::from(length) + 1));
    assert_eq!(whole, cut);
});

/// What comes out of these reads: the frames, and how it ended.
fn frames<'a>(reads: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, Option<FramingError>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for read in reads {
        framer.push(read);
        while let Some(frame) = framer.next() {
            match frame {
                Ok(frame) => {
                    if let Frame::Message(message) = &frame {
                        assert!(message.len() <= MESSAGE_BYTES);
                    }
                    frames.push(frame);
                }
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}
