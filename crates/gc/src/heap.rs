//! The heap: allocation, barriers, budgets.
//!
//! The fast path takes the next cell of an *interval*, a run of free cells of one size, by moving its cursor. The table
//! of intervals is the first field of [`Heap`], so compiled code does the same inline. When an interval is empty, the slow
//! path decides whether to collect, checks the memory limit, and takes the next interval.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ptr::NonNull;

use crate::accounting::Accounting;
use crate::block::{Block, Run};
use crate::cell::{Gc, Header, ManagedCell, STATE_OLD, STATE_REMEMBERED};
use crate::client::{Client, KindInfo};
use crate::code::CodeSpace;
use crate::config::{CollectionKind, CollectionReason, HeapConfig};
use crate::reservation::RESERVE_SIZE;
use crate::size_class::{CLASS_SIZES, CellSpace, INTERVAL_COUNT, MAX_SMALL_SIZE, class_of};
use crate::space::{PoisonPolicy, Space};
use crate::statistics::{Census, HeapStatistics, PauseStatistics};

/// A run of free cells to allocate from. Its length is a multiple of the cell size, so it is empty exactly when the cursor
/// has reached the end.
#[repr(C)]
pub struct Interval {
    cursor: Cell<usize>,
    end: Cell<usize>,
}

impl Interval {
    /// Byte offset of the address of the next cell.
    pub const CURSOR_OFFSET: usize = std::mem::offset_of!(Interval, cursor);
    /// Byte offset of the end address.
    pub const END_OFFSET: usize = std::mem::offset_of!(Interval, end);
}

/// The memory limit, or the memory of the system, does not allow the allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for OutOfMemory {}

/// In debug builds, the heap is verified before every eighth collection of the stress mode: on a heap of ten thousand
/// cells it takes 1.8 ms, the collection 1.4 ms.
const STRESS_VERIFY_INTERVAL: u64 = 8;

/// One part in so many of the heap is left free when the system gave less than the limit, for what lies outside.
const SLACK: usize = 16;

/// Whether an allocation respects the memory limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    Respected,
    Exempt,
}

/// A managed heap. See the crate's documentation.
///
/// The heap can be moved to another thread with everything in it, but is used by one thread at a time.
#[repr(C)]
pub struct Heap {
    /// First, so that compiled code finds it at offset 0.
    intervals: [Interval; INTERVAL_COUNT],
    /// By kind: index of the first interval of the kind's cell space.
    bases: [u8; 256],
    pub(crate) kinds: &'static [KindInfo],
    pub(crate) config: HeapConfig,
    pub(crate) space: RefCell<Space>,
    /// Owned; freed in `drop`.
    pub(crate) accounting: NonNull<Accounting>,
    /// The cells whose state is `STATE_REMEMBERED`, each once.
    pub(crate) remembered: RefCell<Vec<NonNull<Header>>>,
    /// Kept between collections for its capacity; empty outside.
    pub(crate) mark_stack: RefCell<Vec<NonNull<Header>>>,
    /// Number of `NoCollect` guards.
    pub(crate) deferred: Cell<u32>,
    /// A collection is running.
    pub(crate) collecting: Cell<bool>,
    /// Bytes of cells that survived the last collection.
    pub(crate) live_bytes: Cell<usize>,
    /// Bytes of intervals and large objects handed out since the last collection.
    pub(crate) handed_bytes: Cell<usize>,
    /// Bytes handed out before the last collection, in total.
    pub(crate) handed_before: Cell<u64>,
    /// Bytes that may be handed out (or added outside) until the next minor collection.
    pub(crate) young_budget: Cell<usize>,
    /// Bytes in use after a minor collection that make the next one a full one.
    pub(crate) full_threshold: Cell<usize>,
    /// The next collection on account of the young budget is a full one.
    pub(crate) full_due: Cell<bool>,
    /// Allocations until the next collection under `gc_stress`.
    stress_countdown: Cell<u32>,
    /// The memory limit in bytes.
    limit: Cell<usize>,
    /// Machine code.
    pub code: CodeSpace,
    pub(crate) minor: Cell<PauseStatistics>,
    pub(crate) full: Cell<PauseStatistics>,
}

// SAFETY: the heap owns its blocks and its accounting; nothing in it refers to a thread. Cells are reached through the heap's
// owner only, and `KindInfo` demands functions that may run on any thread.
unsafe impl Send for Heap {}

impl Heap {
    /// Byte offset of the table of [`Interval`]s from the start of the heap.
    pub const INTERVALS_OFFSET: usize = std::mem::offset_of!(Heap, intervals);

    /// A heap for the given kinds of cells. It takes no memory for cells before the first allocation.
    ///
    /// # Panics
    /// If there are more than 256 kinds.
    pub fn new(kinds: &'static [KindInfo], config: HeapConfig) -> Heap {
        assert!(kinds.len() <= 256, "a kind is a byte");
        let mut bases = [0; 256];
        for (base, kind) in bases.iter_mut().zip(kinds) {
            *base = Heap::space_of(kind).base() as u8;
        }
        let accounting = NonNull::from(Box::leak(Box::default()));
        let poison = match config.gc_stress {
            Some(_) => PoisonPolicy::WhenFreed,
            None if cfg!(debug_assertions) => PoisonPolicy::WhenHandedOut,
            None => PoisonPolicy::Off,
        };
        let mut space = Space::new(accounting, poison);
        space.acquire_reserve();
        Heap {
            intervals: [const { Interval { cursor: Cell::new(0), end: Cell::new(0) } }; INTERVAL_COUNT],
            bases,
            kinds,
            space: RefCell::new(space),
            accounting,
            remembered: RefCell::default(),
            mark_stack: RefCell::default(),
            deferred: Cell::new(0),
            collecting: Cell::new(false),
            live_bytes: Cell::new(0),
            handed_bytes: Cell::new(0),
            handed_before: Cell::new(0),
            young_budget: Cell::new(config.young_bytes),
            full_threshold: Cell::new(config.full_bytes_min),
            full_due: Cell::new(false),
            stress_countdown: Cell::new(config.gc_stress.unwrap_or(0).max(1)),
            limit: Cell::new(config.memory_limit),
            code: CodeSpace::default(),
            minor: Cell::default(),
            full: Cell::default(),
            config,
        }
    }

    fn space_of(kind: &KindInfo) -> CellSpace {
        if kind.finalize.is_some() { CellSpace::Finalized } else { CellSpace::Plain }
    }

    /// Byte offset, from the start of a heap, of the interval from which cells of this kind and size are taken; `None` if such
    /// cells are large objects. Compiled code loads the cursor, compares it with the end, calls [`Heap::allocate`] when they
    /// are equal, and otherwise adds [`cell_size_for`](crate::cell_size_for) the size and stores
    /// [`Header::initial_word`].
    pub fn interval_offset(kind: &KindInfo, size: usize) -> Option<usize> {
        (size <= MAX_SMALL_SIZE).then(|| {
            let index = Heap::space_of(kind).base() + class_of(size);
            Heap::INTERVALS_OFFSET + index * size_of::<Interval>()
        })
    }

    /// A new cell of at least `size` bytes, header included. The header is initialized (meta, flags and aux are zero); the body
    /// is not, and the caller initializes all of it before the next allocation.
    ///
    /// # Errors
    /// If the memory limit would be exceeded even after a full collection, or the system has no memory.
    #[inline]
    pub fn allocate(
        &self,
        client: &dyn Client,
        kind: u8,
        size: usize,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        match self.allocate_fast(kind, size) {
            Some(cell) => Ok(cell),
            None => self.allocate_slow(client, kind, size, Limit::Respected),
        }
    }

    /// Like [`Heap::allocate`], but ignores the memory limit: for allocations that cannot fail, such as rebuilding objects in
    /// an exit. What it takes is charged, so the next ordinary allocation may fail. Aborts if the system has no memory and the reserve is used up.
    #[inline]
    pub fn allocate_exempt(&self, client: &dyn Client, kind: u8, size: usize) -> NonNull<Header> {
        match self.allocate_fast(kind, size) {
            Some(cell) => cell,
            None => match self.allocate_slow(client, kind, size, Limit::Exempt) {
                Ok(cell) => cell,
                Err(OutOfMemory) => out_of_system_memory(size),
            },
        }
    }

    /// A new cell for a `T`, whose body the caller initializes before the next allocation. The pointer becomes a
    /// [`Gc`] by [`Gc::from_ptr`] when that is done.
    ///
    /// # Errors
    /// As [`Heap::allocate`].
    #[inline]
    pub fn allocate_cell<T: ManagedCell>(&self, client: &dyn Client) -> Result<NonNull<T>, OutOfMemory> {
        const { assert!(align_of::<T>() <= 8, "cells are aligned to 8 bytes") };
        self.allocate(client, T::KIND, size_of::<T>()).map(NonNull::cast)
    }

    #[inline(always)]
    fn allocate_fast(&self, kind: u8, size: usize) -> Option<NonNull<Header>> {
        if size > MAX_SMALL_SIZE {
            return None;
        }
        let class = class_of(size);
        // SAFETY: a base is 0 or the number of classes, and there are twice as many intervals as classes.
        let interval = unsafe { self.intervals.get_unchecked(self.bases[kind as usize] as usize + class) };
        let cursor = interval.cursor.get();
        if cursor == interval.end.get() {
            return None;
        }
        interval.cursor.set(cursor + CLASS_SIZES[class] as usize);
        // SAFETY: the cursor of an interval that is not empty is the address of a free cell.
        Some(unsafe { init_cell(cursor, kind) })
    }

    #[cold]
    #[inline(never)]
    fn allocate_slow(
        &self,
        client: &dyn Client,
        kind: u8,
        size: usize,
        limit: Limit,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        assert!(!self.collecting.get(), "a cell is allocated during a collection");
        assert!((kind as usize) < self.kinds.len(), "kind {kind} is not in the table");
        self.stress(client);
        self.collect_if_due(client);
        if size > MAX_SMALL_SIZE {
            return self.allocate_large(client, kind, size, limit);
        }
        let class = class_of(size);
        let index = self.bases[kind as usize] as usize + class;
        let cell_size = CLASS_SIZES[class] as usize;
        self.make_room(client, cell_size, limit)?;
        let max = if self.config.gc_stress.is_some() {
            1
        } else {
            // Near the limit, one class must not take all the room that is left.
            let room = self.limit.get().saturating_sub(self.bytes_in_use());
            (room / 4 / cell_size).clamp(1, u32::MAX as usize) as u32
        };
        let run = match self.take_run(index, max) {
            Some(run) => run,
            None => self.scrape_together(client, cell_size, limit, || self.take_run(index, max))?,
        };
        self.handed_bytes.set(self.handed_bytes.get() + (run.end - run.start));
        let interval = &self.intervals[index];
        debug_assert!(interval.cursor.get() == interval.end.get(), "the interval is empty");
        interval.cursor.set(run.start + cell_size);
        interval.end.set(run.end);
        // SAFETY: the run begins with a free cell, which the cursor has passed.
        Ok(unsafe { init_cell(run.start, kind) })
    }

    fn take_run(&self, index: usize, max: u32) -> Option<Run> {
        self.space.borrow_mut().take_run(index, max)
    }

    fn allocate_large(
        &self,
        client: &dyn Client,
        kind: u8,
        size: usize,
        limit: Limit,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        self.make_room(client, size, limit)?;
        let (cell, bytes) = match self.try_large(size) {
            Some(found) => found,
            None => self.scrape_together(client, size, limit, || self.try_large(size))?,
        };
        self.handed_bytes.set(self.handed_bytes.get() + bytes);
        // SAFETY: the cell of a new large object is free.
        Ok(unsafe { init_cell(cell, kind) })
    }

    /// The system gives no memory: collects, and tries again. What was held back serves the collection; when the second attempt
    /// fails too, it is left to the allocations that must not fail, and the limit is lowered to what could be had.
    #[cold]
    fn scrape_together<T>(
        &self,
        client: &dyn Client,
        size: usize,
        limit: Limit,
        attempt: impl Fn() -> Option<T>,
    ) -> Result<T, OutOfMemory> {
        self.space.borrow_mut().release_reserve();
        self.collect(client, CollectionKind::Full, CollectionReason::SystemMemory);
        if let Some(found) = attempt() {
            return Ok(found);
        }
        self.space.borrow_mut().release_reserve();
        // A request that is large by itself says little about the next ones.
        if size <= RESERVE_SIZE {
            let in_use = self.bytes_in_use();
            self.limit.set(self.limit.get().min(in_use - in_use / SLACK));
        }
        match limit {
            Limit::Respected => Err(OutOfMemory),
            Limit::Exempt => attempt().ok_or(OutOfMemory),
        }
    }

    /// Address and size of a new large object's cell.
    fn try_large(&self, size: usize) -> Option<(usize, usize)> {
        let mut space = self.space.borrow_mut();
        let new = space.allocate_large(size)?;
        Some((new.cell_address(0), new.cell_size()))
    }

    /// Counts an allocation under `gc_stress`.
    fn stress(&self, client: &dyn Client) {
        let Some(every) = self.config.gc_stress else { return };
        if self.deferred.get() > 0 {
            return;
        }
        let left = self.stress_countdown.get() - 1;
        if left > 0 {
            self.stress_countdown.set(left);
            return;
        }
        self.stress_countdown.set(every.max(1));
        if cfg!(debug_assertions)
            && self.full.get().count.is_multiple_of(STRESS_VERIFY_INTERVAL)
            && let Err(error) = self.verify(client)
        {
            panic!("the heap is corrupt: {error}");
        }
        self.collect(client, CollectionKind::Full, CollectionReason::Stress);
    }

    /// Collects if the young budget is used up and no [`NoCollect`] guard is held. Allocation calls it; a program that holds
    /// much external memory may call it at its own safe points.
    pub fn collect_if_due(&self, client: &dyn Client) {
        let young = self.handed_bytes.get().saturating_add(self.accounting().external_since.get());
        if young < self.young_budget.get() || self.deferred.get() > 0 {
            return;
        }
        if self.full_due.get() {
            self.collect(client, CollectionKind::Full, CollectionReason::Growth);
        } else {
            self.collect(client, CollectionKind::Minor, CollectionReason::YoungBudget);
        }
    }

    /// Makes sure that `bytes` more stay within the memory limit.
    fn make_room(&self, client: &dyn Client, bytes: usize, limit: Limit) -> Result<(), OutOfMemory> {
        if limit == Limit::Exempt || self.deferred.get() > 0 || self.fits(bytes) {
            return Ok(());
        }
        // What other size classes have taken and not used may be enough.
        self.retire_intervals();
        if self.fits(bytes) {
            return Ok(());
        }
        self.collect(client, CollectionKind::Full, CollectionReason::MemoryLimit);
        if self.fits(bytes) { Ok(()) } else { Err(OutOfMemory) }
    }

    fn fits(&self, bytes: usize) -> bool {
        self.bytes_in_use().saturating_add(bytes) <= self.limit.get()
    }

    /// Whether the heap is far enough from its limit to hold memory back.
    pub(crate) fn has_slack(&self) -> bool {
        let limit = self.limit.get();
        self.bytes_in_use() <= limit - limit / SLACK
    }

    /// Bytes of live and allocated cells plus external bytes: what the memory limit bounds.
    pub fn bytes_in_use(&self) -> usize {
        (self.live_bytes.get() + self.handed_bytes.get()).saturating_add(self.accounting().external.get())
    }

    /// The memory limit in bytes; `usize::MAX` for none. Lower than the configured one when the system did not give as much.
    pub fn memory_limit(&self) -> usize {
        self.limit.get()
    }

    /// The kind table.
    pub fn kinds(&self) -> &'static [KindInfo] {
        self.kinds
    }

    /// The write barrier: to be run after a pointer to a cell was stored into `owner` (or its meta word was changed to one that
    /// reaches cells not reached before), before the next allocation.
    #[inline]
    pub fn write_barrier<T>(&self, owner: Gc<T>) {
        if owner.header().state() == STATE_OLD {
            self.remember(owner.erase());
        }
    }

    /// The barrier's slow path, for compiled code that has found the owner's state to be [`STATE_OLD`].
    #[cold]
    #[inline(never)]
    pub fn remember(&self, owner: Gc<Header>) {
        debug_assert_eq!(owner.state(), STATE_OLD);
        owner.set_state(STATE_REMEMBERED);
        self.remembered.borrow_mut().push(owner.as_ptr());
    }

    pub(crate) fn accounting(&self) -> &Accounting {
        // SAFETY: owned by the heap and freed when it is dropped; referred to by shared references only.
        unsafe { self.accounting.as_ref() }
    }

    /// Reports memory outside the heap that cells own. It counts for the memory limit and towards the next collection.
    pub fn add_external_bytes(&self, bytes: usize) {
        let accounting = self.accounting();
        accounting.add_external(bytes);
        let young = self.handed_bytes.get().saturating_add(accounting.external_since.get());
        if young >= self.young_budget.get() && !self.collecting.get() {
            // Empty intervals make the next allocation take the slow path, which collects.
            self.retire_intervals();
        }
    }

    /// Like [`Heap::add_external_bytes`], to be called before the memory is obtained.
    ///
    /// # Errors
    /// If the memory limit would be exceeded even after a full collection; then nothing is added.
    pub fn try_add_external_bytes(&self, client: &dyn Client, bytes: usize) -> Result<(), OutOfMemory> {
        self.make_room(client, bytes, Limit::Respected)?;
        self.add_external_bytes(bytes);
        Ok(())
    }

    /// Takes back what [`Heap::add_external_bytes`] reported.
    pub fn sub_external_bytes(&self, bytes: usize) {
        self.accounting().sub_external(bytes);
    }

    /// For finalizers, which are not given the heap: takes back external bytes that a cell owned.
    ///
    /// # Safety
    /// `cell` is a cell, live or being finalized, of a heap.
    pub unsafe fn release_external_bytes(cell: NonNull<Header>, bytes: usize) {
        // SAFETY: the caller promises a cell; its block and the counters live as long as the heap.
        unsafe { Block::containing(cell).accounting().as_ref() }.sub_external(bytes);
    }

    /// Holds off collections until the guard is dropped. The memory limit is not enforced meanwhile (what is taken is
    /// charged), because an allocation could not make room.
    pub fn defer(&self) -> NoCollect<'_> {
        self.deferred.set(self.deferred.get() + 1);
        NoCollect { heap: self }
    }

    /// Gives the unused tails of all intervals back to their blocks.
    pub(crate) fn retire_intervals(&self) {
        let mut space = self.space.borrow_mut();
        for interval in &self.intervals {
            let (start, end) = (interval.cursor.get(), interval.end.get());
            if start != end {
                space.give_back(Run { start, end });
                self.handed_bytes.set(self.handed_bytes.get() - (end - start));
            }
            interval.cursor.set(0);
            interval.end.set(0);
        }
    }

    /// The cell that contains an address, which may point into its middle; `None` if no cell does. From inside a collection it
    /// tells which cells there were when it started; what survives, only the [`WeakContext`](crate::WeakContext) knows.
    pub fn find_cell(&self, address: usize) -> Option<NonNull<Header>> {
        if !self.collecting.get() {
            self.space.borrow_mut().prepare_lookup();
        }
        let space = self.space.borrow();
        let (block, cell) = space.resolve(address)?;
        if !block.is_large() {
            let interval = &self.intervals[block.class() as usize];
            let at = cell.addr().get();
            if interval.cursor.get() <= at && at < interval.end.get() {
                return None;
            }
        }
        Some(cell)
    }

    /// The bytes a cell takes, header included: at least what was asked for. A growing container uses the difference.
    pub fn size_of_cell<T>(cell: Gc<T>) -> usize {
        // SAFETY: a `Gc` points to the start of a cell.
        unsafe { Block::containing(cell.as_ptr().cast()) }.cell_size()
    }

    /// Whether a cell starts at this address: it survived the last collection or was allocated since.
    pub fn is_live(&self, cell: NonNull<Header>) -> bool {
        self.find_cell(cell.addr().get()) == Some(cell)
    }

    /// Calls `visit` with every cell and its size in bytes, dead ones that no collection has found yet included. The visitor
    /// must not allocate or collect.
    pub fn for_each_cell(&self, mut visit: impl FnMut(NonNull<Header>, usize)) {
        self.retire_intervals();
        let space = self.space.borrow();
        for block in space.iter() {
            for index in block.cells() {
                visit(block.cell(index), block.cell_size());
            }
        }
    }

    /// Cells and bytes by kind.
    pub fn census(&self) -> Census {
        let mut census = Census::new(self.kinds);
        self.for_each_cell(|cell, size| {
            // SAFETY: `for_each_cell` visits initialized cells.
            census.count(unsafe { cell.as_ref() }.kind(), size);
        });
        census
    }

    /// The heap's figures.
    pub fn statistics(&self) -> HeapStatistics {
        let space = self.space.borrow();
        HeapStatistics {
            live_bytes: self.live_bytes.get(),
            allocated_bytes: self.handed_bytes.get(),
            external_bytes: self.accounting().external.get(),
            reserved_bytes: space.reserved_bytes(),
            total_allocated_bytes: self.handed_before.get() + self.handed_bytes.get() as u64,
            blocks: space.block_count(),
            large_objects: space.large.len(),
            remembered_cells: self.remembered.borrow().len(),
            young_budget_bytes: self.young_budget.get(),
            full_threshold_bytes: self.full_threshold.get(),
            memory_limit_bytes: self.memory_limit(),
            minor: self.minor.get(),
            full: self.full.get(),
        }
    }
}

/// Writes the header of a new cell.
///
/// # Safety
/// `address` is the address of a free cell of a heap with an exposed provenance.
#[inline(always)]
unsafe fn init_cell(address: usize, kind: u8) -> NonNull<Header> {
    let cell = std::ptr::with_exposed_provenance_mut::<Header>(address);
    // SAFETY: the caller promises a free cell, which has room for a header and is not at address 0.
    unsafe {
        cell.write(Header::new(kind));
        NonNull::new_unchecked(cell)
    }
}

#[cold]
#[inline(never)]
fn out_of_system_memory(size: usize) -> ! {
    match std::alloc::Layout::from_size_align(size.max(1), 8) {
        Ok(layout) => std::alloc::handle_alloc_error(layout),
        Err(_) => panic!("a cell of {size} bytes is larger than the address space"),
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.retire_intervals();
        self.space.get_mut().finalize_all(self.kinds);
        // SAFETY: leaked from a box in `new`; finalizers have run, and the blocks that point to it are freed next without being
        // looked at.
        drop(unsafe { Box::from_raw(self.accounting.as_ptr()) });
    }
}

impl fmt::Debug for Heap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heap").field("kinds", &self.kinds.len()).finish_non_exhaustive()
    }
}

/// While it is held, the heap does not collect.
#[derive(Debug)]
#[must_use = "collections are held off only as long as the guard lives"]
pub struct NoCollect<'a> {
    heap: &'a Heap,
}

impl Drop for NoCollect<'_> {
    fn drop(&mut self) {
        self.heap.deferred.set(self.heap.deferred.get() - 1);
    }
}
