//! What a recorder's thread is told.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use switchhook_media::recording::Channel;
use switchhook_media::recording::sound::Formats;
use switchhook_media::recording::take::Take;

use crate::recordings::tap::Teller;

/// Something to do.
pub(crate) enum Job {
    /// Begin a recording.
    Begin {
        number: u64,
        at: Instant,
        beginning: Box<Beginning>,
    },
    /// Something of a recording.
    Of {
        number: u64,
        at: Instant,
        what: What,
    },
    /// Complete what there is, and end.
    Quit,
}

/// A recording that begins.
pub(crate) struct Beginning {
    pub(crate) take: Take,
    /// The file that it will be.
    pub(crate) path: PathBuf,
    /// Where it can be fetched then.
    pub(crate) url: String,
    pub(crate) teller: Arc<Teller>,
    /// Whom the file belongs to, if it is not one of the recordings' folder.
    pub(crate) keeper: Option<Box<dyn Keeper>>,
}

/// Whom a recording belongs to that is not one of the recordings' folder. It is told on the recorder's threads and may wait for
/// the disk.
pub trait Keeper: Send {
    /// The recording begins.
    ///
    /// # Errors
    /// It cannot be kept, and is not made.
    fn begun(&mut self) -> io::Result<()>;
    /// Its file is complete and has so many milliseconds, or there is none. Nobody else was told yet.
    fn ended(self: Box<Self>, milliseconds: Option<u64>);
}

/// Something of a recording.
pub(crate) enum What {
    /// A packet.
    Packet { channel: Channel, bytes: Box<[u8]> },
    /// Other formats.
    Formats { channel: Channel, formats: Formats },
    /// Leave out what follows, or go on.
    Pause(bool),
    /// It ends.
    Stop,
}
