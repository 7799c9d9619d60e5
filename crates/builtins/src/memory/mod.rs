//! Managing memory (chapter 26).

pub(crate) mod weak_ref;
pub(crate) mod finalization_registry;
