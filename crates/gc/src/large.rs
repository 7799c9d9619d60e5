//! Large objects: cells of more than half a block, each in memory of its own.
//!
//! Each has a block's header in front, so marking and the barrier treat it like any cell. They are freed at the end of
//! the collection that finds them dead, so a large buffer never waits for a sweep. Conservative words are looked up in a
//! list sorted by address.

use std::alloc::{Layout, alloc, dealloc};
use std::cell::Cell;
use std::ptr::NonNull;

use crate::accounting::Accounting;
use crate::block::{Block, FIRST_CELL, LARGE};
use crate::size_class::{BLOCK_SIZE, CELL_ALIGN};

/// All large objects of a heap.
#[derive(Default)]
pub(crate) struct LargeObjects {
    /// Sorted by address when `sorted`.
    list: Vec<NonNull<Block>>,
    sorted: Cell<bool>,
    bytes: usize,
}

/// Layout of a large object with its header; `None` if it does not fit the address space.
fn layout(cell_size: usize) -> Option<Layout> {
    Layout::from_size_align(cell_size.checked_add(FIRST_CELL)?, BLOCK_SIZE).ok()
}

impl LargeObjects {
    /// A large object whose cell has `size` bytes (rounded up to whole words); `None` if the system has no such memory.
    pub(crate) fn allocate(&mut self, size: usize, accounting: NonNull<Accounting>) -> Option<&Block> {
        let size = size.checked_next_multiple_of(CELL_ALIGN)?;
        let layout = layout(size)?;
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { alloc(layout) })?.cast::<Block>();
        let _ = start.as_ptr().expose_provenance();
        // SAFETY: the memory has room for the header and its alignment.
        unsafe { start.write(Block::new(LARGE, size, accounting)) };
        self.list.push(start);
        self.sorted.set(false);
        self.bytes += layout.size();
        // SAFETY: just initialized.
        Some(unsafe { start.as_ref() })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Block> {
        // SAFETY: the list holds initialized headers of objects that are not freed.
        self.list.iter().map(|block| unsafe { block.as_ref() })
    }

    /// Prepares for [`LargeObjects::find`]: sorts the list, without taking memory, which the system may not have.
    pub(crate) fn sort(&mut self) {
        if !self.sorted.get() {
            self.list.sort_unstable();
            self.sorted.set(true);
        }
    }

    /// The large object that contains an address. The list is sorted.
    pub(crate) fn find(&self, address: usize) -> Option<&Block> {
        debug_assert!(self.sorted.get() || self.list.is_empty());
        let at = self.list.partition_point(|b| b.addr().get() <= address).checked_sub(1)?;
        // SAFETY: the list holds initialized headers of objects that are not freed.
        let block = unsafe { self.list[at].as_ref() };
        block.index_containing(address).is_some().then_some(block)
    }

    /// Lowest and one past the highest address; empty without large objects. The list is sorted.
    pub(crate) fn bounds(&self) -> (usize, usize) {
        match (self.list.first(), self.list.last()) {
            (Some(first), Some(last)) => {
                // SAFETY: the list holds initialized headers of objects that are not freed.
                let size = unsafe { last.as_ref() }.cell_size();
                (first.addr().get(), last.addr().get() + FIRST_CELL + size)
            }
            _ => (usize::MAX, 0),
        }
    }

    /// Frees the objects for which `dead` holds; their number. No reference to them may be used afterwards.
    pub(crate) fn free_where(&mut self, dead: impl Fn(&Block) -> bool) -> usize {
        let before = self.list.len();
        let mut freed_bytes = 0;
        self.list.retain(|block| {
            // SAFETY: the list holds initialized headers of objects that are not freed.
            let header = unsafe { block.as_ref() };
            if !dead(header) {
                return true;
            }
            let layout = layout(header.cell_size()).expect("the layout was valid when it was allocated");
            freed_bytes += layout.size();
            // SAFETY: allocated with this layout; the entry leaves the list.
            unsafe { dealloc(block.as_ptr().cast(), layout) };
            false
        });
        self.bytes -= freed_bytes;
        before - self.list.len()
    }

    /// Bytes obtained from the system.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}

impl Drop for LargeObjects {
    fn drop(&mut self) {
        self.free_where(|_| true);
    }
}
