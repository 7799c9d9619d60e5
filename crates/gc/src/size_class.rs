//! Which sizes small cells come in.
//!
//! A *block* holds cells of one size. Sizes up to 128 bytes are all multiples of 8, because nearly all cells are that small and
//! every byte counts there. Above, each class is at least an eighth larger than the one before, and above one KiB the classes
//! are the sizes that divide a block with little rest. What is larger than half a block is a large object.

use crate::block::FIRST_CELL;

/// Size and alignment of a block in bytes. 32 KiB: the bitmaps take 1.6 % of it, a class that is hardly used wastes
/// little (untouched pages are never resident), and half of it bounds the small cells at 15.7 KiB.
pub const BLOCK_SIZE: usize = 32 << 10;

/// Every cell starts at a multiple of this.
pub(crate) const CELL_ALIGN: usize = 8;
/// The smallest cell: a header and one word. Two cells therefore never start in the same 16-byte granule, so the
/// bitmaps need one bit per granule only.
pub(crate) const MIN_CELL: usize = 16;
const FINE_LIMIT: usize = 128;
const USABLE: usize = BLOCK_SIZE - FIRST_CELL;

/// The largest cell that lives in a block; larger ones are large objects.
pub const MAX_SMALL_SIZE: usize = (USABLE / 2) & !(CELL_ALIGN - 1);

/// The class size after `previous`.
const fn next_size(previous: usize) -> usize {
    if previous < FINE_LIMIT {
        return previous + CELL_ALIGN;
    }
    let step = (previous / 8 + CELL_ALIGN - 1) & !(CELL_ALIGN - 1);
    let wanted = previous + step;
    if wanted <= 1024 {
        return wanted;
    }
    let per_block = USABLE / wanted;
    if per_block < 2 {
        return MAX_SMALL_SIZE;
    }
    (USABLE / per_block) & !(CELL_ALIGN - 1)
}

const fn count_classes() -> usize {
    let mut count = 1;
    let mut size = MIN_CELL;
    while size < MAX_SMALL_SIZE {
        size = next_size(size);
        count += 1;
    }
    count
}

/// Number of size classes.
pub(crate) const CLASS_COUNT: usize = count_classes();
/// Number of allocation intervals: each class once per [`CellSpace`].
pub(crate) const INTERVAL_COUNT: usize = CLASS_COUNT * 2;

const fn class_sizes() -> [u32; CLASS_COUNT] {
    let mut sizes = [0; CLASS_COUNT];
    let mut size = MIN_CELL;
    let mut i = 0;
    while i < CLASS_COUNT {
        sizes[i] = size as u32;
        size = next_size(size);
        i += 1;
    }
    sizes
}

/// Cell size of each class, ascending. A constant rather than a static, like the table below, so that an allocation of known
/// size in another crate folds to its class and size.
pub(crate) const CLASS_SIZES: &[u32; CLASS_COUNT] = &class_sizes();

const fn size_table() -> [u8; MAX_SMALL_SIZE / CELL_ALIGN + 1] {
    let sizes = class_sizes();
    let mut table = [0; MAX_SMALL_SIZE / CELL_ALIGN + 1];
    let mut class = 0;
    let mut i = 0;
    while i < table.len() {
        while (sizes[class] as usize) < i * CELL_ALIGN {
            class += 1;
        }
        table[i] = class as u8;
        i += 1;
    }
    table
}

/// Class by size in words, rounded up.
const CLASS_OF_WORDS: &[u8; MAX_SMALL_SIZE / CELL_ALIGN + 1] = &size_table();

/// The class whose cells hold `size` bytes; `size` is at most [`MAX_SMALL_SIZE`].
#[inline]
pub(crate) fn class_of(size: usize) -> usize {
    CLASS_OF_WORDS[size.div_ceil(CELL_ALIGN)] as usize
}

/// The bytes a cell of `size` bytes really takes.
pub fn cell_size_for(size: usize) -> usize {
    if size <= MAX_SMALL_SIZE {
        CLASS_SIZES[class_of(size)] as usize
    } else {
        size.next_multiple_of(CELL_ALIGN)
    }
}

/// Which blocks a kind's cells live in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellSpace {
    /// Kinds without a finalizer: their blocks are swept as they are allocated from.
    Plain,
    /// Kinds with a finalizer: their blocks are swept at the end of a collection.
    Finalized,
}

impl CellSpace {
    /// Index of the first interval of this space.
    #[inline]
    pub(crate) const fn base(self) -> usize {
        match self {
            CellSpace::Plain => 0,
            CellSpace::Finalized => CLASS_COUNT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_ascend_in_words_and_fit() {
        const { assert!(INTERVAL_COUNT < crate::block::LARGE as usize, "interval indices fit a byte") };
        assert_eq!(CLASS_SIZES[CLASS_COUNT - 1] as usize, MAX_SMALL_SIZE);
        for pair in CLASS_SIZES.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
            assert_eq!(pair[1] % 8, 0);
            if pair[1] > 128 {
                assert!(f64::from(pair[1]) / f64::from(pair[0]) < 1.51, "{pair:?}");
            } else {
                assert_eq!(pair[1] - pair[0], 8);
            }
        }
    }

    #[test]
    fn every_size_gets_the_smallest_class_that_holds_it() {
        for size in 0..=MAX_SMALL_SIZE {
            let class = class_of(size);
            assert!(CLASS_SIZES[class] as usize >= size);
            assert!(class == 0 || (CLASS_SIZES[class - 1] as usize) < size);
        }
    }

    #[test]
    fn blocks_waste_little() {
        for &size in CLASS_SIZES {
            let rest = USABLE % size as usize;
            assert!(rest * 20 < USABLE, "cells of {size} bytes leave {rest} bytes");
        }
    }
}
