//! When a function has run enough that something should be decided about it.
//!
//! The interpreter charges each return and back edge with the bytes of bytecode executed since the last one. When a
//! function's budget is used up it calls [`budget_interrupt`]. The interrupt closes a *period*: the number of inline caches that
//! changed in it tells whether the function is still learning. It is compiled after the first quiet period, or after
//! [`MAX_PERIODS`] in any case.

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{FeedbackVector, Function};
use unspool_runtime::compiled::LoopEntry;
use unspool_runtime::frame::Frame;

/// Periods after which a function is compiled although it is still learning. V8 waits for a number of ticks that grows with the
/// function's size; until measured, three.
pub const MAX_PERIODS: u32 = 3;

/// What a budget interrupt decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Go on in the interpreter; inline caches changed since the last interrupt.
    StillLearning,
    /// Compile: nothing was learned since the last interrupt, or there were enough of them.
    Compile,
}

/// Closes a period of the function that `feedback` belongs to.
pub fn decide(cx: Cx<'_>, feedback: Gc<FeedbackVector>) -> Decision {
    feedback.budget.set(cx.config.interrupt_budget);
    let learned = feedback.ic_changes.replace(0) > 0;
    let periods = feedback.periods.get().saturating_add(1);
    feedback.periods.set(periods);
    if learned && periods < MAX_PERIODS && !cx.config.always_optimize {
        Decision::StillLearning
    } else {
        Decision::Compile
    }
}

/// The budget of the function that `feedback` belongs to and that runs in `frame` is used up.
pub fn budget_interrupt(cx: Cx<'_>, frame: Frame, feedback: Gc<FeedbackVector>) {
    if decide(cx, feedback) == Decision::Compile && !cx.config.jitless {
        // SAFETY: the interpreter passes the running frame, which is fully built.
        let function: Gc<Function> = unsafe { frame.header() }.function.get();
        compile(cx, function);
    }
}

/// The budget was used up at a back edge to the loop at `offset`: the entry into code for that loop, if the function is worth it.
pub fn enter_loop(cx: Cx<'_>, frame: Frame, offset: u32) -> Option<LoopEntry> {
    // SAFETY: the interpreter passes the running frame, which is fully built.
    let function: Gc<Function> = unsafe { frame.header() }.function.get();
    loop_entry(cx, frame, function, offset)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn loop_entry(cx: Cx<'_>, frame: Frame, function: Gc<Function>, offset: u32) -> Option<LoopEntry> {
    use unspool_runtime::cells::FunctionTemplate as T;
    // The policy decided for the function when its budget was used up, just before.
    if !function.template.has(T::HAS_CODE) || !crate::exit::has_room(cx, frame) {
        return None;
    }
    crate::pipeline::enter_loop(cx, function, offset)
}
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn loop_entry(_: Cx<'_>, _: Frame, _: Gc<Function>, _: u32) -> Option<LoopEntry> {
    None
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn compile(cx: Cx<'_>, function: Gc<Function>) {
    use unspool_runtime::cells::FunctionTemplate as T;
    if function.template.flags.get() & (T::HAS_CODE | T::NEVER_OPTIMIZE) == 0 {
        crate::pipeline::optimize(cx, function, "hot and stable");
    }
}
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn compile(_: Cx<'_>, _: Gc<Function>) {}
