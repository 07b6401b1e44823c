//! Taking part in a call of others: who supervises it hears both sides; the keys 1, 2 and 3 change between being unheard, being
//! heard by the client alone, and being heard by both.

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;

use crate::acts::{Act, Entering, Step, Stimulus};
use crate::rooms::RoomNews;
use crate::rooms::supervision::{Supervised, Supervision};

/// A call is supervised.
#[derive(Debug)]
pub(crate) struct Supervising {
    of: Supervised,
    how: Supervision,
}

impl Supervising {
    pub(crate) fn new(of: Supervised, how: Supervision) -> Supervising {
        Supervising { of, how }
    }
}

impl Act for Supervising {
    fn step(&mut self, stimulus: Stimulus, steps: &mut Vec<Step>) {
        match stimulus {
            Stimulus::Begun => steps.push(Step::Enter(Entering::Supervision {
                of: self.of,
                how: self.how,
            })),
            Stimulus::Key('1') => steps.push(Step::Supervise(Supervision::Monitor)),
            Stimulus::Key('2') => steps.push(Step::Supervise(Supervision::Whisper)),
            Stimulus::Key('3') => steps.push(Step::Supervise(Supervision::Barge)),
            Stimulus::Room(RoomNews::Refused(refusal)) => steps.push(Step::Done {
                end: VerbEnd::Failed(refusal.text().to_owned()),
                outcome: Outcome::Failed(refusal.text().to_owned()),
            }),
            Stimulus::RoomLeft => steps.push(Step::Done {
                end: VerbEnd::Completed,
                outcome: Outcome::Completed,
            }),
            _ => {}
        }
    }
}
