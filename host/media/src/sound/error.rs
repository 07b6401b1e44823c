//! Why there is no sound.

use std::fmt;

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundError {
    /// No format that is read here.
    Unknown,
    /// A format that is read here, with something in it that is not. The text says what.
    Unsupported(String),
    /// Not what its format says. The text says where it is wrong.
    Damaged(String),
    /// Longer than it may be.
    TooLong {
        /// The longest that is allowed: seconds.
        seconds: u32,
    },
    /// More bytes than are read.
    TooLarge {
        /// The most that is allowed: bytes.
        bytes: usize,
    },
    /// It has no samples.
    Empty,
}

impl fmt::Display for SoundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SoundError::Unknown => f.write_str(
                "it is neither WAV, MP3, FLAC nor Ogg Vorbis, and has no name that says what it is",
            ),
            SoundError::Unsupported(what) => write!(f, "{what} is not supported"),
            SoundError::Damaged(what) => write!(f, "it is damaged: {what}"),
            SoundError::TooLong { seconds } => {
                write!(f, "it is longer than {seconds} seconds")
            }
            SoundError::TooLarge { bytes } => write!(f, "it is larger than {bytes} bytes"),
            SoundError::Empty => f.write_str("it holds no sound"),
        }
    }
}

impl std::error::Error for SoundError {}
