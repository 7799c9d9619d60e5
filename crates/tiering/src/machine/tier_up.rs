//! Carries out what the policy decides: the interpreter's interrupts lead to compilations, exits to lessons.
//!
//! The interrupts come here through the runtime's hooks, from a return ([`tier_up`]) or from a back edge ([`osr_enter`]).

use unspool_deopt::{Lesson, LiteralId};
use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{FeedbackVector, Function, FunctionTemplate};
use unspool_runtime::compiled::LoopEntry;
use unspool_runtime::frame::Frame;

use super::code::{CodeObject, Compiler, tick_budget};
use super::exit::{has_room, template_of};
use super::pipeline;
use crate::graph::DeoptReason;
use crate::log::{Bet, State};
use crate::policy::{Decision, Terms, decide, terms};

/// See `Hooks::tier_up`: the budget of the function that `feedback` belongs to and that runs in `frame` is used up.
pub fn tier_up(cx: Cx<'_>, frame: Frame, feedback: Gc<FeedbackVector>) {
    if cx.config.jitless {
        feedback.budget.set(i32::MAX);
        return;
    }
    pipeline::finish_jobs(cx);
    if decide(cx, feedback) == Decision::Compile {
        // SAFETY: the interpreter passes the running frame, which is fully built.
        let function: Gc<Function> = unsafe { frame.header() }.function.get();
        compile(cx, function, terms(cx, feedback));
    }
}

/// See `Hooks::osr_enter`: the budget was used up at a back edge to the loop at `offset`. Gives the entry into code for that loop, if the
/// function is worth it.
pub fn osr_enter(cx: Cx<'_>, frame: Frame, offset: u32) -> Option<LoopEntry> {
    // SAFETY: the interpreter passes the running frame, which is fully built.
    let header = unsafe { frame.header() };
    let feedback = header.feedback.get()?;
    if cx.config.jitless {
        feedback.budget.set(i32::MAX);
        return None;
    }
    pipeline::finish_jobs(cx);
    let function: Gc<Function> = header.function.get();
    let decision = decide(cx, feedback);
    let terms = match decision {
        _ if take_osr_request(cx, function) => Some(Terms::Any),
        Decision::Compile => Some(terms(cx, feedback)),
        Decision::StillLearning => None,
    };
    loop_entry(cx, frame, function, offset, terms)
}

/// Did `%OptimizeOsr` ask for code for the function's loop?
fn take_osr_request(cx: Cx<'_>, function: Gc<Function>) -> bool {
    let compiler = Compiler::existing(cx.isolate());
    compiler.is_some_and(|compiler| compiler.inspection.take_osr_request(function.template.addr() as u64))
}

/// Requests code for a function, unless there is some or the policy waits.
fn compile(cx: Cx<'_>, function: Gc<Function>, terms: Terms) {
    use FunctionTemplate as T;
    let template = function.template;
    if template.flags.get() & (T::HAS_CODE | T::NEVER_OPTIMIZE) == 0 && may_try(&template) {
        if cx.config.always_optimize {
            // What is never called again needs no code.
            template.flags.set(template.flags.get() | T::OPTIMIZE_ON_CALL);
            return;
        }
        pipeline::request_on(cx, function, "hot and stable", terms);
    }
}

/// Code for a loop, requested on these terms if there is none.
fn loop_entry(
    cx: Cx<'_>,
    frame: Frame,
    function: Gc<Function>,
    offset: u32,
    terms: Option<Terms>,
) -> Option<LoopEntry> {
    if !has_room(cx, frame) {
        return None;
    }
    let template = function.template;
    match (Compiler::of(cx.isolate()).loop_code(template, offset), terms) {
        // Not the first time, or not the first activation, that the loop gets hot.
        (Some(_), Some(terms)) => compile(cx, function, terms),
        (Some(_), None) => {}
        (None, Some(_)) if may_try(&template) => {}
        (None, _) => return None,
    }
    pipeline::enter_loop(cx, function, offset, terms.unwrap_or(Terms::Any))
}

fn may_try(template: &FunctionTemplate) -> bool {
    State::existing(template).is_none_or(State::may_try)
}

/// An exit has cost the code its validity.
pub(crate) fn bet_failed(
    code: &CodeObject,
    (reason, lesson): (DeoptReason, Lesson),
    template: LiteralId,
    offset: u32,
) {
    let Some(template) = template_of(code, template) else { return };
    let (log, bet) = (&State::of(&template).log, Bet::Guard(reason));
    match lesson {
        Lesson::Learned => log.note_failure(offset, bet),
        Lesson::Nothing => log.disallow(offset, bet),
    }
}

/// An exit has left the code valid.
pub(crate) fn exit_kept_code(cx: Cx<'_>, code: &CodeObject, reason: DeoptReason) {
    if reason == DeoptReason::Interrupt && code.cell.budget.get() < 0 {
        code.cell.budget.set(tick_budget(cx));
        pipeline::tick(code);
    }
}
