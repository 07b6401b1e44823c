//! The transactions that live: found by handle, by key, by flow. It moves none of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hasher};

use bytes::Bytes;
use siphasher::sip::SipHasher13;

use super::handle::Handle;
use super::machine::Machine;
use super::matching::{BuildKeyIsHash, Key};
use crate::flow::Flow;

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;

/// No transaction stands at this index.
const NONE: u32 = u32::MAX;

/// One transaction. It lives up to 64·T1 after its end, thus everything that is needed only before is in `kept`.
#[derive(Debug)]
pub(super) struct Transaction {
    pub(super) key: Key,
    /// The key by which a merged request finds it (§8.2.2.2).
    pub(super) merge_key: Option<Key>,
    pub(super) machine: Machine,
    /// Where its messages go.
    pub(super) flow: Flow,
    /// The message that would be sent again: request, ACK or latest response; empty if there is none.
    pub(super) kept: Bytes,
    /// Why it is cancelled: the value of Reason in a CANCEL that is still to be sent (RFC 3326).
    pub(super) reason: Option<Box<str>>,
    /// The transaction user does not know it: a CANCEL of the layer's.
    pub(super) is_silent: bool,
    /// The same request for another transport, sent if this one fails before anything came back.
    pub(super) other_way: Option<Box<(Flow, Bytes)>>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    /// The neighbours in the list of the same flow.
    previous: u32,
    next: u32,
    is_listed: bool,
    transaction: Option<Transaction>,
}

/// All transactions.
#[derive(Debug)]
pub(super) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_key: HashMap<Key, u32, BuildKeyIsHash>,
    by_merge_key: HashMap<Key, u32, BuildKeyIsHash>,
    /// The first of each flow's list.
    by_flow: HashMap<Flow, u32, SeededHash>,
    clients: usize,
    servers: usize,
    stillborn: u32,
}

/// Hashes flows with a secret: their peers choose the addresses.
#[derive(Debug, Clone)]
struct SeededHash(SipHasher13);

impl BuildHasher for SeededHash {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

impl Table {
    pub(super) fn new(secret: &[u8; 16]) -> Self {
        let mut hasher = SipHasher13::new_with_key(secret);
        // Apart from the hash of the keys, which has the same secret.
        hasher.write_u8(u8::MAX);
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            by_key: HashMap::default(),
            by_merge_key: HashMap::default(),
            by_flow: HashMap::with_hasher(SeededHash(hasher)),
            clients: 0,
            servers: 0,
            stillborn: 0,
        }
    }

    pub(super) fn clients(&self) -> usize {
        self.clients
    }

    pub(super) fn servers(&self) -> usize {
        self.servers
    }

    pub(super) fn len(&self) -> usize {
        self.clients + self.servers
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The transaction of this key.
    pub(super) fn find(&self, key: Key) -> Option<Handle> {
        let index = *self.by_key.get(&key)?;
        let generation = self.slots.get(index as usize)?.generation;
        Some(Handle { index, generation })
    }

    /// Whether a transaction has this merge key.
    pub(super) fn has_merge_key(&self, key: Key) -> bool {
        self.by_merge_key.contains_key(&key)
    }

    pub(super) fn contains(&self, handle: Handle) -> bool {
        self.get(handle).is_some()
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&Transaction> {
        let slot = self.slots.get(handle.index as usize)?;
        (slot.generation == handle.generation).then_some(slot.transaction.as_ref())?
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut Transaction> {
        let slot = self.slots.get_mut(handle.index as usize)?;
        (slot.generation == handle.generation).then_some(slot.transaction.as_mut())?
    }

    /// Adds a transaction. An older one of the same key is no longer found by it.
    pub(super) fn insert(&mut self, transaction: Transaction) -> Handle {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot {
                generation: 0,
                previous: NONE,
                next: NONE,
                is_listed: false,
                transaction: None,
            });
            // The limits are far below 2³².
            (self.slots.len() - 1) as u32
        });
        if transaction.machine.is_client() {
            self.clients += 1;
        } else {
            self.servers += 1;
        }
        self.by_key.insert(transaction.key, index);
        if let Some(merge_key) = transaction.merge_key {
            self.by_merge_key.entry(merge_key).or_insert(index);
        }
        let next = self.by_flow.insert(transaction.flow, index).unwrap_or(NONE);
        if let Some(next) = self.slots.get_mut(next as usize) {
            next.previous = index;
        }
        let mut generation = 0;
        if let Some(slot) = self.slots.get_mut(index as usize) {
            generation = slot.generation;
            slot.previous = NONE;
            slot.next = next;
            slot.is_listed = true;
            slot.transaction = Some(transaction);
        }
        Handle { index, generation }
    }

    /// A handle that never finds anything.
    pub(super) fn stillborn(&mut self) -> Handle {
        self.stillborn = self.stillborn.wrapping_add(1);
        Handle {
            index: NONE,
            generation: self.stillborn,
        }
    }

    /// Takes a transaction out.
    pub(super) fn remove(&mut self, handle: Handle) -> Option<Transaction> {
        let slot = self.slots.get_mut(handle.index as usize)?;
        if slot.generation != handle.generation {
            return None;
        }
        let transaction = slot.transaction.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        let (previous, next) = (slot.previous, slot.next);
        if slot.is_listed {
            self.unlink(&transaction.flow, previous, next);
        }
        remove_if(&mut self.by_key, transaction.key, handle.index);
        if let Some(merge_key) = transaction.merge_key {
            remove_if(&mut self.by_merge_key, merge_key, handle.index);
        }
        if transaction.machine.is_client() {
            self.clients -= 1;
        } else {
            self.servers -= 1;
        }
        self.free.push(handle.index);
        Some(transaction)
    }

    /// The transactions whose messages go to this flow. Each is given once in its life, so that a peer that fails again and
    /// again costs no more than the transactions it began.
    pub(super) fn take_flow(&mut self, flow: &Flow) -> Vec<Handle> {
        let mut handles = Vec::new();
        let mut index = self.by_flow.remove(flow).unwrap_or(NONE);
        while let Some(slot) = self.slots.get_mut(index as usize) {
            let generation = slot.generation;
            handles.push(Handle { index, generation });
            slot.is_listed = false;
            index = slot.next;
        }
        handles
    }

    /// Gives a transaction, whose flow has been taken, another one.
    pub(super) fn put_on(&mut self, handle: Handle, flow: Flow) {
        let slot = self.slots.get(handle.index as usize);
        if slot.is_none_or(|slot| slot.is_listed || slot.generation != handle.generation) {
            return;
        }
        let next = self.by_flow.insert(flow, handle.index).unwrap_or(NONE);
        if let Some(next) = self.slots.get_mut(next as usize) {
            next.previous = handle.index;
        }
        if let Some(slot) = self.slots.get_mut(handle.index as usize) {
            slot.previous = NONE;
            slot.next = next;
            slot.is_listed = true;
            if let Some(transaction) = &mut slot.transaction {
                transaction.flow = flow;
            }
        }
    }

    fn unlink(&mut self, flow: &Flow, previous: u32, next: u32) {
        if let Some(next) = self.slots.get_mut(next as usize) {
            next.previous = previous;
        }
        match self.slots.get_mut(previous as usize) {
            Some(slot) => slot.next = next,
            None if next == NONE => {
                self.by_flow.remove(flow);
            }
            None => {
                self.by_flow.insert(*flow, next);
            }
        }
    }
}

/// Removes the entry unless another transaction has taken it over.
fn remove_if(map: &mut HashMap<Key, u32, BuildKeyIsHash>, key: Key, index: u32) {
    if let Entry::Occupied(entry) = map.entry(key)
        && *entry.get() == index
    {
        entry.remove();
    }
}
