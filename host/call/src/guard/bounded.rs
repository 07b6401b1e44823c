//! A table that never grows beyond its size: of the few places that a key may have, the one that was used longest ago is
//! given up. Everything takes constant time, so that forged keys cost their sender more than us.

use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;

/// How many places a key may have.
const WAYS: usize = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Bounded<K, V> {
    /// In each the most recently used first.
    buckets: Vec<Vec<(K, V)>>,
    hasher: FixedState,
    len: usize,
}

impl<K: Hash + Eq, V> Bounded<K, V> {
    /// For so many entries. Without knowing the seed nobody can choose keys that share their places.
    pub(super) fn new(size: usize, seed: u64) -> Bounded<K, V> {
        let mut buckets = Vec::new();
        buckets.resize_with(size.div_ceil(WAYS).max(1), Vec::new);
        Bounded {
            buckets,
            hasher: FixedState::with_seed(seed),
            len: 0,
        }
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The entry of a key, which counts as using it.
    pub(super) fn get(&mut self, key: &K) -> Option<&mut V> {
        let bucket = self.bucket(key)?;
        let place = bucket.iter().position(|(known, _)| known == key)?;
        bucket.get_mut(..=place)?.rotate_right(1);
        bucket.first_mut().map(|(_, value)| value)
    }

    /// Makes an entry of a key, or puts another value in it.
    pub(super) fn put(&mut self, key: K, value: V) {
        let Some(bucket) = self.bucket(&key) else {
            return;
        };
        let before = bucket.len();
        bucket.retain(|(known, _)| *known != key);
        bucket.truncate(WAYS - 1);
        bucket.insert(0, (key, value));
        let after = bucket.len();
        self.len = self.len + after - before;
    }

    /// Removes an entry.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let bucket = self.bucket(key)?;
        let place = bucket.iter().position(|(known, _)| known == key)?;
        let (_, value) = bucket.remove(place);
        self.len -= 1;
        Some(value)
    }

    /// Removes the entries that are not to stay.
    pub(super) fn retain(&mut self, stays: impl Fn(&K, &V) -> bool) {
        for bucket in &mut self.buckets {
            bucket.retain(|(key, value)| stays(key, value));
        }
        self.len = self.buckets.iter().map(Vec::len).sum();
    }

    /// Every entry, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.buckets.iter().flatten()
    }

    fn bucket(&mut self, key: &K) -> Option<&mut Vec<(K, V)>> {
        let count = self.buckets.len() as u64;
        let place = self.hasher.hash_one(key).checked_rem(count)?;
        self.buckets.get_mut(usize::try_from(place).ok()?)
    }
}
