//! The new call of a transfer: how it begins, and how its caller comes to it.

use std::sync::Arc;

use switchhook_media::relay::Side;
use switchhook_media::sdp::Answer;
use switchhook_routing::event::{EventKind, Subject};
use switchhook_sip::message::Request;

use crate::asks::Ask;
use crate::call::journal::Facts;
use crate::call::party::Party;
use crate::call::routing::Routing;
use crate::call::state::{Call, News};
use crate::core::Core;
use crate::exchange::Exchange;
use crate::keys::CallKey;
use crate::transfer::target::Course;

impl Exchange {
    /// Makes the call that the party on `side` of `old` is to be the caller of. Nothing happens in it yet. `None`: there is
    /// nobody on that side.
    pub(crate) fn transferred_call(
        &mut self,
        (old, side): (CallKey, Side),
        request: Request,
        course: Course,
    ) -> Option<CallKey> {
        let key = self.calls.reserve();
        let made = self.with(old, |core, old| {
            let party = old.likeness(core, side)?;
            Some(new_call(core, key, (old, side), party, request, course))
        });
        let Some(call) = made.flatten() else {
            self.calls.remove(key, None);
            return None;
        };
        self.core.counters.calls += 1;
        self.core.counters.transfers += 1;
        self.calls.put(key, Box::new(call));
        Some(key)
    }

    /// Brings the caller of a call from the one that it is still in; that one is over then.
    pub(crate) fn adopt(&mut self, new: CallKey) {
        let Some(Some((old, side))) = self.with(new, |_, call| call.links.elsewhere) else {
            return;
        };
        let done = self.with_both((old, new), |core, old, new| {
            let Some(party) = old.release(core, side, new.key) else {
                return false;
            };
            new.adopt(core, party);
            old.moved_on(core, &new.facts.subject.call_id, side.other());
            // What the other has used up is known by now.
            new.watch_longest(core);
            true
        });
        if done != Some(true) {
            self.step(new, News::HangUp);
        }
    }
}

fn new_call(
    core: &mut Core,
    key: CallKey,
    (old, side): (&Call, Side),
    party: Party,
    request: Request,
    course: Course,
) -> Call {
    let subject = Subject {
        call_id: core.identifier(),
        sip_call_id: party.peer.dialog.id().call_id.clone(),
        domain: old.facts.subject.domain.clone(),
        caller: party.who.number.clone(),
        callee: course.callee.clone(),
        origin: party.who.origin.clone(),
        variables: course.route.variables.clone(),
    };
    let facts = Facts {
        subject: Arc::new(subject),
        caller_name: party.who.name.clone(),
        source_address: party.peer.flow.peer.to_string(),
        started_at: core.epoch_ms(core.now),
        presentation: party.who.presentation,
    };
    let attestation = party.who.attestation;
    let routing = Routing::new(course.plan, course.route, course.callee);
    let mut call = Call::new(core, key, facts, party.into_caller(request), routing);
    call.chain = old.chain;
    call.attestation = attestation;
    call.payer.clone_from(&old.payer);
    call.links.elsewhere = Some((old.key, side));
    call.links.transferred = true;
    call.links.transfers = old.links.transfers + 1;
    call.journal.transferred_from = Some(old.facts.subject.call_id.clone());
    call
}

impl Call {
    /// The call of a transfer begins: routing code is asked as about any other.
    pub(crate) fn begin_transferred(&mut self, core: &mut Core) {
        self.journal.tell(core, &self.facts, EventKind::Initiated);
        self.decide_by_route(core);
    }

    /// Somebody has answered a caller who is still in another call: it is needed here, with what the leg has said.
    pub(crate) fn fetch_caller(&mut self, core: &mut Core, answer: Option<&Answer>) {
        if let Some(answer) = answer {
            self.tell_caller(answer);
        }
        core.asks.push_back(Ask::Adopt { call: self.key });
    }
}
