//! The verb `answer`, and the beeps that confirm a feature code: acts that end by themselves.

use std::time::Duration;

use switchhook_routing::outcome::Outcome;
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};

use crate::acts::{Act, Step, Stimulus};

/// The caller is answered: that is all. By the time an act begins it is done.
#[derive(Debug)]
pub(crate) struct Answering;

impl Act for Answering {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        if stimulus == Stimulus::Begun {
            steps.push(Step::done(Outcome::Completed));
        }
    }

    fn wants(&self, _key: char) -> bool {
        false
    }
}

/// How long the beeps may take, if nobody says that they are over.
const LONGEST: Duration = Duration::from_secs(3);

/// Two beeps say that a feature code was carried out.
#[derive(Debug)]
pub(crate) struct Confirming;

impl Act for Confirming {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        let tone = |kind, milliseconds| {
            Prompt::Tone(Tone {
                kind,
                country: None,
                milliseconds,
            })
        };
        match stimulus {
            Stimulus::Begun => {
                let beep = tone(ToneKind::Beep, 150);
                steps.push(Step::Play {
                    // What a phone plays right after the answer is often cut off at its beginning.
                    prompts: vec![
                        tone(ToneKind::Silence, 300),
                        beep.clone(),
                        tone(ToneKind::Silence, 150),
                        beep,
                        tone(ToneKind::Silence, 300),
                    ],
                    times: Some(1),
                });
                steps.push(Step::Wait(LONGEST));
            }
            Stimulus::PlayEnded(_) | Stimulus::Due => steps.push(Step::done(Outcome::Completed)),
            _ => {}
        }
    }
}
