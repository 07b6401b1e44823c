//! The verbs that play, listen, record or mix. This is their place: each is begun here, and ends with
//! [`Call::finish_verb`]. Until the switch has media of its own they cannot be done, and say so.

use switchhook_routing::verb::Verb;

use crate::call::state::Call;
use crate::core::Core;

/// What became of a verb that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The switch cannot do it; the text says why.
    NotAvailable(&'static str),
}

impl Call {
    /// Begins one of the verbs that need media.
    pub(crate) fn begin_media_verb(&mut self, _core: &mut Core, verb: &Verb) -> Begun {
        Begun::NotAvailable(match verb {
            Verb::Answer => "this switch cannot answer a call by itself yet",
            Verb::Announce(_) => "this switch cannot play prompts yet",
            Verb::Gather(_) => "this switch cannot listen for keys yet",
            Verb::Enqueue(_) => "this switch has no queues yet",
            Verb::Voicemail(_) => "this switch has no mailboxes yet",
            Verb::Record(_) => "this switch cannot record yet",
            Verb::Conference(_) => "this switch has no conference rooms yet",
            Verb::Stream(_) => "this switch cannot stream audio yet",
            Verb::SendDigits(_) => "this switch cannot send keys yet",
            _ => "this switch cannot do that",
        })
    }
}
