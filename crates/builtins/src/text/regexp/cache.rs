//! cache
#[derive(Debug, Default)]
pub(crate) struct RegExpCache;
