//! The ordered hash table of `Map` and `Set`.
//!
//! Entries lie in the order of insertion in one buffer: key, then (for maps) value, then the link to the next entry of the
//! same bucket. Deleting leaves a *tombstone*, so that positions of iterators stay right. When tombstones are squeezed out
//! a new table takes over; the old one stays behind as a note for the iterators that still hold it: it knows its successor
//! and which positions were removed ([`HashTable::advance`]).
//!
//! Keys are compared by SameValueZero; numbers are brought to one form first ([`normalize`]).

use std::cell::Cell;

use unspool_gc::{Gc, OutOfMemory};
use unspool_values::bigint::JSBigInt;
use unspool_values::object::ValueBuffer;
use unspool_values::{JSString, Value};

use super::Barriered;
use crate::isolate::Cx;
use crate::managed_cell;

managed_cell! {
    /// The table of one Map or Set, or of a grouping in the making.
    pub struct HashTable: HashTable {
        /// Words per entry: 2 in a set, 3 in a map.
        stride: u32,
        /// Entries so far, tombstones included.
        used: Cell<u32>,
        /// Entries that are no tombstones.
        live: Cell<u32>,
        /// First entry of each bucket as an int32, or the hole; a power of two.
        buckets: Barriered<Gc<ValueBuffer>>,
        /// The entries, as many as there are buckets. The key of a tombstone is the hole.
        entries: Barriered<Gc<ValueBuffer>>,
        /// The table that took over.
        successor: Barriered<Option<Gc<HashTable>>>,
        /// The positions that were tombstones when the successor took over, ascending; `None` if all entries went.
        removed: Barriered<Option<Gc<ValueBuffer>>>,
    }
}

const FIRST_CAPACITY: u32 = 4;

/// The form of a key in which equal keys are equal words, strings and BigInts aside: numbers are int32 where possible and
/// there is one zero.
#[inline]
pub fn normalize(key: Value) -> Value {
    if key.is_double() {
        let n = key.as_double();
        return if n == 0.0 { Value::ZERO } else { Value::from_f64(n) };
    }
    key
}

fn mix(bits: u64) -> u32 {
    let h = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (h >> 32) as u32 ^ (h as u32 >> 7)
}

/// The hash of a normalized key. Cells do not move, so an object's address serves.
#[inline]
fn hash(cx: Cx<'_>, key: Value) -> u32 {
    if let Some(string) = key.to::<JSString>() {
        return string.hash(cx, cx.atoms.seed());
    }
    if let Some(bigint) = key.to::<JSBigInt>() {
        return mix(bigint.hash_value());
    }
    mix(key.bits())
}

/// SameValueZero of normalized keys.
#[inline]
fn equal(cx: Cx<'_>, a: Value, b: Value) -> bool {
    if a == b {
        return true;
    }
    if !a.is_cell() || !b.is_cell() {
        return false;
    }
    if let (Some(x), Some(y)) = (a.to::<JSString>(), b.to::<JSString>()) {
        return match (x.cached_hash(), y.cached_hash()) {
            (Some(h), Some(i)) if h != i => false,
            _ => JSString::equals(cx, x, y),
        };
    }
    if let (Some(x), Some(y)) = (a.to::<JSBigInt>(), b.to::<JSBigInt>()) {
        return JSBigInt::equals(x, y);
    }
    false
}

fn buffer(cx: Cx<'_>, length: u32) -> Result<Gc<ValueBuffer>, OutOfMemory> {
    let buffer =
        if length <= 64 { ValueBuffer::short(cx, length) } else { ValueBuffer::with_capacity(cx, length)? };
    buffer.resize(length);
    Ok(buffer)
}

/// What owns a table and must be told when another takes over.
pub trait TableOwner: Copy {
    /// The table now.
    fn table(self) -> Gc<HashTable>;
    /// Another table takes over.
    fn replace_table(self, cx: Cx<'_>, table: Gc<HashTable>);
}

macro_rules! table_owner {
    ($name:ty) => {
        impl TableOwner for Gc<$name> {
            #[inline(always)]
            fn table(self) -> Gc<HashTable> {
                self.table.get().to().expect("the table of a collection")
            }

            fn replace_table(self, cx: Cx<'_>, table: Gc<HashTable>) {
                self.table.set(cx, self, table.into());
            }
        }
    };
}
table_owner!(super::MapObject);
table_owner!(super::SetObject);

/// A table that nobody iterates over while it changes: lists of groups and such.
#[derive(Clone, Copy, Debug)]
pub struct LooseTable<'a>(pub &'a Cell<Gc<HashTable>>);
impl TableOwner for LooseTable<'_> {
    fn table(self) -> Gc<HashTable> {
        self.0.get()
    }

    fn replace_table(self, _: Cx<'_>, table: Gc<HashTable>) {
        self.0.set(table);
    }
}

impl HashTable {
    /// An empty table of a set.
    pub fn new_set(cx: Cx<'_>) -> Gc<HashTable> {
        HashTable::empty(cx, 2)
    }

    /// An empty table of a map.
    pub fn new_map(cx: Cx<'_>) -> Gc<HashTable> {
        HashTable::empty(cx, 3)
    }

    fn empty(cx: Cx<'_>, stride: u32) -> Gc<HashTable> {
        let Ok(table) = HashTable::with_capacity(cx, stride, FIRST_CAPACITY) else {
            unreachable!("short buffers are always granted")
        };
        table
    }

    fn with_capacity(cx: Cx<'_>, stride: u32, capacity: u32) -> Result<Gc<HashTable>, OutOfMemory> {
        let buckets = buffer(cx, capacity)?;
        let entries = buffer(cx, capacity.checked_mul(stride).ok_or(OutOfMemory)?)?;
        Ok(cx.allocate(|header| HashTable {
            header,
            stride,
            used: Cell::new(0),
            live: Cell::new(0),
            buckets: Barriered::new(buckets),
            entries: Barriered::new(entries),
            successor: Barriered::new(None),
            removed: Barriered::new(None),
        }))
    }

    /// How many entries there are, tombstones not counted.
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.live.get()
    }

    /// No entries?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn capacity(&self) -> u32 {
        self.buckets.get().len()
    }

    #[inline(always)]
    fn word(&self, position: u32, which: u32) -> Value {
        self.entries.get().values()[(position * self.stride + which) as usize].get()
    }

    #[inline(always)]
    fn set_word(&self, cx: Cx<'_>, position: u32, which: u32, value: Value) {
        self.entries.get().set(cx, position * self.stride + which, value);
    }

    /// The key at a position; the hole for tombstones.
    #[inline]
    pub fn key(&self, position: u32) -> Value {
        self.word(position, 0)
    }

    /// The value at a position of a map; in a set the key.
    #[inline]
    pub fn value(&self, position: u32) -> Value {
        self.word(position, self.stride - 2)
    }

    /// Replaces the value at a position of a map.
    pub fn set_value(&self, cx: Cx<'_>, position: u32, value: Value) {
        debug_assert_eq!(self.stride, 3, "only maps have values");
        self.set_word(cx, position, 1, value);
    }

    #[inline]
    fn bucket(&self, hash: u32) -> u32 {
        hash & (self.capacity() - 1)
    }

    /// The position of a normalized key.
    #[inline]
    pub fn find(&self, cx: Cx<'_>, key: Value) -> Option<u32> {
        let bucket = self.bucket(hash(cx, key));
        let mut link = self.buckets.get().values()[bucket as usize].get();
        while let Some(position) = link.to_i32() {
            let position = position as u32;
            if equal(cx, self.word(position, 0), key) {
                return Some(position);
            }
            link = self.word(position, self.stride - 1);
        }
        None
    }

    fn append(&self, cx: Cx<'_>, hash: u32, key: Value, value: Value) {
        let position = self.used.get();
        let bucket = self.bucket(hash);
        let buckets = self.buckets.get();
        let first = buckets.values()[bucket as usize].get();
        self.set_word(cx, position, 0, key);
        if self.stride == 3 {
            self.set_word(cx, position, 1, value);
        }
        self.set_word(cx, position, self.stride - 1, first);
        buckets.set(cx, bucket, Value::from_i32(position as i32));
        self.used.set(position + 1);
        self.live.set(self.live.get() + 1);
    }

    /// Adds an entry for a normalized key that is absent (`value` counts in maps only).
    ///
    /// # Errors
    /// Out of memory.
    pub fn insert(owner: impl TableOwner, cx: Cx<'_>, key: Value, value: Value) -> Result<(), OutOfMemory> {
        let mut table = owner.table();
        if table.used.get() == table.capacity() {
            if table.live.get() > table.capacity() / 2 {
                table = HashTable::rebuild(owner, cx, table, table.capacity() * 2)?;
            } else {
                table = HashTable::rebuild(owner, cx, table, table.capacity())?;
            }
        }
        let hash = hash(cx, key);
        table.append(cx, hash, key, value);
        Ok(())
    }

    /// Moves the live entries into buffers of another capacity. Without tombstones the positions stay, and so does the table.
    fn rebuild(
        owner: impl TableOwner,
        cx: Cx<'_>,
        old: Gc<HashTable>,
        capacity: u32,
    ) -> Result<Gc<HashTable>, OutOfMemory> {
        let new = HashTable::with_capacity(cx, old.stride, capacity)?;
        for position in 0..old.used.get() {
            let key = old.key(position);
            if !key.is_hole() {
                new.append(cx, hash(cx, key), key, old.value(position));
            }
        }
        if old.live.get() == old.used.get() {
            old.buckets.set(cx, old, new.buckets.get());
            old.entries.set(cx, old, new.entries.get());
            return Ok(old);
        }
        let removed = buffer(cx, old.used.get() - old.live.get())?;
        let tombstones = (0..old.used.get()).filter(|&position| old.key(position).is_hole());
        for (slot, position) in removed.values().iter().zip(tombstones) {
            slot.set(Value::from_i32(position as i32));
        }
        HashTable::retire(old, cx, new, Some(removed));
        owner.replace_table(cx, new);
        Ok(new)
    }

    fn retire(old: Gc<HashTable>, cx: Cx<'_>, new: Gc<HashTable>, removed: Option<Gc<ValueBuffer>>) {
        old.successor.set(cx, old, Some(new));
        old.removed.set(cx, old, removed);
        let nothing = ValueBuffer::short(cx, 0);
        old.buckets.set(cx, old, nothing);
        old.entries.set(cx, old, nothing);
        old.used.set(0);
        old.live.set(0);
    }

    /// Deletes the entry of a normalized key; whether there was one.
    pub fn remove(owner: impl TableOwner, cx: Cx<'_>, key: Value) -> bool {
        let table = owner.table();
        let Some(position) = table.find(cx, key) else { return false };
        table.set_word(cx, position, 0, Value::HOLE);
        if table.stride == 3 {
            table.set_word(cx, position, 1, Value::UNDEFINED);
        }
        table.live.set(table.live.get() - 1);
        let capacity = table.capacity();
        if capacity > 16 && table.live.get() < capacity / 4 && table.used.get() > capacity / 2 {
            // Failing to shrink does no harm.
            let _ = HashTable::rebuild(owner, cx, table, capacity / 2);
        }
        true
    }

    /// Deletes all entries: a new empty table takes over, from whose beginning iterators go on.
    pub fn clear(owner: impl TableOwner, cx: Cx<'_>) {
        let old = owner.table();
        if old.used.get() == 0 {
            return;
        }
        let new = HashTable::empty(cx, old.stride);
        HashTable::retire(old, cx, new, None);
        owner.replace_table(cx, new);
    }

    /// The next live entry at or after a position for someone who may hold an outdated table: the table of today and the
    /// entry's position in it, or the table's end.
    #[inline]
    pub fn advance(table: Gc<HashTable>, position: u32) -> (Gc<HashTable>, Option<u32>) {
        let (mut table, mut position) = (table, position);
        while let Some(successor) = table.successor.get() {
            position = match table.removed.get() {
                None => 0,
                Some(removed) => {
                    let before = removed.values().partition_point(|p| (p.get().as_i32() as u32) < position);
                    position - before as u32
                }
            };
            table = successor;
        }
        while position < table.used.get() {
            if !table.key(position).is_hole() {
                return (table, Some(position));
            }
            position += 1;
        }
        (table, None)
    }
}

impl std::fmt::Debug for HashTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashTable").field("live", &self.live.get()).field("used", &self.used.get()).finish()
    }
}

#[cfg(test)]
mod tests;
