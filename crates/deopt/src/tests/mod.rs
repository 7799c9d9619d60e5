//! Tests of the whole crate, named after the entries of the contract for deoptimization they prove.

mod descriptions;
mod frames;
mod objects;
pub(crate) mod toy;
mod translations;
