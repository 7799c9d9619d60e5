//! Reflection (chapter 28): Reflect, the Proxy constructor, and module source objects.

pub(crate) mod module_source;
pub(crate) mod proxy;
pub(crate) mod reflect;
