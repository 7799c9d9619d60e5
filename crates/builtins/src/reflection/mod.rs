//! Reflection (chapter 28).

pub(crate) mod proxy;
pub(crate) mod reflect;
