//! Unspool, a JavaScript engine that speculates and always knows the way back.
//!
//! This crate wires the layers together: [`Isolate`] is one virtual machine with the interpreter and the library in
//! place.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod isolate;
mod memory;
mod wiring;

pub use isolate::{Isolate, ScriptError};
pub use memory::default_memory_limit;
pub use unspool_runtime as runtime;
pub use unspool_runtime::interrupt::InterruptHandle;
pub use unspool_values as values;
pub use wiring::hooks;
