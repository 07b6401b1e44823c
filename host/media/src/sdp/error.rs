//! Why a session description is refused.

use std::fmt;

/// Why a session description is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdpError {
    /// It is not SDP, or beyond our limits: answer 400.
    Malformed,
    /// It is SDP, but nothing in it can be relayed (no plain RTP audio, no common codec): answer 488.
    Unacceptable,
}

impl SdpError {
    /// The SIP status that refuses an offer with this error.
    pub fn status(self) -> u16 {
        match self {
            SdpError::Malformed => 400,
            SdpError::Unacceptable => 488,
        }
    }
}

impl fmt::Display for SdpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SdpError::Malformed => "malformed session description",
            SdpError::Unacceptable => "no acceptable audio in the session description",
        })
    }
}

impl std::error::Error for SdpError {}
