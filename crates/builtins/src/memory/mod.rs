//! Managing memory (chapter 26): WeakRef and FinalizationRegistry, the only objects through which a program can observe
//! collections.

pub(crate) mod finalization_registry;
pub(crate) mod weak_ref;
