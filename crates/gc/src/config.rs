//! The heap's knobs, each with its unit and its reason, and the vocabulary of its decisions.
//!
//! [`HeapConfig`] is given once, when the heap is made; nothing here can be turned afterwards. A *budget* is how many
//! bytes may be handed out before the next collection is considered, a *threshold* how many may be in use.
//! [`CollectionKind`] and [`CollectionReason`] are the words in which the heap reports what it did and why.
//!
//! When the knobs are consulted is told in `heap.rs`; what a collection does, in `collect.rs`.

/// Configuration of a [`Heap`](crate::Heap).
#[derive(Clone, Debug, PartialEq)]
pub struct HeapConfig {
    /// Bytes that may be allocated (cells and external memory) before a minor collection, at least. Default 4 MiB: a few
    /// times the second-level cache, so that most young cells die before they are looked at, and small enough that a program
    /// of a few megabytes stays one.
    pub young_bytes: usize,
    /// The young budget grows to this fraction of the live bytes. Default 0.25: a minor collection then costs a bounded share
    /// of the work that filled it, however many roots a large heap has.
    pub young_fraction: f64,
    /// Upper bound of the young budget in bytes. Default 64 MiB: bounds the pause of a minor collection in which everything
    /// survives.
    pub young_bytes_max: usize,
    /// Bytes in use (cells and external memory) below which no full collection is started on account of growth. Default
    /// 16 MiB.
    pub full_bytes_min: usize,
    /// A full collection starts when the bytes in use exceed those alive after the last full one by this factor. Default 2.0:
    /// the classic balance of one unit of marking per unit of allocation.
    pub growth_factor: f64,
    /// Upper bound, in bytes, of live and allocated cells plus external memory; `usize::MAX` for none (the default). It counts
    /// cells, not the free cells between them; see [`HeapStatistics::reserved_bytes`](crate::HeapStatistics) for those.
    pub memory_limit: usize,
    /// With `Some(n)`: a full collection at every `n`-th allocation, freed cells are filled with
    /// [`POISON`](crate::POISON) at once, and each cell's poison is checked when the cell is handed out again; debug builds also run
    /// [`Heap::verify`](crate::Heap::verify) before every eighth of these collections. For tests. A zero counts as one.
    pub gc_stress: Option<u32>,
}

impl Default for HeapConfig {
    fn default() -> HeapConfig {
        HeapConfig {
            young_bytes: 4 << 20,
            young_fraction: 0.25,
            young_bytes_max: 64 << 20,
            full_bytes_min: 16 << 20,
            growth_factor: 2.0,
            memory_limit: usize::MAX,
            gc_stress: None,
        }
    }
}

/// How much of the heap a collection looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CollectionKind {
    /// Only cells allocated since the last collection can die; old ones are taken as alive.
    Minor,
    /// Everything unreachable dies.
    Full,
}

/// Why a collection ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CollectionReason {
    /// The program asked for it.
    Explicit,
    /// The young budget was used up.
    YoungBudget,
    /// The heap grew past its threshold for full collections.
    Growth,
    /// An allocation would have exceeded the memory limit.
    MemoryLimit,
    /// The system refused to give memory.
    SystemMemory,
    /// `HeapConfig::gc_stress`.
    Stress,
}
