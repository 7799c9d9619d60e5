//! Control abstraction objects (chapter 27): iterators and their helpers, generators, promises, disposable stacks.
//!
//! What instructions need too is in the runtime (`iteration`, `promise`, `generators`); these are the constructors and
//! methods over it.

mod async_from_sync;
pub(crate) mod disposable_stack;
pub(crate) mod generator;
pub(crate) mod iterator;
mod iterator_helper;
mod iterator_helpers;
mod iterator_zip;
pub(crate) mod promise;
