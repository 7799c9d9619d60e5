//! [`PlainHeap`]: a heap with nothing on it but this crate's cells.
//!
//! For tests, tools and languages that want the values without the engine. The engine's runtime implements
//! [`CellAllocator`] for its own context instead.

use std::fmt;
use std::ptr::NonNull;

use unspool_gc::{
    Client, CollectionKind, CollectionReason, CollectionReport, Gc, Header, Heap, HeapConfig, KindInfo,
    OutOfMemory, Tracer, WeakContext,
};

use crate::atom::AtomTable;
use crate::cell::{CellAllocator, CellKind};
use crate::kinds::kind_info;
use crate::object::GcVec;
use crate::string::HashSeed;
use crate::symbol::SymbolTable;

const KIND_COUNT: usize = CellKind::ALL.len();

static KINDS: [KindInfo; KIND_COUNT] = {
    let mut kinds = [const { KindInfo::leaf("(not in this heap)") }; KIND_COUNT];
    let mut i = 0;
    while i < KIND_COUNT {
        if let Some(info) = kind_info(CellKind::ALL[i]) {
            kinds[i] = info;
        }
        i += 1;
    }
    kinds
};

/// A heap, its atoms and symbols, and a list of roots.
pub struct PlainHeap {
    heap: Heap,
    roots: Roots,
}

/// What the collector asks for, apart from the heap because it is asked for while the heap is being made.
struct Roots {
    tables: Option<(AtomTable, SymbolTable)>,
    list: Option<GcVec>,
    stack_base: *const usize,
}

/// The allocator of a [`PlainHeap`] whose tables are not made yet.
#[derive(Clone, Copy)]
struct Bare<'a>(&'a Heap, &'a Roots);

impl PlainHeap {
    /// Runs `body` with a new heap. Cells that are in local variables of `body` and of what it calls stay alive, as do
    /// those in [`PlainHeap::roots`].
    pub fn with<R>(config: HeapConfig, body: impl FnOnce(&PlainHeap) -> R) -> R {
        // Everything in the frames below this one is scanned.
        let base = 0usize;
        let mut plain = PlainHeap {
            heap: Heap::new(&KINDS, config),
            roots: Roots { tables: None, list: None, stack_base: std::hint::black_box(&raw const base) },
        };
        {
            let _no_collection = plain.heap.defer();
            let bare = Bare(&plain.heap, &plain.roots);
            let atoms = AtomTable::new(bare, HashSeed::new(0x5eed));
            let symbols = SymbolTable::new(bare, &atoms);
            let list = GcVec::new(bare);
            plain.roots = Roots { tables: Some((atoms, symbols)), list: Some(list), ..plain.roots };
        }
        PlainHeap::enter(&plain, body)
    }

    #[inline(never)]
    fn enter<R>(&self, body: impl FnOnce(&PlainHeap) -> R) -> R {
        body(std::hint::black_box(self))
    }

    /// The atoms.
    pub fn atoms(&self) -> &AtomTable {
        &self.roots.tables.as_ref().expect("set in `with`").0
    }

    /// The symbols.
    pub fn symbols(&self) -> &SymbolTable {
        &self.roots.tables.as_ref().expect("set in `with`").1
    }

    /// A list of values that stay alive.
    pub fn roots(&self) -> GcVec {
        self.roots.list.expect("set in `with`")
    }

    /// The heap.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Collects the young cells.
    pub fn collect_minor(&self) {
        self.heap.collect(&self.roots, CollectionKind::Minor, CollectionReason::Explicit);
    }

    /// Collects everything that is unreachable.
    pub fn collect_full(&self) {
        self.heap.collect(&self.roots, CollectionKind::Full, CollectionReason::Explicit);
    }

    /// Checks the heap's invariants.
    ///
    /// # Panics
    /// If one is broken.
    pub fn verify(&self) {
        if let Err(error) = self.heap.verify(&self.roots) {
            panic!("the heap is broken: {error:?}");
        }
    }
}

impl fmt::Debug for PlainHeap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlainHeap").field("bytes", &self.heap.bytes_in_use()).finish_non_exhaustive()
    }
}

impl Client for Roots {
    fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        if let Some((atoms, symbols)) = &self.tables {
            atoms.trace_roots(tracer);
            symbols.trace_roots(tracer);
        }
        if let Some(list) = self.list {
            list.trace(tracer);
        }
    }

    fn trace_meta(&self, _: u32, _: &mut Tracer<'_>) {}
    fn conservative_ranges(&self, _: &mut dyn FnMut(*const usize, *const usize)) {}
    fn machine_stack_base(&self) -> *const usize {
        self.stack_base
    }

    fn process_weak(&self, context: &WeakContext<'_>) {
        if let Some((atoms, _)) = &self.tables {
            atoms.process_weak(context);
        }
    }

    fn collection_finished(&self, _: &CollectionReport) {}
}

impl CellAllocator for Bare<'_> {
    #[inline]
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header> {
        self.0.allocate_exempt(self.1, kind as u8, size)
    }

    #[inline]
    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory> {
        self.0.allocate(self.1, kind as u8, size)
    }

    #[inline]
    fn write_barrier(self, owner: NonNull<Header>) {
        // SAFETY: owners are cells, as the trait's callers promise by storing into them.
        self.0.write_barrier(unsafe { Gc::from_ptr(owner) });
    }
}

impl CellAllocator for &PlainHeap {
    #[inline]
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header> {
        Bare(&self.heap, &self.roots).allocate_cell(kind, size)
    }

    #[inline]
    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory> {
        Bare(&self.heap, &self.roots).try_allocate_cell(kind, size)
    }

    #[inline]
    fn write_barrier(self, owner: NonNull<Header>) {
        Bare(&self.heap, &self.roots).write_barrier(owner);
    }
}
