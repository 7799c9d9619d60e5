//! What exists only where there is machine code: x86-64 Linux.
//!
//! From the top: [`hooks`] is what the engine wires, `tier_up` carries out what the policy decides, [`pipeline`] leads a function from feedback to
//! installed code (with `jobs` on the compile thread), [`lower`] makes the code, [`code`] keeps it, [`exit`] is the way out of it, `natives`
//! and [`inspect`] show and steer all that, [`report`] speaks at the end of a run. On other machines `jitless.rs` stands in this module's place.

pub mod code;
pub mod exit;
pub mod hooks;
pub mod inspect;
mod jobs;
pub mod lower;
mod natives;
pub mod pipeline;
pub mod report;
mod tier_up;
