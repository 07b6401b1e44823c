//! The verb `record` with `message`: a beep perhaps, then what the caller says.

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::{self, Outcome};
use switchhook_routing::verb::Message;

use crate::acts::texts::beep;
use crate::acts::{Act, Step, Stimulus};
use crate::media_command::{Recorded, RecordingEnd, RecordingStop};

/// A message is recorded.
#[derive(Debug)]
pub(crate) struct Recording {
    longest: Duration,
    silence: Duration,
    finish_keys: String,
    beeps: bool,
    records: bool,
}

impl Recording {
    pub(crate) fn new(verb: &Message) -> Recording {
        Recording {
            longest: Duration::from_secs(verb.max_seconds.max(1).into()),
            silence: Duration::from_secs(verb.silence_seconds.max(1).into()),
            finish_keys: verb.finish_keys.clone(),
            beeps: verb.beep,
            records: false,
        }
    }

    fn record(&mut self, steps: &mut Vec<Step>) {
        self.records = true;
        steps.push(Step::Record(Recorded::Message {
            longest: self.longest,
            silence: self.silence,
            mailbox: None,
        }));
    }
}

impl Act for Recording {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun if self.beeps => steps.push(Step::Play {
                prompts: vec![beep()],
                times: Some(1),
            }),
            Stimulus::Begun => self.record(steps),
            // Without its beep the caller can speak all the same.
            Stimulus::PlayEnded(_) if !self.records => self.record(steps),
            Stimulus::Key(key) if self.records && self.finish_keys.contains(key) => {
                steps.push(Step::StopRecording);
            }
            Stimulus::Recorded(end) => steps.push(done(end)),
            _ => {}
        }
    }
}

/// How a verb ends whose recording has ended so.
fn done(end: RecordingEnd) -> Step {
    match (end.url, end.why) {
        (Some(url), _) => Step::done(Outcome::Recorded(outcome::Recorded {
            url,
            milliseconds: u64::try_from(end.length.as_millis()).unwrap_or(u64::MAX),
        })),
        (None, RecordingStop::Failed(why)) => Step::Done {
            end: VerbEnd::Failed(why.clone()),
            outcome: Outcome::Failed(why),
        },
        (None, _) => Step::done(Outcome::NoInput),
    }
}
