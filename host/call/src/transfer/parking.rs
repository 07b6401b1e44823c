//! Parking: a transfer to a slot, or to the code of parking. The caller waits there until somebody calls the slot, or, after a
//! while, whoever parked it is called.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::event::{EventKind, ScriptSource};
use switchhook_routing::verb::{Connect, Endpoint, Target, Verb};
use switchhook_sip::message::Request;

use crate::asks::Ask;
use crate::call::deadlines::Timer;
use crate::call::links::Parked;
use crate::call::state::{Call, Phase};
use crate::core::{Core, Reply};
use crate::exchange::Exchange;
use crate::keys::CallKey;
use crate::transfer::target::Course;

/// How long a caller who is about to be taken out of its slot is left alone.
const LENT: Duration = Duration::from_secs(5);

impl Exchange {
    /// Makes the call of a party that is parked; `slot` may be empty.
    ///
    /// # Errors
    /// There is no such slot (404), or none is free (486).
    pub(crate) fn parked_call(
        &mut self,
        stays: (CallKey, Side),
        request: Request,
        slot: &str,
        mut course: Course,
    ) -> Result<CallKey, Reply> {
        let (old, side) = stays;
        let known = self.with(old, |core, old| {
            let domain = old.domain()?;
            let slots = domain.parking.slots.iter();
            let wanted: Vec<String> = match slot {
                "" => slots.cloned().collect(),
                slot => slots.filter(|known| *known == slot).cloned().collect(),
            };
            let is_free = |slot: &&String| core.parking.occupant(&domain.name, slot).is_none();
            let free = wanted.iter().find(is_free).cloned();
            let by = old.who(side.other())?.client;
            (!wanted.is_empty()).then(|| (domain.name.clone(), free, by))
        });
        let (domain, free, by) = known.flatten().ok_or_else(|| Reply::new(404))?;
        let slot = free.ok_or_else(|| Reply::new(486))?;
        course.callee.clone_from(&slot);
        let new = self.transferred_call(stays, request, course);
        let new = new.ok_or_else(|| Reply::new(481))?;
        self.core.parking.take(&domain, &slot, new);
        self.with(new, |_, call| call.links.parked = Some(Parked { by }));
        Ok(new)
    }
}

impl Call {
    /// The caller goes into the slot.
    pub(crate) fn begin_parked(&mut self, core: &mut Core) {
        self.journal.tell(core, &self.facts, EventKind::Initiated);
        self.phase = Phase::Parked;
        core.asks.push_back(Ask::Adopt { call: self.key });
    }

    /// Sets the time after which nobody is expected to come any more.
    pub(crate) fn watch_parked(&mut self, core: &Core) {
        let seconds = self
            .domain()
            .map_or(0, |domain| domain.parking.timeout_seconds);
        if self.phase == Phase::Parked && seconds > 0 {
            let wait = Duration::from_secs(seconds.into());
            self.deadlines.set(Timer::Parked, core.now + wait);
        }
    }

    /// Nobody has come: whoever parked the caller is called, and then who gets calls that nobody could route.
    pub(crate) fn parked_too_long(&mut self, core: &mut Core) {
        if self.links.lent.is_some() {
            return self.deadlines.set(Timer::Parked, core.now + LENT);
        }
        let Some(parked) = self.links.parked.take() else {
            return;
        };
        core.parking.leave(self.key);
        self.phase = Phase::Pausing;
        let back = parked.by.map(|client| {
            Verb::Connect(Connect {
                targets: vec![Target {
                    endpoint: Endpoint::Client(client.user),
                    ring_seconds: None,
                }],
                ..Connect::default()
            })
        });
        let script = back.into_iter().collect();
        self.routing
            .put_script(script, ScriptSource::RouteFallback, &[]);
        self.advance(core);
    }
}
