//! Reflection (chapter 28).

pub(crate) mod module_source;
pub(crate) mod proxy;
pub(crate) mod reflect;
