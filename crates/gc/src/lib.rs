#![doc = include_str!("../README.md")]

mod accounting;
mod bitmap;
mod block;
mod cell;
mod client;
mod code;
mod collect;
mod config;
mod heap;
mod large;
mod reservation;
mod size_class;
mod space;
mod stack;
mod statistics;
mod tracer;
mod verify;

pub use cell::{Gc, Header, ManagedCell, STATE_NEW, STATE_OLD, STATE_REMEMBERED};
pub use client::{Client, EphemeronFn, FinalizeFn, KindInfo, TraceFn, WeakFn};
pub use code::{CodeId, CodeSpace, CodeStatistics, ManagedCode, SweptCode};
pub use config::{CollectionKind, CollectionReason, HeapConfig};
pub use heap::{Heap, Interval, NoCollect, OutOfMemory};
pub use size_class::{BLOCK_SIZE, CellSpace, MAX_SMALL_SIZE, cell_size_for};
pub use stack::clear_dead_stack;
pub use statistics::{Census, CensusRow, CollectionReport, HeapStatistics, PauseStatistics};
pub use tracer::{Tracer, WeakContext};
pub use verify::HeapError;

/// The byte that fills memory which holds no initialized cell: in debug builds the body of every cell handed out, and under
/// [`HeapConfig::gc_stress`] also every cell as soon as it is freed.
pub const POISON: u8 = 0xDB;
