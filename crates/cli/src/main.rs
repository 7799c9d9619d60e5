//! The shell of Unspool.
fn main() {}
