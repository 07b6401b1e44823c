//! The calls of an exchange: where they live, and when each wants to be stepped next.

use std::collections::BTreeSet;
use std::time::Instant;

use slab::Slab;

use crate::call::state::Call;
use crate::keys::CallKey;

/// The calls of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    slots: Slab<Slot>,
    deadlines: BTreeSet<(Instant, CallKey)>,
    generation: u32,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    /// Nobody is here while it is being stepped.
    call: Option<Box<Call>>,
}

impl Calls {
    /// A place for a new call, and its name: the place in the lower half, how many calls there were in the upper.
    pub(crate) fn reserve(&mut self) -> CallKey {
        self.generation = self.generation.wrapping_add(1);
        let place = self.slots.insert(Slot {
            generation: self.generation,
            call: None,
        });
        CallKey(u64::from(self.generation) << 32 | (place as u64 & u64::from(u32::MAX)))
    }

    /// Takes a call out to step it. `None`: there is no such call any more.
    pub(crate) fn take(&mut self, key: CallKey) -> Option<Box<Call>> {
        let slot = self.slots.get_mut((key.0 & u64::from(u32::MAX)) as usize)?;
        if u64::from(slot.generation) != key.0 >> 32 {
            return None;
        }
        slot.call.take()
    }

    /// Looks at a call that is not being stepped.
    pub(crate) fn get(&self, key: CallKey) -> Option<&Call> {
        let slot = self.slots.get((key.0 & u64::from(u32::MAX)) as usize)?;
        let call = slot.call.as_deref()?;
        (call.key == key).then_some(call)
    }

    /// Puts it back, and takes note of when it wants to be stepped next.
    pub(crate) fn put(&mut self, key: CallKey, mut call: Box<Call>) {
        let next = call.deadlines.next();
        if next != call.scheduled {
            if let Some(before) = call.scheduled {
                self.deadlines.remove(&(before, key));
            }
            if let Some(at) = next {
                self.deadlines.insert((at, key));
            }
            call.scheduled = next;
        }
        if let Some(slot) = self.slots.get_mut((key.0 & u64::from(u32::MAX)) as usize) {
            slot.call = Some(call);
        }
    }

    /// Gives the place of a call up.
    pub(crate) fn remove(&mut self, key: CallKey, scheduled: Option<Instant>) {
        if let Some(at) = scheduled {
            self.deadlines.remove(&(at, key));
        }
        self.slots
            .try_remove((key.0 & u64::from(u32::MAX)) as usize);
    }

    /// A call that wants to be stepped at `now`.
    pub(crate) fn due(&self, now: Instant) -> Option<CallKey> {
        self.deadlines
            .first()
            .filter(|(at, _)| *at <= now)
            .map(|(_, key)| *key)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// All calls, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Call> {
        self.slots
            .iter()
            .filter_map(|(_, slot)| slot.call.as_deref())
    }

    /// The calls for which `wanted` says yes.
    pub(crate) fn find(&self, wanted: impl Fn(&Call) -> bool) -> Vec<CallKey> {
        self.iter()
            .filter(|call| wanted(call))
            .map(|call| call.key)
            .collect()
    }
}
