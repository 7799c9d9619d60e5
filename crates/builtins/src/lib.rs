//! The standard library, one folder per group of chapters of ECMA-262.
//!
//! A builtin object is declared as tables of [`Property`](unspool_runtime::native::Property) and, for constructors, a
//! [`ClassSpec`](class::ClassSpec). Nothing is made at start-up but the global object: each intrinsic is made when it is
//! first touched ([`make_intrinsic`]), a constructor together with its prototype.
//!
//! The library calls JavaScript only through `unspool_runtime::function` and knows nothing of the tiers. Methods that take
//! callbacks are written in JavaScript (`self_hosted/*.js`) and compiled ahead of time, so that they inline and deoptimize
//! like any function.
#![forbid(unsafe_code)]

pub mod class;
mod control;
mod fundamental;
mod global;
mod indexed;
mod intrinsics;
mod iterate;
mod keyed;
mod library;
mod memory;
mod numeric;
mod reflection;
pub mod self_hosted;
mod structured;
mod text;

pub use global::{initialize_realm, make_intrinsic};
pub use intrinsics::library_intrinsic;
pub use self_hosted::{code as self_hosted_code, function as self_hosted_function};
pub use structured::json::parse_json;
pub use text::create_regexp;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
