//! When a function has run enough that something should be decided about it, and what exits and broken dependencies mean for later.
//!
//! The interpreter charges each return and back edge with the bytes of bytecode executed since the last one, and returns with a constant for the
//! call. When a function's budget is used up it calls [`budget_interrupt`] or, at a back edge, [`enter_loop`]. The interrupt closes a *period*:
//! some 30 µs of interpretation. What the compile thread has finished is installed first.
//!
//! A function is compiled when it has run in the interpreter for as long as its compilation takes, or thereabouts: its [`price`], in periods. So
//! whatever a program does, compiling costs it no more than a share of the time that it would take anyway, and a function that runs on after it was
//! compiled has soon earned that. (Are-We-Fast-Yet's CD and DeltaBlue run for 50 and 100 ms when they run once; compiling after a few quiet periods
//! cost them 1.5 times their CPU.) The price goes by the bytes of bytecode, and those are known for the function itself; when it has run for that, the
//! snapshot tells what would be inlined, and if that is dear it waits on. After a compilation it begins to save anew: an invalidated
//! function, too, pays for its next code.
//!
//! The number of inline caches that changed in a period tells whether the function is still learning. The last quarter of the periods must have
//! been quiet; after [`PATIENCE`] times as many it is compiled in any case.
//!
//! The clock is bytecode, not time, so that a run with synchronous compilation is the same each time.
//!
//! A back edge asks for code for its loop. Code for the function's own entry follows when such a loop is reached again: a function
//! that is called once needs none.
//!
//! An exit that costs the function its code is a failed bet; [`crate::log`] keeps account of them. Where the interpreter
//! learns nothing when it repeats the instruction, the bet is refused at once (V8's "disallow speculation").

use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::{FeedbackVector, Function};
use unspool_runtime::compiled::LoopEntry;
use unspool_runtime::frame::Frame;

/// Periods that the compilation of nothing costs.
const PRICE_OF_ANY: u32 = 3;
/// Bytes of bytecode, inlined ones included, whose compilation costs one period.
const BYTES_PER_PERIOD: usize = 10;
/// The last one in so many of the periods that a function waits for must have brought no news.
const QUIET_SHARE: u32 = 4;
/// A function that never stops learning is compiled after so many times its price.
pub const PATIENCE: u32 = 3;

/// What the compilation of so many bytes of bytecode, inlined ones included, costs: in periods that the function has to run in the
/// interpreter before.
pub const fn price(bytes: usize) -> u32 {
    PRICE_OF_ANY + (bytes / BYTES_PER_PERIOD) as u32
}

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
    feedback.interrupts.set(feedback.interrupts.get().saturating_add(1));
    if cx.config.always_optimize {
        return Decision::Compile;
    }
    // The lower half counts quiet periods, the upper half all of them since the last decision to compile.
    let learned = feedback.ic_changes.replace(0) > 0;
    let periods = feedback.periods.get();
    let quiet = if learned { 0 } else { ((periods & 0xffff) + 1).min(0xffff) };
    let all = ((periods >> 16) + 1).min(0xffff);
    feedback.periods.set(all << 16 | quiet);
    let needed = needed(&feedback.template);
    if all >= needed && quiet >= needed.div_ceil(QUIET_SHARE) || all >= PATIENCE * needed {
        Decision::Compile
    } else {
        Decision::StillLearning
    }
}

/// What a compilation may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terms {
    /// Somebody asked for it.
    Any,
    /// The periods that the function has run in the interpreter since it was last compiled.
    Periods(u32),
}

/// The function is compiled: it begins to save anew.
pub(crate) fn spend(feedback: Gc<FeedbackVector>) {
    feedback.periods.set(0);
}

fn terms(cx: Cx<'_>, feedback: Gc<FeedbackVector>) -> Terms {
    if cx.config.always_optimize { Terms::Any } else { Terms::Periods(feedback.periods.get() >> 16) }
}

/// The budget of the function that `feedback` belongs to and that runs in `frame` is used up.
pub fn budget_interrupt(cx: Cx<'_>, frame: Frame, feedback: Gc<FeedbackVector>) {
    if cx.config.jitless {
        feedback.budget.set(i32::MAX);
        return;
    }
    finish_jobs(cx);
    if decide(cx, feedback) == Decision::Compile {
        // SAFETY: the interpreter passes the running frame, which is fully built.
        let function: Gc<Function> = unsafe { frame.header() }.function.get();
        compile(cx, function, terms(cx, feedback));
    }
}

/// The budget was used up at a back edge to the loop at `offset`: the entry into code for that loop, if the function is worth it.
pub fn enter_loop(cx: Cx<'_>, frame: Frame, offset: u32) -> Option<LoopEntry> {
    // SAFETY: the interpreter passes the running frame, which is fully built.
    let header = unsafe { frame.header() };
    let feedback = header.feedback.get()?;
    if cx.config.jitless {
        feedback.budget.set(i32::MAX);
        return None;
    }
    finish_jobs(cx);
    let function: Gc<Function> = header.function.get();
    let decision = decide(cx, feedback);
    let terms = match decision {
        _ if take_osr_request(cx, function) => Some(Terms::Any),
        Decision::Compile => Some(terms(cx, feedback)),
        Decision::StillLearning => None,
    };
    loop_entry(cx, frame, function, offset, terms)
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod machine {

    use unspool_deopt::{Lesson, LiteralId};
    use unspool_gc::Gc;
    use unspool_runtime::Cx;
    use unspool_runtime::cells::{Function, FunctionTemplate};
    use unspool_runtime::compiled::LoopEntry;
    use unspool_runtime::frame::Frame;

    use super::{PRICE_OF_ANY, Terms, price};
    use crate::code::{CodeObject, Compiler};
    use crate::exit::template_of;
    use crate::graph::DeoptReason;
    use crate::log::{Bet, State};
    use crate::pipeline;

    /// Installs what the compile thread has finished.
    pub(super) fn finish_jobs(cx: Cx<'_>) {
        pipeline::finish_jobs(cx);
    }

    /// Did `%OptimizeOsr` ask for code for the function's loop?
    pub(super) fn take_osr_request(cx: Cx<'_>, function: Gc<Function>) -> bool {
        let compiler = Compiler::existing(cx.isolate());
        compiler.is_some_and(|compiler| compiler.inspection.take_osr_request(function.template.addr() as u64))
    }

    /// The periods that the function waits for.
    pub(super) fn needed(template: &FunctionTemplate) -> u32 {
        let bytes = template.code().map_or(0, |code| code.bytecode.len());
        // It costs nothing to refuse what is too large.
        let own = if bytes > pipeline::MAX_BYTES { PRICE_OF_ANY } else { price(bytes) };
        State::existing(template).map_or(own, |state| own.max(state.price()))
    }

    /// Requests code for a function, unless there is some or the policy waits.
    pub(super) fn compile(cx: Cx<'_>, function: Gc<Function>, terms: Terms) {
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
    pub(super) fn loop_entry(
        cx: Cx<'_>,
        frame: Frame,
        function: Gc<Function>,
        offset: u32,
        terms: Option<Terms>,
    ) -> Option<LoopEntry> {
        if !crate::exit::has_room(cx, frame) {
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
            code.cell.budget.set(crate::code::tick_budget(cx));
            pipeline::tick(code);
        }
    }
}
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(crate) use machine::{bet_failed, exit_kept_code};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use machine::{compile, finish_jobs, loop_entry, needed, take_osr_request};

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod nothing {
    use super::*;
    pub(super) fn finish_jobs(_: Cx<'_>) {}
    pub(super) fn needed(_: &unspool_runtime::cells::FunctionTemplate) -> u32 {
        u32::MAX / PATIENCE
    }
    pub(super) fn compile(_: Cx<'_>, _: Gc<Function>, _: Terms) {}
    pub(super) fn take_osr_request(_: Cx<'_>, _: Gc<Function>) -> bool {
        false
    }
    pub(super) fn loop_entry(
        _: Cx<'_>,
        _: Frame,
        _: Gc<Function>,
        _: u32,
        _: Option<Terms>,
    ) -> Option<LoopEntry> {
        None
    }
}
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
use nothing::{compile, finish_jobs, loop_entry, needed, take_osr_request};
