//! The speculative optimizing compiler: feedback → snapshot → graph → passes → machine code, and back out of it.
//!
//! [`broker`] captures what is known, [`build`] makes a [`graph`] of it, [`passes`] improve that, `lower` makes machine code, `code` keeps it,
//! `exit` is the way back to the interpreter, [`policy`] decides when, `inspect` shows all that. [`hooks`] is what the engine wires. What depends on
//! the architecture (`code`, `exit`, `inspect`, `jobs`, `lower`, `natives`, `pipeline`) exists on x86-64 Linux only; elsewhere everything is interpreted.
//!
//! # Why the unsafe code is sound
//!
//! Machine code trusts the graph's verifier, the snapshot's facts (guarded in the code or entered as dependencies), and the layouts
//! published as constants beside the structures. Cells that code embeds are alive while it is active, by the heap's code space.

#![cfg_attr(
    not(all(target_arch = "x86_64", target_os = "linux")),
    allow(dead_code, reason = "without machine code nobody calls parts of the policy and of the log")
)]

pub mod broker;
pub mod build;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod code;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod exit;
pub mod graph;
pub mod hooks;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod inspect;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod jobs;
pub mod log;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod lower;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod natives;
pub mod passes;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod pipeline;
pub mod policy;
pub mod report;
