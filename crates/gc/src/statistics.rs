//! Figures of a heap, and how they print.
//!
//! Four views: [`HeapStatistics`] is the state of a heap at one moment, [`CollectionReport`] what one collection did,
//! [`PauseStatistics`] how long the program stood still so far, and [`Census`] how much memory each kind of cell takes.
//! Sizes of cells include their headers and the rounding to a size class.
//!
//! They are plain copies without a link to the heap; only the census costs a walk over all cells. Printing is for people:
//! the text is no format for programs.

use std::fmt;
use std::time::Duration;

use crate::client::KindInfo;
use crate::config::{CollectionKind, CollectionReason};

/// Number and duration of the collections of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseStatistics {
    /// How many there were.
    pub count: u64,
    /// Their durations added up.
    pub total: Duration,
    /// The longest.
    pub longest: Duration,
}

impl PauseStatistics {
    pub(crate) fn with(self, pause: Duration) -> PauseStatistics {
        PauseStatistics { count: self.count + 1, total: self.total + pause, longest: self.longest.max(pause) }
    }
}

impl fmt::Display for PauseStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (total, longest) = (self.total.as_micros(), self.longest.as_micros());
        write!(f, "{}, {total} µs in total, longest {longest} µs", self.count)
    }
}

/// The figures of a heap at one moment. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeapStatistics {
    /// Cells that survived the last collection.
    pub live_bytes: usize,
    /// Cells, and intervals to allocate cells from, handed out since the last collection.
    pub allocated_bytes: usize,
    /// Memory outside the heap, as reported by the client.
    pub external_bytes: usize,
    /// Memory obtained from the system for cells.
    pub reserved_bytes: usize,
    /// Bytes of cells and intervals handed out since the heap was made, those long freed included.
    pub total_allocated_bytes: u64,
    /// Blocks in use, of [`BLOCK_SIZE`](crate::BLOCK_SIZE) each.
    pub blocks: usize,
    /// How many large objects there are; their bytes are in the other figures.
    pub large_objects: usize,
    /// Cells in the remembered set.
    pub remembered_cells: usize,
    /// Budget until the next minor collection.
    pub young_budget_bytes: usize,
    /// Bytes in use after a minor collection that make the next one full.
    pub full_threshold_bytes: usize,
    /// The memory limit; `usize::MAX` for none.
    pub memory_limit_bytes: usize,
    /// How often and how long minor collections stopped the program.
    pub minor: PauseStatistics,
    /// How often and how long full collections stopped the program.
    pub full: PauseStatistics,
}

impl HeapStatistics {
    /// What the memory limit bounds: live, allocated and external bytes.
    pub fn bytes_in_use(&self) -> usize {
        self.live_bytes + self.allocated_bytes + self.external_bytes
    }
}

impl fmt::Display for HeapStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "live after last collection  {:>12} bytes", self.live_bytes)?;
        writeln!(f, "allocated since             {:>12} bytes", self.allocated_bytes)?;
        writeln!(f, "external                    {:>12} bytes", self.external_bytes)?;
        writeln!(f, "reserved                    {:>12} bytes", self.reserved_bytes)?;
        writeln!(f, "allocated in total          {:>12} bytes", self.total_allocated_bytes)?;
        writeln!(f, "blocks                      {:>12}", self.blocks)?;
        writeln!(f, "large objects               {:>12}", self.large_objects)?;
        writeln!(f, "remembered cells            {:>12}", self.remembered_cells)?;
        writeln!(f, "young budget                {:>12} bytes", self.young_budget_bytes)?;
        writeln!(f, "full threshold              {:>12} bytes", self.full_threshold_bytes)?;
        if self.memory_limit_bytes != usize::MAX {
            writeln!(f, "memory limit                {:>12} bytes", self.memory_limit_bytes)?;
        }
        writeln!(f, "minor collections           {:>12}", self.minor)?;
        write!(f, "full collections            {:>12}", self.full)
    }
}

/// What one collection did. Prints as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionReport {
    /// Minor or full.
    pub kind: CollectionKind,
    /// Why it ran.
    pub reason: CollectionReason,
    /// Its number in the heap's life, from 1.
    pub number: u64,
    /// Bytes of cells before.
    pub bytes_before: usize,
    /// Bytes of cells that survived.
    pub bytes_after: usize,
    /// Bytes of memory outside the heap that the client had reported when it began.
    pub external_before: usize,
    /// Bytes of memory outside the heap that were reported when it ended.
    pub external_after: usize,
    /// How long the program stood still.
    pub pause: Duration,
    /// Cells marked; in a minor collection old ones do not count.
    pub marked_cells: u64,
    /// Words of stacks and conservative ranges that pointed into a cell.
    pub conservative_roots: u64,
    /// Dead cells whose finalizer ran.
    pub finalized_cells: u64,
    /// Blocks found empty.
    pub freed_blocks: u64,
    /// Large objects freed.
    pub freed_large_objects: u64,
}

impl fmt::Display for CollectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            CollectionKind::Minor => "minor",
            CollectionKind::Full => "full",
        };
        let reason = match self.reason {
            CollectionReason::Explicit => "explicit",
            CollectionReason::YoungBudget => "young budget",
            CollectionReason::Growth => "growth",
            CollectionReason::MemoryLimit => "memory limit",
            CollectionReason::SystemMemory => "system memory",
            CollectionReason::Stress => "stress",
        };
        write!(
            f,
            "gc {}: {kind} ({reason}), {} -> {} bytes, external {} -> {}, {} µs, {} cells marked, {} conservative roots, \
             {} finalized",
            self.number,
            self.bytes_before,
            self.bytes_after,
            self.external_before,
            self.external_after,
            self.pause.as_micros(),
            self.marked_cells,
            self.conservative_roots,
            self.finalized_cells
        )
    }
}

/// Cells and bytes of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusRow {
    /// Name of the kind.
    pub kind: &'static str,
    /// Number of cells.
    pub cells: u64,
    /// Bytes they take.
    pub bytes: u64,
}

/// Cells and bytes by kind, in the order of the kind table. Prints as a table without the kinds that have no cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    /// One row for each kind.
    pub rows: Vec<CensusRow>,
}

impl Census {
    pub(crate) fn new(kinds: &[KindInfo]) -> Census {
        Census { rows: kinds.iter().map(|k| CensusRow { kind: k.name, cells: 0, bytes: 0 }).collect() }
    }

    pub(crate) fn count(&mut self, kind: u8, size: usize) {
        let row = &mut self.rows[kind as usize];
        row.cells += 1;
        row.bytes += size as u64;
    }

    /// Number of cells of all kinds.
    pub fn cells(&self) -> u64 {
        self.rows.iter().map(|r| r.cells).sum()
    }

    /// Bytes of cells of all kinds.
    pub fn bytes(&self) -> u64 {
        self.rows.iter().map(|r| r.bytes).sum()
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:>10} {:>12}", "kind", "cells", "bytes")?;
        let mut rows: Vec<&CensusRow> = self.rows.iter().filter(|r| r.cells > 0).collect();
        rows.sort_by_key(|r| std::cmp::Reverse(r.bytes));
        for row in rows {
            writeln!(f, "{:<28} {:>10} {:>12}", row.kind, row.cells, row.bytes)?;
        }
        write!(f, "{:<28} {:>10} {:>12}", "total", self.cells(), self.bytes())
    }
}
