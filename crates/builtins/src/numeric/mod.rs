//! Numbers and dates (chapter 21).

pub(crate) mod number;
pub(crate) mod bigint;
pub(crate) mod math;
pub(crate) mod date;
