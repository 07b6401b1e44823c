//! The verbs that play, listen, record or mix: which act does what a verb says, and what it needs of the caller. The act is
//! carried out in [`crate::call::performing`] and ends with [`Call::finish_verb`].

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::verb::Verb;

use crate::acts::Act;
use crate::acts::announce::Announcing;
use crate::acts::answer::Answering;
use crate::acts::conference::Conferring;
use crate::acts::gather::Gathering;
use crate::acts::send_digits::SendingDigits;
use crate::acts::voicemail::TakingMessage;
use crate::call::caller::CallerState;
use crate::call::state::Call;
use crate::core::Core;

/// What became of a verb that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It takes time.
    Waits,
    /// It is over already.
    Over(VerbEnd, Outcome),
}

/// What an act needs before it can begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// That the caller hears: early media are enough.
    Hearing,
    /// That the caller is answered.
    Answer,
}

impl Begun {
    /// The switch cannot do it here, or not yet.
    pub(crate) fn not_available(why: &str) -> Begun {
        Begun::Over(
            VerbEnd::NotAvailable(why.to_owned()),
            Outcome::NotAvailable(why.to_owned()),
        )
    }

    /// It could not be done.
    pub(crate) fn failed(why: &str) -> Begun {
        Begun::Over(
            VerbEnd::Failed(why.to_owned()),
            Outcome::Failed(why.to_owned()),
        )
    }
}

impl Call {
    /// Begins one of the verbs that need media.
    pub(crate) fn begin_media_verb(&mut self, core: &mut Core, verb: &Verb) -> Begun {
        let (act, needs): (Box<dyn Act>, Needs) = match verb {
            Verb::Answer => (Box::new(Answering), Needs::Answer),
            Verb::Announce(verb) => (Box::new(Announcing::new(verb)), Needs::Hearing),
            Verb::Gather(verb) => (Box::new(Gathering::new(verb)), Needs::Hearing),
            Verb::SendDigits(verb) if self.caller.state == CallerState::Answered => {
                (Box::new(SendingDigits::new(verb)), Needs::Answer)
            }
            Verb::SendDigits(_) => {
                return Begun::failed("keys are sent over an answered call only");
            }
            Verb::Enqueue(_) => return Begun::not_available("this switch has no queues yet"),
            Verb::Voicemail(verb) => (Box::new(TakingMessage::new(verb)), Needs::Answer),
            Verb::Record(verb) => return self.record_verb(core, verb),
            Verb::Conference(verb) => {
                let rules = self.domain().map(|domain| domain.conference.clone());
                let act = Conferring::new(verb, &rules.unwrap_or_default());
                (Box::new(act), Needs::Answer)
            }
            Verb::Stream(_) => return Begun::not_available("this switch cannot stream audio yet"),
            _ => return Begun::not_available("this switch cannot do that"),
        };
        self.perform_act(core, act, needs)
    }
}
