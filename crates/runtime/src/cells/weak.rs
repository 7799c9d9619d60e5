//! Cells that refer to others weakly: the tables of `WeakMap` and `WeakSet`, `WeakRef`, and `FinalizationRegistry`.
//!
//! An *ephemeron* is a pair whose value lives as long as key and table live. Keys are compared by address, so the tables
//! hash addresses; a dead key's entry becomes a tombstone during the collection.

use std::cell::{Cell, RefCell};
use std::mem::size_of;
use std::ptr::NonNull;

use unspool_gc::{Gc, Header, ManagedCell, Tracer, WeakContext};
use unspool_values::object::ObjectHead;
use unspool_values::{CellAllocator as _, CellKind, Value};

use super::{Barriered, Trace};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::Realm;

/// The table of a WeakMap or WeakSet: open addressing over pairs of words that follow the structure.
#[repr(C)]
pub struct EphemeronTable {
    header: Header,
    /// Places, a power of two.
    capacity: u32,
    /// Entries.
    live: Cell<u32>,
    /// Entries and tombstones.
    used: Cell<u32>,
    padding: u32,
}
// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for EphemeronTable {
    const KIND: u8 = CellKind::EphemeronTable as u8;
}

/// Key of a place that was never taken.
const FREE: Value = Value::HOLE;
/// Key of a place whose entry is gone.
const TOMBSTONE: Value = Value::LAZY;

impl EphemeronTable {
    /// An empty table.
    pub fn new(cx: Cx<'_>) -> Gc<EphemeronTable> {
        match EphemeronTable::with_capacity(cx, 4) {
            Ok(table) => table,
            Err(_) => unreachable!("small cells are always granted"),
        }
    }

    fn with_capacity(cx: Cx<'_>, capacity: u32) -> JsResult<Gc<EphemeronTable>> {
        let size = size_of::<EphemeronTable>() + capacity as usize * 16;
        let cell = if capacity <= 64 {
            cx.allocate_cell(CellKind::EphemeronTable, size)
        } else {
            cx.try_allocate_cell(CellKind::EphemeronTable, size).map_err(|_| cx.throw_out_of_memory())?
        };
        let table = cell.cast::<EphemeronTable>();
        // SAFETY: a new cell with room for the structure and two words per place, all written here.
        unsafe {
            let t = table.as_ptr();
            (&raw mut (*t).capacity).write(capacity);
            (&raw mut (*t).live).write(Cell::new(0));
            (&raw mut (*t).used).write(Cell::new(0));
            (&raw mut (*t).padding).write(0);
            let words = t.add(1).cast::<Value>();
            for i in 0..capacity as usize {
                words.add(i * 2).write(FREE);
                words.add(i * 2 + 1).write(Value::UNDEFINED);
            }
            Ok(Gc::from_ptr(table))
        }
    }

    fn words(&self) -> &[Cell<Value>] {
        // SAFETY: two initialized words per place follow the structure.
        unsafe {
            std::slice::from_raw_parts(
                std::ptr::from_ref(self).add(1).cast::<Cell<Value>>(),
                self.capacity as usize * 2,
            )
        }
    }

    fn home(&self, key: Value) -> usize {
        let h = key.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (h >> 32) as usize & (self.capacity as usize - 1)
    }

    /// The place of a key.
    fn find(&self, key: Value) -> Option<usize> {
        let mask = self.capacity as usize - 1;
        let words = self.words();
        let mut place = self.home(key);
        loop {
            let found = words[place * 2].get();
            if found == key {
                return Some(place);
            }
            if found == FREE {
                return None;
            }
            place = (place + 1) & mask;
        }
    }

    /// The value of a key.
    pub fn get(&self, key: Value) -> Option<Value> {
        self.find(key).map(|place| self.words()[place * 2 + 1].get())
    }

    /// Adds or replaces an entry. Gives the table to use from now on, which may be another one.
    ///
    /// # Errors
    /// Out of memory.
    pub fn insert(this: Gc<Self>, cx: Cx<'_>, key: Value, value: Value) -> JsResult<Gc<Self>> {
        if let Some(place) = this.find(key) {
            this.words()[place * 2 + 1].set(value);
            cx.write_barrier(this);
            return Ok(this);
        }
        let mut table = this;
        if (this.used.get() + 1) * 4 > this.capacity * 3 {
            let capacity =
                if this.live.get() * 2 >= this.capacity { this.capacity * 2 } else { this.capacity };
            table = EphemeronTable::with_capacity(cx, capacity)?;
            for pair in this.words().chunks_exact(2) {
                if pair[0].get().is_cell() {
                    table.append(pair[0].get(), pair[1].get());
                }
            }
        }
        table.append(key, value);
        cx.write_barrier(table);
        Ok(table)
    }

    fn append(&self, key: Value, value: Value) {
        let mask = self.capacity as usize - 1;
        let words = self.words();
        let mut place = self.home(key);
        while words[place * 2].get() != FREE {
            place = (place + 1) & mask;
        }
        words[place * 2].set(key);
        words[place * 2 + 1].set(value);
        self.live.set(self.live.get() + 1);
        self.used.set(self.used.get() + 1);
    }

    /// Removes an entry; whether there was one.
    pub fn remove(&self, key: Value) -> bool {
        let Some(place) = self.find(key) else { return false };
        self.bury(place);
        true
    }

    fn bury(&self, place: usize) {
        self.words()[place * 2].set(TOMBSTONE);
        self.words()[place * 2 + 1].set(Value::UNDEFINED);
        self.live.set(self.live.get() - 1);
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        tracer.register_ephemeron(cell);
        tracer.register_weak(cell);
    }

    pub(crate) unsafe fn mark_values(cell: NonNull<Header>, tracer: &mut Tracer<'_>) -> bool {
        // SAFETY: the collector calls this for live cells of its kind only, which are `EphemeronTable`.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        let mut progress = false;
        for pair in this.words().chunks_exact(2) {
            let (key, value) = (pair[0].get(), pair[1].get());
            if key.is_cell() && value.is_cell() {
                progress |= tracer.mark_ephemeron(key.as_cell(), value.as_cell());
            }
        }
        progress
    }

    pub(crate) unsafe fn purge_cell(cell: NonNull<Header>, weak: &WeakContext<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `EphemeronTable`.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        for place in 0..this.capacity as usize {
            let key = this.words()[place * 2].get();
            if key.is_cell() && !weak.is_live(key.as_cell().as_ptr()) {
                this.bury(place);
            }
        }
    }
}

impl std::fmt::Debug for EphemeronTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EphemeronTable").field("live", &self.live.get()).finish_non_exhaustive()
    }
}

/// A WeakRef (26.1): its target is cleared by the collection that finds it dead.
#[repr(C)]
pub struct WeakRefObject {
    /// Header, property slots and elements.
    pub head: ObjectHead,
    target: Cell<Value>,
}
// SAFETY: `repr(C)` with the object head first.
unsafe impl ManagedCell for WeakRefObject {
    const KIND: u8 = CellKind::WeakRef as u8;
}

impl WeakRefObject {
    /// A WeakRef around its head.
    pub fn new(head: ObjectHead, target: Value) -> WeakRefObject {
        WeakRefObject { head, target: Cell::new(target) }
    }

    /// The cell as an object.
    pub fn object(this: Gc<WeakRefObject>) -> crate::object::Object {
        // SAFETY: the structure begins with an object head and its kind is an object kind.
        unsafe { crate::object::Object::from_cell_unchecked(this.erase()) }
    }

    /// The target, or `undefined` when it was collected.
    pub fn target(&self) -> Value {
        self.target.get()
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `WeakRefObject`.
        unsafe { cell.cast::<Self>().as_ref() }.head.trace(tracer);
        tracer.register_weak(cell);
    }

    pub(crate) unsafe fn purge_cell(cell: NonNull<Header>, weak: &WeakContext<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `WeakRefObject`.
        clear_if_dead(unsafe { &cell.cast::<Self>().as_ref().target }, weak);
    }
}

fn clear_if_dead(slot: &Cell<Value>, weak: &WeakContext<'_>) -> bool {
    let value = slot.get();
    let dead = value.is_cell() && !weak.is_live(value.as_cell().as_ptr());
    if dead {
        slot.set(Value::UNDEFINED);
    }
    dead
}

crate::object_cell! {
    /// A FinalizationRegistry (26.2), with its registrations as a list.
    pub struct FinalizationRegistryObject: FinalizationRegistry {
        /// `[[CleanupCallback]]`.
        pub callback: Value,
        /// `[[Realm]]`.
        pub realm: Gc<Realm>,
        /// `[[Cells]]`, the newest first.
        pub first: Barriered<Option<Gc<FinalizationCell>>>,
        /// Has a target died whose cell is still in the list?
        pub has_dead: Cell<bool>,
        /// Is a cleanup job waiting?
        pub job_pending: Cell<bool>,
    }
}

/// One registration: a target, what the callback is told of it, and the token by which it is taken back.
#[repr(C)]
pub struct FinalizationCell {
    header: Header,
    /// `[[WeakRefTarget]]`, weak; `undefined` when it was collected.
    pub target: Cell<Value>,
    /// `[[UnregisterToken]]`, weak; `undefined` for none.
    pub token: Cell<Value>,
    /// `[[HeldValue]]`.
    pub held: Value,
    /// The registration before this one.
    pub next: Barriered<Option<Gc<FinalizationCell>>>,
}
// SAFETY: `repr(C)` with the header first; cells of this kind are only made here.
unsafe impl ManagedCell for FinalizationCell {
    const KIND: u8 = CellKind::FinalizationCell as u8;
}

impl FinalizationCell {
    /// A registration in front of `next`.
    pub fn new(cx: Cx<'_>, target: Value, token: Value, held: Value, next: Option<Gc<Self>>) -> Gc<Self> {
        cx.allocate(|header| FinalizationCell {
            header,
            target: Cell::new(target),
            token: Cell::new(token),
            held,
            next: Barriered::new(next),
        })
    }

    pub(crate) unsafe fn trace_cell(cell: NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `FinalizationCell`.
        let this = unsafe { cell.cast::<Self>().as_ref() };
        this.held.trace(tracer);
        this.next.trace(tracer);
    }
}

/// The registries of an isolate, weakly. Every registration of every live registry is looked at after marking.
#[derive(Debug, Default)]
pub struct Registries {
    // house-allow(values-in-rust-memory): weak on purpose; pruned by `process_weak` at every collection
    all: RefCell<Vec<Gc<FinalizationRegistryObject>>>,
    any_dead: Cell<bool>,
}

impl Registries {
    /// Enters a new registry.
    pub fn add(&self, registry: Gc<FinalizationRegistryObject>) {
        self.all.borrow_mut().push(registry);
    }

    pub(crate) fn process_weak(&self, weak: &WeakContext<'_>) {
        self.all.borrow_mut().retain(|registry| {
            if !weak.is_live(registry.erase().as_ptr()) {
                return false;
            }
            let mut next = registry.first.get();
            while let Some(cell) = next {
                if clear_if_dead(&cell.target, weak) {
                    registry.has_dead.set(true);
                }
                clear_if_dead(&cell.token, weak);
                next = cell.next.get();
            }
            self.any_dead.set(self.any_dead.get() || registry.has_dead.get());
            true
        });
    }

    /// Has a cleanup job made for the registry once more.
    pub(crate) fn note_dead(&self, registry: Gc<FinalizationRegistryObject>) {
        registry.has_dead.set(true);
        self.any_dead.set(true);
    }

    /// A registry with dead targets for which no cleanup job waits yet.
    pub(crate) fn take_dirty(&self) -> Option<Gc<FinalizationRegistryObject>> {
        if !self.any_dead.get() {
            return None;
        }
        let dirty = self.all.borrow().iter().copied().find(|r| r.has_dead.get() && !r.job_pending.get());
        if dirty.is_none() {
            self.any_dead.set(false);
        }
        dirty
    }
}

#[cfg(test)]
mod tests;
