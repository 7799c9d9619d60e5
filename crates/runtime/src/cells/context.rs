//! Contexts: the variables of scopes that closures, `eval` or `with` can reach; and binding cells.
//!
//! Most variables live in registers. Those that outlive their frame, or that code may look up by name, live in a
//! *context*: a cell with one slot for each, linked to the context of the enclosing scope. The front end resolves
//! accesses to (depth, slot), so names play no part here; they are in the scope's description for those who need them. A
//! *binding cell* is a variable in a cell of its own, so that several environments can share it: exports and imports of
//! modules, and the script scope.

use unspool_gc::{Gc, Header, ManagedCell, Tracer};
use unspool_values::{CellKind, Value};

use super::{Barriered, FunctionTemplate, Trace};
use crate::isolate::Cx;

/// A scope's variables. `length` value slots follow the fixed part.
///
/// Compiled code may embed the value of a slot that has got its one value. The header's meta word has a bit for each slot (slots 32
/// apart share one) that is set by the first assignment behind that; who sets it tells the code, if the flag
/// `WATCHED` says that there is some. So an assignment tests one bit of a line that it writes anyway.
///
/// The names of the slots are in the [`ScopeInfo`](unspool_bytecode) of the function template that created the context
/// (`template`, `scope_index`); only `eval`, `with` and dumps read it.
#[repr(C)]
pub struct Context {
    header: Header,
    /// The enclosing context; none for the context of a script or module.
    pub previous: Option<Gc<Context>>,
    /// The template whose constant `scope_index` describes this scope.
    pub template: Option<Gc<FunctionTemplate>>,
    /// The object of a `with`, the variables added by a sloppy `eval`, the buffer of a module's binding cells; otherwise the
    /// hole.
    pub extension: Barriered<Value>,
    /// Constant-pool index of the scope's description, or `Context::MODULE_SCOPE`.
    pub scope_index: u32,
    /// How many value slots follow the fixed part.
    pub length: u32,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made by `Context::new`.
unsafe impl ManagedCell for Context {
    const KIND: u8 = CellKind::Context as u8;
}

impl Context {
    /// The `scope_index` of a module's context, whose description is in the module record of its template's code.
    pub(crate) const MODULE_SCOPE: u32 = u32::MAX;
    /// Byte offset of slot 0.
    pub const SLOTS_OFFSET: usize = size_of::<Context>();
    /// In the header's flags: compiled code relies on the values of some slots.
    pub const WATCHED: u8 = 1;

    /// A context with all slots set to `fill`.
    pub fn new(
        cx: Cx<'_>,
        previous: Option<Gc<Context>>,
        template: Option<Gc<FunctionTemplate>>,
        scope_index: u32,
        length: u32,
        extension: Value,
        fill: Value,
    ) -> Gc<Context> {
        let size = Self::SLOTS_OFFSET + length as usize * 8;
        // SAFETY: the allocation has room for the fixed part and `length` slots, and both are written here.
        unsafe {
            let cell = cx.allocate_sized::<Context>(size);
            let p = cell.as_ptr().as_ptr();
            (&raw mut (*p).previous).write(previous);
            (&raw mut (*p).template).write(template);
            (&raw mut (*p).extension).write(Barriered::new(extension));
            (&raw mut (*p).scope_index).write(scope_index);
            (&raw mut (*p).length).write(length);
            let slots = p.cast::<u8>().add(Self::SLOTS_OFFSET).cast::<Value>();
            for i in 0..length as usize {
                slots.add(i).write(fill);
            }
            cell
        }
    }

    /// Reads a slot.
    #[inline(always)]
    pub fn slot(&self, index: u32) -> Value {
        debug_assert!(index < self.length);
        // SAFETY: the slots follow the fixed part; the index is in range by the bytecode verifier's scope check.
        unsafe {
            (&raw const *self).cast::<u8>().add(Self::SLOTS_OFFSET).cast::<Value>().add(index as usize).read()
        }
    }

    /// Which bit of the header's meta word says that a slot has been assigned. Slots share the 32 bits.
    pub const fn assigned_bit(index: u32) -> u32 {
        index % u32::BITS
    }

    /// Has the slot, or one that shares its bit, been assigned after it got its first value? That never ends.
    pub fn is_assigned(&self, index: u32) -> bool {
        self.header.meta() >> Self::assigned_bit(index) & 1 != 0
    }

    /// Compiled code wants to embed the slot's value. False: the slot has been assigned, or has no value yet.
    pub fn depend(&self, index: u32) -> bool {
        let is_constant = !self.is_assigned(index) && !self.slot(index).is_hole();
        if is_constant {
            self.header.set_flags(self.header.flags() | Self::WATCHED);
        }
        is_constant
    }

    /// May compiled code rely on the values of slots?
    pub fn is_watched(&self) -> bool {
        self.header.flags() & Self::WATCHED != 0
    }

    /// Assigns to a slot: every write but those that initialize.
    #[inline(always)]
    pub fn assign_slot(this: Gc<Context>, cx: Cx<'_>, index: u32, value: Value) {
        if !this.is_assigned(index) {
            Self::note_assignment(this, cx, index);
        }
        Self::set_slot(this, cx, index, value);
    }

    /// A slot whose bit is not set is about to be assigned.
    #[cold]
    #[inline(never)]
    fn note_assignment(this: Gc<Context>, cx: Cx<'_>, index: u32) {
        // The first value that a variable gets; nobody relies on there being none.
        let old = this.slot(index);
        if old.is_undefined() || old.is_hole() {
            return;
        }
        let bit = Self::assigned_bit(index);
        this.header.set_meta(this.header.meta() | 1 << bit);
        if this.is_watched() {
            (cx.hooks.context_slot_assigned)(cx, this, bit);
        }
    }

    /// What is known of the slots of a context holds for a copy of it, too.
    pub(crate) fn copy_assigned(&self, from: &Context) {
        self.header.set_meta(from.header.meta());
    }

    /// Initializes a slot, with the barrier. Nobody relies on what it was before; other writes are assignments.
    #[inline(always)]
    pub fn set_slot(this: Gc<Context>, cx: Cx<'_>, index: u32, value: Value) {
        debug_assert!(index < this.length);
        // SAFETY: as in `slot`.
        unsafe {
            this.as_ptr()
                .as_ptr()
                .cast::<u8>()
                .add(Self::SLOTS_OFFSET)
                .cast::<Value>()
                .add(index as usize)
                .write(value)
        };
        cx.write_barrier(this);
    }

    /// The context `depth` steps out.
    #[inline(always)]
    pub fn ancestor(this: Gc<Context>, depth: u32) -> Gc<Context> {
        let mut context = this;
        for _ in 0..depth {
            context = context.previous.expect("the depth of a context access is below the chain's length");
        }
        context
    }

    /// # Safety
    /// `cell` is a live context.
    pub(crate) unsafe fn trace_cell(cell: std::ptr::NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `Context`.
        let this = unsafe { cell.cast::<Context>().as_ref() };
        this.previous.trace(tracer);
        this.template.trace(tracer);
        this.extension.trace(tracer);
        for i in 0..this.length {
            this.slot(i).trace(tracer);
        }
    }
}

crate::managed_cell! {
    /// One binding of a module or of the script scope: shared by everybody who can see it (live bindings).
    pub struct BindingCell: BindingCell {
        /// The value; the hole while uninitialized.
        pub value: Barriered<Value>,
        /// `BindingCell::CONST` and `BindingCell::MUTATED`.
        pub flags: std::cell::Cell<u32>,
    }
}

impl BindingCell {
    /// Assignment throws a `TypeError`.
    pub(crate) const CONST: u32 = 1;
    /// Has been assigned after its initialization: optimized code must not embed the value.
    pub const MUTATED: u32 = 2;

    /// Compiled code embeds the value, because nothing has assigned to the binding since its initialization.
    pub const DEPENDED: u32 = 4;

    /// The binding is about to be assigned, after its initialization. Every way of assigning says so, except caches, which know only
    /// bindings that are `MUTATED` already.
    pub fn note_assignment(this: Gc<BindingCell>, cx: Cx<'_>) {
        let flags = this.flags.get();
        this.flags.set(flags & !Self::DEPENDED | Self::MUTATED);
        if flags & Self::DEPENDED != 0 {
            (cx.hooks.binding_assigned)(cx, this);
        }
    }
    /// Compiled code wants to embed the value. False: something has assigned to the binding, or it is not initialized.
    pub fn depend(&self) -> bool {
        let is_constant = self.flags.get() & Self::MUTATED == 0 && !self.value.get().is_hole();
        if is_constant {
            self.flags.set(self.flags.get() | Self::DEPENDED);
        }
        is_constant
    }

    /// A binding in its temporal dead zone or initialized.
    pub fn new(cx: Cx<'_>, value: Value, flags: u32) -> Gc<BindingCell> {
        cx.allocate(|header| BindingCell {
            header,
            value: Barriered::new(value),
            flags: std::cell::Cell::new(flags),
        })
    }

    /// Declared by `const`, or an import?
    pub fn is_const(&self) -> bool {
        self.flags.get() & Self::CONST != 0
    }
}
