//! What the exchange has the media shell do, and what the shell says of it. Audio never comes here.

use std::sync::Arc;
use std::time::Duration;

use switchhook_media::relay::{Side, Statistics};
use switchhook_media::sdp::RemoteMedia;
use switchhook_routing::prompt::Prompt;

use crate::keys::{MediaPorts, SessionId};

/// What to do to the media.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaCommand {
    /// Relay between these ports.
    Open {
        /// The session.
        session: SessionId,
        /// The ports that the caller's media arrives at.
        caller: MediaPorts,
        /// The ports that the called side's media arrives at.
        callee: MediaPorts,
    },
    /// One side's address is known, or has changed.
    SetRemote {
        /// The session.
        session: SessionId,
        /// The side.
        side: Side,
        /// Where its SDP says that media goes, and in which formats.
        remote: RemoteMedia,
    },
    /// Stop relaying; the ports are the shell's again. `MediaEvent::Closed` answers.
    Close {
        /// The session.
        session: SessionId,
    },
    /// Bind more ports and grant them with `Input::PortsGranted`; fewer, or none, if there are no more.
    WantPorts {
        /// Of which address family.
        ipv6: bool,
        /// How many pairs (RTP and RTCP).
        count: usize,
    },
    /// Do this for one side of a session that is open.
    Side {
        /// The session.
        session: SessionId,
        /// The side.
        side: Side,
        /// What.
        order: SideOrder,
    },
}

/// What is done for one side of a session.
#[derive(Debug, Clone, PartialEq)]
pub enum SideOrder {
    /// Play this to the side, in place of what it heard: of the other side, or of an earlier `Play`, which ends unheard.
    /// `MediaEvent::PlayEnded` follows exactly once, unless the session is closed.
    Play {
        /// Names the end of it.
        play: PlayId,
        /// What.
        playback: Playback,
    },
    /// Stop what is played. `MediaEvent::PlayEnded` says that it was stopped.
    StopPlay,
    /// From now on say with `MediaEvent::Key` which keys the side presses: by RTP events (RFC 4733), or as tones in its audio if
    /// it has agreed on no events. SIP INFO does not come here.
    Listen(bool),
    /// Send keys to the side: as RTP events, or as tones if it takes none. `MediaEvent::KeysSent` follows.
    SendKeys {
        /// `0123456789*#ABCD`, and `,` for half a second of silence.
        keys: String,
        /// How long each is.
        length: Duration,
    },
    /// Begin to record. `MediaEvent::RecordingEnded` follows exactly once.
    Record(Box<RecordingOrder>),
    /// Leave out what follows (`true`), or go on (`false`).
    PauseRecording(RecordingId, bool),
    /// End a recording.
    StopRecording(RecordingId),
    /// Put the side into a conference room: it hears the others there and no longer the other side of its session.
    /// `MediaEvent::RoomLeft` says when it is out again.
    Join(Box<Joining>),
    /// Take it out of its room.
    Leave,
    /// What holds for a member of a room changes.
    Membership(Membership),
}

/// Something that is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayId(pub u64);

/// A recording; its name is [`RecordingOrder::name`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordingId(pub u64);

/// What is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Playback {
    /// One after another.
    pub prompts: Arc<[Prompt]>,
    /// How often all of it; `None`: until it is stopped (music).
    pub times: Option<u8>,
    /// The domain, whose language and country hold where a prompt names none.
    pub domain: Arc<str>,
}

/// How a recording is made.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingOrder {
    /// Names what is said of it.
    pub recording: RecordingId,
    /// The domain that it belongs to.
    pub domain: Arc<str>,
    /// Its name: unique, safe as the name of a file, without extension.
    pub name: String,
    /// When it begins: milliseconds since the Unix epoch.
    pub at: u64,
    /// Whose call it is of.
    pub call: RecordedCall,
    /// What is recorded.
    pub what: Recorded,
}

/// What is known of a call that is recorded, and kept with a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordedCall {
    /// The switch's identifier of the call.
    pub call_id: String,
    /// The calling number; empty: it is withheld.
    pub caller: String,
    /// The display name of the caller; empty: there is none, or it is withheld.
    pub caller_name: String,
    /// The number that was called.
    pub callee: String,
}

/// The mailbox that something is recorded for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxOrder {
    /// Its name in the domain.
    pub mailbox: String,
    /// Whether it is its greeting; else it is a message for it.
    pub is_greeting: bool,
}

/// What is recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// The call: on the left what the side of the order says, on the right what it hears.
    Call,
    /// A message that the side speaks.
    Message {
        /// It ends after so long.
        longest: Duration,
        /// It ends after so much silence; what was silent at its end is cut off.
        silence: Duration,
        /// The mailbox that it goes into, instead of the folder of recordings.
        mailbox: Option<MailboxOrder>,
    },
}

/// A conference room and how somebody takes part in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Joining {
    /// The domain of the room.
    pub domain: Arc<str>,
    /// The room.
    pub room: RoomName,
    /// What holds for the member.
    pub membership: Membership,
    /// What the member hears while nobody else is there, or until the conference begins.
    pub music: Option<Playback>,
    /// What all members hear when this one has come.
    pub entry: Option<Playback>,
    /// What all others hear when it has gone.
    pub exit: Option<Playback>,
}

/// A room of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoomName {
    /// A conference.
    Conference(String),
    /// The two sides of a call, and who supervises it: the call's session.
    Supervised(SessionId),
}

/// What holds for a member of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Membership {
    /// Whether the others do not hear it.
    pub muted: bool,
    /// Whether it hears nobody yet (the conference has not begun).
    pub waits: bool,
    /// The one member that hears it; `None`: all do. `muted` goes before.
    pub whispers_to: Option<(SessionId, Side)>,
}

/// What happened to a media session.
#[derive(Debug, Clone)]
pub enum MediaEvent {
    /// Nothing came from this side for too long: the call is ended.
    Timeout {
        /// The silent side.
        side: Side,
    },
    /// A side that is listened to has pressed a key.
    Key {
        /// The side.
        side: Side,
        /// `0123456789*#ABCD`.
        key: char,
    },
    /// What was played is over.
    PlayEnded {
        /// The side.
        side: Side,
        /// Which.
        play: PlayId,
        /// How it ended.
        end: PlayEnd,
    },
    /// The keys were sent.
    KeysSent {
        /// The side.
        side: Side,
    },
    /// A recording is over.
    RecordingEnded {
        /// Which.
        recording: RecordingId,
        /// What came of it.
        end: RecordingEnd,
    },
    /// A side is in its room no longer.
    RoomLeft {
        /// The side.
        side: Side,
    },
    /// The session was closed, as asked; its ports are the shell's again. It is always the last event.
    Closed(Statistics),
}

/// How something that was played ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlayEnd {
    /// All of it was played.
    Completed,
    /// It was stopped.
    Stopped,
    /// None of it, or not all of it, could be played. The text says why.
    Failed(String),
}

impl PlayEnd {
    /// Whether it could not be played.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self, PlayEnd::Failed(_))
    }
}

/// What is done with the recording of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingWish {
    /// Record from now on; one that was paused goes on.
    Start,
    /// Leave out what follows.
    Pause,
    /// End it.
    Stop,
}

/// What came of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingEnd {
    /// Why it ended.
    pub why: RecordingStop,
    /// How much was recorded: without pauses, without the silence at its end.
    pub length: Duration,
    /// Where it can be fetched; `None`: nothing was kept.
    pub url: Option<String>,
    /// `wav` or `opus`.
    pub format: &'static str,
}

/// Why a recording ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingStop {
    /// It was told to, or its session was closed.
    Stopped,
    /// The caller was silent for as long as it may be.
    Silence,
    /// It is as long as it may be.
    Longest,
    /// It could not be written. The text says why.
    Failed(String),
}
