//! Polls and interrupts: stack overflow, the memory limit, and termination by another thread.
//!
//! Running code looks at [`Hot::interrupts`](crate::isolate::Hot) at back edges and in the loops of builtins, and at the stack limit
//! at function entries; an interrupt sets a bit and raises the limit. *Termination* is an exception that no handler of the
//! program gets: its bit stays set while the stack is unwound, and every poll meanwhile throws again, until the embedder
//! [takes note](Cx::finish_termination).

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use crate::completion::JsResult;
use crate::isolate::{Cx, Interrupt, Isolate};

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
/// Termination (which no handler catches), out of memory.
#[cold]
#[inline(never)]
pub fn poll(cx: Cx<'_>) -> JsResult<()> {
    let interrupts = cx.withdraw_interrupt(Interrupt::OUT_OF_MEMORY);
    if interrupts & Interrupt::TERMINATE != 0 {
        return Err(cx.throw_termination());
    }
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

    /// Makes the next poll take its slow path.
    pub fn request_interrupt(self, reason: u32) {
        self.isolate().raise(reason);
    }

    /// Takes reasons to stop back; what all of them were before. The stack limit is lowered when none is left.
    pub(crate) fn withdraw_interrupt(self, reasons: u32) -> u32 {
        // The limit first: a reason that another thread adds meanwhile is seen below.
        self.hot.stack_limit.store(self.stack.limit(), Ordering::SeqCst);
        let before = self.hot.interrupts.fetch_and(!reasons, Ordering::SeqCst);
        if before & !reasons != 0 {
            self.hot.stack_limit.store(usize::MAX, Ordering::SeqCst);
        }
        before
    }

    /// Ends a termination after the outermost call of JavaScript has failed with it: the isolate can be used again. Jobs
    /// that waited are dropped; they belong to what was terminated. Tells whether there was one.
    pub fn finish_termination(self) -> bool {
        let terminated = self.withdraw_interrupt(Interrupt::TERMINATE) & Interrupt::TERMINATE != 0;
        if terminated {
            self.hot.pending_exception.set(0);
            self.jobs.clear();
        }
        terminated
    }
}

impl Isolate {
    /// A handle by which other threads interrupt this isolate.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle(Arc::clone(&self.interrupt_target))
    }

    /// Lets handles find the isolate, which stays in its box until it is dropped.
    pub(crate) fn settle(&self) {
        self.interrupt_target.set(Some(Address(self)));
    }

    /// Adds reasons to stop. Touches only atomic fields.
    fn raise(&self, reasons: u32) {
        self.hot.interrupts.fetch_or(reasons, Ordering::SeqCst);
        self.hot.stack_limit.store(usize::MAX, Ordering::SeqCst);
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        self.interrupt_target.set(None);
    }
}

/// Where an isolate lies.
#[derive(Clone, Copy, Debug)]
struct Address(*const Isolate);
// SAFETY: the address is only used by `InterruptHandle`, for atomic fields and under the lock that the isolate's end takes.
unsafe impl Send for Address {}

/// The isolate that handles refer to, while there is one.
#[derive(Debug, Default)]
pub(crate) struct InterruptTarget {
    isolate: Mutex<Option<Address>>,
}

impl InterruptTarget {
    fn set(&self, isolate: Option<Address>) {
        *self.isolate.lock().unwrap_or_else(PoisonError::into_inner) = isolate;
    }
}

/// A handle by which any thread interrupts an isolate; it may outlive it.
#[derive(Clone, Debug)]
pub struct InterruptHandle(Arc<InterruptTarget>);

impl InterruptHandle {
    /// Terminates what the isolate runs, or else what it runs next: none of the program's handlers or `finally` blocks runs,
    /// and the embedder gets an error of its own. False when the isolate is gone.
    pub fn terminate(&self) -> bool {
        let target = self.0.isolate.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Address(isolate)) = *target else { return false };
        // SAFETY: the isolate cannot be dropped while the lock is held, and it lies in its box until then. Only its
        // atomic fields are used, which are never borrowed exclusively.
        unsafe {
            let hot = &raw const (*isolate).hot;
            (*hot).interrupts.fetch_or(Interrupt::TERMINATE, Ordering::SeqCst);
            (*hot).stack_limit.store(usize::MAX, Ordering::SeqCst);
        }
        true
    }
}
