//! Deferred evaluation (the proposal `import defer`): modules that are loaded and linked with the others, but evaluated when
//! their namespace object is first asked for its exports.
//!
//! That evaluation must be synchronous. So the modules below a deferred one that use top-level `await` are evaluated ahead of
//! time, with the importing module, and asking while the deferred module or something below it is being evaluated is an error.

use rustc_hash::FxHashSet;
use unspool_bytecode::ImportPhase;
use unspool_gc::Gc;
use unspool_values::Value;
use unspool_values::object::GcVec;

use crate::cells::{ModuleNamespaceObject, PromiseState};
use crate::completion::JsResult;
use crate::host::RejectionEvent;
use crate::isolate::Cx;
use crate::strings::OrThrow as _;

use super::{Module, ModuleStatus, evaluate};

/// IsModuleSCCEvaluated: has the cycle that the module belongs to been evaluated?
fn is_cycle_evaluated(module: Gc<Module>) -> bool {
    module.cycle_root.get().unwrap_or(module).status.get() == ModuleStatus::Evaluated
}

/// GatherAsynchronousTransitiveDependencies: the modules at and below `module` that have top-level `await` and are not
/// evaluated, without those below such a module.
///
/// # Errors
/// A `RangeError` when the chain of modules is too long.
pub(super) fn gather_asynchronous_dependencies(cx: Cx<'_>, module: Gc<Module>) -> JsResult<GcVec> {
    let list = GcVec::new(cx);
    gather(cx, module, list, &mut FxHashSet::default())?;
    Ok(list)
}

fn gather(cx: Cx<'_>, module: Gc<Module>, list: GcVec, seen: &mut FxHashSet<u32>) -> JsResult<()> {
    if !seen.insert(module.id) || !module.is_cyclic() {
        return Ok(());
    }
    if module.status.get() == ModuleStatus::Evaluating || is_cycle_evaluated(module) {
        return Ok(());
    }
    if module.has_top_level_await() {
        return list.push(cx, Value::from_cell(module)).or_throw(cx);
    }
    cx.check_native_stack()?;
    for i in 0..module.loaded.len() {
        if module.phase(i) != ImportPhase::Source {
            gather(cx, module.imported(i), list, seen)?;
        }
    }
    Ok(())
}

/// ReadyForSyncExecution: can the module be evaluated now and without waiting?
fn is_ready_for_sync_execution(cx: Cx<'_>, module: Gc<Module>, seen: &mut FxHashSet<u32>) -> JsResult<bool> {
    if !module.is_cyclic() || !seen.insert(module.id) {
        return Ok(true);
    }
    if is_cycle_evaluated(module) {
        return Ok(true);
    }
    if module.status.get() > ModuleStatus::Linked {
        return Ok(false);
    }
    if module.has_top_level_await() {
        return Ok(false);
    }
    cx.check_native_stack()?;
    for i in 0..module.loaded.len() {
        if module.phase(i) != ImportPhase::Source
            && !is_ready_for_sync_execution(cx, module.imported(i), seen)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// GetModuleExportsList of a deferred namespace: evaluates its module (EvaluateModuleSync).
///
/// # Errors
/// What the module throws; a `TypeError` when it cannot be evaluated now.
pub(crate) fn evaluate_deferred(cx: Cx<'_>, namespace: Gc<ModuleNamespaceObject>) -> JsResult<()> {
    let module = namespace.module.to::<Module>().expect("a namespace belongs to a module");
    if module.is_cyclic()
        && !is_cycle_evaluated(module)
        && !is_ready_for_sync_execution(cx, module, &mut FxHashSet::default())?
    {
        let name = module.name_text(cx);
        return Err(cx.throw_type_error(format_args!(
            "Deferred module '{name}' cannot be evaluated synchronously now"
        )));
    }
    let promise = evaluate(cx, module)?;
    debug_assert_ne!(promise.state.get(), PromiseState::Pending, "the evaluation is synchronous");
    if promise.state.get() != PromiseState::Rejected {
        return Ok(());
    }
    if !promise.handled.replace(true) {
        crate::promise::track_rejection(cx, promise, RejectionEvent::HandledLater);
    }
    Err(cx.throw(promise.result.get()))
}
