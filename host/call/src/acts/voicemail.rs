//! The verb `voicemail`: a greeting, a beep, and a message that goes into a mailbox.

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::Voicemail;

use crate::acts::texts::{Text, Words, beep};
use crate::acts::{Act, Step, Stimulus};
use crate::limits;
use crate::media_command::{MailboxOrder, Recorded, RecordingEnd, RecordingStop};
use crate::voicemail::{MailboxReply, MailboxWish, Opened};

/// A message is taken.
#[derive(Debug)]
pub(crate) struct TakingMessage {
    mailbox: String,
    greeting: Option<Prompt>,
    longest: Duration,
    words: Words,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// The mailbox is asked for.
    Opening,
    /// The greeting is played, and the beep after it.
    Greeting,
    /// The beep is played.
    Beeping,
    /// The caller speaks.
    Recording,
    /// The caller is told why there is nothing to speak to.
    Refusing,
}

impl TakingMessage {
    pub(crate) fn new(verb: &Voicemail) -> TakingMessage {
        TakingMessage {
            mailbox: verb.mailbox.clone(),
            greeting: verb.greeting.clone(),
            longest: Duration::ZERO,
            words: Words::default(),
            state: State::Opening,
        }
    }

    fn opened(&mut self, opened: Opened, steps: &mut Vec<Step>) {
        self.words = Words::new(opened.language, opened.texts);
        self.longest = Duration::from_secs(opened.message_seconds.max(1).into());
        if opened.is_full {
            self.state = State::Refusing;
            return steps.push(play(vec![self.words.say(Text::MailboxFull)]));
        }
        let greeting = self.greeting.take().or(opened.greeting);
        let greeting = greeting.unwrap_or_else(|| self.words.say(Text::LeaveMessage));
        self.state = State::Greeting;
        steps.push(play(vec![greeting, beep()]));
    }

    fn played(&mut self, failed: bool, steps: &mut Vec<Step>) {
        match self.state {
            // Whoever has not heard the greeting hears the beep at least.
            State::Greeting if failed => self.beep(steps),
            State::Greeting | State::Beeping => {
                self.state = State::Recording;
                steps.push(Step::Record(Recorded::Message {
                    longest: self.longest,
                    silence: limits::MESSAGE_SILENCE,
                    mailbox: Some(MailboxOrder {
                        mailbox: self.mailbox.clone(),
                        is_greeting: false,
                    }),
                }));
            }
            State::Refusing => steps.push(failed_with("the mailbox is full")),
            State::Opening | State::Recording => {}
        }
    }

    fn beep(&mut self, steps: &mut Vec<Step>) {
        self.state = State::Beeping;
        steps.push(play(vec![beep()]));
    }
}

impl Act for TakingMessage {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match (stimulus, &self.state) {
            (Stimulus::Begun, _) => steps.push(Step::Mailbox {
                mailbox: self.mailbox.clone(),
                wish: MailboxWish::Open,
            }),
            (Stimulus::Mailbox(MailboxReply::Open(opened)), State::Opening) => {
                self.opened(opened, steps);
            }
            (Stimulus::Mailbox(MailboxReply::Failed(why)), State::Opening) => {
                steps.push(failed_with(&why));
            }
            (Stimulus::PlayEnded(end), _) => self.played(end.has_failed(), steps),
            (Stimulus::Key('#'), State::Greeting) => self.beep(steps),
            (Stimulus::Key('#'), State::Recording) => steps.push(Step::StopRecording),
            (Stimulus::Recorded(end), _) => steps.push(recorded(end)),
            _ => {}
        }
    }

    fn wants(&self, key: char) -> bool {
        key == '#'
    }
}

/// A message was left, and the call has what it came for; or none was.
fn recorded(end: RecordingEnd) -> Step {
    match (end.url, end.why) {
        (Some(_), _) => Step::HangUp,
        (None, RecordingStop::Failed(why)) => failed_with(&why),
        (None, _) => Step::done(Outcome::NoInput),
    }
}

fn play(prompts: Vec<Prompt>) -> Step {
    Step::Play {
        prompts,
        times: Some(1),
    }
}

fn failed_with(why: &str) -> Step {
    Step::Done {
        end: VerbEnd::Failed(why.to_owned()),
        outcome: Outcome::Failed(why.to_owned()),
    }
}
