//! What the engine puts into the runtime's table of hooks. On machines without machine code these do nothing.

use unspool_gc::{Gc, SweptCode};
use unspool_runtime::cells::{BindingCell, Function, FunctionTemplate};
use unspool_runtime::isolate::Dependent;
use unspool_runtime::{Cx, Isolate, JsResult};
use unspool_shapes::Broken;
use unspool_values::Value;

/// See `Hooks::walk_compiled`.
pub fn walk_compiled(
    cx: Cx<'_>,
    frame: *const usize,
    site: u64,
    visit: &mut dyn FnMut(Gc<FunctionTemplate>, u32),
) {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    crate::exit::walk_compiled(cx, frame, site, visit);
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let _ = (cx, frame, site, visit);
}

/// See `Hooks::code_swept`.
pub fn code_swept(isolate: &Isolate, swept: &SweptCode) {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if let Some(compiler) = crate::code::Compiler::existing(isolate) {
        compiler.swept(isolate, swept);
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let _ = (isolate, swept);
}

/// See `Hooks::assumptions_broken`.
pub fn assumptions_broken(cx: Cx<'_>, broken: &[Broken<Dependent>]) {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if let Some(compiler) = crate::code::Compiler::existing(cx.isolate()) {
        compiler.assumptions_broken(cx, broken);
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let _ = (cx, broken);
}

/// See `Hooks::binding_assigned`.
pub fn binding_assigned(cx: Cx<'_>, cell: Gc<BindingCell>) {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if let Some(compiler) = crate::code::Compiler::existing(cx.isolate()) {
        compiler.binding_assigned(cx, cell);
    }
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let _ = (cx, cell);
}

/// See `Hooks::optimization_native`.
///
/// # Errors
/// What compiling a function to bytecode throws.
pub fn optimization_native(cx: Cx<'_>, name: &str, arguments: &[Value]) -> JsResult<Option<Value>> {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    return crate::natives::call(cx, name, arguments);
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    {
        let _ = (cx, arguments);
        // The answer of V8 under --jitless: lite mode, never optimized, interpreted.
        Ok((name == "GetOptimizationStatus").then(|| Value::from_i32(1 | 1 << 1 | 1 << 7 | 1 << 13)))
    }
}

/// See `Hooks::optimize_on_call`.
pub fn optimize_on_call(cx: Cx<'_>, function: Gc<Function>) {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    crate::pipeline::optimize_on_call(cx, function);
    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    let _ = (cx, function);
}
