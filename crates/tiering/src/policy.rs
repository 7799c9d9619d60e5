//! When a function has run enough that something should be decided about it, and what exits and broken dependencies mean for later.
//!
//! The interpreter charges each return and back edge with the bytes of bytecode executed since the last one, and returns with a constant for the
//! call. When a function's budget is used up it interrupts, at a return or at a back edge (`machine::tier_up`), and asks [`decide`]. That closes a *period*:
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
use unspool_runtime::cells::{FeedbackVector, FunctionTemplate};

use crate::log::State;

/// Bytes of bytecode beyond which a function is not compiled (V8's `max_optimized_bytecode_size`).
pub const MAX_BYTES: usize = 60 * 1024;

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
pub fn spend(feedback: Gc<FeedbackVector>) {
    feedback.periods.set(0);
}

/// The periods that the function waits for.
fn needed(template: &FunctionTemplate) -> u32 {
    let bytes = template.code().map_or(0, |code| code.bytecode.len());
    // It costs nothing to refuse what is too large.
    let own = if bytes > MAX_BYTES { PRICE_OF_ANY } else { price(bytes) };
    State::existing(template).map_or(own, |state| own.max(state.price()))
}

/// What a compilation of the function that `feedback` belongs to may cost now.
pub fn terms(cx: Cx<'_>, feedback: Gc<FeedbackVector>) -> Terms {
    if cx.config.always_optimize { Terms::Any } else { Terms::Periods(feedback.periods.get() >> 16) }
}
