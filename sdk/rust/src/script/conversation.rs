//! Verbs that play, listen and record.

use std::time::Duration;

use crate::call::Variable;
use crate::script::prompt::{IntoPrompt, IntoPrompts};
use crate::script::{Step, milliseconds, whole_seconds};
use crate::verb::{
    Announce, Conference, Gather, MediaStream, Message, Recording, RecordingAction, StreamTrack,
    Voicemail,
};

/// Plays prompts: `announce(say("We are closed."))`, `announce(["hello.wav", "closed.wav"])`.
pub fn announce(prompts: impl IntoPrompts) -> Step<Announce> {
    Step(Announce {
        prompts: prompts.into_prompts(),
        times: 1,
        stop_keys: String::new(),
        tag: None,
    })
}

impl Step<Announce> {
    /// How often all of it is played: 1 to 100.
    #[must_use]
    pub fn times(mut self, times: u8) -> Self {
        self.0.times = times;
        self
    }

    /// Keys that end it.
    #[must_use]
    pub fn stopped_by(mut self, keys: impl Into<String>) -> Self {
        self.0.stop_keys = keys.into();
        self
    }
}

/// Collects so many keys at most: `gather(1).prompt(say("Press 1 for sales.")).tag("menu")`. The caller may take 5 seconds for the first
/// and 3 between two.
pub fn gather(max_digits: u8) -> Step<Gather> {
    Step(Gather {
        prompts: Vec::new(),
        max_digits,
        finish_keys: String::new(),
        first_digit_milliseconds: 5_000,
        inter_digit_milliseconds: 3_000,
        tag: None,
    })
}

impl Step<Gather> {
    /// What is played while the switch listens; called again, what follows.
    #[must_use]
    pub fn prompt(mut self, prompts: impl IntoPrompts) -> Self {
        self.0.prompts.extend(prompts.into_prompts());
        self
    }

    /// Keys that finish the input and are not part of it.
    #[must_use]
    pub fn finished_by(mut self, keys: impl Into<String>) -> Self {
        self.0.finish_keys = keys.into();
        self
    }

    /// How long the caller may take for the first key after the prompts.
    #[must_use]
    pub fn first_within(mut self, time: Duration) -> Self {
        self.0.first_digit_milliseconds = milliseconds(time);
        self
    }

    /// How long the caller may take between two keys.
    #[must_use]
    pub fn next_within(mut self, time: Duration) -> Self {
        self.0.inter_digit_milliseconds = milliseconds(time);
        self
    }
}

/// Lets the caller leave a message.
pub fn voicemail(mailbox: impl Into<String>) -> Step<Voicemail> {
    Step(Voicemail {
        mailbox: mailbox.into(),
        greeting: None,
        tag: None,
    })
}

impl Step<Voicemail> {
    /// What is played first, instead of the mailbox's own greeting.
    #[must_use]
    pub fn greeting(mut self, prompt: impl IntoPrompt) -> Self {
        self.0.greeting = Some(prompt.into_prompt());
        self
    }
}

/// Records the call from now on.
pub fn record_call() -> Step<Recording> {
    recording(RecordingAction::Start)
}

/// Leaves out of the recording what follows, until [`record_call`].
pub fn pause_recording() -> Step<Recording> {
    recording(RecordingAction::Pause)
}

/// Ends the recording of the call.
pub fn stop_recording() -> Step<Recording> {
    recording(RecordingAction::Stop)
}

/// Records what the caller says, after a beep, as a message; it ends after so much silence.
pub fn record_message(longest: Duration, silence: Duration) -> Step<Recording> {
    recording(RecordingAction::Message(Message {
        max_seconds: whole_seconds(longest),
        silence_seconds: whole_seconds(silence),
        finish_keys: "#".to_owned(),
        beep: true,
    }))
}

fn recording(action: RecordingAction) -> Step<Recording> {
    Step(Recording { action, tag: None })
}

/// Puts the caller into a conference room of the domain.
pub fn conference(room: impl Into<String>) -> Step<Conference> {
    Step(Conference {
        room: room.into(),
        pin: None,
        muted: false,
        moderator: false,
        music: None,
        tag: None,
    })
}

impl Step<Conference> {
    /// Digits that the caller must press to enter.
    #[must_use]
    pub fn pin(mut self, pin: impl Into<String>) -> Self {
        self.0.pin = Some(pin.into());
        self
    }

    /// The caller can only listen.
    #[must_use]
    pub fn muted(mut self) -> Self {
        self.0.muted = true;
        self
    }

    /// The conference begins with this caller and ends without them.
    #[must_use]
    pub fn moderator(mut self) -> Self {
        self.0.moderator = true;
        self
    }

    /// What the caller hears until the conference begins.
    #[must_use]
    pub fn music(mut self, prompt: impl IntoPrompt) -> Self {
        self.0.music = Some(prompt.into_prompt());
        self
    }
}

/// Sends the caller's audio to a WebSocket server, and plays what it sends back. With a tag the script waits for its end.
pub fn stream(url: impl Into<String>) -> Step<MediaStream> {
    Step(MediaStream {
        url: url.into(),
        track: StreamTrack::Caller,
        parameters: Vec::new(),
        tag: None,
    })
}

impl Step<MediaStream> {
    /// Which audio is sent.
    #[must_use]
    pub fn track(mut self, track: StreamTrack) -> Self {
        self.0.track = track;
        self
    }

    /// What the server is told in the first message.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.parameters.push(Variable {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}
