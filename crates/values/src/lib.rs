//! NaN-boxed values, strings, symbols, BigInt and object storage.
//!
//! This crate knows what values *are* (their bits and cells), not what operations on them mean: conversions and property
//! operations of the specification live in the runtime.

pub mod cell;
pub mod value;

pub use cell::{CellAllocator, CellKind};
pub use value::Value;
