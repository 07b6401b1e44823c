//! What calls ask of mailboxes, and what is answered. The mailboxes themselves, with their messages and greetings, are kept
//! outside: nothing here knows a file.

use switchhook_routing::prompt::Prompt;

use crate::keys::{AddressOfRecord, Ticket};

/// Something that a call wants of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxRequest {
    /// Names the answer.
    pub ticket: Ticket,
    /// Which.
    pub mailbox: AddressOfRecord,
    /// What.
    pub wish: MailboxWish,
}

/// What is wanted of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxWish {
    /// How it is. Answered with [`MailboxReply::Open`].
    Open,
    /// Whether this is its PIN. Answered with [`MailboxReply::Pin`].
    CheckPin(String),
    /// Its messages. Answered with [`MailboxReply::Messages`].
    List,
    /// A message was heard.
    MarkHeard(String),
    /// Remove a message.
    Delete(String),
    /// Go back to the greeting that it had before one was recorded.
    StandardGreeting,
    /// It has this PIN from now on.
    SetPin(String),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxReply {
    /// How it is.
    Open(Opened),
    /// Whether the PIN was right.
    Pin(PinCheck),
    /// Its messages: the new ones first, each kind in the order in which they came.
    Messages(Vec<MessageInfo>),
    /// It is done.
    Done,
    /// There is no such mailbox, or it could not be done: the text says why.
    Failed(String),
}

/// A mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opened {
    /// What callers hear before they speak; `None`: what the switch says to everybody.
    pub greeting: Option<Prompt>,
    /// Whether it has a PIN.
    pub has_pin: bool,
    /// Messages that nobody has heard.
    pub new: u32,
    /// Messages that were heard.
    pub old: u32,
    /// Whether it takes no more messages.
    pub is_full: bool,
    /// How long a message may be: seconds.
    pub message_seconds: u32,
    /// The language that it speaks with callers and its owner, as a BCP 47 tag; empty: English.
    pub language: String,
    /// What the switch says at its usual places, in place of speech: by the names of the texts.
    pub texts: Vec<(String, Prompt)>,
}

/// Whether a PIN was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinCheck {
    /// It was.
    Right,
    /// It was not.
    Wrong,
    /// It was wrong too often, lately: nobody gets in for a while.
    Locked,
}

/// A message in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageInfo {
    /// Names it.
    pub id: String,
    /// What it sounds like.
    pub prompt: Prompt,
    /// Who has left it: the calling number; empty: it was withheld.
    pub caller: String,
    /// When, in the words of the mailbox's language.
    pub when: String,
    /// Whether it was heard.
    pub heard: bool,
}
