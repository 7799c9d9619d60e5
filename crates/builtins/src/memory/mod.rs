//! Managing memory (chapter 26).

pub(crate) mod finalization_registry;
pub(crate) mod weak_ref;
