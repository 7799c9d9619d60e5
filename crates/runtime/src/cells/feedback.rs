//! Feedback: what the interpreter has learned at each site of a function.
//!
//! A vector hangs off a [`FeedbackCell`], which the closures made by one `CreateClosure` site share; it is allocated at the
//! second call. Every slot is 32 bytes, so that the address of a slot is a shift and an add. The meaning of a slot depends
//! on its kind in the function's feedback layout:
//!
//! * inline caches: `shape` and `handler` are the first entry; further entries are in a [`PolymorphicCache`];
//! * calls: `handler.cell` is the only target seen (function or its feedback cell), `count` the number of calls;
//! * operations: `bits` collects the types seen.
//!
//! Shapes and cells in slots are weak: a collection clears those that died.

use std::cell::Cell;

use unspool_gc::{Gc, Header, ManagedCell, Tracer, WeakContext};
use unspool_shapes::{Cache, ShapeId};
use unspool_values::CellKind;

use super::{Barriered, FunctionTemplate, Trace};
use crate::isolate::{Cx, Isolate};

crate::managed_cell! {
    /// Owner of the feedback of one function as closed over at one site.
    pub struct FeedbackCell: FeedbackCell {
        /// The vector, once the function was called twice.
        pub vector: Barriered<Option<Gc<FeedbackVector>>>,
        /// Calls so far while there is no vector.
        pub calls: Cell<u32>,
        /// Closures made from this cell: 0, 1 or 2 for "many".
        pub closures: Cell<u32>,
    }
}

impl FeedbackCell {
    /// A cell with no feedback yet.
    pub fn new(cx: Cx<'_>) -> Gc<FeedbackCell> {
        cx.allocate(|header| FeedbackCell {
            header,
            vector: Barriered::new(None),
            calls: Cell::new(0),
            closures: Cell::new(0),
        })
    }
}

/// How a cached access is performed, 16 bytes.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Handler {
    /// What to do; the variants are the constants of `ic::handler`.
    pub kind: u8,
    /// More about `kind` (attributes, element kinds).
    pub flags: u8,
    /// Byte offset of the field in the object for inline slots, index for out-of-line ones, depending on `kind`.
    pub index: u16,
    /// Validity cell that must hold, or the target shape of a transition; 0 when unused.
    pub word: u32,
    /// Holder, accessor, native function or binding cell; none when unused.
    pub cell: Option<Gc<Header>>,
}

impl Handler {
    /// No handler.
    pub const NONE: Handler = Handler { kind: 0, flags: 0, index: 0, word: 0, cell: None };
}

/// State of one inline cache.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum IcState {
    /// Never executed.
    Uninitialized,
    /// One shape seen.
    Monomorphic,
    /// Two to four shapes seen.
    Polymorphic,
    /// More; the global cache is asked.
    Megamorphic,
}

/// What one place of a function has learned. Which fields count, and what `bits` mean, depends on the slot's kind.
#[repr(C)]
pub struct FeedbackSlot {
    /// First shape of an inline cache; `NONE` when empty.
    pub shape: Cell<ShapeId>,
    /// [`IcState`] of an inline cache.
    pub state: Cell<IcState>,
    /// Types seen by an operation, flags of a call; the constants of `crate::feedback`.
    pub bits: Cell<u8>,
    /// Saturating counter (calls, iterations).
    pub count: Cell<u16>,
    /// What to do for an object of `shape`; for calls the target.
    pub handler: Cell<Handler>,
    /// Further entries of a polymorphic cache, the boilerplate of a literal, the feedback cell of a closure.
    pub extra: Cell<Option<Gc<Header>>>,
}

/// The entries of a polymorphic inline cache.
#[repr(C)]
pub struct PolymorphicCache {
    header: Header,
    /// The cache.
    pub cache: Cache<Handler>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are told apart from other records by their owner alone, which
// is why the kind is their own.
unsafe impl ManagedCell for PolymorphicCache {
    const KIND: u8 = CellKind::PolymorphicCache as u8;
}

impl PolymorphicCache {
    /// A cache with these entries.
    pub fn new(cx: Cx<'_>, cache: Cache<Handler>) -> Gc<PolymorphicCache> {
        cx.allocate(|header| PolymorphicCache { header, cache })
    }

    /// Its shapes and handlers are weak: the vector that owns it purges it.
    pub(crate) unsafe fn trace_cell(_: std::ptr::NonNull<Header>, _: &mut Tracer<'_>) {}
}

/// What one function has learned. `length` slots follow the fixed part.
#[repr(C)]
pub struct FeedbackVector {
    header: Header,
    /// The function's code.
    pub template: Gc<FunctionTemplate>,
    /// The isolate, for purging.
    isolate: *const Isolate,
    /// Number of slots.
    pub length: u32,
    /// Budget interrupts since the vector was made (saturating): how much the function has run in the interpreter.
    pub interrupts: Cell<u32>,
    /// Interrupt budget left, in bytes of bytecode; the tier-up hook runs when it falls below zero.
    pub budget: Cell<i32>,
    /// Number of inline-cache state changes since the last budget interrupt: a change postpones tier-up.
    pub ic_changes: Cell<u32>,
    /// The tier-up policy's count of budget interrupts.
    pub periods: Cell<u32>,
    /// The handlers of exceptions that were entered: a bit for each of the first 63, and one for all others.
    pub entered_handlers: Cell<u64>,
}

// SAFETY: `repr(C)` with the header first; cells of this kind are only made by `FeedbackVector::new`.
unsafe impl ManagedCell for FeedbackVector {
    const KIND: u8 = CellKind::FeedbackVector as u8;
}

impl FeedbackVector {
    /// Byte offset of slot 0.
    pub const SLOTS_OFFSET: usize = size_of::<FeedbackVector>();

    /// A vector of empty slots.
    pub fn new(cx: Cx<'_>, template: Gc<FunctionTemplate>, length: u32, budget: i32) -> Gc<FeedbackVector> {
        let size = Self::SLOTS_OFFSET + length as usize * size_of::<FeedbackSlot>();
        // SAFETY: the allocation has room for the fixed part and `length` slots, and both are written here.
        unsafe {
            let cell = cx.allocate_sized::<FeedbackVector>(size);
            let p = cell.as_ptr().as_ptr();
            (&raw mut (*p).template).write(template);
            (&raw mut (*p).isolate).write(cx.isolate());
            (&raw mut (*p).length).write(length);
            (&raw mut (*p).interrupts).write(Cell::new(0));
            (&raw mut (*p).budget).write(Cell::new(budget));
            (&raw mut (*p).ic_changes).write(Cell::new(0));
            (&raw mut (*p).periods).write(Cell::new(0));
            (&raw mut (*p).entered_handlers).write(Cell::new(0));
            let slots = p.cast::<u8>().add(Self::SLOTS_OFFSET).cast::<FeedbackSlot>();
            for i in 0..length as usize {
                slots.add(i).write(FeedbackSlot {
                    shape: Cell::new(ShapeId::NONE),
                    state: Cell::new(IcState::Uninitialized),
                    bits: Cell::new(0),
                    count: Cell::new(0),
                    handler: Cell::new(Handler::NONE),
                    extra: Cell::new(None),
                });
            }
            cell
        }
    }

    /// A handler of the function's code was entered. Tells whether that is news.
    pub fn note_handler(&self, handler: &unspool_bytecode::Handler) -> bool {
        let Some(code) = self.template.code() else { return false };
        let Some(index) = code.handlers.entries().iter().position(|known| known == handler) else {
            return false;
        };
        let (before, bit) = (self.entered_handlers.get(), 1 << index.min(63));
        self.entered_handlers.set(before | bit);
        before & bit == 0
    }

    /// The slot at `index`.
    #[inline(always)]
    pub fn slot(&self, index: u32) -> &FeedbackSlot {
        debug_assert!(index < self.length);
        // SAFETY: the slots follow the fixed part; the bytecode verifier checked the index against the layout.
        unsafe {
            &*(&raw const *self)
                .cast::<u8>()
                .add(Self::SLOTS_OFFSET)
                .cast::<FeedbackSlot>()
                .add(index as usize)
        }
    }

    /// Strong part: the template, boilerplates and feedback cells; inline caches are weak and purged afterwards.
    pub(crate) unsafe fn trace_cell(cell: std::ptr::NonNull<Header>, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `FeedbackVector`.
        let this = unsafe { cell.cast::<FeedbackVector>().as_ref() };
        this.template.trace(tracer);
        for i in 0..this.length {
            this.slot(i).extra.trace(tracer);
        }
        tracer.register_weak(cell);
    }

    /// Enters the vector in the isolate's list of those to purge once it is known which shapes survive.
    pub(crate) unsafe fn purge_cell(cell: std::ptr::NonNull<Header>, _: &WeakContext<'_>) {
        // SAFETY: the collector calls this for live cells of its kind only, which are `FeedbackVector`.
        let this = unsafe { Gc::from_ptr(cell.cast::<FeedbackVector>()) };
        // SAFETY: the isolate owns the heap that the vector is in, so it is alive.
        let isolate = unsafe { &*this.isolate };
        isolate.traced_vectors.borrow_mut().push(this);
    }
}
