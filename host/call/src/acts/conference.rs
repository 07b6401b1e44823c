//! The verb `conference`: the caller is asked for the PIN, enters the room and stays there until it leaves, is sent out or the
//! conference ends. Keys in the room: `*6` mutes oneself, `*5` locks the room (moderators), `*0` tells how many others are there,
//! and the domain's leave key leaves.

mod phrases;

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::Conference as Verb;

use crate::acts::conference::phrases::{Phrase, fallback, spoken};
use crate::acts::{Act, Entering, Step, Stimulus};
use crate::config::Conference as Rules;
use crate::media_command::PlayEnd;
use crate::rooms::{Refusal, RoomNews, RoomWish};

/// How often a PIN may be entered.
const TRIES: u32 = 3;
/// How long the caller may take for the first digit of the PIN, and for each that follows.
const FIRST_DIGIT: Duration = Duration::from_secs(10);
const NEXT_DIGIT: Duration = Duration::from_secs(5);
/// How long after `*` the next key still belongs to it.
const COMMAND: Duration = Duration::from_secs(3);

/// A caller in a conference, or on the way into one.
#[derive(Debug)]
pub(crate) struct Conferring {
    verb: Verb,
    leave_key: Option<char>,
    language: String,
    stage: Stage,
    /// Whether something is being played to the caller alone.
    plays: bool,
    /// What is played in its place if it cannot be.
    fallback: Option<Vec<Prompt>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// The PIN is asked for: what was pressed of it, how often it was wrong.
    Asking { digits: String, wrong: u32 },
    /// In the room; whether `*` was the last key.
    Inside { command: bool },
    /// It is told why it is not let in.
    Refused(&'static str),
}

impl Conferring {
    pub(crate) fn new(verb: &Verb, rules: &Rules) -> Conferring {
        Conferring {
            verb: verb.clone(),
            leave_key: rules.leave_key,
            language: rules.language.clone(),
            stage: Stage::Inside { command: false },
            plays: false,
            fallback: None,
        }
    }

    fn begin(&mut self, steps: &mut Vec<Step>) {
        if self.pin().is_none() {
            return self.enter(steps);
        }
        self.stage = Stage::Asking {
            digits: String::new(),
            wrong: 0,
        };
        self.say(&[Phrase::AskPin], steps);
    }

    fn pin(&self) -> Option<&str> {
        self.verb.pin.as_deref().filter(|pin| !pin.is_empty())
    }

    fn enter(&mut self, steps: &mut Vec<Step>) {
        self.stage = Stage::Inside { command: false };
        steps.push(Step::StopWaiting);
        steps.push(Step::Enter(Entering::Conference {
            room: self.verb.room.clone(),
            listens_only: self.verb.muted,
            moderator: self.verb.moderator,
            music: self.verb.music.clone(),
        }));
    }

    fn key(&mut self, key: char, steps: &mut Vec<Step>) {
        match &mut self.stage {
            Stage::Asking { digits, .. } => {
                let is_end = key == '#';
                if !is_end {
                    digits.push(key);
                }
                let complete = digits.len();
                if std::mem::take(&mut self.plays) {
                    self.fallback = None;
                    steps.push(Step::StopPlay);
                }
                if is_end || self.pin().is_none_or(|pin| complete >= pin.len()) {
                    return self.check(steps);
                }
                steps.push(Step::Wait(NEXT_DIGIT));
            }
            Stage::Inside { command } => {
                let is_command = std::mem::replace(command, key == '*');
                match (is_command, key) {
                    (_, '*') => steps.push(Step::Wait(COMMAND)),
                    (true, '6') => steps.push(Step::Wish(RoomWish::Mute)),
                    (true, '5') => steps.push(Step::Wish(RoomWish::Lock)),
                    (true, '0') => steps.push(Step::Wish(RoomWish::Count)),
                    (false, key) if Some(key) == self.leave_key => steps.push(Step::Leave),
                    _ => {}
                }
            }
            Stage::Refused(_) => {}
        }
    }

    /// The PIN is as it is.
    fn check(&mut self, steps: &mut Vec<Step>) {
        let pin = self.pin().unwrap_or_default().to_owned();
        let Stage::Asking { digits, wrong } = &mut self.stage else {
            return;
        };
        if std::mem::take(digits) == pin {
            return self.enter(steps);
        }
        *wrong += 1;
        if *wrong >= TRIES {
            return self.refuse("the PIN was wrong", Phrase::WrongPin, steps);
        }
        steps.push(Step::StopWaiting);
        self.say(&[Phrase::WrongPin, Phrase::AskPin], steps);
    }

    fn refuse(&mut self, why: &'static str, phrase: Phrase, steps: &mut Vec<Step>) {
        self.stage = Stage::Refused(why);
        steps.push(Step::StopWaiting);
        self.say(&[phrase], steps);
    }

    fn told(&mut self, news: RoomNews, steps: &mut Vec<Step>) {
        let phrase = match news {
            RoomNews::Entered { waits: true } => Phrase::Waits,
            RoomNews::Entered { waits: false } => return,
            RoomNews::Refused(refusal) => {
                let phrase = match refusal {
                    Refusal::Locked => Phrase::RoomLocked,
                    Refusal::Full | Refusal::TooManyRooms | Refusal::Impossible => Phrase::Full,
                };
                return self.refuse(refusal.text(), phrase, steps);
            }
            RoomNews::Muted(true) => Phrase::Muted,
            RoomNews::Muted(false) => Phrase::Unmuted,
            RoomNews::Locked(true) => Phrase::Locked,
            RoomNews::Locked(false) => Phrase::Unlocked,
            RoomNews::Others(count) => Phrase::Others(count),
            RoomNews::NotAllowed => Phrase::NotAllowed,
        };
        self.say(&[phrase], steps);
    }

    fn say(&mut self, phrases: &[Phrase], steps: &mut Vec<Step>) {
        self.plays = true;
        self.fallback = Some(
            phrases
                .iter()
                .flat_map(|phrase| fallback(*phrase))
                .collect(),
        );
        let prompts = phrases.iter().map(|phrase| spoken(*phrase, &self.language));
        steps.push(Step::Play {
            prompts: prompts.collect(),
            times: Some(1),
        });
    }

    fn played(&mut self, end: &PlayEnd, steps: &mut Vec<Step>) {
        if !std::mem::take(&mut self.plays) {
            return;
        }
        let fallback = self.fallback.take();
        if let (PlayEnd::Failed(_), Some(prompts)) = (end, fallback) {
            self.plays = true;
            return steps.push(Step::Play {
                prompts,
                times: Some(1),
            });
        }
        match &self.stage {
            Stage::Asking { .. } => steps.push(Step::Wait(FIRST_DIGIT)),
            Stage::Refused(why) => steps.push(Step::Done {
                end: VerbEnd::Failed((*why).to_owned()),
                outcome: Outcome::Failed((*why).to_owned()),
            }),
            Stage::Inside { .. } => {}
        }
    }
}

impl Act for Conferring {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun => self.begin(steps),
            Stimulus::Key(key) => self.key(key, steps),
            Stimulus::PlayEnded(end) => self.played(&end, steps),
            Stimulus::Due => match &mut self.stage {
                Stage::Asking { .. } => self.check(steps),
                Stage::Inside { command } => *command = false,
                Stage::Refused(_) => {}
            },
            Stimulus::Room(news) => self.told(news, steps),
            Stimulus::RoomLeft => steps.push(Step::Done {
                end: VerbEnd::Completed,
                outcome: Outcome::Completed,
            }),
            _ => {}
        }
    }

    /// A PIN may be pressed before it is asked for.
    fn takes_ahead(&self) -> bool {
        self.pin().is_some()
    }
}

#[cfg(test)]
mod tests;
