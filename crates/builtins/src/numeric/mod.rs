//! Numbers and dates (chapter 21).

pub(crate) mod bigint;
pub(crate) mod date;
mod exact_sum;
pub(crate) mod math;
pub(crate) mod number;
pub(crate) mod random;
pub(crate) mod zone;
