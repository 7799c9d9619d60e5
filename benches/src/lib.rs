//! Criterion benchmarks and the suite and test262 runners.
