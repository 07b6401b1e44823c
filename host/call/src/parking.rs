//! Parking slots: which caller waits in which. What is done with a parked call is the call's.

use std::collections::BTreeMap;

use crate::keys::{CallKey, Map};

/// The slots that are taken, by domain.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    taken: Map<String, BTreeMap<String, CallKey>>,
}

impl Parking {
    /// Takes a slot for a call. `false`: it is taken.
    pub(crate) fn take(&mut self, domain: &str, slot: &str, call: CallKey) -> bool {
        let slots = self.taken.entry(domain.to_owned()).or_default();
        if slots.contains_key(slot) {
            return false;
        }
        slots.insert(slot.to_owned(), call);
        true
    }

    /// Who is in a slot.
    pub(crate) fn occupant(&self, domain: &str, slot: &str) -> Option<CallKey> {
        self.taken.get(domain)?.get(slot).copied()
    }

    /// A call is in no slot any more.
    pub(crate) fn leave(&mut self, call: CallKey) {
        for slots in self.taken.values_mut() {
            slots.retain(|_, other| *other != call);
        }
        self.taken.retain(|_, slots| !slots.is_empty());
    }
}
