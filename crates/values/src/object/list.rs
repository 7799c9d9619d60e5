//! [`GcVec`]: a growable list of values whose memory the collector sees.
//!
//! Rust code that collects values (arguments of a spread call, the items of a sort, pending reactions) must not keep them
//! in a `Vec`, which nobody scans. A `GcVec` is a pointer to a [`ValueList`] cell, which points to a [`ValueBuffer`]: it is
//! `Copy`, keeps working when the buffer is replaced, and lives as long as it is in a local variable or a traced cell.

use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, OutOfMemory, Tracer};

use super::array::ValueBuffer;
use crate::cell::{CellAllocator, CellKind, reserved_shape};
use crate::value::Value;

/// The cell behind a [`GcVec`].
#[repr(C)]
pub struct ValueList {
    header: Header,
    buffer: Cell<Gc<ValueBuffer>>,
}

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::ValueList` is `ValueList::trace`.
unsafe impl ManagedCell for ValueList {
    const KIND: u8 = CellKind::ValueList as u8;
}

impl ValueList {
    /// Reports the buffer to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized `ValueList`.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `ValueList`.
        tracer.mark(unsafe { cell.cast::<ValueList>().as_ref() }.buffer.get());
    }
}

impl fmt::Debug for ValueList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.buffer.get(), f)
    }
}

/// A handle to a growable list of values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GcVec(Gc<ValueList>);

/// Capacity of a list made by [`GcVec::new`].
const FIRST_CAPACITY: u32 = 6;

impl GcVec {
    /// An empty list.
    #[inline]
    pub fn new<A: CellAllocator>(alloc: A) -> GcVec {
        GcVec::over(alloc, ValueBuffer::short(alloc, FIRST_CAPACITY))
    }

    /// An empty list with room for `capacity` values.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn with_capacity<A: CellAllocator>(alloc: A, capacity: usize) -> Result<GcVec, OutOfMemory> {
        let capacity = u32::try_from(capacity).map_err(|_| OutOfMemory)?;
        Ok(GcVec::over(alloc, ValueBuffer::with_capacity(alloc, capacity)?))
    }

    /// A list of the given values, which lie on the stack or in a list.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn from_slice<A: CellAllocator>(alloc: A, values: &[Value]) -> Result<GcVec, OutOfMemory> {
        Ok(GcVec::over(alloc, ValueBuffer::from_slice(alloc, values)?))
    }

    fn over<A: CellAllocator>(alloc: A, buffer: Gc<ValueBuffer>) -> GcVec {
        let cell = alloc.allocate_cell(CellKind::ValueList, size_of::<ValueList>());
        let list = cell.cast::<ValueList>();
        // SAFETY: the cell is new and large enough; the field is written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::INTERNAL);
            (&raw mut (*list.as_ptr()).buffer).write(Cell::new(buffer));
            GcVec(Gc::from_ptr(list))
        }
    }

    /// The list of a cell, for keeping lists in other cells.
    #[inline]
    pub fn from_cell(cell: Gc<ValueList>) -> GcVec {
        GcVec(cell)
    }

    /// The list's cell.
    #[inline]
    pub fn cell(self) -> Gc<ValueList> {
        self.0
    }

    /// The buffer with the values; another one after the next growth.
    #[inline(always)]
    pub fn buffer(self) -> Gc<ValueBuffer> {
        self.0.buffer.get()
    }

    /// How many values there are.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.buffer().len() as usize
    }

    /// Is there no value?
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value at an index.
    ///
    /// # Panics
    /// If the index is not below the length.
    #[inline(always)]
    pub fn get(self, index: usize) -> Value {
        self.buffer().values()[index].get()
    }

    /// The value at an index, if there is one.
    #[inline(always)]
    pub fn try_get(self, index: usize) -> Option<Value> {
        self.buffer().values().get(index).map(Cell::get)
    }

    /// The last value, if there is one.
    #[inline]
    pub fn last(self) -> Option<Value> {
        self.buffer().values().last().map(Cell::get)
    }

    /// Overwrites the value at an index.
    ///
    /// # Panics
    /// If the index is not below the length.
    #[inline(always)]
    pub fn set<A: CellAllocator>(self, alloc: A, index: usize, value: Value) {
        self.buffer().set(alloc, index as u32, value);
    }

    /// Appends a value.
    ///
    /// # Errors
    /// Growing would exceed the memory limit.
    #[inline]
    pub fn push<A: CellAllocator>(self, alloc: A, value: Value) -> Result<(), OutOfMemory> {
        if self.buffer().push(alloc, value) {
            return Ok(());
        }
        self.reserve(alloc, 1)?;
        let pushed = self.buffer().push(alloc, value);
        debug_assert!(pushed);
        Ok(())
    }

    /// Appends all values of another list.
    ///
    /// # Errors
    /// Growing would exceed the memory limit.
    pub fn extend<A: CellAllocator>(self, alloc: A, other: GcVec) -> Result<(), OutOfMemory> {
        let count = other.len();
        self.reserve(alloc, count)?;
        for i in 0..count {
            let pushed = self.buffer().push(alloc, other.get(i));
            debug_assert!(pushed);
        }
        Ok(())
    }

    /// Makes room for `more` values.
    ///
    /// # Errors
    /// Growing would exceed the memory limit.
    #[cold]
    pub fn reserve<A: CellAllocator>(self, alloc: A, more: usize) -> Result<(), OutOfMemory> {
        let buffer = self.buffer();
        let needed = u32::try_from(self.len() + more).map_err(|_| OutOfMemory)?;
        if needed > buffer.capacity() {
            let grown = ValueBuffer::resized(alloc, buffer, ValueBuffer::grown_capacity(needed))?;
            self.0.buffer.set(grown);
            alloc.write_barrier(self.0.as_ptr().cast());
        }
        Ok(())
    }

    /// Removes the last value.
    #[inline]
    pub fn pop(self) -> Option<Value> {
        self.buffer().pop()
    }

    /// Forgets the values from `length` on.
    pub fn truncate(self, length: usize) {
        if length < self.len() {
            self.buffer().resize(length as u32);
        }
    }

    /// Removes the value at an index; the following ones move up.
    ///
    /// # Panics
    /// If the index is not below the length.
    pub fn remove<A: CellAllocator>(self, alloc: A, index: usize) -> Value {
        let value = self.get(index);
        let rest = self.len() - index - 1;
        self.buffer().copy_within(alloc, index as u32 + 1, index as u32, rest as u32);
        self.truncate(index + rest);
        value
    }

    /// Exchanges two values.
    ///
    /// # Panics
    /// If an index is not below the length.
    #[inline]
    pub fn swap(self, a: usize, b: usize) {
        let buffer = self.buffer();
        buffer.values()[a].swap(&buffer.values()[b]);
    }

    /// Iterates over the values. Values appended meanwhile are seen.
    #[inline]
    pub fn iter(self) -> GcVecIter {
        GcVecIter { list: self, index: 0 }
    }

    /// Calls `f` with the values as a slice, for instance as the arguments of a call. `f` may allocate and append to the
    /// list: the slice then shows the values as they were, for this call keeps the old buffer alive.
    #[inline]
    pub fn with_slice<R>(self, f: impl FnOnce(&[Cell<Value>]) -> R) -> R {
        let buffer = self.buffer();
        let result = f(buffer.values());
        std::hint::black_box(buffer);
        result
    }

    /// Reports the list to the collector.
    #[inline]
    pub fn trace(self, tracer: &mut Tracer<'_>) {
        tracer.mark(self.0);
    }
}

impl fmt::Debug for GcVec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl IntoIterator for GcVec {
    type Item = Value;
    type IntoIter = GcVecIter;
    fn into_iter(self) -> GcVecIter {
        self.iter()
    }
}

/// Iterator over a [`GcVec`] by index.
#[derive(Clone, Debug)]
pub struct GcVecIter {
    list: GcVec,
    index: usize,
}

impl Iterator for GcVecIter {
    type Item = Value;
    #[inline]
    fn next(&mut self) -> Option<Value> {
        let value = self.list.try_get(self.index)?;
        self.index += 1;
        Some(value)
    }
}
