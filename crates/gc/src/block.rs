//! The header at the start of each block and each large object.
//!
//! Terms. A *block* is `BLOCK_SIZE` bytes at an address aligned to `BLOCK_SIZE`: this header, then cells of one size. A *large
//! object* has the same header and alignment, and one cell that may extend beyond `BLOCK_SIZE`. So the header of any cell
//! is found by rounding the cell's address down, and marking is the same code for both.
//!
//! Two bitmaps say what a cell slot holds:
//!
//! | marked | allocated | meaning |
//! |---|---|---|
//! | 1 | – | a cell that survived the last collection |
//! | 0 | 1 | a cell handed out since the last collection |
//! | 0 | 0 | free |
//!
//! The allocator sets the allocated bits of a whole interval when it takes it; when the interval is retired, the bits of its
//! unused tail are cleared again. A full collection first adds the marks to the allocated bits and then clears the marks, so
//! that while it marks, "allocated" means "was alive or handed out before", which is what a conservative root must
//! satisfy. Both kinds of collection end with clearing the allocated bits.

use std::cell::Cell;
use std::ptr::NonNull;

use crate::accounting::Accounting;
use crate::bitmap::{Bitmap, GRANULE};
use crate::cell::Header;
use crate::size_class::BLOCK_SIZE;

/// Offset of the first cell from the start of its block.
pub(crate) const FIRST_CELL: usize = size_of::<Block>().next_multiple_of(GRANULE);

/// `Block::class` of a large object.
pub(crate) const LARGE: u8 = u8::MAX;

/// Header of a block or large object.
#[repr(C)]
pub(crate) struct Block {
    /// Survivors of the last collection.
    pub(crate) marks: Bitmap,
    /// Cells handed out since the last collection.
    pub(crate) allocated: Bitmap,
    /// Counters of the heap.
    accounting: NonNull<Accounting>,
    /// Bytes per cell, a multiple of 8; for a large object the size of its one cell.
    cell_size: usize,
    /// `ceil(2^32 / cell_size)`: turns the division by the cell size into a multiplication. Zero for a large object.
    reciprocal: u64,
    /// Number of cells.
    cell_count: u32,
    /// The cell index at which the allocator goes on looking for free cells; those before it are not free.
    pub(crate) position: Cell<u32>,
    /// Index in the list of the block's class, or of large objects.
    pub(crate) index: Cell<u32>,
    /// Number of marked cells after the last collection.
    pub(crate) live_cells: Cell<u32>,
    /// Interval index (size class and space), or `LARGE`.
    class: u8,
    /// Whether the block is in the list of blocks allocated from since the last collection.
    pub(crate) touched: Cell<bool>,
}

/// A run of free cells: addresses of the first and one past the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Block {
    /// A header for a block whose cells have `cell_size` bytes.
    pub(crate) fn new(class: u8, cell_size: usize, accounting: NonNull<Accounting>) -> Block {
        let (cell_count, reciprocal) = if class == LARGE {
            (1, 0)
        } else {
            ((BLOCK_SIZE - FIRST_CELL) / cell_size, (1u64 << 32).div_ceil(cell_size as u64))
        };
        Block {
            marks: Bitmap::new(),
            allocated: Bitmap::new(),
            accounting,
            cell_size,
            reciprocal,
            cell_count: cell_count as u32,
            position: Cell::new(0),
            index: Cell::new(0),
            live_cells: Cell::new(0),
            class,
            touched: Cell::new(false),
        }
    }

    /// The header of the block that contains a cell.
    ///
    /// # Safety
    /// `cell` is the start of a cell slot of a heap that is not dropped, and its block has not been released.
    #[inline]
    pub(crate) unsafe fn containing<'a>(cell: NonNull<Header>) -> &'a Block {
        let block = std::ptr::with_exposed_provenance::<Block>(cell.addr().get() & !(BLOCK_SIZE - 1));
        // SAFETY: by the caller's promise a block header starts at the cell's address rounded down; blocks are only referred
        // to by shared references, their changing fields are `Cell`s.
        unsafe { &*block }
    }

    #[inline]
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[inline]
    pub(crate) fn cell_size(&self) -> usize {
        self.cell_size
    }

    #[inline]
    pub(crate) fn cell_count(&self) -> u32 {
        self.cell_count
    }

    #[inline]
    pub(crate) fn class(&self) -> u8 {
        self.class
    }

    #[inline]
    pub(crate) fn is_large(&self) -> bool {
        self.class == LARGE
    }

    /// The counters of the heap the block belongs to.
    #[inline]
    pub(crate) fn accounting(&self) -> NonNull<Accounting> {
        self.accounting
    }

    /// The bit that stands for a cell.
    #[inline]
    pub(crate) fn bit(cell: usize) -> usize {
        (cell & (BLOCK_SIZE - 1)) / GRANULE
    }

    /// Address of a cell.
    #[inline]
    pub(crate) fn cell_address(&self, index: u32) -> usize {
        debug_assert!(index <= self.cell_count);
        self.address() + FIRST_CELL + index as usize * self.cell_size
    }

    /// Pointer to a cell.
    #[inline]
    pub(crate) fn cell(&self, index: u32) -> NonNull<Header> {
        let ptr = std::ptr::with_exposed_provenance_mut(self.cell_address(index));
        // SAFETY: addresses inside a block are not null.
        unsafe { NonNull::new_unchecked(ptr) }
    }

    /// Index of the cell that contains an address of this block or large object; `None` for the header and the rest at the end.
    #[inline]
    pub(crate) fn index_containing(&self, address: usize) -> Option<u32> {
        let offset = (address - self.address()).checked_sub(FIRST_CELL)?;
        if self.is_large() {
            return (offset < self.cell_size).then_some(0);
        }
        let index = ((offset as u64 * self.reciprocal) >> 32) as u32;
        (index < self.cell_count).then_some(index)
    }

    /// Whether the cell slot holds a cell: a survivor, or one handed out since the last collection (which includes the
    /// unused tail of an interval that has not been retired).
    #[inline]
    pub(crate) fn holds_cell(&self, cell: usize) -> bool {
        let bit = Block::bit(cell);
        self.marks.get(bit) || self.allocated.get(bit)
    }

    /// Takes the next run of free cells, at most `max` of them, and sets their allocated bits.
    pub(crate) fn take_run(&self, max: u32) -> Option<Run> {
        debug_assert!(!self.is_large() && max > 0);
        let mut first = self.position.get();
        loop {
            if first >= self.cell_count {
                self.position.set(first);
                return None;
            }
            if !self.marks.get(Block::bit(self.cell_address(first))) {
                break;
            }
            first += 1;
        }
        let start = self.cell_address(first);
        let bound = match self.marks.next_set(Block::bit(start)) {
            // The granule's bit stands for the cell that starts in it.
            Some(bit) => {
                let last_byte = self.address() + bit * GRANULE + (GRANULE - 1);
                ((last_byte - self.address() - FIRST_CELL) / self.cell_size) as u32
            }
            None => self.cell_count,
        };
        let end = bound.min(first.saturating_add(max));
        self.position.set(end);
        let run = Run { start, end: self.cell_address(end) };
        self.allocated.set_range(Block::bit(run.start), Block::bit(run.end - self.cell_size));
        Some(run)
    }

    /// Gives back the unused tail of a run taken from this block.
    pub(crate) fn give_back(&self, tail: Run) {
        debug_assert!(tail.start < tail.end);
        self.allocated.clear_range(Block::bit(tail.start), Block::bit(tail.end - self.cell_size));
        let index = (tail.start - self.address() - FIRST_CELL) / self.cell_size;
        self.position.set(index as u32);
    }

    /// Indices of the slots that hold cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = u32> + '_ {
        self.marks
            .bits_of(&self.allocated, |marked, allocated| marked | allocated)
            .filter_map(|bit| self.cell_starting_at(bit))
    }

    /// Index of the cell that a bit stands for; `None` if none starts in its granule (allocated bits are set by ranges).
    fn cell_starting_at(&self, bit: usize) -> Option<u32> {
        let index = self.index_containing(self.address() + bit * GRANULE + (GRANULE - 1))?;
        (Block::bit(self.cell_address(index)) == bit).then_some(index)
    }

    /// Before marking in a full collection: what was alive becomes "allocated", nothing is marked.
    pub(crate) fn forget_marks(&self) {
        self.allocated.union(&self.marks);
        self.marks.clear();
    }

    /// Indices of the cells that died in the collection whose marking has just ended.
    pub(crate) fn dead_cells(&self) -> impl Iterator<Item = u32> + '_ {
        self.allocated
            .bits_of(&self.marks, |allocated, marked| allocated & !marked)
            .filter_map(|bit| self.cell_starting_at(bit))
    }

    /// After marking and finalization: the survivors are the marked cells, everything else is free.
    pub(crate) fn finish_collection(&self) {
        self.allocated.clear();
        self.live_cells.set(self.marks.count());
        self.position.set(0);
        self.touched.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size_class::CLASS_SIZES;

    #[repr(C, align(32768))]
    struct Memory([u8; BLOCK_SIZE]);

    fn with_block(size: usize, test: impl FnOnce(&Block)) {
        let accounting = Accounting::default();
        let mut memory: Box<std::mem::MaybeUninit<Memory>> = Box::new_uninit();
        let ptr = memory.as_mut_ptr().cast::<Block>();
        let _ = ptr.expose_provenance();
        // SAFETY: the memory is large and aligned enough for a block.
        unsafe {
            ptr.write(Block::new(0, size, NonNull::from(&accounting)));
            test(&*ptr);
        }
    }

    #[test]
    fn interior_addresses_resolve_in_every_class() {
        for &size in CLASS_SIZES {
            let size = size as usize;
            with_block(size, |block| {
                for index in 0..block.cell_count() {
                    let start = block.cell_address(index);
                    for offset in [0, 1, size / 2, size - 1] {
                        assert_eq!(block.index_containing(start + offset), Some(index), "size {size}");
                    }
                }
                assert_eq!(block.index_containing(block.address()), None);
                assert_eq!(block.index_containing(block.cell_address(block.cell_count())), None);
            });
        }
    }

    #[test]
    fn runs_are_the_gaps_between_marks() {
        for size in [16, 24, 40, 120, 1024, 5000 & !7] {
            with_block(size, |block| {
                let count = block.cell_count();
                let marked: Vec<u32> = (0..count).filter(|i| matches!(i % 7, 0 | 3 | 4)).collect();
                for &i in &marked {
                    block.marks.set(Block::bit(block.cell_address(i)));
                }
                let mut free = Vec::new();
                while let Some(run) = block.take_run(u32::MAX) {
                    let mut at = run.start;
                    while at < run.end {
                        free.push(block.index_containing(at).unwrap());
                        at += size;
                    }
                    assert_eq!(at, run.end);
                }
                let expected: Vec<u32> = (0..count).filter(|i| !marked.contains(i)).collect();
                assert_eq!(free, expected, "size {size}");
                assert_eq!(block.cells().count(), count as usize);
            });
        }
    }

    #[test]
    fn a_tail_given_back_is_found_again() {
        with_block(24, |block| {
            let run = block.take_run(10).unwrap();
            assert_eq!(run.end - run.start, 240);
            block.give_back(Run { start: run.start + 24 * 3, end: run.end });
            assert_eq!(block.cells().collect::<Vec<_>>(), [0, 1, 2]);
            assert_eq!(block.take_run(1).unwrap().start, run.start + 24 * 3);
        });
    }
}
