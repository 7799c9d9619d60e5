//! Fundamental objects (ECMA-262 chapter 20): Object, Function, Boolean, Symbol and Error.

pub(crate) mod boolean;
pub(crate) mod error;
pub(crate) mod function;
pub(crate) mod object;
pub(crate) mod symbol;
