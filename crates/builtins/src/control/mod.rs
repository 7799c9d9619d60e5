//! Control abstraction objects (chapter 27).

pub(crate) mod iterator;
pub(crate) mod generator;
pub(crate) mod promise;
pub(crate) mod disposable_stack;
