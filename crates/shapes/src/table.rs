//! Property tables: the rows of a shape in insertion order, with a hash index when there are many.
//!
//! A *shared* table serves a whole run of a transition chain: each shape sees the first `count` rows, and only the
//! shape that sees all of them may append. An *exclusive* table belongs to one shape; rows may be removed, which
//! leaves holes, and their slots are reused.

use crate::ShapeId;
use crate::property::Entry;
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// Up to this many rows a linear scan beats the hash index (measured with `examples/lookup_speed.rs`).
const LINEAR: usize = 6;

pub(crate) fn hash_key<K: Hash>(key: &K) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

#[derive(Clone, Debug)]
pub(crate) struct Table<K> {
    rows: Vec<Option<Entry<K>>>,
    /// Empty while there are at most [`LINEAR`] rows, otherwise holds the position of every row that is not a hole.
    index: HashTable<u32>,
    /// Slots that removed rows had. Exclusive tables only.
    pub(crate) free_slots: Vec<u32>,
    /// How many rows are not holes.
    live: u32,
    /// The shape with this table, if it is exclusive; `NONE` for shared tables.
    pub(crate) owner: ShapeId,
    /// How many shapes use the table.
    pub(crate) users: u32,
    /// The rows below this position were reported to the collector.
    pub(crate) traced: u32,
}

impl<K: Copy + Eq + Hash> Table<K> {
    pub(crate) fn new() -> Self {
        Table {
            rows: Vec::new(),
            index: HashTable::new(),
            free_slots: Vec::new(),
            live: 0,
            owner: ShapeId::NONE,
            users: 0,
            traced: 0,
        }
    }

    /// A table of its own with the first `count` rows of this one, changed by `change`.
    pub(crate) fn copy_prefix(&self, count: u32, mut change: impl FnMut(Entry<K>) -> Entry<K>) -> Self {
        let mut copy = Table::new();
        copy.rows.reserve(count as usize + 1);
        for entry in self.rows[..count as usize].iter().flatten() {
            copy.push(change(*entry));
        }
        copy
    }

    /// The number of rows, holes included.
    pub(crate) fn len(&self) -> u32 {
        self.rows.len() as u32
    }

    pub(crate) fn live(&self) -> u32 {
        self.live
    }

    #[inline]
    pub(crate) fn row(&self, index: u32) -> Option<&Entry<K>> {
        self.rows.get(index as usize)?.as_ref()
    }

    /// The position of a key's row.
    pub(crate) fn find(&self, key: K) -> Option<u32> {
        self.find_row(key).map(|(index, _)| index)
    }

    /// A key's row, with its position.
    #[inline]
    pub(crate) fn find_row(&self, key: K) -> Option<(u32, &Entry<K>)> {
        if self.index.is_empty() {
            for (i, row) in self.rows.iter().enumerate() {
                if let Some(entry) = row
                    && entry.key == key
                {
                    return Some((i as u32, entry));
                }
            }
            return None;
        }
        let has_key = |i: &u32| matches!(&self.rows[*i as usize], Some(entry) if entry.key == key);
        let index = *self.index.find(hash_key(&key), has_key)?;
        Some((index, self.rows[index as usize].as_ref()?))
    }

    /// Appends a row whose key is not in the table. Returns its position.
    pub(crate) fn push(&mut self, entry: Entry<K>) -> u32 {
        let position = self.rows.len() as u32;
        self.rows.push(Some(entry));
        self.live += 1;
        if !self.index.is_empty() {
            let rows = &self.rows;
            self.index.insert_unique(hash_key(&entry.key), position, |i| hash_row(rows, *i));
        } else if self.rows.len() > LINEAR {
            self.build_index();
        }
        position
    }

    fn build_index(&mut self) {
        let rows = &self.rows;
        self.index.clear();
        self.index.reserve(rows.len(), |i| hash_row(rows, *i));
        for (i, row) in rows.iter().enumerate() {
            if let Some(entry) = row {
                self.index.insert_unique(hash_key(&entry.key), i as u32, |i| hash_row(rows, *i));
            }
        }
    }

    /// Overwrites the row at a position with one of the same key.
    pub(crate) fn replace(&mut self, index: u32, entry: Entry<K>) {
        debug_assert!(self.row(index).is_some_and(|old| old.key == entry.key), "a row keeps its key");
        self.rows[index as usize] = Some(entry);
    }

    /// Removes a row, leaving a hole. Returns the row.
    pub(crate) fn remove(&mut self, index: u32) -> Entry<K> {
        let entry = self.rows[index as usize].take().expect("the row exists");
        self.live -= 1;
        if !self.index.is_empty()
            && let Ok(found) = self.index.find_entry(hash_key(&entry.key), |i| *i == index)
        {
            found.remove();
        }
        if let Some(slot) = entry.location.slot() {
            self.free_slots.push(slot);
        }
        while let Some(None) = self.rows.last() {
            self.rows.pop();
        }
        self.traced = self.traced.min(self.rows.len() as u32);
        entry
    }

    /// Whether so many rows are holes that [`Table::compact`] pays.
    pub(crate) fn is_sparse(&self) -> bool {
        self.rows.len() > 2 * LINEAR && (self.live as usize) < self.rows.len() / 2
    }

    /// Closes the holes. Positions change, the order does not.
    pub(crate) fn compact(&mut self) {
        self.rows.retain(Option::is_some);
        self.traced = 0;
        if self.rows.len() > LINEAR {
            self.build_index();
        } else {
            self.index.clear();
        }
        self.rows.shrink_to(self.rows.len() * 2);
    }

    /// Drops the rows from `count` on; their shapes died. Shared tables only.
    pub(crate) fn truncate(&mut self, count: u32) {
        if count >= self.len() {
            return;
        }
        self.rows.truncate(count as usize);
        self.live = count;
        self.traced = self.traced.min(count);
        if self.rows.len() > LINEAR {
            self.build_index();
        } else {
            self.index.clear();
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (u32, &Entry<K>)> {
        self.rows.iter().enumerate().filter_map(|(i, row)| Some((i as u32, row.as_ref()?)))
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut Entry<K>> {
        self.rows.iter_mut().flatten()
    }

    /// Whether index, hole count and rows agree; for the verifier.
    pub(crate) fn is_consistent(&self) -> bool {
        let live = self.rows.iter().flatten().count();
        let indexed =
            if self.index.is_empty() { self.rows.len() <= LINEAR } else { self.index.len() == live };
        live == self.live as usize
            && (indexed || live <= LINEAR)
            && self.rows().all(|(i, entry)| self.find(entry.key) == Some(i))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Option<Entry<K>>>()
            + self.index.capacity() * (size_of::<u32>() + 1)
            + self.free_slots.capacity() * size_of::<u32>()
    }
}

fn hash_row<K: Hash>(rows: &[Option<Entry<K>>], index: u32) -> u64 {
    hash_key(&rows[index as usize].as_ref().expect("indexed rows are no holes").key)
}
