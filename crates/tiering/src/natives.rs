//! V8's natives about optimization (`--allow-natives-syntax`).

use unspool_bytecode::RuntimeId;
use unspool_deopt::LazyReason;
use unspool_gc::Gc;
use unspool_runtime::cells::{Function, FunctionTemplate};
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;

use crate::code::Compiler;

/// Bits of `%GetOptimizationStatus`, V8's.
mod status {
    pub(super) const FUNCTION: i32 = 1;
    pub(super) const NEVER_OPTIMIZE: i32 = 1 << 1;
    pub(super) const MAYBE_DEOPTED: i32 = 1 << 3;
    pub(super) const OPTIMIZED: i32 = 1 << 4;
    pub(super) const TURBOFANNED: i32 = 1 << 5;
    pub(super) const INTERPRETED: i32 = 1 << 6;
}

/// Performs the native.
pub(crate) fn call(cx: Cx<'_>, id: RuntimeId, arguments: &[Value]) -> JsResult<Value> {
    let argument = arguments.first().copied().unwrap_or(Value::UNDEFINED);
    let function = argument.to::<Function>();
    match (id, function) {
        (RuntimeId::GetOptimizationStatus, Some(function)) => Ok(Value::from_i32(status_of(function))),
        (RuntimeId::GetOptimizationStatus, None) => Ok(Value::from_i32(0)),
        (RuntimeId::NeverOptimizeFunction, Some(function)) => {
            let flags = &function.template.flags;
            flags.set(flags.get() | FunctionTemplate::NEVER_OPTIMIZE);
            Ok(Value::UNDEFINED)
        }
        (RuntimeId::PrepareFunctionForOptimization, Some(function)) => {
            prepare(cx, function)?;
            Ok(Value::UNDEFINED)
        }
        (RuntimeId::OptimizeFunctionOnNextCall, Some(function)) => {
            prepare(cx, function)?;
            crate::pipeline::optimize(cx, function, "%OptimizeFunctionOnNextCall");
            Ok(Value::UNDEFINED)
        }
        (RuntimeId::DeoptimizeFunction, Some(function)) => {
            if function.template.has(FunctionTemplate::HAS_CODE)
                && let Some(record) = function.template.existing_entry_record()
            {
                Compiler::of(cx.isolate()).invalidate(cx.isolate(), record.code.get(), LazyReason::Testing);
            }
            Ok(Value::UNDEFINED)
        }
        _ => Ok(Value::UNDEFINED),
    }
}

/// Compiles to bytecode and allocates feedback, so that the next call learns.
fn prepare(cx: Cx<'_>, function: Gc<Function>) -> JsResult<()> {
    unspool_runtime::script::ensure_compiled(cx, function.template)?;
    let calls = &function.feedback.calls;
    calls.set(calls.get().max(unspool_runtime::feedback::CALLS_BEFORE_FEEDBACK));
    unspool_runtime::feedback::feedback_for_call(cx, function);
    Ok(())
}

fn status_of(function: Gc<Function>) -> i32 {
    let template = function.template;
    let mut bits = status::FUNCTION;
    if template.has(FunctionTemplate::NEVER_OPTIMIZE) {
        bits |= status::NEVER_OPTIMIZE;
    }
    if template.has(FunctionTemplate::HAS_CODE) {
        bits | status::OPTIMIZED | status::TURBOFANNED
    } else {
        let had_code = template.existing_entry_record().is_some_and(|record| record.code.get() != 0);
        bits | status::INTERPRETED | if had_code { status::MAYBE_DEOPTED } else { 0 }
    }
}
