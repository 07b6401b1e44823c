//! Two parties of two calls come together: a transfer with Replaces within the switch. And somebody new takes a party over: an
//! INVITE with Replaces (RFC 3891).

use switchhook_media::relay::Side;
use switchhook_routing::event::EventKind;
use switchhook_sip::message::Request;

use crate::asks::Ask;
use crate::call::state::{Call, News, Phase};
use crate::core::{Core, Reply};
use crate::exchange::Exchange;
use crate::keys::CallKey;
use crate::transfer::target::Course;

impl Exchange {
    /// Makes the call of `stays`, a party that its counterpart transfers to the one whom `replaced` talks to in the other call.
    ///
    /// # Errors
    /// One of the two is not there (any more), or whoever leaves the calls is not the same in both, but must be.
    pub(crate) fn attended_call(
        &mut self,
        stays: (CallKey, Side),
        request: Request,
        (other, replaced): (CallKey, Side),
        must_be_the_same: bool,
    ) -> Result<CallKey, Reply> {
        let (call, side) = stays;
        let gone = || Reply::new(481);
        let course = self.with_both((call, other), |_, call, other| {
            let who = call.who(side.other()).ok_or_else(gone)?;
            let them = other.who(replaced).ok_or_else(gone)?;
            if must_be_the_same && who.origin != them.origin {
                return Err(Reply::new(403));
            }
            if !other.may_be_transferred() {
                return Err(Reply::new(491));
            }
            let remains = other.who(replaced.other()).ok_or_else(gone)?;
            Ok(Course {
                callee: remains.number,
                plan: call.routing.plan.clone(),
                route: std::sync::Arc::default(),
            })
        });
        let course = course.ok_or_else(gone)??;
        let new = self.transferred_call(stays, request, course);
        let new = new.ok_or_else(gone)?;
        self.with(new, |_, call| {
            call.links.partner = Some((other, replaced.other()));
        });
        Ok(new)
    }

    /// The party that a call wants as its called side comes to it.
    pub(crate) fn join(&mut self, new: CallKey, (lender, side): (CallKey, Side)) {
        let joined = self.with_both((lender, new), |core, lender, new| {
            let Some(party) = lender.release(core, side, new.key) else {
                return false;
            };
            new.phase = Phase::Connecting;
            if !new.links.transferred {
                // Who takes a call up has not made it.
                new.payer.clone_from(&lender.payer);
            }
            let from = &mut new.journal.transferred_from;
            from.get_or_insert_with(|| lender.facts.subject.call_id.clone());
            new.join(core, party, lender.key);
            true
        });
        if joined != Some(true) {
            self.step(new, News::HangUp);
        }
    }

    /// A party that was lent is the called side of its new call for good: the call that it came from is over.
    pub(crate) fn joined(&mut self, lender: CallKey, new: CallKey) {
        let id = self.with(new, |_, new| new.facts.subject.call_id.clone());
        self.with(lender, |core, lender| {
            let lent = lender.links.lent.filter(|lent| lent.to == new);
            if let (Some(lent), Some(id)) = (lent, id) {
                lender.moved_on(core, &id, lent.side.other());
            }
        });
        self.with(new, |core, new| new.watch_longest(core));
    }

    /// A party that was lent is not wanted: it goes back, or is hung up if nobody is left there.
    pub(crate) fn give_back(&mut self, lender: CallKey, new: CallKey, leg: usize) {
        let returned = self.with_both((lender, new), |core, lender, new| {
            let waits = lender.links.lent.is_some_and(|lent| lent.to == new.key);
            if waits
                && lender.phase != Phase::Ending
                && let Some(party) = new.part_with(core, leg)
            {
                lender.take_back(core, party);
                return true;
            }
            false
        });
        if returned != Some(true) {
            self.with(new, |core, new| new.hang_up_joined(core, leg));
        }
    }
}

impl Call {
    /// The call of a transfer or a retrieval whose called side is a party already.
    pub(crate) fn begin_with_partner(&mut self, core: &mut Core, partner: (CallKey, Side)) {
        self.journal.tell(core, &self.facts, EventKind::Initiated);
        self.phase = Phase::Connecting;
        core.asks.push_back(Ask::Join {
            call: self.key,
            partner,
        });
    }
}
