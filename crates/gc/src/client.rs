//! What the heap asks of its user: a table of cell kinds and a source of roots.
//!
//! The heap knows no value representation and no object model. It calls the functions of [`KindInfo`] to learn what a cell
//! refers to, and the methods of [`Client`] to learn where the program's roots are.

use std::fmt;
use std::ptr::NonNull;

use crate::cell::Header;
use crate::code::SweptCode;
use crate::statistics::CollectionReport;
use crate::tracer::{Tracer, WeakContext};

/// Reports every strong reference of a cell to the tracer.
pub type TraceFn = unsafe fn(NonNull<Header>, &mut Tracer<'_>);
/// Releases what a dead cell owns outside the heap.
pub type FinalizeFn = unsafe fn(NonNull<Header>);
/// Marks what a cell keeps alive by way of other live cells; true if it marked something.
pub type EphemeronFn = unsafe fn(NonNull<Header>, &mut Tracer<'_>) -> bool;
/// Clears a live cell's references to dead cells.
pub type WeakFn = unsafe fn(NonNull<Header>, &WeakContext<'_>);

/// One row of the kind table: how cells of this kind are traced and what happens when they die.
///
/// The functions are called with live cells of this kind only (`finalize`: with cells that have just died, in no order, so
/// that other cells must not be touched). None of them may allocate, collect, or panic. The heap can be moved to another
/// thread, and they are called on whichever thread uses it.
pub struct KindInfo {
    /// The name that dumps and errors print.
    pub name: &'static str,
    /// Whether the header's meta word of such cells is reported to [`Client::trace_meta`].
    pub has_meta: bool,
    /// Reports the cell's strong references. It may run more than once per collection and also during
    /// [`Heap::verify`](crate::Heap::verify), so it has no effect but on the tracer.
    pub trace: TraceFn,
    /// Runs exactly once when the cell has died, or when the heap is dropped. Cells of such kinds live in blocks of their own,
    /// which are swept at the end of each collection.
    pub finalize: Option<FinalizeFn>,
    /// Runs, for cells that called [`Tracer::register_ephemeron`] when they were traced, until no such function marks anything.
    pub ephemeron: Option<EphemeronFn>,
    /// Runs once after marking for cells that called [`Tracer::register_weak`] when they were traced.
    pub weak: Option<WeakFn>,
}

/// Traces nothing: for kinds without references.
///
/// # Safety
/// Always safe to call; it is unsafe only so that it has the type of [`KindInfo::trace`].
unsafe fn trace_nothing(_: NonNull<Header>, _: &mut Tracer<'_>) {}

impl KindInfo {
    /// A kind without references, finalizer or weak parts, such as a flat string.
    pub const fn leaf(name: &'static str) -> KindInfo {
        KindInfo::traced(name, trace_nothing)
    }

    /// A kind with strong references only.
    pub const fn traced(name: &'static str, trace: TraceFn) -> KindInfo {
        KindInfo { name, has_meta: false, trace, finalize: None, ephemeron: None, weak: None }
    }
}

impl fmt::Debug for KindInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KindInfo")
            .field("name", &self.name)
            .field("has_meta", &self.has_meta)
            .field("finalize", &self.finalize.is_some())
            .field("ephemeron", &self.ephemeron.is_some())
            .field("weak", &self.weak.is_some())
            .finish_non_exhaustive()
    }
}

/// The program that uses a heap.
///
/// All methods are called from inside a collection (or, for `trace_roots`, a verification): they must not allocate, collect
/// or panic.
pub trait Client {
    /// Reports every root that is not on a stack: globals, handles, tables.
    fn trace_roots(&self, tracer: &mut Tracer<'_>);

    /// Reports what the meta word of a traced cell refers to. Called at least once per collection for each distinct word
    /// found in the headers of traced cells whose kind has `has_meta`; in a minor collection these are the cells allocated
    /// since the last collection and the remembered ones. Not called during a verification.
    fn trace_meta(&self, meta: u32, tracer: &mut Tracer<'_>);

    /// Hands out ranges of words (lowest address, end) to be scanned conservatively besides the machine stack. Both ends are
    /// aligned to 8 bytes and all the words between them are readable.
    fn conservative_ranges(&self, visit: &mut dyn FnMut(*const usize, *const usize));

    /// One past the highest address of the machine stack to scan, taken at the outermost entry into the program; null if the
    /// machine stack holds no cell pointers and must not be scanned.
    fn machine_stack_base(&self) -> *const usize;

    /// Clears references to dead cells that the client keeps outside the heap. Called after the weak functions of cells.
    fn process_weak(&self, context: &WeakContext<'_>);

    /// After marking: is what the meta word refers to alive? Asked for words embedded in code that is not active.
    fn is_meta_live(&self, meta: u32, context: &WeakContext<'_>) -> bool {
        let _ = (meta, context);
        true
    }

    /// What the collection found out about [code](crate::CodeSpace). Called after `process_weak`.
    fn code_swept(&self, swept: &SweptCode) {
        let _ = swept;
    }

    /// The collection is over. The report is what `--trace-gc` prints.
    fn collection_finished(&self, report: &CollectionReport);
}
