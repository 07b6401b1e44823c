//! Recordings as pure state: from the packets of a call, as they arrive, to samples on one clock. Who records what, and where
//! it is written, is the shell's.

pub mod level;
pub mod line;
pub mod sound;
pub mod take;
pub mod track;
pub mod wav;

/// A channel of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// What the side says.
    Left,
    /// What it hears.
    Right,
}
