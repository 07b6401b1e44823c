//! A mailbox by telephone: its owner hears messages, removes them, and sets greeting and PIN.

use std::time::Duration;

use switchhook_routing::outcome::Outcome;
use switchhook_routing::prompt::Prompt;

use crate::acts::texts::{Text, Words, beep};
use crate::acts::{Act, Step, Stimulus};
use crate::limits;
use crate::media_command::{MailboxOrder, PlayEnd, Recorded};
use crate::voicemail::{MailboxReply, MailboxWish, MessageInfo, Opened, PinCheck};

/// How long the owner may take for a key.
const KEY: Duration = Duration::from_secs(6);
/// How often a menu is said again to somebody who presses nothing.
const REPEATS: u8 = 2;
/// So many wrong PINs, or mailboxes that there are not, end the call.
const TRIES: u8 = 3;
/// The fewest digits of a PIN that is set by telephone.
const PIN_DIGITS: usize = 4;

/// Who wants to hear a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The client whose mailbox it is: it has authenticated itself, so a mailbox without a PIN is open to it.
    Owner,
    /// Somebody: only who knows the PIN gets in.
    Anybody,
}

/// A mailbox is listened to.
#[derive(Debug)]
pub(crate) struct Retrieving {
    mailbox: String,
    claim: Claim,
    words: Words,
    opened: Opened,
    messages: Vec<MessageInfo>,
    /// The place of the message that is heard.
    at: usize,
    digits: String,
    tries: u8,
    repeats: u8,
    new_pin: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    /// Digits are collected.
    Entering(Entry),
    CheckingPin,
    Listing,
    /// A message is played.
    Message,
    /// What can be done with it is said.
    MessageMenu,
    /// The options are said.
    Options,
    RecordPrompt,
    RecordingGreeting,
    SavingPin,
    /// Nothing follows what is played now.
    Leaving,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Mailbox,
    Pin,
    NewPin,
    NewPinAgain,
}

impl Retrieving {
    /// `mailbox`: empty if the caller is to be asked for it. `language`: of what is said before it is known.
    pub(crate) fn new(mailbox: String, claim: Claim, language: String) -> Retrieving {
        Retrieving {
            mailbox,
            claim,
            words: Words::new(language, Vec::new()),
            opened: Opened::default(),
            messages: Vec::new(),
            at: 0,
            digits: String::new(),
            tries: 0,
            repeats: 0,
            new_pin: String::new(),
            state: State::Opening,
        }
    }

    fn begin(&mut self, steps: &mut Vec<Step>) {
        if self.mailbox.is_empty() {
            return self.ask_for(Entry::Mailbox, &[Text::EnterMailbox], steps);
        }
        self.state = State::Opening;
        self.wish(MailboxWish::Open, steps);
    }

    fn wish(&self, wish: MailboxWish, steps: &mut Vec<Step>) {
        steps.push(Step::Mailbox {
            mailbox: self.mailbox.clone(),
            wish,
        });
    }

    fn say(&self, texts: &[Text], steps: &mut Vec<Step>) {
        play(texts.iter().map(|text| self.words.say(*text)), steps);
    }

    fn ask_for(&mut self, entry: Entry, texts: &[Text], steps: &mut Vec<Step>) {
        self.digits.clear();
        self.state = State::Entering(entry);
        self.say(texts, steps);
    }

    fn leave(&mut self, texts: &[Text], steps: &mut Vec<Step>) {
        self.state = State::Leaving;
        steps.push(Step::StopWaiting);
        self.say(texts, steps);
    }

    fn answered(&mut self, reply: MailboxReply, steps: &mut Vec<Step>) {
        match (reply, self.state) {
            (MailboxReply::Open(opened), State::Opening) => self.opened(opened, steps),
            (MailboxReply::Open(opened), State::Options) => {
                self.opened.greeting = opened.greeting;
            }
            (MailboxReply::Failed(_), State::Opening) => self.no_mailbox(steps),
            (MailboxReply::Pin(check), State::CheckingPin) => self.checked(check, steps),
            (MailboxReply::Messages(messages), State::Listing) => {
                self.messages = messages;
                self.at = 0;
                let counts = self.words.counts(self.opened.new, self.opened.old);
                self.message(Some(counts), steps);
            }
            (MailboxReply::Failed(_), State::Listing | State::CheckingPin) => {
                self.leave(&[Text::Goodbye], steps);
            }
            (MailboxReply::Done, State::SavingPin) => {
                self.options(&[Text::PinChanged], steps);
            }
            (MailboxReply::Failed(_), State::SavingPin) => {
                self.options(&[Text::PinNotChanged], steps);
            }
            _ => {}
        }
    }

    fn no_mailbox(&mut self, steps: &mut Vec<Step>) {
        self.tries += 1;
        if self.tries >= TRIES || self.claim == Claim::Owner {
            return self.leave(&[Text::NoMailbox, Text::Goodbye], steps);
        }
        self.ask_for(
            Entry::Mailbox,
            &[Text::NoMailbox, Text::EnterMailbox],
            steps,
        );
    }

    fn opened(&mut self, opened: Opened, steps: &mut Vec<Step>) {
        self.words = Words::new(opened.language.clone(), opened.texts.clone());
        let (has_pin, claim) = (opened.has_pin, self.claim);
        self.opened = opened;
        match (has_pin, claim) {
            (true, _) => self.ask_for(Entry::Pin, &[Text::EnterPin], steps),
            (false, Claim::Owner) => self.list(steps),
            // Whether there is such a mailbox is not told to somebody who cannot get in.
            (false, Claim::Anybody) => self.no_mailbox(steps),
        }
    }

    fn checked(&mut self, check: PinCheck, steps: &mut Vec<Step>) {
        match check {
            PinCheck::Right => self.list(steps),
            PinCheck::Locked => self.leave(&[Text::Locked, Text::Goodbye], steps),
            PinCheck::Wrong => {
                self.tries += 1;
                if self.tries >= TRIES {
                    return self.leave(&[Text::WrongPin, Text::Goodbye], steps);
                }
                self.ask_for(Entry::Pin, &[Text::WrongPin, Text::EnterPin], steps);
            }
        }
    }

    fn list(&mut self, steps: &mut Vec<Step>) {
        self.state = State::Listing;
        self.wish(MailboxWish::List, steps);
    }

    /// Plays the message of the moment, or says that there are no more.
    fn message(&mut self, before: Option<Prompt>, steps: &mut Vec<Step>) {
        self.repeats = 0;
        let Some(message) = self.messages.get(self.at) else {
            let none = if self.messages.is_empty() {
                Text::NoMessages
            } else {
                Text::NoMoreMessages
            };
            return self.options(&[none], steps);
        };
        self.state = State::Message;
        let about = self
            .words
            .about(self.at + 1, &message.caller, &message.when);
        let prompts = before.into_iter().chain([about, message.prompt.clone()]);
        play(prompts, steps);
    }

    fn options(&mut self, before: &[Text], steps: &mut Vec<Step>) {
        self.state = State::Options;
        self.repeats = 0;
        let texts = before.iter().chain(&[Text::Options]);
        play(texts.map(|text| self.words.say(*text)), steps);
    }

    fn heard(&mut self, steps: &mut Vec<Step>) {
        if let Some(message) = self.messages.get_mut(self.at)
            && !std::mem::replace(&mut message.heard, true)
        {
            let id = message.id.clone();
            self.wish(MailboxWish::MarkHeard(id), steps);
        }
    }

    fn key(&mut self, key: char, steps: &mut Vec<Step>) {
        match self.state {
            State::Entering(entry) if key == '#' => self.entered(entry, steps),
            State::Entering(_) => {
                if self.digits.is_empty() {
                    steps.push(Step::StopPlay);
                }
                if key.is_ascii_digit() && self.digits.len() < limits::MAILBOX_DIGITS {
                    self.digits.push(key);
                }
                steps.push(Step::Wait(KEY));
            }
            State::Message | State::MessageMenu => self.message_key(key, steps),
            State::Options => self.options_key(key, steps),
            State::RecordingGreeting if key == '#' => steps.push(Step::StopRecording),
            _ => {}
        }
    }

    fn message_key(&mut self, key: char, steps: &mut Vec<Step>) {
        match key {
            '1' => self.message(None, steps),
            '3' | '7' => {
                if self.at < self.messages.len() {
                    let message = self.messages.remove(self.at);
                    self.wish(MailboxWish::Delete(message.id), steps);
                }
                let deleted = self.words.say(Text::Deleted);
                self.message(Some(deleted), steps);
            }
            '9' => {
                self.heard(steps);
                self.at += 1;
                let saved = self.words.say(Text::Saved);
                self.message(Some(saved), steps);
            }
            '#' => {
                self.at += 1;
                self.message(None, steps);
            }
            '0' => self.options(&[], steps),
            _ => {}
        }
    }

    fn options_key(&mut self, key: char, steps: &mut Vec<Step>) {
        match key {
            '1' => {
                self.state = State::RecordPrompt;
                play([self.words.say(Text::RecordGreeting), beep()], steps);
            }
            '2' => {
                let standard = || self.words.say(Text::LeaveMessage);
                let greeting = self.opened.greeting.clone().unwrap_or_else(standard);
                self.repeats = 0;
                play([greeting, self.words.say(Text::Options)], steps);
            }
            '3' => {
                self.wish(MailboxWish::StandardGreeting, steps);
                self.opened.greeting = None;
                self.options(&[Text::StandardGreeting], steps);
            }
            '4' => self.ask_for(Entry::NewPin, &[Text::NewPin], steps),
            '*' => self.message(None, steps),
            _ => {}
        }
    }

    fn entered(&mut self, entry: Entry, steps: &mut Vec<Step>) {
        let digits = std::mem::take(&mut self.digits);
        steps.extend([Step::StopWaiting, Step::StopPlay]);
        match entry {
            Entry::Mailbox if digits.is_empty() => self.leave(&[Text::Goodbye], steps),
            Entry::Mailbox => {
                self.mailbox = digits;
                self.begin(steps);
            }
            Entry::Pin => {
                self.state = State::CheckingPin;
                self.wish(MailboxWish::CheckPin(digits), steps);
            }
            Entry::NewPin if digits.len() < PIN_DIGITS => {
                self.options(&[Text::PinNotChanged], steps);
            }
            Entry::NewPin => {
                self.new_pin = digits;
                self.ask_for(Entry::NewPinAgain, &[Text::NewPinAgain], steps);
            }
            Entry::NewPinAgain if digits != self.new_pin => {
                self.options(&[Text::PinNotChanged], steps);
            }
            Entry::NewPinAgain => {
                self.state = State::SavingPin;
                self.wish(MailboxWish::SetPin(digits), steps);
            }
        }
    }

    fn played(&mut self, end: &PlayEnd, steps: &mut Vec<Step>) {
        match self.state {
            State::Message => {
                // A message that could not be played was not heard.
                if *end == PlayEnd::Completed {
                    self.heard(steps);
                }
                self.state = State::MessageMenu;
                self.say(&[Text::MessageMenu], steps);
            }
            State::RecordPrompt => {
                self.state = State::RecordingGreeting;
                steps.push(Step::Record(Recorded::Message {
                    longest: limits::GREETING_LONGEST,
                    silence: limits::MESSAGE_SILENCE,
                    mailbox: Some(MailboxOrder {
                        mailbox: self.mailbox.clone(),
                        is_greeting: true,
                    }),
                }));
            }
            State::Leaving => steps.push(Step::HangUp),
            State::Entering(_) | State::MessageMenu | State::Options => {
                steps.push(Step::Wait(KEY));
            }
            _ => {}
        }
    }

    fn due(&mut self, steps: &mut Vec<Step>) {
        match self.state {
            State::Entering(entry) => self.entered(entry, steps),
            State::MessageMenu | State::Options if self.repeats < REPEATS => {
                self.repeats += 1;
                let text = if self.state == State::Options {
                    Text::Options
                } else {
                    Text::MessageMenu
                };
                self.say(&[text], steps);
            }
            State::MessageMenu | State::Options => self.leave(&[Text::Goodbye], steps),
            _ => {}
        }
    }
}

impl Act for Retrieving {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun => self.begin(steps),
            Stimulus::Mailbox(reply) => self.answered(reply, steps),
            Stimulus::Key(key) => self.key(key, steps),
            Stimulus::PlayEnded(end) => self.played(&end, steps),
            Stimulus::Due => self.due(steps),
            Stimulus::Recorded(end) => {
                let is_kept = end.url.is_some();
                if is_kept {
                    // Heard again it is asked for anew: the mailbox knows where it lies.
                    self.wish(MailboxWish::Open, steps);
                }
                let text = if is_kept {
                    Text::GreetingSaved
                } else {
                    Text::GreetingNotSaved
                };
                self.options(&[text], steps);
            }
            Stimulus::HungUp => steps.push(Step::done(Outcome::Completed)),
            _ => {}
        }
    }

    fn takes_ahead(&self) -> bool {
        true
    }
}

fn play(prompts: impl IntoIterator<Item = Prompt>, steps: &mut Vec<Step>) {
    // What the owner waits for comes after what is said.
    steps.push(Step::StopWaiting);
    steps.push(Step::Play {
        prompts: prompts.into_iter().collect(),
        times: Some(1),
    });
}
