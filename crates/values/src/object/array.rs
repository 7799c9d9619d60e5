//! [`ValueArray`]: capacity, length and that many values in one cell; as [`Elements`] of objects and as [`ValueBuffer`]
//! of lists and constant pools.
//!
//! Only the values below the length are initialized and traced. Whoever appends in place writes the value first and then
//! the length.

use std::cell::Cell;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, OutOfMemory, Tracer};

use crate::cell::{CellAllocator, CellKind, reserved_shape};
use crate::value::Value;

/// Values in a row, in a cell of kind `K`.
#[repr(C)]
pub struct ValueArray<const K: u8> {
    header: Header,
    /// Room for that many values follows the struct.
    capacity: u32,
    /// At most the capacity; the values below it are initialized.
    length: Cell<u32>,
}

/// The dense elements of an object; gaps are [`Value::HOLE`].
pub type Elements = ValueArray<{ CellKind::Elements as u8 }>;
/// The buffer of a [`GcVec`](super::GcVec), or a constant pool.
pub type ValueBuffer = ValueArray<{ CellKind::ValueBuffer as u8 }>;

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of both kinds is `ValueArray::trace`.
unsafe impl<const K: u8> ManagedCell for ValueArray<K> {
    const KIND: u8 = K;
}

impl<const K: u8> ValueArray<K> {
    /// Byte offset of the capacity.
    pub const CAPACITY_OFFSET: usize = offset_of!(Self, capacity);
    /// Byte offset of the length.
    pub const LENGTH_OFFSET: usize = offset_of!(Self, length);
    /// Byte offset of the first value.
    pub const VALUES_OFFSET: usize = size_of::<Self>();
    /// The largest capacity: 2^28 values are 2 GiB.
    pub const MAX_CAPACITY: u32 = 1 << 28;

    fn kind() -> CellKind {
        const { assert!(K == CellKind::Elements as u8 || K == CellKind::ValueBuffer as u8) };
        if K == CellKind::Elements as u8 { CellKind::Elements } else { CellKind::ValueBuffer }
    }

    /// An empty array with room for `capacity` values.
    ///
    /// # Errors
    /// Beyond the memory limit, or above [`Self::MAX_CAPACITY`].
    #[inline]
    pub fn with_capacity<A: CellAllocator>(alloc: A, capacity: u32) -> Result<Gc<Self>, OutOfMemory> {
        if capacity > Self::MAX_CAPACITY {
            return Err(OutOfMemory);
        }
        let cell = alloc.try_allocate_cell(Self::kind(), Self::VALUES_OFFSET + capacity as usize * 8)?;
        // SAFETY: the cell is new and large enough.
        Ok(unsafe { Self::init(cell, capacity) })
    }

    /// An empty array with room for a few values; never fails (the excess over the memory limit is charged).
    #[inline]
    pub fn short<A: CellAllocator>(alloc: A, capacity: u32) -> Gc<Self> {
        debug_assert!(capacity <= 1024);
        Self::unlimited(alloc, capacity)
    }

    /// An empty array for a table of the engine's own, of any size; never fails (the excess over the memory limit is
    /// charged).
    #[inline]
    pub fn unlimited<A: CellAllocator>(alloc: A, capacity: u32) -> Gc<Self> {
        let cell = alloc.allocate_cell(Self::kind(), Self::VALUES_OFFSET + capacity as usize * 8);
        // SAFETY: the cell is new and large enough.
        unsafe { Self::init(cell, capacity) }
    }

    /// # Safety
    /// `cell` is new, of kind `K`, and has room for the struct and `capacity` values.
    #[inline]
    unsafe fn init(cell: NonNull<Header>, capacity: u32) -> Gc<Self> {
        let array = cell.cast::<Self>();
        // SAFETY: the cell is new and has room for the struct, whose fields are written here; of its values none counts yet.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::INTERNAL);
            (&raw mut (*array.as_ptr()).capacity).write(capacity);
            (&raw mut (*array.as_ptr()).length).write(Cell::new(0));
            Gc::from_ptr(array)
        }
    }

    /// An array with the given values. The slice is on the stack or a view of another array.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn from_slice<A: CellAllocator>(alloc: A, values: &[Value]) -> Result<Gc<Self>, OutOfMemory> {
        let capacity = u32::try_from(values.len()).map_err(|_| OutOfMemory)?;
        let array = Self::with_capacity(alloc, capacity)?;
        // SAFETY: there is room; the array is new, so no barrier is due.
        unsafe { array.values_mut().copy_from_nonoverlapping(values.as_ptr(), values.len()) };
        array.length.set(capacity);
        Ok(array)
    }

    /// So many holes.
    ///
    /// # Errors
    /// Beyond the memory limit, or above [`Self::MAX_CAPACITY`].
    pub fn holes<A: CellAllocator>(alloc: A, length: u32) -> Result<Gc<Self>, OutOfMemory> {
        let array = Self::with_capacity(alloc, length)?;
        // SAFETY: there is room; the array is new, so no barrier is due.
        unsafe { std::slice::from_raw_parts_mut(array.values_mut(), length as usize) }.fill(Value::HOLE);
        array.length.set(length);
        Ok(array)
    }

    /// A copy with another capacity; values beyond it are dropped.
    ///
    /// # Errors
    /// Beyond the memory limit.
    pub fn resized<A: CellAllocator>(
        alloc: A,
        old: Gc<Self>,
        capacity: u32,
    ) -> Result<Gc<Self>, OutOfMemory> {
        let array = Self::with_capacity(alloc, capacity)?;
        let kept = old.length.get().min(capacity);
        // SAFETY: there is room for `kept` values, which are initialized in `old`; the array is new.
        unsafe { array.values_mut().copy_from_nonoverlapping(old.values_mut(), kept as usize) };
        array.length.set(kept);
        Ok(array)
    }

    /// The capacity to grow to so that `needed` values fit: one and a half times plus 16, as in V8, so that appending
    /// costs a constant time each.
    #[inline]
    pub fn grown_capacity(needed: u32) -> u32 {
        needed.saturating_add(needed / 2).saturating_add(16).min(Self::MAX_CAPACITY).max(needed)
    }

    /// Room for that many values.
    #[inline(always)]
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// How many values there are.
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.length.get()
    }

    /// Is there no value?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn values_mut(&self) -> *mut Value {
        // The values are reached through cells elsewhere, so writing through this pointer is a shared mutation.
        self.cells_ptr().cast_mut().cast::<Value>()
    }

    #[inline(always)]
    fn cells_ptr(&self) -> *const Cell<Value> {
        // SAFETY: the cell is at least as long as the struct.
        unsafe { std::ptr::from_ref(self).add(1).cast::<Cell<Value>>() }
    }

    /// The values.
    #[inline(always)]
    pub fn values(&self) -> &[Cell<Value>] {
        // SAFETY: the values below the length are initialized.
        unsafe { std::slice::from_raw_parts(self.cells_ptr(), self.len() as usize) }
    }

    /// The value at an index, if it is below the length; possibly a hole.
    #[inline(always)]
    pub fn get(&self, index: u32) -> Option<Value> {
        // SAFETY: the values below the length are initialized.
        (index < self.len()).then(|| unsafe { (*self.cells_ptr().add(index as usize)).get() })
    }

    /// Overwrites the value at an index below the length.
    ///
    /// # Panics
    /// If the index is not below the length.
    #[inline(always)]
    pub fn set<A: CellAllocator>(&self, alloc: A, index: u32, value: Value) {
        self.values()[index as usize].set(value);
        self.barrier(alloc, value);
    }

    /// Appends a value if there is room; tells whether there was.
    #[inline(always)]
    #[must_use]
    pub fn push<A: CellAllocator>(&self, alloc: A, value: Value) -> bool {
        let length = self.length.get();
        if length >= self.capacity {
            return false;
        }
        // SAFETY: the index is below the capacity.
        unsafe { self.values_mut().add(length as usize).write(value) };
        self.length.set(length + 1);
        self.barrier(alloc, value);
        true
    }

    /// Removes the last value.
    #[inline]
    pub fn pop(&self) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let value = self.get(last);
        self.length.set(last);
        value
    }

    /// Changes the length; new values are holes.
    ///
    /// # Panics
    /// If the length exceeds the capacity.
    pub fn resize(&self, length: u32) {
        assert!(length <= self.capacity, "length {length} exceeds capacity {}", self.capacity);
        for i in self.len()..length {
            // SAFETY: the index is below the capacity.
            unsafe { self.values_mut().add(i as usize).write(Value::HOLE) };
        }
        self.length.set(length);
    }

    /// Moves `count` values from `from` to `to` within the array; the ranges may overlap.
    ///
    /// # Panics
    /// If a range ends beyond the length.
    pub fn copy_within<A: CellAllocator>(&self, alloc: A, from: u32, to: u32, count: u32) {
        let end = from.max(to).checked_add(count).expect("a range of the array");
        assert!(end <= self.len(), "range ends at {end} of {}", self.len());
        // SAFETY: both ranges are initialized.
        unsafe {
            self.values_mut().add(to as usize).copy_from(self.values_mut().add(from as usize), count as usize)
        };
        alloc.write_barrier(NonNull::from(&self.header));
    }

    /// Overwrites `count` values at `to` with those of another array at `from`.
    ///
    /// # Panics
    /// If a range ends beyond its array's length.
    pub fn copy_from<A: CellAllocator, const L: u8>(
        &self,
        alloc: A,
        to: u32,
        source: &ValueArray<L>,
        from: u32,
        count: u32,
    ) {
        let (to, from, count) = (to as usize, from as usize, count as usize);
        let target = &self.values()[to..to + count];
        for (target, source) in target.iter().zip(&source.values()[from..from + count]) {
            target.set(source.get());
        }
        alloc.write_barrier(NonNull::from(&self.header));
    }

    /// Overwrites the values from `from` up to, not including, `to`.
    ///
    /// # Panics
    /// If the range ends beyond the length.
    pub fn fill<A: CellAllocator>(&self, alloc: A, from: u32, to: u32, value: Value) {
        for cell in &self.values()[from as usize..to as usize] {
            cell.set(value);
        }
        self.barrier(alloc, value);
    }

    #[inline(always)]
    fn barrier<A: CellAllocator>(&self, alloc: A, value: Value) {
        if value.is_cell() {
            alloc.write_barrier(NonNull::from(&self.header));
        }
    }

    /// Reports the values to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized array of this kind.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of kind `K` only, which are of this structure.
        for value in unsafe { cell.cast::<Self>().as_ref() }.values() {
            value.get().trace(tracer);
        }
    }
}

impl<const K: u8> fmt::Debug for ValueArray<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values().iter().map(Cell::get)).finish()
    }
}
