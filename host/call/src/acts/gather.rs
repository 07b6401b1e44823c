//! The verb `gather`: prompts while the switch listens, then the times that the caller may take.

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::{Digits, Outcome};
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::Gather;

use crate::acts::{Act, Step, Stimulus};
use crate::media_command::PlayEnd;

/// Keys are collected.
#[derive(Debug)]
pub(crate) struct Gathering {
    prompts: Vec<Prompt>,
    /// Whether they are being played.
    plays: bool,
    max_digits: usize,
    finish_keys: String,
    first_digit: Duration,
    inter_digit: Duration,
    digits: String,
    /// Why the prompts were not heard, or not all of them. The caller may have pressed keys all the same.
    failure: Option<String>,
}

impl Gathering {
    pub(crate) fn new(verb: &Gather) -> Gathering {
        let wait = |milliseconds: u32| Duration::from_millis(milliseconds.max(1).into());
        Gathering {
            prompts: verb.prompts.clone(),
            plays: false,
            max_digits: verb.max_digits.max(1).into(),
            finish_keys: verb.finish_keys.clone(),
            first_digit: wait(verb.first_digit_milliseconds),
            inter_digit: wait(verb.inter_digit_milliseconds),
            digits: String::new(),
            failure: None,
        }
    }

    fn key(&mut self, key: char, steps: &mut Vec<Step>) {
        if self.finish_keys.contains(key) {
            return steps.push(self.done(Some(key)));
        }
        self.digits.push(key);
        if self.digits.len() >= self.max_digits {
            return steps.push(self.done(None));
        }
        if std::mem::take(&mut self.plays) {
            steps.push(Step::StopPlay);
        }
        steps.push(Step::Wait(self.inter_digit));
    }

    fn played(&mut self, end: PlayEnd, steps: &mut Vec<Step>) {
        if !std::mem::take(&mut self.plays) {
            return;
        }
        if let PlayEnd::Failed(why) = end {
            self.failure = Some(why);
        }
        steps.push(Step::Wait(self.first_digit));
    }

    fn due(&mut self) -> Step {
        match self.failure.take() {
            _ if !self.digits.is_empty() => self.done(None),
            None => Step::done(Outcome::NoInput),
            Some(why) => Step::Done {
                end: VerbEnd::Failed(why.clone()),
                outcome: Outcome::Failed(why),
            },
        }
    }

    fn done(&mut self, finish_key: Option<char>) -> Step {
        Step::done(Outcome::Digits(Digits {
            digits: std::mem::take(&mut self.digits),
            finish_key: finish_key.map(|key| key.to_string()),
        }))
    }
}

impl Act for Gathering {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun if self.prompts.is_empty() => steps.push(Step::Wait(self.first_digit)),
            Stimulus::Begun => {
                self.plays = true;
                steps.push(Step::Play {
                    prompts: std::mem::take(&mut self.prompts),
                    times: Some(1),
                });
            }
            Stimulus::Key(key) => self.key(key, steps),
            Stimulus::PlayEnded(end) => self.played(end, steps),
            Stimulus::Due => steps.push(self.due()),
            _ => {}
        }
    }

    fn takes_ahead(&self) -> bool {
        true
    }
}
