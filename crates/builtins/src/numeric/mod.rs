//! Numbers and dates (ECMA-262 chapter 21): Number, BigInt, Math and Date.
//!
//! The arithmetic and the texts of numbers are in `unspool_values::number` and `bigint`; these are the objects around
//! them.

pub(crate) mod bigint;
pub(crate) mod date;
mod exact_sum;
pub(crate) mod math;
pub(crate) mod number;
pub(crate) mod random;
pub(crate) mod zone;
