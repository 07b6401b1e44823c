//! Acts: what the verbs that play, listen, record and mix do with a caller, each a small state machine of its own. An act
//! knows prompts, keys and waits; it knows neither SIP nor RTP nor the call that it is part of. The call hands it what
//! happens as a [`Stimulus`] and carries out the [`Step`]s that it asks for.

pub(crate) mod announce;
pub(crate) mod answer;
pub(crate) mod conference;
pub(crate) mod gather;
pub(crate) mod record;
pub(crate) mod retrieval;
pub(crate) mod send_digits;
pub(crate) mod supervise;
pub(crate) mod texts;
pub(crate) mod voicemail;

#[cfg(test)]
mod mailbox_tests;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::prompt::Prompt;

use crate::media_command::{PlayEnd, Recorded, RecordingEnd};
use crate::rooms::supervision::{Supervised, Supervision};
use crate::rooms::{RoomNews, RoomWish};
use crate::voicemail::{MailboxReply, MailboxWish};

/// What happens to an act.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stimulus {
    /// The caller can be heard and can hear: the act begins. It is always the first stimulus.
    Begun,
    /// The caller has pressed a key, by whichever way.
    Key(char),
    /// What was to be played is over.
    PlayEnded(PlayEnd),
    /// The wait that the act asked for is over.
    Due,
    /// The keys were sent.
    KeysSent,
    /// The act's recording is over.
    Recorded(RecordingEnd),
    /// A mailbox has answered [`Step::Mailbox`].
    Mailbox(MailboxReply),
    /// What came of [`Step::Enter`] or [`Step::Wish`].
    Room(RoomNews),
    /// The caller is out of the room, after [`Step::Leave`] or because it was sent out.
    RoomLeft,
    /// The call is over. Only `Recorded` can still come; of what is asked for from now on nothing is carried out that
    /// concerns the caller.
    HungUp,
}

/// What an act asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Play these, so often (`None`: until stopped). What is being played is stopped; nothing is said of that any more.
    Play {
        prompts: Vec<Prompt>,
        times: Option<u8>,
    },
    /// Stop what is played; nothing is said of it any more.
    StopPlay,
    /// Say [`Stimulus::Due`] after so long. Replaces an earlier wait.
    Wait(Duration),
    /// Wait no longer.
    StopWaiting,
    /// Send keys to the caller.
    SendKeys { keys: String, length: Duration },
    /// Begin a recording of the act's own, of which there is one at a time.
    Record(Recorded),
    /// End it.
    StopRecording,
    /// Enter a room. [`Stimulus::Room`] says at once whether that was possible.
    Enter(Entering),
    /// A wish of the member of a conference room. [`Stimulus::Room`] says at once what came of it.
    Wish(RoomWish),
    /// Supervise in another way from now on.
    Supervise(Supervision),
    /// Leave the room.
    Leave,
    /// Ask a mailbox of the domain. [`Stimulus::Mailbox`] answers.
    Mailbox { mailbox: String, wish: MailboxWish },
    /// The verb has done what it was told, and the call is over with it.
    HangUp,
    /// The verb is over. Nothing follows; what is still played or waited for is stopped. A verb that failed may have an
    /// outcome all the same.
    Done { end: VerbEnd, outcome: Outcome },
}

/// A room that is entered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entering {
    /// A conference.
    Conference {
        room: String,
        /// Whether the caller may only listen.
        listens_only: bool,
        /// Whether the conference begins and ends with the caller.
        moderator: bool,
        /// What the caller hears until the conference begins.
        music: Option<Prompt>,
    },
    /// A call of others, which is supervised.
    Supervision { of: Supervised, how: Supervision },
}

impl Step {
    /// The verb has done what it was told, with this outcome.
    pub(crate) fn done(outcome: Outcome) -> Step {
        Step::Done {
            end: VerbEnd::Completed,
            outcome,
        }
    }
}

/// What a verb does with a caller.
pub(crate) trait Act: Debug + Send {
    /// Takes what has happened; says in `steps` what is to be done, in that order.
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>);

    /// Whether it has a use for this key now. One that it does not want is kept for the next act that takes keys which were
    /// pressed ahead of it.
    fn wants(&self, _key: char) -> bool {
        true
    }

    /// Whether it gets, right after it has begun, the keys that were pressed before.
    fn takes_ahead(&self) -> bool {
        false
    }
}
