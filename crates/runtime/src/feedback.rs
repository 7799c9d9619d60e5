//! When feedback vectors are made, and what the bits of their slots mean.
//!
//! Much code runs once, so a function gets its vector at its second call or after a few rounds of a loop. Arithmetic,
//! comparisons and calls note what they saw as a set of bits that only grows; the optimizing compiler reads from it which
//! types to expect. Property accesses learn in another way, by shape: see [`ic`](crate::ic). How a vector lies in memory
//! is in `cells::feedback`.

use unspool_gc::Gc;

use unspool_values::Value;

use crate::cells::{FeedbackCell, FeedbackSlot, FeedbackVector, Function, Handler};
use crate::isolate::Cx;
use crate::object::ValueExt as _;

/// Calls of a function before it gets a feedback vector: much code runs once.
pub const CALLS_BEFORE_FEEDBACK: u32 = 1;

/// The vector for a call that is about to begin: none for the first call, made at the second (with `--always-opt` at the first).
#[inline(always)]
pub fn feedback_for_call(cx: Cx<'_>, function: Gc<Function>) -> Option<Gc<FeedbackVector>> {
    let cell = function.feedback;
    match cell.vector.get() {
        Some(vector) => Some(vector),
        None => make_feedback(cx, function),
    }
}

/// Back edges taken without feedback before a function gets a vector in the middle of its first call.
pub(crate) const LOOPS_BEFORE_FEEDBACK: u32 = 8;

/// The vector for a frame without one that takes a back edge: made after a few of them.
#[inline(never)]
pub fn feedback_for_loop(cx: Cx<'_>, function: Gc<Function>) -> Option<Gc<FeedbackVector>> {
    let cell = function.feedback;
    if let Some(vector) = cell.vector.get() {
        return Some(vector);
    }
    let calls = cell.calls.get();
    if calls < CALLS_BEFORE_FEEDBACK + LOOPS_BEFORE_FEEDBACK {
        cell.calls.set(calls + 1);
        return None;
    }
    make_feedback(cx, function)
}

#[cold]
#[inline(never)]
fn make_feedback(cx: Cx<'_>, function: Gc<Function>) -> Option<Gc<FeedbackVector>> {
    let cell = function.feedback;
    let calls = cell.calls.get();
    if calls < CALLS_BEFORE_FEEDBACK && !cx.config.always_optimize {
        cell.calls.set(calls + 1);
        return None;
    }
    let template = function.template;
    let length = template.code()?.feedback.len() as u32;
    let vector = FeedbackVector::new(cx, template, length, cx.config.interrupt_budget);
    cell.vector.set(cx, cell, Some(vector));
    Some(vector)
}

/// Operand types of arithmetic and unary operators: bits of `FeedbackSlot::bits`. No bit: never executed.
#[derive(Debug)]
pub struct BinaryFeedback;
impl BinaryFeedback {
    /// Both operands and the result were int32.
    pub const SMALL: u8 = 1;
    /// Both operands were int32, the result was not.
    pub const SMALL_INPUTS: u8 = 2;
    /// An operand was a double.
    pub const DOUBLE: u8 = 4;
    /// An operand was undefined, null or a boolean.
    pub const ODDBALL: u8 = 8;
    /// An operand was a string.
    pub const STRING: u8 = 16;
    /// An operand was a BigInt.
    pub const BIGINT: u8 = 32;
    /// An operand was something else.
    pub const OTHER: u8 = 64;
}

/// Operand types of comparisons: bits of `FeedbackSlot::bits`. No bit: never executed.
#[derive(Debug)]
pub struct CompareFeedback;
impl CompareFeedback {
    /// An int32.
    pub const SMALL: u8 = 1;
    /// A number, where one of the two was a double.
    pub const NUMBER: u8 = 2;
    /// Undefined, null or a boolean.
    pub const ODDBALL: u8 = 4;
    /// A string.
    pub const STRING: u8 = 8;
    /// A symbol.
    pub const SYMBOL: u8 = 16;
    /// A BigInt.
    pub const BIGINT: u8 = 32;
    /// An object.
    pub const OBJECT: u8 = 64;
    /// Something else.
    pub const OTHER: u8 = 128;
}

/// What steps of iterations saw: bits of `FeedbackSlot::bits`.
#[derive(Debug)]
pub struct IteratorFeedback;
impl IteratorFeedback {
    /// A step over an array, or its end, that called nothing.
    pub const FAST: u8 = 1;
    /// A step of any other kind.
    pub const GENERIC: u8 = 2;
}

/// What calls saw: bits of `FeedbackSlot::bits`. The target is in `FeedbackSlot::handler`'s `cell`.
#[derive(Debug)]
pub struct CallFeedback;
impl CallFeedback {
    /// The target is a feedback cell: several closures of one function were called.
    pub(crate) const FEEDBACK_CELL: u8 = 1;
    /// Several functions were called; no target is kept.
    pub const MEGAMORPHIC: u8 = 2;
    /// A value that is no function was called, or one that has no cell of its own to name.
    pub const OTHER: u8 = 4;
}

/// A call slot of the vector sees a target that it does not know yet.
pub fn note_new_target(cx: Cx<'_>, vector: Gc<FeedbackVector>, slot: &FeedbackSlot, callee: Value) {
    let bits = slot.bits.get();
    if bits & CallFeedback::MEGAMORPHIC != 0 {
        return;
    }
    if !callee.is_callable() {
        slot.bits.set(bits | CallFeedback::OTHER);
        return;
    }
    let known = slot.handler.get().cell;
    let closure_cell = callee.to::<Function>().map(|f| f.feedback);
    let new = match (known, closure_cell) {
        (None, _) => Some((callee.as_cell(), bits)),
        (Some(known), Some(cell)) => {
            let known = Value::from_cell(known);
            let same = known.to::<Function>().is_some_and(|f| f.feedback == cell)
                || known.to::<FeedbackCell>() == Some(cell);
            same.then(|| (cell.erase(), bits | CallFeedback::FEEDBACK_CELL))
        }
        _ => None,
    };
    match new {
        Some((cell, bits)) => {
            slot.handler.set(Handler { cell: Some(cell), ..Handler::NONE });
            slot.bits.set(bits);
            // The vector refers weakly to the target; it must be looked at when the target dies young.
            cx.write_barrier(vector);
        }
        None => {
            slot.handler.set(Handler::NONE);
            slot.bits.set(bits | CallFeedback::MEGAMORPHIC);
        }
    }
}
