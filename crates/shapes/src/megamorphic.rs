//! The cache that all sites with too many shapes share: fixed size, direct mapped, from shape and key to a handler.
//!
//! A site whose own [`Cache`](crate::Cache) saw more shapes than it can hold is *megamorphic* and asks here instead; the
//! idea is V8's stub cache. Collisions are not resolved: a new entry replaces whatever is in its line, so a lookup is one
//! hash and one compare. A line names its key, because sites for different properties share the cache.
//!
//! The cache neither finds a handler that it was not told nor knows when one goes wrong: both are the client's business.

use crate::{ShapeId, hash_pair};
use std::cell::Cell;
use std::hash::Hash;

type Line<K, H> = Cell<Option<(ShapeId, K, H)>>;

/// A direct-mapped cache from (shape, key) to a handler. A new entry evicts the one in its line.
///
/// It holds shapes and keys weakly: the client [purges](MegamorphicCache::purge) it in every full collection, and
/// whenever handlers may have become wrong for a shape whose id stayed.
#[derive(Debug)]
pub struct MegamorphicCache<K: Copy, H: Copy> {
    lines: Box<[Line<K, H>]>,
    hits: Cell<u64>,
    misses: Cell<u64>,
    insertions: Cell<u64>,
}

/// How well a [`MegamorphicCache`] does, counted since it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MegamorphicStatistics {
    /// Lookups that found a handler.
    pub hits: u64,
    /// Lookups that did not.
    pub misses: u64,
    /// Entries made.
    pub insertions: u64,
}

impl<K: Copy + Eq + Hash, H: Copy> MegamorphicCache<K, H> {
    /// A cache of `1 << size_log2` lines. 1024 to 4096 lines suit programs of ordinary size.
    pub fn new(size_log2: u32) -> Self {
        MegamorphicCache {
            lines: (0..1usize << size_log2).map(|_| Cell::new(None)).collect(),
            hits: Cell::new(0),
            misses: Cell::new(0),
            insertions: Cell::new(0),
        }
    }

    #[inline]
    fn line(&self, shape: ShapeId, key: K) -> &Line<K, H> {
        &self.lines[hash_pair(shape, key) as usize & (self.lines.len() - 1)]
    }

    /// The handler for a shape and a key.
    #[inline]
    pub fn lookup(&self, shape: ShapeId, key: K) -> Option<H> {
        match self.line(shape, key).get() {
            Some((s, k, handler)) if s == shape && k == key => {
                self.hits.set(self.hits.get() + 1);
                Some(handler)
            }
            _ => {
                self.misses.set(self.misses.get() + 1);
                None
            }
        }
    }

    /// Enters a handler, evicting what is in the line.
    pub fn insert(&self, shape: ShapeId, key: K, handler: H) {
        self.insertions.set(self.insertions.get() + 1);
        self.line(shape, key).set(Some((shape, key, handler)));
    }

    /// Forgets all entries; the counters stay.
    pub fn purge(&self) {
        for line in &self.lines {
            line.set(None);
        }
    }

    /// Keeps the entries for which `keep` holds.
    pub fn retain(&self, mut keep: impl FnMut(ShapeId, K, H) -> bool) {
        for line in &self.lines {
            if let Some((shape, key, handler)) = line.get()
                && !keep(shape, key, handler)
            {
                line.set(None);
            }
        }
    }

    /// The counters so far.
    pub fn statistics(&self) -> MegamorphicStatistics {
        MegamorphicStatistics {
            hits: self.hits.get(),
            misses: self.misses.get(),
            insertions: self.insertions.get(),
        }
    }

    /// The memory the cache takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.lines.len() * size_of::<Line<K, H>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_entered_until_evicted_or_purged() {
        let cache = MegamorphicCache::<u32, u64>::new(2);
        let shape = ShapeId::from_raw(77);
        assert_eq!(cache.lookup(shape, 1), None);
        cache.insert(shape, 1, 11);
        assert_eq!(cache.lookup(shape, 1), Some(11));
        assert_eq!(cache.lookup(ShapeId::from_raw(78), 1), None);
        for key in 2..200 {
            cache.insert(shape, key, u64::from(key));
            assert_eq!(cache.lookup(shape, key), Some(u64::from(key)));
        }
        assert_eq!(cache.lookup(shape, 1), None);
        assert_eq!(cache.statistics(), MegamorphicStatistics { hits: 199, misses: 3, insertions: 199 });
        cache.retain(|_, key, _| key != 199);
        assert_eq!(cache.lookup(shape, 199), None);
        cache.insert(shape, 5, 55);
        cache.purge();
        assert_eq!(cache.lookup(shape, 5), None);
        assert!(cache.bytes() >= 4 * 24);
    }
}
