//! A transfer that nobody of the call asks for but the operator, through the switch's own interface.

use std::time::Instant;

use switchhook_media::relay::Side;
use switchhook_routing::verb::Endpoint;
use switchhook_sip::build::Builder;
use switchhook_sip::message::{HeaderName, Request};

use crate::call::state::{Call, Phase};
use crate::call::target::escaped;
use crate::core::{Core, Reply};
use crate::exchange::Exchange;
use crate::keys::CallKey;
use crate::limits;
use crate::transfer::target::{Course, Whither, course, plan_of, straight_to};

/// A transfer that the operator asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The identifier of the call (that of events and records).
    pub call_id: String,
    /// The side that stays, and is the caller of the new call. The other one is hung up when somebody has answered there.
    pub stays: Side,
    /// Where it is transferred.
    pub to: Destination,
}

/// Where a call is transferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To a number: the dialplan of the side that leaves decides, or that of the call where this has none.
    Number(String),
    /// To a destination, without anybody being asked.
    Endpoint(Endpoint),
    /// To one who is in another call of the same domain; the other side of that call is hung up.
    Call {
        /// The identifier of that call.
        call_id: String,
        /// Who of it stays.
        stays: Side,
    },
    /// Into a parking slot of the domain; `None`: into the first that is free.
    Slot(Option<String>),
}

/// Why a call is not transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferError {
    /// There is no call with this identifier (any more), or it is of another domain.
    NoSuchCall,
    /// Its two sides are not connected, or it is being transferred just now.
    NotConnected,
    /// The dialplan has no such number, or the domain no such slot.
    NoSuchDestination,
    /// The slot, or every slot, is taken.
    SlotTaken,
    /// There are too many calls.
    Overloaded,
}

impl std::fmt::Display for TransferError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TransferError::NoSuchCall => "there is no such call",
            TransferError::NotConnected => "its two sides are not connected just now",
            TransferError::NoSuchDestination => "there is no such destination",
            TransferError::SlotTaken => "no such parking slot is free",
            TransferError::Overloaded => "there are too many calls",
        })
    }
}

impl std::error::Error for TransferError {}

impl Exchange {
    /// Transfers a call; the identifier of the new one. What becomes of it is told by its events. Drain the outputs
    /// afterwards.
    ///
    /// # Errors
    /// See [`TransferError`]; nothing has changed then.
    pub fn transfer(&mut self, now: Instant, transfer: &Transfer) -> Result<String, TransferError> {
        self.core.now = self.core.now.max(now);
        let made = self.transfer_by_command(transfer);
        self.dispatch();
        // An exchange that does not have the call has refused nothing.
        if made
            .as_ref()
            .is_err_and(|error| *error != TransferError::NoSuchCall)
        {
            self.core.counters.transfers_refused += 1;
        }
        made
    }

    fn transfer_by_command(&mut self, transfer: &Transfer) -> Result<String, TransferError> {
        if self.is_overloaded() {
            return Err(TransferError::Overloaded);
        }
        let (key, stays) = (self.call_of(&transfer.call_id)?, transfer.stays);
        let prepared = self.with(key, |core, call| {
            if !call.may_be_transferred() {
                return Err(TransferError::NotConnected);
            }
            let request = call.refer_of_ours(core, stays.other());
            let request = request.ok_or(TransferError::NotConnected)?;
            let course = call.course_to(core, stays.other(), &transfer.to)?;
            Ok((request, course))
        });
        let (request, course) = prepared.unwrap_or(Err(TransferError::NoSuchCall))?;
        let new = match &transfer.to {
            Destination::Number(_) | Destination::Endpoint(_) => {
                let new = self.transferred_call((key, stays), request, course);
                new.ok_or(TransferError::NotConnected)?
            }
            Destination::Slot(slot) => {
                let slot = slot.as_deref().unwrap_or_default();
                self.parked_call((key, stays), request, slot, course)
                    .map_err(|reply| error_of(&reply))?
            }
            Destination::Call { call_id, stays: to } => {
                let other = self.call_of(call_id)?;
                self.joined_call((key, stays), request, (other, *to))?
            }
        };
        self.with(key, |core, call| {
            call.refer_to(core, stays.other(), new, None);
        });
        let id = self.with(new, |_, call| call.facts.subject.call_id.clone());
        self.start(new);
        id.ok_or(TransferError::NotConnected)
    }

    fn joined_call(
        &mut self,
        stays: (CallKey, Side),
        request: Request,
        (other, to): (CallKey, Side),
    ) -> Result<CallKey, TransferError> {
        let domain = |call: &Call| call.facts.subject.domain.clone();
        let here = self.with(stays.0, |_, call| domain(call));
        let there = self.with(other, |_, call| (domain(call), call.may_be_transferred()));
        match (here, there) {
            (Some(here), Some((there, true))) if here == there && other != stays.0 => {}
            (_, Some((_, false))) => return Err(TransferError::NotConnected),
            _ => return Err(TransferError::NoSuchCall),
        }
        let new = self.attended_call(stays, request, (other, to.other()), false);
        new.map_err(|reply| error_of(&reply))
    }

    fn call_of(&self, id: &str) -> Result<CallKey, TransferError> {
        let is_it = |call: &Call| call.facts.subject.call_id == id && call.phase != Phase::Ending;
        let found = self.calls.find(is_it);
        found.first().copied().ok_or(TransferError::NoSuchCall)
    }
}

impl Call {
    /// How a call goes on that goes there instead of to `leaves`.
    fn course_to(
        &self,
        core: &Core,
        leaves: Side,
        to: &Destination,
    ) -> Result<Course, TransferError> {
        let domain = self.domain().ok_or(TransferError::NoSuchCall)?;
        let who = self.who(leaves).ok_or(TransferError::NotConnected)?;
        let own = plan_of(core, domain, &who);
        let plan = own.unwrap_or_else(|| self.routing.plan.clone());
        let whither = match to {
            Destination::Number(number) => Whither::Number(number.clone()),
            Destination::Slot(slot) => Whither::Park(slot.clone().unwrap_or_default()),
            Destination::Endpoint(endpoint) => {
                let name = crate::call::connect::name_of(endpoint);
                return Ok(straight_to(endpoint.clone(), name, plan));
            }
            Destination::Call { .. } => Whither::Park(String::new()),
        };
        course(domain, &whither, plan).map_err(|reply| error_of(&reply))
    }

    /// What stands for the REFER that nobody has sent: routing code sees its fields, and its hops count.
    fn refer_of_ours(&mut self, core: &mut Core, leaves: Side) -> Option<Request> {
        let who = self.who(leaves)?;
        let domain = self.facts.subject.domain.clone();
        let address = format!("<sip:{}@{domain}>", escaped(&who.number));
        let flow = self.peer(leaves)?.flow;
        let via = core.via(flow);
        let bytes = Builder::request("REFER", &format!("sip:{domain}"))
            .raw_header(HeaderName::Via, via.as_bytes())
            .number(HeaderName::MaxForwards, limits::MAX_FORWARDS)
            .header(
                HeaderName::From,
                format_args!("{address};tag={}", core.tag()),
            )
            .header(HeaderName::To, &address)
            .header(HeaderName::CallId, &self.facts.subject.sip_call_id)
            .cseq(1, "REFER")
            .header(HeaderName::ReferredBy, &address)
            .finish();
        Request::from_bytes(bytes).ok()
    }
}

fn error_of(reply: &Reply) -> TransferError {
    match reply.status {
        404 => TransferError::NoSuchDestination,
        486 => TransferError::SlotTaken,
        _ => TransferError::NotConnected,
    }
}
