//! Reflection (chapter 28).

pub(crate) mod reflect;
pub(crate) mod proxy;
