//! Making an isolate: the heap first, then the tables that need cells (atoms, symbols).
//!
//! The isolate is the heap's client, but parts of the isolate are made of cells. The knot is cut by an allocator without
//! an isolate: until everything is in place collections are deferred, so no roots are needed. Realms come later, when the
//! embedder enters the isolate.

use std::cell::{Cell, OnceCell, RefCell};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicUsize};

use unspool_gc::{Header, Heap, OutOfMemory};
use unspool_shapes::{MegamorphicCache, ShapeTree};
use unspool_values::atom::AtomTable;
use unspool_values::cell::reserved_shape;
use unspool_values::string::HashSeed;
use unspool_values::symbol::SymbolTable;
use unspool_values::{CellAllocator, CellKind, Value};

use crate::config::Config;
use crate::frame::Stack;
use crate::hooks::Hooks;
use crate::host::Host;
use crate::isolate::{EXIT_AREA_WORDS, Hot, Isolate};
use crate::jobs::JobQueue;
use crate::kinds::KINDS;

/// Hands out cells while there is no isolate yet. Nothing can be collected then: the heap is deferred.
#[derive(Clone, Copy)]
struct Bootstrap<'a>(&'a Heap);

/// No roots: the heap does not collect during start-up.
struct NoRoots;
impl unspool_gc::Client for NoRoots {
    fn trace_roots(&self, _: &mut unspool_gc::Tracer<'_>) {}
    fn trace_meta(&self, _: u32, _: &mut unspool_gc::Tracer<'_>) {}
    fn conservative_ranges(&self, _: &mut dyn FnMut(*const usize, *const usize)) {}
    fn machine_stack_base(&self) -> *const usize {
        std::ptr::null()
    }

    fn process_weak(&self, _: &unspool_gc::WeakContext<'_>) {}
    fn collection_finished(&self, _: &unspool_gc::CollectionReport) {}
}

impl CellAllocator for Bootstrap<'_> {
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header> {
        self.0.allocate_exempt(&NoRoots, kind as u8, size)
    }

    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory> {
        Ok(self.allocate_cell(kind, size))
    }

    fn write_barrier(self, _: NonNull<Header>) {}
}

pub(crate) fn new_isolate(config: Config, hooks: Hooks, host: Box<dyn Host>) -> Box<Isolate> {
    let heap = Heap::new(KINDS, config.heap.clone());
    let (atoms, symbols) = {
        let _defer = heap.defer();
        let atoms = AtomTable::new(Bootstrap(&heap), HashSeed::new(host.random_seed()));
        let symbols = SymbolTable::new(Bootstrap(&heap), &atoms);
        (atoms, symbols)
    };
    let stack = Stack::new(config.stack_bytes);
    let mut reserved = [0u8; 4];
    reserved[reserved_shape::STRING as usize - 1] = CellKind::String as u8;
    reserved[reserved_shape::SYMBOL as usize - 1] = CellKind::Symbol as u8;
    reserved[reserved_shape::BIGINT as usize - 1] = CellKind::BigInt as u8;
    let hot = Hot {
        stack_top: Cell::new(stack.top()),
        stack_limit: AtomicUsize::new(stack.limit()),
        pending_exception: Cell::new(0),
        interrupts: AtomicU32::new(0),
        native_limit: Cell::new(0),
        realm: Cell::new(None),
        current_frame: Cell::new(std::ptr::null_mut()),
        activation: Cell::new(std::ptr::null()),
        compiled_frame: Cell::new(std::ptr::null()),
        compiled_site: Cell::new(0),
        result: Cell::new(0),
        loop_interrupt: Cell::new(false),
        suspended: Cell::new(false),
        exit_countdown: Cell::new(0),
        exit_forced: Cell::new(0),
        exit_code: Cell::new(0),
        exit_site: Cell::new(0),
        exit_value: Cell::new(0),
        exit_arguments: Cell::new(std::ptr::null()),
        exit_argument_count: Cell::new(0),
        exit_homes: Cell::new(std::ptr::null()),
        rebuilt: Cell::new(None),
        exit_live: Cell::new(0),
        exit_area: [const { Cell::new(0) }; EXIT_AREA_WORDS],
    };
    let isolate = Box::new(Isolate {
        hot,
        heap,
        shapes: ShapeTree::new(None, &reserved),
        atoms,
        symbols,
        megamorphic: MegamorphicCache::new(11),
        megamorphic_stores: MegamorphicCache::new(11),
        stack,
        hooks,
        host: RefCell::new(host),
        config,
        library: OnceCell::new(),
        compiler: OnceCell::new(),
        pinned_jobs: RefCell::default(),
        dumped_guards: Default::default(),
        jobs: JobQueue::default(),
        programs: crate::script::ProgramCache::default(),
        roots: Cell::new(None),
        traced_vectors: RefCell::default(),
        growable_arrays: Cell::default(),
        machine_stack_base: Cell::new(std::ptr::null()),
        realms: Cell::new(None),
        kept_alive: Cell::new(Value::UNDEFINED),
        joining: Cell::new(Value::UNDEFINED),
        rejections: Cell::new(Value::UNDEFINED),
        async_waiters: Cell::new(Value::UNDEFINED),
        last_async_waiter: Cell::new(0),
        mailbox: std::sync::Arc::default(),
        started: std::time::Instant::now(),
        interrupt_target: std::sync::Arc::default(),
        eval_cache: crate::eval::EvalCache::default(),
        registries: crate::cells::Registries::default(),
    });
    isolate.settle();
    isolate
}
