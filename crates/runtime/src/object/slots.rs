//! Property slots: reading, writing and growing them; and the allocation of objects.
//!
//! A slot number below the shape's inline capacity is in the object, the others are in `slots` at the number less the
//! inline capacity. While an origin's slack is tracked an object may physically have more inline slots than its shape
//! says; those stay unused.

use unspool_gc::{Gc, ManagedCell};
use unspool_shapes::ShapeId;
use unspool_values::object::{ObjectHead, Slots};
use unspool_values::{CellAllocator as _, CellKind, Value};

use super::Object;
use super::shapes::inline_offset;
use crate::isolate::Cx;
use crate::kinds;

impl Cx<'_> {
    /// Allocates an object structure of the given shape. `make` gets the initialized head; values it captures were
    /// computed before, and it allocates nothing.
    #[inline(always)]
    pub fn allocate_object<T: ManagedCell>(
        self,
        shape: ShapeId,
        make: impl FnOnce(ObjectHead) -> T,
    ) -> Gc<T> {
        let cell = self.allocate_cell(kinds::kind_of::<T>(), size_of::<T>());
        // SAFETY: the cell is new, of `T`'s kind (an object kind, whose structures begin with the head) and size; it is
        // completely written before anything else is allocated.
        unsafe {
            ObjectHead::init(cell, shape.raw(), 0);
            let head = cell.cast::<ObjectHead>().as_ptr().read();
            let object = cell.cast::<T>();
            object.as_ptr().write(make(head));
            Gc::from_ptr(object)
        }
    }
}

impl Object {
    /// The value of a slot as it is stored (an accessor cell for accessor properties; possibly `Value::LAZY`).
    #[inline(always)]
    pub(crate) fn raw_slot(self, inline_capacity: u8, slot: u32) -> Value {
        if slot < u32::from(inline_capacity) {
            debug_assert!(slot < u32::from(self.head().inline_slots()));
            let head = self.head();
            // SAFETY: only ordinary objects have inline slots, behind their head, at least as many as their shape says.
            unsafe { head.value_at(inline_offset(slot)) }.get()
        } else {
            let slots = self.head().slots().expect("a shape with out-of-line slots has storage for them");
            slots.get(slot - u32::from(inline_capacity))
        }
    }

    /// Stores into a slot that exists.
    #[inline(always)]
    pub(crate) fn set_raw_slot(self, cx: Cx<'_>, inline_capacity: u8, slot: u32, value: Value) {
        if slot < u32::from(inline_capacity) {
            debug_assert!(slot < u32::from(self.head().inline_slots()));
            // SAFETY: as in `raw_slot`.
            unsafe { self.head().store_value_at(cx, inline_offset(slot), value) };
        } else {
            let slots = self.head().slots().expect("a shape with out-of-line slots has storage for them");
            slots.set(cx, slot - u32::from(inline_capacity), value);
        }
    }

    /// Reads a slot under the object's present shape.
    #[inline]
    pub(crate) fn slot_value(self, cx: Cx<'_>, slot: u32) -> Value {
        self.raw_slot(cx.shapes.inline_capacity(self.shape()), slot)
    }

    /// Writes a slot under the object's present shape.
    #[inline]
    pub(crate) fn set_slot_value(self, cx: Cx<'_>, slot: u32, value: Value) {
        self.set_raw_slot(cx, cx.shapes.inline_capacity(self.shape()), slot, value);
    }

    /// Makes room for the slots below `count`. May allocate: a new shape for them is in the header already, or is taken afterwards.
    #[inline]
    pub(crate) fn ensure_slot_count(self, cx: Cx<'_>, inline_capacity: u8, count: u32) {
        let needed = count.saturating_sub(u32::from(inline_capacity));
        if needed > self.head().slots().map_or(0, |s| s.capacity()) {
            self.grow_slots(cx, needed);
        }
    }

    /// Grows to 3, then doubles plus one, so that with the 16-byte head a cell fills its size class.
    #[cold]
    #[inline(never)]
    fn grow_slots(self, cx: Cx<'_>, needed: u32) {
        let old = self.head().slots();
        let capacity = match old {
            None => needed.max(2),
            Some(old) => needed.max(old.capacity() * 2 + 2),
        };
        let slots = Slots::grown(cx, old, capacity);
        self.head().replace_slots(cx, slots);
    }

    /// Gives a new object of a shape with properties its out-of-line slots.
    #[inline(always)]
    pub(crate) fn provide_slots(self, cx: Cx<'_>, shape: ShapeId, inline_capacity: u8) {
        let count = cx.shapes.slot_count(shape);
        if count > u32::from(inline_capacity) {
            self.ensure_slot_count(cx, inline_capacity, count);
        }
    }
}

/// Has this kind inline slots?
#[inline(always)]
pub(crate) const fn has_inline_slots(kind: CellKind) -> bool {
    matches!(kind, CellKind::Object)
}
