//! The registrar's table: which contacts each client has registered, until when, and over which flow they are reached
//! (RFC 3261 §10.3). It knows bindings, not messages; who may register is decided before.
//!
//! A hundred thousand clients are a matter of course: a client is one entry, found by two hash maps, and what a refresh does
//! not change is not copied by it. Each client has one place in the queue of expiries, which a refresh leaves alone.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use slab::Slab;
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::uri::Uri;

use crate::assignment::Assignment;
use crate::kept::Contact;
use crate::keys::AddressOfRecord;
use crate::limits;

/// One contact of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// What was registered; a refresh keeps it.
    pub(crate) contact: Arc<Contact>,
    /// Where the registration came from, and where requests for the contact go: behind address translation nothing
    /// else reaches it.
    pub(crate) flow: Flow,
    /// When it ends.
    pub(crate) expires_at: Instant,
    /// The number of the REGISTER that it was refreshed by.
    pub(crate) cseq: u32,
}

impl Binding {
    /// The binding as it is when its connection is closed, or all are: none if nothing but that connection reached it. A proxy
    /// (RFC 3327) is connected to anew, and so is a device that names a TCP port of the very address that it registered
    /// from. Never is anything sent to an address that has not registered.
    pub(crate) fn without_connection(&self) -> Option<Binding> {
        if !self.flow.transport.is_reliable() {
            return Some(self.clone());
        }
        let contact = &self.contact;
        let first = contact.path.first();
        let text = match first {
            Some(path) => path.trim_start_matches('<').split('>').next()?,
            None => contact.uri.as_ref(),
        };
        let uri = Uri::parse(text).ok()?;
        let is_reachable = match first {
            Some(_) => true,
            None => {
                let transport = uri
                    .param("transport")
                    .and_then(|name| Transport::parse(&name));
                contact.reg_id == 0
                    && !contact.proxied
                    && transport == Some(Transport::Tcp)
                    && self.flow.transport == Transport::Tcp
                    && uri.ip() == Some(self.flow.peer.ip())
            }
        };
        let port = uri.port().unwrap_or(self.flow.transport.default_port());
        is_reachable.then(|| Binding {
            flow: Flow {
                peer: (self.flow.peer.ip(), port).into(),
                connection: None,
                ..self.flow
            },
            ..self.clone()
        })
    }
}

/// A contact of a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) contact: String,
    /// `+sip.instance`; empty: none.
    pub(crate) instance: String,
    /// `reg-id`; 0: none.
    pub(crate) reg_id: u32,
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

/// Where a REGISTER stands in time and space, and what else is kept of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) flow: Flow,
    pub(crate) call_id: &'a str,
    pub(crate) cseq: u32,
    /// Values of Path, the proxy next to us first.
    pub(crate) path: &'a [Box<str>],
    pub(crate) user_agent: &'a str,
    /// Whether it came through a proxy.
    pub(crate) proxied: bool,
}

/// What there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Contacts of one client.
    pub(crate) of_client: usize,
    /// Contacts of its domain.
    pub(crate) of_domain: usize,
    /// Contacts in all.
    pub(crate) in_all: usize,
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// An older request of the same Call-ID than the one that made a binding (RFC 3261 §10.3 step 7).
    OutOfOrder,
    /// The client would have too many contacts.
    TooMany,
    /// The table is full, or the domain's part of it.
    Full,
}

/// The bindings of all clients.
#[derive(Debug, Default)]
pub(crate) struct Registrar {
    domains: HashMap<Arc<str>, Names>,
    entries: Slab<Entry>,
    /// When to look at a client again. It may have been refreshed since, and is put in again then.
    expiries: BinaryHeap<Reverse<(Instant, u32)>>,
    /// Who has registered over which connection; entries of bindings that moved on stay until it closes.
    flows: HashMap<Flow, Vec<u32>>,
    /// What devices call themselves: there are few kinds of them.
    agents: HashSet<Arc<str>>,
    count: usize,
}

/// The clients of a domain that have contacts.
#[derive(Debug, Default)]
struct Names {
    clients: HashMap<Arc<str>, u32>,
    count: usize,
}

/// A client that has contacts.
#[derive(Debug)]
struct Entry {
    domain: Arc<str>,
    user: Arc<str>,
    /// Preferred first, among equals the one that was registered first.
    bindings: Vec<Binding>,
    /// What a gatekeeper has assigned to it.
    assignment: Option<Box<Assignment>>,
    /// When it is looked at: its place in the queue.
    due: Option<Instant>,
}

impl Entry {
    fn address_of_record(&self) -> AddressOfRecord {
        AddressOfRecord {
            domain: self.domain.as_ref().to_owned(),
            user: self.user.as_ref().to_owned(),
        }
    }
}

impl Registrar {
    /// The contacts of a client, preferred first.
    pub(crate) fn bindings(&self, client: &AddressOfRecord) -> &[Binding] {
        self.bindings_of(&client.domain, &client.user)
    }

    /// The same, by domain and username.
    pub(crate) fn bindings_of(&self, domain: &str, user: &str) -> &[Binding] {
        let entry = self.find(domain, user).and_then(|id| self.entry(id));
        entry.map_or(&[], |entry| entry.bindings.as_slice())
    }

    /// What a client was assigned.
    pub(crate) fn assignment(&self, client: &AddressOfRecord) -> Option<&Assignment> {
        let entry = self.entry(self.find(&client.domain, &client.user)?)?;
        entry.assignment.as_deref()
    }

    /// Assigns something to a client, until it has no contact any more.
    pub(crate) fn assign(&mut self, client: &AddressOfRecord, assignment: Assignment) {
        if let Some(id) = self.find(&client.domain, &client.user)
            && let Some(entry) = self.entries.get_mut(id as usize)
        {
            entry.assignment = Some(Box::new(assignment));
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
                same_uri(&binding.contact.uri, &update.contact)
                    && binding.flow.transport == flow.transport
                    && binding.flow.peer == flow.peer
            })
        };
        !updates.is_empty()
            && updates
                .iter()
                .all(|update| update.seconds > 0 && known(update))
    }

    /// The number that a client has as long as it has contacts.
    pub(crate) fn number(&self, client: &AddressOfRecord) -> Option<u32> {
        self.find(&client.domain, &client.user)
    }

    /// The client that has this number, and its contacts.
    pub(crate) fn numbered(&self, number: u32) -> Option<(AddressOfRecord, &[Binding])> {
        let entry = self.entry(number)?;
        Some((entry.address_of_record(), &entry.bindings))
    }

    /// How many contacts there are in all.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Every client of a domain that has contacts, with them, in the order of their names.
    pub(crate) fn of_domain(&self, domain: &str) -> Vec<(&str, &[Binding])> {
        let names = self.domains.get(domain);
        let ids = names.into_iter().flat_map(|names| names.clients.values());
        let entries = ids.filter_map(|id| self.entry(*id));
        let mut all: Vec<_> = entries
            .map(|entry| (entry.user.as_ref(), entry.bindings.as_slice()))
            .collect();
        all.sort_unstable_by_key(|(user, _)| *user);
        all
    }

    /// Carries out a REGISTER, all of it or nothing. Says whether the contacts are others than before.
    pub(crate) fn apply(
        &mut self,
        now: Instant,
        client: &AddressOfRecord,
        source: Source<'_>,
        change: Change,
        room: Room,
    ) -> Result<bool, Refused> {
        let agent = self.shared(source.user_agent);
        let old = self.bindings(client);
        let new = match change {
            Change::RemoveAll if old.iter().any(|b| out_of_order(b, source)) => {
                return Err(Refused::OutOfOrder);
            }
            Change::RemoveAll => Vec::new(),
            Change::Set(updates) => changed(now, old, source, &agent, updates)?,
        };
        if let Some(more) = new.len().checked_sub(old.len()).filter(|more| *more > 0) {
            let of_domain = self.domains.get(client.domain.as_str());
            let of_domain = of_domain.map_or(0, |names| names.count);
            if new.len() > room.of_client {
                return Err(Refused::TooMany);
            }
            if self.count + more > room.in_all || of_domain + more > room.of_domain {
                return Err(Refused::Full);
            }
        }
        let differs = old.len() != new.len()
            || (old.iter().zip(&new))
                .any(|(a, b)| a.contact.uri != b.contact.uri || a.flow != b.flow);
        self.replace(client, new);
        Ok(differs)
    }

    /// Puts a contact in place that was there before a restart; `false`: there is no room.
    pub(crate) fn restore(
        &mut self,
        client: &AddressOfRecord,
        bindings: Vec<Binding>,
        in_all: usize,
    ) -> bool {
        if self.count + bindings.len() > in_all {
            return false;
        }
        self.replace(client, bindings);
        true
    }

    /// Removes what has expired and says whose contacts changed.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<AddressOfRecord> {
        let mut changed = Vec::new();
        while let Some(Reverse((at, id))) = self.expiries.peek().copied() {
            if at > now {
                break;
            }
            self.expiries.pop();
            let entry = self.entries.get_mut(id as usize);
            let Some(entry) = entry.filter(|entry| entry.due == Some(at)) else {
                continue;
            };
            entry.due = None;
            let client = entry.address_of_record();
            if self.retain(&client, |binding| binding.expires_at > now) {
                changed.push(client);
            } else {
                self.schedule(id);
            }
        }
        changed
    }

    /// A connection is closed: the contacts that were registered over it are removed, as their flow has failed (RFC 5626
    /// §5.3), but for those that a new connection can be made to.
    pub(crate) fn remove_flow(&mut self, flow: Flow) -> Vec<AddressOfRecord> {
        let ids = self.flows.remove(&flow).unwrap_or_default();
        let entries = ids.iter().filter_map(|id| self.entry(*id));
        let mut affected: Vec<_> = entries.map(Entry::address_of_record).collect();
        affected.retain(|client| {
            let old = self.bindings(client);
            if old.iter().all(|binding| binding.flow != flow) {
                return false;
            }
            let without = |binding: &Binding| match binding.flow == flow {
                true => binding.without_connection(),
                false => Some(binding.clone()),
            };
            let new = old.iter().filter_map(without).collect();
            self.replace(client, new);
            true
        });
        affected
    }

    /// Removes one contact, if it is still the same. `false`: it was not there any more.
    pub(crate) fn remove(&mut self, client: &AddressOfRecord, contact: &Arc<Contact>) -> bool {
        self.retain(client, |binding| !Arc::ptr_eq(&binding.contact, contact))
    }

    /// Removes the contacts of the clients for which `stays` says no.
    pub(crate) fn retain_clients(
        &mut self,
        stays: impl Fn(&AddressOfRecord) -> bool,
    ) -> Vec<AddressOfRecord> {
        let all = (self.entries.iter()).map(|(_, entry)| entry.address_of_record());
        let mut gone: Vec<_> = all.filter(|client| !stays(client)).collect();
        gone.sort();
        for client in &gone {
            self.replace(client, Vec::new());
        }
        gone
    }

    /// When the next binding may expire; it may have been refreshed or removed since.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.expiries.peek().map(|Reverse((at, _))| *at)
    }

    fn find(&self, domain: &str, user: &str) -> Option<u32> {
        self.domains.get(domain)?.clients.get(user).copied()
    }

    fn entry(&self, id: u32) -> Option<&Entry> {
        self.entries.get(id as usize)
    }

    /// One copy of a name that many devices have.
    fn shared(&mut self, agent: &str) -> Arc<str> {
        if let Some(known) = self.agents.get(agent) {
            return Arc::clone(known);
        }
        if self.agents.len() >= limits::USER_AGENTS {
            self.agents.clear();
        }
        let agent: Arc<str> = Arc::from(agent);
        self.agents.insert(Arc::clone(&agent));
        agent
    }

    fn retain(&mut self, client: &AddressOfRecord, keep: impl Fn(&Binding) -> bool) -> bool {
        let old = self.bindings(client);
        let new: Vec<Binding> = old.iter().filter(|b| keep(b)).cloned().collect();
        let differs = new.len() != old.len();
        if differs {
            self.replace(client, new);
        }
        differs
    }

    fn replace(&mut self, client: &AddressOfRecord, mut bindings: Vec<Binding>) {
        bindings.sort_by_key(|binding| Reverse(binding.contact.q));
        bindings.shrink_to_fit();
        let id = match self.find(&client.domain, &client.user) {
            None if bindings.is_empty() => return,
            None => self.insert(client),
            Some(id) => id,
        };
        let old = self.entry(id).map_or(0, |entry| entry.bindings.len());
        self.count = (self.count + bindings.len()).saturating_sub(old);
        if let Some(names) = self.domains.get_mut(client.domain.as_str()) {
            names.count = (names.count + bindings.len()).saturating_sub(old);
        }
        if bindings.is_empty() {
            return self.forget(client, id);
        }
        for binding in &bindings {
            if binding.flow.connection.is_some() {
                let clients = self.flows.entry(binding.flow).or_default();
                if !clients.contains(&id) {
                    clients.push(id);
                }
            }
        }
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.bindings = bindings;
        }
        self.schedule(id);
    }

    fn insert(&mut self, client: &AddressOfRecord) -> u32 {
        let domain = match self.domains.get_key_value(client.domain.as_str()) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(client.domain.as_str()),
        };
        let user: Arc<str> = Arc::from(client.user.as_str());
        let id = self.entries.insert(Entry {
            domain: Arc::clone(&domain),
            user: Arc::clone(&user),
            bindings: Vec::new(),
            assignment: None,
            due: None,
        });
        // The table is full long before.
        let id = u32::try_from(id).unwrap_or(u32::MAX);
        let names = self.domains.entry(domain).or_default();
        names.clients.insert(user, id);
        id
    }

    /// Gives a client its place in the queue of expiries: when the first of its contacts ends. One that it has, and that is
    /// early enough, it keeps.
    fn schedule(&mut self, id: u32) {
        let Some(entry) = self.entries.get_mut(id as usize) else {
            return;
        };
        let first = entry.bindings.iter().map(|b| b.expires_at).min();
        if let Some(first) = first.filter(|first| entry.due.is_none_or(|due| *first < due)) {
            entry.due = Some(first);
            self.expiries.push(Reverse((first, id)));
        }
        // Clients that have gone leave their places behind; rebuilt when those are the greater part.
        if self.expiries.len() > 64 && self.expiries.len() > 2 * self.entries.len() {
            let places = (self.entries.iter())
                .filter_map(|(id, entry)| Some(Reverse((entry.due?, u32::try_from(id).ok()?))));
            self.expiries = places.collect();
        }
    }

    fn forget(&mut self, client: &AddressOfRecord, id: u32) {
        self.entries.try_remove(id as usize);
        if let Some(names) = self.domains.get_mut(client.domain.as_str()) {
            names.clients.remove(client.user.as_str());
            if names.clients.is_empty() {
                self.domains.remove(client.domain.as_str());
            }
        }
    }
}

/// "If the Call-ID agrees, the implementation MUST compare the CSeq value": an older one must not undo a newer one.
fn out_of_order(binding: &Binding, source: Source<'_>) -> bool {
    *binding.contact.call_id == *source.call_id && source.cseq <= binding.cseq
}

fn changed(
    now: Instant,
    old: &[Binding],
    source: Source<'_>,
    agent: &Arc<str>,
    updates: Vec<Update>,
) -> Result<Vec<Binding>, Refused> {
    let mut new = old.to_vec();
    for update in updates {
        let place = new.iter().position(|binding| same(binding, &update));
        let before = place.and_then(|at| new.get(at));
        if let Some(binding) = before
            && old.contains(binding)
            && out_of_order(binding, source)
        {
            return Err(Refused::OutOfOrder);
        }
        let binding = Binding {
            contact: registered(before, source, agent, &update),
            flow: source.flow,
            expires_at: now + Duration::from_secs(u64::from(update.seconds)),
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

/// The contact as it is now; the one that there was before if nothing of it has changed.
fn registered(
    before: Option<&Binding>,
    source: Source<'_>,
    agent: &Arc<str>,
    update: &Update,
) -> Arc<Contact> {
    if let Some(Binding { contact, .. }) = before
        && *contact.uri == *update.contact
        && *contact.instance == *update.instance
        && contact.reg_id == update.reg_id
        && contact.q == update.q
        && *contact.path == *source.path
        && contact.proxied == source.proxied
        && *contact.call_id == *source.call_id
        && contact.user_agent == *agent
    {
        return Arc::clone(contact);
    }
    Arc::new(Contact {
        uri: update.contact.as_str().into(),
        instance: update.instance.as_str().into(),
        reg_id: update.reg_id,
        q: update.q,
        path: source.path.into(),
        proxied: source.proxied,
        call_id: source.call_id.into(),
        user_agent: Arc::clone(agent),
    })
}

/// The same flow of the same device, whatever its contact is now (RFC 5626 §6), or, where not both name a device, the same
/// contact by the rules of URI comparison. A device that names itself without numbering its flows has one.
fn same(binding: &Binding, update: &Update) -> bool {
    let contact = &binding.contact;
    if contact.instance.is_empty() || update.instance.is_empty() {
        return same_uri(&contact.uri, &update.contact);
    }
    *contact.instance == *update.instance && contact.reg_id == update.reg_id
}

fn same_uri(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (Uri::parse(one), Uri::parse(other)) {
        (Ok(one), Ok(other)) => one.equivalent(&other),
        _ => false,
    }
}

#[cfg(test)]
#[path = "registrar_tests.rs"]
mod tests;
