//! Aligned memory from the system, cut into blocks.
//!
//! A *reservation* is a few adjacent blocks obtained in one request. Small, so that a start-up asks for little and a sparse
//! heap can give memory back; more than one block, so that the system is not asked for each.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr::NonNull;

use crate::block::Block;
use crate::size_class::BLOCK_SIZE;

/// Blocks per reservation: 8 × 32 KiB = 256 KiB.
pub(crate) const RESERVATION_BLOCKS: usize = 8;
/// Bytes per reservation.
pub(crate) const RESERVATION_SIZE: usize = RESERVATION_BLOCKS * BLOCK_SIZE;
const ALL_USED: u8 = u8::MAX;
/// Bytes that are held back; see [`RESERVE_LAYOUT`].
pub(crate) const RESERVE_SIZE: usize = 1 << 20;
/// What is held back for the time when the system gives nothing more: enough for the mark stack of a collection, and then
/// for the error and what the program does until it is thrown. The memory is never touched, so it costs address space only.
const RESERVE_LAYOUT: Layout = match Layout::from_size_align(RESERVE_SIZE, 4096) {
    Ok(layout) => layout,
    Err(_) => panic!("the size of the reserve is a multiple of its alignment"),
};

const LAYOUT: Layout = match Layout::from_size_align(RESERVATION_SIZE, BLOCK_SIZE) {
    Ok(layout) => layout,
    Err(_) => panic!("the size of a reservation is a multiple of its alignment"),
};

struct Reservation {
    /// Start; aligned to `BLOCK_SIZE`, provenance exposed.
    start: NonNull<u8>,
    /// Bit i: block i is in use, that is, has an initialized header.
    used: u8,
}

/// All reservations of a heap, sorted by address.
#[derive(Default)]
pub(crate) struct Reservations {
    list: Vec<Reservation>,
    /// No reservation before this one has an unused block.
    first_unused: usize,
    /// See [`RESERVE_LAYOUT`]; `None` while the system is short of memory.
    reserve: Option<NonNull<u8>>,
}

impl Reservations {
    /// Memory for one block, not initialized; the unused block with the lowest address. `None` if the system has none left.
    pub(crate) fn take_block(&mut self) -> Option<NonNull<u8>> {
        while let Some(reservation) = self.list.get_mut(self.first_unused) {
            if reservation.used != ALL_USED {
                let index = reservation.used.trailing_ones() as usize;
                reservation.used |= 1 << index;
                // SAFETY: the index is below `RESERVATION_BLOCKS`, so the block lies inside the reservation.
                return Some(unsafe { reservation.start.add(index * BLOCK_SIZE) });
            }
            self.first_unused += 1;
        }
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { alloc(LAYOUT) })?;
        let _ = start.as_ptr().expose_provenance();
        let at = self.list.partition_point(|r| r.start < start);
        self.list.insert(at, Reservation { start, used: 1 });
        self.first_unused = at;
        Some(start)
    }

    /// Holds memory back, if none is held and the system has some.
    pub(crate) fn acquire_reserve(&mut self) {
        if self.reserve.is_none() {
            // SAFETY: the layout's size is not zero.
            self.reserve = NonNull::new(unsafe { alloc(RESERVE_LAYOUT) });
        }
    }

    /// Gives back what was held back, so that the next requests succeed.
    pub(crate) fn release_reserve(&mut self) {
        if let Some(reserve) = self.reserve.take() {
            // SAFETY: it was allocated with this layout, and nothing refers to it.
            unsafe { dealloc(reserve.as_ptr(), RESERVE_LAYOUT) };
        }
    }

    fn containing(&self, address: usize) -> Option<usize> {
        let at = self.list.partition_point(|r| r.start.addr().get() <= address).checked_sub(1)?;
        (address - self.list[at].start.addr().get() < RESERVATION_SIZE).then_some(at)
    }

    /// The block in use that contains an address.
    pub(crate) fn find(&self, address: usize) -> Option<&Block> {
        let reservation = &self.list[self.containing(address)?];
        let index = (address - reservation.start.addr().get()) / BLOCK_SIZE;
        if reservation.used >> index & 1 == 0 {
            return None;
        }
        // SAFETY: a used block lies inside the reservation and its header is initialized.
        Some(unsafe { reservation.start.add(index * BLOCK_SIZE).cast::<Block>().as_ref() })
    }

    /// Gives a block back. No reference to it may be used afterwards.
    pub(crate) fn release_block(&mut self, address: usize) {
        let at = self.containing(address).expect("a released block belongs to a reservation");
        let reservation = &mut self.list[at];
        reservation.used &= !(1 << ((address - reservation.start.addr().get()) / BLOCK_SIZE));
        self.first_unused = self.first_unused.min(at);
    }

    /// Returns unused reservations to the system, but for the first `keep`.
    pub(crate) fn trim(&mut self, mut keep: usize) {
        self.list.retain(|reservation| {
            if reservation.used != 0 {
                return true;
            }
            if keep > 0 {
                keep -= 1;
                return true;
            }
            // SAFETY: it was allocated with this layout, and none of its blocks is in use.
            unsafe { dealloc(reservation.start.as_ptr(), LAYOUT) };
            false
        });
        self.first_unused = 0;
    }

    /// Bytes obtained from the system.
    pub(crate) fn bytes(&self) -> usize {
        self.list.len() * RESERVATION_SIZE
    }

    /// Lowest and one past the highest address; empty without reservations.
    pub(crate) fn bounds(&self) -> (usize, usize) {
        match (self.list.first(), self.list.last()) {
            (Some(first), Some(last)) => {
                (first.start.addr().get(), last.start.addr().get() + RESERVATION_SIZE)
            }
            _ => (usize::MAX, 0),
        }
    }
}

impl Drop for Reservations {
    fn drop(&mut self) {
        self.release_reserve();
        for reservation in &self.list {
            // SAFETY: it was allocated with this layout; the heap that used its blocks is being dropped.
            unsafe { dealloc(reservation.start.as_ptr(), LAYOUT) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_aligned_distinct_and_reused() {
        let mut reservations = Reservations::default();
        let mut blocks: Vec<usize> =
            (0..20).map(|_| reservations.take_block().unwrap().as_ptr().addr()).collect();
        assert!(blocks.iter().all(|b| b % BLOCK_SIZE == 0));
        assert_eq!(reservations.bytes(), 3 * RESERVATION_SIZE);
        let victim = *blocks.iter().min().unwrap();
        reservations.release_block(victim);
        assert_eq!(reservations.take_block().unwrap().as_ptr().addr(), victim);
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!(blocks.len(), 20);
        for block in blocks {
            reservations.release_block(block);
        }
        reservations.trim(1);
        assert_eq!(reservations.bytes(), RESERVATION_SIZE);
        reservations.trim(0);
        assert_eq!(reservations.bytes(), 0);
        assert_eq!(reservations.bounds(), (usize::MAX, 0));
    }
}
