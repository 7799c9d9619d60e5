//! The heap's verifier.
//!
//! Rules, checked for every cell that survived the last collection or was allocated since (reachable or not, because
//! none of their references may dangle before the next collection):
//!
//! 1. its kind is in the table;
//! 2. its barrier state fits: old or remembered if it is marked, new if it is not;
//! 3. it is in the remembered set if and only if its state says so;
//! 4. every reference its trace and ephemeron functions report points to the start of such a cell;
//! 5. if it is old and not remembered, none of them points to a new cell (otherwise a write barrier is missing);
//! 6. every root that the client reports points to the start of such a cell;
//! 7. under `gc_stress`, free cells are still filled with poison.
//!
//! Not checked: meta words (they are the client's), weak references.

use std::collections::HashSet;
use std::fmt;
use std::ptr::NonNull;

use crate::POISON;
use crate::block::Block;
use crate::cell::{Header, STATE_NEW, STATE_OLD, STATE_REMEMBERED};
use crate::client::Client;
use crate::config::CollectionKind;
use crate::heap::Heap;
use crate::tracer::Tracer;

/// A broken rule of the heap. Addresses are those of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeapError {
    /// A header's kind is not in the table.
    BadKind {
        /// The cell.
        cell: usize,
        /// What its header says.
        kind: u8,
    },
    /// A header's barrier state does not fit what the collector knows of the cell.
    BadState {
        /// The cell.
        cell: usize,
        /// Name of its kind.
        kind: &'static str,
        /// What its header says.
        state: u8,
    },
    /// A reference does not point to the start of a cell.
    Dangling {
        /// The cell that holds it; `None` for a root.
        owner: Option<usize>,
        /// Name of the owner's kind, or "root".
        kind: &'static str,
        /// Where it points.
        target: usize,
    },
    /// An old cell refers to a new one and is not in the remembered set.
    MissingBarrier {
        /// The old cell.
        owner: usize,
        /// Name of its kind.
        owner_kind: &'static str,
        /// The new cell.
        target: usize,
        /// Name of its kind.
        target_kind: &'static str,
    },
    /// A free cell was written to.
    PoisonOverwritten {
        /// The address of the first changed byte.
        address: usize,
    },
}

impl fmt::Display for HeapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeapError::BadKind { cell, kind } => {
                write!(f, "cell {cell:#x}: kind {kind} is not in the kind table")
            }
            HeapError::BadState { cell, kind, state } => {
                write!(f, "cell {cell:#x} ({kind}): barrier state {state} does not fit")
            }
            HeapError::Dangling { owner: Some(owner), kind, target } => {
                write!(f, "cell {owner:#x} ({kind}): reference to {target:#x}, which is not a cell")
            }
            HeapError::Dangling { owner: None, target, .. } => {
                write!(f, "root: reference to {target:#x}, which is not a cell")
            }
            HeapError::MissingBarrier { owner, owner_kind, target, target_kind } => write!(
                f,
                "old cell {owner:#x} ({owner_kind}) refers to new cell {target:#x} ({target_kind}) without a write barrier"
            ),
            HeapError::PoisonOverwritten { address } => {
                write!(f, "free memory was written to at {address:#x}")
            }
        }
    }
}

impl std::error::Error for HeapError {}

/// State of a verification: whose references are being checked, and the first error.
#[derive(Default)]
pub(crate) struct Verifier {
    owner: Option<NonNull<Header>>,
    error: Option<HeapError>,
}

impl Tracer<'_> {
    /// In a verification: checks one reference of the current owner.
    #[cold]
    pub(crate) fn check_reference(&mut self, target: NonNull<Header>) {
        let found = self.space.resolve(target.addr().get());
        let Some(verifier) = &mut self.verifier else { return };
        if verifier.error.is_some() {
            return;
        }
        let owner = verifier.owner.map(|owner| {
            // SAFETY: the owner is an initialized cell whose kind has been checked.
            let header = unsafe { owner.as_ref() };
            (owner.addr().get(), header.state(), self.kinds[header.kind() as usize].name)
        });
        let Some((block, _)) = found.filter(|&(_, cell)| cell == target) else {
            verifier.error = Some(HeapError::Dangling {
                owner: owner.map(|o| o.0),
                kind: owner.map_or("root", |o| o.2),
                target: target.addr().get(),
            });
            return;
        };
        if let Some((owner, STATE_OLD, owner_kind)) = owner
            && !block.marks.get(Block::bit(target.addr().get()))
        {
            // SAFETY: resolved, so it is an initialized cell.
            let kind = unsafe { target.as_ref() }.kind();
            let target_kind = self.kinds.get(kind as usize).map_or("?", |k| k.name);
            let target = target.addr().get();
            verifier.error = Some(HeapError::MissingBarrier { owner, owner_kind, target, target_kind });
        }
    }
}

impl Heap {
    /// Checks the rules listed at the head of the module. All cells must be initialized.
    ///
    /// # Errors
    /// The first broken rule found.
    pub fn verify(&self, client: &dyn Client) -> Result<(), HeapError> {
        assert!(!self.collecting.get(), "a verification is started during a collection");
        self.retire_intervals();
        self.space.borrow_mut().prepare_lookup();
        let remembered: HashSet<usize> = self.remembered.borrow().iter().map(|c| c.addr().get()).collect();
        let space = self.space.borrow();
        for block in space.iter() {
            for index in 0..block.cell_count() {
                if block.holds_cell(block.cell_address(index)) {
                    self.check_header(block, index, &remembered)?;
                } else if self.config.gc_stress.is_some() {
                    check_poison(block, index)?;
                }
            }
        }
        let mut tracer = Tracer::new(client, &space, self.kinds, CollectionKind::Full, Vec::new());
        tracer.verifier = Some(Verifier::default());
        client.trace_roots(&mut tracer);
        for block in space.iter() {
            for index in block.cells() {
                let cell = block.cell(index);
                tracer.verifier.get_or_insert_default().owner = Some(cell);
                tracer.check_cell(cell);
            }
            if let Some(error) = tracer.verifier.as_mut().and_then(|v| v.error.take()) {
                return Err(error);
            }
        }
        match tracer.verifier.and_then(|v| v.error) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn check_header(&self, block: &Block, index: u32, remembered: &HashSet<usize>) -> Result<(), HeapError> {
        let cell = block.cell(index);
        let address = cell.addr().get();
        // SAFETY: the slot holds an initialized cell.
        let header = unsafe { cell.as_ref() };
        let Some(info) = self.kinds.get(header.kind() as usize) else {
            return Err(HeapError::BadKind { cell: address, kind: header.kind() });
        };
        let state = header.state();
        let marked = block.marks.get(Block::bit(address));
        let fits = match state {
            STATE_NEW => !marked,
            STATE_OLD => marked,
            STATE_REMEMBERED => marked && remembered.contains(&address),
            _ => false,
        };
        if !fits || (state != STATE_REMEMBERED && remembered.contains(&address)) {
            return Err(HeapError::BadState { cell: address, kind: info.name, state });
        }
        Ok(())
    }
}

fn check_poison(block: &Block, index: u32) -> Result<(), HeapError> {
    let start = block.cell(index);
    // SAFETY: under `gc_stress` free cells are initialized with poison.
    let bytes = unsafe { std::slice::from_raw_parts(start.as_ptr().cast::<u8>(), block.cell_size()) };
    if is_poison(bytes) {
        return Ok(());
    }
    let at = bytes.iter().position(|&b| b != POISON).unwrap_or(0);
    Err(HeapError::PoisonOverwritten { address: start.addr().get() + at })
}

/// Whether there is nothing but poison, compared word by word.
pub(crate) fn is_poison(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().all(|word| *word == [POISON; 8]) && rest.iter().all(|&b| b == POISON)
}
