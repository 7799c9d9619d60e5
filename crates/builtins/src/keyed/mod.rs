//! Keyed collections (chapter 24).

pub(crate) mod map;
pub(crate) mod set;
pub(crate) mod weak_map;
pub(crate) mod weak_set;
