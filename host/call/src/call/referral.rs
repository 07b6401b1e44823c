//! The transfer that a side of the call has asked for, as that side sees it: what it is told of it, and what becomes of the
//! call when it is over. The transfer itself is another call.

use switchhook_media::relay::Side;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::message::HeaderName;

use crate::asks::Ask;
use crate::call::caller::CallerState;
use crate::call::end::End;
use crate::call::journal::party;
use crate::call::leg::LegState;
use crate::call::links::Referral;
use crate::call::state::{Call, Phase, Sent};
use crate::core::Core;
use crate::keys::{CallKey, Owner};

/// How long a subscription to the progress of a transfer is said to last: seconds. It ends with the transfer.
const SUBSCRIPTION_SECONDS: u32 = 180;

impl Call {
    /// Takes note of a transfer that has begun.
    pub(crate) fn refer_to(
        &mut self,
        core: &mut Core,
        by: Side,
        to: CallKey,
        subscription: Option<u32>,
    ) {
        self.links.referral = Some(Referral {
            by,
            call: to,
            subscription,
            told: 0,
        });
        self.tell_referral(core, 100);
    }

    /// How far the transfer is: a provisional status, or a final one that is none of success, after which it is over and the
    /// call goes on as if nothing had been.
    pub(crate) fn referral_is_at(&mut self, core: &mut Core, of: CallKey, status: u16) {
        let is_it = |referral: &Referral| referral.call == of;
        if !self.links.referral.as_ref().is_some_and(is_it) {
            return;
        }
        self.tell_referral(core, status);
        if status >= 200 {
            self.links.referral = None;
        }
    }

    /// The party that stays has gone over into another call: here nobody is left to talk to.
    pub(crate) fn moved_on(&mut self, core: &mut Core, to: &str, by: Side) {
        self.tell_referral(core, 200);
        self.links.referral = None;
        self.journal.transferred_to = Some(to.to_owned());
        let by = match self.phase {
            Phase::Parked => Party::Switch,
            _ => party(by),
        };
        self.end(core, End::of(Disposition::Answered, 200, by));
    }

    /// The side that asked for a transfer has hung up, as it may: the transfer goes on without it. `false`: there is none.
    pub(crate) fn referrer_left(&mut self, core: &mut Core, side: Side) -> bool {
        let referral = self.links.referral.take_if(|referral| referral.by == side);
        let Some(referral) = referral else {
            return false;
        };
        core.asks.push_back(Ask::Adopt {
            call: referral.call,
        });
        true
    }

    /// The call is over: so is what other calls have of it.
    pub(crate) fn cut_links(&mut self, core: &mut Core, status: u16) {
        self.tell_referral(core, 487);
        if let Some(referral) = self.links.referral.take() {
            core.asks.push_back(Ask::Abandon {
                call: referral.call,
            });
        }
        if let Some((call, _)) = self.links.elsewhere.take() {
            let status = if status < 300 { 480 } else { status };
            core.asks.push_back(Ask::Tell {
                call,
                of: self.key,
                status,
            });
        }
        if self.caller.state == CallerState::Elsewhere {
            self.caller.state = CallerState::Done;
        }
        for index in 0..self.legs.len() {
            let leg = self.legs.get(index);
            if leg.is_some_and(|leg| leg.state == LegState::Elsewhere) {
                self.leg_done(core, index);
            }
        }
        if self.links.parked.take().is_some() {
            core.parking.leave(self.key);
        }
    }

    /// The party that was lent has hung up in the call that it was lent to.
    pub(crate) fn lent_is_lost(&mut self, core: &mut Core, to: CallKey) {
        if let Some(lent) = self.links.lent.take_if(|lent| lent.to == to) {
            self.end(core, End::of(Disposition::Answered, 200, party(lent.side)));
        }
    }

    /// Tells the call that asked for this one how far it is.
    pub(crate) fn tell_referrer(&mut self, core: &mut Core, status: u16) {
        if let Some((call, _)) = self.links.elsewhere {
            let of = self.key;
            core.asks.push_back(Ask::Tell { call, of, status });
        }
    }

    /// The NOTIFY about the transfer (RFC 3515 §2.4.4): a status line as its body.
    fn tell_referral(&mut self, core: &mut Core, status: u16) {
        let Some(referral) = &mut self.links.referral else {
            return;
        };
        let (by, Some(subscription)) = (referral.by, referral.subscription) else {
            return;
        };
        if referral.told == status || (referral.told > status && status < 200) {
            return;
        }
        referral.told = status;
        let is_here = match by {
            Side::Caller => self.caller.state == CallerState::Answered,
            Side::Callee => self
                .bridged_leg()
                .is_some_and(|leg| leg.state == LegState::Answered),
        };
        let key = self.key;
        let Some(peer) = self.peer(by).filter(|_| is_here) else {
            return;
        };
        let (flow, builder) = peer.request(core, "NOTIFY");
        let state = match status {
            ..200 => format!("active;expires={SUBSCRIPTION_SECONDS}"),
            _ => "terminated;reason=noresource".to_owned(),
        };
        let reason = switchhook_sip::build::reason_phrase(status);
        let fragment = format!("SIP/2.0 {status} {reason}\r\n");
        let builder = builder
            .header("Event", format_args!("refer;id={subscription}"))
            .header("Subscription-State", state)
            .raw_header(HeaderName::Contact, core.contact(flow).as_bytes());
        let builder = peer.signed(core, builder, "NOTIFY", fragment.as_bytes());
        let request = builder.body("message/sipfrag;version=2.0", fragment.as_bytes());
        let tx = core.request(Owner::Call(key), flow, request.finish());
        self.note(tx, Sent::Notify(by));
    }

    /// The answer to such a NOTIFY. Who does not know of the transfer is told no more.
    pub(crate) fn notify_answered(&mut self, side: Side, status: u16) {
        let referral = self.links.referral.as_mut();
        if let Some(referral) = referral.filter(|referral| referral.by == side)
            && matches!(status, 405 | 408 | 481 | 489 | 501)
        {
            referral.subscription = None;
        }
    }

    /// Whether one of the sides may ask for a transfer now.
    pub(crate) fn may_be_transferred(&self) -> bool {
        self.phase == Phase::Talking
            && self.links.referral.is_none()
            && self.links.lent.is_none()
            && self.caller.state == CallerState::Answered
    }
}
