//! Managed code space: which machine code exists, and when it may be freed.
//!
//! The space owns no memory and knows no instruction. The client enters each *code object* by its address range, with the cells and meta words
//! that are embedded in it. There are two lists. *Optimized* code may be entered at any time; *deoptimized* code is never
//! entered again, but activations of it may still be on the stack. An object is *active* if a word of the machine stack points
//! into its range: a return address, found by the same conservative scan that finds cells.
//!
//! Both lists are weak. A collection
//! * marks the embedded cells of active objects, whichever list they are on;
//! * reports optimized objects that are not active and embed a dead cell or meta word, so that the client marks them deoptimized, and forgets
//!   what they embed;
//! * frees deoptimized objects that are not active: they leave the list, and the client is told to release their memory.
//!
//! What a collection has spared is old, and so is what code embeds that was there: a minor collection looks at new code and at dead code
//! only, however much there is besides.

mod objects;

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use crate::cell::Header;
use crate::client::Client;
use crate::tracer::{Tracer, WeakContext};
use objects::{Entry, List, Objects};

/// Number of a code object; the client's.
pub type CodeId = u32;

/// What the space knows of a code object.
#[derive(Debug)]
pub struct ManagedCode {
    /// The number by which the client knows the code object.
    pub id: CodeId,
    /// Its first address.
    pub start: usize,
    /// Its size in bytes.
    pub size: usize,
    /// Bytes of metadata beside the code, for the figures.
    pub metadata_bytes: usize,
    /// The cells whose addresses are embedded in the code or its metadata.
    pub cells: Box<[NonNull<Header>]>,
    /// Meta words embedded in the code.
    pub metas: Box<[u32]>,
}

/// Figures of the code space.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CodeStatistics {
    /// Objects that may be entered.
    pub optimized: usize,
    /// Objects that wait for their last activation to end.
    pub deoptimized: usize,
    /// Bytes of machine code on both lists.
    pub code_bytes: usize,
    /// Bytes of metadata on both lists.
    pub metadata_bytes: usize,
    /// Objects freed so far.
    pub freed: u64,
    /// Objects reported because an embedded cell died.
    pub cleared: u64,
    /// Objects that were looked at one after the other so far: by collections, and when they moved to the other list.
    pub visited: u64,
}

/// What a collection did to the code space.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SweptCode {
    /// Optimized objects that embed something dead: the client calls [`CodeSpace::deoptimized`] for them.
    pub cleared: Vec<CodeId>,
    /// Deoptimized objects that are on no list any more.
    pub freed: Vec<CodeId>,
}

/// The two lists of code: what may be entered, and what is only left any more.
#[derive(Debug, Default)]
pub struct CodeSpace {
    objects: RefCell<Objects>,
    /// Where those objects begin that were entered since the last collection.
    new: RefCell<Vec<usize>>,
    /// Where those objects begin that are on the deoptimized list.
    dead: RefCell<Vec<usize>>,
    /// Where those objects begin that have been put on the deoptimized list, but are not there yet.
    moved: RefCell<Vec<usize>>,
    /// Address range of all objects, for a quick answer.
    low: Cell<usize>,
    high: Cell<usize>,
    /// The number of the collection that is under way, or of the last one.
    collection: Cell<u64>,
    code_bytes: Cell<usize>,
    metadata_bytes: Cell<usize>,
    freed: Cell<u64>,
    cleared: Cell<u64>,
}

impl CodeSpace {
    /// Enters new code on the optimized list.
    pub fn insert(&self, code: ManagedCode) {
        let mut objects = self.objects.borrow_mut();
        if objects.is_empty() {
            self.low.set(code.start);
            self.high.set(code.start + code.size);
        }
        self.low.set(self.low.get().min(code.start));
        self.high.set(self.high.get().max(code.start + code.size));
        self.code_bytes.set(self.code_bytes.get() + code.size);
        self.metadata_bytes.set(self.metadata_bytes.get() + code.metadata_bytes);
        self.new.borrow_mut().push(code.start);
        objects.insert(Entry { list: Cell::new(List::Optimized), active: Cell::new(0), code });
    }

    /// Moves the object that begins at `start` to the deoptimized list. That is one of the things that an exit waits for: the move
    /// is only noted here, and made when somebody looks at the lists.
    pub fn deoptimized(&self, start: usize) {
        self.moved.borrow_mut().push(start);
    }

    fn make_moves(&self) {
        let mut objects = self.objects.borrow_mut();
        for start in self.moved.borrow_mut().drain(..) {
            if let Some(entry) = objects.visit(start)
                && entry.list.replace(List::Deoptimized) == List::Optimized
            {
                self.dead.borrow_mut().push(start);
            }
        }
    }

    /// The object that contains an address, and the address's distance from its start.
    pub fn find(&self, address: usize) -> Option<(CodeId, usize)> {
        if address < self.low.get() || address >= self.high.get() {
            return None;
        }
        let objects = self.objects.borrow();
        let code = &objects.last_below(address + 1)?.code;
        (address - code.start < code.size).then(|| (code.id, address - code.start))
    }

    /// Is there no code?
    pub fn is_empty(&self) -> bool {
        self.objects.borrow().is_empty()
    }

    /// Current figures.
    pub fn statistics(&self) -> CodeStatistics {
        self.make_moves();
        let (objects, deoptimized) = (self.objects.borrow(), self.dead.borrow().len());
        CodeStatistics {
            optimized: objects.len() - deoptimized,
            deoptimized,
            code_bytes: self.code_bytes.get(),
            metadata_bytes: self.metadata_bytes.get(),
            freed: self.freed.get(),
            cleared: self.cleared.get(),
            visited: objects.visited(),
        }
    }

    /// A collection begins: nothing is known to be active.
    pub(crate) fn begin(&self) {
        self.collection.set(self.collection.get() + 1);
    }

    /// A word of the stack: if it points into an object, that is active.
    #[inline]
    pub(crate) fn note_word(&self, word: usize, client: &dyn Client, tracer: &mut Tracer<'_>) {
        if self.low.get() <= word && word <= self.high.get() {
            self.note_candidate(word, client, tracer);
        }
    }

    #[cold]
    fn note_candidate(&self, word: usize, client: &dyn Client, tracer: &mut Tracer<'_>) {
        let objects = self.objects.borrow();
        // A return address behind a call that never returns may be the end of the object.
        let Some(entry) = objects.last_below(word) else { return };
        let collection = self.collection.get();
        if word - entry.code.start > entry.code.size || entry.active.replace(collection) == collection {
            return;
        }
        for &cell in &entry.code.cells {
            // SAFETY: the cells were alive behind the last collection, and nothing is freed between collections: an object of
            // which one has died has lost them all (`sweep`), since a stale word on the stack may make it active once more.
            unsafe { tracer.mark_raw(cell) };
        }
        for &meta in &entry.code.metas {
            client.trace_meta(meta, tracer);
        }
    }

    /// After marking: what is to be invalidated and what is free.
    pub(crate) fn sweep(&self, client: &dyn Client, context: &WeakContext<'_>) -> SweptCode {
        self.make_moves();
        let mut objects = self.objects.borrow_mut();
        let new = self.new.take();
        let collection = self.collection.get();
        let mut swept = SweptCode::default();
        let mut clear_if_dead = |entry: &mut Entry| {
            if entry.active.get() == collection || entry.list.get() == List::Deoptimized {
                return;
            }
            let dead = entry.code.cells.iter().any(|&cell| !context.is_live(cell))
                || entry.code.metas.iter().any(|&meta| !client.is_meta_live(meta, context));
            if dead {
                swept.cleared.push(entry.code.id);
                entry.code.cells = Box::default();
                entry.code.metas = Box::default();
            }
        };
        if context.is_full() {
            objects.visit_all().for_each(clear_if_dead);
        } else {
            for start in new {
                objects.visit(start).map(&mut clear_if_dead);
            }
        }
        self.dead.borrow_mut().retain(|&start| {
            let active = objects.visit(start).is_some_and(|entry| entry.active.get() == collection);
            if !active && let Some(Entry { code, .. }) = objects.remove(start) {
                self.code_bytes.set(self.code_bytes.get() - code.size);
                self.metadata_bytes.set(self.metadata_bytes.get() - code.metadata_bytes);
                swept.freed.push(code.id);
            }
            active
        });
        self.freed.set(self.freed.get() + swept.freed.len() as u64);
        self.cleared.set(self.cleared.get() + swept.cleared.len() as u64);
        swept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(id: CodeId, start: usize, size: usize) -> ManagedCode {
        ManagedCode { id, start, size, metadata_bytes: 10, cells: Box::default(), metas: Box::default() }
    }

    #[test]
    fn addresses_find_their_object() {
        let space = CodeSpace::default();
        space.insert(code(1, 0x1000, 0x100));
        space.insert(code(2, 0x1100, 0x80));
        assert_eq!(space.find(0x1000), Some((1, 0)));
        assert_eq!(space.find(0x10ff), Some((1, 0xff)));
        assert_eq!(space.find(0x1100), Some((2, 0)));
        assert_eq!(space.find(0x1180), None);
        assert_eq!(space.find(0xfff), None);
    }

    #[test]
    fn figures_follow_the_lists() {
        let space = CodeSpace::default();
        space.insert(code(1, 0x1000, 0x100));
        space.insert(code(2, 0x2000, 0x80));
        space.deoptimized(0x1000);
        let figures = space.statistics();
        assert_eq!((figures.optimized, figures.deoptimized), (1, 1));
        assert_eq!((figures.code_bytes, figures.metadata_bytes), (0x180, 20));
    }
}
