//! Fundamental objects (ECMA-262 chapter 20).

pub(crate) mod boolean;
pub(crate) mod error;
pub(crate) mod function;
pub(crate) mod object;
pub(crate) mod symbol;
