//! Strings of the numbers converted lately.
//!
//! A direct-mapped table: a number has one place, the latest one there wins. Programs convert the same few numbers again
//! and again (coordinates, keys, counters). The strings are held weakly.

use std::cell::Cell;

use unspool_gc::{Gc, WeakContext};

use super::AtomTable;
use crate::cell::CellAllocator;
use crate::number::{NumberBuffer, integer_to_latin1};
use crate::string::{JSString, StrView};

/// Entries per table. 512 × 16 bytes stay within a quarter of a first-level cache.
const SIZE: usize = 512;

type Entry = Cell<Option<(u64, Gc<JSString>)>>;

pub(super) struct NumberCache {
    entries: Box<[Entry]>,
}

#[inline]
fn place(bits: u64) -> usize {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize % SIZE
}

impl NumberCache {
    pub(super) fn new() -> NumberCache {
        NumberCache { entries: (0..SIZE).map(|_| Cell::new(None)).collect() }
    }

    #[inline]
    pub(super) fn get<A: CellAllocator>(&self, table: &AtomTable, alloc: A, x: f64) -> Gc<JSString> {
        let n = x as i32;
        if n as f64 == x {
            // −0 prints as 0.
            return table.int_to_string(alloc, n);
        }
        self.lookup(x.to_bits(), || {
            let mut buffer = NumberBuffer::new();
            JSString::short(alloc, StrView::Latin1(buffer.format(x).as_bytes()))
        })
    }

    #[inline]
    pub(super) fn get_int<A: CellAllocator>(&self, alloc: A, n: i32) -> Gc<JSString> {
        // An int's key is no bit pattern of a double that is looked up here: those are never integral.
        self.lookup((n as f64).to_bits(), || {
            let mut buffer = [0; 20];
            JSString::short(alloc, StrView::Latin1(integer_to_latin1(n as i64, &mut buffer)))
        })
    }

    #[inline]
    fn lookup(&self, bits: u64, make: impl FnOnce() -> Gc<JSString>) -> Gc<JSString> {
        let entry = &self.entries[place(bits)];
        if let Some((known, string)) = entry.get()
            && known == bits
        {
            return string;
        }
        let string = make();
        entry.set(Some((bits, string)));
        string
    }

    pub(super) fn process_weak(&self, context: &WeakContext<'_>) {
        for entry in &self.entries {
            if let Some((_, string)) = entry.get()
                // SAFETY: entries are strings of this heap; a dead one left the cache when it died.
                && !unsafe { context.is_live_cell(string.erase().as_ptr()) }
            {
                entry.set(None);
            }
        }
    }
}
