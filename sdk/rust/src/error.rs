//! The error that a plugin returns when it cannot decide: a text for the call's record.

use std::fmt;

/// Why a plugin cannot decide. The fallback of the route takes over, and the text is kept in the call's record (at most
/// 1,024 bytes of it), so leave secrets out.
///
/// Every error type of the standard kind turns into it, so `?` works on what parsers and the modules of this crate return.
pub struct Error(String);

impl Error {
    /// An error of this text.
    pub fn new(text: impl fmt::Display) -> Error {
        Error(text.to_string())
    }

    /// Puts words in front: what was being done when it happened.
    #[must_use]
    pub fn context(self, doing: impl fmt::Display) -> Error {
        Error(format!("{doing}: {}", self.0))
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

// Like `anyhow`: not itself a `std::error::Error`, so that the conversion below may cover all of those.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Error {
        Error(error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Error) -> bool {
        self.0 == other.0
    }
}
