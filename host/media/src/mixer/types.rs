//! Who hears whom in a room, and what a member hears: plain values.

/// A member of a room; no other member of that room ever has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(pub(crate) u64);

/// Who hears a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Audience {
    /// All others.
    #[default]
    Everybody,
    /// Nobody: it is muted.
    Nobody,
    /// This member and no other.
    Only(MemberId),
}

/// What holds for a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Who hears it.
    pub audience: Audience,
    /// Whether it hears those who speak to it.
    pub hears: bool,
}

impl Default for Standing {
    fn default() -> Standing {
        Standing {
            audience: Audience::Everybody,
            hears: true,
        }
    }
}

/// Which of a room's streams a member hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// Everything that is said to everybody: the same for all who hear it.
    Common,
    /// One of its own.
    Own(MemberId),
}

/// What a member hears in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard<'m> {
    /// Which stream it is part of.
    pub stream: Stream,
    /// The samples, as many as [`crate::mixer::Mixer::frame`] says.
    pub samples: &'m [i16],
    /// Whether they are nothing but silence.
    pub is_silent: bool,
}

/// Why somebody cannot become a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixerError {
    /// There are [`crate::limits::ROOM_MEMBERS`] of them.
    Full,
}

impl std::fmt::Display for MixerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MixerError::Full => f.write_str("the room is full"),
        }
    }
}

impl std::error::Error for MixerError {}
