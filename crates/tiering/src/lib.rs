//! The speculative optimizing compiler: feedback → snapshot → graph → passes → machine code, and back out of it.
//!
//! [`broker`] captures what is known, [`build`] makes a [`graph`] of it, [`passes`] improve that, [`policy`] decides when and [`log`] remembers
//! which bets were lost. [`machine`] is what depends on the machine: from the graph to code, the code itself, and the way back to the
//! interpreter; it exists on x86-64 Linux. Elsewhere a module of the same name stands in its place, and everything is interpreted.
//! [`forced`] says at the end of a run why an exit that was to be forced was not.
//!
//! # Why the unsafe code is sound
//!
//! Machine code trusts the graph's verifier, the snapshot's facts (guarded in the code or entered as dependencies), and the layouts
//! published as constants beside the structures. Cells that code embeds are alive while it is active, by the heap's code space.

pub mod broker;
pub mod build;
pub mod forced;
pub mod graph;
pub mod log;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod machine;
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[path = "jitless.rs"]
pub mod machine;
pub mod passes;
pub mod policy;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
