//! The heart of the language: realms, objects, conversions, functions, environments, jobs, scripts and modules.
//!
//! These are the abstract operations of ECMA-262, over the heap of `unspool-gc`, the hidden classes of `unspool-shapes` and
//! the values of `unspool-values`. The interpreter, the library and compiled code all call down into this crate; what it
//! needs from them it gets through [`hooks::Hooks`].
//!
//! Terms: an [`Isolate`] is one virtual machine; [`Cx`] is how code reaches it; a [`JsResult`] is a value
//! or the proof that an exception is pending. Where to look: `isolate` (state), `frame` (the canonical interpreter frame),
//! `cells` (what lives on the heap), `object` (property operations), `ic` (inline caches), `function` (calls), `convert`.

pub mod agents;
pub mod arguments;
pub mod array_iteration;
pub mod bytes;
pub mod cells;
pub mod classes;
pub mod compiled;
pub mod completion;
pub mod config;
pub mod convert;
pub mod disposal;
pub mod environment;
pub mod error;
pub mod eval;
pub mod feedback;
pub mod frame;
pub mod frame_dump;
pub mod function;
pub mod generators;
pub mod hooks;
pub mod host;
pub mod ic;
pub mod interrupt;
pub mod intrinsics;
pub mod isolate;
pub mod iteration;
pub mod iterators;
pub mod jobs;
pub mod kinds;
pub mod literals;
pub mod messages;
pub mod modules;
pub mod native;
pub mod natives;
pub mod object;
pub mod operators;
pub mod promise;
pub mod properties;
pub mod realm;
mod roots;
pub mod runtime_calls;
pub mod script;
mod startup;
mod strings;
#[cfg(test)]
mod test_support;
pub mod verify;

pub use completion::{JsResult, Throw};
pub use isolate::{Cx, Isolate};
pub use object::{Object, PropertyDescriptor, ValueExt};
pub use strings::OrThrow;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
