//! Object storage: how the parts of objects lie in memory, with no property semantics.
//!
//! Every object begins with an [`ObjectHead`]: header (whose `meta` is the shape), `slots`, `elements`. Properties with
//! small slot numbers lie *inline* in the object itself, at an offset that its kind fixes; the others in the [`Slots`]
//! cell. Properties named by array indices lie in `elements`: a dense [`Elements`] cell, or [`SparseElements`] when there
//! are large gaps or attributes other than the usual.
//!
//! The head has two words for out-of-line storage, not one as a single combined block would need: with one, the address
//! of the elements would depend on the number of out-of-line properties, and growing either would move both.
//!
//! [`GcVec`] is the list that Rust code uses for values in flight; its buffer is on the managed heap.
//!
//! All stores of values into cells go through functions that run the write barrier. The functions that hand out
//! `&[Cell<Value>]` are for reading, and for initializing what nobody else refers to yet.

mod array;
mod list;
mod sparse;

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::fmt;
use std::mem::offset_of;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, Tracer};

use crate::cell::{CellAllocator, CellKind, reserved_shape};
use crate::value::Value;

pub use array::{Elements, ValueArray, ValueBuffer};
pub use list::{GcVec, ValueList};
pub use sparse::{SparseElements, SparseEntry};

/// The first 24 bytes of every object.
#[repr(C)]
pub struct ObjectHead {
    /// `meta` is the shape's id; the kind is an object kind; `aux` is the number of inline slots.
    header: Header,
    /// Properties beyond the inline ones; `None` if there are none.
    slots: Cell<Option<Gc<Slots>>>,
    /// Dense or sparse elements, see [`ElementsRef`]; `None` if there are none. Both kinds of cell begin like
    /// [`Elements`], and a sparse one has dense length 0: "`elements` is not null and the index is below its length" is
    /// all that a fast path tests.
    elements: Cell<Option<Gc<Elements>>>,
}

/// The elements of an object, by representation.
#[derive(Clone, Copy, Debug)]
pub enum ElementsRef {
    /// No elements.
    None,
    /// Contiguous values with holes; all present elements are writable, enumerable and configurable.
    Dense(Gc<Elements>),
    /// Elements with gaps or attributes.
    Sparse(Gc<SparseElements>),
}

impl ObjectHead {
    /// Byte offset of the out-of-line slots' pointer.
    pub const SLOTS_OFFSET: usize = offset_of!(ObjectHead, slots);
    /// Byte offset of the elements' pointer.
    pub const ELEMENTS_OFFSET: usize = offset_of!(ObjectHead, elements);
    /// Size of the head; where the inline slots of ordinary objects begin.
    pub const SIZE: usize = size_of::<ObjectHead>();

    /// The head of a new object around its fresh header: no out-of-line slots, no elements, no inline slots, no shape yet.
    #[inline(always)]
    pub const fn new(header: Header) -> ObjectHead {
        ObjectHead { header, slots: Cell::new(None), elements: Cell::new(None) }
    }

    /// Initializes the head of a new object: no out-of-line slots, no elements.
    ///
    /// # Safety
    /// `cell` is a new cell of an object kind with at least [`ObjectHead::SIZE`] bytes, initialized by the allocator.
    #[inline]
    pub unsafe fn init(cell: NonNull<Header>, shape: u32, inline_slots: u8) {
        debug_assert!(shape >= reserved_shape::FIRST_FREE);
        let head = cell.cast::<ObjectHead>().as_ptr();
        // SAFETY: the cell is new and has room for the head, so its fields may be written.
        unsafe {
            (*cell.as_ptr()).set_meta(shape);
            (*cell.as_ptr()).set_aux(inline_slots);
            (&raw mut (*head).slots).write(Cell::new(None));
            (&raw mut (*head).elements).write(Cell::new(None));
        }
    }

    /// The cell's header.
    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The number of the object's shape, which is the header's meta word.
    #[inline(always)]
    pub fn shape_id(&self) -> u32 {
        self.header.meta()
    }

    /// How many slots lie in the object itself.
    #[inline(always)]
    pub fn inline_slots(&self) -> u8 {
        self.header.aux()
    }

    /// The property slots beyond those inside the object; `None` while there are none.
    #[inline(always)]
    pub fn slots(&self) -> Option<Gc<Slots>> {
        self.slots.get()
    }

    /// The elements as fast paths see them: dense ones, or sparse ones in the guise of dense ones with length 0.
    #[inline(always)]
    pub fn raw_elements(&self) -> Option<Gc<Elements>> {
        self.elements.get()
    }

    /// The indexed properties, dense, sparse or none.
    #[inline]
    pub fn elements(&self) -> ElementsRef {
        match self.elements.get() {
            None => ElementsRef::None,
            Some(cell) if cell.header().kind() == SparseElements::KIND => {
                // SAFETY: the kind says what the cell is.
                ElementsRef::Sparse(unsafe { cell.cast::<SparseElements>() })
            }
            Some(cell) => ElementsRef::Dense(cell),
        }
    }

    /// The element at an index, if the elements are dense and it is not a hole.
    #[inline(always)]
    pub fn dense_element(&self, index: u32) -> Option<Value> {
        let value = self.elements.get()?.get(index)?;
        (!value.is_hole()).then_some(value)
    }

    /// Replaces the out-of-line slots.
    #[inline]
    pub fn replace_slots<A: CellAllocator>(&self, alloc: A, slots: Gc<Slots>) {
        self.slots.set(Some(slots));
        alloc.write_barrier(NonNull::from(&self.header));
    }

    /// Replaces the elements by dense ones.
    #[inline]
    pub fn replace_elements<A: CellAllocator>(&self, alloc: A, elements: Gc<Elements>) {
        self.elements.set(Some(elements));
        alloc.write_barrier(NonNull::from(&self.header));
    }

    /// Replaces the elements by sparse ones.
    pub fn replace_elements_by_sparse<A: CellAllocator>(&self, alloc: A, elements: Gc<SparseElements>) {
        // SAFETY: a sparse cell begins like an empty dense one.
        self.elements.set(Some(unsafe { elements.cast::<Elements>() }));
        alloc.write_barrier(NonNull::from(&self.header));
    }

    /// Drops all elements.
    pub fn clear_elements(&self) {
        self.elements.set(None);
    }

    /// The value word at a byte offset from the start of the object, such as an inline slot.
    ///
    /// # Safety
    /// The object's cell holds an initialized value there.
    #[inline(always)]
    pub unsafe fn value_at(&self, offset: usize) -> &Cell<Value> {
        // SAFETY: a value word of this object lies at the offset, initialized, and as long as the object is borrowed.
        unsafe { &*std::ptr::from_ref(self).cast::<u8>().add(offset).cast::<Cell<Value>>() }
    }

    /// Stores a value at a byte offset from the start of the object.
    ///
    /// # Safety
    /// The object's cell has a value word there.
    #[inline(always)]
    pub unsafe fn store_value_at<A: CellAllocator>(&self, alloc: A, offset: usize, value: Value) {
        // SAFETY: a value word of this object lies at the offset.
        unsafe { self.value_at(offset) }.set(value);
        if value.is_cell() {
            alloc.write_barrier(NonNull::from(&self.header));
        }
    }

    /// Reports slots and elements to the collector; the object's own words are its kind's business.
    #[inline]
    pub fn trace_head(&self, tracer: &mut Tracer<'_>) {
        if let Some(slots) = self.slots.get() {
            tracer.mark(slots);
        }
        if let Some(elements) = self.elements.get() {
            tracer.mark(elements);
        }
    }

    /// Reports the head and the inline slots, which begin at `inline_offset`.
    ///
    /// # Safety
    /// The cell's inline slots are initialized and begin there.
    #[inline]
    pub unsafe fn trace_with_inline_slots(&self, inline_offset: usize, tracer: &mut Tracer<'_>) {
        self.trace_head(tracer);
        for i in 0..self.inline_slots() as usize {
            // SAFETY: the inline slots begin at the offset and are as many as the header says.
            unsafe { self.value_at(inline_offset + i * 8) }.get().trace(tracer);
        }
    }

    /// The trace function of object kinds that consist of the head and the inline slots.
    ///
    /// # Safety
    /// `cell` is a live, initialized object of that form.
    pub unsafe fn trace_ordinary(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of kinds that consist of a head and inline slots behind it.
        unsafe { cell.cast::<ObjectHead>().as_ref().trace_with_inline_slots(ObjectHead::SIZE, tracer) }
    }
}

impl fmt::Debug for ObjectHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sh{}", CellKind::of(&self.header).name(), self.shape_id())
    }
}

/// Property slots that did not fit into their object.
#[repr(C)]
pub struct Slots {
    header: Header,
    /// Number of values that follow; all of them are initialized.
    capacity: u32,
    padding: u32,
}

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::Slots` is `Slots::trace`.
unsafe impl ManagedCell for Slots {
    const KIND: u8 = CellKind::Slots as u8;
}

impl Slots {
    /// Byte offset of the number of slots.
    pub const CAPACITY_OFFSET: usize = offset_of!(Slots, capacity);
    /// Byte offset of the first slot.
    pub const VALUES_OFFSET: usize = size_of::<Slots>();

    /// New slots with the contents of `old` first and `undefined` in the rest. Property counts are bounded by the shapes,
    /// so this never fails.
    pub fn grown<A: CellAllocator>(alloc: A, old: Option<Gc<Slots>>, capacity: u32) -> Gc<Slots> {
        let cell = alloc.allocate_cell(CellKind::Slots, Slots::VALUES_OFFSET + capacity as usize * 8);
        let slots = cell.cast::<Slots>();
        // SAFETY: the cell is new and has room for the struct and `capacity` values, all of which are written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::INTERNAL);
            (&raw mut (*slots.as_ptr()).capacity).write(capacity);
            (&raw mut (*slots.as_ptr()).padding).write(0);
            let values = slots.as_ptr().add(1).cast::<Value>();
            let kept = old.map_or(0, |old| {
                let kept = old.capacity.min(capacity) as usize;
                values.copy_from_nonoverlapping(old.as_ptr().as_ptr().add(1).cast::<Value>(), kept);
                kept
            });
            for i in kept..capacity as usize {
                values.add(i).write(Value::UNDEFINED);
            }
            Gc::from_ptr(slots)
        }
    }

    /// Number of slots.
    #[inline(always)]
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// All slots.
    #[inline(always)]
    pub fn values(&self) -> &[Cell<Value>] {
        // SAFETY: `capacity` initialized values follow the struct.
        unsafe {
            std::slice::from_raw_parts(
                std::ptr::from_ref(self).add(1).cast::<Cell<Value>>(),
                self.capacity as usize,
            )
        }
    }

    /// The value in a slot.
    ///
    /// # Panics
    /// If there is no such slot.
    #[inline(always)]
    pub fn get(&self, slot: u32) -> Value {
        self.values()[slot as usize].get()
    }

    /// Stores a value in a slot.
    ///
    /// # Panics
    /// If there is no such slot.
    #[inline(always)]
    pub fn set<A: CellAllocator>(&self, alloc: A, slot: u32, value: Value) {
        self.values()[slot as usize].set(value);
        if value.is_cell() {
            alloc.write_barrier(NonNull::from(&self.header));
        }
    }

    /// Reports the values to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized `Slots`.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Slots`.
        for value in unsafe { cell.cast::<Slots>().as_ref() }.values() {
            value.get().trace(tracer);
        }
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slots({:?})", self.values())
    }
}

/// The getter and setter of an accessor property, each a callable object or `undefined`.
#[repr(C)]
pub struct Accessor {
    header: Header,
    getter: Cell<Value>,
    setter: Cell<Value>,
}

// SAFETY: repr(C), header first, no drop glue; the `KindInfo` of `CellKind::Accessor` is `Accessor::trace`.
unsafe impl ManagedCell for Accessor {
    const KIND: u8 = CellKind::Accessor as u8;
}

impl Accessor {
    /// Byte offset of the getter.
    pub const GETTER_OFFSET: usize = offset_of!(Accessor, getter);
    /// Byte offset of the setter.
    pub const SETTER_OFFSET: usize = offset_of!(Accessor, setter);

    /// A new pair.
    pub fn new<A: CellAllocator>(alloc: A, getter: Value, setter: Value) -> Gc<Accessor> {
        let cell = alloc.allocate_cell(CellKind::Accessor, size_of::<Accessor>());
        let accessor = cell.cast::<Accessor>();
        // SAFETY: the cell is new and large enough; both fields are written here.
        unsafe {
            (*cell.as_ptr()).set_meta(reserved_shape::INTERNAL);
            (&raw mut (*accessor.as_ptr()).getter).write(Cell::new(getter));
            (&raw mut (*accessor.as_ptr()).setter).write(Cell::new(setter));
            Gc::from_ptr(accessor)
        }
    }

    /// The getter or `undefined`.
    #[inline(always)]
    pub fn getter(&self) -> Value {
        self.getter.get()
    }

    /// The setter or `undefined`.
    #[inline(always)]
    pub fn setter(&self) -> Value {
        self.setter.get()
    }

    /// Reports both functions to the collector.
    ///
    /// # Safety
    /// `cell` is a live, initialized `Accessor`.
    pub unsafe fn trace(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Accessor`.
        let accessor = unsafe { cell.cast::<Accessor>().as_ref() };
        accessor.getter.get().trace(tracer);
        accessor.setter.get().trace(tracer);
    }
}

impl fmt::Debug for Accessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Accessor({:?}, {:?})", self.getter(), self.setter())
    }
}
