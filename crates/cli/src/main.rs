//! The shell of Unspool.
#![forbid(unsafe_code)]

fn main() {}
