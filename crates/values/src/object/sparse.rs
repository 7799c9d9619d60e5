//! [`SparseElements`]: array elements in a hash table from index to value and attributes.
//!
//! Objects come here when an index is far beyond the rest, when an element gets attributes of its own or is an accessor,
//! and when they are frozen or sealed. The table uses open addressing with linear probing in a [`ValueBuffer`] of two
//! words per place: a key word, and the value (for accessors, an [`Accessor`](super::Accessor) cell). A key word looks
//! like an int32 value to the collector: number tag, attributes in bits 32..40, index in the low half.

use std::cell::Cell;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, OutOfMemory, Tracer};
use unspool_shapes::Attributes;

use super::Accessor;
use super::array::{Elements, ValueBuffer};
use crate::cell::{CellAllocator, CellKind, reserved_shape};
use crate::value::{NUMBER_TAG, Value};

/// Elements with gaps or attributes.
#[repr(C)]
pub struct SparseElements {
    header: Header,
    /// Always 0: to a fast path this looks like an [`Elements`] cell without elements.
    dense_capacity: u32,
    /// Always 0.
    dense_length: u32,
    /// How many places of the table are taken; at most three quarters of them.
    count: Cell<u32>,
    padding: u32,
    /// A power of two of places, two words each; the key word of a free place is a hole.
    table: Cell<Gc<ValueBuffer>>,
}

const _: () = assert!(
    offset_of!(SparseElements, dense_capacity) == Elements::CAPACITY_OFFSET
        && offset_of!(SparseElements, dense_length) == Elements::LENGTH_OFFSET
);

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::SparseElements` is `SparseElements::trace`.
unsafe impl ManagedCell for SparseElements {
    const KIND: u8 = CellKind::SparseElements as u8;
}

/// One indexed property, with attributes of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SparseEntry {
    /// The value, or the [`Accessor`] cell of an accessor property.
    pub value: Value,
    /// Writable, enumerable, configurable.
    pub attributes: Attributes,
}

impl SparseEntry {
    /// An element as a plain assignment makes it.
    pub fn plain(value: Value) -> SparseEntry {
        SparseEntry { value, attributes: Attributes::ALL }
    }

    /// The accessor pair, if the element is an accessor property. (No program value is an `Accessor` cell.)
    #[inline]
    pub fn accessor(&self) -> Option<Gc<Accessor>> {
        self.value.to::<Accessor>()
    }
}

const FIRST_PLACES: u32 = 8;

fn key_word(index: u32, attributes: Attributes) -> Value {
    // SAFETY: a word with the number tag refers to no cell and is not zero.
    unsafe { Value::from_bits(NUMBER_TAG | (attributes.bits() as u64) << 32 | index as u64) }
}

fn key_index(word: Value) -> Option<u32> {
    (!word.is_hole()).then_some(word.bits() as u32)
}

fn key_attributes(word: Value) -> Attributes {
    Attributes::from_bits((word.bits() >> 32) as u8)
}

fn new_table<A: CellAllocator>(alloc: A, places: u32) -> Result<Gc<ValueBuffer>, OutOfMemory> {
    let table = ValueBuffer::with_capacity(alloc, places.checked_mul(2).ok_or(OutOfMemory)?)?;
    table.resize(places * 2);
    Ok(table)
}

impl SparseElements {
    /// No elements.
    pub fn new<A: CellAllocator>(alloc: A) -> Gc<SparseElements> {
        let table = ValueBuffer::short(alloc, FIRST_PLACES * 2);
        table.resize(FIRST_PLACES * 2);
        let cell = alloc.allocate_cell(CellKind::SparseElements, size_of::<SparseElements>());
        let elements = cell.cast::<SparseElements>();
        // SAFETY: the cell is new and large enough; all fields are written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::INTERNAL);
            let p = elements.as_ptr();
            (&raw mut (*p).dense_capacity).write(0);
            (&raw mut (*p).dense_length).write(0);
            (&raw mut (*p).count).write(Cell::new(0));
            (&raw mut (*p).padding).write(0);
            (&raw mut (*p).table).write(Cell::new(table));
            Gc::from_ptr(elements)
        }
    }

    /// The elements of a dense array, holes left out.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn from_dense<A: CellAllocator>(
        alloc: A,
        dense: Gc<Elements>,
        attributes: Attributes,
    ) -> Result<Gc<SparseElements>, OutOfMemory> {
        let elements = SparseElements::new(alloc);
        for index in 0..dense.len() {
            match dense.get(index) {
                Some(value) if !value.is_hole() => {
                    elements.insert(alloc, index, SparseEntry { value, attributes })?;
                }
                _ => {}
            }
        }
        Ok(elements)
    }

    /// The smallest number of elements whose table takes `words` words.
    pub fn least_population(words: u32) -> u32 {
        let places = (words / 2).next_power_of_two().max(FIRST_PLACES);
        // One more than what fits a table of half the size.
        places / 2 * 3 / 4 + 1
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> u32 {
        self.count.get()
    }

    /// Is there no element?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn places(&self) -> u32 {
        self.table.get().len() / 2
    }

    fn home(&self, index: u32) -> u32 {
        // The high half of a product: indices that are multiples of a power of two spread too.
        let hash = (u64::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32;
        hash & (self.places() - 1)
    }

    fn word(&self, place: u32, which: u32) -> Value {
        self.table.get().values()[(place * 2 + which) as usize].get()
    }

    /// The place that holds `index`, or else the free place where it belongs.
    fn find(&self, index: u32) -> Result<u32, u32> {
        let mask = self.places() - 1;
        let mut place = self.home(index);
        loop {
            match key_index(self.word(place, 0)) {
                None => return Err(place),
                Some(found) if found == index => return Ok(place),
                Some(_) => place = (place + 1) & mask,
            }
        }
    }

    fn write<A: CellAllocator>(&self, alloc: A, place: u32, index: u32, entry: SparseEntry) {
        let table = self.table.get();
        table.set(alloc, place * 2, key_word(index, entry.attributes));
        table.set(alloc, place * 2 + 1, entry.value);
    }

    fn entry_at(&self, place: u32) -> SparseEntry {
        SparseEntry { attributes: key_attributes(self.word(place, 0)), value: self.word(place, 1) }
    }

    /// The element at an index.
    pub fn get(&self, index: u32) -> Option<SparseEntry> {
        self.find(index).ok().map(|place| self.entry_at(place))
    }

    /// Adds or replaces the element at an index; tells what was there.
    ///
    /// # Errors
    /// Growing would exceed the memory limit.
    pub fn insert<A: CellAllocator>(
        &self,
        alloc: A,
        index: u32,
        entry: SparseEntry,
    ) -> Result<Option<SparseEntry>, OutOfMemory> {
        match self.find(index) {
            Ok(place) => {
                let old = self.entry_at(place);
                self.write(alloc, place, index, entry);
                Ok(Some(old))
            }
            Err(mut place) => {
                if (self.len() + 1) * 4 > self.places() * 3 {
                    self.grow(alloc)?;
                    place = self.find(index).expect_err("the index is not in the table");
                }
                self.write(alloc, place, index, entry);
                self.count.set(self.len() + 1);
                Ok(None)
            }
        }
    }

    fn grow<A: CellAllocator>(&self, alloc: A) -> Result<(), OutOfMemory> {
        let old = self.table.get();
        let table = new_table(alloc, self.places() * 2)?;
        self.table.set(table);
        alloc.write_barrier(NonNull::from(&self.header));
        for pair in old.values().chunks_exact(2) {
            if let Some(index) = key_index(pair[0].get()) {
                let place = self.find(index).expect_err("indices are unique");
                let entry = SparseEntry { attributes: key_attributes(pair[0].get()), value: pair[1].get() };
                self.write(alloc, place, index, entry);
            }
        }
        Ok(())
    }

    /// Removes the element at an index.
    pub fn remove<A: CellAllocator>(&self, alloc: A, index: u32) -> Option<SparseEntry> {
        let mut free = self.find(index).ok()?;
        let removed = self.entry_at(free);
        let mask = self.places() - 1;
        // Entries behind the freed place move up when that brings them no further than to their home.
        let mut place = free;
        loop {
            place = (place + 1) & mask;
            let Some(other) = key_index(self.word(place, 0)) else { break };
            let home = self.home(other);
            if place.wrapping_sub(home) & mask >= place.wrapping_sub(free) & mask {
                let entry = self.entry_at(place);
                self.write(alloc, free, other, entry);
                free = place;
            }
        }
        let table = self.table.get();
        table.set(alloc, free * 2, Value::HOLE);
        table.set(alloc, free * 2 + 1, Value::HOLE);
        self.count.set(self.len() - 1);
        Some(removed)
    }

    /// All indices in ascending order.
    pub fn indices(&self) -> Vec<u32> {
        let table = self.table.get();
        let mut indices: Vec<u32> =
            table.values().chunks_exact(2).filter_map(|pair| key_index(pair[0].get())).collect();
        indices.sort_unstable();
        indices
    }

    /// The indices from `from` on, in ascending order.
    pub fn indices_from(&self, from: u32) -> Vec<u32> {
        let mut indices = self.indices();
        indices.drain(..indices.partition_point(|&index| index < from));
        indices
    }

    /// Changes every element's attributes (for freezing and sealing); accessors keep out of writability.
    pub fn restrict_all<A: CellAllocator>(&self, alloc: A, removed: Attributes) {
        for place in 0..self.places() {
            if let Some(index) = key_index(self.word(place, 0)) {
                let entry = self.entry_at(place);
                let attributes = entry.attributes.without(removed);
                self.write(alloc, place, index, SparseEntry { attributes, ..entry });
            }
        }
    }

    /// Reports the table to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized `SparseElements`.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `SparseElements`.
        tracer.mark(unsafe { cell.cast::<SparseElements>().as_ref() }.table.get());
    }
}

impl fmt::Debug for SparseElements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.indices().into_iter().map(|i| (i, self.get(i)))).finish()
    }
}
