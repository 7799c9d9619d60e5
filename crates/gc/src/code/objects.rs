//! Code objects by address, and how many of them were looked at.
//!
//! Whoever wants more than the object at an address goes by a method that counts, so that the figures show what a walk costs and that there
//! was none where there must be none: at an exit, and over old code in a minor collection.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::ManagedCode;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum List {
    Optimized,
    Deoptimized,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) code: ManagedCode,
    pub(super) list: Cell<List>,
    /// The collection that has last found it active.
    pub(super) active: Cell<u64>,
}

/// All objects, by their first addresses.
#[derive(Debug, Default)]
pub(super) struct Objects {
    by_start: BTreeMap<usize, Entry>,
    visited: Cell<u64>,
}

impl Objects {
    pub(super) fn len(&self) -> usize {
        self.by_start.len()
    }
    pub(super) fn is_empty(&self) -> bool {
        self.by_start.is_empty()
    }
    pub(super) fn insert(&mut self, entry: Entry) {
        self.by_start.insert(entry.code.start, entry);
    }
    pub(super) fn remove(&mut self, start: usize) -> Option<Entry> {
        self.by_start.remove(&start)
    }
    /// The last object that begins below an address.
    pub(super) fn last_below(&self, address: usize) -> Option<&Entry> {
        self.by_start.range(..address).next_back().map(|(_, entry)| entry)
    }
    /// One object of a list of starts.
    pub(super) fn visit(&mut self, start: usize) -> Option<&mut Entry> {
        self.visited.set(self.visited.get() + 1);
        self.by_start.get_mut(&start)
    }
    /// All objects.
    pub(super) fn visit_all(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.visited.set(self.visited.get() + self.by_start.len() as u64);
        self.by_start.values_mut()
    }
    /// Objects that were looked at one after the other so far.
    pub(super) fn visited(&self) -> u64 {
        self.visited.get()
    }
}
