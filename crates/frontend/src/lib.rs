//! From JavaScript source text to Unspool bytecode.
//!
//! The stages, each a module: [`source`](SourceText) (text, lines, columns), `parse` (oxc's parser and early errors),
//! `scope` (what every name means and where its value lives), `codegen` (bytecode). The crate makes plain data only: no
//! heap, no runtime types, no global state.
//!
//! ```
//! use unspool_frontend::{Goal, Options, Program};
//! let program = Program::parse("print(1 + 2)", Goal::Script, Options::default()).unwrap();
//! let code = program.compile_main().unwrap();
//! assert!(code.register_count > 0);
//! ```
//!
//! Entry points: [`Program::parse`], [`Program::compile_main`], [`Program::compile_function`] (by the key in
//! [`unspool_bytecode::FunctionInfo`]), [`dynamic_function_source`] for the `Function` constructors.
//!
//! # What the code expects of the runtime
//!
//! The instruction table documents each instruction; the conventions that span several are in the module documentation of
//! `codegen`.

#![forbid(unsafe_code)]

mod callsite;
mod codegen;
mod dynamic;
mod error;
mod goal;
mod javascript;
mod module;
mod parameters;
mod parse;
mod program;
mod scope;
mod source;
mod stack;
mod wording;

pub use callsite::{Site, Spelling};
pub use dynamic::{DynamicFunctionKind, dynamic_function_source};
pub use error::{EarlyErrorKind, SyntaxError};
pub use goal::{Eagerness, EvalContext, Goal, Language, Natives, Options};
pub use program::{FunctionKey, Program};
pub use source::{Position, SourceText};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
