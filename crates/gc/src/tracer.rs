//! Marking: the tracer that trace functions report to, and what weak functions may ask afterwards.
//!
//! Marking uses an explicit stack: a cell is marked when it is first reported and traced when it is taken from the stack, so the
//! depth of the object graph does not matter. Verification runs the same trace functions with a tracer that checks
//! every reported reference instead of marking it.

use std::collections::HashMap;
use std::ptr::NonNull;

use crate::block::Block;
use crate::cell::{Gc, Header, STATE_OLD};
use crate::client::{Client, KindInfo};
use crate::config::CollectionKind;
use crate::space::Space;
use crate::verify::Verifier;

/// Meta words below this are remembered as seen, so that the client is asked once per collection; larger ones are reported for
/// every cell. 4 Mi words take 512 KiB.
const META_SEEN_LIMIT: u32 = 4 << 20;

/// How many marked cells are being fetched while the oldest of them is traced. On a tree of a million cells
/// (`benches/throughput.rs`) a full collection takes 34 ns per cell with 1, 22 with 4, 19 with 8, 16 with 16.
const PREFETCH_DISTANCE: usize = 16;

/// Asks the processor to fetch the start of a cell.
#[inline(always)]
fn prefetch(cell: NonNull<Header>) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect that a program can see, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast());
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch of an address that is not mapped does nothing; no memory is written, no flag changed.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) cell.as_ptr(), options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = cell;
}

/// Rounds over all ephemerons before entries are noted by key. Most programs need one or two; noting costs memory.
const EPHEMERON_ROUNDS: u32 = 4;

/// Receives the references of cells and roots.
pub struct Tracer<'a> {
    pub(crate) client: &'a dyn Client,
    pub(crate) space: &'a Space,
    pub(crate) kinds: &'static [KindInfo],
    kind: CollectionKind,
    /// Marked cells that have not been traced.
    stack: Vec<NonNull<Header>>,
    ephemerons: Vec<NonNull<Header>>,
    /// Values to mark when their key is traced; present once too many rounds have gone by. A key in it was unmarked when it was
    /// entered.
    awaited: Option<HashMap<NonNull<Header>, Vec<NonNull<Header>>>>,
    weak: Vec<NonNull<Header>>,
    /// Bit set of meta words already reported.
    seen_metas: Vec<u64>,
    pub(crate) marked_cells: u64,
    /// Present in a verification: references are checked, nothing is marked.
    pub(crate) verifier: Option<Verifier>,
}

impl<'a> Tracer<'a> {
    pub(crate) fn new(
        client: &'a dyn Client,
        space: &'a Space,
        kinds: &'static [KindInfo],
        kind: CollectionKind,
        stack: Vec<NonNull<Header>>,
    ) -> Tracer<'a> {
        debug_assert!(stack.is_empty());
        Tracer {
            client,
            space,
            kinds,
            kind,
            stack,
            ephemerons: Vec::new(),
            awaited: None,
            weak: Vec::new(),
            seen_metas: Vec::new(),
            marked_cells: 0,
            verifier: None,
        }
    }

    /// Reports a reference to a cell: the cell is alive, and so is what it refers to.
    #[inline]
    pub fn mark<T>(&mut self, cell: Gc<T>) {
        // SAFETY: a `Gc` in a reachable cell or root is the start of a cell.
        unsafe { self.mark_raw(cell.as_ptr().cast()) }
    }

    /// Reports a reference to a cell that is not typed as [`Gc`].
    ///
    /// # Safety
    /// `cell` is the start of a cell of the heap being traced.
    #[inline]
    pub unsafe fn mark_raw(&mut self, cell: NonNull<Header>) {
        if self.verifier.is_some() {
            self.check_reference(cell);
            return;
        }
        debug_assert!(self.is_known(cell), "{cell:p} is reported to the tracer but is not a cell");
        // SAFETY: the caller promises a cell of the heap, whose blocks are not released while it is traced.
        let block = unsafe { Block::containing(cell) };
        if block.marks.insert(Block::bit(cell.addr().get())) {
            self.push_marked(cell);
        }
    }

    /// Does not touch the cell itself: that is left to `drain`, which fetches it first.
    #[inline]
    fn push_marked(&mut self, cell: NonNull<Header>) {
        self.marked_cells += 1;
        self.stack.push(cell);
    }

    /// Marks the cell that contains the address, if there is one; whether there is.
    pub(crate) fn mark_conservatively(&mut self, address: usize) -> bool {
        let space = self.space;
        let Some((block, cell)) = space.resolve(address) else { return false };
        if block.marks.insert(Block::bit(cell.addr().get())) {
            self.push_marked(cell);
        }
        true
    }

    /// Has a marked cell traced (again): a remembered one.
    pub(crate) fn revisit(&mut self, cell: NonNull<Header>) {
        self.stack.push(cell);
    }

    /// Whether the cell that starts here exists: marked, or handed out since the last collection.
    fn is_known(&self, cell: NonNull<Header>) -> bool {
        self.space.resolve(cell.addr().get()).is_some_and(|(_, found)| found == cell)
    }

    /// Whether everything unreachable dies in this collection; in a minor one old cells count as alive. True in a verification.
    pub fn is_full(&self) -> bool {
        self.kind == CollectionKind::Full
    }

    /// Whether this is a verification: nothing is marked, and the functions called must change nothing.
    pub fn is_verifying(&self) -> bool {
        self.verifier.is_some()
    }

    /// Whether the cell has been found alive so far. For ephemerons: a cell not marked yet may still become so.
    pub fn is_marked<T>(&self, cell: Gc<T>) -> bool {
        let cell: NonNull<Header> = cell.as_ptr().cast();
        if self.verifier.is_some() {
            return self.is_known(cell);
        }
        // SAFETY: the `Gc` was a cell before this collection, and blocks are released only after it.
        unsafe { Block::containing(cell) }.marks.get(Block::bit(cell.addr().get()))
    }

    /// From an ephemeron function: the value is alive if the key is. Whether something was marked.
    pub fn mark_ephemeron<K, V>(&mut self, key: Gc<K>, value: Gc<V>) -> bool {
        if self.is_marked(key) {
            if !self.is_verifying() && self.is_marked(value) {
                return false;
            }
            self.mark(value);
            return true;
        }
        if let Some(awaited) = &mut self.awaited {
            awaited.entry(key.as_ptr().cast()).or_default().push(value.as_ptr().cast());
        }
        false
    }

    /// From a trace function: have the `ephemeron` function of this cell's kind run for it.
    pub fn register_ephemeron(&mut self, cell: NonNull<Header>) {
        self.ephemerons.push(cell);
    }

    /// From a trace function: have the `weak` function of this cell's kind run for it after marking.
    pub fn register_weak(&mut self, cell: NonNull<Header>) {
        if self.verifier.is_none() {
            self.weak.push(cell);
        }
    }

    fn report_meta(&mut self, meta: u32) {
        if meta < META_SEEN_LIMIT {
            let (index, bit) = (meta as usize / 64, 1 << (meta % 64));
            if index >= self.seen_metas.len() {
                self.seen_metas.resize((index + 1).next_power_of_two(), 0);
            }
            if self.seen_metas[index] & bit != 0 {
                return;
            }
            self.seen_metas[index] |= bit;
        }
        let client = self.client;
        client.trace_meta(meta, self);
    }

    /// Traces marked cells until none is left.
    ///
    /// Cells taken from the stack pass through a short queue while the processor fetches them; most of the time of a collection
    /// would otherwise be spent waiting for memory.
    pub(crate) fn drain(&mut self) {
        let mut queue: [Option<NonNull<Header>>; PREFETCH_DISTANCE] = [None; PREFETCH_DISTANCE];
        let mut at = 0;
        let mut queued = 0;
        loop {
            let next = self.stack.pop();
            if let Some(cell) = next {
                prefetch(cell);
                queued += 1;
            }
            at = (at + 1) % PREFETCH_DISTANCE;
            if let Some(cell) = std::mem::replace(&mut queue[at], next) {
                queued -= 1;
                self.trace_marked(cell);
            } else if queued == 0 {
                return;
            }
        }
    }

    #[inline]
    fn trace_marked(&mut self, cell: NonNull<Header>) {
        // SAFETY: the stack holds marked cells.
        let header = unsafe { cell.as_ref() };
        header.set_state(STATE_OLD);
        let info = &self.kinds[header.kind() as usize];
        if info.has_meta {
            self.report_meta(header.meta());
        }
        // SAFETY: the function belongs to the kind of the cell, which is alive.
        unsafe { (info.trace)(cell, self) };
    }

    /// Drains, then runs ephemeron functions until none of them marks anything. One round costs as much as there are entries in
    /// registered cells, and a chain of entries that keep each other's keys alive may need a round per entry. After a few
    /// rounds, therefore, entries whose keys are not marked are noted by key, and a key that is traced marks their values: then
    /// everything costs a time proportional to its size.
    pub(crate) fn drain_with_ephemerons(&mut self) {
        self.drain();
        for _ in 0..EPHEMERON_ROUNDS {
            if !self.ephemeron_round() {
                return;
            }
        }
        self.awaited = Some(HashMap::new());
        self.ephemeron_round();
        self.awaited = None;
    }

    /// Runs the ephemeron functions of all registered cells, also of those that are found meanwhile; whether one marked
    /// something.
    fn ephemeron_round(&mut self) -> bool {
        let mut progress = false;
        let mut index = 0;
        while index < self.ephemerons.len() {
            progress |= self.run_ephemeron(self.ephemerons[index]);
            if self.awaited.is_some() {
                self.drain_awaiting();
            } else {
                self.drain();
            }
            index += 1;
        }
        progress
    }

    /// [`drain`](Self::drain), with a look for values that waited for the cell.
    fn drain_awaiting(&mut self) {
        while let Some(cell) = self.stack.pop() {
            self.trace_marked(cell);
            let values = self.awaited.as_mut().and_then(|awaited| awaited.remove(&cell));
            for value in values.into_iter().flatten() {
                // SAFETY: entered by `mark_ephemeron` from a `Gc` of a live table.
                unsafe { self.mark_raw(value) };
            }
        }
    }

    fn run_ephemeron(&mut self, cell: NonNull<Header>) -> bool {
        // SAFETY: registered cells are alive.
        let kind = unsafe { cell.as_ref() }.kind();
        match self.kinds[kind as usize].ephemeron {
            // SAFETY: the function belongs to the kind of the cell, which is alive.
            Some(ephemeron) => unsafe { ephemeron(cell, self) },
            None => false,
        }
    }

    /// In a verification: checks the references of one cell.
    pub(crate) fn check_cell(&mut self, cell: NonNull<Header>) {
        // SAFETY: the verifier visits initialized cells with a valid kind.
        let info = &self.kinds[unsafe { cell.as_ref() }.kind() as usize];
        // SAFETY: the function belongs to the kind of the cell.
        unsafe { (info.trace)(cell, self) };
        for registered in std::mem::take(&mut self.ephemerons) {
            self.run_ephemeron(registered);
        }
    }

    /// Runs the weak functions of registered cells.
    pub(crate) fn run_weak(&self, context: &WeakContext<'_>) {
        for &cell in &self.weak {
            // SAFETY: registered cells are alive.
            let kind = unsafe { cell.as_ref() }.kind();
            if let Some(weak) = self.kinds[kind as usize].weak {
                // SAFETY: the function belongs to the kind of the cell, which is alive.
                unsafe { weak(cell, context) };
            }
        }
    }

    /// The empty stack, for its capacity.
    pub(crate) fn into_stack(self) -> Vec<NonNull<Header>> {
        debug_assert!(self.stack.is_empty());
        self.stack
    }
}

impl std::fmt::Debug for Tracer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What is alive, once marking is over.
pub struct WeakContext<'a> {
    pub(crate) space: &'a Space,
    pub(crate) kind: CollectionKind,
}

impl WeakContext<'_> {
    /// Whether the cell survives this collection. False for addresses at which no cell starts.
    pub fn is_live(&self, cell: NonNull<Header>) -> bool {
        self.space
            .resolve(cell.addr().get())
            .is_some_and(|(block, found)| found == cell && block.marks.get(Block::bit(cell.addr().get())))
    }

    /// Like [`WeakContext::is_live`], without looking the address up.
    ///
    /// # Safety
    /// `cell` was a cell of this heap when the collection started.
    #[inline]
    pub unsafe fn is_live_cell(&self, cell: NonNull<Header>) -> bool {
        // SAFETY: the caller promises a cell; blocks are released only after weak processing.
        unsafe { Block::containing(cell) }.marks.get(Block::bit(cell.addr().get()))
    }

    /// Whether everything unreachable dies in this collection.
    pub fn is_full(&self) -> bool {
        self.kind == CollectionKind::Full
    }
}

impl std::fmt::Debug for WeakContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeakContext").field("kind", &self.kind).finish_non_exhaustive()
    }
}
