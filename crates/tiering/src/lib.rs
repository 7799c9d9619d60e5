//! Tier-up policy: when a function has run enough that something should be decided about it.
//!
//! The interpreter charges each return and back edge with the bytes of bytecode executed since the last one. When a
//! function's budget is used up it calls [`budget_interrupt`]. Until there is a compiler the only decision is to go on
//! interpreting with a fresh budget; the interrupt also closes a *quiet period*: the number of inline caches that
//! changed in it is what will postpone compilation of functions that are still learning.

pub mod broker;
pub mod build;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod code;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod exit;
pub mod graph;
pub mod hooks;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod lower;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod natives;
pub mod passes;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod pipeline;

use unspool_gc::Gc;
use unspool_runtime::cells::FeedbackVector;
use unspool_runtime::config::INTERRUPT_BUDGET;

/// What a budget interrupt decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Go on in the interpreter; inline caches changed since the last interrupt.
    StillLearning,
    /// Go on in the interpreter; nothing was learned since the last interrupt.
    Quiet,
}

/// The budget of the function that `feedback` belongs to is used up: gives it a new one and begins a new period.
pub fn budget_interrupt(feedback: Gc<FeedbackVector>) -> Decision {
    feedback.budget.set(INTERRUPT_BUDGET);
    if feedback.ic_changes.replace(0) > 0 { Decision::StillLearning } else { Decision::Quiet }
}
