//! An executable semantics of graphs, and a language to compare them with.

pub(crate) mod compile;
pub(crate) mod execute;
pub(crate) mod world;
