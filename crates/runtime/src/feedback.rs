//! When feedback vectors are made.

use unspool_gc::Gc;

use crate::cells::{FeedbackVector, Function};
use crate::isolate::Cx;

/// Calls of a function before it gets a feedback vector: much code runs once.
pub const CALLS_BEFORE_FEEDBACK: u32 = 1;

/// The vector for a call that is about to begin: none for the first call, made at the second.
#[inline(always)]
pub fn feedback_for_call(cx: Cx<'_>, function: Gc<Function>) -> Option<Gc<FeedbackVector>> {
    let cell = function.feedback;
    match cell.vector.get() {
        Some(vector) => Some(vector),
        None => make_feedback(cx, function),
    }
}

#[cold]
#[inline(never)]
fn make_feedback(cx: Cx<'_>, function: Gc<Function>) -> Option<Gc<FeedbackVector>> {
    let cell = function.feedback;
    let calls = cell.calls.get();
    if calls < CALLS_BEFORE_FEEDBACK {
        cell.calls.set(calls + 1);
        return None;
    }
    let template = function.template;
    let length = template.code()?.feedback.len() as u32;
    let vector = FeedbackVector::new(cx, template, length, crate::config::INTERRUPT_BUDGET);
    cell.vector.set(cx, cell, Some(vector));
    Some(vector)
}
