//! The instructions, by topic. Each function carries the name of its row in the instruction table and takes the machine and
//! the decoded operands: registers as addresses, ranges as (address, count), everything else as numbers.
//!
//! All are inlined into the loop. They must not let the machine's address escape: out-of-line code gets values.

mod arithmetic;
mod calls;
mod classes;
mod closures;
mod comparison;
mod generators;
mod iteration;
mod jumps;
mod literals;
mod loads;
mod lookup;
mod properties;
mod throwing;
mod unary;

pub(crate) use arithmetic::*;
pub(crate) use calls::*;
pub(crate) use classes::*;
pub(crate) use closures::*;
pub(crate) use comparison::*;
pub(crate) use generators::*;
pub(crate) use iteration::*;
pub(crate) use jumps::*;
pub(crate) use literals::*;
pub(crate) use loads::*;
pub(crate) use lookup::*;
pub(crate) use properties::*;
pub(crate) use throwing::*;
pub(crate) use unary::*;
