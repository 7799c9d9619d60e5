//! What the runners share: running a program in a process of its own with a deadline and a memory cap.
//!
//! The runners are the binaries `test262` (conformance) and `suites` (speed against other engines); the criterion benchmarks
//! lie in `benches/`.
#![forbid(unsafe_code)]

pub mod process;
