//! The verb `send-digits`: keys for the other side.

use std::time::Duration;

use switchhook_routing::outcome::Outcome;
use switchhook_routing::verb::SendDigits;

use crate::acts::{Act, Step, Stimulus};
use crate::limits;

/// Keys are sent.
#[derive(Debug)]
pub(crate) struct SendingDigits {
    keys: String,
    length: Duration,
}

impl SendingDigits {
    pub(crate) fn new(verb: &SendDigits) -> SendingDigits {
        let length = verb.digit_milliseconds.unwrap_or(limits::KEY_MILLISECONDS);
        SendingDigits {
            keys: verb.digits.clone(),
            length: Duration::from_millis(length.into()),
        }
    }
}

impl Act for SendingDigits {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun => steps.push(Step::SendKeys {
                keys: std::mem::take(&mut self.keys),
                length: self.length,
            }),
            Stimulus::KeysSent => steps.push(Step::done(Outcome::Completed)),
            _ => {}
        }
    }

    fn wants(&self, _key: char) -> bool {
        false
    }
}
