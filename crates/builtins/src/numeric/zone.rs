//! zone
#[derive(Debug, Default)]
pub(crate) struct ZoneCache;
