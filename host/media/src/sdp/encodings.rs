//! A set of encodings: those that may be turned into each other for a call. It fits into a byte.

use crate::codec::Encoding;

/// A set of encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Encodings(u8);

impl Encodings {
    /// None: nothing is transcoded.
    pub const NONE: Encodings = Encodings(0);

    /// All that this build can decode and encode.
    pub fn available() -> Encodings {
        let all = Encoding::ALL.into_iter();
        all.filter(|encoding| encoding.is_available()).collect()
    }

    /// Whether an encoding is among them.
    pub fn contains(self, encoding: Encoding) -> bool {
        self.0 & bit(encoding) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub fn common(self, other: Encodings) -> Encodings {
        Encodings(self.0 & other.0)
    }
}

impl FromIterator<Encoding> for Encodings {
    fn from_iter<I: IntoIterator<Item = Encoding>>(encodings: I) -> Encodings {
        let add = |set: u8, encoding| set | bit(encoding);
        Encodings(encodings.into_iter().fold(0, add))
    }
}

fn bit(encoding: Encoding) -> u8 {
    1 << (encoding as u8)
}
