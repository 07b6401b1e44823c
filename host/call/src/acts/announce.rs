//! The verb `announce`: prompts, and keys that end them.

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::{Digits, Outcome};
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::Announce;

use crate::acts::{Act, Step, Stimulus};
use crate::media_command::PlayEnd;

/// Prompts are played.
#[derive(Debug)]
pub(crate) struct Announcing {
    prompts: Vec<Prompt>,
    times: u8,
    stop_keys: String,
}

impl Announcing {
    pub(crate) fn new(verb: &Announce) -> Announcing {
        Announcing {
            prompts: verb.prompts.clone(),
            times: verb.times.max(1),
            stop_keys: verb.stop_keys.clone(),
        }
    }
}

impl Act for Announcing {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun => steps.push(Step::Play {
                prompts: std::mem::take(&mut self.prompts),
                times: Some(self.times),
            }),
            Stimulus::Key(key) if self.wants(key) => {
                let finish_key = Some(key.to_string());
                steps.push(Step::done(Outcome::Digits(Digits {
                    digits: String::new(),
                    finish_key,
                })));
            }
            Stimulus::PlayEnded(PlayEnd::Completed | PlayEnd::Stopped) => {
                steps.push(Step::done(Outcome::Completed));
            }
            Stimulus::PlayEnded(PlayEnd::Failed(why)) => steps.push(Step::Done {
                end: VerbEnd::Failed(why.clone()),
                outcome: Outcome::Failed(why),
            }),
            _ => {}
        }
    }

    fn wants(&self, key: char) -> bool {
        self.stop_keys.contains(key)
    }
}
