//! Indexed collections (chapter 23).

pub(crate) mod array;
pub(crate) mod typed_array;
