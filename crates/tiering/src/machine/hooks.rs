//! What the engine puts into the runtime's table of hooks.
//!
//! The runtime calls these when something happens that compiled code depends on (an assumption broke, a binding was assigned, code was swept) or that asks for code. Each
//! does nothing where the isolate has no compiler yet. Their twins for other machines are in `jitless.rs`.

use unspool_gc::{Gc, SweptCode};
use unspool_runtime::cells::{BindingCell, Context, FunctionTemplate};
use unspool_runtime::isolate::Dependent;
use unspool_runtime::{Cx, Isolate, JsResult};
use unspool_shapes::Broken;
use unspool_values::Value;

use super::code::Compiler;
pub use super::exit::walk_compiled;
pub use super::pipeline::optimize_on_call;
pub use super::tier_up::{osr_enter, tier_up};

/// See `Hooks::code_swept`.
pub fn code_swept(isolate: &Isolate, swept: &SweptCode) {
    if let Some(compiler) = Compiler::existing(isolate) {
        compiler.swept(isolate, swept);
    }
}

/// See `Hooks::assumptions_broken`.
pub fn assumptions_broken(cx: Cx<'_>, broken: &[Broken<Dependent>]) {
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        compiler.assumptions_broken(cx, broken);
    }
}

/// See `Hooks::binding_assigned`.
pub fn binding_assigned(cx: Cx<'_>, cell: Gc<BindingCell>) {
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        compiler.binding_assigned(cx, cell);
    }
}

/// See `Hooks::context_slot_assigned`.
pub fn context_slot_assigned(cx: Cx<'_>, context: Gc<Context>, bit: u32) {
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        compiler.context_slot_assigned(cx, context, bit);
    }
}

/// See `Hooks::closed_again`.
pub fn closed_again(cx: Cx<'_>, template: Gc<FunctionTemplate>) {
    if let Some(compiler) = Compiler::existing(cx.isolate()) {
        compiler.closed_again(cx, template);
    }
}

/// See `Hooks::optimization_native`.
///
/// # Errors
/// What compiling a function to bytecode throws.
pub fn optimization_native(cx: Cx<'_>, name: &str, arguments: &[Value]) -> JsResult<Option<Value>> {
    super::natives::call(cx, name, arguments)
}
