//! The byte counters that finalizers can reach.
//!
//! A cell may own memory outside of the heap (a buffer, text in Rust memory), which the client reports so that it counts
//! towards collections and the limit; when the cell dies, its finalizer takes the bytes back, with nothing in hand but
//! the cell. So the counters sit in a box of their own, to which every block points whatever becomes of the `Heap` value,
//! which may move.

use std::cell::Cell;

/// Counters shared by the heap and its blocks.
#[derive(Default)]
pub(crate) struct Accounting {
    /// Bytes outside the heap that live cells own, as reported by the client.
    pub(crate) external: Cell<usize>,
    /// External bytes added since the last collection; what was subtracted meanwhile is not taken off.
    pub(crate) external_since: Cell<usize>,
}

impl Accounting {
    pub(crate) fn add_external(&self, bytes: usize) {
        self.external.set(self.external.get().saturating_add(bytes));
        self.external_since.set(self.external_since.get().saturating_add(bytes));
    }

    pub(crate) fn sub_external(&self, bytes: usize) {
        debug_assert!(bytes <= self.external.get(), "more external bytes taken off than were added");
        self.external.set(self.external.get().saturating_sub(bytes));
    }
}
