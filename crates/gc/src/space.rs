//! All memory of a heap: blocks by size class, large objects, and the lookup of an address.
//!
//! Sweeping needs no free lists: the free cells of a block are the gaps between its marks, and the allocator finds the next
//! gap when it needs one (`Block::take_run`). Blocks whose kinds have finalizers are looked through at the end of each
//! collection, because their dead cells must be told.

use std::ptr::NonNull;

use crate::POISON;
use crate::accounting::Accounting;
use crate::block::{Block, FIRST_CELL, Run};
use crate::cell::Header;
use crate::client::KindInfo;
use crate::config::CollectionKind;
use crate::large::LargeObjects;
use crate::reservation::Reservations;
use crate::size_class::{BLOCK_SIZE, CLASS_COUNT, CLASS_SIZES, INTERVAL_COUNT};
use crate::verify::is_poison;

/// A block in use. It stays valid until the block is released in `Space::sweep`.
type BlockRef = NonNull<Block>;

/// The blocks of one size class and cell space.
#[derive(Default)]
struct Class {
    /// All blocks of the class; `Block::index` is the position here.
    blocks: Vec<BlockRef>,
    /// Blocks that may have free cells and have not been allocated from since the last collection.
    available: Vec<BlockRef>,
    /// The block being allocated from.
    current: Option<BlockRef>,
}

/// When unused cells are poisoned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoisonPolicy {
    /// Never.
    Off,
    /// When an interval is handed out (debug builds).
    WhenHandedOut,
    /// As soon as a cell dies; checked when it is handed out again.
    WhenFreed,
}

/// What a sweep did.
#[derive(Default)]
pub(crate) struct Swept {
    /// Bytes of the blocks and large objects looked at that were alive after the collection before.
    pub(crate) bytes_before: usize,
    /// Bytes of them that are alive now.
    pub(crate) bytes_after: usize,
    pub(crate) finalized: u64,
    pub(crate) freed_blocks: u64,
    pub(crate) freed_large: u64,
}

/// The memory of a heap.
pub(crate) struct Space {
    reservations: Reservations,
    pub(crate) large: LargeObjects,
    classes: Vec<Class>,
    /// Blocks and large objects allocated from since the last collection: those with allocated bits.
    touched: Vec<BlockRef>,
    accounting: NonNull<Accounting>,
    poison: PoisonPolicy,
    blocks: usize,
}

/// Follows a block reference.
fn block<'a>(r: BlockRef) -> &'a Block {
    // SAFETY: lists of a space hold blocks in use only; a block is taken out of all lists before it is released.
    unsafe { r.as_ref() }
}

impl Space {
    pub(crate) fn new(accounting: NonNull<Accounting>, poison: PoisonPolicy) -> Space {
        Space {
            reservations: Reservations::default(),
            large: LargeObjects::default(),
            classes: (0..INTERVAL_COUNT).map(|_| Class::default()).collect(),
            touched: Vec::new(),
            accounting,
            poison,
            blocks: 0,
        }
    }

    /// Takes a run of at most `max` free cells of the class; `None` if the system has no memory left.
    pub(crate) fn take_run(&mut self, class: usize, max: u32) -> Option<Run> {
        loop {
            let current = match self.classes[class].current {
                Some(current) => current,
                None => {
                    let next = match self.classes[class].available.pop() {
                        Some(next) => next,
                        None => self.new_block(class)?,
                    };
                    self.classes[class].current = Some(next);
                    next
                }
            };
            if let Some(run) = block(current).take_run(max) {
                if !block(current).touched.replace(true) {
                    self.touched.push(current);
                }
                self.prepare_run(run);
                return Some(run);
            }
            self.classes[class].current = None;
        }
    }

    fn new_block(&mut self, class: usize) -> Option<BlockRef> {
        let memory = self.reservations.take_block()?;
        let size = CLASS_SIZES[class % CLASS_COUNT] as usize;
        let new = memory.cast::<Block>();
        // SAFETY: the reservation gave out `BLOCK_SIZE` bytes, aligned to as much, that nobody else uses.
        unsafe {
            new.write(Block::new(class as u8, size, self.accounting));
            if self.poison == PoisonPolicy::WhenFreed {
                memory.add(FIRST_CELL).write_bytes(POISON, BLOCK_SIZE - FIRST_CELL);
            }
        }
        let blocks = &mut self.classes[class].blocks;
        block(new).index.set(blocks.len() as u32);
        blocks.push(new);
        self.blocks += 1;
        Some(new)
    }

    fn prepare_run(&self, run: Run) {
        let start = std::ptr::with_exposed_provenance_mut::<u8>(run.start);
        match self.poison {
            PoisonPolicy::Off => {}
            // SAFETY: the run consists of free cells of a block.
            PoisonPolicy::WhenHandedOut => unsafe { start.write_bytes(POISON, run.end - run.start) },
            PoisonPolicy::WhenFreed => {
                // SAFETY: under this policy all free cells are initialized with poison.
                let bytes = unsafe { std::slice::from_raw_parts(start, run.end - run.start) };
                if !is_poison(bytes) {
                    let at = bytes.iter().position(|&b| b != POISON).unwrap_or(0);
                    panic!("a freed cell was written to at {:#x} (cell {:#x})", run.start + at, run.start);
                }
            }
        }
    }

    /// Gives back the unused tail of a run.
    pub(crate) fn give_back(&mut self, tail: Run) {
        let owner = self.reservations.find(tail.start).expect("a run lies in a block");
        owner.give_back(tail);
    }

    /// A new large object, in the list of touched blocks; `None` if the system has no such memory.
    pub(crate) fn allocate_large(&mut self, size: usize) -> Option<&Block> {
        let new = self.large.allocate(size, self.accounting)?;
        new.allocated.set(Block::bit(new.cell_address(0)));
        new.touched.set(true);
        self.touched.push(NonNull::from(new));
        if self.poison != PoisonPolicy::Off {
            // SAFETY: the cell of a new large object belongs to nobody yet.
            unsafe { new.cell(0).cast::<u8>().write_bytes(POISON, new.cell_size()) };
        }
        Some(new)
    }

    /// Address bounds of everything; sorts the large objects, so that `resolve` may be used until the next allocation.
    pub(crate) fn prepare_lookup(&mut self) -> (usize, usize) {
        self.large.sort();
        let (low, high) = self.reservations.bounds();
        let (large_low, large_high) = self.large.bounds();
        (low.min(large_low), high.max(large_high))
    }

    /// The cell that contains an address: a survivor or one handed out since the last collection.
    #[inline]
    pub(crate) fn resolve(&self, address: usize) -> Option<(&Block, NonNull<Header>)> {
        let found = match self.reservations.find(address) {
            Some(found) => found,
            None => self.large.find(address)?,
        };
        let index = found.index_containing(address)?;
        found.holds_cell(found.cell_address(index)).then(|| (found, found.cell(index)))
    }

    /// All blocks and large objects.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Block> {
        self.classes.iter().flat_map(|class| class.blocks.iter().map(|&b| block(b))).chain(self.large.iter())
    }

    /// Prepares the bitmaps for marking.
    pub(crate) fn begin_marking(&self, kind: CollectionKind) {
        if kind == CollectionKind::Full {
            for block in self.iter() {
                block.forget_marks();
            }
        }
    }

    /// Ends a collection: finalizes and frees what is not marked.
    pub(crate) fn sweep(&mut self, kind: CollectionKind, kinds: &[KindInfo]) -> Swept {
        let mut swept = Swept::default();
        let touched = std::mem::take(&mut self.touched);
        match kind {
            CollectionKind::Minor => {
                for class in &mut self.classes {
                    class.current = None;
                }
                for &r in &touched {
                    self.sweep_block(block(r), kinds, &mut swept);
                }
            }
            CollectionKind::Full => {
                for class in 0..INTERVAL_COUNT {
                    self.classes[class].current = None;
                    self.classes[class].available.clear();
                    // From the end, because releasing a block moves the last one into its place.
                    for index in (0..self.classes[class].blocks.len()).rev() {
                        self.sweep_block(block(self.classes[class].blocks[index]), kinds, &mut swept);
                    }
                }
                for large in self.large.iter() {
                    finish_large(large, kinds, &mut swept);
                }
            }
        }
        if kind == CollectionKind::Full || touched.iter().any(|&r| block(r).is_large()) {
            swept.freed_large += self.large.free_where(|b| b.live_cells.get() == 0) as u64;
        }
        self.touched = touched;
        self.touched.clear();
        swept
    }

    fn sweep_block(&mut self, block: &Block, kinds: &[KindInfo], swept: &mut Swept) {
        if block.is_large() {
            finish_large(block, kinds, swept);
            return;
        }
        let class = block.class() as usize;
        if class >= CLASS_COUNT {
            for index in block.dead_cells() {
                finalize(block.cell(index), kinds, swept);
            }
        }
        if self.poison == PoisonPolicy::WhenFreed {
            for index in block.dead_cells() {
                // SAFETY: the cell is dead, its memory belongs to the collector.
                unsafe { block.cell(index).cast::<u8>().write_bytes(POISON, block.cell_size()) };
            }
        }
        end_collection(block, swept);
        if block.live_cells.get() == 0 {
            let list = &mut self.classes[class];
            let index = block.index.get() as usize;
            list.blocks.swap_remove(index);
            if let Some(&moved) = list.blocks.get(index) {
                // SAFETY: the list holds blocks in use.
                unsafe { moved.as_ref() }.index.set(index as u32);
            }
            self.blocks -= 1;
            swept.freed_blocks += 1;
            self.reservations.release_block(block.address());
        } else if block.live_cells.get() < block.cell_count() {
            self.classes[class].available.push(NonNull::from(block));
        }
    }

    /// Holds memory back for emergencies; see [`Reservations`].
    pub(crate) fn acquire_reserve(&mut self) {
        self.reservations.acquire_reserve();
    }

    /// Lets the next requests use what was held back.
    pub(crate) fn release_reserve(&mut self) {
        self.reservations.release_reserve();
    }

    /// Returns unused reservations to the system but for `keep`.
    pub(crate) fn trim(&mut self, keep: usize) {
        self.reservations.trim(keep);
    }

    /// Finalizes every cell: the heap is being dropped.
    pub(crate) fn finalize_all(&mut self, kinds: &[KindInfo]) {
        let mut swept = Swept::default();
        for block in self.iter() {
            if block.is_large() || block.class() as usize >= CLASS_COUNT {
                for index in block.cells() {
                    finalize(block.cell(index), kinds, &mut swept);
                }
            }
        }
    }

    /// Bytes obtained from the system.
    pub(crate) fn reserved_bytes(&self) -> usize {
        self.reservations.bytes() + self.large.bytes()
    }

    /// Number of blocks in use.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks
    }
}

fn finish_large(block: &Block, kinds: &[KindInfo], swept: &mut Swept) {
    if block.dead_cells().next().is_some() {
        finalize(block.cell(0), kinds, swept);
    }
    end_collection(block, swept);
}

fn end_collection(block: &Block, swept: &mut Swept) {
    swept.bytes_before += block.live_cells.get() as usize * block.cell_size();
    block.finish_collection();
    swept.bytes_after += block.live_cells.get() as usize * block.cell_size();
}

fn finalize(cell: NonNull<Header>, kinds: &[KindInfo], swept: &mut Swept) {
    // SAFETY: the cell has just died (or the heap is being dropped); its header is still what it was.
    let kind = unsafe { cell.as_ref() }.kind();
    if let Some(finalize) = kinds[kind as usize].finalize {
        swept.finalized += 1;
        // SAFETY: the function belongs to the cell's kind, and the cell is finalized once: it is dead after this and its
        // allocated bit is cleared.
        unsafe { finalize(cell) };
    }
}
