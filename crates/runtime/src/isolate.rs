//! The isolate: one heap, one stack, one thread of execution; and [`Cx`], the way to it.
//!
//! All state is behind shared references and `Cell`s, because getters, callbacks and compiled code re-enter at almost any
//! point: nothing borrowed from the isolate may live across an operation that can allocate or run
//! JavaScript. Cell pointers may be kept in locals freely: machine stacks are scanned conservatively. They may *not* be
//! kept in Rust heap memory; use `GcVec`, a [`Record`](crate::cells::Record) or a root.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use unspool_gc::{
    Client, CollectionKind, CollectionReason, Gc, Header, Heap, ManagedCell, OutOfMemory, Tracer, WeakContext,
};
use unspool_shapes::{MegamorphicCache, ShapeId, ShapeTree, ValidityId};
use unspool_values::atom::{AtomTable, KnownAtom};
use unspool_values::object::GcVec;
use unspool_values::symbol::WellKnownSymbol;
use unspool_values::{CellAllocator, CellKind, PropertyKey, Value};

use crate::cells::Handler;
use crate::compiled::{Activation, Rebuilt};
use crate::completion::{JsResult, Throw};
use crate::config::{Config, ExitPhase};
use crate::frame::Stack;
use crate::hooks::Hooks;
use crate::host::Host;
use crate::interrupt::InterruptTarget;
use crate::kinds;
use crate::realm::Realm;

/// Prototype handle of the shape tree: the prototype object, or null.
pub type ShapeProto = Option<Gc<Header>>;
/// What depends on shapes: compiled code, by its number, and which of its bets it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dependent {
    /// Number of the code object.
    pub code: u32,
    /// Number of the dependency among those of the code object.
    pub dependency: u32,
}

/// Shapes and validity cells whose numbers a compile job mentions: not given again while the job lives.
#[derive(Debug)]
pub struct PinnedJob {
    /// Number of the job.
    pub id: u32,
    // house-allow(values-in-rust-memory): traced as a root for as long as the job is in the isolate's list
    /// Cells that the job mentions.
    pub cells: GcVec,
    /// Shapes that the job mentions.
    pub shapes: Vec<ShapeId>,
}

/// The isolate's shape tree.
pub type Shapes = ShapeTree<PropertyKey, ShapeProto, Dependent>;

/// Fields that the interpreter and compiled code read at fixed offsets.
#[repr(C)]
pub struct Hot {
    /// Lowest address in use on the isolate's stack (it grows down).
    pub stack_top: Cell<*mut Value>,
    /// Frames must stay above this address; raised to `usize::MAX` to make the next check take the slow path.
    pub stack_limit: AtomicUsize,
    /// The pending exception, or the zero word.
    pub pending_exception: Cell<u64>,
    /// Reasons to stop at the next poll; the constants of [`Interrupt`].
    pub interrupts: AtomicU32,
    /// Address below which native recursion must not go.
    pub native_limit: Cell<usize>,
    /// The running realm.
    pub realm: Cell<Option<Gc<Realm>>>,
    /// Frame pointer of the innermost interpreter frame whose state is saved (set before every call into Rust).
    pub current_frame: Cell<*mut Value>,
    /// The innermost entry from Rust into compiled code; null if there is none.
    pub activation: Cell<*const Activation>,
    /// Frame pointer of the compiled frame that called Rust last; null since the last entry into compiled code.
    pub compiled_frame: Cell<*const usize>,
    /// The call site at which it did: code object in the upper half, site in the lower.
    pub compiled_site: Cell<u64>,
    /// Second result of helpers that have one, and the result handed over to a lazy exit.
    pub result: Cell<u64>,
    /// The interpreter's budget was used up at the back edge at which it is.
    pub loop_interrupt: Cell<bool>,
    /// The compiled code that just gave a value has suspended its activation. Whoever enters such code takes it.
    pub suspended: Cell<bool>,
    /// Exits that code under stress still passes before it takes one (`Config::forced_exits`).
    pub exit_countdown: Cell<i32>,
    /// Not 0: the exit that is being taken is a forced one.
    pub exit_forced: Cell<u32>,
    /// Code object of the exit that is being taken.
    pub exit_code: Cell<u32>,
    /// Its site.
    pub exit_site: Cell<u32>,
    /// The value that failed the guard, where traces show it.
    pub exit_value: Cell<u64>,
    /// Arguments of the exiting activation (functions that observe them only).
    pub exit_arguments: Cell<*const Value>,
    /// How many there are.
    pub exit_argument_count: Cell<usize>,
    /// Words of the exiting activation's machine frame that its translations name (code that has such words only).
    pub exit_homes: Cell<*const u64>,
    /// Frames that an exit has built and nobody runs yet.
    pub rebuilt: Cell<Option<Rebuilt>>,
    /// How many words of the exit area the collector scans.
    pub exit_live: Cell<usize>,
    /// The words that an exit stores.
    pub exit_area: [Cell<u64>; EXIT_AREA_WORDS],
}

/// Words of the exit area: bounds the live values of one exit.
pub const EXIT_AREA_WORDS: usize = 1024;

/// Bits of [`Hot::interrupts`].
#[derive(Debug)]
pub struct Interrupt;
impl Interrupt {
    /// The host asked to terminate.
    pub(crate) const TERMINATE: u32 = 1;
    /// The memory limit was exceeded by small allocations.
    pub const OUT_OF_MEMORY: u32 = 2;
}

/// One JavaScript virtual machine.
pub struct Isolate {
    /// What the interpreter and compiled code read and write at fixed offsets.
    pub hot: Hot,
    /// Where all cells are.
    pub heap: Heap,
    /// All hidden classes, of all realms.
    pub shapes: Shapes,
    /// Interned strings, the symbol registry and well-known symbols.
    pub atoms: AtomTable,
    /// The global inline cache of megamorphic sites.
    pub megamorphic: MegamorphicCache<PropertyKey, Handler>,
    /// As `megamorphic`, for stores.
    pub megamorphic_stores: MegamorphicCache<PropertyKey, Handler>,
    /// The stack of interpreter frames.
    pub stack: Stack,
    /// How higher layers are called.
    pub hooks: Hooks,
    /// How the embedder is asked. Borrowed only for the time of a call.
    pub host: RefCell<Box<dyn Host>>,
    /// The settings it was made with.
    pub config: Config,
    /// State of the library that holds no values (caches of compiled patterns, the random generator), made at first use.
    pub library: OnceCell<Box<dyn Any + Send>>,
    /// State of the optimizing compiler, made at its first use.
    pub compiler: OnceCell<Box<dyn Any>>,
    /// What compile jobs mention that are under way.
    pub pinned_jobs: RefCell<Vec<PinnedJob>>,
    /// What dumps of frames leave out.
    pub(crate) dumped_guards: crate::frame_dump::Guards,
    pub(crate) jobs: crate::jobs::JobQueue,
    pub(crate) programs: crate::script::ProgramCache,
    /// The array shape last found growable, and the validity cell of its chain; see `object::array::is_growable`.
    pub(crate) growable_arrays: Cell<(ShapeId, ValidityId)>,
    /// During a collection: the live feedback vectors that were traced, for purging.
    // house-allow(values-in-rust-memory): filled and emptied within one collection, by `roots::process_weak`
    pub(crate) traced_vectors: RefCell<Vec<Gc<crate::cells::FeedbackVector>>>,
    pub(crate) roots: Cell<Option<GcVec>>,
    pub(crate) machine_stack_base: Cell<*const usize>,
    /// Well-known symbols and the global symbol registry.
    pub symbols: unspool_values::SymbolTable,
    pub(crate) realms: Cell<Option<Gc<Realm>>>,
    pub(crate) kept_alive: Cell<Value>,
    /// The arrays that are being joined, a list, so that cyclic ones end; `undefined` before the first.
    pub joining: Cell<Value>,
    /// Promises that were rejected while nobody listened, a list; `undefined` when there are none.
    pub(crate) rejections: Cell<Value>,
    /// Asynchronous waiters of `Atomics`, a list; `undefined` before the first.
    pub(crate) async_waiters: Cell<Value>,
    /// The number of the last of them.
    pub(crate) last_async_waiter: Cell<u32>,
    /// Where their notifications arrive.
    pub mailbox: Arc<crate::agents::Mailbox>,
    /// When the isolate was made.
    pub(crate) started: std::time::Instant,
    /// What interrupt handles refer to.
    pub(crate) interrupt_target: Arc<InterruptTarget>,
    /// Compiled texts of direct evals.
    pub(crate) eval_cache: crate::eval::EvalCache,
    /// The finalization registries.
    pub registries: crate::cells::Registries,
}

/// Access to the isolate; passed by value everywhere.
#[derive(Clone, Copy)]
pub struct Cx<'a>(&'a Isolate);

impl std::fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cx")
    }
}

impl std::ops::Deref for Cx<'_> {
    type Target = Isolate;
    #[inline(always)]
    fn deref(&self) -> &Isolate {
        self.0
    }
}

impl Isolate {
    /// A new isolate without a realm.
    pub fn new(config: Config, hooks: Hooks, host: Box<dyn Host>) -> Box<Isolate> {
        crate::startup::new_isolate(config, hooks, host)
    }

    /// Runs `f` inside the isolate. The outermost entry notes the machine stack's extent, which the collector scans.
    pub fn enter<R>(&self, f: impl FnOnce(Cx<'_>) -> R) -> R {
        let marker = 0usize;
        let outermost = self.machine_stack_base.get().is_null();
        if outermost {
            // The caller's frame lies above `marker`; values that it holds are its own affair (roots).
            self.machine_stack_base.set(&raw const marker);
            let budget = native_budget(self.config.native_stack_bytes, stacker::remaining_stack());
            self.hot.native_limit.set((&raw const marker as usize).saturating_sub(budget));
        }
        let result = f(Cx(self));
        if outermost {
            self.machine_stack_base.set(std::ptr::null());
        }
        result
    }
}

/// Machine stack that is kept free below the limit: what runs between two checks, and what does not check (the collector,
/// the optimizing compiler).
const NATIVE_RESERVE: usize = 384 << 10;

/// How far below the outermost entry the limit of native recursion lies: `wanted`, unless the thread has less. A small
/// stack is halved.
fn native_budget(wanted: usize, remaining: Option<usize>) -> usize {
    remaining.map_or(wanted, |remaining| wanted.min(remaining - NATIVE_RESERVE.min(remaining / 2)))
}

impl<'a> Cx<'a> {
    /// The context of `isolate`, for code that is already running inside it (entered by `Isolate::enter`).
    #[inline(always)]
    pub fn of(isolate: &'a Isolate) -> Cx<'a> {
        Cx(isolate)
    }

    /// The isolate.
    #[inline(always)]
    pub fn isolate(self) -> &'a Isolate {
        self.0
    }

    // ---- allocation ------------------------------------------------------------------------------------------------

    /// Allocates a cell of a fixed-size structure: `make` gets the initialized header.
    #[inline(always)]
    pub fn allocate<T: ManagedCell>(self, make: impl FnOnce(Header) -> T) -> Gc<T> {
        let cell = self.allocate_cell(kinds::kind_of::<T>(), size_of::<T>());
        // SAFETY: the allocation has `T`'s size; `make` runs no allocation before the cell is written because it is
        // given only the header (its captured values were computed before).
        unsafe {
            let header = cell.as_ptr().read();
            cell.cast::<T>().as_ptr().write(make(header));
            Gc::from_ptr(cell.cast::<T>())
        }
    }

    /// Allocates `size` bytes for a `T` with a variable tail. Only the header is initialized.
    ///
    /// # Safety
    /// The caller writes every field and the whole tail before the next allocation.
    #[inline(always)]
    pub(crate) unsafe fn allocate_sized<T: ManagedCell>(self, size: usize) -> Gc<T> {
        let cell = self.allocate_cell(kinds::kind_of::<T>(), size);
        // SAFETY: a fresh cell of `T`'s kind.
        unsafe { Gc::from_ptr(cell.cast::<T>()) }
    }

    /// Tells the collector that `owner` was made to refer to another cell.
    #[inline(always)]
    pub fn write_barrier<T>(self, owner: Gc<T>) {
        self.0.heap.write_barrier(owner.erase());
    }

    /// Charges memory outside the heap (buffers).
    ///
    /// # Errors
    /// The memory limit would be exceeded even after a collection.
    pub(crate) fn reserve_external(self, bytes: usize) -> Result<(), OutOfMemory> {
        self.0.heap.try_add_external_bytes(self.0, bytes)
    }

    /// Gives back what `reserve_external` charged.
    pub(crate) fn release_external(self, bytes: usize) {
        self.0.heap.sub_external_bytes(bytes);
    }

    /// Collects garbage now.
    pub fn collect_garbage(self, kind: CollectionKind) {
        self.0.heap.collect(self.0, kind, CollectionReason::Explicit);
    }

    // ---- names -----------------------------------------------------------------------------------------------------

    /// The key of a well-known name.
    #[inline(always)]
    pub fn key(self, atom: KnownAtom) -> PropertyKey {
        PropertyKey::from_atom(self.0.atoms.known(atom))
    }

    /// The string of a well-known name.
    #[inline(always)]
    pub fn known_string(self, atom: KnownAtom) -> Value {
        Value::from_cell(self.0.atoms.known(atom))
    }

    /// The key of a well-known symbol.
    #[inline(always)]
    pub fn symbol_key(self, symbol: WellKnownSymbol) -> PropertyKey {
        PropertyKey::from_symbol(self.0.symbols.get(symbol))
    }

    // ---- exceptions ------------------------------------------------------------------------------------------------

    /// Makes `value` the pending exception. The token that comes back is to be returned as `Err` at once.
    #[cold]
    pub fn throw(self, value: Value) -> Throw {
        self.0.hot.pending_exception.set(value.bits());
        Throw(())
    }

    /// Catches: gives the pending exception, which is pending no longer.
    pub fn take_exception(self, _: Throw) -> Value {
        let bits = self.0.hot.pending_exception.replace(0);
        if bits == 0 {
            return Value::UNDEFINED;
        }
        // SAFETY: `pending_exception` holds bits of a value stored by `throw`; the collector treats it as a root.
        unsafe { Value::from_bits(bits) }
    }

    /// Takes the exception that is known to be pending although its token is gone.
    pub fn take_pending(self) -> Value {
        self.take_exception(Throw(()))
    }

    /// Is an exception pending that must not be caught (termination)?
    pub fn is_terminating(self) -> bool {
        self.0.hot.interrupts.load(Ordering::Relaxed) & Interrupt::TERMINATE != 0
    }

    // ---- realm -----------------------------------------------------------------------------------------------------

    /// The running realm.
    #[inline(always)]
    pub fn realm(self) -> Gc<Realm> {
        self.0.hot.realm.get().expect("JavaScript runs in a realm")
    }

    /// Runs `f` with another realm as the running one, and restores the one before.
    pub fn with_realm<R>(self, realm: Gc<Realm>, f: impl FnOnce() -> R) -> R {
        let before = self.0.hot.realm.replace(Some(realm));
        let result = f();
        self.0.hot.realm.set(before);
        result
    }

    // ---- roots -----------------------------------------------------------------------------------------------------

    /// Keeps `value` alive until the isolate goes. For the few cells that live as long as the isolate.
    pub fn root_forever(self, value: Value) {
        let roots = self.0.roots.get().unwrap_or_else(|| {
            let roots = GcVec::new(self);
            self.0.roots.set(Some(roots));
            roots
        });
        if roots.push(self, value).is_err() {
            self.request_interrupt(Interrupt::OUT_OF_MEMORY);
        }
    }

    /// Throws a `RangeError` when native recursion is near the end of the machine stack. Every Rust function that
    /// recurses on the program's data or calls JavaScript does this first.
    #[inline(always)]
    pub fn check_native_stack(self) -> JsResult<()> {
        let here = 0u8;
        if (&raw const here as usize) < self.0.hot.native_limit.get() {
            return Err(self.throw_stack_overflow());
        }
        Ok(())
    }
}

impl CellAllocator for Cx<'_> {
    #[inline(always)]
    fn allocate_cell(self, kind: CellKind, size: usize) -> NonNull<Header> {
        match self.0.heap.allocate(self.0, kind as u8, size) {
            Ok(cell) => cell,
            Err(OutOfMemory) => self.allocate_over_limit(kind, size),
        }
    }

    fn try_allocate_cell(self, kind: CellKind, size: usize) -> Result<NonNull<Header>, OutOfMemory> {
        self.0.heap.allocate(self.0, kind as u8, size)
    }

    #[inline(always)]
    fn write_barrier(self, owner: NonNull<Header>) {
        // SAFETY: the caller owns a live cell.
        self.0.heap.write_barrier(unsafe { Gc::from_ptr(owner) });
    }
}

impl Cx<'_> {
    /// A small allocation beyond the limit: granted, and the program gets its error at the next poll.
    #[cold]
    #[inline(never)]
    fn allocate_over_limit(self, kind: CellKind, size: usize) -> NonNull<Header> {
        self.request_interrupt(Interrupt::OUT_OF_MEMORY);
        self.0.heap.allocate_exempt(self.0, kind as u8, size)
    }
}

impl Cx<'_> {
    /// Where the settings force a collection in a phase of each exit, collects.
    #[inline]
    pub fn collect_at_exit(self, phase: ExitPhase) {
        if self.config.exit_collection == Some(phase) {
            self.collect_garbage(CollectionKind::Full);
        }
    }
}

impl Client for Isolate {
    fn trace_roots(&self, tracer: &mut Tracer<'_>) {
        crate::roots::trace_roots(self, tracer);
    }

    fn trace_meta(&self, meta: u32, tracer: &mut Tracer<'_>) {
        crate::roots::trace_shape(self, ShapeId::from_raw(meta), tracer);
    }

    fn conservative_ranges(&self, visit: &mut dyn FnMut(*const usize, *const usize)) {
        let (low, high) = self.stack.used_range(self.hot.stack_top.get());
        visit(low, high);
        let live = self.hot.exit_live.get().min(EXIT_AREA_WORDS);
        let area = self.hot.exit_area.as_ptr().cast::<usize>();
        visit(area, area.wrapping_add(live));
    }

    fn machine_stack_base(&self) -> *const usize {
        self.machine_stack_base.get()
    }

    fn process_weak(&self, weak: &WeakContext<'_>) {
        crate::roots::process_weak(self, weak);
    }

    fn is_meta_live(&self, meta: u32, weak: &WeakContext<'_>) -> bool {
        !weak.is_full() || self.shapes.is_marked(ShapeId::from_raw(meta))
    }

    fn code_swept(&self, swept: &unspool_gc::SweptCode) {
        (self.hooks.code_swept)(self, swept);
    }

    fn collection_finished(&self, report: &unspool_gc::CollectionReport) {
        self.host.borrow().collection_finished(report);
    }
}
