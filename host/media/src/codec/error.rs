//! What goes wrong with a codec.

use std::fmt;

/// Why something was not encoded or decoded. The state of the codec is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecError {
    /// This encoding is not part of this build (see `Encoding::is_available`).
    Unavailable,
    /// The encoding does not work at this sample rate (see `Encoding::rates`).
    Rate,
    /// The payload is none of this encoding, or holds more than [`crate::limits::PAYLOAD_MILLISECONDS`] of sound. It counts as lost.
    Payload,
    /// The samples to encode are not a whole number of the encoding's frames.
    Frame,
}

impl fmt::Display for CodecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            CodecError::Unavailable => "this encoding is not part of this build",
            CodecError::Rate => "this encoding does not work at this sample rate",
            CodecError::Payload => "the payload cannot be decoded",
            CodecError::Frame => "the samples are not a whole number of frames",
        })
    }
}

impl std::error::Error for CodecError {}
