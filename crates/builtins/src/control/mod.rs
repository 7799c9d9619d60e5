//! Control abstraction objects (chapter 27).

mod async_from_sync;
pub(crate) mod disposable_stack;
pub(crate) mod generator;
pub(crate) mod iterator;
mod iterator_helper;
mod iterator_helpers;
mod iterator_zip;
pub(crate) mod promise;
