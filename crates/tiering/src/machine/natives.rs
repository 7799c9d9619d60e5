//! V8's natives about optimization (`--allow-natives-syntax`): names, meanings and status bits are V8's.
//!
//! There are two tiers, *ignition* (the interpreter) and *turbofan* (the optimizer). What speaks of the tiers between them is accepted: a
//! request for Maglev is one for the optimizer, a request for baseline code does nothing.

use std::ops::ControlFlow;

use unspool_deopt::LazyReason;
use unspool_gc::Gc;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::config::ForcedExits;
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

use crate::machine::code::Compiler;

/// Bits of `%GetOptimizationStatus`.
mod status {
    pub(super) const FUNCTION: i32 = 1;
    pub(super) const NEVER_OPTIMIZE: i32 = 1 << 1;
    pub(super) const ALWAYS_OPTIMIZE: i32 = 1 << 2;
    pub(super) const MAYBE_DEOPTED: i32 = 1 << 3;
    pub(super) const OPTIMIZED: i32 = 1 << 4;
    pub(super) const TURBOFANNED: i32 = 1 << 6;
    pub(super) const INTERPRETED: i32 = 1 << 7;
    pub(super) const MARKED_FOR_OPTIMIZATION: i32 = 1 << 8;
    pub(super) const OPTIMIZING_CONCURRENTLY: i32 = 1 << 10;
    pub(super) const EXECUTING: i32 = 1 << 11;
    pub(super) const TOPMOST_FRAME_TURBOFANNED: i32 = 1 << 12;
    pub(super) const LITE_MODE: i32 = 1 << 13;
    pub(super) const TOPMOST_FRAME_INTERPRETED: i32 = 1 << 16;
    pub(super) const LAZY: i32 = 1 << 18;
}

/// Performs the native of this name, if it is about optimization.
///
/// # Errors
/// What compiling a function to bytecode throws.
pub(crate) fn call(cx: Cx<'_>, name: &str, arguments: &[Value]) -> JsResult<Option<Value>> {
    let function = arguments.first().and_then(|argument| argument.to::<Function>());
    let answer = match (name, function) {
        ("GetOptimizationStatus", function) => Value::from_i32(status_of(cx, function)),
        ("ActiveTierIsIgnition", Some(function)) => Value::from_bool(!has_code(function)),
        ("ActiveTierIsTurbofan", Some(function)) => Value::from_bool(has_code(function)),
        ("IsTurbofanEnabled", _) => Value::from_bool(!cx.config.jitless),
        ("NeverOptimizeFunction", Some(function)) => {
            set_flag(function, FunctionTemplate::NEVER_OPTIMIZE);
            trace(cx, || {
                format!("[disabled optimization for {}, reason: %NeverOptimizeFunction]", text(cx, function))
            });
            Value::UNDEFINED
        }
        ("PrepareFunctionForOptimization" | "EnsureFeedbackVectorForFunction", Some(function)) => {
            prepare(cx, function)?;
            Value::UNDEFINED
        }
        (
            "OptimizeFunctionOnNextCall"
            | "OptimizeMaglevOnNextCall"
            | "OptimizeFunctionForTopTier"
            | "OptimizeMaglevEager",
            Some(function),
        ) => {
            prepare(cx, function)?;
            mark(cx, function);
            Value::UNDEFINED
        }
        ("OptimizeOsr", _) => {
            optimize_osr(cx)?;
            Value::UNDEFINED
        }
        ("DeoptimizeFunction", Some(function)) => {
            Compiler::of(cx.isolate()).invalidate_function(
                cx.isolate(),
                function.template,
                LazyReason::Testing,
            );
            Value::UNDEFINED
        }
        ("WaitForBackgroundOptimization" | "FinalizeOptimization", _) => {
            crate::machine::pipeline::wait_for_jobs(cx);
            Value::UNDEFINED
        }
        // In the interpreter there is nothing to leave; compiled code leaves by itself.
        ("DeoptimizeNow", _) => Value::UNDEFINED,
        _ => return Ok(None),
    };
    Ok(Some(answer))
}

fn text(cx: Cx<'_>, function: Gc<Function>) -> String {
    format!(
        "{:#x} {}",
        function.addr(),
        crate::machine::exit::function_text(cx, function.template.name.get())
    )
}

fn trace(cx: Cx<'_>, line: impl FnOnce() -> String) {
    if cx.config.trace_opt {
        cx.host.borrow().optimizer_event(&line());
    }
}

fn has_code(function: Gc<Function>) -> bool {
    function.template.has(FunctionTemplate::HAS_CODE)
}

fn set_flag(function: Gc<Function>, flag: u32) {
    let flags = &function.template.flags;
    flags.set(flags.get() | flag);
}

/// Compiles to bytecode and allocates feedback, so that the next call learns.
fn prepare(cx: Cx<'_>, function: Gc<Function>) -> JsResult<()> {
    unspool_runtime::script::ensure_compiled(cx, function.template)?;
    let calls = &function.feedback.calls;
    calls.set(calls.get().max(unspool_runtime::feedback::CALLS_BEFORE_FEEDBACK));
    unspool_runtime::feedback::feedback_for_call(cx, function);
    Ok(())
}

/// Marks a function to be compiled at its next call. Whether it can be compiled turns out then.
fn mark(cx: Cx<'_>, function: Gc<Function>) {
    if cx.config.jitless || has_code(function) {
        return;
    }
    trace(cx, || {
        format!(
            "[manually marking {} for optimization to TURBOFAN, ConcurrencyMode::kSynchronous]",
            text(cx, function)
        )
    });
    set_flag(function, FunctionTemplate::OPTIMIZE_ON_CALL);
}

/// The next back edge in the running function of the interpreter enters machine code for its loop.
fn optimize_osr(cx: Cx<'_>) -> JsResult<()> {
    let mut running = None;
    cx.for_each_frame_with_closure(|template, _, closure| {
        // A frame of compiled code has no closure here, and needs nothing.
        running = closure.filter(|closure| closure.template == template);
        ControlFlow::Break(())
    });
    let Some(function) = running.filter(|_| !cx.config.jitless) else { return Ok(()) };
    prepare(cx, function)?;
    if let Some(vector) = function.feedback.vector.get() {
        vector.budget.set(0);
        Compiler::of(cx.isolate()).inspection.osr_wanted.set(function.template.addr() as u64);
        if cx.config.trace_osr {
            let line = format!(
                "[OSR - setting osr urgency. function: {}, reason: %OptimizeOsr]",
                text(cx, function)
            );
            cx.host.borrow().optimizer_event(&line);
        }
    }
    Ok(())
}

fn status_of(cx: Cx<'_>, function: Option<Gc<Function>>) -> i32 {
    let config = &cx.config;
    let mut bits = 0;
    if config.jitless {
        bits |= status::LITE_MODE | status::NEVER_OPTIMIZE;
    }
    if config.always_optimize {
        bits |= status::ALWAYS_OPTIMIZE;
    }
    if config.forced_exits != ForcedExits::None {
        bits |= status::MAYBE_DEOPTED;
    }
    let Some(function) = function else { return bits };
    let template = function.template;
    bits |= status::FUNCTION;
    if template.has(FunctionTemplate::OPTIMIZE_ON_CALL) {
        bits |= status::MARKED_FOR_OPTIMIZATION;
    }
    if crate::machine::pipeline::is_compiling(cx, template) {
        bits |= status::OPTIMIZING_CONCURRENTLY;
    }
    bits |= match (has_code(function), template.is_compiled()) {
        (true, _) => status::OPTIMIZED | status::TURBOFANNED,
        (false, true) => status::INTERPRETED,
        (false, false) => status::LAZY,
    };
    cx.for_each_frame_with_closure(|running, _, closure| {
        if running != template {
            return ControlFlow::Continue(());
        }
        bits |= status::EXECUTING;
        bits |= if closure.is_some() {
            status::TOPMOST_FRAME_INTERPRETED
        } else {
            status::TOPMOST_FRAME_TURBOFANNED
        };
        ControlFlow::Break(())
    });
    bits
}
