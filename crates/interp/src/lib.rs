//! The interpreter: runs bytecode in canonical frames and fills feedback.
//!
//! One loop (`dispatch`) matches on the opcode; each instruction is an inlined function in `ops`, generated into the loop
//! from the instruction table. The *machine* (`machine::Machine`) is the handful of words that the loop keeps in registers: the
//! current instruction, the frame, the accumulator, the constant pool and the feedback slots. What is rare is out of line, takes
//! and gives values, and never sees the machine's address, so that those words stay in registers.
//!
//! Calls between JavaScript functions, construct calls, and generators resumed by bytecode push frames and stay in the
//! loop; native functions are called with their arguments where they lie on the isolate's stack.
//!
//! # Why the unsafe code is sound
//!
//! The bytecode that runs here has passed the verifier of `unspool-bytecode` (or was made by the builder, whose output the
//! verifier accepts): every opcode byte is an opcode, every operand names an existing register, constant of the right
//! kind, feedback slot of the right kind or enumeration value, jumps hit instruction starts, and control never falls off
//! the end. Frames are built by `runtime::frame` or by `calls` with as many registers as the code names. "Verified bytecode" in the
//! `SAFETY` comments of this crate refers to this paragraph.

mod calls;
mod compiled;
mod dispatch;
mod machine;
mod ops;
mod resume;
#[cfg(test)]
mod tests;
mod unwind;

pub use compiled::{interpret_one, resume_rebuilt};
pub use dispatch::run_frames;
pub use resume::resume;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
