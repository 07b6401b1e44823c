//! REFER within a call (RFC 3515, RFC 5589): who may, where to, and how it is answered. Outside of a call nobody may.

use switchhook_media::relay::Side;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::ServerTransaction;
use switchhook_sip::uri::Uri;

use crate::call::state::{Call, News, Phase};
use crate::core::{Core, Reply};
use crate::exchange::Exchange;
use crate::features::{ALLOW, check_required};
use crate::keys::{CallKey, LegId};
use crate::limits;
use crate::transfer::replaces::{Replaced, Replaces};
use crate::transfer::target::{Course, Whither, course, may_send, plan_of, whither};

/// What a REFER asks for.
#[derive(Debug)]
struct Wanted {
    /// Who asks.
    by: Side,
    whither: Whither,
    course: Result<Course, Reply>,
    replaces: Option<Replaces>,
    domain: String,
}

impl Exchange {
    /// A REFER within a call.
    pub(crate) fn refer(
        &mut self,
        call: CallKey,
        leg: LegId,
        tx: ServerTransaction,
        request: &Request,
    ) {
        let judged = self.with(call, |core, call| {
            if call.phase == Phase::Talking {
                call.tell_transfer(core, leg, request);
            }
            call.judge_refer(core, leg, request)
        });
        let wanted = judged.unwrap_or_else(|| Err(Reply::new(481)));
        let begun = wanted.and_then(|wanted| self.begin_referred(call, request, wanted));
        match begun {
            Ok((new, by)) => {
                let notifies = !declines_subscription(request);
                self.with(call, |core, call| {
                    call.accept_refer(core, by, tx, request);
                    let number = request.cseq().number;
                    call.refer_to(core, by, new, notifies.then_some(number));
                });
                self.start(new);
            }
            Err(reply) => {
                self.core.counters.transfers_refused += 1;
                self.core.reply(tx, request, reply);
            }
        }
    }

    /// Makes the new call; it does not begin yet.
    fn begin_referred(
        &mut self,
        call: CallKey,
        request: &Request,
        wanted: Wanted,
    ) -> Result<(CallKey, Side), Reply> {
        if self.is_overloaded() {
            return Err(Reply::new(503).with("Retry-After", "1"));
        }
        let by = wanted.by;
        let stays = (call, by.other());
        let replaced = match &wanted.replaces {
            Some(replaces) => self.replaced(&wanted.domain, replaces),
            None => None,
        };
        let gone = || Reply::new(481);
        match (replaced, wanted.whither) {
            (Some(Replaced::Side(other, _)), _) if other == call => Err(Reply::new(400)),
            (Some(Replaced::Side(other, side)), _) => {
                let new = self.attended_call(stays, request.clone(), (other, side), true);
                Ok((new?, by))
            }
            (Some(Replaced::Calling(other)), _) => {
                // Whom it calls has not answered: what it dialled there is dialled for the party that stays.
                let course = self.with_both((call, other), |_, call, other| {
                    let who = call.who(by)?;
                    (who.origin == other.facts.subject.origin).then(|| other.course_again())
                });
                let course = course.flatten().ok_or_else(|| Reply::new(403))?;
                let new = self.transferred_call(stays, request.clone(), course);
                self.step(other, News::HangUp);
                Ok((new.ok_or_else(gone)?, by))
            }
            (Some(Replaced::Ringing(..) | Replaced::Over), _) => Err(gone()),
            (None, Whither::Park(slot)) => {
                let new = self.parked_call(stays, request.clone(), &slot, wanted.course?)?;
                Ok((new, by))
            }
            (None, _) => {
                let course = wanted.course?;
                let new = self.transferred_call(stays, request.clone(), course);
                let new = new.ok_or_else(gone)?;
                let replaces = wanted.replaces.map(|replaces| replaces.to_header());
                self.with(new, |_, call| call.links.replaces = replaces);
                Ok((new, by))
            }
        }
    }

    /// Lets the call of a transfer begin.
    pub(crate) fn start(&mut self, new: CallKey) {
        self.with(new, |core, call| match call.links.partner {
            Some(partner) => call.begin_with_partner(core, partner),
            None if call.links.parked.is_some() => call.begin_parked(core),
            None => call.begin_transferred(core),
        });
    }
}

impl Call {
    /// What a REFER asks for, if whoever sent it may, and may now.
    fn judge_refer(&mut self, core: &Core, leg: LegId, request: &Request) -> Result<Wanted, Reply> {
        check_required(request)?;
        if self.is_joining(leg) {
            return Err(Reply::new(491));
        }
        let by = self.side(leg).ok_or_else(|| Reply::new(481))?;
        if self.phase == Phase::Ending {
            return Err(Reply::new(481));
        }
        if !self.may_be_transferred() {
            return Err(Reply::new(491));
        }
        let domain = self.domain().ok_or_else(|| Reply::new(403))?;
        let who = self.who(by).ok_or_else(|| Reply::new(481))?;
        let plan = plan_of(core, domain, &who).ok_or_else(|| Reply::new(403))?;
        if self.links.transfers >= limits::TRANSFERS {
            return Err(Reply::new(403));
        }
        // "exactly one Refer-To" (RFC 3515 §2.4.2).
        let mut targets = request.addresses(HeaderName::ReferTo);
        let (Some(Ok(target)), None) = (targets.next(), targets.next()) else {
            return Err(Reply::new(400));
        };
        let target = target.uri().as_str().to_owned();
        let target = Uri::parse(&target).map_err(|_| Reply::new(400))?;
        let (whither, replaces) = whither(core, domain, &target)?;
        let course =
            may_send(core, domain, &who, &whither).and_then(|()| course(domain, &whither, plan));
        Ok(Wanted {
            by,
            whither,
            course,
            replaces,
            domain: domain.name.clone(),
        })
    }

    /// 202 (RFC 3515 §2.4.2), without a subscription if none is wanted (RFC 4488 §4).
    fn accept_refer(
        &mut self,
        core: &mut Core,
        by: Side,
        tx: ServerTransaction,
        request: &Request,
    ) {
        let flow = self.peer(by).map(|peer| peer.flow);
        let flow = flow.unwrap_or(self.caller.flow);
        let mut builder = core
            .response(request, 202, None)
            .raw_header(HeaderName::Contact, core.contact(flow).as_bytes())
            .raw_header(HeaderName::Allow, ALLOW.as_bytes());
        if declines_subscription(request) {
            builder = builder.header(HeaderName::ReferSub, "false");
        }
        core.respond(tx, builder.finish());
    }

    /// How it was routed, for somebody else.
    fn course_again(&self) -> Course {
        Course {
            callee: self.routing.callee.clone(),
            plan: self.routing.plan.clone(),
            route: std::sync::Arc::clone(&self.routing.route),
        }
    }
}

/// Whether it says `Refer-Sub: false` (RFC 4488 §4).
fn declines_subscription(request: &Request) -> bool {
    let value = request.header(HeaderName::ReferSub);
    value.is_some_and(|value| {
        let value = value.split(';').next().unwrap_or_default();
        value.trim().eq_ignore_ascii_case("false")
    })
}
