//! The registrar's table: which contacts each client has registered, until when, and over which flow they are reached
//! (RFC 3261 §10.3). It knows bindings, not messages; who may register is decided before.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant};

use switchhook_sip::flow::Flow;
use switchhook_sip::uri::Uri;

use crate::assignment::Assignment;
use crate::keys::AddressOfRecord;

/// One contact of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// The contact URI as it was registered.
    pub(crate) contact: String,
    pub(crate) instance: Instance,
    /// Where the registration came from, and where requests for the contact go: behind address translation nothing
    /// else reaches it.
    pub(crate) flow: Flow,
    /// When it ends.
    pub(crate) expires_at: Instant,
    /// The preference, in thousandths.
    pub(crate) q: u16,
    call_id: String,
    cseq: u32,
}

/// The device that a contact is of (RFC 5626 §4.1), empty if it names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Instance {
    /// `+sip.instance`.
    pub(crate) id: String,
    /// `reg-id`: which of the device's flows.
    pub(crate) flow: String,
}

/// A contact of a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) contact: String,
    pub(crate) instance: Instance,
    pub(crate) q: u16,
    /// For how long; 0 removes it.
    pub(crate) seconds: u32,
}

/// What a REGISTER wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// `Contact: *` with `Expires: 0`.
    RemoveAll,
    /// These contacts; none: only tell what is there.
    Set(Vec<Update>),
}

impl Change {
    /// Another life for what is registered; what is removed stays removed.
    pub(crate) fn set_seconds(&mut self, seconds: u32) {
        if let Change::Set(updates) = self {
            for update in updates.iter_mut().filter(|update| update.seconds > 0) {
                update.seconds = seconds;
            }
        }
    }
}

/// Where a REGISTER stands in time and space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) flow: Flow,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// An older request of the same Call-ID than the one that made a binding (RFC 3261 §10.3 step 7).
    OutOfOrder,
    /// The client would have too many contacts.
    TooMany,
    /// The table is full.
    Full,
}

/// The bindings of all clients.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    clients: HashMap<AddressOfRecord, Vec<Binding>>,
    expiries: BinaryHeap<Reverse<(Instant, AddressOfRecord)>>,
    /// Who has registered over which connection; entries of bindings that moved on stay until it closes.
    flows: HashMap<Flow, Vec<AddressOfRecord>>,
    /// What gatekeepers have assigned to clients that are registered.
    assignments: HashMap<AddressOfRecord, Assignment>,
    count: usize,
}

impl Registrar {
    /// The contacts of a client, preferred first.
    pub(crate) fn bindings(&self, client: &AddressOfRecord) -> &[Binding] {
        self.clients.get(client).map_or(&[], Vec::as_slice)
    }

    /// What a client was assigned.
    pub(crate) fn assignment(&self, client: &AddressOfRecord) -> Option<&Assignment> {
        self.assignments.get(client)
    }

    /// Assigns something to a client, until it has no contact any more.
    pub(crate) fn assign(&mut self, client: &AddressOfRecord, assignment: Assignment) {
        if self.clients.contains_key(client) {
            self.assignments.insert(client.clone(), assignment);
        }
    }

    /// Whether a change does nothing but refresh contacts that came from the same place.
    pub(crate) fn is_refresh(&self, client: &AddressOfRecord, flow: Flow, change: &Change) -> bool {
        let Change::Set(updates) = change else {
            return false;
        };
        let known = |update: &Update| {
            let mut bindings = self.bindings(client).iter();
            bindings.any(|binding| {
                same_contact(binding, update)
                    && binding.flow.transport == flow.transport
                    && binding.flow.peer == flow.peer
            })
        };
        !updates.is_empty()
            && updates
                .iter()
                .all(|update| update.seconds > 0 && known(update))
    }

    /// How many contacts there are in all.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Carries out a REGISTER, all of it or nothing. Says whether the contacts are others than before.
    pub(crate) fn apply(
        &mut self,
        now: Instant,
        client: &AddressOfRecord,
        source: Source<'_>,
        change: Change,
        limits: (usize, usize),
    ) -> Result<bool, Refused> {
        let (per_client, in_all) = limits;
        let old = self.clients.get(client).map_or(&[][..], Vec::as_slice);
        let new = match change {
            Change::RemoveAll if old.iter().any(|b| out_of_order(b, source)) => {
                return Err(Refused::OutOfOrder);
            }
            Change::RemoveAll => Vec::new(),
            Change::Set(updates) => changed(now, old, source, updates)?,
        };
        if new.len() > old.len() && new.len() > per_client {
            return Err(Refused::TooMany);
        }
        if new.len() > old.len() && self.count + new.len() - old.len() > in_all {
            return Err(Refused::Full);
        }
        let differs = old.len() != new.len()
            || old
                .iter()
                .zip(&new)
                .any(|(a, b)| a.contact != b.contact || a.flow != b.flow);
        self.replace(client, new);
        Ok(differs)
    }

    /// Removes what has expired and says whose contacts changed.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<AddressOfRecord> {
        let mut changed = Vec::new();
        while let Some(Reverse((at, _))) = self.expiries.peek() {
            if *at > now {
                break;
            }
            let Some(Reverse((_, client))) = self.expiries.pop() else {
                break;
            };
            if self.retain(&client, |binding| binding.expires_at > now) {
                changed.push(client);
            }
        }
        changed
    }

    /// Removes the contacts that were registered over a connection that is closed (RFC 5626 §5.3).
    pub(crate) fn remove_flow(&mut self, flow: Flow) -> Vec<AddressOfRecord> {
        let mut affected = self.flows.remove(&flow).unwrap_or_default();
        affected.retain(|client| self.retain(client, |binding| binding.flow != flow));
        affected
    }

    /// Removes the clients for which `known` says no.
    pub(crate) fn retain_clients(
        &mut self,
        known: impl Fn(&AddressOfRecord) -> bool,
    ) -> Vec<AddressOfRecord> {
        let mut gone: Vec<_> = self.clients.keys().filter(|c| !known(c)).cloned().collect();
        gone.sort();
        for client in &gone {
            self.replace(client, Vec::new());
        }
        gone
    }

    /// When the next binding expires; it may have been refreshed or removed since.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.expiries.peek().map(|Reverse((at, _))| *at)
    }

    fn retain(&mut self, client: &AddressOfRecord, keep: impl Fn(&Binding) -> bool) -> bool {
        let Some(old) = self.clients.get(client) else {
            return false;
        };
        let new: Vec<Binding> = old.iter().filter(|b| keep(b)).cloned().collect();
        let differs = new.len() != old.len();
        if differs {
            self.replace(client, new);
        }
        differs
    }

    fn replace(&mut self, client: &AddressOfRecord, mut bindings: Vec<Binding>) {
        bindings.sort_by_key(|binding| Reverse(binding.q));
        let old = self.clients.get(client).map_or(0, Vec::len);
        self.count = (self.count + bindings.len()).saturating_sub(old);
        if bindings.is_empty() {
            self.clients.remove(client);
            self.assignments.remove(client);
            return;
        }
        for binding in &bindings {
            self.expiries
                .push(Reverse((binding.expires_at, client.clone())));
            if binding.flow.connection.is_some() {
                let clients = self.flows.entry(binding.flow).or_default();
                if !clients.contains(client) {
                    clients.push(client.clone());
                }
            }
        }
        self.clients.insert(client.clone(), bindings);
        self.compact();
    }

    /// Refreshes leave their old entries behind; rebuilt when those are the greater part.
    fn compact(&mut self) {
        if self.expiries.len() > 64 && self.expiries.len() > 4 * self.count {
            self.expiries = (self.clients.iter())
                .flat_map(|(client, b)| b.iter().map(move |b| (b.expires_at, client.clone())))
                .map(Reverse)
                .collect();
        }
    }
}

/// "If the Call-ID agrees, the implementation MUST compare the CSeq value": an older one must not undo a newer one.
fn out_of_order(binding: &Binding, source: Source<'_>) -> bool {
    binding.call_id == source.call_id && source.cseq <= binding.cseq
}

fn changed(
    now: Instant,
    old: &[Binding],
    source: Source<'_>,
    updates: Vec<Update>,
) -> Result<Vec<Binding>, Refused> {
    let mut new = old.to_vec();
    for update in updates {
        let place = new.iter().position(|binding| same(binding, &update));
        if let Some(binding) = place.and_then(|at| new.get(at))
            && old.contains(binding)
            && out_of_order(binding, source)
        {
            return Err(Refused::OutOfOrder);
        }
        let binding = Binding {
            contact: update.contact,
            instance: update.instance,
            flow: source.flow,
            expires_at: now + Duration::from_secs(u64::from(update.seconds)),
            q: update.q,
            call_id: source.call_id.to_owned(),
            cseq: source.cseq,
        };
        match (place, update.seconds) {
            (Some(at), 0) => drop(new.remove(at)),
            (None, 0) => {}
            (Some(at), _) => {
                if let Some(slot) = new.get_mut(at) {
                    *slot = binding;
                }
            }
            (None, _) => new.push(binding),
        }
    }
    Ok(new)
}

/// The same contact by the rules of URI comparison, or the same device with a new address (RFC 5626 §6).
fn same(binding: &Binding, update: &Update) -> bool {
    if !update.instance.id.is_empty() && binding.instance == update.instance {
        return true;
    }
    same_contact(binding, update)
}

fn same_contact(binding: &Binding, update: &Update) -> bool {
    if binding.contact == update.contact {
        return true;
    }
    match (Uri::parse(&binding.contact), Uri::parse(&update.contact)) {
        (Ok(a), Ok(b)) => a.equivalent(&b),
        _ => false,
    }
}

#[cfg(test)]
#[path = "registrar_tests.rs"]
mod tests;
