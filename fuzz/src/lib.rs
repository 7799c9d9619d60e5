//! Fuzzing: generators of inputs, and oracles that say what must hold for every input.
//!
//! An input is known by a 64-bit seed, so a failure is reported as `oracle seed` and repeats anywhere. The binary of this
//! package is the driver; a coverage-guided fuzzer would feed seeds to the same [`oracle::Oracle::check`].
#![forbid(unsafe_code)]

pub mod mutants;
pub mod mutate;
pub mod oracle;
pub mod program;
pub mod random;
pub mod scratch;
pub mod sites;
