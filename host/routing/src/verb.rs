//! The verbs of a script: what the switch can be told to do with a call.

use crate::call::{Header, Variable};
use crate::prompt::Prompt;

/// What the switch does, one verb after another, for a call.
pub type Script = Vec<Verb>;

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Verb {
    /// Answer the caller's leg.
    Answer,
    /// Play prompts to the caller.
    Announce(Announce),
    /// Collect keys that the caller presses.
    Gather(Gather),
    /// Call one or more destinations. A script ends when one of them answered and the call is over.
    Connect(Connect),
    /// Let the caller wait in a queue for an agent.
    Enqueue(Enqueue),
    /// Let the caller leave a message.
    Voicemail(Voicemail),
    /// Record the call or a message.
    Record(Recording),
    /// Put the caller into a conference room.
    Conference(Conference),
    /// Exchange the audio of the call with a WebSocket server.
    Stream(MediaStream),
    /// Wait before the next verb.
    Pause(Pause),
    /// Send keys to the other side.
    SendDigits(SendDigits),
    /// Set a variable of the call.
    SetVariable(Variable),
    /// Let another plugin of the switch decide.
    Delegate(Delegate),
    /// Route the call anew, as if this number had been dialled.
    Redial(Redial),
    /// End the call with a final response; the script ends here.
    Respond(Respond),
}

/// The verbs by name.
#[derive(Debug, Clone, PartialEq, Eq, Copy, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum VerbName {
    /// [`Verb::Answer`]
    Answer,
    /// [`Verb::Announce`]
    Announce,
    /// [`Verb::Gather`]
    Gather,
    /// [`Verb::Connect`]
    Connect,
    /// [`Verb::Enqueue`]
    Enqueue,
    /// [`Verb::Voicemail`]
    Voicemail,
    /// [`Verb::Record`]
    Record,
    /// [`Verb::Conference`]
    Conference,
    /// [`Verb::Stream`]
    Stream,
    /// [`Verb::Pause`]
    Pause,
    /// [`Verb::SendDigits`]
    SendDigits,
    /// [`Verb::SetVariable`]
    SetVariable,
    /// [`Verb::Delegate`]
    Delegate,
    /// [`Verb::Redial`]
    Redial,
    /// [`Verb::Respond`]
    Respond,
}

impl Verb {
    /// Which verb it is.
    pub fn name(&self) -> VerbName {
        match self {
            Verb::Answer => VerbName::Answer,
            Verb::Announce(_) => VerbName::Announce,
            Verb::Gather(_) => VerbName::Gather,
            Verb::Connect(_) => VerbName::Connect,
            Verb::Enqueue(_) => VerbName::Enqueue,
            Verb::Voicemail(_) => VerbName::Voicemail,
            Verb::Record(_) => VerbName::Record,
            Verb::Conference(_) => VerbName::Conference,
            Verb::Stream(_) => VerbName::Stream,
            Verb::Pause(_) => VerbName::Pause,
            Verb::SendDigits(_) => VerbName::SendDigits,
            Verb::SetVariable(_) => VerbName::SetVariable,
            Verb::Delegate(_) => VerbName::Delegate,
            Verb::Redial(_) => VerbName::Redial,
            Verb::Respond(_) => VerbName::Respond,
        }
    }

    /// What is played in the course of it.
    pub fn prompts(&self) -> &[Prompt] {
        match self {
            Verb::Announce(verb) => &verb.prompts,
            Verb::Gather(verb) => &verb.prompts,
            Verb::Connect(verb) => verb.ringback.as_slice(),
            Verb::Enqueue(verb) => verb.music.as_slice(),
            Verb::Voicemail(verb) => verb.greeting.as_slice(),
            Verb::Conference(verb) => verb.music.as_slice(),
            _ => &[],
        }
    }

    /// The tag under which the plugin wants to be asked what follows.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Verb::Announce(verb) => verb.tag.as_deref(),
            Verb::Gather(verb) => verb.tag.as_deref(),
            Verb::Connect(verb) => verb.tag.as_deref(),
            Verb::Enqueue(verb) => verb.tag.as_deref(),
            Verb::Voicemail(verb) => verb.tag.as_deref(),
            Verb::Record(verb) => verb.tag.as_deref(),
            Verb::Conference(verb) => verb.tag.as_deref(),
            Verb::Stream(verb) => verb.tag.as_deref(),
            Verb::Pause(verb) => verb.tag.as_deref(),
            Verb::SendDigits(verb) => verb.tag.as_deref(),
            Verb::Answer
            | Verb::SetVariable(_)
            | Verb::Delegate(_)
            | Verb::Redial(_)
            | Verb::Respond(_) => None,
        }
    }
}

/// Play prompts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Announce {
    /// What is played, one after another.
    pub prompts: Vec<Prompt>,
    /// How often all of it is played.
    #[cfg_attr(
        feature = "serde",
        serde(default = "once", skip_serializing_if = "is_once")
    )]
    pub times: u8,
    /// Keys that end it; empty: none does.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "String::is_empty")
    )]
    pub stop_keys: String,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Collect keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Gather {
    /// What is played while the switch listens.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub prompts: Vec<Prompt>,
    /// How many keys at most.
    pub max_digits: u8,
    /// Keys that finish the input and are not part of it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "String::is_empty")
    )]
    pub finish_keys: String,
    /// How long the caller may take for the first key: milliseconds.
    #[cfg_attr(feature = "serde", serde(default = "first_digit"))]
    pub first_digit_milliseconds: u32,
    /// How long the caller may take between two keys: milliseconds.
    #[cfg_attr(feature = "serde", serde(default = "inter_digit"))]
    pub inter_digit_milliseconds: u32,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Call destinations, at once or one after another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Connect {
    /// Whom to call; at least one.
    pub targets: Vec<Target>,
    /// In what order.
    #[cfg_attr(feature = "serde", serde(default))]
    pub strategy: Strategy,
    /// How long all of it may take: seconds. `None`: the domain's ring time.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub timeout_seconds: Option<u32>,
    /// The number shown to the called side instead of the caller's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub caller_id: Option<String>,
    /// The display name shown to the called side instead of the caller's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub caller_name: Option<String>,
    /// What the caller hears while it rings; `None`: what the called side sends, and, if the caller is answered already, the
    /// ringing tone.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ringback: Option<Prompt>,
    /// Whether the next verb follows when the called side hangs up, instead of the call being over.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub keep_caller: bool,
    /// Whether to connect although an earlier connect of the script was answered.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub reconnect: bool,
    /// A name for this connection in events.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub label: Option<String>,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
    /// Header fields added to the INVITE of every target.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub headers: Vec<Header>,
}

/// One destination of a [`Connect`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Target {
    /// Who or what is called.
    pub endpoint: Endpoint,
    /// How long this destination may ring: seconds. `None`: as long as the whole [`Connect`] may take.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub ring_seconds: Option<u32>,
}

/// Who or what a [`Target`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Endpoint {
    /// Every contact that this client of the domain has registered.
    Client(String),
    /// A number reached through a trunk of the domain.
    Trunk(TrunkNumber),
    /// A SIP URI.
    Uri(String),
    /// The members of a ring group of the domain, by its name.
    RingGroup(String),
}

/// A number behind a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct TrunkNumber {
    /// The name of the trunk.
    pub trunk: String,
    /// The number to call there.
    pub number: String,
}

/// In what order the targets of a [`Connect`] are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Strategy {
    /// All at once; the first that answers gets the call, the others are cancelled.
    #[default]
    Simultaneous,
    /// One after another, in the order given.
    Sequential,
    /// One after another, beginning with the one after the one that was first the last time.
    RoundRobin,
    /// One after another, in a random order.
    Random,
    /// One after another, the client first whose last call has been over for the longest time.
    LongestIdle,
}

/// Let the caller wait for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Enqueue {
    /// The name of a queue of the domain.
    pub queue: String,
    /// Skills that the agent must have.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub skills: Vec<String>,
    /// Whoever has more is served first.
    #[cfg_attr(feature = "serde", serde(default))]
    pub priority: i16,
    /// How long the caller waits at most: seconds; `None`: as the queue says.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub timeout_seconds: Option<u32>,
    /// What the waiting caller hears; `None`: as the queue says.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub music: Option<Prompt>,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Leave a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Voicemail {
    /// The mailbox of the domain.
    pub mailbox: String,
    /// What is played first; `None`: the mailbox's own greeting.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub greeting: Option<Prompt>,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Recording {
    /// What to do.
    pub action: RecordingAction,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// What a [`Recording`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum RecordingAction {
    /// Record the call from now on.
    Start,
    /// Leave out what follows.
    Pause,
    /// End the recording of the call.
    Stop,
    /// Record what the caller says, as a message.
    Message(Message),
}

/// A message that the caller speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Message {
    /// How long at most: seconds.
    pub max_seconds: u32,
    /// It ends after this much silence: seconds.
    pub silence_seconds: u32,
    /// Keys that end it; empty: none.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "String::is_empty")
    )]
    pub finish_keys: String,
    /// Whether a beep is played first.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub beep: bool,
}

/// Take part in a conference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Conference {
    /// The room: its name in the domain.
    pub room: String,
    /// Digits that the caller must press to enter.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub pin: Option<String>,
    /// Whether the caller can only listen.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub muted: bool,
    /// Whether the conference begins with this caller and ends without them.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_false"))]
    pub moderator: bool,
    /// What the caller hears until the conference begins.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub music: Option<Prompt>,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Audio over a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct MediaStream {
    /// A `wss:` or `ws:` URL.
    pub url: String,
    /// Which audio is sent there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub track: StreamTrack,
    /// What the server is told in the first message.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub parameters: Vec<Variable>,
    /// The tag to ask back under; without one the next verb follows at once.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Which audio of a call.
#[derive(Debug, Clone, PartialEq, Eq, Copy, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum StreamTrack {
    /// What the caller says.
    #[default]
    Caller,
    /// What the called side says.
    Callee,
    /// Both, each by itself.
    Both,
}

/// Send keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct SendDigits {
    /// The keys; `,` is half a second of silence.
    pub digits: String,
    /// How long each is: milliseconds; `None`: 100.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub digit_milliseconds: Option<u32>,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// A final response to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Respond {
    /// The status code: 300 to 699.
    pub status: u16,
    /// The reason phrase; the one of RFC 3261 if absent.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub reason: Option<String>,
    /// Header fields added to the response.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub headers: Vec<Header>,
}

/// Wait before the next verb.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Pause {
    /// How long: milliseconds.
    pub milliseconds: u32,
    /// The tag to ask back under.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub tag: Option<String>,
}

/// Let another plugin decide.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Delegate {
    /// The plugin's name in the configuration.
    pub plugin: String,
}

/// Route the call anew.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Redial {
    /// The number to route by, matched against the caller's own dialplan.
    pub callee: String,
}

#[cfg(feature = "serde")]
fn once() -> u8 {
    1
}

#[cfg(feature = "serde")]
fn is_once(times: &u8) -> bool {
    *times == 1
}

#[cfg(feature = "serde")]
fn first_digit() -> u32 {
    5_000
}

#[cfg(feature = "serde")]
fn inter_digit() -> u32 {
    3_000
}

#[cfg(feature = "serde")]
fn is_false(value: &bool) -> bool {
    !value
}
