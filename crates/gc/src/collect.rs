//! One collection, from start to report.
//!
//! Generations by *sticky mark bits*: the marks of the last collection stay, and a cell that has one is *old*. A minor collection
//! leaves the marks and marks only what it reaches through unmarked cells: from the roots, from the conservative words, and
//! from the remembered set (old cells into which a pointer was stored). A full collection clears the marks first. After either,
//! every survivor is old. No cell moves, so being promoted costs one bit.

use std::ptr::NonNull;
use std::time::Instant;

use crate::cell::{Header, STATE_OLD};
use crate::client::Client;
use crate::code::CodeSpace;
use crate::config::{CollectionKind, CollectionReason};
use crate::heap::Heap;
use crate::reservation::RESERVATION_SIZE;
use crate::space::Swept;
use crate::stack::{each_word, with_spilled_registers};
use crate::statistics::CollectionReport;
use crate::tracer::{Tracer, WeakContext};

/// Capacity, in entries, that the mark stack keeps between collections: 64 Ki entries are 512 KiB.
const MARK_STACK_KEPT: usize = 64 << 10;

/// What marking came to.
struct Marked {
    /// Cells marked; in a minor collection old ones do not count.
    cells: u64,
    /// Words of stacks and conservative ranges that pointed into a cell.
    conservative_roots: u64,
}

impl Heap {
    /// Collects now. Does nothing and returns `None` while a [`NoCollect`](crate::NoCollect) guard is held.
    ///
    /// # Panics
    /// If called from inside a collection.
    pub fn collect(
        &self,
        client: &dyn Client,
        kind: CollectionKind,
        reason: CollectionReason,
    ) -> Option<CollectionReport> {
        if self.deferred.get() > 0 {
            return None;
        }
        let report = with_spilled_registers(|low| self.run_collection(client, kind, reason, low));
        client.collection_finished(&report);
        Some(report)
    }

    #[inline(never)]
    fn run_collection(
        &self,
        client: &dyn Client,
        kind: CollectionKind,
        reason: CollectionReason,
        stack_low: *const usize,
    ) -> CollectionReport {
        assert!(!self.collecting.replace(true), "a collection is started during a collection");
        let start = Instant::now();
        self.retire_intervals();
        let bytes_before = self.live_bytes.get() + self.handed_bytes.get();
        let external_before = self.accounting().external.get();

        let marked = self.mark(client, kind, stack_low);
        let swept = self.sweep(kind, reason);
        self.settle_accounts(kind, &swept);

        let pause = start.elapsed();
        let figures = match kind {
            CollectionKind::Minor => &self.minor,
            CollectionKind::Full => &self.full,
        };
        figures.set(figures.get().with(pause));
        self.collecting.set(false);
        CollectionReport {
            kind,
            reason,
            number: self.minor.get().count + self.full.get().count,
            bytes_before,
            bytes_after: self.live_bytes.get(),
            external_before,
            external_after: self.accounting().external.get(),
            pause,
            marked_cells: marked.cells,
            conservative_roots: marked.conservative_roots,
            finalized_cells: swept.finalized,
            freed_blocks: swept.freed_blocks,
            freed_large_objects: swept.freed_large,
        }
    }

    /// Marks what is alive, then tells everybody who refers to cells weakly.
    fn mark(&self, client: &dyn Client, kind: CollectionKind, stack_low: *const usize) -> Marked {
        let bounds = self.space.borrow_mut().prepare_lookup();
        let remembered = self.remembered.take();
        let stack = self.mark_stack.take();
        let space = self.space.borrow();
        space.begin_marking(kind);
        let mut tracer = Tracer::new(client, &space, self.kinds, kind, stack);
        for &cell in &remembered {
            // SAFETY: remembered cells survived the last collection, and none has been freed since.
            unsafe { cell.as_ref() }.set_state(STATE_OLD);
            if kind == CollectionKind::Minor {
                tracer.revisit(cell);
            }
        }
        self.code.begin();
        client.trace_roots(&mut tracer);
        let conservative_roots = scan_conservatively(client, &mut tracer, &self.code, bounds, stack_low);
        tracer.drain_with_ephemerons();

        let context = WeakContext { space: &space, kind };
        tracer.run_weak(&context);
        // The client first: it may spare metadata words that nothing alive has.
        client.process_weak(&context);
        let swept_code = self.code.sweep(client, &context);
        client.code_swept(&swept_code);
        let cells = tracer.marked_cells;
        self.keep_buffers(tracer.into_stack(), remembered.len(), remembered);
        Marked { cells, conservative_roots }
    }

    /// Finalizes and frees what was not marked, as far as that is not left to allocation.
    fn sweep(&self, kind: CollectionKind, reason: CollectionReason) -> Swept {
        let mut space = self.space.borrow_mut();
        let swept = space.sweep(kind, self.kinds);
        if kind == CollectionKind::Full {
            // While the program goes on, keep what the heap grew to until now: it will grow to it again before the next full
            // collection, and memory from the system costs a page fault per 4 KiB. When asked explicitly or short of memory,
            // give everything back.
            let keep = match reason {
                CollectionReason::Growth | CollectionReason::Stress => {
                    self.full_threshold.get() / RESERVATION_SIZE
                }
                _ => 0,
            };
            space.trim(keep);
        }
        swept
    }

    /// Brings the counters up to date and sets the budgets for the time until the next collection.
    fn settle_accounts(&self, kind: CollectionKind, swept: &Swept) {
        // A minor sweep looks only at the blocks that were allocated from.
        let live = self.live_bytes.get() + swept.bytes_after - swept.bytes_before;
        self.handed_before.set(self.handed_before.get() + self.handed_bytes.get() as u64);
        self.live_bytes.set(live);
        self.handed_bytes.set(0);
        if kind == CollectionKind::Full && self.has_slack() {
            self.space.borrow_mut().acquire_reserve();
        }
        self.accounting().external_since.set(0);
        self.set_budgets(kind);
    }

    /// Keeps the allocations of the mark stack and the remembered set, bounded.
    fn keep_buffers(
        &self,
        mut stack: Vec<NonNull<Header>>,
        remembered_len: usize,
        mut remembered: Vec<NonNull<Header>>,
    ) {
        stack.shrink_to(MARK_STACK_KEPT);
        self.mark_stack.replace(stack);
        let mut list = self.remembered.borrow_mut();
        if remembered_len <= MARK_STACK_KEPT {
            // What weak functions have remembered meanwhile stays.
            remembered.clear();
            remembered.append(&mut list);
            *list = remembered;
        }
    }

    fn set_budgets(&self, kind: CollectionKind) {
        let config = &self.config;
        let in_use = self.bytes_in_use();
        let share = (in_use as f64 * config.young_fraction) as usize;
        self.young_budget.set(share.min(config.young_bytes_max).max(config.young_bytes));
        match kind {
            CollectionKind::Full => {
                let grown = (in_use as f64 * config.growth_factor) as usize;
                self.full_threshold.set(grown.max(config.full_bytes_min));
                self.full_due.set(false);
            }
            CollectionKind::Minor => self.full_due.set(in_use > self.full_threshold.get()),
        }
    }
}

/// Marks the cells that words of the machine stack and the client's ranges point into; how many words did.
fn scan_conservatively(
    client: &dyn Client,
    tracer: &mut Tracer<'_>,
    code: &CodeSpace,
    (low, high): (usize, usize),
    stack_low: *const usize,
) -> u64 {
    let mut found = 0;
    let mut scan = |start: *const usize, end: *const usize| {
        let visit = |word: usize| {
            if low <= word && word < high && tracer.mark_conservatively(word) {
                found += 1;
            }
        };
        // SAFETY: the stack between the current stack pointer and the base is readable, and the client promises the same of its
        // ranges.
        unsafe { each_word(start, end, visit) };
    };
    let base = client.machine_stack_base();
    if !base.is_null() {
        scan(stack_low, base.map_addr(|a| a & !7));
    }
    client.conservative_ranges(&mut scan);
    if !base.is_null() && !code.is_empty() {
        // SAFETY: the stack between the current stack pointer and the base is readable.
        unsafe {
            each_word(stack_low, base.map_addr(|a| a & !7), |word| code.note_word(word, client, tracer))
        };
    }
    found
}
