//! Polls: stack overflow, termination, memory limit, fuel.

use std::sync::atomic::Ordering;

use crate::completion::JsResult;
use crate::isolate::{Cx, Interrupt};

/// The slow path of every stack check: the new top of stack would lie below the limit, or the limit was raised to get the
/// program's attention.
#[cold]
#[inline(never)]
pub fn handle_stack_check(cx: Cx<'_>, new_top: usize) -> JsResult<()> {
    poll(cx)?;
    let top = cx.hot.stack_top.get() as usize;
    if new_top < cx.stack.limit() || new_top > top {
        return Err(cx.throw_stack_overflow());
    }
    Ok(())
}

/// Handles pending interrupts. Called at function entries, back edges and in the loops of builtins.
///
/// # Errors
/// Termination (which no handler catches), out of memory, out of fuel.
#[cold]
#[inline(never)]
pub fn poll(cx: Cx<'_>) -> JsResult<()> {
    let interrupts = cx.hot.interrupts.load(Ordering::SeqCst);
    if interrupts & Interrupt::TERMINATE != 0 {
        return Err(cx.throw_termination());
    }
    cx.hot.interrupts.store(0, Ordering::SeqCst);
    cx.hot.stack_limit.store(cx.stack.limit(), Ordering::SeqCst);
    if interrupts & Interrupt::OUT_OF_MEMORY != 0 {
        return Err(cx.throw_out_of_memory());
    }
    Ok(())
}

impl Cx<'_> {
    /// Handles pending interrupts, if there are any: two instructions when there are none. Builtins call it in loops that
    /// can run long.
    ///
    /// # Errors
    /// As [`poll`].
    #[inline(always)]
    pub fn poll_interrupt(self) -> JsResult<()> {
        if self.hot.interrupts.load(Ordering::Relaxed) == 0 { Ok(()) } else { poll(self) }
    }
}
